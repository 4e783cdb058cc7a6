package status

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"kiosk/sale"
)

// mostRetried is how many refunds that somebody asked for again the page follows.
const mostRetried = 5

// followRefund remembers in the session an order whose refund somebody asked for again: it leaves the list of open orders
// when the money is back, and nobody would read that it is.
func followRefund(p *Page, r *http.Request, no sale.No) {
	numbers := slices.DeleteFunc(strings.Fields(p.sessions.Kept(r)), func(n string) bool { return n == string(no) })
	numbers = append(numbers, string(no))
	p.sessions.Keep(r, strings.Join(numbers[max(0, len(numbers)-mostRetried):], " "))
}

// fillRetried tells what became of the refunds that the reader asked for again.
func (l *viewModel) fillRetried(ctx context.Context, p *Page, r *http.Request) {
	if p.FindOrder == nil {
		return
	}
	for _, no := range strings.Fields(p.sessions.Kept(r)) {
		o, found, err := p.FindOrder(ctx, sale.No(no))
		if err != nil || !found {
			continue
		}
		f := fact{Name: l.T("retried?"), Mark: busy}
		switch o.State {
		case sale.Refunded:
			f.Name, f.Mark = l.T("retried+"), good
		case sale.Owed:
			f.Name, f.Mark = l.T("retried-"), bad
		}
		f.Text = "¥" + o.RefundFen.Yuan() + " · " + no
		if o.State == sale.Owed && o.GatewayCode != "" {
			f.Text += " · " + gatewayWord(o.GatewayCode, l.Lang)
		}
		l.Retried = append(l.Retried, f)
	}
}
