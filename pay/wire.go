package pay

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Waits of a connection. They leave room in a call's own deadline to try the standby.
const (
	dialWait  = 4 * time.Second
	tlsWait   = 4 * time.Second
	idleClose = 30 * time.Second // mobile routers forget idle connections silently
)

// Wire is how a transport reaches the gateway.
type Wire struct {
	Cert *tls.Certificate // the merchant's, for the calls that need it; never for the others
	CAs  *x509.CertPool   // nil: the system's
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Transport builds one transport. A call with the certificate and one without never share a
// connection, so each kind needs a transport of its own. Proxies of the environment are ignored.
func Transport(w Wire) *http.Transport {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: w.CAs}
	if w.Cert != nil { // shown whatever authorities the gateway lists
		conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return w.Cert, nil }
	}
	dial := w.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialWait}).DialContext
	}
	only1 := new(http.Protocols)
	only1.SetHTTP1(true)
	return &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, dialWait)
			defer cancel()
			return dial(ctx, network, addr)
		},
		TLSClientConfig:        conf,
		TLSHandshakeTimeout:    tlsWait,
		IdleConnTimeout:        idleClose,
		MaxIdleConnsPerHost:    2,
		MaxResponseHeaderBytes: 16 << 10,
		DisableCompression:     true,
		Protocols:              only1,
	}
}

func (g *V2) client(e endpoint) (*http.Client, error) {
	c := g.Plain
	switch {
	case e.cert && g.Secapi == nil:
		return nil, errors.New("show the merchant certificate: none is configured (pay.cert_file)")
	case e.cert:
		c = g.Secapi
	case c == nil:
		g.own.once.Do(func() { g.own.plain = &http.Client{Transport: Transport(Wire{})} })
		c = g.own.plain
	}
	still := *c
	still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &still, nil
}

// post sends a body to the gateway, and to the other host when the first surely did not get it.
func (g *V2) post(ctx context.Context, e endpoint, body []byte) (data []byte, date time.Time, err error) {
	client, err := g.client(e)
	if err == nil && ctx.Err() != nil { // nothing is sent whose end has come, whatever the transport thinks
		err = unreached(ctx, ctx.Err())
	}
	if err != nil {
		return nil, date, err
	}
	bases := [2]string{g.URL, g.StandbyURL}
	if g.URL == "" {
		bases = [2]string{"https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"}
	}
	for _, host := range g.hosts.turn(time.Now(), bases[standby] != "", !e.once) {
		var sent bool
		data, date, sent, err = send(ctx, client, strings.TrimRight(bases[host], "/")+e.path, body)
		if err == nil {
			g.hosts.note(time.Now(), host, true)
			return data, date, nil
		}
		if !errors.Is(ctx.Err(), context.Canceled) { // who hangs up says nothing about the host
			g.hosts.note(time.Now(), host, false)
		}
		if sent || ctx.Err() != nil {
			break
		}
	}
	return nil, date, err
}

// send posts once. sent is false only if no byte of the request can have left.
func send(ctx context.Context, c *http.Client, url string, body []byte) (data []byte, date time.Time, sent bool, err error) {
	var looked, got atomic.Bool
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { looked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, date, false, errors.New("write the request: the gateway's address is no URL")
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", "kiosk")
	resp, err := c.Do(req)
	if err != nil {
		sent = got.Load() || !looked.Load() && !dialing(err)
		return nil, date, sent, unreached(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, date, true, fmt.Errorf("read the answer: HTTP status %d", resp.StatusCode)
	}
	data, err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, date, true, unreached(ctx, err)
	case len(data) > maxBody:
		return nil, date, true, errors.New("read the answer: it is longer than 64 KiB")
	}
	date, _ = http.ParseTime(resp.Header.Get("Date")) // absent or odd: the zero time
	return data, date, true, nil
}

// dialing tells of a transport that is not net/http's whether it failed before it had a connection.
func dialing(err error) bool {
	op, dns := (*net.OpError)(nil), (*net.DNSError)(nil)
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}

// unreached names a transport error in words of our own: those of net/http may repeat the answer.
func unreached(ctx context.Context, err error) error {
	if end := ctx.Err(); end != nil {
		return fmt.Errorf("reach the gateway: %w", end)
	}
	return errors.New("reach the gateway: " + trouble(err))
}

func trouble(err error) string {
	var (
		dns    *net.DNSError
		op     *net.OpError
		stale  x509.CertificateInvalidError
		cert   *tls.CertificateVerificationError
		header tls.RecordHeaderError
		alert  tls.AlertError
		slow   net.Error
	)
	switch {
	case errors.As(err, &dns):
		return "its name is not found"
	case errors.As(err, &stale) && stale.Reason == x509.Expired:
		return "its certificate is not valid at this time: check the clock"
	case errors.As(err, &cert):
		return "its certificate is not trusted"
	case errors.As(err, &header), errors.As(err, &alert):
		return "TLS is refused"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection is refused"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "there is no way to it"
	case errors.As(err, &slow) && slow.Timeout():
		return "it does not answer in time"
	case errors.As(err, &op) && op.Op == "dial":
		return "the connection is not made"
	case errors.As(err, &op) && op.Op == "remote error":
		return "TLS is refused"
	}
	return "the connection broke"
}
