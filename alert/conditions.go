package alert

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"kiosk/sale"
)

// condition is one thing that may change: how it stands, and how that is said.
type condition struct {
	key, state string // "": as it should be
	name, text string
}

//go:embed words.toml
var wordsFile []byte

// words are what the owner's group reads. A translator needs no Go.
var words = mustReadWords(wordsFile)

type catalog struct {
	Colon, Header, Changed, Wavers, Missed sale.Text
	Phrases                                map[string]struct{ Name, Well, Ill sale.Text } // by kind of condition
}

// mustReadWords panics on words that cannot be read: they are part of the program, and tests read them first.
func mustReadWords(file []byte) (c catalog) {
	if err := toml.NewDecoder(bytes.NewReader(file)).DisallowUnknownFields().Decode(&c); err != nil {
		panic(fmt.Errorf("read the words of alerts: %w", err))
	}
	return c
}

// fillIn says a text in the owner's language.
func (w *Watcher) fillIn(t sale.Text, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(t.In(w.Language))
}

// readConditions are all that the group hears of. One that is not known now is left out.
func (w *Watcher) readConditions(s sale.Snapshot) []condition {
	var codes []string
	for _, why := range s.Why {
		codes = append(codes, why.Code)
	}
	if !w.Alive() {
		codes = append(codes, "beat")
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	out := []condition{w.sellingCondition(codes, s.Refused)}
	// Without its book the kiosk knows neither debts nor slots.
	if !slices.Contains(codes, "book") && !slices.Contains(codes, sale.NotReadyStarting) {
		n := strconv.Itoa(s.Owed)
		out = append(out, w.describeCondition("owed", "owed", s.Owed > 0, n, "{n}", n), w.stallCondition(s.Stalled))
		for _, p := range s.Products {
			out = append(out, w.slotCondition(p), w.stockCondition(p))
		}
	}
	if s.Clock && s.Skew != nil { // a clock that is not trusted is a reason not to sell
		skew := s.Skew.Abs()
		out = append(out, w.describeCondition("clock", "clock", skew >= time.Minute, "off", "{skew}", sale.Span(skew).In(w.Language)))
	}
	out = append(out, w.describeCondition("guesses", "guesses", w.Guessed(), "limit"))
	if bill := w.Bill(); bill != nil {
		out = append(out, w.billCondition(bill))
	}
	if s.Clock { // a Pi that wakes in 1970 would take every certificate for good
		out = append(out, w.certificateConditions()...)
	}
	return append(out, w.boardConditions(w.Board())...)
}

// describeCondition says how one stands, in the phrases of its kind. The state names what is ill about it.
func (w *Watcher) describeCondition(key, kind string, ill bool, state string, fill ...string) condition {
	p := words.Phrases[kind]
	text := p.Ill
	if !ill {
		state, text = "", p.Well
	}
	return condition{key, state, w.fillIn(p.Name, fill...), w.fillIn(text, fill...)}
}

// sellingCondition is whether it can sell, and every reason why not. A reason is told by its code alone: its text is for the
// page. What the gateway refuses orders with is told in its own words, which pay has cleaned.
func (w *Watcher) sellingCondition(codes []string, refused []sale.OrderRefusal) condition {
	c := w.describeCondition("sell", "sell", len(codes) > 0, strings.Join(codes, ","))
	for _, code := range codes {
		what, remedy := w.Reason(code)
		c.text += "\n· " + cmp.Or(what.In(w.Language), code)
		if what != (sale.Text{}) {
			c.text += words.Colon.In(w.Language) + remedy.In(w.Language)
		}
		if code == sale.NotReadyRefused || code == sale.NotReadyConfig {
			for _, r := range refused {
				c.text += "\n  " + w.Refused(r).In(w.Language)
			}
		}
	}
	return c
}

// mostStalls is how many orders a message names; a robot takes 2048 bytes.
const mostStalls = 5

// stallCondition is which orders that are not owed want a person's look, and why. Another one of them is news.
func (w *Watcher) stallCondition(stalled []sale.Stall) condition {
	n := strconv.Itoa(len(stalled))
	state := n
	var lines string
	for _, s := range stalled[:min(len(stalled), mostStalls)] {
		state += " " + string(s.No) + " " + s.Why
		lines += "\n· " + string(s.No) + words.Colon.In(w.Language) + w.Stall(s.Why).In(w.Language)
	}
	c := w.describeCondition("look", "look", len(stalled) > 0, state, "{n}", n)
	c.text += lines
	return c
}

// slotCondition is whether a slot is set aside. One that is only sold out is not, and one off sale a person knows of.
func (w *Watcher) slotCondition(p sale.Product) condition {
	n, name := strconv.Itoa(int(p.Slot)), p.Name
	if w.Language == "en" {
		name = cmp.Or(p.NameEN, p.Name)
	}
	aside := p.Fault != "" && p.Fault != sale.NotReadyEmpty && p.Fault != sale.FaultOffSale
	return w.describeCondition("slot "+n, "slot", aside, p.Fault, "{slot}", n, "{name}", name, "{fault}", w.Fault(p.Fault).In(w.Language))
}

// stockCondition is whether a slot is sold out. What a slot is set aside for is told by itself.
func (w *Watcher) stockCondition(p sale.Product) condition {
	n, name := strconv.Itoa(int(p.Slot)), p.Name
	if w.Language == "en" {
		name = cmp.Or(p.NameEN, p.Name)
	}
	return w.describeCondition("stock "+n, "stock", p.Fault == sale.NotReadyEmpty, "empty", "{slot}", n, "{name}", name)
}

// billCondition is whether the newest bill and the book differ. Another day's differences are news.
func (w *Watcher) billCondition(bill *sale.Reconciliation) condition {
	day, n := bill.Day.In(sale.Beijing).Format("01-02"), strconv.Itoa(len(bill.Findings))
	return w.describeCondition("bill", "bill", len(bill.Findings) > 0, day+" "+n, "{day}", day, "{n}", n)
}

// A certificate is told of when one of these is left, and when none is: renewing it takes a person, a letter or two, a visit.
var certificateMarks = []time.Duration{30 * 24 * time.Hour, 7 * 24 * time.Hour, 24 * time.Hour, 0}

// certificateConditions are how long each certificate lasts. Their files are read once an hour.
func (w *Watcher) certificateConditions() (out []condition) {
	if now := time.Now(); w.ends == nil || now.Sub(w.endsRead) >= time.Hour {
		w.ends, w.endsRead = w.Certificates(), now
	}
	for _, kind := range slices.Sorted(maps.Keys(w.ends)) {
		state, left := "", w.ends[kind].Sub(w.Now())
		for _, mark := range certificateMarks {
			if left <= mark {
				state = mark.String()
			}
		}
		out = append(out, w.describeCondition(kind, kind, state != "", state, "{day}", w.ends[kind].In(sale.Beijing).Format(time.DateOnly)))
	}
	return out
}

// boardConditions are what the board measures. The firmware slows the processor down from 80 °C on; five degrees between hot
// and cool keep a board that is nearly as hot from being told again and again.
func (w *Watcher) boardConditions(b sale.Facts) (out []condition) {
	low := 0
	if b.LowVends != nil {
		low = *b.LowVends
	}
	switch {
	case b.PowerLow != nil && *b.PowerLow:
		out = append(out, w.describeCondition("power", "power", true, "low"))
	case low >= 3:
		out = append(out, w.describeCondition("power", "sags", true, "sags", "{n}", strconv.Itoa(low)))
	case b.PowerLow != nil || low > 0:
		out = append(out, w.describeCondition("power", "power", false, ""))
	}
	if b.Celsius != nil {
		was := w.marks["heat"]
		hot := *b.Celsius >= 80 || *b.Celsius > 75 && was != nil && was.now != ""
		out = append(out, w.describeCondition("heat", "heat", hot, "hot", "{celsius}", strconv.Itoa(int(*b.Celsius))))
	}
	if b.Goods != nil && w.WarmFrom > 0 {
		was := w.marks["warm"]
		warm := *b.Goods >= w.WarmFrom || *b.Goods > w.WarmFrom-2 && was != nil && was.now != ""
		out = append(out, w.describeCondition("warm", "warm", warm, "warm", "{celsius}", strconv.Itoa(int(*b.Goods))))
	}
	return out
}
