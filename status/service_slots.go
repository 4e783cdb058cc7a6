package status

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kiosk/sale"
)

// ware is the slot that a form names, or its address.
func (p *Page) ware(r *http.Request) (sale.Product, *refusal) {
	n := numberOf(r.Form.Get("slot"), 1, mostStock)
	for _, w := range p.Look().Products {
		if int(w.Slot) == n {
			return w, nil
		}
	}
	return sale.Product{}, because(http.StatusBadRequest, "slot")
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

// printed tells what a slot held when the form was printed: its address carries it, for all slots as "1-10_2-0". A script
// that does not say so means what it holds now.
func printed(r *http.Request, w sale.Product) int {
	text := r.Form.Get("was")
	if text == "" {
		return w.Stock
	}
	for each := range strings.SplitSeq(text, "_") {
		slot, stock, many := strings.Cut(each, "-")
		switch {
		case !many:
			return numberOf(text, 0, mostFen)
		case slot == strconv.Itoa(int(w.Slot)):
			return numberOf(stock, 0, mostFen)
		}
	}
	return w.Stock
}

// seen is what there is to look at in a slot: the fault that the book keeps, and the flag.
func seen(w sale.Product) string {
	if w.Aside {
		return strings.TrimSuffix(w.Fault+"|"+w.Flag, "|")
	}
	return strings.TrimSuffix("|"+w.Flag, "|")
}

// moved says that a slot holds something else than what the form was printed from.
func moved(w sale.Product) *refusal {
	return because(http.StatusConflict, "moved-"+strconv.Itoa(w.Stock))
}

// selling tells whether a customer has chosen that slot and is not done, whatever the screen says.
func (p *Page) selling(n sale.Slot) bool { return p.Look().Selling == n }

// undone says why the shop did not do what it was told of a slot that held was.
func (p *Page) undone(was sale.Product) *refusal {
	if p.selling(was.Slot) {
		return because(http.StatusConflict, "selling")
	}
	for _, w := range p.Look().Products {
		if w.Slot == was.Slot && w.Stock != was.Stock {
			return moved(w)
		}
	}
	return because(http.StatusConflict, "unseen")
}

// oneSlot counts a slot, which changes nothing else about it; without a stock it is looked at, and sells again.
func oneSlot(p *Page, _ http.ResponseWriter, r *http.Request, by string) (string, map[string]any, *refusal) {
	was, no := p.ware(r)
	if no != nil {
		return "", nil, no
	}
	stock, no := stockOf(r, "stock")
	switch {
	case no != nil:
		return "", nil, no
	case p.selling(was.Slot):
		return "", nil, because(http.StatusConflict, "selling")
	case stock < 0:
		return p.lookedAt(r, was, by)
	case printed(r, was) != was.Stock:
		return "", nil, moved(was)
	}
	if no := p.tell(sale.Stocked{Slot: was.Slot, Stock: stock, Was: was.Stock, By: by}); no != nil {
		return "", nil, no
	}
	if _, seen := p.shows(r.Context(), was.Slot, func(w sale.Product) bool { return holds(w, was, stock) }); !seen {
		return "", nil, p.undone(was)
	}
	return "stock", nil, nil
}

// lookedAt lets a slot sell again. The form carries what was looked at: what came since stays.
func (p *Page) lookedAt(r *http.Request, was sale.Product, by string) (string, map[string]any, *refusal) {
	fault := ""
	if was.Aside {
		fault = was.Fault
	}
	off := fault == sale.FaultOffSale
	if off && was.Flag == "" {
		return "", nil, because(http.StatusConflict, "off")
	}
	if v := r.PostForm; v.Has("seen") && v.Get("seen") != seen(was) {
		return "", nil, because(http.StatusConflict, "other")
	}
	if no := p.tell(sale.Served{Slot: was.Slot, Fault: fault, Flag: was.Flag, By: by}); no != nil {
		return "", nil, no
	}
	now, done := p.shows(r.Context(), was.Slot, func(w sale.Product) bool { return (!w.Aside || off) && w.Flag == "" })
	switch {
	case !done:
		return "", nil, p.undone(was)
	case now.Fault == sale.FaultBlocked: // it was taken; what the technician must still do is told
		return "blocked", map[string]any{"fault": now.Fault}, nil
	}
	return "slot", nil, nil
}

// withdraw takes a slot off sale.
func withdraw(p *Page, _ http.ResponseWriter, r *http.Request, by string) (string, map[string]any, *refusal) {
	return p.offered(r, false, by)
}

// offer puts a slot back that was taken off sale.
func offer(p *Page, _ http.ResponseWriter, r *http.Request, by string) (string, map[string]any, *refusal) {
	return p.offered(r, true, by)
}

func (p *Page) offered(r *http.Request, on bool, by string) (string, map[string]any, *refusal) {
	was, no := p.ware(r)
	off := was.Fault == sale.FaultOffSale
	switch {
	case no != nil:
		return "", nil, no
	case on && !off:
		return "", nil, because(http.StatusConflict, "on already")
	case !on && off:
		return "", nil, because(http.StatusConflict, "off already")
	case !on && was.Aside:
		return "", nil, because(http.StatusConflict, "aside")
	case p.selling(was.Slot):
		return "", nil, because(http.StatusConflict, "selling")
	}
	if no := p.tell(sale.Offered{Slot: was.Slot, On: on, By: by}); no != nil {
		return "", nil, no
	}
	if _, seen := p.shows(r.Context(), was.Slot, func(w sale.Product) bool { return (w.Fault == sale.FaultOffSale) != on }); !seen {
		return "", nil, p.undone(was)
	}
	if on {
		return "on sale", nil, nil
	}
	return "off sale", nil, nil
}

// holds tells whether a slot holds what it was filled with, or one less: it may have sold meanwhile. Where one less is
// what it held before, that would say nothing.
func holds(now, was sale.Product, stock int) bool {
	return stock < 0 || now.Stock == stock || now.Stock == stock-1 && now.Stock != was.Stock
}

// fillAll counts every slot to one number, or each to its own (stock.3). Faults and flags stay: filling a slot is not
// looking at it. A slot that a customer is buying from, or that moved since the form was printed, is left and named.
func fillAll(p *Page, _ http.ResponseWriter, r *http.Request, by string) (string, map[string]any, *refusal) {
	wares := p.Look().Products
	want, no := wanted(r, wares)
	if no != nil {
		return "", nil, no
	}
	var left, unseen []string
	told := map[sale.Slot]bool{}
	for _, w := range wares {
		n, ok := want[w.Slot]
		switch {
		case !ok, n == w.Stock:
			continue
		case printed(r, w) != w.Stock, p.selling(w.Slot):
			left = append(left, strconv.Itoa(int(w.Slot)))
			continue
		}
		if no := p.tell(sale.Stocked{Slot: w.Slot, Stock: n, Was: w.Stock, By: by}); no != nil {
			return "", nil, no
		}
		told[w.Slot] = true
	}
	for _, w := range wares {
		if !told[w.Slot] {
			continue
		}
		if _, seen := p.shows(r.Context(), w.Slot, func(now sale.Product) bool { return holds(now, w, want[w.Slot]) }); seen {
			continue
		}
		if p.undone(w).word == "unseen" {
			unseen = append(unseen, strconv.Itoa(int(w.Slot)))
		} else {
			left = append(left, strconv.Itoa(int(w.Slot)))
		}
	}
	return filled(left, unseen, len(told) == 0)
}

// wanted reads what each slot is to hold.
func wanted(r *http.Request, wares []sale.Product) (map[sale.Slot]int, *refusal) {
	all, no := stockOf(r, "stock")
	if no != nil {
		return nil, no
	}
	for name := range r.PostForm {
		text, per := strings.CutPrefix(name, "stock.")
		if per && !slices.ContainsFunc(wares, func(w sale.Product) bool { return strconv.Itoa(int(w.Slot)) == text }) {
			return nil, because(http.StatusBadRequest, "slot")
		}
	}
	want := map[sale.Slot]int{}
	for _, w := range wares {
		n, no := stockOf(r, "stock."+strconv.Itoa(int(w.Slot)))
		if no != nil {
			return nil, no
		}
		if n < 0 {
			n = all
		}
		if n >= 0 {
			want[w.Slot] = n
		}
	}
	if len(want) == 0 && all < 0 {
		return nil, because(http.StatusBadRequest, "stock")
	}
	return want, nil
}

// filled says what became of a filling, naming the slots that were left.
func filled(left, unseen []string, none bool) (string, map[string]any, *refusal) {
	switch {
	case len(unseen) > 0:
		no := because(http.StatusConflict, "unseen")
		no.more = map[string]any{"slots": unseen}
		return "", nil, no
	case len(left) > 0 && none:
		no := because(http.StatusConflict, "left-"+strings.Join(left, ","))
		no.more = map[string]any{"left": left}
		return "", nil, no
	case len(left) > 0:
		return "filled-" + strings.Join(left, ","), map[string]any{"left": left}, nil
	}
	return "filled", nil, nil
}

// changeSlot gives a slot another name, price or stock. What the form leaves out stays, and so does a stock that nobody
// touched: it may have sold since the form was printed.
func changeSlot(p *Page, _ http.ResponseWriter, r *http.Request, by string) (string, map[string]any, *refusal) {
	was, no := p.ware(r)
	if no != nil {
		return "", nil, no
	}
	in, no := changed(r, was)
	if no != nil {
		return "", nil, no
	}
	from := printed(r, was)
	if r.Form.Has("was") && in.Stock == from {
		in.Stock = -1
	}
	switch {
	case p.selling(was.Slot):
		return "", nil, because(http.StatusConflict, "selling")
	case in.Stock >= 0 && from != was.Stock:
		return "", nil, moved(was)
	}
	in.Was, in.By = was.Stock, by
	if no := p.tell(in); no != nil {
		return "", nil, no
	}
	_, seen := p.shows(r.Context(), was.Slot, func(w sale.Product) bool {
		return w.Name == in.Name && (in.NameEN == "" || w.NameEN == in.NameEN) && w.Fen == in.Fen && holds(w, was, in.Stock)
	})
	if !seen {
		return "", nil, p.undone(was)
	}
	return "changed", nil, nil
}

// changed reads what a slot is to be from now on; a stock that is left out is -1.
func changed(r *http.Request, was sale.Product) (in sale.Changed, no *refusal) {
	in = sale.Changed{Slot: was.Slot, Name: was.Name, NameEN: was.NameEN, Fen: was.Fen}
	v := r.PostForm
	if v.Has("name") {
		in.Name = strings.TrimSpace(v.Get("name"))
	}
	if v.Has("name_en") {
		in.NameEN = strings.TrimSpace(v.Get("name_en"))
	}
	if text := v.Get("fen"); text != "" {
		in.Fen = sale.Fen(numberOf(text, 1, mostFen))
	}
	if text := v.Get("yuan"); text != "" { // people think in yuan
		if in.Fen = fenOf(text); in.Fen < 1 {
			return in, because(http.StatusBadRequest, "yuan")
		}
	}
	switch in.Stock, no = stockOf(r, "stock"); {
	case no != nil:
		return in, no
	case !printable(in.Name, 1, wareRunes), !printable(in.NameEN, 0, wareRunes):
		return in, because(http.StatusBadRequest, "name")
	case in.Fen < 1:
		return in, because(http.StatusBadRequest, "fen")
	}
	return in, nil
}
