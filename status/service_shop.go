package status

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kiosk/sale"
)

// hows are the ways a person settles an order.
var hows = []string{"platform", "cash", "goods", "never paid"}

var numberShape = regexp.MustCompile(`^[0-9A-Z-]{20,32}$`)

// answerWithin bounds the wait for the shop's answer. The shop writes before it answers, and a card may be slow.
const answerWithin = 15 * time.Second

// command hands a command to the shop, and says why the shop did not do it.
func (p *Page) command(r *http.Request, cmd sale.Command) (sale.Reply, *refusal) {
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	reply, err := p.Do(ctx, cmd)
	switch {
	case errors.Is(err, sale.ErrUnknown):
		return reply, because(http.StatusConflict, "unseen")
	case err != nil:
		return reply, &refusal{status: http.StatusConflict, line: err.Error()}
	}
	return reply, refusedBy(reply)
}

// refusedBy is the shop's refusal in the page's words; nil: it is done.
func refusedBy(reply sale.Reply) *refusal {
	switch reply.Refusal {
	case "":
		return nil
	case sale.RefusedSlot:
		return because(http.StatusBadRequest, "slot")
	case sale.RefusedInvalid:
		return because(http.StatusBadRequest, "form")
	case sale.RefusedMoved:
		return because(http.StatusConflict, "moved-"+strconv.Itoa(reply.Product.Stock))
	case sale.RefusedMerchant:
		return because(http.StatusConflict, "unmoved")
	case sale.RefusedStarting:
		return because(http.StatusConflict, "unseen")
	}
	return because(http.StatusConflict, string(reply.Refusal)) // the page has a sentence for each of the others
}

// numberOf reads a whole number; -1 if it is none, or out of bounds.
func numberOf(text string, least, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most || strconv.Itoa(n) != text {
		return -1
	}
	return n
}

func clearStop(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	_, no := p.command(r, sale.ClearStop{By: who.Name, From: who.From})
	return "cleared", nil, no
}

func maintain(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	on := r.PostForm.Get("on") == "1"
	if !on && r.PostForm.Get("on") != "0" {
		return "", nil, because(http.StatusBadRequest, "on")
	}
	_, no := p.command(r, sale.SetMaintenance{On: on, By: who.Name, From: who.From})
	if on {
		return "out", nil, no
	}
	return "in", nil, no
}

// decide hands a person's word on an order to the shop, which alone knows whether it may be taken now.
func decide(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	v := r.PostForm
	cmd := sale.DecideOrder{
		No: sale.No(v.Get("no")), Event: sale.Event(v.Get("event")), How: v.Get("how"), Note: strings.TrimSpace(v.Get("note")), By: who.Name, From: who.From,
	}
	bad := func(field string) (string, map[string]any, *refusal) {
		return "", nil, because(http.StatusBadRequest, field)
	}
	switch {
	case !numberShape.MatchString(string(cmd.No)):
		return bad("no")
	case cmd.Event != sale.Settled && cmd.Event != sale.Retried:
		return bad("event")
	case cmd.Event == sale.Settled && !slices.Contains(hows, cmd.How):
		return bad("how")
	case cmd.Event == sale.Settled && cmd.Note == "":
		return bad("reason")
	case utf8.RuneCountInString(cmd.Note) > noteRunes:
		return bad("note")
	}
	if cmd.Event == sale.Retried {
		cmd.How = "" // nothing is settled yet
	}
	_, no := p.command(r, cmd)
	return string(cmd.Event), nil, no
}
