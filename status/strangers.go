package status

import (
	"cmp"
	"context"
	"hash/maphash"
	"net/http"
	"strconv"

	"kiosk/sale"
	"kiosk/web"
)

// A stranger is anybody who is neither signed in nor on the machine itself, and sends no token. Strangers see whether the
// kiosk sells. They see no number that proves a payment, no name, no address and no takings: with those somebody could
// claim another customer's money.

// seesAll reports whether a reader is no stranger. A wrong token counts as a guess.
func (p *Page) seesAll(r *http.Request) bool {
	if web.IsLocal(r) || p.signedIn(r) != "" {
		return true
	}
	token := web.Token(r)
	if token == "" {
		return false
	}
	if p.Token.Matches(token) {
		return true
	}
	p.Password.Guesses.NoteGuess(web.Wrong, web.LimitedAddr(r))
	return false
}

// shownTail is how much of a number a stranger sees: enough for a customer to find the own order again.
const shownTail = 4

// maskNumber leaves the last four characters of an order's number or a transaction id.
func maskNumber(number string) string { return number[max(0, len(number)-shownTail):] }

// maskDocument takes out of /status.json what is not for strangers.
func maskDocument(d statusDocument) statusDocument {
	if d.Front != nil {
		front := *d.Front
		front.No = sale.No(maskNumber(string(front.No)))
		d.Front = &front
	}
	d.Bills, d.Notices = nil, nil
	why := make([]sale.Why, len(d.Why))
	for i, w := range d.Why {
		why[i] = maskReason(w)
	}
	d.Why = why
	return d
}

// maskReason keeps a reason's code. Its text may name a person, an order or an address: strangers get our words for the code.
func maskReason(w sale.Why) sale.Why {
	what, _ := ReasonWords(w.Code)
	return sale.Why{Code: w.Code, Text: cmp.Or(what.EN, w.Code)}
}

// maskEntries takes out of orders what is not for strangers.
func maskEntries(entries []sale.Entry) []sale.Entry {
	out := make([]sale.Entry, len(entries))
	for i, e := range entries {
		out[i] = maskEntry(e)
	}
	return out
}

func maskEntry(e sale.Entry) sale.Entry {
	e.No, e.Money.Transaction = sale.No(maskNumber(string(e.No))), maskNumber(e.Money.Transaction)
	e.RefundNo, e.RefundFen, e.Note, e.Reason, e.By, e.Misfit, e.GatewayCode = "", 0, "", "", "", "", ""
	return e
}

var hiding = maphash.MakeSeed()

// hideNumber is another name for an order's number: the last four characters may be those of two orders.
func hideNumber(no sale.No) string { return strconv.FormatUint(maphash.String(hiding, string(no)), 36) }

// readOrdersFor reads the orders as a reader may see them.
func readOrdersFor(p *Page, ctx context.Context, full bool, limit int, state string) ([]sale.Entry, error) {
	entries, err := p.Orders(ctx, limit, state)
	if err != nil || full {
		return entries, err
	}
	return maskEntries(entries), nil
}

// readDocumentFor is the kiosk's state as a reader may see it.
func readDocumentFor(p *Page, full bool) (statusDocument, sale.Snapshot) {
	d, s := p.readDocument()
	if !full {
		d = maskDocument(d)
	}
	return d, s
}

// maskNetwork leaves out the addresses of the machine and its router.
func maskNetwork(ask func() []NetworkFact, full bool) func() []NetworkFact {
	if full {
		return ask
	}
	return nil
}
