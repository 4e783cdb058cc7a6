package pay

import (
	"strings"
	"testing"
	"unicode/utf8"

	"kiosk/sale"
)

// The gateway counts bytes, whatever its papers call them: a name of 41 Chinese characters was refused at every press.
func TestNoTextIsLongerInBytesThanTheGatewayTakes(t *testing.T) {
	for _, letter := range []string{"x", "é", "饼", "😀"} {
		for _, n := range []int{0, 7, 8, 9, 10, 11, 16, 27, 28, 31, 32, 33, 36, 37, 38, 42, 43, 55, 56, 63, 64, 85, 86, 111, 112, 113, 127, 128, 129} {
			name := strings.Repeat(letter, n)
			g, b := meet(t)
			g3, b3 := meet3(t)
			g.DeviceInfo, g3.DeviceInfo, g3.Store = name, name, "店"+name+name
			for _, means := range []sale.Means{sale.Native, sale.Code} {
				o, o3 := anOrder(means), anOrder3(means)
				o.Name, o3.Name = name, name
				var err, err3 error
				if means == sale.Native {
					_, err = g.Ask(t.Context(), o)
					_, err3 = g3.Ask(t.Context(), o3)
				} else {
					_, err = g.Charge(t.Context(), o, aCode)
					_, err3 = g3.Charge(t.Context(), o3, aCode)
				}
				if err != nil || err3 != nil {
					t.Fatal(err, err3)
				}
				scene := b3.last()["scene_info"].(map[string]any)
				fits(t, "v2 body", b.last()["body"], "自助售货机-"+name, 128)
				fits(t, "v2 device_info", b.last()["device_info"], name, 32)
				fits(t, "v3 description", b3.last()["description"].(string), "自助售货机-"+name, 127)
				fits(t, "v3 device_id", scene["device_id"].(string), name, 32)
				if means == sale.Code {
					fits(t, "v3 out_id", scene["store_info"].(map[string]any)["out_id"].(string), "店"+name+name, 256)
				}
			}
		}
	}
}

// fits holds a field that was sent against the whole text: as much of it as there is room for, and no half character.
func fits(t *testing.T, what, got, whole string, most int) {
	t.Helper()
	if whole == "" || whole == "自助售货机-" {
		return // the field has its own default
	}
	rest, ok := strings.CutPrefix(whole, got)
	_, next := utf8.DecodeRuneInString(rest)
	if !ok || !utf8.ValidString(got) || len(got) > most || rest != "" && len(got)+next <= most {
		t.Errorf("%s: %d of %d bytes were sent: %q", what, len(got), len(whole), got)
	}
}
