package status

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"kiosk/sale"
)

// clearStop lets a kiosk sell again that stopped itself after three doubts.
func clearStop(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	_, no := p.doCommand(r, sale.ClearStop{By: who.Name, From: who.From})
	return sellsAgain(p, "cleared"), nil, no
}

// acceptBook lets a kiosk sell whose book was damaged.
func acceptBook(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	_, no := p.doCommand(r, sale.AcceptBook{By: who.Name, From: who.From})
	return sellsAgain(p, "accepted"), nil, no
}

// setMaintenance takes the kiosk out of service ("on=1") or puts it back ("on=0").
func setMaintenance(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	on := r.PostForm.Get("on") == "1"
	if !on && r.PostForm.Get("on") != "0" {
		return "", nil, refuse(http.StatusBadRequest, "on")
	}
	_, no := p.doCommand(r, sale.SetMaintenance{On: on, By: who.Name, From: who.From})
	if on {
		return "out", nil, no
	}
	return sellsAgain(p, "in"), nil, no
}

// sellsAgain is the code of what should let the kiosk sell, and another one if it cannot sell for some other reason.
func sellsAgain(p *Page, code string) string {
	if p.Snapshot().Ready {
		return code
	}
	return code + " but"
}

// decideOrder hands a person's word on an order to the shop, which alone knows whether it may be taken now.
func decideOrder(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	v := r.PostForm
	cmd := sale.DecideOrder{
		No: sale.No(v.Get("no")), Event: sale.Event(v.Get("event")), How: v.Get("how"), Note: strings.TrimSpace(v.Get("note")), By: who.Name, From: who.From,
	}
	bad := func(field string) (string, map[string]any, *refusal) {
		return "", nil, refuse(http.StatusBadRequest, field)
	}
	switch {
	case !numberShape.MatchString(string(cmd.No)):
		return bad("no")
	case !slices.Contains(decisionEvents, cmd.Event):
		return bad("event")
	case cmd.Event == sale.Settled && !slices.Contains(settleMethods, cmd.How):
		return bad("how")
	case cmd.Event != sale.Retried && cmd.Note == "":
		return bad("reason")
	case utf8.RuneCountInString(cmd.Note) > noteRunes:
		return bad("note")
	}
	if cmd.Event != sale.Settled {
		cmd.How = "" // nothing is settled yet
	}
	_, no := p.doCommand(r, cmd)
	if no == nil && cmd.Event == sale.Retried {
		followRefund(p, r, cmd.No)
	}
	return string(cmd.Event), nil, no
}
