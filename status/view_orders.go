package status

import (
	"context"
	"slices"
	"strings"
	"time"

	"kiosk/sale"
)

var stateMarks = map[sale.State]string{
	sale.Sold: good, sale.Refunded: calm, sale.Closed: calm, sale.Owed: bad,
	sale.Asking: busy, sale.Waiting: busy, sale.Vending: busy, sale.Closing: busy, sale.Refunding: warn,
}

// written is an order as the page shows it. The shop says which orders in Closing a person may settle.
func written(e sale.Entry, lang string, settleable []sale.No) receipt {
	r := receipt{
		No: string(e.No), Mark: stateMarks[e.State], State: say(stateWords, string(e.State), lang),
		Means: say(meansWords, string(e.Means), lang), Name: e.Name, Price: e.Fen.Yuan(), At: sale.When(e.Created), Slot: e.Slot,
		Open:  !e.State.Over(),
		Yours: e.State == sale.Owed || slices.Contains(settleable, e.No),
		Again: e.State == sale.Owed,
		Do:    advised(e.Order, lang),
	}
	if lang == "en" && e.NameEN != "" {
		r.Name = e.NameEN
	}
	add := func(label, text string) {
		if text != "" {
			r.Facts = append(r.Facts, fact{Name: label, Text: text})
		}
	}
	add(labels["means"].in(lang), r.Means)
	add(labels["paid.at"].in(lang), paidAt(e.Money))
	add(labels["trans"].in(lang), e.Money.Transaction)
	if e.RefundNo != "" {
		add(labels["refund"].in(lang), "¥"+e.RefundFen.Yuan()+" · "+say(causeWords, e.Why, lang)+" · "+e.RefundNo)
	}
	add(labels["stalled"].in(lang), say(causeWords, e.Reason, lang))
	add(labels["fault"].in(lang), say(faultWords, e.Fault, lang))
	add(labels["misfit"].in(lang), e.Misfit)
	add(labels["word"].in(lang), e.GatewayCode)
	if e.GoodsToo {
		add(labels["goods"].in(lang), labels["goodstoo"].in(lang))
	}
	add(labels["by"].in(lang), e.By)
	add(labels["how"].in(lang), say(deedWords, e.How, lang))
	add(labels["note"].in(lang), e.Note)
	for i, j := range e.Journal {
		s := step{sale.When(j.At), say(eventWords, string(j.Event), lang), say(stateWords, string(j.State), lang), "", !j.Trusted}
		if i > 0 {
			last := e.Journal[i-1].At
			s.After = later(j.At.Sub(last), lang)
			if day, at, _ := strings.Cut(s.At, " "); strings.HasPrefix(sale.When(last), day+" ") {
				s.At = at // the same day as the line before
			}
		}
		r.Lines = append(r.Lines, s)
	}
	return r
}

// later is how long after the line before something happened; "" where a clock was set in between.
func later(d time.Duration, lang string) string {
	switch {
	case d < 0:
		return ""
	case d < time.Minute:
		return "+" + brief(d)
	}
	return "+" + sale.Span(d).In(lang)
}

// advised is what becomes of an order that is not at an end, and what the reader does about it.
func advised(o sale.Order, lang string) string {
	if o.State == sale.Owed && o.Last == sale.Found {
		return adviceWords["found"].in(lang)
	}
	if o.State == sale.Refunding && o.Reason != "" {
		if w, ok := adviceWords[o.Reason]; ok {
			return w.in(lang)
		}
	}
	return adviceWords[string(o.State)].in(lang)
}

// print fills in the orders: those that are not at an end first, the owed ones on top, then the last few.
func (p *Page) print(ctx context.Context, l *leaf, s sale.Snapshot, more bool) {
	read := func(limit int, state sale.State) []sale.Entry {
		if limit <= 0 || l.NoBook {
			return nil
		}
		entries, err := p.Orders(ctx, limit, string(state))
		l.NoBook = err != nil
		return entries
	}
	seen := map[sale.No]bool{}
	if s.Open+s.Owed > 0 { // owed ones first: each holds somebody's money
		for _, state := range []sale.State{sale.Owed, sale.Vending, sale.Waiting, sale.Asking, sale.Refunding, sale.Closing} {
			for _, e := range read(openOrders-len(l.Open), state) {
				if !seen[e.No] {
					seen[e.No] = true
					l.Open = append(l.Open, written(e, l.Lang, l.settleable))
				}
			}
		}
	}
	few := recentOrders
	if more {
		few = moreOrders
	}
	newest := read(few, "")
	l.More = !more && len(newest) == few
	for _, e := range newest {
		if !seen[e.No] {
			l.Recent = append(l.Recent, written(e, l.Lang, l.settleable))
		}
	}
	p.fell(newest, read, l)
}

// fell tells of each slot when goods last fell in it.
func (p *Page) fell(newest []sale.Entry, read func(int, sale.State) []sale.Entry, l *leaf) {
	p.dropping.Lock()
	defer p.dropping.Unlock()
	if p.drops == nil && !l.NoBook {
		p.drops = drops{}
		p.drops.learn(read(soldBefore, sale.Sold)) // once: from here on the newest orders tell
	}
	if p.drops == nil {
		return
	}
	p.drops.learn(newest)
	for i, s := range l.Slots {
		if at, ok := p.drops[s.Number]; ok {
			l.Slots[i].Dropped = sale.When(at)[:len("01-02 15:04")]
		}
	}
}

// soldBefore is how many sales are read to learn when goods last fell in each slot, before this process began.
const soldBefore = 200
