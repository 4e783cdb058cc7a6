package main

import (
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/pay"
	"kiosk/status"
)

// readable reads every file that the config names, so that a bad one is told before any wire is touched.
func checkFiles(c *config.Config) error {
	key, err := c.APIKey()
	if err != nil {
		return err
	}
	if _, err := c.MerchantCertificate(); err != nil {
		return err
	}
	if c.Pay.API == "v3" {
		if _, err := readSecretsV3(c, key); err != nil {
			return err
		}
	}
	if _, err := c.TrustedRoots(); err != nil {
		return err
	}
	if _, err := alertURL(c); err != nil {
		return err
	}
	_, err = technician(c)
	return err
}

// secretsV3 is what API v3 is signed and verified with.
type secretsV3 struct {
	serial   string // of the merchant's certificate
	own      *rsa.PrivateKey
	platform *rsa.PublicKey // nil in certificate mode
}

const apiV3KeyLen = 32

func readSecretsV3(c *config.Config, apiKey string) (s secretsV3, err error) {
	if len(apiKey) != apiV3KeyLen {
		return s, fmt.Errorf("pay.key_file: an APIv3 key has %d bytes and this one has %d: use the one that was set as such on the merchant platform", apiV3KeyLen, len(apiKey))
	}
	if s.serial, s.own, err = merchantV3(c); err != nil || c.Pay.PublicFile == "" {
		return s, err
	}
	const key = "pay.wechatpay_public_key_file"
	text, err := c.PublicFile(key, c.Pay.PublicFile)
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
func merchantV3(c *config.Config) (serial string, own *rsa.PrivateKey, err error) {
	cert, err := c.PublicFile("pay.cert_file", c.Pay.CertFile)
	if err != nil {
		return "", nil, err
	}
	key, err := c.SecretFile("pay.cert_key_file", c.Pay.CertKey)
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
func checkCertificate(c *config.Config, now time.Time) []finding {
	pair, err := c.MerchantCertificate()
	switch {
	case err != nil:
		return []finding{{"certificate", isFail, config.OneLine(err)}}
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
func watchCertificate(c *config.Config) func(now time.Time, trusted bool) []status.Note {
	pair, err := c.MerchantCertificate()
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
