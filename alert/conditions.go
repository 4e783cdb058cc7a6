package alert

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
)

const (
	hotFrom  = 80.0 // °C: from here on the firmware slows the processor down
	hotUntil = 75.0
	lowMany  = 3           // vends of a day with too little power
	skewMuch = time.Minute // off the gateway's clock
)

// condition is one thing that may change: how it stands, and how that is said.
type condition struct {
	key, state string // "": as it should be
	name, text string
}

// readConditions are all that the group hears of. One that is not known now is left out.
func (w *Watcher) readConditions(s sale.Snapshot) []condition {
	why := slices.Clone(s.Why)
	if !w.Alive() {
		why = append(why, sale.Why{Code: "beat"})
	}
	out := []condition{w.sellingCondition(why)}
	if !slices.ContainsFunc(why, func(y sale.Why) bool { return y.Code == "book" || y.Code == sale.NotReadyStarting }) {
		out = append(out, w.describeCondition("owed", "owed", stateUnless(s.Owed == 0, strconv.Itoa(s.Owed)), "{n}", strconv.Itoa(s.Owed)))
		for _, p := range s.Products {
			out = append(out, w.slotCondition(p))
		}
	}
	if s.Clock && s.Skew != nil { // a clock that is not trusted is a reason not to sell
		skew := s.Skew.Abs()
		out = append(out, w.describeCondition("clock", "clock", stateUnless(skew < skewMuch, "off"), "{skew}", sale.Span(skew).In(w.Language)))
	}
	if w.Board != nil {
		out = append(out, w.boardConditions(w.Board())...)
	}
	return out
}

// stateUnless is a condition's state: "" if it is well.
func stateUnless(well bool, state string) string {
	if well {
		return ""
	}
	return state
}

// describeCondition says how one stands, in the phrases of its kind.
func (w *Watcher) describeCondition(key, kind, state string, fill ...string) condition {
	text := phrases[kind].well
	if state != "" {
		text = phrases[kind].ill
	}
	return condition{key, state, w.fillIn(phrases[kind].name, fill...), w.fillIn(text, fill...)}
}

// sellingCondition is whether it can sell, and every reason why not. A reason is told by its code alone: its text is for the page.
func (w *Watcher) sellingCondition(why []sale.Why) condition {
	var codes []string
	for _, y := range why {
		codes = append(codes, y.Code)
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	c := w.describeCondition("sell", "sell", strings.Join(codes, ","))
	for _, code := range codes {
		what, remedy := w.Reason(code)
		c.text += "\n· " + cmp.Or(what.In(w.Language), code)
		if what != (sale.Text{}) {
			c.text += colon.In(w.Language) + remedy.In(w.Language)
		}
	}
	return c
}

// slotCondition is whether a slot is set aside. One that is only sold out is not, and one off sale a person knows of.
func (w *Watcher) slotCondition(p sale.Product) condition {
	n, name := strconv.Itoa(int(p.Slot)), p.Name
	if w.Language == "en" {
		name = cmp.Or(p.NameEN, p.Name)
	}
	state := stateUnless(p.Fault == sale.NotReadyEmpty || p.Fault == sale.FaultOffSale, p.Fault)
	return w.describeCondition("slot "+n, "slot", state, "{slot}", n, "{name}", name, "{fault}", w.Fault(p.Fault).In(w.Language))
}

func (w *Watcher) boardConditions(b sale.Facts) (out []condition) {
	low := 0
	if b.LowVends != nil {
		low = *b.LowVends
	}
	switch {
	case b.PowerLow != nil && *b.PowerLow:
		out = append(out, w.describeCondition("power", "power", "low"))
	case low >= lowMany:
		out = append(out, w.describeCondition("power", "sags", "sags", "{n}", strconv.Itoa(low)))
	case b.PowerLow != nil || low > 0:
		out = append(out, w.describeCondition("power", "power", ""))
	}
	if b.Celsius != nil {
		was := w.marks["heat"] // between the two limits it stays as it was, or a warm noon would waver
		hot := *b.Celsius >= hotFrom || *b.Celsius > hotUntil && was != nil && was.now != ""
		out = append(out, w.describeCondition("heat", "heat", stateUnless(!hot, "hot"), "{celsius}", strconv.Itoa(int(*b.Celsius))))
	}
	return out
}
