package main

import (
	"fmt"
	"os"
	"strings"
)

// Where things are, seen from the guest.
const (
	guestSees = "10.0.2.2" // the host's loopback
	guestIs   = "10.0.2.15"
	guestPage = 8080

	pinReset     = 25
	pinBacklight = 18
	fenOne       = 350
)

// shelf is a slot of the rig's machine. One light barrier serves them all.
type shelf struct {
	number, key, motor, home, drop int
}

// shelves: every trouble of the scenario sets a slot aside, so each has one of its own.
var shelves = []shelf{
	{1, 5, 17, 27, 22},  // sells
	{2, 6, 23, 4, 22},   // jams
	{3, 13, 12, 16, 22}, // turns while the kiosk is killed
	{4, 19, 20, 21, 22}, // turns while the power is cut
}

// actuators are every pin that can move something.
func actuators() (pins []int) {
	for _, s := range shelves {
		pins = append(pins, s.motor)
	}
	return pins
}

// confOf is the config for a scan module that is told what to do (zone), or only listened to (none).
func confOf(dialect string) string { return "/etc/kiosk/" + dialect + ".toml" }

const confMissing = "/etc/kiosk/missing.toml" // names a pin that is not there

// config is the kiosk.toml of the rig. missing is put in the place of the first home switch, if given.
func config(gatewayPort int, dialect, missing string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `kiosk = "RIG1"
language = "zh"
contact = "400-000-0000"

[status]
listen = "%s:%d"

[pay]
api = "v2"
url = "https://%s:%d"
appid = "%s"
mchid = "%s"
key_file = "apikey"
cert_file = "merchant.pem"
cert_key_file = "merchant-key.pem"
ca_file = "ca.pem"
notify_url = "https://notify.invalid/wechat"

[display]
controller = "st7789"
size = "240x320"
port = "SPI0.0"
speed = "8MHz"
dc = "GPIO24"
reset = "GPIO%d"
backlight = "GPIO%d"

[scanner]
port = "/dev/ttyUSB0"
baud = 9600
dialect = "%s"
`, guestIs, guestPage, guestSees, gatewayPort, appID, mchID, pinReset, pinBacklight, dialect)
	for _, s := range shelves {
		home := fmt.Sprint("GPIO", s.home)
		if missing != "" {
			home, missing = missing, ""
		}
		fmt.Fprintf(&b, `
[[slot]]
number = %d
name = "可口可乐 330ml"
name_en = "Coke 330ml"
fen = %d
key = "GPIO%d"
motor = "GPIO%d"
home = "%s"
drop = "GPIO%d"
stock = 10
`, s.number, fenOne, s.key, s.motor, home, s.drop)
	}
	return b.String()
}

// guestFiles is what the guest gets beside its kernel and tools.
func guestFiles(kiosk, agent string, t *till) ([]guestFile, error) {
	files := []guestFile{
		{confOf("zone"), 0o644, []byte(config(t.port, "zone", ""))},
		{confOf("none"), 0o644, []byte(config(t.port, "none", ""))},
		{confMissing, 0o644, []byte(config(t.port, "zone", "GPIO77"))},
		{"/etc/kiosk/apikey", 0o600, []byte(t.apiKey)},
		{"/etc/kiosk/merchant.pem", 0o644, t.cert},
		{"/etc/kiosk/merchant-key.pem", 0o600, t.key},
		{"/etc/kiosk/ca.pem", 0o644, t.ca},
	}
	for name, from := range map[string]string{"/kiosk": kiosk, "/agent": agent} {
		b, err := os.ReadFile(from)
		if err != nil {
			return nil, fmt.Errorf("taking %s along: %w", name, err)
		}
		files = append(files, guestFile{name, 0o755, b})
	}
	return files, nil
}
