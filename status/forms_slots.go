package status

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kiosk/sale"
)

// findSlot is the slot that a form names, or its address.
func findSlot(p *Page, r *http.Request) (sale.Product, *refusal) {
	n := parseWhole(r.Form.Get("slot"), 1, mostStock)
	for _, w := range p.Snapshot().Products {
		if int(w.Slot) == n {
			return w, nil
		}
	}
	return sale.Product{}, refuse(http.StatusBadRequest, "slot")
}

// parseStock reads a stock; -1 where the field is left empty.
func parseStock(r *http.Request, field string) (int, *refusal) {
	text := r.PostForm.Get(field)
	if text == "" {
		return -1, nil
	}
	if n := parseWhole(text, 0, mostStock); n >= 0 {
		return n, nil
	}
	return 0, refuse(http.StatusBadRequest, "stock")
}

// printedStock tells what a slot held when the form was printed: its address carries it, for all slots as "1-10_2-0". A script
// that does not say so means what it holds now.
func printedStock(r *http.Request, w sale.Product) int {
	text := r.Form.Get("was")
	if text == "" {
		return w.Stock
	}
	for each := range strings.SplitSeq(text, "_") {
		slot, stock, many := strings.Cut(each, "-")
		switch {
		case !many:
			return parseWhole(text, 0, mostFen)
		case slot == strconv.Itoa(int(w.Slot)):
			return parseWhole(stock, 0, mostFen)
		}
	}
	return w.Stock
}

// countOrClear counts a slot, which changes nothing else about it; without a stock it is looked at, and sells again.
func countOrClear(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	was, no := findSlot(p, r)
	if no != nil {
		return "", nil, no
	}
	stock, no := parseStock(r, "stock")
	switch {
	case no != nil:
		return "", nil, no
	case stock < 0:
		return clearSlot(p, r, was, who)
	}
	_, no = p.doCommand(r, sale.CountStock{Slot: was.Slot, Stock: stock, Was: printedStock(r, was), By: who.Name, From: who.From})
	return "stock", nil, no
}

// clearSlot lets a slot sell again. The form carries what was looked at: what came since stays.
func clearSlot(p *Page, r *http.Request, was sale.Product, who Person) (string, map[string]any, *refusal) {
	looked := slotSeen(was)
	if r.PostForm.Has("seen") {
		looked = r.PostForm.Get("seen")
	}
	fault, flag, _ := strings.Cut(looked, "|")
	reply, no := p.doCommand(r, sale.ClearSlot{Slot: was.Slot, Fault: fault, Flag: flag, By: who.Name, From: who.From})
	switch {
	case no != nil:
		return "", nil, no
	case reply.Product.Fault == sale.FaultBlocked: // it was taken; what the technician must still do is told
		return "blocked", map[string]any{"fault": reply.Product.Fault}, nil
	}
	return "slot", nil, nil
}

// takeOffSale takes a slot off sale.
func takeOffSale(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	return setOnSale(p, r, false, who)
}

// putOnSale puts a slot back that was taken off sale.
func putOnSale(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	return setOnSale(p, r, true, who)
}

// setOnSale is both directions of one command.
func setOnSale(p *Page, r *http.Request, on bool, who Person) (string, map[string]any, *refusal) {
	was, no := findSlot(p, r)
	if no != nil {
		return "", nil, no
	}
	_, no = p.doCommand(r, sale.SetOnSale{Slot: was.Slot, On: on, By: who.Name, From: who.From})
	if on {
		return "on sale", nil, no
	}
	return "off sale", nil, no
}

// fillAll counts every slot to one number, or each to its own (stock.3). Faults and flags stay: filling a slot is not
// looking at it. A slot that a customer is buying from, or that moved since the form was printed, is left and named.
func fillAll(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	wares := p.Snapshot().Products
	want, no := parseStocks(r, wares)
	switch {
	case no != nil:
		return "", nil, no
	case askFill(p, w, r, wares):
		return answeredAlready, nil, nil
	}
	var left, unseen []string
	done := 0
	for _, w := range wares {
		n, ok := want[w.Slot]
		if !ok || n == w.Stock {
			continue
		}
		_, no := p.doCommand(r, sale.CountStock{Slot: w.Slot, Stock: n, Was: printedStock(r, w), By: who.Name, From: who.From})
		switch {
		case no == nil:
			done++
		case no.cause != "":
			return "", nil, no
		case no.word == "unseen":
			unseen = append(unseen, strconv.Itoa(int(w.Slot)))
		default:
			left = append(left, strconv.Itoa(int(w.Slot)))
		}
	}
	return fillResult(left, unseen, done == 0)
}

// parseStocks reads what each slot is to hold.
func parseStocks(r *http.Request, wares []sale.Product) (map[sale.Slot]int, *refusal) {
	all, no := parseStock(r, "stock")
	if no != nil {
		return nil, no
	}
	for name := range r.PostForm {
		text, per := strings.CutPrefix(name, "stock.")
		if per && !slices.ContainsFunc(wares, func(w sale.Product) bool { return strconv.Itoa(int(w.Slot)) == text }) {
			return nil, refuse(http.StatusBadRequest, "slot")
		}
	}
	want := map[sale.Slot]int{}
	for _, w := range wares {
		n, no := parseStock(r, "stock."+strconv.Itoa(int(w.Slot)))
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
		return nil, refuse(http.StatusBadRequest, "stock")
	}
	return want, nil
}

// fillResult says what became of a filling, naming the slots that were left.
func fillResult(left, unseen []string, none bool) (string, map[string]any, *refusal) {
	switch {
	case len(unseen) > 0:
		no := refuse(http.StatusConflict, "unseen")
		no.more = map[string]any{"slots": unseen}
		return "", nil, no
	case len(left) > 0 && none:
		no := refuse(http.StatusConflict, "left-"+strings.Join(left, ","))
		no.more = map[string]any{"left": left}
		return "", nil, no
	case len(left) > 0:
		return "filled-" + strings.Join(left, ","), map[string]any{"left": left}, nil
	}
	return "filled", nil, nil
}

// changeSlot gives a slot another name, price or stock. What the form leaves out stays, and so does what nobody touched: it may
// have sold, or somebody else may have changed it, since the form was printed. What looks like a slip is asked about first.
func changeSlot(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	was, no := findSlot(p, r)
	if no != nil {
		return "", nil, no
	}
	cmd, no := parseEdit(r, was)
	if no != nil {
		return "", nil, no
	}
	if q := questionEdit(p, r, was, cmd); !q.isAnswered(r) {
		return askEdit(p, w, r, was, cmd, q)
	}
	cmd.Was, cmd.By, cmd.From = printedStock(r, was), who.Name, who.From
	if r.Form.Has("was") && cmd.Stock == cmd.Was {
		cmd.Stock = -1
	}
	if cmd.Stock < 0 {
		cmd.Was = was.Stock
	}
	_, no = p.doCommand(r, cmd)
	if no != nil && no.word == string(sale.RefusedEdited) {
		return tellEdited(p, w, r, cmd, no)
	}
	return fmt.Sprint("changed-", cmd.Fen), nil, no
}

// isTouched reports whether a field holds something else than was printed in it. A script prints nothing.
func isTouched(v url.Values, field string) bool {
	return !v.Has("was_"+field) || v.Get(field) != v.Get("was_"+field)
}

// parseEdit reads what a slot is to be from now on; a stock that is left out is -1.
func parseEdit(r *http.Request, was sale.Product) (in sale.EditProduct, no *refusal) {
	in = sale.EditProduct{Slot: was.Slot, Name: was.Name, NameEN: was.NameEN, Fen: was.Fen}
	v := r.PostForm
	if v.Has("name") && isTouched(v, "name") {
		in.Name, in.WasName = strings.TrimSpace(v.Get("name")), v.Get("was_name")
	}
	if v.Has("name_en") && isTouched(v, "name_en") {
		in.NameEN, in.WasNameEN = strings.TrimSpace(v.Get("name_en")), v.Get("was_name_en")
	}
	if text := v.Get("fen"); text != "" {
		in.Fen = sale.Fen(parseWhole(text, 1, mostFen))
	}
	if text := v.Get("yuan"); text != "" { // people think in yuan
		fen, printed := parseYuan(text), max(sale.Fen(parseWhole(v.Get("was_fen"), 1, mostFen)), 0)
		switch {
		case fen < 1:
			return in, refuse(http.StatusBadRequest, "yuan")
		case fen != printed:
			in.Fen, in.WasFen = fen, printed
		}
	}
	switch in.Stock, no = parseStock(r, "stock"); {
	case no != nil:
		return in, no
	case !isPrintable(in.Name, 1, wareRunes), !isPrintable(in.NameEN, 0, wareRunes):
		return in, refuse(http.StatusBadRequest, "name")
	case in.Fen < 1:
		return in, refuse(http.StatusBadRequest, "fen")
	}
	return in, nil
}
