//go:build !sim

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// far turns the config into one for the real gateway, whole but for what the case takes away.
func far(s string) string {
	return strings.NewReplacer(`url = "http://127.0.0.1:9"`, `notify_url = "https://shop.example/notify"`+"\n"+
		`cert_file = "cert.pem"`+"\n"+`cert_key_file = "cert-key.pem"`).Replace(s)
}

func afterwards(first, then func(string) string) func(string) string {
	return func(s string) string { return then(first(s)) }
}

func TestABadConfigIsToldInOneLine(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		edit  func(string) string
		names []string
	}{
		{"an unknown top key", func(s string) string { return "colour = 1\n" + s }, []string{"line 1", "colour"}},
		{"an unknown key in a table", swap("[display]\n", "[display]\nbright = 3\n"), []string{"line 10", "display.bright"}},
		{"an unknown key in a slot", swap("number = 2", "number = 2\nprice = 3"), []string{"slot.price", "line 28"}},
		{"an unknown table", func(s string) string { return s + "[colour]\nx=1\n" }, []string{"colour"}},
		{"no TOML", swap(`kiosk = "T0001"`, `kiosk = T0001`), []string{"line 1"}},
		{"a key twice", swap("rotation = 0", "rotation = 0\nrotation = 90"), []string{"line 12", "rotation"}},
		{"a word for a number", swap("fen = 350", `fen = "350"`), []string{"line 20", "fen", "whole number"}},
		{"half a fen", swap("fen = 350", `fen = 3.5`), []string{"line 20", "fen", "whole number"}},
		{"no id", swap(`kiosk = "T0001"`, ""), []string{"kiosk"}},
		{"an id in small letters", swap("T0001", "t0001"), []string{"kiosk", "t0001"}},
		{"an id too long", swap("T0001", "T000100000000"), []string{"kiosk"}},
		{"another language", func(s string) string { return "language = \"fr\"\n" + s }, []string{"language", "fr"}},
		{"a choice of no length", func(s string) string { return "choice_timeout = \"90\"\n" + s }, []string{"choice_timeout", "90"}},
		{"a choice too short", func(s string) string { return "choice_timeout = \"5s\"\n" + s }, []string{"choice_timeout"}},
		{"a code that waits too short", swap("[pay]\n", "[pay]\ncode_timeout = \"14s\"\n"), []string{"pay.code_timeout", "15s to 60s"}},
		{"a code that waits too long", swap("[pay]\n", "[pay]\ncode_timeout = \"61s\"\n"), []string{"pay.code_timeout", "15s to 60s"}},
		{"a QR that ends before the choice", swap("[pay]\n", "[pay]\nnative_expiry = \"60s\"\n"), []string{"pay.native_expiry"}},
		{"no slot", func(s string) string { return s[:strings.Index(s, "[[slot]]")] }, []string{"[[slot]]"}},
		{"a slot number twice", swap("number = 2", "number = 1"), []string{"slot 1", "number"}},
		{"a slot 0", swap("number = 2", "number = 0"), []string{"slot 0"}},
		{"a price of 0", swap("fen = 350", "fen = 0"), []string{"slot 1", "fen"}},
		{"a price below 0", swap("fen = 350", "fen = -1"), []string{"slot 1", "fen"}},
		{"no name", swap(`name = "水"`, ""), []string{"slot 2", "name"}},
		{"no motor", swap(`motor = "GPIO16"`, ""), []string{"slot 2", "motor"}},
		{"no drop", swap(`drop = "GPIO22"`, ""), []string{"slot 1", "drop"}},
		{"less than nothing in it", swap("stock = 3", "stock = -1"), []string{"slot 2", "stock"}},
		{"more than a slot holds", swap("stock = 3", "stock = 9223372036854775807"), []string{"slot 2", "stock", "999"}},
		{"a name over two lines", swap(`name = "水"`, `name = "水\n退款成功"`), []string{"the 2. [[slot]] name", `水\n`}},
		{"a name with a NUL", swap(`name = "水"`, `name = "水\u0000"`), []string{"the 2. [[slot]] name"}},
		{"a name that turns the writing around", swap(`name = "水"`, `name = "水\u202e053"`), []string{"the 2. [[slot]] name", `\u202e`}},
		{"a name of a page", swap(`name = "水"`, `name = "`+strings.Repeat("水", 61)+`"`), []string{"slot 2", "60 characters"}},
		{"a name of 50 KB", swap(`name = "水"`, `name = "`+strings.Repeat("w", 50_000)+`"`), []string{"the 2. [[slot]] name", "50000 bytes"}},
		{"a name of a megabyte", swap(`name = "水"`, `name = "`+strings.Repeat("w", 1<<20)+`"`), []string{"longer than"}},
		{"a million unknown keys", func(s string) string { return strings.Repeat("a=1\n", 1e6) + s }, []string{"longer than"}},
		{"two thousand unknown keys", func(s string) string { return s + "[x]\n" + strings.Repeat("a=1\n", 2000) }, []string{"2000 lines"}},
		{"a folder of lists", func(s string) string { return "a=" + strings.Repeat("[", 30_000) + "\n" + s }, []string{"line 1"}},
		{"an appid with a line break", swap("wx1234567890abcdef", `wx1234567890\nabcdef`), []string{"pay.appid"}},
		{"a contact that hides something", func(s string) string { return "contact = \"400\\u200b1\"\n" + s }, []string{"contact"}},
		{"a pin used twice", swap(`motor = "GPIO16"`, `motor = "GPIO17"`), []string{"GPIO17", "slot 1 motor", "slot 2 motor"}},
		{"a pin of the panel and a key", swap(`key = "GPIO5"`, `key = "GPIO24"`), []string{"GPIO24", "display.dc", "slot 1 key"}},
		{"a drop that is a key", swap(`key = "GPIO5"`, `key = "GPIO22"`), []string{"GPIO22", "slot 1 key", "slot 1 drop"}},
		{"a pin by its number and its name", swap(`motor = "GPIO16"`, `motor = "17"`), []string{"17", "slot 1 motor", "slot 2 motor"}},
		{"an optional pin used twice", swap(`cancel = "GPIO6"`, "cancel = \"GPIO6\"\ndoor = \"GPIO6\""), []string{"GPIO6", "keys.cancel", "keys.door"}},
		{"no appid", swap(`appid = "wx1234567890abcdef"`, ""), []string{"pay.appid"}},
		{"no mchid", swap(`mchid = "1600000001"`, ""), []string{"pay.mchid"}},
		{"no key", swap(`key_file = "apikey"`, ""), []string{"pay.key_file"}},
		{"a strange signing", swap("[pay]\n", "[pay]\nsign_type = \"RSA\"\n"), []string{"pay.sign_type", "RSA"}},
		{"a strange interface", swap("[pay]\n", "[pay]\napi = \"v9\"\n"), []string{"pay.api", "v9"}},
		{"a strange mode", swap("[pay]\n", "[pay]\nmode = \"cash\"\n"), []string{"pay.mode", "cash"}},
		{"plain HTTP to a stranger", afterwards(far, swap("[pay]\n", "[pay]\nurl = \"http://pay.example\"\n")), []string{"pay.url", "https"}},
		{"plain HTTP to a stranger's standby", afterwards(far, swap("[pay]\n", "[pay]\nstandby_url = \"http://pay.example\"\n")), []string{"pay.standby_url", "https"}},
		{"a name that only looks like this machine", afterwards(far, swap("[pay]\n", "[pay]\nurl = \"http://127.0.0.1.pay.example\"\n")), []string{"pay.url", "https"}},
		{"an address that is none", swap(`"http://127.0.0.1:9"`, `"127.0.0.1:9"`), []string{"pay.url"}},
		{"no address for notices", afterwards(far, swap(`notify_url = "https://shop.example/notify"`, "")), []string{"pay.notify_url"}},
		{"plain notices", afterwards(far, swap(`https://shop`, "http://shop")), []string{"pay.notify_url", "https"}},
		{"no certificate", afterwards(far, swap(`cert_file = "cert.pem"`, "")), []string{"pay.cert_file"}},
		{"no key of the certificate", afterwards(far, swap(`cert_key_file = "cert-key.pem"`, "")), []string{"pay.cert_key_file"}},
		{"a certificate that is not there", far, []string{"pay.cert_file", "cert.pem"}},
		{"half a certificate on this machine", swap("[pay]\n", "[pay]\ncert_file = \"cert.pem\"\n"), []string{"pay.cert_key_file"}},
		{"a trust that is not there", swap("[pay]\n", "[pay]\nca_file = \"gone.pem\"\n"), []string{"pay.ca_file", "gone.pem"}},
		{"a size of no panel", swap("240x320", "640x480"), []string{"display.size", "640x480"}},
		{"another controller", swap("[display]\n", "[display]\ncontroller = \"vga\"\n"), []string{"display.controller", "vga"}},
		{"a crooked panel", swap("rotation = 0", "rotation = 45"), []string{"rotation", "45"}},
		{"a brightness of nothing", swap("[display]\n", "[display]\nbrightness = 0.0\n"), []string{"display.brightness"}},
		{"an offset outside of the glass", swap("[display]\n", "[display]\ncol_offset = 99\n"), []string{"display", "col_offset", "99"}},
		{"a clock mode of no panel", swap("[display]\n", "[display]\nmode = 2\n"), []string{"display", "mode", "2"}},
		{"a driver that is on while the board is not", swap(`motor = "GPIO16"`, `motor = "!GPIO16"`), []string{"slot 2 motor", "!GPIO16", "active-low"}},
		{"a motor on the panel's bus", swap(`motor = "GPIO16"`, `motor = "GPIO10"`), []string{"GPIO10", "slot 2 motor", "SPI0.0"}},
		{"a key on the serial line", func(s string) string {
			return strings.Replace(s, `key = "GPIO5"`, `key = "GPIO14"`, 1) + "[scanner]\nport = \"/dev/serial0\"\n"
		}, []string{"GPIO14", "slot 1 key", "/dev/serial0"}},
		{"a motor and a lock", swap(`motor = "GPIO16"`, "motor = \"GPIO16\"\nlock = \"GPIO13\""), []string{"slot 2", "motor", "lock"}},
		{"a lock that comes home", swap(`motor = "GPIO16"`, "lock = \"GPIO16\"\nhome = \"GPIO13\""), []string{"slot 2", "lock", "home"}},
		{"one barrier with two lights", func(s string) string {
			return strings.Replace(s, `drop = "GPIO22"`, "drop = \"GPIO22\"\nemitter = \"GPIO13\"", 1)
		}, []string{"emitter", "GPIO22"}},
		{"a key of an earlier version", swap("[pay]\n", "[pay]\nreport = true\n"), []string{"line", "pay.report"}},
		{"a speed that is none", swap("[display]\n", "[display]\nspeed = \"fast\"\n"), []string{"display.speed", "fast"}},
		{"no baud", func(s string) string { return s + "[scanner]\nbaud = 0\n" }, []string{"scanner.baud"}},
		{"a dialect that is none", func(s string) string { return s + "[scanner]\ndialect = \"klingon\"\n" }, []string{"scanner.dialect", "klingon"}},
		{"an address without a port", swap(`listen = "127.0.0.1:1"`, `listen = "127.0.0.1"`), []string{"status.listen"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conf := aConfig(t, t.TempDir(), "127.0.0.1:1", "http://127.0.0.1:9", "k", c.edit)
			kioskDoes(t, "-config", conf, "check").oneLineOnly(t, exitUse, c.names...)
			if !strings.HasSuffix(c.name, "not there") { // that is told second where there are no pins
				kioskDoes(t, "-config", conf, "run").oneLineOnly(t, exitUse, append([]string{conf}, c.names...)...)
			}
		})
	}
}

// A machine without pins is told so before it is asked for secrets; anywhere else a missing one is a bad config.
func TestASecretThatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		edit func(string) string
		key  string
	}{
		{swap(`key_file = "apikey"`, `key_file = "gone"`), "pay.key_file"},
		{swap("[status]\n", "[status]\npin_file = \"gone\"\n"), "status.pin_file"},
	} {
		conf := aConfig(t, t.TempDir(), "127.0.0.1:1", "http://127.0.0.1:9", "k", c.edit)
		kioskDoes(t, "-config", conf, "check").oneLineOnly(t, exitUse, c.key, "gone")
		kioskDoes(t, "-config", conf, "run").oneLineOnly(t, exitFinding, "GPIO")
	}
	kioskDoes(t, "-config", "../../systemd/kiosk.toml", "run").oneLineOnly(t, exitFinding, "GPIO")
	kioskDoes(t, "-config", "/nowhere/kiosk.toml", "run").oneLineOnly(t, exitUse, "/nowhere/kiosk.toml")
	kioskDoes(t, "run").oneLineOnly(t, exitFinding, "GPIO")
}

func TestASecretThatOthersMayReadIsRefused(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Log("not root: a stranger's file cannot be made here, only a mode")
	}
	for name, spoil := range map[string]func(path string) error{
		"readable by others": func(p string) error { return os.Chmod(p, 0o604) },
		"writable by others": func(p string) error { return os.Chmod(p, 0o602) },
		"readable by all":    func(p string) error { return os.Chmod(p, 0o644) },
		"empty":              func(p string) error { return os.WriteFile(p, []byte("\n"), 0o600) },
		"a folder": func(p string) error {
			if err := os.Remove(p); err != nil {
				return err
			}
			return os.Mkdir(p, 0o700)
		},
		"of a stranger": func(p string) error {
			if os.Geteuid() != 0 {
				return os.Remove(p)
			}
			return os.Chown(p, 12345, 12345)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			conf := aConfig(t, dir, "127.0.0.1:1", "http://127.0.0.1:9", "supersecretsupersecretsupersecre", nil)
			if err := spoil(filepath.Join(dir, "apikey")); err != nil {
				t.Fatal(err)
			}
			got := kioskDoes(t, "-config", conf, "run")
			got.oneLineOnly(t, exitUse, "pay.key_file", "apikey")
			if strings.Contains(got.err, "supersecret") {
				t.Errorf("the secret stands in %q", got.err)
			}
		})
	}
}

// TestAPipeHangsNobody: whoever reads waits for a writer who never comes.
func TestAPipeHangsNobody(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"kiosk.toml", "apikey", "pin", "ca.pem"} {
		dir := t.TempDir()
		conf := aConfig(t, dir, "127.0.0.1:1", "http://127.0.0.1:9", "k", func(s string) string {
			if name == "ca.pem" {
				s = strings.Replace(s, "[pay]", "[pay]\nca_file = \"ca.pem\"", 1)
			}
			return strings.Replace(s, "[status]", "[status]\npin_file = \"pin\"", 1)
		})
		writeFile(t, filepath.Join(dir, "pin"), "secret1\n", 0o600)
		writeFile(t, filepath.Join(dir, "ca.pem"), "x\n", 0o600)
		at := filepath.Join(dir, name)
		if err := os.Remove(at); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(at, 0o600); err != nil {
			t.Fatal(err)
		}
		kioskDoes(t, "-config", conf, "run").oneLineOnly(t, exitUse, name)
		kioskDoes(t, "-config", conf, "off") // comes to an end, too
	}
}

func TestAConfigThatIsNotThereIsTold(t *testing.T) {
	t.Parallel()
	for _, cmd := range []string{"run", "orders", "audit", "off"} {
		kioskDoes(t, "-config", filepath.Join(t.TempDir(), "none.toml"), cmd).oneLineOnly(t, exitUse, "none.toml", "missing")
	}
	kioskDoes(t, "-config", t.TempDir(), "run").oneLineOnly(t, exitUse, "config")
}

// swap replaces a piece of the config once.
func swap(old, new string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, new, 1) }
}
