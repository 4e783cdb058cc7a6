package status

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"kiosk/sale"
)

//go:embed words.toml
var wordsFile []byte

// catalog holds the words of the page by table, as words.toml has them: a translator needs no Go.
type catalog struct {
	Labels, Errors, Refusals, Done, Counts, Kinds              map[string]word
	Faults, Flags, States, Events, Means, Screens              map[string]word
	Causes, Decisions, Advice, Parts, Network, Alarms, Notices map[string]word
	FaultRemedies                                              map[string]word     `toml:"fault_remedies"`
	Acts                                                       map[sale.Act]string // Chinese only: English stands in the book
	AlarmTexts                                                 map[string]string   `toml:"alarm_texts"`
	GatewayWords                                               map[string]string   `toml:"gateway_words"` // Chinese; the word itself says it in English
	Sentences                                                  map[string]string   // Chinese, by the English that is kept, with %s for each value
	Reasons, Findings                                          map[string]reason
	RefusedCalls                                               map[string]word   `toml:"refused_calls"`
	RefusalsOfOrders                                           map[string]reason `toml:"refusals_of_orders"`
}

// reason is something that is wrong, and what the reader can do about it.
type reason struct{ What, Do word }

var words = mustReadCatalog(wordsFile)

// mustReadCatalog panics on a catalog that cannot be read: it is part of the program, and tests read it first.
func mustReadCatalog(file []byte) (c catalog) {
	from := toml.NewDecoder(bytes.NewReader(file)).DisallowUnknownFields()
	if err := from.Decode(&c); err != nil {
		panic(fmt.Errorf("read the words of the page: %w", err))
	}
	return c
}

// word is one thing said in the two languages of the page.
type word [2]string // Chinese, English

func (w word) in(lang string) string {
	if lang == "en" {
		return w[1]
	}
	return w[0]
}

// wordFor looks a code up; one that no table knows is shown as it is, rather than hidden.
func wordFor(table map[string]word, code, lang string) string {
	if w, ok := table[code]; ok {
		return w.in(lang)
	}
	return code
}

// ReasonWords are what the page calls a code of /readyz, and what it advises; nothing for a code it does not know.
func ReasonWords(code string) (what, remedy sale.Text) {
	r := words.Reasons[code]
	return sale.Text{ZH: r.What[0], EN: r.What[1]}, sale.Text{ZH: r.Do[0], EN: r.Do[1]}
}

// RefusalWords are what is refused for a reason that lies with the merchant or the config, why, and what to do about it. The
// gateway's own words stand in them: its code, and a text that nobody signed is marked as that.
func RefusalWords(r sale.OrderRefusal) sale.Text {
	known, ok := words.RefusalsOfOrders[r.Code]
	if r.Cause == sale.CauseExpiry {
		known, ok = words.RefusalsOfOrders["TIME_EXPIRE"], true
	}
	for code, one := range words.RefusalsOfOrders {
		if !ok && r.Code != "" && strings.ReplaceAll(code, "_", "") == strings.ReplaceAll(r.Code, "_", "") {
			known, ok = one, true
		}
	}
	if !ok {
		known = words.RefusalsOfOrders[""]
	}
	say := func(lang, unsigned, colon string) string {
		text := wordFor(words.RefusedCalls, r.Deed, lang) + colon + r.Code
		if r.Code != "" {
			text += colon
		}
		text += known.What.in(lang) + colon + known.Do.in(lang)
		if r.Unsigned != "" {
			text += fmt.Sprintf(unsigned, r.Unsigned)
		}
		return text
	}
	return sale.Text{ZH: say("zh", "（未签名，原文：“%s”）", "："), EN: say("en", ` (unsigned: "%s")`, ": ")}
}

// FaultWords are what the page calls a slot's fault; one that it does not know is shown as it is.
func FaultWords(fault string) sale.Text {
	if w, known := words.Faults[fault]; known {
		return sale.Text{ZH: w[0], EN: w[1]}
	}
	return sale.Text{EN: fault}
}

// StallWords are what the page calls the reason why an order wants a look; one that it does not know is shown as it is.
func StallWords(why string) sale.Text {
	if w, known := words.Causes[why]; known {
		return sale.Text{ZH: w[0], EN: w[1]}
	}
	return sale.Text{EN: why}
}

// setAside is a light barrier that was blocked when a customer had paid: it may be clear by now, and a person must look.
const setAside = sale.FaultBlocked + " then"
