package status

import (
	"fmt"
	"net/http"
	"net/url"
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

// form turns what a technician filled in into an input of the shop, or names the errorWords that say why not.
type form func(v url.Values, s sale.Sight, by string) (sale.Input, string)

// hows are the ways a person settles an order.
var hows = []string{"platform", "cash", "goods", "never paid"}

var numberShape = regexp.MustCompile(`^[0-9A-Z-]{20,32}$`)

// service takes a technician's form: the secret first, then what it says.
func (p *Page) service(read form) http.HandlerFunc {
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
		in, bad := read(r.PostForm, p.Look(), fmt.Sprintf("technician at %s", caller(r)))
		if bad != "" {
			fail(w, r, http.StatusBadRequest, bad)
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

func slotForm(v url.Values, s sale.Sight, by string) (sale.Input, string) {
	n, err := strconv.Atoi(v.Get("slot"))
	if err != nil || !slices.ContainsFunc(s.Wares, func(w sale.Ware) bool { return w.Slot == sale.Slot(n) }) {
		return nil, "slot"
	}
	stock := -1
	if text := v.Get("stock"); text != "" {
		if stock, err = strconv.Atoi(text); err != nil || stock < 0 || stock > mostStock {
			return nil, "stock"
		}
	}
	return sale.Served{Slot: sale.Slot(n), Stock: stock, By: by}, ""
}

func clearForm(_ url.Values, _ sale.Sight, by string) (sale.Input, string) {
	return sale.Cleared{By: by}, ""
}

func orderForm(v url.Values, _ sale.Sight, by string) (sale.Input, string) {
	no, event, how, note := v.Get("no"), sale.Event(v.Get("event")), v.Get("how"), v.Get("note")
	switch {
	case !numberShape.MatchString(no):
		return nil, "no"
	case event != sale.Settled && event != sale.Retried:
		return nil, "event"
	case event == sale.Settled && !slices.Contains(hows, how), how != "" && !slices.Contains(hows, how):
		return nil, "how"
	case !utf8.ValidString(note), utf8.RuneCountInString(note) > noteRunes, strings.ContainsFunc(note, unicode.IsControl):
		return nil, "note"
	}
	if event == sale.Retried {
		how = "" // nothing is settled yet
	}
	return sale.Decided{No: sale.No(no), Event: event, By: by, How: how, Note: note}, ""
}
