//go:build !sim

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/doctor"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/web"
)

func TestCheckLooksAtWhatGuardsThePage(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	key := rsaKey(t, 2048)
	_, kept := web.DrawSecret()
	writeFile(t, filepath.Join(dir, "hash"), kept+"\n", 0o600)
	writeFile(t, filepath.Join(dir, "clear"), "246810\n", 0o600)
	writeFile(t, filepath.Join(dir, "key.pem"), privatePEM(t, key), 0o600)
	writeFile(t, filepath.Join(dir, "open.pem"), privatePEM(t, key), 0o644)
	writeFile(t, filepath.Join(dir, "other.pem"), privatePEM(t, rsaKey(t, 2048)), 0o600)
	days := func(n int) string {
		name := fmt.Sprintf("%d.pem", n)
		writeFile(t, filepath.Join(dir, name), certificate(t, key, "kiosk.local", now.AddDate(0, 0, -90), now.Add(time.Duration(n)*24*time.Hour)), 0o644)
		return name
	}
	for name, c := range map[string]struct {
		pin, cert, key, service string
		want                    string // the lines, without their dates
	}{
		"nothing":                    {"", "", "", "", "ok secret: none, so the page can only be read"},
		"a hash":                     {"hash", "", "", "", "ok secret: the technician's; its file keeps a hash"},
		"in clear":                   {"clear", "", "", "", "warn secret: the technician's secret stands in its file in clear: replace it with kiosk pin"},
		"not made yet":               {"gone", "", "", "GPIO4", "warn secret: there is no technician's secret yet: hold the service key"},
		"a good certificate":         {"hash", days(40), "key.pem", "", "ok page: its certificate lasts until"},
		"one that ends soon":         {"hash", days(29), "key.pem", "", "in 28 days: renew it"},
		"which is a warning":         {"hash", days(2), "key.pem", "", "warn page: its certificate ends on"},
		"one that has ended":         {"hash", days(-1), "key.pem", "", "fail page: its certificate ended on"},
		"one with another's key":     {"hash", days(40), "other.pem", "", "fail page: status.cert_file and status.key_file are no pair"},
		"one that is not there":      {"hash", "none.pem", "key.pem", "", "fail page: status.cert_file and status.key_file are no pair"},
		"one whose key anybody read": {"hash", days(40), "open.pem", "", "fail page: status.key_file: others may read"},
	} {
		conf := &config.Config{File: filepath.Join(dir, "kiosk.toml")}
		conf.Status.PinFile, conf.Status.CertFile, conf.Status.KeyFile, conf.Keys.Service = c.pin, c.cert, c.key, c.service
		got := ""
		for _, f := range (&doctor.Checkup{Config: conf, Secret: onsite.SecretNotes(conf)}).CheckPage(now) {
			got += fmt.Sprintf("%s %s: %s\n", f.Verdict, f.Part, f.Text)
		}
		if lines := strings.Count(got, "\n"); !strings.Contains(got, c.want) || lines != 1 && c.cert == "" || lines != 2 && c.cert != "" {
			t.Errorf("%s: want %q\n%s", name, c.want, got)
		}
	}
}
