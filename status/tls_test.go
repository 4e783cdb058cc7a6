package status

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificateIn puts a pair into a folder, and answers its serial number.
func certificateIn(t *testing.T, dir string, serial int64) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "kiosk.local"}, DNSNames: []string{"kiosk.local"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Duration(serial) * 24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), serial)
	put(t, filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), serial)
	got, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// put writes a file as of a minute of its own: the test must not hang on how fine the disk's clock is.
func put(t *testing.T, path string, b []byte, minute int64) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	at := noon.Add(time.Duration(minute) * time.Minute)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestThePageSpeaksTLSWithTheNewestGoodCertificate(t *testing.T) {
	dir := t.TempDir()
	first := certificateIn(t, dir, 1)
	var told []string
	c := &Certificate{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"), Log: func(s string) { told = append(told, s) }}
	with, err := c.Config()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := Server(newHouse().h)
	go srv.Serve(tls.NewListener(Guarded(l), with))
	defer srv.Close()
	serial := func(most uint16) (int64, *http.Response, error) {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MaxVersion: most}}}
		resp, err := client.Get("https://" + l.Addr().String() + "/healthz")
		if err != nil {
			return 0, nil, err
		}
		resp.Body.Close()
		return resp.TLS.PeerCertificates[0].SerialNumber.Int64(), resp, nil
	}
	if got, resp, err := serial(0); err != nil || got != 1 || resp.ProtoMajor != 1 || resp.Header.Get("Strict-Transport-Security") != "" {
		t.Errorf("certificate %d, %v, %v: an address must not be remembered as TLS only", got, resp, err)
	}
	if _, _, err := serial(tls.VersionTLS11); err == nil {
		t.Error("it speaks a TLS that everybody can read")
	}
	if !c.Ends().Equal(first.NotAfter) {
		t.Errorf("ends %v", c.Ends())
	}
	certificateIn(t, dir, 2)
	if got, _, err := serial(0); err != nil || got != 2 {
		t.Errorf("a renewed certificate waits for a restart: %d %v", got, err)
	}
	put(t, c.Cert, []byte("half a file"), 3)
	for range 3 {
		if got, _, err := serial(0); err != nil || got != 2 {
			t.Errorf("a bad renewal takes the page down: %d %v", got, err)
		}
	}
	if len(told) != 1 {
		t.Errorf("told %q", told)
	}
	if _, err := (&Certificate{Cert: c.Cert, Key: c.Key}).Config(); err == nil || !strings.Contains(err.Error(), "status.cert_file") {
		t.Errorf("a bad pair at the start: %v", err)
	}
}

func TestANameOfOnesOwnIsRememberedAsTLSOnly(t *testing.T) {
	h := newHouse()
	h.Hosts = []string{"kiosk7.shop.example"}
	for host, want := range map[string]bool{"kiosk7.shop.example": true, "kiosk7.shop.example:8443": true, "kiosk.local": false, "192.168.1.20": false, "[fe80::1]": false, "localhost": false} {
		r := ask("GET", "https://x/healthz")
		r.Host = host
		if got := h.do(r).Header().Get("Strict-Transport-Security") != ""; got != want {
			t.Errorf("%s: %v: the next basement's kiosk.local has no certificate", host, got)
		}
	}
	if h.get("/healthz").Header().Get("Strict-Transport-Security") != "" {
		t.Error("it is said over plain HTTP")
	}
}

func TestPlainHTTPLeadsToHTTPSAndTakesNoSecret(t *testing.T) {
	h := newHouse()
	h.h = h.Redirect("8443")
	for path, want := range map[string]string{"/": "/", "/?lang=en": "/?lang=en", "//evil.example/": "//evil.example/"} {
		r := ask("GET", "/")
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(path, "?")
		w := h.do(r)
		if got := w.Header().Get("Location"); w.Code != 307 || got != "https://192.168.1.20:8443"+want {
			t.Errorf("%s leads to %q with %d", path, got, w.Code)
		}
	}
	w := h.do(form("/service/sign-in", "pin", secret, "name", "anna"))
	must(t, w, 403, `{"error":"use https"}`+"\n")
	if w.Header().Get("Connection") != "close" || h.lock.looked.Load() > 0 {
		t.Error("a secret is taken in clear")
	}
	r := ask("GET", "/")
	r.Host = "evil.example"
	must(t, h.do(r), 421, "")
	h.h = h.Redirect("443")
	r = ask("GET", "/")
	r.Host = "[2001:db8::1]:80"
	if got := h.do(r).Header().Get("Location"); got != "https://[2001:db8::1]/" {
		t.Errorf("an IPv6 address leads to %q", got)
	}
}
