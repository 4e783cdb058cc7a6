package street

import (
	"fmt"
	"strings"
)

// Where things are, seen from the guest.
const (
	GuestSees = "10.0.2.2" // the host's loopback
	GuestIs   = "10.0.2.15"

	PinReset     = 25
	PinBacklight = 18
	FenOne       = 350 // what a piece costs
)

// Token lets the rig read all of the page. It changes nothing.
const Token = "the-rig-reads-everything-and-changes-nothing"

// Shelf is a slot of the rig's machine. One light barrier serves them all.
type Shelf struct {
	Number, Key, Motor, Home, Drop int
}

// Shelves: every trouble of the scenario sets a slot aside, so each has one of its own.
var Shelves = []Shelf{
	{1, 5, 17, 27, 22},  // sells
	{2, 6, 23, 4, 22},   // jams
	{3, 13, 12, 16, 22}, // turns while the kiosk is killed
	{4, 19, 20, 21, 22}, // turns while the power is cut
}

// Actuators are every pin that can move something.
func Actuators() (pins []int) {
	for _, s := range Shelves {
		pins = append(pins, s.Motor)
	}
	return pins
}

// Config is the kiosk.toml of the rig's machine, whose page listens where it is told. missing is put in the place of the
// first home switch, if given.
func Config(listen string, gatewayPort int, dialect, missing string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `kiosk = "RIG1"
language = "zh"
contact = "400-000-0000"

[status]
listen = "%s"
token_file = "token"

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
`, listen, GuestSees, gatewayPort, appID, mchID, PinReset, PinBacklight, dialect)
	for _, s := range Shelves {
		home := fmt.Sprint("GPIO", s.Home)
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
`, s.Number, FenOne, s.Key, s.Motor, home, s.Drop)
	}
	return b.String()
}
