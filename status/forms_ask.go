package status

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"kiosk/sale"
)

const (
	askFactor = 3  // a price, or a stock, that is more than so many times the old one is asked about, as is a price below a third
	askStock  = 30 // and a stock only from here on
)

func (q *formAsk) add(key, line string) {
	q.keys, q.Lines = append(q.keys, key), append(q.Lines, line)
	q.Sure = strings.Join(q.keys, " ")
}

// isAnswered reports whether the reader was asked exactly this, and said yes.
func (q *formAsk) isAnswered(r *http.Request) bool {
	return len(q.keys) == 0 || r.PostForm.Get("sure") == q.Sure
}

// fillIn puts back what was typed.
func (f *editForm) fillIn(r *http.Request) {
	for name, at := range map[string]*string{"name": &f.Name, "name_en": &f.NameEN, "yuan": &f.Yuan, "stock": &f.Stock} {
		if r.PostForm.Has(name) {
			*at = r.PostForm.Get(name)
		}
	}
	if r.Form.Get("was") != "" {
		f.Was = r.Form.Get("was")
	}
}

// isFarOff reports whether a price is so far from the old one that a decimal point may be missing.
func isFarOff(was, now sale.Fen) bool { return now > askFactor*was || askFactor*now < was }

// isManyMore reports whether a stock is so much more than what there was that a finger may have slipped.
func isManyMore(was, now int) bool { return now > askStock && now > askFactor*was }

// questionEdit is what is to be asked about a change. A script that sends fen says exactly what it means.
func questionEdit(p *Page, r *http.Request, was sale.Product, cmd sale.EditProduct) *formAsk {
	q, lang := &formAsk{}, p.languageOf(r)
	if r.PostForm.Get("yuan") != "" && isFarOff(was.Fen, cmd.Fen) {
		now := cmd.Fen.Yuan()
		q.add(fmt.Sprint("fen-", cmd.Fen), fmt.Sprintf(words.Labels["ask.price"].in(lang), was.Fen.Yuan(), now, now))
	}
	if isBrowser(r) && isManyMore(was.Stock, cmd.Stock) {
		q.add(fmt.Sprint("stock-", cmd.Stock), fmt.Sprintf(words.Labels["ask.stock"].in(lang), strconv.Itoa(was.Stock), strconv.Itoa(cmd.Stock)))
	}
	if isBrowser(r) && cmd.Name != was.Name && !strings.ContainsFunc(cmd.Name, unicode.IsLetter) {
		q.add("name-"+cmd.Name, fmt.Sprintf(words.Labels["ask.name"].in(lang), cmd.Name))
	}
	return q
}

// askEdit prints the form again as it was typed, with the question above its button.
func askEdit(p *Page, w http.ResponseWriter, r *http.Request, was sale.Product, cmd sale.EditProduct, q *formAsk) (string, map[string]any, *refusal) {
	if !isBrowser(r) {
		no := refuse(http.StatusConflict, fmt.Sprintf("sure-%d,%d", was.Fen, cmd.Fen))
		no.more = map[string]any{"sure": q.Sure}
		return "", nil, no
	}
	l := p.buildView(r)
	for i := range l.Slots {
		if s := &l.Slots[i]; s.Number == was.Slot {
			s.Edit, s.Form = true, newEditForm(was)
			s.Form.fillIn(r)
			s.Form.Ask = q
		}
	}
	sendView(p, w, r, l)
	return answeredAlready, nil, nil
}

// tellEdited shows what somebody else has made of the slot beside what was typed. The next post is made from that.
func tellEdited(p *Page, w http.ResponseWriter, r *http.Request, cmd sale.EditProduct, no *refusal) (string, map[string]any, *refusal) {
	now, gone := findSlot(p, r)
	if gone != nil {
		return "", nil, gone
	}
	if !isBrowser(r) {
		no.more = map[string]any{"name": now.Name, "name_en": now.NameEN, "fen": now.Fen}
		return "", nil, no
	}
	q := &formAsk{}
	q.Lines = []string{fmt.Sprintf(words.Labels["ask.edited"].in(p.languageOf(r)), now.Name, now.Fen.Yuan())}
	return askEdit(p, w, r, now, cmd, q)
}

// askFill prints the form that fills all slots again, with its question.
func askFill(p *Page, w http.ResponseWriter, r *http.Request, wares []sale.Product) bool {
	most := 0
	for _, ware := range wares {
		most = max(most, ware.Stock)
	}
	stock := parseWhole(r.PostForm.Get("stock"), 0, mostStock)
	if !isBrowser(r) || !isManyMore(most, stock) {
		return false
	}
	q := &formAsk{Stock: r.PostForm.Get("stock")}
	q.add(fmt.Sprint("stock-", stock), fmt.Sprintf(words.Labels["ask.stock"].in(p.languageOf(r)), "≤"+strconv.Itoa(most), strconv.Itoa(stock)))
	if q.isAnswered(r) {
		return false
	}
	l := p.buildView(r)
	l.FillAsk = q
	sendView(p, w, r, l)
	return true
}
