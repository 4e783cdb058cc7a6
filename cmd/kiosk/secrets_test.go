//go:build !sim

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kiosk/cmd/kiosk/doctor"
)

const (
	ownKeyV3 = "0123456789abcdefghijKLMNOPQRSTUV" // 32 bytes
	itsID    = "PUB_KEY_ID_0116000000012026112100000000000"
)

// papers are the files of a merchant under API v3.
type papers struct {
	dir, conf string
	own       *rsa.PrivateKey
}

// inOrder writes a config for API v3 in public-key mode and every file that it names.
func inOrder(t *testing.T) papers {
	t.Helper()
	p := papers{dir: t.TempDir(), own: rsaKey(t, 2048)}
	p.write(t, "merchant.pem", certificate(t, p.own, "1600000001", time.Now().AddDate(-1, 0, 0), time.Now().AddDate(4, 0, 0)))
	p.write(t, "merchant.key", privatePEM(t, p.own))
	p.write(t, "wechatpay.pem", publicPEM(t, &rsaKey(t, 2048).PublicKey))
	p.conf = aConfig(t, p.dir, "127.0.0.1:1", "http://127.0.0.1:9", ownKeyV3, swap("[display]\n", `api = "v3"
cert_file = "merchant.pem"
cert_key_file = "merchant.key"
wechatpay_public_key_id = "`+itsID+`"
wechatpay_public_key_file = "wechatpay.pem"
[display]
`))
	return p
}

func (p papers) write(t *testing.T, name, text string) {
	t.Helper()
	writeFile(t, filepath.Join(p.dir, name), text, 0o600)
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func certificate(t *testing.T, key *rsa.PrivateKey, name string, from, to time.Time) string {
	t.Helper()
	leaf := &x509.Certificate{SerialNumber: big.NewInt(77), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: to}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func privatePEM(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func publicPEM(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// TestPapersThatDoNotFitAreToldBeforeAnyWireIsTouched: one line each, with the key of the config and what to do.
func TestPapersThatDoNotFitAreToldBeforeAnyWireIsTouched(t *testing.T) {
	t.Parallel()
	year := time.Now().AddDate(1, 0, 0)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(p papers)
		names []string
	}{
		{"a v3 key that is too short", func(p papers) { p.write(t, "apikey", ownKeyV3[1:]) }, []string{"pay.key_file", "32 bytes", "has 31", "merchant platform"}},
		{"a v3 key of 32 letters that are more bytes", func(p papers) { p.write(t, "apikey", "密"+ownKeyV3[1:]) }, []string{"pay.key_file", "has 34"}},
		{"no merchant certificate", func(p papers) { _ = os.Remove(filepath.Join(p.dir, "merchant.pem")) }, []string{"pay.cert_file", "merchant.pem", "put the file there"}},
		{"no key of it", func(p papers) { _ = os.Remove(filepath.Join(p.dir, "merchant.key")) }, []string{"pay.cert_key_file", "merchant.key"}},
		{"the key of another certificate", func(p papers) { p.write(t, "merchant.key", privatePEM(t, rsaKey(t, 2048))) }, []string{"pay.cert_file", "pay.cert_key_file", "belong together", "apiclient_key.pem"}},
		{"the two exchanged", func(p papers) {
			p.write(t, "merchant.key", certificate(t, p.own, "1600000001", time.Now(), year))
			p.write(t, "merchant.pem", privatePEM(t, p.own))
		}, []string{"pay.cert_file", "apiclient_cert.pem"}},
		{"a certificate of a weak key", func(p papers) {
			weak := rsaKey(t, 1024)
			p.write(t, "merchant.pem", certificate(t, weak, "1600000001", time.Now(), year))
			p.write(t, "merchant.key", privatePEM(t, weak))
		}, []string{"pay.cert_file", "2048"}},
		{"no public key", func(p papers) { _ = os.Remove(filepath.Join(p.dir, "wechatpay.pem")) }, []string{"pay.wechatpay_public_key_file", "wechatpay.pem", "put the file there"}},
		{"a public key that is none", func(p papers) { p.write(t, "wechatpay.pem", "canary\n") }, []string{"pay.wechatpay_public_key_file", "not PEM", "pub_key.pem"}},
		{"a public key of another kind", func(p papers) { p.write(t, "wechatpay.pem", publicPEM(t, &curve.PublicKey)) }, []string{"pay.wechatpay_public_key_file", "RSA", "pub_key.pem"}},
		{"a certificate for the public key", func(p papers) { p.write(t, "wechatpay.pem", certificate(t, p.own, "x", time.Now(), year)) }, []string{"pay.wechatpay_public_key_file", "certificate", "pub_key.pem"}},
		{"the merchant's own for the public key", func(p papers) { p.write(t, "wechatpay.pem", publicPEM(t, &p.own.PublicKey)) }, []string{"pay.wechatpay_public_key_file", "merchant's own", "pub_key.pem"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := inOrder(t)
			read := func() error {
				conf, err := readConfig(p.conf)
				if err != nil {
					t.Fatal(err)
				}
				return checkFiles(&conf)
			}
			if err := read(); err != nil {
				t.Fatalf("papers that are in order are refused: %v", err)
			}
			c.spoil(p)
			if read() == nil {
				t.Fatal("nobody sees it before a customer stands there")
			}
			said := kioskDoes(t, "-config", p.conf, "check")
			said.oneLineOnly(t, exitUse, c.names...)
			for _, secret := range []string{ownKeyV3[:12], "canary", "PRIVATE", "MII"} {
				if strings.Contains(said.err, secret) {
					t.Errorf("%q stands in %q", secret, said.err)
				}
			}
		})
	}
}

func TestACertificateIsWatchedToItsEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	p := inOrder(t)
	conf, err := readConfig(p.conf)
	if err != nil {
		t.Fatal(err)
	}
	is := func(verdict, text string) doctor.Finding {
		return doctor.Finding{Part: "certificate", Verdict: verdict, Text: text}
	}
	for _, c := range []struct {
		name     string
		merchant string
		from, to time.Time
		want     []doctor.Finding
	}{
		{"long", "1600000001", now.AddDate(-1, 0, 0), now.AddDate(0, 0, 31), []doctor.Finding{is(doctor.OK, "lasts until 2026-12-22")}},
		{"soon", "1600000001", now.AddDate(-1, 0, 0), now.AddDate(0, 0, 29), []doctor.Finding{is(doctor.Warn, "ends on 2026-12-20, in 29 days: apply")}},
		{"over", "1600000001", now.AddDate(-5, 0, 0), now, []doctor.Finding{is(doctor.Fail, "ended on 2026-11-21: apply")}},
		{"not yet", "1600000001", now.Add(time.Minute), now.AddDate(5, 0, 0), []doctor.Finding{is(doctor.Warn, "begins on 2026-11-21: is the clock right?")}},
		{"another merchant's", "1600000002", now.AddDate(-1, 0, 0), now.AddDate(4, 0, 0), []doctor.Finding{is(doctor.OK, "lasts until 2030-11-21"),
			is(doctor.Warn, "it was issued to merchant 1600000002, and pay.mchid is 1600000001")}},
		{"of no number", "Test", now.AddDate(-1, 0, 0), now.AddDate(4, 0, 0), []doctor.Finding{is(doctor.OK, "lasts until 2030-11-21")}},
	} {
		p.write(t, "merchant.pem", certificate(t, p.own, c.merchant, c.from, c.to))
		got := doctor.CheckMerchantCertificate(&conf, now)
		if len(got) != len(c.want) {
			t.Errorf("%s: %v", c.name, got)
			continue
		}
		for i, w := range c.want {
			if got[i].Part != w.Part || got[i].Verdict != w.Verdict || !strings.HasPrefix(got[i].Text, w.Text) {
				t.Errorf("%s: told %v, and not %v", c.name, got[i], w)
			}
		}
	}
	p.write(t, "merchant.pem", certificate(t, p.own, "1600000001", now.AddDate(-1, 0, 0), now.AddDate(0, 0, 31)))
	notes := doctor.WatchMerchantCertificate(&conf)
	for _, n := range []struct {
		at      time.Time
		trusted bool
		notes   int
	}{{now, true, 0}, {now.AddDate(0, 0, 2), true, 1}, {now.AddDate(0, 0, 2), false, 0}, {time.Unix(0, 0), false, 0}} {
		if got := notes(n.at, n.trusted); len(got) != n.notes || n.notes > 0 && (!strings.Contains(got[0].EN, "ends on 2026-12-22, in 29 days: apply") || !strings.Contains(got[0].ZH, "2026-12-22 到期，还有 29 天")) {
			t.Errorf("at %v, trusted %v, the page notes %q", n.at, n.trusted, got)
		}
	}
	p.write(t, "merchant.pem", "gone")
	if got := doctor.CheckMerchantCertificate(&conf, now); len(got) != 1 || got[0].Verdict != doctor.Fail {
		t.Errorf("a certificate that cannot be read: %v", got)
	}
	conf.Pay.CertFile = ""
	if got := doctor.CheckMerchantCertificate(&conf, now); len(got) != 0 {
		t.Errorf("where none is named: %v", got)
	}
}
