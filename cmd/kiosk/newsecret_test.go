//go:build sim

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kiosk/cmd/kiosk/onsite"
	"kiosk/web"
)

// Whoever makes another secret, because the old one went about, need not stop the machine for it.
func TestAnotherSecretCountsWithoutARestart(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		const old = "246810"
		file := filepath.Join(b.dir, "technician.pin")
		lasts := func() { time.Sleep(2*onsite.SecretInterval + time.Second) }
		in := &visit{b: b}
		in.does(200, "ok", "sign-in", "pin", old, "name", "安娜")
		lasts()
		in.does(200, "ok", "clear")

		var out, errOut bytes.Buffer
		if code := runCommand(b.t.Context(), append(b.args, "pin", "-o", file), &out, &errOut); code != 0 {
			b.t.Fatalf("kiosk pin: %d %s", code, errOut.String())
		}
		clear := strings.TrimSpace(out.String())
		lasts()
		in.does(401, "sign in", "clear")
		again := &visit{b: b}
		again.does(403, "wrong secret", "sign-in", "pin", old, "name", "安娜")
		again.does(200, "ok", "sign-in", "pin", clear, "name", "安娜")

		for what, spoil := range map[string]func(){
			"a broken one": func() { writeFile(b.t, file, "$argon2id$v=19$m=1", 0o600) },
			"none":         func() { _ = os.Remove(file) },
		} {
			spoil()
			lasts()
			if code, _ := b.get("/"); code != 200 {
				t.Errorf("%s: the page answers %d", what, code)
			}
			again.does(200, "ok", "clear")
		}
		next, kept := web.DrawSecret()
		if err := onsite.WriteSecret(file, kept, true); err != nil {
			b.t.Fatal(err)
		}
		lasts()
		again.does(401, "sign in", "clear")
		again.does(200, "ok", "sign-in", "pin", next, "name", "安娜")
	})
}
