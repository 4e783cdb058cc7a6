package status

import (
	"context"
	"slices"
	"time"

	"kiosk/sale"
)

type (
	// receipt is an order as the page tells it.
	receipt struct {
		No, Mark, State, Means, Name, Price, At string
		Slot                                    sale.Slot
		Facts                                   []fact
		Lines                                   []step
		Open                                    bool // not at an end
		Yours                                   bool // a person may settle it
	}
	step struct {
		At, Event, State string
		Doubtful         bool // the clock was not trusted then
	}
)

// unsettledAfter is how old a closing order must be before a person may settle it.
const unsettledAfter = 7 * 24 * time.Hour

var stateMarks = map[sale.State]string{
	sale.Sold: good, sale.Refunded: calm, sale.Closed: calm, sale.Owed: bad,
	sale.Asking: busy, sale.Waiting: busy, sale.Vending: busy, sale.Closing: busy, sale.Refunding: warn,
}

// print fills in the orders: those that are not at an end first, the owed ones on top, then the last few.
func (p *Page) print(ctx context.Context, l *leaf, s sale.Sight) {
	ctx, cancel := context.WithTimeout(ctx, bookTime)
	defer cancel()
	read := func(limit int, state sale.State) []sale.Entry {
		if limit <= 0 || l.NoBook {
			return nil
		}
		entries, err := p.Orders(ctx, limit, string(state))
		l.NoBook = err != nil
		return entries
	}
	seen := map[sale.No]bool{}
	if s.Open+s.Owed > 0 {
		for _, state := range []sale.State{sale.Owed, sale.Vending, sale.Waiting, sale.Asking, sale.Refunding, sale.Closing} {
			for _, e := range read(openOrders-len(l.Open), state) {
				if !seen[e.No] {
					seen[e.No] = true
					l.Open = append(l.Open, written(e, l.Lang))
				}
			}
		}
	}
	for _, e := range read(recentOrders, "") {
		if !seen[e.No] {
			l.Recent = append(l.Recent, written(e, l.Lang))
		}
	}
}

// Settles tells whether any order on the page waits for a person.
func (l leaf) Settles() bool {
	return slices.ContainsFunc(l.Open, func(r receipt) bool { return r.Yours })
}

func written(e sale.Entry, lang string) receipt {
	r := receipt{
		No: string(e.No), Mark: stateMarks[e.State], State: say(stateWords, string(e.State), lang),
		Means: say(meansWords, string(e.Means), lang), Name: e.Name, Price: e.Fen.Yuan(), At: when(e.Created), Slot: e.Slot,
		Open:  !e.State.Over(),
		Yours: e.State == sale.Owed || e.State == sale.Closing && time.Since(e.Created) > unsettledAfter,
	}
	if lang == "en" && e.NameEN != "" {
		r.Name = e.NameEN
	}
	add := func(label, text string) {
		if text != "" {
			r.Facts = append(r.Facts, fact{label, text})
		}
	}
	add(labels["trans"].in(lang), e.Money.Transaction)
	if e.RefundNo != "" {
		add(labels["refund"].in(lang), "¥"+e.RefundFen.Yuan()+" · "+say(causeWords, e.Why, lang)+" · "+e.RefundNo)
	}
	add(labels["stalled"].in(lang), say(causeWords, e.Reason, lang))
	add(labels["fault"].in(lang), say(faultWords, e.Fault, lang))
	add(labels["misfit"].in(lang), e.Misfit)
	add(labels["word"].in(lang), e.Word)
	if e.GoodsToo {
		add(labels["goods"].in(lang), labels["goodstoo"].in(lang))
	}
	add(labels["how"].in(lang), say(deedWords, e.How, lang))
	add(labels["note"].in(lang), e.Note)
	for _, j := range e.Journal {
		r.Lines = append(r.Lines, step{when(j.At), say(eventWords, string(j.Event), lang), say(stateWords, string(j.State), lang), !j.Trusted})
	}
	return r
}

// With hands one order and the page around it to its piece of the template.
func (l leaf) With(r receipt) struct {
	Leaf    leaf
	Receipt receipt
} {
	return struct {
		Leaf    leaf
		Receipt receipt
	}{l, r}
}
