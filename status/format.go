package status

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kiosk/sale"
)

// beijing is where every kiosk stands; a minimal image has no zone files.
var beijing = time.FixedZone("CST", 8*3600)

// jsonTime is a time as JSON shows it: null where there is none.
type jsonTime time.Time

func (s jsonTime) MarshalJSON() ([]byte, error) {
	t := time.Time(s)
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.In(beijing).Format("2006-01-02T15:04:05.999Z07:00"))
}

// wholeSeconds rounds to what a Date header can tell; nil stays nil.
func wholeSeconds(d *time.Duration) *int64 {
	if d == nil {
		return nil
	}
	s := int64(d.Round(time.Second) / time.Second)
	return &s
}

// countText is a number of things.
func countText(n int) string { return fmt.Sprint(n) }

// parseWhole reads a whole number; -1 if it is none, or out of bounds.
func parseWhole(text string, least, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most || strconv.Itoa(n) != text {
		return -1
	}
	return n
}

// isPrintable tells whether a text is one line that shows as what it is.
func isPrintable(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return n >= least && n <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// isPlainText accepts what a form field of ours can hold: no control characters, no broken UTF-8.
func isPlainText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// parseYuan reads a price as people write it: "3", "3.5", "3.50". -1 if it is none.
func parseYuan(yuan string) sale.Fen {
	whole, part, _ := strings.Cut(yuan, ".")
	if len(part) > 2 || strings.HasSuffix(yuan, ".") {
		return -1
	}
	n, err := strconv.ParseUint(whole+(part + "00")[:2], 10, 31)
	if err != nil || whole == "" || n > mostFen {
		return -1
	}
	return sale.Fen(n)
}

const (
	formBytes = 4 << 10
	mostStock = 999
	mostFen   = 10_000_000 // as in the config
	noteRunes = 200
	wareRunes = 40
)

// settleMethods are the ways a person settles an order.
var settleMethods = []string{"platform", "cash", "goods", sale.HowNeverPaid}

// decisionEvents are what a person may do to an order.
var decisionEvents = []sale.Event{sale.Settled, sale.Retried, sale.Handed}

// numberShape is the shape of an order number, as the gateway's out_trade_no allows it.
var numberShape = regexp.MustCompile(`^[0-9A-Z-]{20,32}$`)

// paidTime is when the gateway took the money; "" before that.
func paidTime(m sale.Money) string {
	if m.At.IsZero() {
		return ""
	}
	return sale.When(m.At)
}

const nameRunes = 32
