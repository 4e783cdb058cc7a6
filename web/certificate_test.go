package web

import (
	"bufio"
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
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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
	at := time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC).Add(time.Duration(minute) * time.Minute)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestThePageSpeaksTLSWithTheNewestGoodCertificate(t *testing.T) {
	dir := t.TempDir()
	first := certificateIn(t, dir, 1)
	var told []string
	c := &Certificate{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"), Log: func(s string) { told = append(told, s) }}
	with, err := c.LoadConfig()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := NewServer((&Guard{Refuse: refuse}).Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	go srv.Serve(tls.NewListener(&Listener{Listener: l}, with))
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
	old := &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}
	for _, suite := range []struct {
		id   uint16
		good bool
	}{{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, true}, {tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, false}, {tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, false}} {
		old.CipherSuites = []uint16{suite.id}
		conn, err := tls.Dial("tcp", l.Addr().String(), old)
		if (err == nil) != suite.good {
			t.Errorf("TLS 1.2 with %s: %v", tls.CipherSuiteName(suite.id), err)
		}
		if err == nil {
			conn.Close()
		}
	}
	if !c.ExpiresAt().Equal(first.NotAfter) {
		t.Errorf("ends %v", c.ExpiresAt())
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
	if _, err := (&Certificate{Cert: c.Cert, Key: c.Key}).LoadConfig(); err == nil || !strings.Contains(err.Error(), "no pair that can be used") {
		t.Errorf("a bad pair at the start: %v", err)
	}
}

func refuse(w http.ResponseWriter, _ *http.Request, status int, _ string) { w.WriteHeader(status) }

// TestAPipeInTheCertificatesPlaceHangsNothing: reading it would wait for ever, and every client with it.
func TestAPipeInTheCertificatesPlaceHangsNothing(t *testing.T) {
	dir := t.TempDir()
	certificateIn(t, dir, 1)
	c := &Certificate{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	if err := os.Remove(c.Key); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(c.Key, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.LoadConfig(); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a pipe is taken: %v", err)
	}
}

func TestTheRedirectLeadsNowhereElse(t *testing.T) {
	g := &Guard{Hosts: func() []string { return []string{"kiosk.local"} }, Refuse: refuse}
	for target, want := range map[string]string{
		"/orders?a=b%2Fc":       "https://kiosk.local:8443/orders?a=b%2Fc",
		"/a%2Fb":                "https://kiosk.local:8443/a%2Fb",
		"//evil.example/x":      "https://kiosk.local:8443/evil.example/x",
		"x:@evil.example":       "https://kiosk.local:8443/",
		"http://evil.example/x": "https://kiosk.local:8443/x",
	} {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: kiosk.local\r\n\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "kiosk.local"
		w := httptest.NewRecorder()
		g.RedirectTLS("8443").ServeHTTP(w, r)
		if got := w.Header().Get("Location"); w.Code != http.StatusTemporaryRedirect || got != want {
			t.Errorf("GET %s leads to %q with %d, want %q", target, got, w.Code, want)
		}
	}
}
