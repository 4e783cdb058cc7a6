package status

import (
	"context"
	"slices"
	"strings"
	"time"

	"kiosk/sale"
)

// stateMarks are the marks of an order's states: the colour follows from whether somebody must act.
var stateMarks = map[sale.State]string{
	sale.Sold: good, sale.Refunded: calm, sale.Closed: calm, sale.Owed: bad,
	sale.Asking: busy, sale.Waiting: busy, sale.Vending: busy, sale.Closing: busy, sale.Refunding: warn,
}

// stallOf is why a person should look at an order; "" if there is no need.
func (w waitingOrders) stallOf(no sale.No) string {
	for _, s := range w.stalled {
		if s.No == no {
			return s.Why
		}
	}
	return ""
}

// orderViewOf is an order as the page shows it. The shop says which orders in Closing a person may settle.
func orderViewOf(e sale.Entry, lang string, waits waitingOrders) orderView {
	r := orderView{
		No: string(e.No), Key: string(e.No), Mark: stateMarks[e.State], State: wordFor(words.States, string(e.State), lang),
		Means: wordFor(words.Means, string(e.Means), lang), Name: nameOrder(e.Order, lang), Price: e.Fen.Yuan(), At: sale.When(e.Created), Slot: e.Slot,
		Open:    !e.State.Over(),
		Yours:   e.State == sale.Owed || slices.Contains(waits.settleable, e.No),
		Hand:    slices.Contains(waits.foreign, e.No),
		Again:   e.State == sale.Owed && e.Money.Fen != 0,
		Found:   e.Last == sale.Found && !e.No.IsSecond(),
		Do:      orderAdvice(e.Order, waits.stallOf(e.No), lang),
		Methods: settleMethods,
	}
	if e.State == sale.Owed && e.Money.Fen != 0 {
		r.Methods = settleMethods[:len(settleMethods)-1] // it was paid
	}
	if lang == "en" && e.NameEN != "" {
		r.Name = e.NameEN
	}
	add := func(label, text string) {
		if text != "" {
			r.Facts = append(r.Facts, fact{Name: label, Text: text})
		}
	}
	if e.No.IsSecond() {
		add(words.Labels["first"].in(lang), string(e.TradeNo()))
	}
	add(words.Labels["means"].in(lang), r.Means)
	add(words.Labels["paid.at"].in(lang), paidTime(e.Money))
	add(words.Labels["trans"].in(lang), e.Money.Transaction)
	if e.RefundNo != "" {
		add(words.Labels["refund"].in(lang), "¥"+e.RefundFen.Yuan()+" · "+wordFor(words.Causes, e.Why, lang)+" · "+e.RefundNo)
	}
	add(words.Labels["stalled"].in(lang), wordFor(words.Causes, e.Reason, lang))
	if e.Reason == sale.ReasonForeign || e.Reason == sale.ReasonNotice {
		add(words.Labels["merchant"].in(lang), "mchid "+e.Merchant.MchID+" · appid "+e.Merchant.AppID)
	}
	add(words.Labels["fault"].in(lang), wordFor(words.Faults, e.Fault, lang))
	add(words.Labels["misfit"].in(lang), inLanguage(e.Misfit, lang))
	add(words.Labels["word"].in(lang), gatewayWord(e.GatewayCode, lang))
	if e.GoodsToo {
		add(words.Labels["goods"].in(lang), words.Labels["goodstoo"].in(lang))
	}
	add(words.Labels["by"].in(lang), describePerson(e.By, lang))
	add(words.Labels["how"].in(lang), wordFor(words.Decisions, e.How, lang))
	add(words.Labels["note"].in(lang), e.Note)
	for i, j := range e.Journal {
		s := journalView{sale.When(j.At), wordFor(words.Events, string(j.Event), lang), wordFor(words.States, string(j.State), lang), "", !j.Trusted}
		if i > 0 {
			last := e.Journal[i-1].At
			s.After = describeGap(j.At.Sub(last), lang)
			if day, at, _ := strings.Cut(s.At, " "); strings.HasPrefix(sale.When(last), day+" ") {
				s.At = at // the same day as the line before
			}
		}
		r.Lines = append(r.Lines, s)
	}
	return r
}

// viewOrder is an order as the reader may see it.
func (l *viewModel) viewOrder(e sale.Entry) orderView {
	if l.SeesAll {
		return orderViewOf(e, l.Lang, l.waits)
	}
	r := orderViewOf(maskEntry(e), l.Lang, waitingOrders{})
	r.Key = hideNumber(e.No)
	return r
}

// describeGap is how long after the line before something happened; "" where a clock was set in between.
func describeGap(d time.Duration, lang string) string {
	switch {
	case d < 0:
		return ""
	case d < time.Minute:
		return "+" + shortDuration(d)
	}
	return "+" + sale.Span(d).In(lang)
}

// orderAdvice is what becomes of an order that is not at an end, and what the reader does about it. stall is why a person should
// look at it.
func orderAdvice(o sale.Order, stall, lang string) string {
	key := string(o.State)
	_, known := words.Advice[o.Reason]
	switch {
	case o.State == sale.Owed && o.Last == sale.Found && o.No.IsSecond():
		key = "second"
	case o.State == sale.Owed && (o.Last == sale.Found || o.Last == sale.Handed):
		key = string(o.Last)
	case (o.State == sale.Refunding || o.State == sale.Closing) && known, o.Reason == sale.ReasonNotice:
		key = o.Reason
	case stall != "":
		key += " stalled"
	}
	return words.Advice[key].in(lang)
}

// fillOrders fills in the orders: those that are not at an end first, the owed ones on top, then the last few.
func fillOrders(p *Page, ctx context.Context, l *viewModel, s sale.Snapshot, more bool) {
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
					l.Open = append(l.Open, l.viewOrder(e))
				}
			}
		}
	}
	few := recentOrders
	if more {
		few = moreOrders
	}
	newest := read(few, "")
	l.More = l.SeesAll && !more && len(newest) == few
	for _, e := range newest {
		if !seen[e.No] {
			l.Recent = append(l.Recent, l.viewOrder(e))
		}
	}
	fillDrops(p, newest, read, l)
}

// fillDrops tells of each slot when goods last fell in it.
func fillDrops(p *Page, newest []sale.Entry, read func(int, sale.State) []sale.Entry, l *viewModel) {
	p.dropsMu.Lock()
	defer p.dropsMu.Unlock()
	if p.lastDrops == nil && !l.NoBook {
		p.lastDrops = dropTimes{}
		p.lastDrops.learnFrom(read(soldBefore, sale.Sold)) // once: from here on the newest orders tell
	}
	if p.lastDrops == nil {
		return
	}
	p.lastDrops.learnFrom(newest)
	for i, s := range l.Slots {
		if at, ok := p.lastDrops[s.Number]; ok {
			l.Slots[i].Dropped = sale.When(at)[:len("01-02 15:04")]
		}
	}
}

// soldBefore is how many sales are read to learn when goods last fell in each slot, before this process began.
const soldBefore = 200

// nameOrder is what was bought; nothing by a trial order, which has a product's name only to be as long as a customer's.
func nameOrder(o sale.Order, lang string) string {
	if o.IsTrial() {
		return wordFor(words.Labels, "trial", lang)
	}
	return o.Name
}
