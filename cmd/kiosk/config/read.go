package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Read reads a config file and checks it. Every error is one line: what, where, what to do.
//
// The config is returned beside an error too, as far as it was read: kiosk off still finds the motors in it.
func Read(file string) (Config, error) {
	c := Defaults()
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return c, fmt.Errorf("%s is missing: copy systemd/kiosk.toml there and fill it in, or name another one with -config%w", file, Silent(os.ErrNotExist))
	}
	if err != nil {
		return c, fmt.Errorf("reading the config: %w", err)
	}
	c.File = file
	d := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("%s: %s", file, explainTOML(err))
	}
	if c.Pay.StandbyURL == ownStandby { // the official standby does not stand in for another gateway
		c.Pay.StandbyURL = ""
		if c.Pay.URL == Defaults().Pay.URL {
			c.Pay.StandbyURL = "https://api2.mch.weixin.qq.com"
		}
	}
	if err := c.Check(); err != nil {
		return c, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// wrongKind matches the TOML reader's message about a value of the wrong kind, which names Go types.
var wrongKind = regexp.MustCompile(`^cannot decode TOML (\w+) into .* of type (\w+)`)

// explainTOML says in one line which key on which line is wrong.
func explainTOML(err error) string {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		e := strict.Errors[0]
		line, _ := e.Position()
		return fmt.Sprintf("line %d: %s is no key of ours: see systemd/kiosk.toml for the ones there are", line, strings.Join(e.Key(), "."))
	}
	var dec *toml.DecodeError
	if !errors.As(err, &dec) {
		return err.Error()
	}
	line, _ := dec.Position()
	key := strings.Join(dec.Key(), ".")
	text := strings.TrimPrefix(dec.Error(), "toml: ")
	if m := wrongKind.FindStringSubmatch(text); m != nil {
		want := map[string]string{"string": "a text in quotes", "int": "a whole number", "int64": "a whole number", "bool": "true or false"}
		text = fmt.Sprintf("is a TOML %s: say %s", m[1], cmp.Or(want[m[2]], "what systemd/kiosk.toml shows"))
	}
	return strings.TrimSpace(fmt.Sprintf("line %d: %s %s", line, key, text))
}
