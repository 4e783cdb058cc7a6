package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/daily"
	"kiosk/pay"
	"kiosk/sale"
)

// dialer is the uplink's wire.
type dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// payGateway is the client of either API. Selling needs its sale.Gateway; bills and the fund flow are for the day after.
type payGateway interface {
	sale.Gateway
	daily.Fetcher
	FundFlow(ctx context.Context, day time.Time) (pay.Flow, error)
}

// newGateway builds the WeChat Pay client, with a transport of its own for the calls that show the merchant's certificate.
func newGateway(c *config.Config, dial dialer) (payGateway, sale.Merchant, error) {
	p := c.Pay
	key, err := c.APIKey()
	if err != nil {
		return nil, sale.Merchant{}, err
	}
	cert, err := c.MerchantCertificate()
	if err != nil {
		return nil, sale.Merchant{}, err
	}
	roots, err := c.TrustedRoots()
	if err != nil {
		return nil, sale.Merchant{}, err
	}
	payee := sale.Merchant{API: p.API, AppID: p.AppID, MchID: p.MchID, SubAppID: p.SubAppID, SubMchID: p.SubMchID,
		SignType: p.SignType, Key: pay.Fingerprint(key)}
	wire := pay.Wire{CAs: roots, Dial: dial}
	plain := &http.Client{Transport: pay.Transport(wire)}
	if p.API == "v3" {
		g, err := newGatewayV3(c, payee, key, plain)
		return g, payee, err
	}
	wire.Cert = cert
	return &pay.V2{
		URL: p.URL, StandbyURL: p.StandbyURL, Payee: payee, Key: key, NotifyURL: p.NotifyURL,
		Plain: plain, Secapi: &http.Client{Transport: pay.Transport(wire)},
	}, payee, nil
}

// newGatewayV3 builds the client of API v3: every call is signed with the merchant's own key.
func newGatewayV3(c *config.Config, payee sale.Merchant, key string, plain *http.Client) (*pay.V3, error) {
	p := c.Pay
	s, err := readSecretsV3(c, key)
	if err != nil {
		return nil, err
	}
	return &pay.V3{URL: p.URL, StandbyURL: p.StandbyURL, Payee: payee, APIv3Key: key, MerchantSerial: s.serial, Merchant: s.own,
		PublicKeyID: p.PublicID, PublicKey: s.platform, NotifyURL: p.NotifyURL, Plain: plain}, nil
}
