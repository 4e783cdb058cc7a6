package display

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// eachSlip draws every slip in both languages.
func eachSlip(t *testing.T, sizes []string, do func(t *testing.T, name string, r Renderer, slip Slip)) {
	for _, size := range sizes {
		for _, lang := range []string{"zh", "en"} {
			r := Renderer{Model: model(t, size, 0), Language: lang, Contact: "400-000-0000", Kiosk: "K0042"}
			for _, sm := range Slips() {
				name := "slip-" + sm.Name + "-" + lang + "-" + size
				t.Run(name, func(t *testing.T) { do(t, name, r, sm.Slip) })
			}
		}
	}
}

func TestNoSlipDrawsOutsideOrLosesAWord(t *testing.T) {
	eachSlip(t, slices.Concat(sizes, further), func(t *testing.T, _ string, r Renderer, slip Slip) {
		s, err := r.drawSlip(slip)
		if err != nil {
			t.Fatal(err)
		}
		if s.spilt+s.cut+s.short > 0 {
			t.Errorf("%d pixels outside of the glass, %d lines did not fit, %d were shortened", s.spilt, s.cut, s.short)
		}
		if s.least < 10 {
			t.Errorf("letters of %d pixels", s.least)
		}
		got := strings.ReplaceAll(strings.ReplaceAll(told(s), " / ", ""), " ", "")
		must := []string{slip.Secret, slip.Name}
		if slip.web {
			must = []string{slip.Address}
		}
		for _, text := range append(must, strings.ReplaceAll(r.lead(troubles[slip.Trouble]), " ", "")) {
			if !strings.Contains(got, text) {
				t.Errorf("%q cannot be read: %s", text, got)
			}
		}
		for _, w := range slip.Will {
			if !strings.Contains(got, strings.ReplaceAll(r.lead(promises[w]), " ", "")) {
				t.Errorf("nobody is told of %q: %s", promises[w], got)
			}
		}
	})
}

func TestATechniciansSecretIsReadFromAStepAway(t *testing.T) {
	for _, size := range slices.Concat(sizes, further) {
		const secret = "k7m2x-q4zb6"
		for _, lang := range []string{"zh", "en"} {
			r := Renderer{Model: model(t, size, 0), Language: lang, Kiosk: "K0042"}
			s, err := r.drawSlip(Slip{Kind: SlipSecret, Secret: secret, Address: "192.168.100.23:8080", Left: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			tallest := 0
			for _, w := range s.wrote {
				if strings.Contains(secret, strings.TrimSpace(w.text)) {
					tallest = max(tallest, w.ink.Dy())
				}
			}
			if tallest < min(s.W, s.H)/10 {
				t.Errorf("%s: letters of %d pixels", size, tallest)
			}
		}
	}
}

func TestATelephoneJoinsTheHotspotFromTheGlass(t *testing.T) {
	for _, size := range slices.Concat(sizes, further) {
		for _, lang := range []string{"zh", "en"} {
			r := Renderer{Model: model(t, size, 0), Language: lang, Contact: "400-000-0000", Kiosk: "K0042"}
			slip := Slip{Kind: SlipHotspot, Name: "kiosk-K0042", Secret: "k7m2xq4zb6", Address: "10.42.0.1", Left: 30 * time.Minute}
			for web, want := range map[bool]string{false: "WIFI:T:WPA;S:kiosk-K0042;P:k7m2xq4zb6;;", true: "http://10.42.0.1/"} {
				slip.web = web
				f, _, err := r.Slip(slip)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := scan(f.Image()); err != nil || got != want {
					t.Errorf("%s %s: a telephone reads %q (%v), not %q", size, lang, got, err, want)
				}
			}
		}
	}
}

// The longest name makes a code that leaves no room for itself on the smallest glass: it is typed then.
func TestTheLongestHotspotCanAlwaysBeTyped(t *testing.T) {
	for _, size := range slices.Concat(sizes, further) {
		slip := Slip{Kind: SlipHotspot, Name: "kiosk-MMMMMMMMMMMM", Secret: "wwwwwmmmmm", Address: "10.42.0.1", Left: 30 * time.Minute}
		s, err := Renderer{Model: model(t, size, 0), Language: "zh", Kiosk: "MMMMMMMMMMMM"}.drawSlip(slip)
		if err != nil || s.spilt+s.cut+s.short > 0 {
			t.Errorf("%s: %v, %d pixels outside, %d lines lost, %d shortened", size, err, s.spilt, s.cut, s.short)
		}
		if got := strings.ReplaceAll(strings.ReplaceAll(told(s), " / ", ""), " ", ""); !strings.Contains(got, slip.Name) || !strings.Contains(got, slip.Secret) {
			t.Errorf("%s: a technician reads %s", size, got)
		}
		if _, err := scan(s.Image()); err != nil && size != "160x128" && size != "128x160" {
			t.Errorf("%s: no code: %v", size, err)
		}
	}
}

func TestAWiFiCodeSaysWhatIsMeant(t *testing.T) {
	for _, c := range [][3]string{
		{"kiosk-K0042", "k7m2xq4zb6", `WIFI:T:WPA;S:kiosk-K0042;P:k7m2xq4zb6;;`},
		{`"foo;bar\baz"`, "a,b:c", `WIFI:T:WPA;S:\"foo\;bar\\baz\";P:a\,b\:c;;`}, // the published example
	} {
		if got := joins(c[0], c[1]); got != c[2] {
			t.Errorf("%q with %q: %s", c[0], c[1], got)
		}
	}
}

func TestASlipsVeilTellsNoSecret(t *testing.T) {
	eachSlip(t, []string{"240x240", "320x480", "128x160"}, func(t *testing.T, _ string, r Renderer, slip Slip) {
		f, veil, err := r.Slip(slip)
		if err != nil {
			t.Fatal(err)
		}
		if secret := slip.Secret != "" && !slip.web; secret != (veil != nil) {
			t.Fatalf("a secret: %v, a veil: %v", secret, veil != nil)
		}
		if veil == nil {
			return
		}
		if got, err := scan(veil.Image()); err == nil {
			t.Errorf("the veil can be scanned: %q", got)
		}
		other := slip
		other.Secret = strings.Repeat("z", len(slip.Secret))
		g, same, err := r.Slip(other)
		if err != nil || slices.Equal(f.Pix, g.Pix) || !slices.Equal(veil.Pix, same.Pix) {
			t.Errorf("the picture of the panel depends on the secret (%v)", err)
		}
	})
}
