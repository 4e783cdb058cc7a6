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
	turning := func() bool { return p.Look().Testing != 0 }
	switch {
	case on && is():
		return "", nil, because(http.StatusConflict, "out already")
	case !on && !is():
		return "", nil, because(http.StatusConflict, "in already")
	case !on && turning():
		return "", nil, because(http.StatusConflict, "turning")
	}
	if no := p.tell(sale.Maintained{On: on, By: by}); no != nil {
		return "", nil, no
	}
	if !until(r.Context(), func() bool { return is() == on }) {
		if turning() {
			return "", nil, because(http.StatusConflict, "turning")
		}
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
		No: sale.No(v.Get("no")), Event: sale.Event(v.Get("event")), By: by, How: v.Get("how"), Note: strings.TrimSpace(v.Get("note")),
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
	case in.Event == sale.Settled && in.Note == "":
		return bad("reason")
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
