package main

import (
	"context"
	"net"
	"net/http"

	"kiosk/pay"
	"kiosk/sale"
)

// dialer is the uplink's wire.
type dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// gateway builds the WeChat Pay client, with a transport of its own for the calls that show the merchant's certificate.
func (c *config) gateway(dial dialer) (sale.Gateway, sale.Payee, error) {
	p := c.Pay
	key, err := c.apiKey()
	if err != nil {
		return nil, sale.Payee{}, err
	}
	cert, err := c.merchant()
	if err != nil {
		return nil, sale.Payee{}, err
	}
	roots, err := c.trust()
	if err != nil {
		return nil, sale.Payee{}, err
	}
	payee := sale.Payee{API: p.API, AppID: p.AppID, MchID: p.MchID, SubAppID: p.SubAppID, SubMchID: p.SubMchID,
		SignType: p.SignType, Key: pay.Fingerprint(key)}
	wire := pay.Wire{CAs: roots, Dial: dial}
	withCert := wire
	withCert.Cert = cert
	return &pay.V2{
		URL: p.URL, StandbyURL: p.StandbyURL, Payee: payee, Key: key, NotifyURL: p.NotifyURL,
		Plain:  &http.Client{Transport: pay.Transport(wire)},
		Secapi: &http.Client{Transport: pay.Transport(withCert)},
	}, payee, nil
}
