package doctor

import (
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
	"kiosk/status"
	"kiosk/web"
)

// renewalTime is how long before its end a certificate is told of: renewing one takes a person, a letter or two, a visit.
const renewalTime = 30 * 24 * time.Hour

// CheckMerchantCertificate looks at how long the merchant certificate lasts, and whose it is.
func CheckMerchantCertificate(c *config.Config, now time.Time) []Finding {
	pair, err := c.MerchantCertificate()
	switch {
	case err != nil:
		return []Finding{{Part: "certificate", Verdict: Fail, Text: config.OneLine(err)}}
	case pair == nil:
		return nil
	}
	var out []Finding
	for _, f := range judgeCertificate(pair.Leaf, c.Pay.MchID, now) {
		out = append(out, f.Finding)
	}
	return out
}

// WatchMerchantCertificate reads the certificate once, as the gateway's client does, and returns the page's notes on it.
// Without a trusted clock there are none: a Pi that wakes in 1970 would call every certificate too young.
func WatchMerchantCertificate(c *config.Config) func(now time.Time, trusted bool) []status.Note {
	pair, err := c.MerchantCertificate()
	if err != nil || pair == nil {
		return func(time.Time, bool) []status.Note { return nil } // an error was reported before the wires opened
	}
	return func(now time.Time, trusted bool) (notes []status.Note) {
		for _, f := range judgeCertificate(pair.Leaf, c.Pay.MchID, now) {
			if f.Verdict != OK && trusted {
				notes = append(notes, status.Note{ZH: "商户证书" + f.zh, EN: "the merchant certificate: " + f.Text})
			}
		}
		return notes
	}
}

// MerchantCertificateEnds is the day for /metrics; zero without a certificate.
func MerchantCertificateEnds(c *config.Config) time.Time {
	pair, err := c.MerchantCertificate()
	if err != nil || pair == nil {
		return time.Time{}
	}
	return pair.Leaf.NotAfter
}

// CertificateEnds is when each certificate of the config ends; one that is not used, or cannot be read, is left out.
func CertificateEnds(c *config.Config) map[string]time.Time {
	ends := map[string]time.Time{}
	if at := MerchantCertificateEnds(c); !at.IsZero() {
		ends["merchant"] = at
	}
	if c.Status.CertFile != "" {
		own := web.Certificate{Cert: c.ResolvePath(c.Status.CertFile), Key: c.ResolvePath(c.Status.KeyFile)}
		if _, err := own.LoadConfig(); err == nil {
			ends["page"] = own.ExpiresAt()
		}
	}
	return ends
}

// certificateFinding has a text for the Chinese page too, empty if all is well.
type certificateFinding struct {
	Finding
	zh string // as the rest of a sentence about the certificate
}

// judgeCertificate looks at validity first: its finding is always there.
func judgeCertificate(leaf *x509.Certificate, merchant string, now time.Time) []certificateFinding {
	out := []certificateFinding{judgeValidity(leaf, now)}
	// WeChat Pay writes the merchant number into the common name.
	if name := leaf.Subject.CommonName; name != merchant && name != "" && strings.Trim(name, "0123456789") == "" {
		text := fmt.Sprintf("it was issued to merchant %s, and pay.mchid is %s", name, merchant)
		out = append(out, certificateFinding{Finding{Part: "certificate", Verdict: Warn, Text: text}, "是发给商户 " + name + " 的，与 pay.mchid 不符"})
	}
	return out
}

// judgeValidity says what an ended certificate costs: refunds fail, sales do not.
func judgeValidity(leaf *x509.Certificate, now time.Time) certificateFinding {
	is := func(verdict, en, zh string) certificateFinding {
		return certificateFinding{Finding{Part: "certificate", Verdict: verdict, Text: en}, zh}
	}
	const renew = ": apply for a new one on the merchant platform and put it in pay.cert_file and pay.cert_key_file"
	const renewZH = "：请在商户平台申请新证书，换上 pay.cert_file 和 pay.cert_key_file"
	from, to := leaf.NotBefore.In(sale.Beijing).Format(time.DateOnly), leaf.NotAfter.In(sale.Beijing).Format(time.DateOnly)
	switch left := leaf.NotAfter.Sub(now); {
	case now.Before(leaf.NotBefore):
		return is(Warn, "begins on "+from+": is the clock right?", "从 "+from+" 起才有效：请检查时钟")
	case left <= 0:
		return is(Fail, "ended on "+to+renew, "已于 "+to+" 到期，退款会失败"+renewZH)
	case left < renewalTime:
		days := left / (24 * time.Hour)
		return is(Warn, fmt.Sprintf("ends on %s, in %d days%s", to, days, renew), fmt.Sprintf(" %s 到期，还有 %d 天%s", to, days, renewZH))
	}
	return is(OK, "lasts until "+to, "")
}

// CheckPage looks at what guards the technician's page: the secret, and the certificate of its TLS. A secret that
// cannot be read at all has ended the check before.
func (c *Checkup) CheckPage(now time.Time) []Finding {
	secret := Finding{Part: "secret", Verdict: OK, Text: "the technician's; its file keeps a hash"}
	switch {
	case c.Config.Status.PinFile == "":
		secret.Text = "none, so the page can only be read: see status.pin_file"
	case c.Config.File == "":
		secret.Text = "the street's own, in " + c.Config.Status.PinFile
	}
	for _, note := range c.Secret {
		secret.Verdict, secret.Text = Warn, note.EN
	}
	out := []Finding{secret}
	if c.Config.Status.CertFile == "" {
		return out
	}
	return append(out, checkPageCertificate(c.Config, now))
}

// checkPageCertificate fails before browsers do: under an ended certificate nobody can sign in.
func checkPageCertificate(c *config.Config, now time.Time) Finding {
	f := Finding{Part: "page", Verdict: Fail, Text: ""}
	if _, err := c.ReadSecretFile("status.key_file", c.Status.KeyFile); err != nil {
		f.Text = config.OneLine(err)
		return f
	}
	own := web.Certificate{Cert: c.ResolvePath(c.Status.CertFile), Key: c.ResolvePath(c.Status.KeyFile)}
	if _, err := own.LoadConfig(); err != nil {
		f.Text = config.OneLine(config.BadPagePair(err))
		return f
	}
	ends := own.ExpiresAt()
	day := ends.In(sale.Beijing).Format(time.DateOnly)
	const renew = "renew it and put it in status.cert_file and status.key_file; the running kiosk takes it up"
	switch left := ends.Sub(now); {
	case left <= 0:
		f.Text = "its certificate ended on " + day + ": " + renew
	case left < renewalTime:
		f.Verdict, f.Text = Warn, fmt.Sprintf("its certificate ends on %s, in %d days: %s", day, left/(24*time.Hour), renew)
	default:
		f.Verdict, f.Text = OK, "its certificate lasts until "+day
	}
	return f
}
