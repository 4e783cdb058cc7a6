package status

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kiosk/sale"
)

const (
	formBytes = 4 << 10
	mostStock = 999
	noteRunes = 200
)

// reading turns what a technician filled in into an input of the shop, or into the errorWords that say why not.
type reading func(p *Page, r *http.Request, by string) (sale.Input, *refusal)

type refusal struct {
	status int
	word   string
}

// hows are the ways a person settles an order.
var hows = []string{"platform", "cash", "goods", "never paid"}

var numberShape = regexp.MustCompile(`^[0-9A-Z-]{20,32}$`)

// service takes a technician's form: the secret first, then what it says.
func (p *Page) service(read reading) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !p.writable() {
			fail(w, r, http.StatusForbidden, "read-only")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, formBytes)
		if err := r.ParseForm(); err != nil {
			fail(w, r, http.StatusBadRequest, "form")
			return
		}
		switch p.guesses.try(p.Pin, r.PostForm.Get("pin"), caller(r)) {
		case wrong:
			fail(w, r, http.StatusForbidden, "pin")
			return
		case tooMany:
			w.Header().Set("Retry-After", "60")
			fail(w, r, http.StatusTooManyRequests, "guesses")
			return
		}
		in, no := read(p, r, fmt.Sprintf("technician at %s", caller(r)))
		if no != nil {
			fail(w, r, no.status, no.word)
			return
		}
		if err := p.Serve(in); err != nil {
			fail(w, r, http.StatusConflict, err.Error())
			return
		}
		if strings.Contains(r.Header.Get("Accept"), "text/html") {
			http.Redirect(w, r, "/?lang="+p.language(r)+"&done=1", http.StatusSeeOther)
			return
		}
		answer(w, http.StatusOK, map[string]bool{"ok": true})
	}
}

// unclear names the field that cannot be understood.
func unclear(field string) (sale.Input, *refusal) {
	return nil, &refusal{http.StatusBadRequest, field}
}

func slotForm(p *Page, r *http.Request, by string) (sale.Input, *refusal) {
	n, err := strconv.Atoi(r.PostForm.Get("slot"))
	if err != nil || !slices.ContainsFunc(p.Look().Wares, func(w sale.Ware) bool { return w.Slot == sale.Slot(n) }) {
		return unclear("slot")
	}
	stock := -1
	if text := r.PostForm.Get("stock"); text != "" {
		if stock, err = strconv.Atoi(text); err != nil || stock < 0 || stock > mostStock {
			return unclear("stock")
		}
	}
	return sale.Served{Slot: sale.Slot(n), Stock: stock, By: by}, nil
}

func clearForm(_ *Page, _ *http.Request, by string) (sale.Input, *refusal) {
	return sale.Cleared{By: by}, nil
}

func orderForm(p *Page, r *http.Request, by string) (sale.Input, *refusal) {
	v := r.PostForm
	in := sale.Decided{
		No: sale.No(v.Get("no")), Event: sale.Event(v.Get("event")), By: by, How: v.Get("how"), Note: v.Get("note"),
	}
	switch {
	case !numberShape.MatchString(string(in.No)):
		return unclear("no")
	case in.Event != sale.Settled && in.Event != sale.Retried:
		return unclear("event")
	case in.Event == sale.Settled && !slices.Contains(hows, in.How):
		return unclear("how")
	case !utf8.ValidString(in.Note), utf8.RuneCountInString(in.Note) > noteRunes, strings.ContainsFunc(in.Note, unicode.IsControl):
		return unclear("note")
	}
	if in.Event == sale.Retried {
		in.How = "" // nothing is settled yet
	}
	// The shop drops a word that its machine does not know; whoever said it should hear so.
	waiting, err := p.waits(r.Context(), in.No, in.Event)
	switch {
	case err != nil:
		return nil, &refusal{http.StatusServiceUnavailable, "book"}
	case !waiting:
		return nil, &refusal{http.StatusConflict, "settled"}
	}
	return in, nil
}

// waits tells whether the book holds an order in a state from which a person's word moves it.
func (p *Page) waits(ctx context.Context, no sale.No, event sale.Event) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, bookTime)
	defer cancel()
	for _, state := range sale.States {
		if _, ok := sale.Next(state, event); !ok {
			continue
		}
		entries, err := p.Orders(ctx, mostOrders, string(state))
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(entries, func(e sale.Entry) bool { return e.No == no }) {
			return true, nil
		}
	}
	return false, nil
}
