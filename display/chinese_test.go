package display

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"kiosk/sale"
)

// TestAChinesePanelSpeaksChinese walks every word that leads on a panel: English stands beside it in small letters, and never in its place.
func TestAChinesePanelSpeaksChinese(t *testing.T) {
	words := map[string]said{"not vended": wordNotVended, "trouble": trouble}
	add := func(table, key string, w said) { words[table+" "+key] = w }
	for _, table := range []map[string]page{pages, notes, slips} {
		for key, p := range table {
			add("title", key, p.title)
			if p.body != (said{}) {
				add("body", key, p.body)
			}
		}
	}
	for _, table := range []map[string]said{causes, refundReasons, reasons} {
		for key, w := range table {
			add("reason", key, w)
		}
	}
	for key, w := range troubles {
		add("trouble", string(key), w)
	}
	for key, text := range remedies {
		add("remedy", key, said{text, "said by the shop"})
	}
	for what, w := range words {
		if !strings.ContainsFunc(w.zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || w.en == "" || w.en == w.zh {
			t.Errorf("%s: %q, %q: one language has no words", what, w.zh, w.en)
		}
	}
	for _, note := range sale.Notes {
		if _, known := notes[note]; !known {
			t.Errorf("note %q has no words", note)
		}
	}
}

// TestEveryTroubleOfASlipHasWords reads the list from the source: a slip without words would be an empty page.
func TestEveryTroubleOfASlipHasWords(t *testing.T) {
	source, err := os.ReadFile("slip.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^\tTrouble\w+\s+Trouble = "([^"]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(found) < 5 {
		t.Fatalf("found %d troubles", len(found))
	}
	for _, m := range found {
		if _, known := troubles[Trouble(m[1])]; !known {
			t.Errorf("trouble %q has no words", m[1])
		}
	}
}

// TestTheShopsEnglishStaysOffAChinesePanel: the reason that a technician reads in full on the glass.
func TestTheShopsEnglishStaysOffAChinesePanel(t *testing.T) {
	const text = "no such tty"
	for code := range reasons {
		for lang, want := range map[string]bool{"zh": false, "en": true} {
			r := Renderer{Model: model(t, "480x320", 0), Language: lang, Kiosk: "K1"}
			s, err := r.draw(sale.View{Screen: sale.ScreenMaintenance, Address: "192.168.1.20", Why: []sale.Why{{Code: code, Text: text}}})
			if err != nil {
				t.Fatal(err)
			}
			wrote := ""
			for _, w := range s.wrote {
				wrote += w.text + " "
			}
			if got := strings.Contains(wrote, text); got != want {
				t.Errorf("%s %s: the panel says %q", code, lang, wrote)
			}
		}
	}
}
