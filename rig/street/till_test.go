package street

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

func aTill(t *testing.T) *Till {
	t.Helper()
	gate, err := OpenTill(filepath.Join(t.TempDir(), "gateway.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := gate.Close(); err != nil {
			t.Error(err)
		}
	})
	return gate
}

// refund asks for one with a certificate, or without.
func refund(gate *Till, cert *tls.Certificate) (status int, err error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(gate.CA)
	conf := &tls.Config{RootCAs: roots}
	if cert != nil {
		// Shown whoever is said to be wanted: a stranger does not ask.
		conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true}}
	res, err := c.Post(fmt.Sprintf("https://127.0.0.1:%d/secapi/pay/refund", gate.Port), "text/xml", strings.NewReader("<xml></xml>"))
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

func TestNoMoneyGoesBackWithoutTheMerchantsCertificate(t *testing.T) {
	gate := aTill(t)
	own, err := tls.X509KeyPair(gate.Cert, gate.Key)
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
