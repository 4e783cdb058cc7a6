package hw

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strings"
	"time"
)

// The reasons for no hotspot that a person can mend.
var (
	ErrNoManager  = errors.New("nmcli is missing: install network-manager")
	ErrManagerOff = errors.New("NetworkManager does not run: systemctl enable --now NetworkManager")
	ErrNoWiFi     = errors.New("NetworkManager has no Wi-Fi device to use: plug one in, or look at nmcli device")
	ErrWiFiOff    = errors.New("Wi-Fi is switched off: set its country with raspi-config, then rfkill unblock wifi and nmcli radio wifi on")
	ErrForbidden  = errors.New("NetworkManager refuses the service's user: install 60-kiosk.rules into /usr/share/polkit-1/rules.d")
)

// Exit statuses of nmcli, from its manual.
const (
	nmcliTimeout = 3
	nmcliDown    = 8
	nmcliUnknown = 10
)

const (
	hotspotID      = "kiosk-hotspot"  // of its profile in NetworkManager, which a crash may have left there
	nmcliWait      = 10 * time.Second // for what NetworkManager knows without asking the radio
	hotspotWait    = 45 * time.Second // for the radio and the addresses
	nmcliOutputMax = 64 << 10         // bytes of its answer that are kept
)

// Hotspot is a Wi-Fi network of the machine's own, opened by NetworkManager through nmcli. Its profile is never written
// to disk, and its secret is never in a profile: it goes to nmcli's standard input, where no list of processes shows it.
type Hotspot struct {
	Program string // "": nmcli, found in PATH
}

// Open opens the network within a minute and returns the machine's address in it. ssid has 1 to 32 printable bytes,
// secret 8 to 63. It deletes what a crash has left of it first.
func (h *Hotspot) Open(ctx context.Context, ssid, secret string) (address string, err error) {
	if n := len(secret); n < 8 || n > 63 || len(ssid) < 1 || len(ssid) > 32 || strings.ContainsFunc(ssid+secret, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", errors.New("opening a hotspot: a name has 1 to 32 printable letters, and a secret 8 to 63")
	}
	card, err := h.findWiFiDevice(ctx)
	if err != nil {
		return "", err
	}
	if err := h.Close(ctx); err != nil {
		return "", err
	}
	own, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("making the hotspot's profile: %w", err)
	}
	// The profile is the service's user's own: polkit lets him change no other.
	// WPA2 with AES and no protected management frames: a Raspberry Pi's radio does it reliably, and every phone joins.
	if _, err := h.runNMCLI(ctx, nmcliWait, "", "connection", "add", "save", "no", "type", "wifi", "con-name", hotspotID, "ifname", card, "autoconnect", "no",
		"connection.permissions", "user:"+own.Username, "ssid", ssid, "802-11-wireless.mode", "ap", "802-11-wireless.band", "bg", "802-11-wireless-security.key-mgmt", "wpa-psk",
		"802-11-wireless-security.proto", "rsn", "802-11-wireless-security.pairwise", "ccmp", "802-11-wireless-security.group", "ccmp",
		"802-11-wireless-security.pmf", "disable", "802-11-wireless-security.psk-flags", "not-saved",
		"ipv4.method", "shared", "ipv6.method", "disabled"); err != nil {
		return "", fmt.Errorf("making the hotspot's profile: %w", err)
	}
	if address, err = h.activateProfile(ctx, secret); err != nil {
		_ = h.Close(context.WithoutCancel(ctx)) // the first error says more
		return "", err
	}
	return address, nil
}

// activateProfile starts the access point and returns its address.
func (h *Hotspot) activateProfile(ctx context.Context, secret string) (string, error) {
	_, err := h.runNMCLI(ctx, hotspotWait, "802-11-wireless-security.psk:"+secret+"\n", "-w", fmt.Sprint(int(hotspotWait.Seconds())-5),
		"connection", "up", "id", hotspotID, "passwd-file", "/dev/stdin")
	if err != nil {
		return "", fmt.Errorf("opening the hotspot: %w", err)
	}
	out, err := h.runNMCLI(ctx, nmcliWait, "", "-g", "IP4.ADDRESS", "connection", "show", "id", hotspotID)
	if err != nil {
		return "", fmt.Errorf("asking for the hotspot's address: %w", err)
	}
	first, _, _ := strings.Cut(strings.TrimSpace(out), "|")
	if address, _, ok := strings.Cut(strings.TrimSpace(first), "/"); ok {
		return address, nil
	}
	return "", errors.New("opening the hotspot: it has no address: install dnsmasq-base")
}

// Close ends the network. It is no error if there is none.
func (h *Hotspot) Close(ctx context.Context) error {
	_, err := h.runNMCLI(ctx, nmcliWait, "", "connection", "delete", "id", hotspotID)
	if said, ok := errors.AsType[*nmcliError](err); ok && said.code == nmcliUnknown {
		return nil
	}
	if err != nil {
		return fmt.Errorf("closing the hotspot: %w", err)
	}
	return nil
}

// findWiFiDevice names a Wi-Fi device that NetworkManager can use.
func (h *Hotspot) findWiFiDevice(ctx context.Context) (string, error) {
	devices, err := h.runNMCLI(ctx, nmcliWait, "", "-t", "-f", "DEVICE,TYPE,STATE", "device")
	if err != nil {
		return "", fmt.Errorf("looking for a Wi-Fi device: %w", err)
	}
	there := false
	for line := range strings.Lines(devices) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) != 3 || f[1] != "wifi" {
			continue
		}
		if there = true; f[2] != "unmanaged" && f[2] != "unavailable" {
			return f[0], nil
		}
	}
	radio, err := h.runNMCLI(ctx, nmcliWait, "", "-t", "-f", "WIFI-HW,WIFI", "radio")
	if err != nil {
		return "", fmt.Errorf("looking for a Wi-Fi device: %w", err)
	}
	if there && strings.Contains(radio, "disabled") {
		return "", ErrWiFiOff
	}
	return "", ErrNoWiFi
}

// nmcliError is a command that nmcli refused, with its message.
type nmcliError struct {
	code int
	text string
}

func (e *nmcliError) Error() string { return e.text }

// runNMCLI runs nmcli and returns its output. Its messages are in English whatever the machine's language.
func (h *Hotspot) runNMCLI(ctx context.Context, most time.Duration, stdin string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	var out, said limitedBuffer
	c := exec.CommandContext(ctx, cmp.Or(h.Program, "nmcli"), args...)
	c.Env = append(os.Environ(), "LC_ALL=C", "LANGUAGE=C")
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &said
	c.WaitDelay = time.Second
	err := c.Run()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return out.b.String(), nil
	case ctx.Err() != nil:
		return "", fmt.Errorf("nmcli %s: no answer within %v: %w", args[0], most, ctx.Err())
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist):
		return "", ErrNoManager
	case !errors.As(err, &ended):
		return "", fmt.Errorf("nmcli %s: %w", args[0], err)
	}
	return "", explainFailure(ended.ExitCode(), said.b.String())
}

// explainFailure turns nmcli's first line of complaint into an error that says what to do.
func explainFailure(code int, said string) error {
	first, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	first = strings.TrimPrefix(first, "Error: ")
	switch {
	case code == nmcliDown:
		return ErrManagerOff
	case strings.Contains(said, "Insufficient privileges") || strings.Contains(said, "Not authorized"):
		return ErrForbidden
	case strings.Contains(said, "IP configuration"):
		first += ": install dnsmasq-base"
	case code == nmcliTimeout:
		first += ": look at journalctl -u NetworkManager -u wpa_supplicant"
	case first == "":
		first = fmt.Sprintf("nmcli ended with status %d and said nothing", code)
	}
	return &nmcliError{code, first}
}

// limitedBuffer keeps the first nmcliOutputMax bytes. It does not embed its buffer, whose ReadFrom would know no limit.
type limitedBuffer struct{ b bytes.Buffer }

func (s *limitedBuffer) Write(p []byte) (int, error) {
	s.b.Write(p[:min(max(0, nmcliOutputMax-s.b.Len()), len(p))])
	return len(p), nil
}
