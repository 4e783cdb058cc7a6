package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/web"
)

func TestPinPrintsTheSecretOnceAndKeepsItsHash(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pin")
	var was string
	for range 2 { // the second replaces the first
		s := kioskDoes(t, "pin", "-o", file)
		if s.code != 0 || s.err != "" || strings.Count(s.out, "\n") != 1 {
			t.Fatalf("exit %d: %q %q", s.code, s.out, s.err)
		}
		clear := strings.TrimSpace(s.out)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := web.CheckSecret(string(text))
		if err != nil || plain || strings.Contains(string(text), clear) || clear == was {
			t.Errorf("whoever steals the card has the technician's secret: %q keeps %q (plain %v, %v), before it was %q", text, clear, plain, err, was)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("the file is there for everybody: %v %v", info.Mode(), err)
		}
		was = clear
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".pin-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPinSaysWhereItCannotWrite(t *testing.T) {
	kioskDoes(t, "pin", "-o", "/nowhere/at/all/pin").oneLineOnly(t, 1, "/nowhere/at/all/pin", "status.pin_file")
}

func TestAMissingSecretIsFineOnlyWhereAKeyCanMakeIt(t *testing.T) {
	dir := t.TempDir()
	c := &config.Config{File: filepath.Join(dir, "kiosk.toml")}
	c.Status.PinFile = "pin"
	if _, err := onsite.ReadSecret(c); err == nil || !strings.Contains(err.Error(), "kiosk pin") {
		t.Errorf("without a key nobody can ever sign in, and nobody is told: %v", err)
	}
	c.Keys.Service = "GPIO6"
	if text, err := onsite.ReadSecret(c); text != "" || err != nil || !strings.Contains(fmt.Sprint(onsite.SecretNotes(c)), "hold the service key") {
		t.Errorf("%q %v %v", text, err, onsite.SecretNotes(c))
	}
	file := filepath.Join(dir, "pin")
	for text, want := range map[string]string{"by hand 1234\n": "in clear", "$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA\n": "error"} {
		if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
		_, err := onsite.ReadSecret(c)
		if note := fmt.Sprint(onsite.SecretNotes(c)); want == "error" && err == nil || want != "error" && (err != nil || !strings.Contains(note, want)) {
			t.Errorf("%q: %v, %q", text, err, note)
		}
	}
	_, kept := web.DrawSecret()
	if err := os.WriteFile(file, []byte(kept), 0o640); err != nil {
		t.Fatal(err)
	}
	if text, err := onsite.ReadSecret(c); text != kept || err != nil || onsite.SecretNotes(c) != nil {
		t.Errorf("%q %v %v", text, err, onsite.SecretNotes(c))
	}
}
