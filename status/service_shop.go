package status

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"kiosk/sale"
)

// hows are the ways a person settles an order.
var hows = []string{"platform", "cash", "goods", "never paid"}

var numberShape = regexp.MustCompile(`^[0-9A-Z-]{20,32}$`)

// tell hands an input to the shop.
func (p *Page) tell(in sale.Input) *refusal {
	if err := p.Serve(in); err != nil {
		return &refusal{status: http.StatusConflict, line: err.Error()}
	}
	return nil
}

// numberOf reads a whole number; -1 if it is none, or out of bounds.
func numberOf(text string, least, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most || strconv.Itoa(n) != text {
		return -1
	}
	return n
}

// ware is the slot that a form names.
func (p *Page) ware(r *http.Request) (sale.Ware, *refusal) {
	n := numberOf(r.PostForm.Get("slot"), 1, mostStock)
	for _, w := range p.Look().Wares {
		if int(w.Slot) == n {
			return w, nil
		}
	}
	return sale.Ware{}, because(http.StatusBadRequest, "slot")
}

// stockOf reads a stock; -1 where the field is left empty.
func stockOf(r *http.Request, field string) (int, *refusal) {
	text := r.PostForm.Get(field)
	if text == "" {
		return -1, nil
	}
	if n := numberOf(text, 0, mostStock); n >= 0 {
		return n, nil
	}
	return 0, because(http.StatusBadRequest, "stock")
}

// aside tells whether a slot is set aside by the book, not by its stock or a beam that is blocked right now.
func aside(w sale.Ware) bool {
	return w.Fault != "" && w.Fault != sale.WhyEmpty && w.Fault != sale.FaultBlocked
}

func fillSlot(p *Page, _ http.ResponseWriter, r *http.Request, by string) (string, map[string]any, *refusal) {
	was, no := p.ware(r)
	if no != nil {
		return "", nil, no
	}
	stock, no := stockOf(r, "stock")
	if no != nil {
		return "", nil, no
	}
	if no := p.tell(sale.Served{Slot: was.Slot, Stock: stock, By: by}); no != nil {
		return "", nil, no
	}
	now, seen := p.shows(r.Context(), was.Slot, func(w sale.Ware) bool { return !aside(w) && holds(w, was, stock) })
	switch {
	case !seen:
		return "", nil, because(http.StatusConflict, "unseen")
	case now.Fault == sale.FaultBlocked: // it was taken; what the technician must still do is told
		return "blocked", map[string]any{"fault": now.Fault}, nil
	}
	return "slot", nil, nil
}

// holds tells whether a slot holds what it was filled with, or one less: it may have sold meanwhile. Where one less is
// what it held before, that would say nothing.
func holds(now, was sale.Ware, stock int) bool {
	return stock < 0 || now.Stock == stock || now.Stock == stock-1 && now.Stock != was.Stock
}

// fillAll fills every slot to one number, or each to its own (stock.3). A slot that is set aside stays so: filling it is
// not looking at it.
func fillAll(p *Page, _ http.ResponseWriter, r *http.Request, by string) (string, map[string]any, *refusal) {
	all, no := stockOf(r, "stock")
	if no != nil {
		return "", nil, no
	}
	wares, want := p.Look().Wares, map[sale.Slot]int{}
	for name := range r.PostForm {
		text, per := strings.CutPrefix(name, "stock.")
		if per && !slices.ContainsFunc(wares, func(w sale.Ware) bool { return strconv.Itoa(int(w.Slot)) == text }) {
			return "", nil, because(http.StatusBadRequest, "slot")
		}
	}
	for _, w := range wares {
		n, no := stockOf(r, "stock."+strconv.Itoa(int(w.Slot)))
		if no != nil {
			return "", nil, no
		}
		if n < 0 {
			n = all
		}
		if n >= 0 && n != w.Stock {
			want[w.Slot] = n
		}
	}
	if all < 0 && len(want) == 0 {
		return "", nil, because(http.StatusBadRequest, "stock")
	}
	for _, w := range wares {
		n, ok := want[w.Slot]
		if !ok {
			continue
		}
		var in sale.Input = sale.Served{Slot: w.Slot, Stock: n, By: by}
		if aside(w) {
			in = sale.Changed{Slot: w.Slot, Name: w.Name, NameEN: w.NameEN, Fen: w.Fen, Stock: n, By: by}
		}
		if no := p.tell(in); no != nil {
			return "", nil, no
		}
	}
	var left []sale.Slot
	for _, w := range wares {
		if n, ok := want[w.Slot]; ok {
			if _, seen := p.shows(r.Context(), w.Slot, func(now sale.Ware) bool { return holds(now, w, n) }); !seen {
				left = append(left, w.Slot)
			}
		}
	}
	if len(left) > 0 {
		no := because(http.StatusConflict, "unseen")
		no.more = map[string]any{"slots": left}
		return "", nil, no
	}
	return "filled", nil, nil
}

// changeSlot gives a slot another name, price or stock. What the form leaves out stays.
func changeSlot(p *Page, _ http.ResponseWriter, r *http.Request, by string) (string, map[string]any, *refusal) {
	was, no := p.ware(r)
	if no != nil {
		return "", nil, no
	}
	in := sale.Changed{Slot: was.Slot, Name: was.Name, NameEN: was.NameEN, Fen: was.Fen, Stock: was.Stock, By: by}
	if v := r.PostForm; v.Has("name") {
		in.Name = strings.TrimSpace(v.Get("name"))
	}
	if v := r.PostForm; v.Has("name_en") {
		in.NameEN = strings.TrimSpace(v.Get("name_en"))
	}
	if text := r.PostForm.Get("fen"); text != "" {
		in.Fen = sale.Fen(numberOf(text, 1, mostFen))
	}
	if text := r.PostForm.Get("yuan"); text != "" { // people think in yuan
		if in.Fen = fenOf(text); in.Fen < 1 {
			return "", nil, because(http.StatusBadRequest, "yuan")
		}
	}
	if n, no := stockOf(r, "stock"); no != nil {
		return "", nil, no
	} else if n >= 0 {
		in.Stock = n
	}
	switch {
	case !printable(in.Name, 1, wareRunes), !printable(in.NameEN, 0, wareRunes):
		return "", nil, because(http.StatusBadRequest, "name")
	case in.Fen < 1:
		return "", nil, because(http.StatusBadRequest, "fen")
	case p.selling(was.Slot):
		return "", nil, because(http.StatusConflict, "selling")
	}
	if no := p.tell(in); no != nil {
		return "", nil, no
	}
	_, seen := p.shows(r.Context(), was.Slot, func(w sale.Ware) bool {
		return w.Name == in.Name && (in.NameEN == "" || w.NameEN == in.NameEN) && w.Fen == in.Fen && holds(w, was, in.Stock)
	})
	switch {
	case !seen && p.selling(was.Slot):
		return "", nil, because(http.StatusConflict, "selling")
	case !seen:
		return "", nil, because(http.StatusConflict, "unseen")
	}
	return "changed", nil, nil
}

// selling tells whether a customer has chosen that slot and is not done.
func (p *Page) selling(n sale.Slot) bool {
	f := p.Look().Front
	return f != nil && f.Slot == n && f.No != "" &&
		slices.Contains([]string{sale.ScreenAsking, sale.ScreenQR, sale.ScreenCharging, sale.ScreenPassword, sale.ScreenVending}, f.Screen)
}

func clearStop(p *Page, _ http.ResponseWriter, r *http.Request, by string) (string, map[string]any, *refusal) {
	if no := p.tell(sale.Cleared{By: by}); no != nil {
		return "", nil, no
	}
	if !until(r.Context(), func() bool { d := p.Look().Doubts; return d.Stopped == "" && d.Count == 0 }) {
		return "", nil, because(http.StatusConflict, "unseen")
	}
	return "cleared", nil, nil
}

func maintain(p *Page, _ http.ResponseWriter, r *http.Request, by string) (string, map[string]any, *refusal) {
	on := r.PostForm.Get("on") == "1"
	if !on && r.PostForm.Get("on") != "0" {
		return "", nil, because(http.StatusBadRequest, "on")
	}
	is := func() bool { return p.Look().Maintenance != "" }
	switch {
	case on && is():
		return "", nil, because(http.StatusConflict, "out already")
	case !on && !is():
		return "", nil, because(http.StatusConflict, "in already")
	}
	if no := p.tell(sale.Maintained{On: on, By: by}); no != nil {
		return "", nil, no
	}
	if !until(r.Context(), func() bool { return is() == on }) {
		return "", nil, because(http.StatusConflict, "unseen")
	}
	if on {
		return "out", nil, nil
	}
	return "in", nil, nil
}

func decide(p *Page, _ http.ResponseWriter, r *http.Request, by string) (string, map[string]any, *refusal) {
	v := r.PostForm
	in := sale.Decided{
		No: sale.No(v.Get("no")), Event: sale.Event(v.Get("event")), By: by, How: v.Get("how"), Note: v.Get("note"),
	}
	bad := func(field string) (string, map[string]any, *refusal) {
		return "", nil, because(http.StatusBadRequest, field)
	}
	switch {
	case !numberShape.MatchString(string(in.No)):
		return bad("no")
	case in.Event != sale.Settled && in.Event != sale.Retried:
		return bad("event")
	case in.Event == sale.Settled && !slices.Contains(hows, in.How):
		return bad("how")
	case utf8.RuneCountInString(in.Note) > noteRunes:
		return bad("note")
	}
	if in.Event == sale.Retried {
		in.How = "" // nothing is settled yet
	}
	// The shop drops a word that its machine does not know; whoever said it should hear so.
	was, err := p.waits(r.Context(), in.No, in.Event)
	switch {
	case err != nil:
		return "", nil, because(http.StatusServiceUnavailable, "book")
	case was == nil:
		return "", nil, because(http.StatusConflict, "settled")
	}
	if no := p.tell(in); no != nil {
		return "", nil, no
	}
	moved := until(r.Context(), func() bool {
		var now *sale.Entry
		now, err = p.find(r.Context(), in.No, was.State)
		return err == nil && (now == nil || len(now.Journal) > len(was.Journal) || now.Updated.After(was.Updated))
	})
	switch {
	case moved:
		return string(in.Event), nil, nil
	case err != nil:
		return "", nil, because(http.StatusServiceUnavailable, "book")
	case was.State == sale.Closing:
		return "", nil, because(http.StatusConflict, "early")
	}
	return "", nil, because(http.StatusConflict, "unmoved")
}

// waits finds an order in a state from which a person's word moves it; nil: it waits for nobody.
func (p *Page) waits(ctx context.Context, no sale.No, event sale.Event) (*sale.Entry, error) {
	for _, state := range sale.States {
		if _, ok := sale.Next(state, event); !ok {
			continue
		}
		if e, err := p.find(ctx, no, state); e != nil || err != nil {
			return e, err
		}
	}
	return nil, nil
}

// find looks an order up among those in a state.
func (p *Page) find(ctx context.Context, no sale.No, state sale.State) (*sale.Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, bookTime)
	defer cancel()
	entries, err := p.Orders(ctx, mostOrders, string(state))
	if err != nil {
		return nil, err
	}
	for i := range entries {
		if entries[i].No == no {
			return &entries[i], nil
		}
	}
	return nil, nil
}
