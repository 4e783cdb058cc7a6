package doctor

import (
	"fmt"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
	"kiosk/web"
)

// CheckPage looks at what guards the technician's page: the secret, and the certificate of its TLS. A secret that
// cannot be read at all has ended the check before.
func (c *Checkup) CheckPage(now time.Time) []Finding {
	secret := Finding{"secret", OK, "the technician's; its file keeps a hash"}
	switch {
	case c.Config.Status.PinFile == "":
		secret.Text = "none, so the page can only be read: see status.pin_file"
	case c.Config.File == "":
		secret.Text = "the street's own, for everybody to read"
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
	f := Finding{"page", Fail, ""}
	if _, err := c.SecretFile("status.key_file", c.Status.KeyFile); err != nil {
		f.Text = config.OneLine(err)
		return f
	}
	own := web.Certificate{Cert: c.Resolve(c.Status.CertFile), Key: c.Resolve(c.Status.KeyFile)}
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
