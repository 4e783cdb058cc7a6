package main

import (
	"context"
	"crypto/rsa"
	"fmt"
	"net"
	"net/http"
	"os"

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
	plain := &http.Client{Transport: pay.Transport(wire)}
	if p.API == "v3" {
		g, err := c.gatewayV3(payee, key, plain)
		return g, payee, err
	}
	wire.Cert = cert
	return &pay.V2{
		URL: p.URL, StandbyURL: p.StandbyURL, Payee: payee, Key: key, NotifyURL: p.NotifyURL,
		Plain: plain, Secapi: &http.Client{Transport: pay.Transport(wire)},
	}, payee, nil
}

// gatewayV3 builds the client of API v3: every call is signed with the merchant's own key.
func (c *config) gatewayV3(payee sale.Payee, key string, plain *http.Client) (*pay.V3, error) {
	p := c.Pay
	if len(key) != 32 {
		return nil, fmt.Errorf("pay.key_file: an APIv3 key has 32 characters, this one has %d", len(key))
	}
	serial, merchant, err := c.merchantV3()
	if err != nil {
		return nil, err
	}
	g := &pay.V3{URL: p.URL, StandbyURL: p.StandbyURL, Payee: payee, APIv3Key: key, MerchantSerial: serial, Merchant: merchant,
		PublicKeyID: p.PublicID, NotifyURL: p.NotifyURL, Plain: plain}
	if p.PublicFile != "" {
		text, err := os.ReadFile(c.near(p.PublicFile))
		if err != nil {
			return nil, fmt.Errorf("pay.wechatpay_public_key_file: %w", err)
		}
		if g.PublicKey, err = pay.ReadPublicKey(text); err != nil {
			return nil, fmt.Errorf("pay.wechatpay_public_key_file: %w", err)
		}
	}
	return g, nil
}

// merchantV3 reads the merchant's certificate and key for signing calls with.
func (c *config) merchantV3() (serial string, own *rsa.PrivateKey, err error) {
	cert, err := os.ReadFile(c.near(c.Pay.CertFile))
	if err != nil {
		return "", nil, fmt.Errorf("pay.cert_file: %w", err)
	}
	key, err := c.secretFile("pay.cert_key_file", c.Pay.CertKey)
	if err != nil {
		return "", nil, err
	}
	if serial, own, err = pay.ReadMerchant(cert, key); err != nil {
		return "", nil, fmt.Errorf("pay.cert_file and pay.cert_key_file: %w", err)
	}
	return serial, own, nil
}
