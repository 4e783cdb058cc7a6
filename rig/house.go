package main

import (
	"fmt"
	"os"

	"kiosk/rig/street"
)

const guestPage = 8080

// confOf is the config for a scan module that is told what to do (zone), or only listened to (none).
func confOf(dialect string) string { return "/etc/kiosk/" + dialect + ".toml" }

const confMissing = "/etc/kiosk/missing.toml" // names a pin that is not there

// guestFiles is what the guest gets beside its kernel and tools.
func guestFiles(kiosk, agent string, t *street.Till) ([]street.File, error) {
	page := fmt.Sprintf("%s:%d", street.GuestIs, guestPage)
	files := []street.File{
		{Name: confOf("zone"), Mode: 0o644, Data: []byte(street.Config(page, t.Port, "zone", ""))},
		{Name: confOf("none"), Mode: 0o644, Data: []byte(street.Config(page, t.Port, "none", ""))},
		{Name: confMissing, Mode: 0o644, Data: []byte(street.Config(page, t.Port, "zone", "GPIO77"))},
		{Name: "/etc/kiosk/apikey", Mode: 0o600, Data: []byte(t.APIKey)},
		{Name: "/etc/kiosk/token", Mode: 0o600, Data: []byte(street.Token)},
		{Name: "/etc/kiosk/merchant.pem", Mode: 0o644, Data: t.Cert},
		{Name: "/etc/kiosk/merchant-key.pem", Mode: 0o600, Data: t.Key},
		{Name: "/etc/kiosk/ca.pem", Mode: 0o644, Data: t.CA},
	}
	for name, from := range map[string]string{"/kiosk": kiosk, "/agent": agent} {
		b, err := os.ReadFile(from)
		if err != nil {
			return nil, fmt.Errorf("taking %s along: %w", name, err)
		}
		files = append(files, street.File{Name: name, Mode: 0o755, Data: b})
	}
	return files, nil
}
