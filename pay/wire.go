package pay

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Waits of a connection. They leave room in a call's own deadline to try the standby.
const (
	dialWait  = 4 * time.Second // IPv6 and IPv4 together
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
		dial = (&dualStackDialer{dial: (&net.Dialer{Timeout: dialWait}).DialContext}).dialContext
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
		DisableCompression:     true, // signatures and hashes are over the bytes as they come
		Protocols:              only1,
	}
}

// pickClient shows the merchant's certificate to the calls that need it, and to no other.
func (g *V2) pickClient(e endpoint) (*http.Client, error) {
	switch {
	case e.cert && g.Secapi == nil:
		return nil, errors.New("show the merchant certificate: none is configured (pay.cert_file)")
	case e.cert:
		return withoutRedirects(g.Secapi), nil
	}
	return g.own.httpClient(g.Plain), nil
}

// httpClient is the given one or one of its own, made once; it follows no redirect.
func (p *defaults) httpClient(given *http.Client) *http.Client {
	if given == nil {
		p.once.Do(func() { p.plain = &http.Client{Transport: Transport(Wire{})} })
		given = p.plain
	}
	return withoutRedirects(given)
}

// withoutRedirects keeps a signed request from following anybody to another host.
func withoutRedirects(c *http.Client) *http.Client {
	own := *c
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// baseURLs are the addresses of the primary and the standby host.
func baseURLs(url, second string) [2]string {
	if url == "" {
		return [2]string{"https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"}
	}
	return [2]string{url, second}
}

// postXML sends a signed body to the gateway, and returns the reply if it came with HTTP 200.
func (g *V2) postXML(ctx context.Context, e endpoint, body []byte) (reply, error) {
	client, err := g.pickClient(e)
	if err != nil {
		return reply{}, err
	}
	return g.hosts.sendToEither(ctx, client, baseURLs(g.URL, g.StandbyURL), request{
		method: http.MethodPost, path: e.path, body: body, once: e.once, most: e.most,
		head: func(*url.URL) (http.Header, error) {
			return http.Header{"Content-Type": {"text/xml; charset=utf-8"}}, nil
		},
		takes: isOK,
	})
}

func isOK(status int) bool { return status == http.StatusOK }

// request is sent to one host, or to the other if the first surely did not get it.
type request struct {
	method, path string
	body         []byte
	once         bool                                   // it may move money twice if it is sent twice
	head         func(at *url.URL) (http.Header, error) // made anew for each host: a signature holds the path
	takes        func(status int) bool                  // the HTTP statuses whose bodies are read
	most         int64                                  // bytes of an answer; 0 means 64 KiB
}

// reply is an answer as it came: nothing of it is believed yet.
type reply struct {
	status int
	header http.Header
	body   []byte
	date   time.Time
}

// sendToEither sends a question to the gateway, and to the other host when the first surely did not get it.
func (h *hosts) sendToEither(ctx context.Context, c *http.Client, bases [2]string, q request) (r reply, err error) {
	if ctx.Err() != nil { // nothing is sent whose end has come, whatever the transport thinks
		return r, transportError(ctx, ctx.Err())
	}
	for _, host := range h.order(time.Now(), bases[standby] != "", !q.once) {
		var sent bool
		r, sent, err = q.sendTo(ctx, c, strings.TrimRight(bases[host], "/"))
		if err == nil {
			h.report(time.Now(), host, r.status < http.StatusInternalServerError)
			return r, nil
		}
		if !errors.Is(ctx.Err(), context.Canceled) { // we hung up ourselves: the host is not to blame
			h.report(time.Now(), host, false)
		}
		if sent || ctx.Err() != nil {
			break
		}
	}
	return reply{}, err
}

// sendTo asks one host once. sent is false only if no byte of the request can have left.
func (q request) sendTo(ctx context.Context, c *http.Client, base string) (r reply, sent bool, err error) {
	var looked, got atomic.Bool
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { looked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), q.method, base+q.path, bytes.NewReader(q.body))
	if err != nil {
		return r, false, errors.New("write the request: the gateway's address is no URL")
	}
	if req.Header, err = q.head(req.URL); err != nil {
		return r, false, err
	}
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", "kiosk")
	resp, err := c.Do(req)
	if err != nil {
		return r, got.Load() || !looked.Load() && !failedToDial(err), transportError(ctx, err)
	}
	defer resp.Body.Close()
	if !q.takes(resp.StatusCode) {
		return r, true, fmt.Errorf("read the answer: HTTP status %d", resp.StatusCode)
	}
	most := cmp.Or(q.most, maxBody)
	r.status, r.header = resp.StatusCode, resp.Header
	r.body, err = io.ReadAll(io.LimitReader(resp.Body, most+1))
	switch {
	case err != nil:
		return r, true, transportError(ctx, err)
	case int64(len(r.body)) > most:
		return r, true, fmt.Errorf("read the answer: it is longer than %d KiB", most>>10)
	}
	r.date, _ = http.ParseTime(resp.Header.Get("Date")) // absent or odd: the zero time
	return r, true, nil
}

// failedToDial returns whether a transport failed before it had a connection. net/http's own says so by its trace.
func failedToDial(err error) bool {
	op, dns := (*net.OpError)(nil), (*net.DNSError)(nil)
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}

// transportError names a transport error in words of our own: those of net/http may repeat the answer.
func transportError(ctx context.Context, err error) error {
	if end := ctx.Err(); end != nil {
		return fmt.Errorf("reach the gateway: %w", end)
	}
	return errors.New("reach the gateway: " + describeError(err))
}

func describeError(err error) string {
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
