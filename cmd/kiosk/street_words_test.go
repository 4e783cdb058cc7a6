//go:build sim

package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// In the street nobody has systemd: what is advised there can be done there.
func TestTheStreetsCommandsAdviseWhatCanBeDoneThere(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	backup := filepath.Join(t.TempDir(), "book.db")
	if got := m.does("backup", "-o", backup); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	said := m.does("restore", backup).err
	m.does("pin", "-o", filepath.Join(m.dir, secretFile))
	for what, text := range map[string]string{"restore": said, "describeSecret": describeSecret(filepath.Join(m.dir, secretFile))} {
		if text == "" || strings.Contains(text, "systemctl") {
			t.Errorf("%s says %q", what, text)
		}
	}
	if !strings.Contains(said, serviceManager.Stop) {
		t.Errorf("restore says %q", said)
	}
	if s := describeSecret(filepath.Join(m.dir, secretFile)); strings.Contains(s, "secret is") {
		t.Errorf("a hash is called the secret: %q", s)
	}
	for _, flag := range []string{"-data DIR", "-addr HOST:PORT", "-flow"} {
		if help := m.does("help").out; !strings.Contains(help, flag) {
			t.Errorf("the help leaves out %s:\n%s", flag, help)
		}
	}
}

// A config with a door switch, as docs/install.md has it, sells in the street: its door is shut.
func TestADoorOfTheStreetIsShut(t *testing.T) {
	t.Parallel()
	addr, dir := freeAddr(t), t.TempDir()
	file := aConfig(t, dir, addr, "http://"+addr+"/street/gateway", "abcdefghijklmnopqrstuvwxyz012345", func(s string) string {
		return strings.Replace(s, "[keys]", "[keys]\ndoor = \"GPIO7\"", 1)
	})
	m := withConfig(t, addr, dir, file)
	m.waitReady()
	no := m.showQR(1)
	m.phone("pay")
	m.untilState(no, "sold")
}
