package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func aTill(t *testing.T) *till {
	t.Helper()
	gate, err := openTill(filepath.Join(t.TempDir(), "gateway.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := gate.close(); err != nil {
			t.Error(err)
		}
	})
	return gate
}

// refund asks for one with a certificate, or without.
func refund(gate *till, cert *tls.Certificate) (status int, err error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(gate.ca)
	conf := &tls.Config{RootCAs: roots}
	if cert != nil {
		// Shown whoever is said to be wanted: a stranger does not ask.
		conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true}}
	res, err := c.Post(fmt.Sprintf("https://127.0.0.1:%d/secapi/pay/refund", gate.port), "text/xml", strings.NewReader("<xml></xml>"))
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

func TestNoMoneyGoesBackWithoutTheMerchantsCertificate(t *testing.T) {
	gate := aTill(t)
	own, err := tls.X509KeyPair(gate.cert, gate.key)
	if err != nil {
		t.Fatal(err)
	}
	other, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	certPEM, keyPEM, err := other.issue(mchID, x509.ExtKeyUsageClientAuth)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	if status, err := refund(gate, nil); err != nil || status != http.StatusBadRequest {
		t.Errorf("without a certificate: %d %v", status, err)
	}
	if status, err := refund(gate, &own); err != nil || status != http.StatusOK {
		t.Errorf("with the merchant's certificate: %d %v", status, err)
	}
	if status, err := refund(gate, &forged); err == nil {
		t.Errorf("a certificate of another authority was let in: %d", status)
	}
}

// Line, authority, ids, keys and pins of the rig's config, judged by the kiosk itself on a machine without pins.
func TestTheKioskTakesTheRigsConfig(t *testing.T) {
	dir, gate := t.TempDir(), aTill(t)
	kiosk := filepath.Join(dir, "kiosk")
	if out, err := exec.Command("go", "build", "-o", kiosk, "kiosk/cmd/kiosk").CombinedOutput(); err != nil {
		t.Fatalf("building the kiosk: %v: %s", err, out)
	}
	files, err := guestFiles(kiosk, kiosk, gate)
	if err != nil {
		t.Fatal(err)
	}
	var confs []string
	for _, f := range files {
		at := filepath.Join(dir, filepath.Base(f.name))
		if at == kiosk {
			continue
		}
		text := strings.ReplaceAll(string(f.data), guestSees, "127.0.0.1") // the gateway, from this side
		if err := os.WriteFile(at, []byte(text), os.FileMode(f.mode)); err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(at) == ".toml" {
			confs = append(confs, at)
		}
	}
	if len(confs) != 3 {
		t.Fatalf("configs: %v", confs)
	}
	for _, conf := range confs {
		out, err := exec.Command(kiosk, "-config", conf, "check").CombinedOutput()
		if err == nil || !regexp.MustCompile(`(?m)^ok +gateway `).Match(out) || !regexp.MustCompile(`(?m)^fail +pins .*GPIO`).Match(out) {
			t.Errorf("%s: %v: %s: wanted a good gateway, and only the pins missing", filepath.Base(conf), err, out)
		}
	}
}
