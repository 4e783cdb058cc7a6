package pay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"

	"kiosk/sale"
)

// V2 is the gateway's API v2 (XML).
type V2 struct {
	URL, StandbyURL       string
	Payee                 sale.Payee
	Key                   string
	NotifyURL, DeviceInfo string
	Goods                 string
	IP                    string
	Plain, Secapi         *http.Client
}

var errStub = errors.New("not built yet")

func (g *V2) Ask(ctx context.Context, o sale.Order) (sale.Answer, error) {
	return sale.Answer{}, errStub
}
func (g *V2) Charge(ctx context.Context, o sale.Order, code string) (sale.Answer, error) {
	return sale.Answer{}, errStub
}
func (g *V2) Query(ctx context.Context, o sale.Order) (sale.Answer, error) {
	return sale.Answer{}, errStub
}
func (g *V2) Cancel(ctx context.Context, o sale.Order) (sale.Answer, error) {
	return sale.Answer{}, errStub
}
func (g *V2) Refund(ctx context.Context, o sale.Order) (sale.Answer, error) {
	return sale.Answer{}, errStub
}

type Wire struct {
	Cert *tls.Certificate
	CAs  *x509.CertPool
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

func Transport(w Wire) *http.Transport                                    { return &http.Transport{} }
func Fingerprint(key string) string                                       { return "" }
func Sign(fields map[string]string, key, signType string) (string, error) { return "", errStub }
