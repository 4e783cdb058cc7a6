package main

import (
	"cmp"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"kiosk/pay"
	"kiosk/status"
)

// secret reads a file that only the service may read. The key that names it stands in every error; the content never does.
func (c *config) secret(key, name string) (string, error) {
	b, err := c.secretFile(key, name)
	return strings.TrimSpace(string(b)), err
}

func (c *config) secretFile(key, name string) ([]byte, error) {
	path := c.near(name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %s cannot be read: put the secret there (%w)", key, path, errors.Unwrap(err))
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("%s: others may read %s: chmod 640 it", key, path)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		groups, _ := os.Getgroups()
		own := st.Uid == 0 || int(st.Uid) == os.Geteuid()
		readable := info.Mode().Perm()&0o070 == 0 || st.Gid == 0 || int(st.Gid) == os.Getegid() || slices.Contains(groups, int(st.Gid))
		if !own || !readable {
			return nil, fmt.Errorf("%s: %s belongs to a stranger: chown it to root or to the service's user", key, path)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	if len(strings.TrimSpace(string(b))) == 0 {
		return nil, fmt.Errorf("%s: %s is empty", key, path)
	}
	return b, nil
}

// readable reads every file that the config names, so that a bad one is told before any wire is touched.
func (c *config) readable() error {
	key, err := c.apiKey()
	if err != nil {
		return err
	}
	if _, err := c.merchant(); err != nil {
		return err
	}
	if c.Pay.API == "v3" {
		if _, err := c.secretsV3(key); err != nil {
			return err
		}
	}
	if _, err := c.trust(); err != nil {
		return err
	}
	if _, err := c.alertURL(); err != nil {
		return err
	}
	_, err = c.technician()
	return err
}

// publicFile reads a file that is no secret.
func (c *config) publicFile(key, name string) ([]byte, error) {
	text, err := os.ReadFile(c.near(name))
	if err != nil {
		return nil, fmt.Errorf("%s: %s cannot be read: put the file there (%w)", key, c.near(name), cmp.Or(errors.Unwrap(err), err))
	}
	return text, nil
}

// merchant reads the merchant certificate, if one is named.
func (c *config) merchant() (*tls.Certificate, error) {
	if c.Pay.CertFile == "" {
		return nil, nil
	}
	cert, err := c.publicFile("pay.cert_file", c.Pay.CertFile)
	if err != nil {
		return nil, err
	}
	key, err := c.secretFile("pay.cert_key_file", c.Pay.CertKey)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, errors.New("pay.cert_file and pay.cert_key_file do not belong together, or are no PEM: use apiclient_cert.pem and apiclient_key.pem")
	}
	return &pair, nil
}

// secretsV3 is what API v3 is signed and verified with.
type secretsV3 struct {
	serial   string // of the merchant's certificate
	own      *rsa.PrivateKey
	platform *rsa.PublicKey // nil in certificate mode
}

const apiV3KeyLen = 32

func (c *config) secretsV3(apiKey string) (s secretsV3, err error) {
	if len(apiKey) != apiV3KeyLen {
		return s, fmt.Errorf("pay.key_file: an APIv3 key has %d bytes and this one has %d: use the one that was set as such on the merchant platform", apiV3KeyLen, len(apiKey))
	}
	if s.serial, s.own, err = c.merchantV3(); err != nil || c.Pay.PublicFile == "" {
		return s, err
	}
	const key = "pay.wechatpay_public_key_file"
	text, err := c.publicFile(key, c.Pay.PublicFile)
	if err != nil {
		return s, err
	}
	if s.platform, err = pay.ReadPublicKey(text); err != nil {
		return s, fmt.Errorf("%s: %w: use the pub_key.pem that the merchant platform offers beside its id", key, err)
	}
	if s.own.PublicKey.Equal(s.platform) {
		return s, fmt.Errorf("%s: it is the merchant's own key: use the pub_key.pem that the merchant platform offers beside its id", key)
	}
	return s, nil
}

// merchantV3 reads the merchant's certificate and key for signing calls with.
func (c *config) merchantV3() (serial string, own *rsa.PrivateKey, err error) {
	cert, err := c.publicFile("pay.cert_file", c.Pay.CertFile)
	if err != nil {
		return "", nil, err
	}
	key, err := c.secretFile("pay.cert_key_file", c.Pay.CertKey)
	if err != nil {
		return "", nil, err
	}
	if serial, own, err = pay.ReadMerchant(cert, key); err != nil {
		return "", nil, fmt.Errorf("pay.cert_file and pay.cert_key_file: %w: use apiclient_cert.pem and apiclient_key.pem", err)
	}
	return serial, own, nil
}

// certSoon is how long before its end a certificate wants to be renewed: that takes a person, a letter or two, a visit.
const certSoon = 30 * 24 * time.Hour

// checkCertificate looks at how long the merchant certificate lasts, and whose it is.
func (c *config) checkCertificate(now time.Time) []finding {
	pair, err := c.merchant()
	switch {
	case err != nil:
		return []finding{{"certificate", isFail, oneLine(err)}}
	case pair == nil:
		return nil
	}
	var out []finding
	for _, f := range judgeCertificate(pair.Leaf, c.Pay.MchID, now) {
		out = append(out, f.finding)
	}
	return out
}

// watchCertificate gives what the page notes of the certificate that this process has read, by the time and by
// whether that is trusted.
func (c *config) watchCertificate() func(now time.Time, trusted bool) []status.Note {
	pair, err := c.merchant()
	if err != nil || pair == nil {
		return func(time.Time, bool) []status.Note { return nil } // a bad one was told of before
	}
	return func(now time.Time, trusted bool) (notes []status.Note) {
		for _, f := range judgeCertificate(pair.Leaf, c.Pay.MchID, now) {
			if f.Verdict != isOK && trusted {
				notes = append(notes, status.Note{ZH: "商户证书" + f.zh, EN: "the merchant certificate: " + f.Text})
			}
		}
		return notes
	}
}

// certified is what is found about the merchant certificate; zh is for the page, and empty where all is well.
type certified struct {
	finding
	zh string
}

func judgeCertificate(leaf *x509.Certificate, merchant string, now time.Time) []certified {
	day := func(t time.Time) string { return t.In(beijing).Format(time.DateOnly) }
	is := func(verdict, en, zh string) certified { return certified{finding{"certificate", verdict, en}, zh} }
	const renew = ": apply for a new one on the merchant platform and put it in pay.cert_file and pay.cert_key_file"
	const renewZH = "：请在商户平台申请新证书，换上 pay.cert_file 和 pay.cert_key_file"
	out := []certified{is(isOK, "lasts until "+day(leaf.NotAfter), "")}
	switch left := leaf.NotAfter.Sub(now); {
	case now.Before(leaf.NotBefore):
		out[0] = is(isWarn, "begins on "+day(leaf.NotBefore)+": is the clock right?", "从 "+day(leaf.NotBefore)+" 起才有效：请检查时钟")
	case left <= 0:
		out[0] = is(isFail, "ended on "+day(leaf.NotAfter)+renew, "已于 "+day(leaf.NotAfter)+" 到期，退款会失败"+renewZH)
	case left < certSoon:
		days := left / (24 * time.Hour)
		out[0] = is(isWarn, fmt.Sprintf("ends on %s, in %d days%s", day(leaf.NotAfter), days, renew), fmt.Sprintf(" %s 到期，还有 %d 天%s", day(leaf.NotAfter), days, renewZH))
	}
	// WeChat Pay writes the merchant number there.
	if name := leaf.Subject.CommonName; name != merchant && name != "" && strings.Trim(name, "0123456789") == "" {
		out = append(out, is(isWarn, fmt.Sprintf("it was issued to merchant %s, and pay.mchid is %s", name, merchant), "是发给商户 "+name+" 的，与 pay.mchid 不符"))
	}
	return out
}

// trust is the system's roots and pay.ca_file beside them.
func (c *config) trust() (*x509.CertPool, error) {
	if c.Pay.CAFile == "" {
		return nil, nil
	}
	pem, err := c.publicFile("pay.ca_file", c.Pay.CAFile)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("pay.ca_file: %s holds no certificate in PEM", c.near(c.Pay.CAFile))
	}
	return pool, nil
}
