package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// config is kiosk.toml. Every key is explained in systemd/kiosk.toml.
type config struct {
	Kiosk         string   `toml:"kiosk"`
	Language      string   `toml:"language"`
	Contact       string   `toml:"contact"`
	ChoiceTimeout duration `toml:"choice_timeout"`

	Status  statusConfig  `toml:"status"`
	Pay     payConfig     `toml:"pay"`
	Display displayConfig `toml:"display"`
	Scanner scannerConfig `toml:"scanner"`
	Keys    keysConfig    `toml:"keys"`
	Store   storeConfig   `toml:"store"`
	Alert   alertConfig   `toml:"alert"`
	Board   boardConfig   `toml:"board"`
	Slots   []slotConfig  `toml:"slot"`

	file string // where it was read from; "" for the street's own
}

type statusConfig struct {
	Listen      string `toml:"listen"`
	PinFile     string `toml:"pin_file"`
	CertFile    string `toml:"cert_file"`
	KeyFile     string `toml:"key_file"`
	PlainListen string `toml:"plain_listen"`
}

type payConfig struct {
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
	Expiry     duration `toml:"native_expiry"`
	CAFile     string   `toml:"ca_file"`
	Report     bool     `toml:"report"`
}

type displayConfig struct {
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

type scannerConfig struct {
	Port    string `toml:"port"`
	Baud    int    `toml:"baud"`
	Dialect string `toml:"dialect"`
	Trigger string `toml:"trigger"`

	TriggerHigh bool `toml:"trigger_high"`
	Continuous  bool `toml:"continuous"`
}

type keysConfig struct {
	Cancel  string `toml:"cancel"`
	Service string `toml:"service"`
	Door    string `toml:"door"`
	Buzzer  string `toml:"buzzer"`
	Light   string `toml:"light"`
}

type boardConfig struct {
	Thermometer string `toml:"thermometer"`
}

type storeConfig struct {
	Path string `toml:"path"`
}

type alertConfig struct {
	URL     string `toml:"url"`
	URLFile string `toml:"url_file"`
}

type slotConfig struct {
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

// actuator is what turns or opens: its key, and its pin.
func (s slotConfig) actuator() (key, pin string) {
	if s.Lock != "" {
		return "lock", s.Lock
	}
	return "motor", s.Motor
}

// duration is a time.Duration written as "90s".
type duration time.Duration

func (d *duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is no duration: write it like 90s or 5m", b)
	}
	*d = duration(v)
	return nil
}

// MarshalText writes it as it is read.
func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// ownStandby stands for the standby that belongs to the gateway, until the file has been read.
const ownStandby = "-"

// defaults is a config before the file is read.
func defaults() config {
	return config{
		Language: "zh", Contact: "400-000-0000", ChoiceTimeout: duration(90 * time.Second),
		Status: statusConfig{Listen: "127.0.0.1:8080"},
		Pay: payConfig{API: "v2", Mode: "direct", URL: "https://api.mch.weixin.qq.com",
			StandbyURL: ownStandby, SignType: "HMAC-SHA256", Expiry: duration(5 * time.Minute)},
		Display: displayConfig{Controller: "st7789", Size: "240x320", Port: "SPI0.0",
			DC: "GPIO24", Reset: "GPIO25", Backlight: "GPIO18", Brightness: 1},
		Scanner: scannerConfig{Port: "/dev/serial0", Baud: 9600, Dialect: "zone"},
		Store:   storeConfig{Path: "/var/lib/kiosk/kiosk.db"},
	}
}

// readConfig reads and checks a config file. Every error is one line: what, where, what to do.
func readConfig(file string) (config, error) {
	c := defaults()
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return c, fmt.Errorf("%s is missing: copy systemd/kiosk.toml there and fill it in, or name another one with -config%w", file, silent{os.ErrNotExist})
	}
	if err != nil {
		return c, fmt.Errorf("reading the config: %w", err)
	}
	c.file = file
	d := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("%s: %s", file, tomlError(err))
	}
	if c.Pay.StandbyURL == ownStandby { // the official standby does not stand in for another gateway
		c.Pay.StandbyURL = ""
		if c.Pay.URL == defaults().Pay.URL {
			c.Pay.StandbyURL = "https://api2.mch.weixin.qq.com"
		}
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// wrongKind is the TOML reader's own way to say it, in words of Go.
var wrongKind = regexp.MustCompile(`^cannot decode TOML (\w+) into .* of type (\w+)`)

// tomlError says in one line which key on which line is wrong.
func tomlError(err error) string {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		e := strict.Errors[0]
		line, _ := e.Position()
		return fmt.Sprintf("line %d: %s is no key of ours: see systemd/kiosk.toml for the ones there are", line, strings.Join(e.Key(), "."))
	}
	var dec *toml.DecodeError
	if errors.As(err, &dec) {
		line, _ := dec.Position()
		key := strings.Join(dec.Key(), ".")
		text := strings.TrimPrefix(dec.Error(), "toml: ")
		if m := wrongKind.FindStringSubmatch(text); m != nil {
			want := map[string]string{"string": "a text in quotes", "int": "a whole number", "int64": "a whole number", "bool": "true or false"}
			text = fmt.Sprintf("is a TOML %s: say %s", m[1], cmp.Or(want[m[2]], "what systemd/kiosk.toml shows"))
		}
		return strings.TrimSpace(fmt.Sprintf("line %d: %s %s", line, key, text))
	}
	return err.Error()
}

// near resolves a relative name: the service's credentials first, then beside the config, then where root keeps what
// becomes a credential, so that root's own kiosk check reads what the service will.
func (c *config) near(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	dir := filepath.Dir(c.file)
	beside := filepath.Join(dir, name)
	tries := []string{beside, filepath.Join(dir, "secret", name)}
	if handed := os.Getenv("CREDENTIALS_DIRECTORY"); handed != "" {
		tries = slices.Insert(tries, 0, filepath.Join(handed, name))
	}
	if i := slices.IndexFunc(tries, exists); i >= 0 {
		return tries[i]
	}
	return beside
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// silent lets an error be recognised without adding words.
type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }
