package main

import (
	"fmt"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/web"
)

// checkPage looks at what the technician's page is guarded by: the secret, and its certificate. A secret that cannot be
// used has ended the check before.
func checkPage(c *config.Config, now time.Time) []finding {
	secret := finding{"secret", isOK, "the technician's; its file keeps a hash"}
	switch {
	case c.Status.PinFile == "":
		secret.Text = "none, so the page can only be read: see status.pin_file"
	case c.File == "":
		secret.Text = "the street's own, for everybody to read"
	}
	for _, note := range technicianNotes(c) {
		secret.Verdict, secret.Text = isWarn, note.EN
	}
	out := []finding{secret}
	if c.Status.CertFile == "" {
		return out
	}
	return append(out, checkPageCertificate(c, now))
}

// checkPageCertificate: browsers refuse a certificate that has ended, and nobody can sign in.
func checkPageCertificate(c *config.Config, now time.Time) finding {
	f := finding{"page", isFail, ""}
	if _, err := c.SecretFile("status.key_file", c.Status.KeyFile); err != nil {
		f.Text = config.OneLine(err)
		return f
	}
	own := web.Certificate{Cert: c.Resolve(c.Status.CertFile), Key: c.Resolve(c.Status.KeyFile)}
	if _, err := own.Config(); err != nil {
		f.Text = config.OneLine(badPair(err))
		return f
	}
	ends := own.Ends()
	day := ends.In(beijing).Format(time.DateOnly)
	const renew = "renew it and put it in status.cert_file and status.key_file; the running kiosk takes it up"
	switch left := ends.Sub(now); {
	case left <= 0:
		f.Text = "its certificate ended on " + day + ": " + renew
	case left < certSoon:
		f.Verdict, f.Text = isWarn, fmt.Sprintf("its certificate ends on %s, in %d days: %s", day, left/(24*time.Hour), renew)
	default:
		f.Verdict, f.Text = isOK, "its certificate lasts until "+day
	}
	return f
}
