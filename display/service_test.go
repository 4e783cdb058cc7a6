package display

import (
	"slices"
	"strings"
	"testing"

	"kiosk/sale"
)

// told is everything that stands on a sheet.
func told(s *sheet) string {
	var out []string
	for _, w := range s.wrote {
		out = append(out, w.text)
	}
	return strings.Join(out, " / ")
}

func TestATechnicianReachesTheKioskFromItsPanel(t *testing.T) {
	for _, size := range slices.Concat(sizes, further) {
		for _, lang := range []string{"zh", "en"} {
			for _, address := range []string{"10.0.0.7", "192.168.100.23:8080"} {
				v := sample(t, "maintenance-address").View
				v.Address = address
				s, err := Renderer{Model: model(t, size, 0), Language: lang, Contact: "400-000-0000", Kiosk: "K1"}.draw(v)
				if err != nil {
					t.Fatal(err)
				}
				if got := told(s); !strings.Contains(got, address) {
					t.Errorf("%s %s: the address is not written: %s", size, lang, got)
				}
				got, err := scan(s.Image())
				if size == "128x160" || size == "160x128" { // no room for modules that phones read
					if err == nil {
						t.Errorf("%s %s: a code of too few pixels was drawn", size, lang)
					}
					continue
				}
				if err != nil || got != "http://"+address+"/" {
					t.Errorf("%s %s %s: a phone reads %q (%v)", size, lang, address, got, err)
				}
			}
		}
	}
}

func TestOnlyMaintenanceShowsAnAddress(t *testing.T) {
	for _, sm := range Samples("zh") {
		if sm.View.Screen == sale.ScreenMaintenance || sm.View.QR != "" {
			continue
		}
		v := sm.View
		v.Address = "10.0.0.7"
		s, err := Renderer{Model: model(t, "240x320", 0), Language: "zh"}.draw(v)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(told(s), v.Address) {
			t.Errorf("%s tells customers where the kiosk's page is", sm.Name)
		}
		if got, err := scan(s.Image()); err == nil {
			t.Errorf("%s shows a code: %q", sm.Name, got)
		}
	}
}

func TestAnAddressThatMakesNoCodeStopsNothing(t *testing.T) {
	for _, size := range slices.Concat(sizes, further) {
		for _, address := range []string{strings.Repeat("x", 9000), "fe80::1%eth0", "\x00", strings.Repeat("host.", 12) + "cn", strings.Repeat("long.", 60) + "example:8080"} {
			v := sale.View{Screen: sale.ScreenMaintenance, Address: address, Why: []sale.Why{{Code: "door"}}}
			s, err := Renderer{Model: model(t, size, 0), Language: "zh", Contact: "400"}.draw(v)
			if err != nil {
				t.Fatalf("%s: an address of %d bytes: %v", size, len(address), err)
			}
			if s.spilt > 0 {
				t.Errorf("%s: an address of %d bytes draws %d pixels outside", size, len(address), s.spilt)
			}
		}
	}
}

func TestATechnicianReadsTheKiosksNameBesideItsAddress(t *testing.T) {
	v := sample(t, "maintenance-address").View
	for address, code := range map[string]string{"192.168.1.20": "http://192.168.1.20/", "https://192.168.1.20": "https://192.168.1.20/"} {
		v.Address = address
		s, err := Renderer{Model: model(t, "240x320", 0), Language: "zh", Kiosk: "K1", Local: "kiosk.local"}.draw(v)
		if err != nil {
			t.Fatal(err)
		}
		if got := told(s); !strings.Contains(got, "/ "+address) || !strings.Contains(got, "kiosk.local") {
			t.Errorf("a technician reads %s", got)
		}
		if got, err := scan(s.Image()); err != nil || got != code {
			t.Errorf("a telephone reads %q (%v), not %q", got, err, code)
		}
	}
}

// Nothing is wrong with a slot that a technician took off sale, and the glass does not say so.
func TestASlotThatIsOffSaleIsNotCalledFaulty(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		r := Renderer{Model: model(t, "240x320", 0), Language: lang, Kiosk: "K1"}
		s, err := r.draw(sale.View{Screen: sale.ScreenIdle, Products: []sale.Product{{Slot: 1, Name: "a", Fen: 100, Stock: 3, Fault: sale.FaultOffSale, Aside: true}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := told(s); strings.Contains(got, r.lead(wordFault)) || !strings.Contains(got, r.lead(wordOff)) {
			t.Errorf("the customer reads %s", got)
		}
	}
}
