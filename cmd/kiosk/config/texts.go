package config

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	mostConfig = 64 << 10 // a config of sixty slots has 20 KiB
	mostLines  = 2000     // the TOML reader takes seconds for some thousand keys that it does not know
	mostText   = 1024     // bytes of one value: a long path
	mostName   = 60       // characters of a product's name; a panel draws some twenty
	mostStock  = 999      // as on the technician's page
)

// checkTexts refuses every value that is not one line of what can be seen: a name with a line break, a NUL or a mark that turns the
// writing around shows as something else on the panel, in the log and in the merchant's bill.
func (c *Config) checkTexts() error { return checkTexts("", reflect.ValueOf(c).Elem()) }

func checkTexts(key string, v reflect.Value) error {
	switch v.Kind() {
	case reflect.String:
		return checkText(key, v.String())
	case reflect.Slice:
		for i := range v.Len() {
			if err := checkTexts(fmt.Sprintf("the %d. [[%s]]", i+1, key), v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Tag.Get("toml")
			if name == "-" || name == "" {
				continue
			}
			if err := checkTexts(joinKey(key, name), v.Field(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// joinKey names a value as the config does: display.port, the 2. [[slot]] name.
func joinKey(key, name string) string {
	switch {
	case key == "":
		return name
	case strings.HasSuffix(key, "]]"):
		return key + " " + name
	}
	return key + "." + name
}

func checkText(key, text string) error {
	switch {
	case len(text) > mostText:
		return fmt.Errorf("%s has %d bytes: say it in %d at most", key, len(text), mostText)
	case !utf8.ValidString(text), strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }):
		return fmt.Errorf("%s = %q: say it in one line, without characters that cannot be seen", key, text)
	}
	return nil
}
