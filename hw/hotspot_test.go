package hw

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// manager puts a NetworkManager on the path, with a Wi-Fi device that is free.
func manager(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	program, err := filepath.Abs("testdata/nmcli")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(dir, "nmcli")); err != nil {
		t.Fatal(err)
	}
	is(t, dir, "devices", "eth0:ethernet:unavailable\nwlan0:wifi:disconnected\np2p-dev-wlan0:wifi-p2p:disconnected\nlo:loopback:unmanaged\n")
	is(t, dir, "radio", "enabled:enabled\n")
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir
}

// is says how things are at that NetworkManager.
func is(t *testing.T, dir, what, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, what), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func has(dir, name string) string {
	text, _ := os.ReadFile(filepath.Join(dir, name)) // "": it is not there
	return string(text)
}

const (
	hotspotName   = "kiosk-K0042"
	hotspotSecret = "k7m2x-q;w:\\e"
)

func TestAHotspotHasItsNameAndItsSecretAndNothingOnTheDisk(t *testing.T) {
	dir := manager(t)
	h := &Hotspot{}
	address, err := h.Open(t.Context(), hotspotName, hotspotSecret)
	if err != nil || address != "10.42.0.1" {
		t.Fatalf("a telephone finds %q: %v", address, err)
	}
	profile := has(dir, "kiosk-hotspot.profile")
	for _, line := range []string{"ssid=" + hotspotName, "ifname=wlan0", "save=no", "autoconnect=no", "802-11-wireless.mode=ap", "ipv4.method=shared", "802-11-wireless-security.psk-flags=not-saved"} {
		if !strings.Contains(profile, line+"\n") {
			t.Errorf("the profile does not say %s:\n%s", line, profile)
		}
	}
	if own := "connection.permissions=user:"; !strings.Contains(profile, own) || strings.Contains(profile, own+"\n") {
		t.Errorf("the profile is not its user's own, and polkit lets him make no other:\n%s", profile)
	}
	if got := strings.TrimSpace(has(dir, "kiosk-hotspot.secret")); got != hotspotSecret {
		t.Errorf("the network's secret is %q", got)
	}
	if calls := has(dir, "calls"); strings.Contains(calls, "k7m2x") || calls == "" {
		t.Errorf("every user of the machine reads the secret in the list of processes:\n%s", calls)
	}
	for range 2 { // a second time finds none
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if left := has(dir, "kiosk-hotspot.profile") + has(dir, "kiosk-hotspot.up"); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

func TestAHotspotThatAFormerLifeLeftGivesWay(t *testing.T) {
	dir := manager(t)
	h := &Hotspot{}
	for _, ssid := range []string{"kiosk-OLD", hotspotName} {
		if _, err := h.Open(t.Context(), ssid, hotspotSecret); err != nil {
			t.Fatal(err)
		}
	}
	if profile := has(dir, "kiosk-hotspot.profile"); !strings.Contains(profile, hotspotName) {
		t.Errorf("the old one is still there: %s", profile)
	}
}

func TestWhyThereIsNoHotspotIsOneLineThatSaysWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		want             error
		says             string
	}{
		{"NetworkManager does not run", "stopped", "", ErrManagerOff, "systemctl"},
		{"no Wi-Fi", "devices", "eth0:ethernet:unavailable\nlo:loopback:unmanaged\n", ErrNoWiFi, "plug one in"},
		{"no Wi-Fi that it may use", "devices", "wlan0:wifi:unmanaged\n", ErrNoWiFi, "nmcli device"},
		{"not allowed", "denied", "", ErrForbidden, "60-kiosk.rules"},
		{"no dnsmasq", "nodns", "", nil, "dnsmasq-base"},
		{"switched off", "radio", "enabled:disabled\n", ErrWiFiOff, "rfkill unblock wifi"},
		{"no country", "radio", "disabled:enabled\n", ErrWiFiOff, "country"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := manager(t)
			if c.want == ErrWiFiOff {
				is(t, dir, "devices", "wlan0:wifi:unavailable\n")
			}
			is(t, dir, c.file, c.text)
			_, err := (&Hotspot{}).Open(t.Context(), hotspotName, hotspotSecret)
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("a technician reads: %v", err)
			}
			if strings.Contains(err.Error(), "k7m2x") {
				t.Errorf("the secret is in the log: %v", err)
			}
			if left := has(dir, "kiosk-hotspot.profile"); left != "" {
				t.Errorf("half a hotspot is left behind: %s", left)
			}
		})
	}
}

func TestWithoutNetworkManagerAHotspotNamesThePackage(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, h := range []*Hotspot{{}, {Program: filepath.Join(t.TempDir(), "nmcli")}} {
		if _, err := h.Open(t.Context(), hotspotName, hotspotSecret); !errors.Is(err, ErrNoManager) || !strings.Contains(err.Error(), "network-manager") {
			t.Errorf("a technician reads: %v", err)
		}
	}
}

func TestAHotspotThatNeverComesUpIsGivenUp(t *testing.T) {
	dir := manager(t)
	is(t, dir, "deaf", "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { _, err := (&Hotspot{}).Open(ctx, hotspotName, hotspotSecret); ended <- err }()
	for has(dir, "kiosk-hotspot.secret") == "" { // it has got so far
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("it says %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the technician's key is dead while nmcli waits")
	}
	if left := has(dir, "kiosk-hotspot.profile"); left != "" {
		t.Errorf("half a hotspot is left behind: %s", left)
	}
}

func TestAHotspotsNameAndSecretAreOnesThatTelephonesTake(t *testing.T) {
	dir := manager(t)
	for _, c := range [][2]string{{"", "12345678"}, {strings.Repeat("x", 33), "12345678"}, {"k", "1234567"}, {"k", strings.Repeat("1", 64)}, {"k", "1234567\n8"}, {"机", "12345678"}} {
		if _, err := (&Hotspot{}).Open(t.Context(), c[0], c[1]); err == nil {
			t.Errorf("%q with %q is tried", c[0], c[1])
		}
	}
	if calls := has(dir, "calls"); calls != "" {
		t.Errorf("NetworkManager was asked: %s", calls)
	}
}
