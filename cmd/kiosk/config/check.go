package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"periph.io/x/conn/v3/physic"
)

var kioskID = regexp.MustCompile(`^[A-Z0-9]{1,12}$`)

// dialects are what a scan module may speak besides codes.
var dialects = []string{"none", "zone", "de2120"}

// Check refuses what cannot work, naming the key and what to do.
func (c *Config) Check() error {
	for _, check := range []func() error{c.checkTexts, c.checkMachine, c.checkPanel, c.checkScanner, c.checkSlots, c.checkPins, c.checkPay, c.checkAlert, c.checkStatus} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkMachine() error {
	switch {
	case !kioskID.MatchString(c.Kiosk):
		return fmt.Errorf("kiosk = %q: give the machine an id of 1 to 12 of A-Z and 0-9", c.Kiosk)
	case c.Language != "zh" && c.Language != "en":
		return fmt.Errorf("language = %q: say zh or en", c.Language)
	case time.Duration(c.ChoiceTimeout) < 45*time.Second || time.Duration(c.ChoiceTimeout) > 10*time.Minute:
		return errors.New("choice_timeout: say 45s to 10m; the code leaves the glass 30 s before its end")
	case len(c.Slots) == 0:
		return errors.New("no [[slot]]: name at least one, with number, name, fen, key, motor and drop")
	}
	if at := c.Board.WarmFrom; !(at == 0 || at >= -30 && at <= 60) || at != 0 && c.Board.Thermometer == "" {
		return fmt.Errorf("board.warm_from = %v: say -30 to 60 °C, beside a board.thermometer; 0 tells nobody", at)
	}
	if _, _, err := net.SplitHostPort(c.Status.Listen); err != nil {
		return fmt.Errorf("status.listen = %q: say host:port", c.Status.Listen)
	}
	return nil
}

// checkPanel takes an absent speed: only the panel's model knows the usual one.
func (c *Config) checkPanel() error {
	var f physic.Frequency
	if err := f.Set(c.Display.Speed); c.Display.Speed != "" && (err != nil || f <= 0) {
		return fmt.Errorf("display.speed = %q: say it like 40MHz", c.Display.Speed)
	}
	if !(c.Display.Brightness > 0 && c.Display.Brightness <= 1) {
		return fmt.Errorf("display.brightness = %v: say above 0 to 1, which is full", c.Display.Brightness)
	}
	return nil
}

func (c *Config) checkScanner() error {
	if c.Scanner.Baud <= 0 {
		return fmt.Errorf("scanner.baud = %d: say 9600 or what the module is set to", c.Scanner.Baud)
	}
	if !slices.Contains(dialects, c.Scanner.Dialect) {
		return fmt.Errorf("scanner.dialect = %q: say one of %s", c.Scanner.Dialect, strings.Join(dialects, ", "))
	}
	return nil
}

func (c *Config) checkSlots() error {
	seen := map[int]bool{}
	for i, s := range c.Slots {
		at := fmt.Sprintf("slot %d (the %d. [[slot]])", s.Number, i+1)
		switch {
		case s.Number < 1 || s.Number > 999:
			return fmt.Errorf("%s: number it 1 to 999, as on the sticker", at)
		case seen[s.Number]:
			return fmt.Errorf("%s: the number is taken: every slot needs its own", at)
		case s.Name == "":
			return fmt.Errorf("%s: give it a name", at)
		case s.Fen < 1 || s.Fen > 10_000_000:
			return fmt.Errorf("%s: fen = %d: say the price in fen, 1 to 10000000", at, s.Fen)
		case s.Motor != "" && s.Lock != "":
			return fmt.Errorf("%s: it has a motor and a lock: name the one that gives the goods out", at)
		case s.Key == "" || s.Motor+s.Lock == "" || s.Drop == "":
			return fmt.Errorf("%s: key, motor (or lock) and drop must name pins; without a light barrier nothing proves a drop", at)
		case s.Lock != "" && s.Home != "":
			return fmt.Errorf("%s: a lock has no home switch: take home away", at)
		case s.LeastDark() < 100*time.Microsecond || s.LeastDark() > 20*time.Millisecond:
			return fmt.Errorf("%s: drop_least = %q: say how long a falling piece darkens the light barrier, 100us to 20ms", at, s.LeastDark())
		case utf8.RuneCountInString(s.Name) > mostName, utf8.RuneCountInString(s.NameEN) > mostName:
			return fmt.Errorf("%s: name it in %d characters at most", at, mostName)
		case s.Stock < 0 || s.Stock > mostStock:
			return fmt.Errorf("%s: stock = %d: say how many are in it, 0 to %d", at, s.Stock, mostStock)
		}
		seen[s.Number] = true
	}
	return nil
}

func (c *Config) checkPay() error {
	for _, check := range []func() error{c.checkMerchant, c.checkGatewayURLs, c.checkPayFiles} {
		if err := check(); err != nil {
			return err
		}
	}
	if c.Pay.NotifyURL == "" { // only a gateway on this machine takes a kiosk without one
		c.Pay.NotifyURL = "https://notify.invalid/wechat"
	}
	return nil
}

func (c *Config) checkMerchant() error {
	p := &c.Pay
	switch {
	case p.API != "v2" && p.API != "v3":
		return fmt.Errorf("pay.api = %q: say v2 or v3", p.API)
	case p.Mode != "direct":
		return fmt.Errorf("pay.mode = %q: this version pays direct", p.Mode)
	case p.SignType != "MD5" && p.SignType != "HMAC-SHA256":
		return fmt.Errorf("pay.sign_type = %q: say MD5 or HMAC-SHA256", p.SignType)
	case p.AppID == "":
		return errors.New("pay.appid: say the appid that is bound to the merchant number")
	case p.MchID == "":
		return errors.New("pay.mchid: say the merchant number")
	case p.KeyFile == "" && c.File != "":
		return errors.New("pay.key_file: name the file that holds the API key")
	case time.Duration(p.Expiry) < time.Duration(c.ChoiceTimeout) || time.Duration(p.Expiry) > 2*time.Hour:
		return errors.New("pay.native_expiry: say choice_timeout at least and 2h at most")
	case time.Duration(p.CodeTimeout) < 15*time.Second || time.Duration(p.CodeTimeout) > time.Minute:
		return errors.New("pay.code_timeout: say 15s to 60s")
	}
	return nil
}

func (c *Config) checkGatewayURLs() error {
	for _, a := range []struct{ key, url string }{{"pay.url", c.Pay.URL}, {"pay.standby_url", c.Pay.StandbyURL}} {
		u, err := url.Parse(a.url)
		switch {
		case a.url == "" && a.key != "pay.url":
		case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
			return fmt.Errorf("%s = %q: say it like https://api.mch.weixin.qq.com", a.key, a.url)
		case u.Scheme == "http" && !IsLoopback(a.url):
			return fmt.Errorf("%s = %q: http:// is only for a gateway on this machine; say https://", a.key, a.url)
		}
	}
	return nil
}

// checkPayFiles asks less of a gateway on this machine, which is a test's.
func (c *Config) checkPayFiles() error {
	p, local := &c.Pay, IsLoopback(c.Pay.URL)
	switch {
	case !local && (p.CertFile == "" || p.CertKey == ""):
		return errors.New("pay.cert_file and pay.cert_key_file: name the merchant certificate; without it no refund is possible")
	case !local && !strings.HasPrefix(p.NotifyURL, "https://"):
		return errors.New("pay.notify_url: say an https:// address; the gateway demands one for Native, even if nobody answers there")
	case strings.Contains(p.NotifyURL, "?"):
		return errors.New("pay.notify_url: the gateway allows no query string in it")
	case (p.CertFile == "") != (p.CertKey == ""):
		return errors.New("pay.cert_file and pay.cert_key_file: name both or none")
	case p.API == "v3" && p.CertFile == "":
		return errors.New("pay.cert_file and pay.cert_key_file: name the merchant certificate; v3 signs every call with its key")
	case (p.PublicID == "") != (p.PublicFile == ""):
		return errors.New("pay.wechatpay_public_key_id and pay.wechatpay_public_key_file: name both, or none for certificate mode")
	case p.PublicID != "" && !strings.HasPrefix(p.PublicID, "PUB_KEY_ID_"):
		return fmt.Errorf("pay.wechatpay_public_key_id = %q: it begins with PUB_KEY_ID_", p.PublicID)
	}
	return nil
}

func (c *Config) checkAlert() error {
	if c.Alert.URL != "" && c.Alert.URLFile != "" {
		return errors.New("alert.url and alert.url_file: name one of them; the file keeps the address out of the config")
	}
	return nil
}

// checkStatus holds what must hold before the page can be served under TLS.
func (c *Config) checkStatus() error {
	s := c.Status
	_, _, err := net.SplitHostPort(s.NotifyListen)
	switch {
	case s.NotifyListen != "" && err != nil:
		return fmt.Errorf("status.notify_listen = %q: say host:port", s.NotifyListen)
	case (s.CertFile == "") != (s.KeyFile == ""):
		return errors.New("status.cert_file and status.key_file belong together: name both, or neither")
	case s.PlainListen != "" && s.CertFile == "":
		return errors.New("status.plain_listen leads to the page under TLS: name status.cert_file and status.key_file, or leave it out")
	case s.NotifyListen != "" && s.NotifyListen == s.Listen:
		return errors.New("status.notify_listen is the page's own address: say another one, or leave it out")
	}
	return nil
}

// BadPagePair names the keys behind the page's certificate, for an error that says what is wrong with the two files.
func BadPagePair(err error) error {
	return fmt.Errorf("status.cert_file and status.key_file are %w", err)
}

// IsLoopback recognises a gateway on this machine. Only such a one may be spoken to without TLS.
func IsLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
