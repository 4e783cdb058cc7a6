package main

import (
	"context"
	"crypto/rsa"
	"fmt"
	"net"
	"net/http"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/daily"
	"kiosk/pay"
	"kiosk/sale"
)

// dialer is the uplink's wire: nil for the system's network, the street's in a street.
type dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// payGateway is the client of either API. Selling needs its sale.Gateway; bills and the fund flow are for the day after.
type payGateway interface {
	sale.Gateway
	daily.Fetcher
	FundFlow(ctx context.Context, day time.Time) (pay.Flow, error)
}

// payeeIDs are the ids of the merchant in the config: they say whose an order is, and no key does.
func payeeIDs(c *config.Config) sale.Merchant {
	p := c.Pay
	return sale.Merchant{API: p.API, AppID: p.AppID, MchID: p.MchID, SubAppID: p.SubAppID, SubMchID: p.SubMchID}
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
	payee := payeeIDs(c)
	payee.SignType, payee.Key = p.SignType, pay.Fingerprint(key)
	if len(key) != keyLen && (p.API == "v3" || !config.IsLoopback(p.URL)) { // a gateway on this machine has keys of its own
		return nil, sale.Merchant{}, fmt.Errorf("pay.key_file: an API%s key has %d bytes and this one has %d: use the one that was set as such on the merchant platform", p.API, keyLen, len(key))
	}
	wire := pay.Wire{CAs: roots, Dial: dial}
	plain := &http.Client{Transport: pay.Transport(wire)}
	if p.API == "v3" {
		g, err := newGatewayV3(c, payee, key, plain)
		return g, payee, err
	}
	wire.Cert = cert // from here on: refunds show it, and nothing else does
	return &pay.V2{
		URL: p.URL, StandbyURL: p.StandbyURL, Payee: payee, Key: key, NotifyURL: p.NotifyURL,
		Plain: plain, Secapi: &http.Client{Transport: pay.Transport(wire)},
	}, payee, nil
}

// keyLen is in bytes: the merchant platform takes 32 characters of ASCII, for either API.
const keyLen = 32

// newGatewayV3 builds the client of API v3: every call is signed with the merchant's own key, every answer verified with the
// gateway's. In certificate mode the client fetches that by itself.
func newGatewayV3(c *config.Config, payee sale.Merchant, key string, plain *http.Client) (_ *pay.V3, err error) {
	p := c.Pay
	g := &pay.V3{URL: p.URL, StandbyURL: p.StandbyURL, Payee: payee, APIv3Key: key, PublicKeyID: p.PublicID, NotifyURL: p.NotifyURL, Plain: plain}
	if g.MerchantSerial, g.Merchant, err = readMerchantV3(c); err != nil || p.PublicFile == "" {
		return g, err
	}
	const name = "pay.wechatpay_public_key_file"
	text, err := c.ReadPublicFile(name, p.PublicFile)
	if err != nil {
		return nil, err
	}
	if g.PublicKey, err = pay.ReadPublicKey(text); err != nil {
		return nil, fmt.Errorf("%s: %w: use the pub_key.pem that the merchant platform offers beside its id", name, err)
	}
	if g.Merchant.PublicKey.Equal(g.PublicKey) {
		return nil, fmt.Errorf("%s: it is the merchant's own key: use the pub_key.pem that the merchant platform offers beside its id", name)
	}
	return g, nil
}

// readMerchantV3 reads the merchant's certificate and key for signing calls with.
func readMerchantV3(c *config.Config) (serial string, own *rsa.PrivateKey, err error) {
	cert, err := c.ReadPublicFile("pay.cert_file", c.Pay.CertFile)
	if err != nil {
		return "", nil, err
	}
	key, err := c.ReadSecretFile("pay.cert_key_file", c.Pay.CertKey)
	if err != nil {
		return "", nil, err
	}
	if serial, own, err = pay.ReadMerchant(cert, key); err != nil {
		return "", nil, fmt.Errorf("pay.cert_file and pay.cert_key_file: %w: use apiclient_cert.pem and apiclient_key.pem", err)
	}
	return serial, own, nil
}
