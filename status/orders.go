package status

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"kiosk/sale"
)

// bookTime bounds one look into the order book.
const bookTime = 5 * time.Second

const (
	fewOrders  = 50
	mostOrders = 1000
)

type (
	order struct {
		No          sale.No    `json:"no"`
		State       sale.State `json:"state"`
		Means       sale.Means `json:"means"`
		Slot        sale.Slot  `json:"slot"`
		Name        string     `json:"name,omitempty"`
		Fen         sale.Fen   `json:"fen"`
		Created     stamp      `json:"created"`
		Updated     stamp      `json:"updated"`
		Transaction string     `json:"transaction_id"`
		RefundNo    string     `json:"refund_no,omitempty"`
		RefundFen   sale.Fen   `json:"refund_fen,omitempty"`
		Why         string     `json:"why,omitempty"`
		Word        string     `json:"word,omitempty"`
		Fault       string     `json:"fault,omitempty"`
		GoodsToo    bool       `json:"goods_too,omitempty"`
		Reason      string     `json:"reason,omitempty"`
		How         string     `json:"how,omitempty"`
		Note        string     `json:"note,omitempty"`
		Journal     []line     `json:"journal"`
	}
	line struct {
		Event sale.Event `json:"event"`
		State sale.State `json:"state"`
		At    stamp      `json:"at"`
	}
)

// OrdersJSON is what /orders.json answers and `kiosk orders -json` prints.
func OrdersJSON(entries []sale.Entry) ([]byte, error) {
	out := make([]order, 0, len(entries))
	for _, e := range entries {
		o := order{
			No: e.No, State: e.State, Means: e.Means, Slot: e.Slot, Name: e.Name, Fen: e.Fen,
			Created: stamp(e.Created), Updated: stamp(e.Updated), Transaction: e.Money.Transaction,
			RefundNo: e.RefundNo, RefundFen: e.RefundFen, Why: e.Why, Word: e.GatewayCode, Fault: e.Fault,
			GoodsToo: e.GoodsToo, Reason: e.Reason, How: e.How, Note: e.Note, Journal: []line{},
		}
		for _, l := range e.Journal {
			o.Journal = append(o.Journal, line{l.Event, l.State, stamp(l.At)})
		}
		out = append(out, o)
	}
	body, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("write orders as JSON: %w", err)
	}
	return append(body, '\n'), nil
}

func (p *Page) ordersJSON(w http.ResponseWriter, r *http.Request) {
	limit, state := fewOrders, r.URL.Query().Get("state")
	if s := r.URL.Query().Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > mostOrders {
			fail(w, r, http.StatusBadRequest, "limit")
			return
		}
		limit = n
	}
	if s := sale.State(state); state != "" && (s == sale.New || !s.Known()) {
		fail(w, r, http.StatusBadRequest, "state")
		return
	}
	lane := &p.few // a long list must not hold up a short one
	if limit > fewOrders {
		lane = &p.many
	}
	body, err := lane.Do(r.Context(), fmt.Sprint(limit, state), &p.limiter, func(ctx context.Context) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, bookTime)
		defer cancel()
		entries, err := p.Orders(ctx, limit, state)
		if err != nil {
			return nil, err
		}
		return OrdersJSON(entries)
	})
	if err != nil {
		fail(w, r, http.StatusServiceUnavailable, "book")
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(body)
}
