package web

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
