package pay

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"kiosk/sale"
)

// aCert makes a certificate that signs itself; the server's list of authorities does not name it.
func aCert(t *testing.T, name string) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sheet := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, sheet, sheet, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

func TestOnlySecapiShowsTheMerchantsCertificate(t *testing.T) {
	for call, do := range each {
		g, b := meet(t)
		shown := map[string]string{}
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, c := range r.TLS.PeerCertificates {
				shown[r.URL.Path] += c.Subject.CommonName
			}
			b.ServeHTTP(w, r)
		}))
		others := x509.NewCertPool()
		other, _ := x509.ParseCertificate(aCert(t, "another authority").Certificate[0])
		others.AddCert(other)
		srv.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, ClientCAs: others}
		srv.StartTLS()
		trust := x509.NewCertPool()
		trust.AddCert(srv.Certificate())
		plain, secapi := Transport(Wire{CAs: trust}), Transport(Wire{CAs: trust, Cert: aCert(t, "merchant")})
		g.URL, g.Plain, g.Secapi = srv.URL, &http.Client{Transport: plain}, &http.Client{Transport: secapi}
		for range 2 { // the second time on connections that are kept
			if _, err := do(t.Context(), g); err != nil {
				t.Errorf("%s: %v", call, err)
			}
		}
		plain.CloseIdleConnections()
		secapi.CloseIdleConnections()
		srv.Close()
		for _, path := range b.calls {
			if want := strings.HasPrefix(path, "/secapi/"); (shown[path] == "merchantmerchant") != want || !want && shown[path] != "" {
				t.Errorf("%s was called with the certificate %q", path, shown[path])
			}
		}
	}
}

func TestWithoutACertificateNothingIsRefunded(t *testing.T) {
	for _, call := range []string{"refund", "reverse"} {
		g, b := meet(t)
		g.Secapi = nil
		if _, err := each[call](t.Context(), g); err == nil || !strings.Contains(err.Error(), "pay.cert_file") || len(b.calls) > 0 {
			t.Errorf("%s: %v", call, err)
		}
	}
}

func TestAStrangersCertificateIsNotTrusted(t *testing.T) {
	g, b := meet(t)
	srv := httptest.NewUnstartedServer(b)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake's end is expected
	srv.StartTLS()
	defer srv.Close()
	g.URL, g.Plain = srv.URL, nil
	_, err := g.Query(t.Context(), anOrder(sale.Native))
	if err == nil || err.Error() != "query the order: reach the gateway: its certificate is not trusted" || len(b.calls) > 0 {
		t.Errorf("%v", err)
	}
}

func TestProxiesOfTheEnvironmentAreIgnored(t *testing.T) {
	if p := Transport(Wire{}).Proxy; p != nil {
		t.Error("payments would go through a proxy")
	}
	if v := Transport(Wire{}).TLSClientConfig.MinVersion; v < tls.VersionTLS12 {
		t.Errorf("TLS %x is let through", v)
	}
}

// troubles are the ways a host is surely not reached.
var troubles = map[string]func() error{
	"no such name":    func() error { return &net.DNSError{Err: "no such host", Name: "gateway", IsNotFound: true} },
	"refused":         func() error { return &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")} },
	"a broken dial":   func() error { return errors.New("x") },
	"dial takes long": func() error { return context.DeadlineExceeded },
}

// twoHosts gives a client whose primary fails to connect with an error, and whose standby works.
func twoHosts(t *testing.T, fail func() error) (*V2, *booth) {
	t.Helper()
	g, b := meet(t)
	srv := httptest.NewServer(b)
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		if strings.HasPrefix(addr, "primary") {
			return nil, fail()
		}
		return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
	}
	way := Transport(Wire{Dial: dial})
	t.Cleanup(func() { way.CloseIdleConnections(); srv.Close() })
	g.URL, g.StandbyURL = "http://primary", "http://standby"
	g.Plain = &http.Client{Transport: way}
	g.Secapi = g.Plain
	return g, b
}

func TestTheStandbyTakesWhatThePrimarySurelyDidNotGet(t *testing.T) {
	for what, fail := range troubles {
		for call, do := range each {
			g, b := twoHosts(t, fail)
			if said, err := do(t.Context(), g); err != nil || said.Outcome == "" {
				t.Errorf("%s, %s: the sale is lost although the standby works: %v", call, what, err)
			}
			if call == "micropay" && len(b.calls) != 1 {
				t.Errorf("the charge reached the standby %d times", len(b.calls))
			}
			g.StandbyURL = ""
			if _, err := do(t.Context(), g); err == nil {
				t.Errorf("%s, %s: an answer from nowhere", call, what)
			}
		}
	}
}

func TestTheStandbyTakesOverWhereTLSFails(t *testing.T) {
	g, b := meet(t)
	stranger, good := httptest.NewUnstartedServer(b), httptest.NewUnstartedServer(b)
	stranger.Config.ErrorLog = log.New(io.Discard, "", 0)
	stranger.StartTLS()
	defer stranger.Close()
	good.TLS = &tls.Config{Certificates: []tls.Certificate{*named(t)}}
	good.StartTLS()
	defer good.Close()
	trust := x509.NewCertPool()
	leaf, _ := x509.ParseCertificate(good.TLS.Certificates[0].Certificate[0])
	trust.AddCert(leaf)
	g.URL, g.StandbyURL = stranger.URL, good.URL
	g.Plain = &http.Client{Transport: Transport(Wire{CAs: trust})}
	if said, err := g.Charge(t.Context(), anOrder(sale.Code), aCode); err != nil || said.Outcome != sale.OutcomePaid || len(b.calls) != 1 {
		t.Errorf("%+v, %v after %d calls", said, err, len(b.calls))
	}
}

func named(t *testing.T) *tls.Certificate {
	t.Helper()
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	sheet := &x509.Certificate{SerialNumber: big.NewInt(8), Subject: pkix.Name{CommonName: "standby"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	raw, err := x509.CreateCertificate(rand.Reader, sheet, sheet, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

// hangUp takes a request whole, and gives no answer or half of one.
func hangUp(half bool) func(http.ResponseWriter, *http.Request, []byte) {
	return func(w http.ResponseWriter, _ *http.Request, body []byte) {
		c, out, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		if half {
			out.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
			out.Write(body)
			out.Flush()
		}
		c.Close()
	}
}

func TestTheStandbyNeverGetsWhatThePrimaryMayHaveGot(t *testing.T) {
	for what, send := range map[string]func(http.ResponseWriter, *http.Request, []byte){
		"no answer": hangUp(false), "half an answer": hangUp(true), "HTTP 502": status(502), "a redirect": status(302),
	} {
		for call, do := range each {
			g, first := meet(t)
			second := &booth{key: aKey, kind: "HMAC-SHA256", says: usual}
			first.send = send
			one, two := httptest.NewServer(first), httptest.NewServer(second)
			g.URL, g.StandbyURL = one.URL, two.URL
			g.Plain = &http.Client{Transport: Transport(Wire{})}
			g.Secapi = g.Plain
			if said, err := do(t.Context(), g); err == nil {
				t.Errorf("%s, %s: %+v", call, what, said)
			}
			one.Close()
			two.Close()
			if len(first.calls) != 1 || len(second.calls) != 0 {
				t.Errorf("%s, %s: sent %d times to the primary and %d times to the standby: a customer could pay twice", call, what, len(first.calls), len(second.calls))
			}
		}
	}
}

// A transport of another making may fail after it has sent: only a failed dial is sure.
func TestAnUnknownTransportIsNotTrustedToHaveSentNothing(t *testing.T) {
	g, second := meet(t)
	g.StandbyURL = "http://standby"
	for _, c := range []struct {
		err  error
		sent int
	}{{errors.New("broken"), 0}, {net.ErrClosed, 0}, {&net.OpError{Op: "read"}, 0}, {&net.OpError{Op: "dial"}, 1}, {&net.DNSError{}, 1}} {
		second.calls, g.hosts = nil, hosts{}
		g.Plain = &http.Client{Transport: byHost{"gateway": broken{c.err}, "standby": second}}
		g.Charge(t.Context(), anOrder(sale.Code), aCode)
		if len(second.calls) != c.sent {
			t.Errorf("%v: the standby was asked %d times", c.err, len(second.calls))
		}
	}
}

type byHost map[string]http.RoundTripper

func (b byHost) RoundTrip(r *http.Request) (*http.Response, error) { return b[r.URL.Host].RoundTrip(r) }

type broken struct{ err error }

func (b broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.err }

func TestTroubleIsToldInWordsThatHelp(t *testing.T) {
	for want, bad := range map[string]error{
		"its name is not found":      &net.DNSError{Err: "no such host"},
		"the connection is refused":  &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
		"there is no way to it":      &net.OpError{Op: "dial", Err: syscall.ENETUNREACH},
		"it does not answer in time": &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded},
		"the connection is not made": &net.OpError{Op: "dial", Err: errors.New("x")},
		"TLS is refused":             &net.OpError{Op: "remote error", Err: tls.AlertError(40)},
		"its certificate is not valid at this time: check the clock": &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}},
		"its certificate is not trusted":                             &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
		"the connection broke":                                       io.ErrUnexpectedEOF,
	} {
		g, _ := meet(t)
		g.Plain = &http.Client{Transport: broken{bad}}
		if _, err := g.Query(t.Context(), anOrder(sale.Native)); err == nil || err.Error() != "query the order: reach the gateway: "+want {
			t.Errorf("%v is told as %v", bad, err)
		}
	}
}

func TestOurAddressIsFoundAndKept(t *testing.T) {
	var g V2
	got := g.own.localAddress(g.IP)
	if a := net.ParseIP(got); a == nil || a.To4() == nil || a.IsUnspecified() {
		t.Errorf("%q is no IPv4 address", got)
	}
	if again := g.own.localAddress(g.IP); again != got {
		t.Errorf("%q, then %q: a request sent again would differ", got, again)
	}
}
