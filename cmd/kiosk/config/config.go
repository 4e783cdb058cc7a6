// Package config is kiosk.toml: what a file may say, what holds if it is silent, and which files it names.
//
// It knows none of our rooms, so it judges what a file alone can show. Whether a panel, a pin or a key is
// any good, its room says: cmd/kiosk asks the rooms right after Read.
package config

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// LeastDisk is the free space below which nothing is sold: a sale needs a few pages, and the book's log must be able to grow.
const LeastDisk = 32 << 20

// Config is kiosk.toml. Every key is explained in systemd/kiosk.toml.
type Config struct {
	Kiosk         string   `toml:"kiosk"`          // the machine's name: every order number begins with it
	Language      string   `toml:"language"`       // of the panel
	Contact       string   `toml:"contact"`        // what a customer reads who needs a person
	ChoiceTimeout Duration `toml:"choice_timeout"` // how long a choice may stay unpaid

	Status  Status  `toml:"status"`  // the technician's page
	Pay     Pay     `toml:"pay"`     // the gateway, and who is paid
	Display Display `toml:"display"` // the panel
	Scanner Scanner `toml:"scanner"` // the scan module
	Keys    Keys    `toml:"keys"`    // keys and switches that are no slot's
	Store   Store   `toml:"store"`   // the order book
	Alert   Alert   `toml:"alert"`   // the robot of the owner's group
	Board   Board   `toml:"board"`   // what else hangs on the board
	Slots   []Slot  `toml:"slot"`    // the goods

	File string `toml:"-"` // the file that it was read from; "" for a street's own
	Key  string `toml:"-"` // a street's API key, which no file holds
}

// Status is the page and its doors. Files are named as Resolve resolves them.
type Status struct {
	Listen       string `toml:"listen"`   // host:port
	PinFile      string `toml:"pin_file"` // the hash of the technician's secret
	CertFile     string `toml:"cert_file"`
	KeyFile      string `toml:"key_file"`
	PlainListen  string `toml:"plain_listen"`  // plain HTTP, which leads to TLS
	TokenFile    string `toml:"token_file"`    // a token for scripts, which read everything and change nothing
	NotifyListen string `toml:"notify_listen"` // host:port where the gateway's notices come in alone, for a proxy
}

// Pay is the gateway and the merchant. Orders keep the account that they were born under.
type Pay struct {
	API         string   `toml:"api"`  // v2 or v3
	Mode        string   `toml:"mode"` // direct: the key is on this machine
	URL         string   `toml:"url"`
	StandbyURL  string   `toml:"standby_url"` // the gateway's second house
	AppID       string   `toml:"appid"`
	MchID       string   `toml:"mchid"`
	SubAppID    string   `toml:"sub_appid"` // the shop's own, if mchid is a service provider's
	SubMchID    string   `toml:"sub_mchid"`
	SignType    string   `toml:"sign_type"` // of v2
	KeyFile     string   `toml:"key_file"`
	CertFile    string   `toml:"cert_file"`
	CertKey     string   `toml:"cert_key_file"`
	PublicID    string   `toml:"wechatpay_public_key_id"` // none: certificate mode
	PublicFile  string   `toml:"wechatpay_public_key_file"`
	NotifyURL   string   `toml:"notify_url"`    // where the gateway posts notices
	Expiry      Duration `toml:"native_expiry"` // how long a QR code can be paid
	CodeTimeout Duration `toml:"code_timeout"`  // how long a payment code may wait for the password
	CAFile      string   `toml:"ca_file"`       // trust for a test's gateway
}

// Display is how the panel is built and mounted. Pins are named as the board names them.
type Display struct {
	Controller string `toml:"controller"` // the chip's name
	Size       string `toml:"size"`       // width x height at rotation 0
	Rotation   int    `toml:"rotation"`   // degrees, clockwise
	Port       string `toml:"port"`
	Speed      string `toml:"speed"` // of the bus; "": the panel's usual
	DC         string `toml:"dc"`    // data/command
	Reset      string `toml:"reset"`
	Backlight  string `toml:"backlight"`

	Dim        string  `toml:"dim"`        // the PWM that dims the backlight
	Brightness float64 `toml:"brightness"` // above 0 to 1
	Invert     *bool   `toml:"invert"`     // nil: as the controller usually is
	BGR        *bool   `toml:"bgr"`        // red and blue exchanged
	ColOffset  *int    `toml:"col_offset"` // pixels along the short side
	RowOffset  *int    `toml:"row_offset"` // pixels along the long side
	Mode       *int    `toml:"mode"`       // the clock mode of SPI, 0 to 3
}

// Scanner is the scan module on its serial line.
type Scanner struct {
	Port    string `toml:"port"`
	Baud    int    `toml:"baud"`
	Dialect string `toml:"dialect"` // what the module speaks besides codes
	Trigger string `toml:"trigger"` // the pin that makes it look

	TriggerHigh bool `toml:"trigger_high"` // High makes it look
	Continuous  bool `toml:"continuous"`   // it looks all the time
}

// Keys are pins; each may be left out. Keys and the door close to ground, buzzer and light are on at High.
type Keys struct {
	Cancel  string `toml:"cancel"`  // gives a choice up
	Service string `toml:"service"` // the technician's
	Door    string `toml:"door"`    // open: no motor turns
	Buzzer  string `toml:"buzzer"`
	Light   string `toml:"light"`
}

// Board is what the kiosk can sell without.
type Board struct {
	Thermometer string  `toml:"thermometer"` // the 1-wire id of a DS18B20
	WarmFrom    float64 `toml:"warm_from"`   // °C from which the owner's group is told that the goods are too warm; 0: it is not
}

// Store is where the book lies. What else must survive a restart lies beside it.
type Store struct {
	Path string `toml:"path"`
}

// Alert is one address, given here or in a file: a person who knows it can write to the group.
type Alert struct {
	URL     string `toml:"url"`
	URLFile string `toml:"url_file"` // a file that holds the address
}

// Slot is one spiral, or one compartment with an electric lock. Name, price and stock are first values: the book has the present ones.
type Slot struct {
	Number int    `toml:"number"` // as on the sticker
	Name   string `toml:"name"`
	NameEN string `toml:"name_en"` // "": name
	Fen    int64  `toml:"fen"`
	Key    string `toml:"key"`
	Motor  string `toml:"motor"` // High turns
	Home   string `toml:"home"`  // closed at home
	Drop   string `toml:"drop"`  // the light barrier
	Stock  int    `toml:"stock"` // at first

	Lock     string `toml:"lock"`    // instead of a motor
	Emitter  string `toml:"emitter"` // switches the barrier's light
	HomeHigh bool   `toml:"home_high"`
	DropHigh bool   `toml:"drop_high"` // High while something is in it: a cut wire stops the sale

	DropLeast *Duration `toml:"drop_least"` // how long it must be dark for a drop; nil: DropLeast
}

// DropLeast is how long a light barrier must be dark for a drop if the config does not say.
const DropLeast = Duration(500 * time.Microsecond)

// LeastDark is how long the slot's light barrier must be dark for a drop.
func (s Slot) LeastDark() time.Duration {
	if s.DropLeast == nil {
		return time.Duration(DropLeast)
	}
	return time.Duration(*s.DropLeast)
}

// Actuator is what turns or opens: its key, and its pin.
func (s Slot) Actuator() (key, pin string) {
	if s.Lock != "" {
		return "lock", s.Lock
	}
	return "motor", s.Motor
}

// Duration is a time.Duration written as "90s".
type Duration time.Duration

func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is no duration: write it like 90s or 5m", b)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes it as it is read.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// ownStandby stands for the standby that belongs to the gateway, until the file has been read.
const ownStandby = "-"

// Defaults is a config before the file is read.
func Defaults() Config {
	return Config{
		Language: "zh", Contact: "400-000-0000", ChoiceTimeout: Duration(90 * time.Second),
		Status: Status{Listen: "127.0.0.1:8080"},
		Pay: Pay{API: "v2", Mode: "direct", URL: "https://api.mch.weixin.qq.com",
			StandbyURL: ownStandby, SignType: "HMAC-SHA256", Expiry: Duration(7 * time.Minute), CodeTimeout: Duration(30 * time.Second)},
		Display: Display{Controller: "st7789", Size: "240x320", Port: "SPI0.0",
			DC: "GPIO24", Reset: "GPIO25", Backlight: "GPIO18", Brightness: 1},
		Scanner: Scanner{Port: "/dev/serial0", Baud: 9600, Dialect: "zone"},
		Store:   Store{Path: "/var/lib/kiosk/kiosk.db"},
	}
}

// usageError is the caller's own mistake, in a flag or in the config: the command exits with 2 instead of 1.
type usageError struct{ error }

// UsageError marks an error as the caller's own mistake.
func UsageError(err error) error { return usageError{err} }

// IsUsage reports whether an error is one.
func IsUsage(err error) bool {
	var use usageError
	return errors.As(err, &use)
}

// silent lets errors.Is recognise an error that adds no word to the message around it.
type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }

// SilentError is that error; a message takes it in with %w at its end.
func SilentError(err error) error { return silent{err} }

// OneLine is an error's text without line breaks: operators read it in a log, on the panel or in a table.
func OneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
