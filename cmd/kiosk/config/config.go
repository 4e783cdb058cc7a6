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
	Kiosk         string   `toml:"kiosk"`
	Language      string   `toml:"language"`
	Contact       string   `toml:"contact"`
	ChoiceTimeout Duration `toml:"choice_timeout"`

	Status  Status  `toml:"status"`
	Pay     Pay     `toml:"pay"`
	Display Display `toml:"display"`
	Scanner Scanner `toml:"scanner"`
	Keys    Keys    `toml:"keys"`
	Store   Store   `toml:"store"`
	Alert   Alert   `toml:"alert"`
	Board   Board   `toml:"board"`
	Slots   []Slot  `toml:"slot"`

	File string `toml:"-"` // the file that it was read from; "" for a street's own
	Key  string `toml:"-"` // a street's API key, which no file holds
}

type Status struct {
	Listen      string `toml:"listen"`
	PinFile     string `toml:"pin_file"`
	CertFile    string `toml:"cert_file"`
	KeyFile     string `toml:"key_file"`
	PlainListen string `toml:"plain_listen"`
}

type Pay struct {
	API        string   `toml:"api"`
	Mode       string   `toml:"mode"`
	URL        string   `toml:"url"`
	StandbyURL string   `toml:"standby_url"`
	AppID      string   `toml:"appid"`
	MchID      string   `toml:"mchid"`
	SubAppID   string   `toml:"sub_appid"`
	SubMchID   string   `toml:"sub_mchid"`
	SignType   string   `toml:"sign_type"`
	KeyFile    string   `toml:"key_file"`
	CertFile   string   `toml:"cert_file"`
	CertKey    string   `toml:"cert_key_file"`
	PublicID   string   `toml:"wechatpay_public_key_id"`
	PublicFile string   `toml:"wechatpay_public_key_file"`
	NotifyURL  string   `toml:"notify_url"`
	Expiry     Duration `toml:"native_expiry"`
	CAFile     string   `toml:"ca_file"`
}

type Display struct {
	Controller string `toml:"controller"`
	Size       string `toml:"size"`
	Rotation   int    `toml:"rotation"`
	Port       string `toml:"port"`
	Speed      string `toml:"speed"`
	DC         string `toml:"dc"`
	Reset      string `toml:"reset"`
	Backlight  string `toml:"backlight"`

	Dim        string  `toml:"dim"`
	Brightness float64 `toml:"brightness"`
	Invert     *bool   `toml:"invert"`
	BGR        *bool   `toml:"bgr"`
	ColOffset  *int    `toml:"col_offset"`
	RowOffset  *int    `toml:"row_offset"`
	Mode       *int    `toml:"mode"`
}

type Scanner struct {
	Port    string `toml:"port"`
	Baud    int    `toml:"baud"`
	Dialect string `toml:"dialect"`
	Trigger string `toml:"trigger"`

	TriggerHigh bool `toml:"trigger_high"`
	Continuous  bool `toml:"continuous"`
}

type Keys struct {
	Cancel  string `toml:"cancel"`
	Service string `toml:"service"`
	Door    string `toml:"door"`
	Buzzer  string `toml:"buzzer"`
	Light   string `toml:"light"`
}

type Board struct {
	Thermometer string `toml:"thermometer"`
}

type Store struct {
	Path string `toml:"path"`
}

type Alert struct {
	URL     string `toml:"url"`
	URLFile string `toml:"url_file"`
}

type Slot struct {
	Number int    `toml:"number"`
	Name   string `toml:"name"`
	NameEN string `toml:"name_en"`
	Fen    int64  `toml:"fen"`
	Key    string `toml:"key"`
	Motor  string `toml:"motor"`
	Home   string `toml:"home"`
	Drop   string `toml:"drop"`
	Stock  int    `toml:"stock"`

	Lock     string `toml:"lock"`
	Emitter  string `toml:"emitter"`
	HomeHigh bool   `toml:"home_high"`
	DropHigh bool   `toml:"drop_high"`
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
			StandbyURL: ownStandby, SignType: "HMAC-SHA256", Expiry: Duration(5 * time.Minute)},
		Display: Display{Controller: "st7789", Size: "240x320", Port: "SPI0.0",
			DC: "GPIO24", Reset: "GPIO25", Backlight: "GPIO18", Brightness: 1},
		Scanner: Scanner{Port: "/dev/serial0", Baud: 9600, Dialect: "zone"},
		Store:   Store{Path: "/var/lib/kiosk/kiosk.db"},
	}
}

// usageError is the caller's own mistake, in a flag or in the config: the command exits with 2 instead of 1.
type usageError struct{ error }

// Usage marks an error as the caller's own mistake.
func Usage(err error) error { return usageError{err} }

// IsUsage tells such an error.
func IsUsage(err error) bool {
	var use usageError
	return errors.As(err, &use)
}

// silent lets errors.Is recognise an error that adds no word to the message around it.
type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }

// Silent is that error; a message takes it in with %w at its end.
func Silent(err error) error { return silent{err} }

// OneLine is an error's text without line breaks: operators read it in a log, on the panel or in a table.
func OneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
