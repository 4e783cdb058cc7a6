package status

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kiosk/sale"
)

type (
	// statusDocument is /status.json.
	statusDocument struct {
		Kiosk   string         `json:"kiosk"`
		Version string         `json:"version"`
		Uptime  int64          `json:"uptime_s"`
		Alive   bool           `json:"alive"`
		Ready   bool           `json:"ready"`
		Why     []sale.Why     `json:"why"`
		Cloud   cloud          `json:"cloud"`
		Clock   clock          `json:"clock"`
		Front   *sale.Front    `json:"front"`
		Open    int            `json:"open_orders"`
		Owed    int            `json:"owed_orders"`
		Slots   []slot         `json:"slots"`
		Board   sale.Facts     `json:"board"`
		Bills   *bills         `json:"bills,omitempty"`
		Notices map[string]int `json:"notices,omitempty"`
		Head    *head          `json:"book_head,omitempty"`
		*Self                  // only where a script asks
	}
	cloud struct {
		Reachable bool     `json:"reachable"`
		Since     jsonTime `json:"since"`
	}
	clock struct {
		Trusted bool   `json:"trusted"`
		Skew    *int64 `json:"skew_s,omitempty"` // our wall minus the gateway's, which is told in whole seconds
	}
	head struct {
		Line int64    `json:"line"`
		Seal string   `json:"seal"`
		At   jsonTime `json:"at"`
	}
	slot struct {
		Number sale.Slot `json:"number"`
		Name   string    `json:"name"`
		NameEN string    `json:"name_en,omitempty"`
		Fen    sale.Fen  `json:"fen"`
		Stock  int       `json:"stock"`
		Fault  string    `json:"fault"`          // "" sells, or would if it were filled
		Flag   string    `json:"flag,omitempty"` // something to look at that does not stop it selling
	}
)

type (
	bills struct {
		Last   *compared  `json:"last"`
		Failed *unfetched `json:"failed"`
	}
	compared struct {
		Day      string         `json:"day"`
		At       jsonTime       `json:"at"`
		Rows     int            `json:"rows"`
		Sales    int            `json:"sales"`
		Sold     sale.Fen       `json:"sales_fen"`
		Repaid   int            `json:"refunds"`
		Back     sale.Fen       `json:"refunds_fen"`
		Findings []sale.Finding `json:"findings"`
	}
	unfetched struct {
		Day  string   `json:"day"`
		Why  string   `json:"error"`
		At   jsonTime `json:"at"`
		Next jsonTime `json:"next"`
	}
)

// Self is what only the running process can say of itself. It stands in /status.json, where another process that
// asks whether this one is well, and whether it is the one that was meant, finds it.
type Self struct {
	Commit string `json:"commit"`
	Build  string `json:"build"` // the beginning of the SHA-256 of the running program; "" if that cannot be read
	Run    string `json:"run"`   // another one at each start
	Busy   string `json:"busy"`  // why a stop would disturb somebody now; "" it would not
	Parts  []Part `json:"parts"`
}

// Part is how a part of the machine is.
type Part struct {
	Part    string `json:"part"`    // "panel", "scanner", "pins"
	Fault   string `json:"fault"`   // "" works
	Answers bool   `json:"answers"` // it says so itself; many a panel has no wire for that
	Text    string `json:"text"`    // what was seen of it
}

// isStarting tells whether nothing was asked of the gateway yet, so that its silence means nothing.
func (d statusDocument) isStarting() bool { return hasReason(d.Why, sale.NotReadyStarting) }

func hasReason(why []sale.Why, code string) bool {
	return slices.ContainsFunc(why, func(w sale.Why) bool { return w.Code == code })
}

type (
	order struct {
		No          sale.No    `json:"no"`
		State       sale.State `json:"state"`
		Means       sale.Means `json:"means"`
		Slot        sale.Slot  `json:"slot"`
		Name        string     `json:"name,omitempty"`
		Fen         sale.Fen   `json:"fen"`
		Created     jsonTime   `json:"created"`
		Updated     jsonTime   `json:"updated"`
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
		At    jsonTime   `json:"at"`
	}
)

// OrdersJSON is what /orders.json answers and `kiosk orders -json` prints.
func OrdersJSON(entries []sale.Entry) ([]byte, error) {
	out := make([]order, 0, len(entries))
	for _, e := range entries {
		o := order{
			No: e.No, State: e.State, Means: e.Means, Slot: e.Slot, Name: e.Name, Fen: e.Fen,
			Created: jsonTime(e.Created), Updated: jsonTime(e.Updated), Transaction: e.Money.Transaction,
			RefundNo: e.RefundNo, RefundFen: e.RefundFen, Why: e.Why, Word: e.GatewayCode, Fault: e.Fault,
			GoodsToo: e.GoodsToo, Reason: e.Reason, How: e.How, Note: e.Note, Journal: []line{},
		}
		for _, l := range e.Journal {
			o.Journal = append(o.Journal, line{l.Event, l.State, jsonTime(l.At)})
		}
		out = append(out, o)
	}
	body, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("write orders as JSON: %w", err)
	}
	return append(body, '\n'), nil
}

// splitDocument is what makes two documents differ: all but the uptime, with the board and the clocks apart.
func splitDocument(d statusDocument) (doc, board []byte) {
	board, _ = json.Marshal([]any{d.Board, d.Clock.Skew})
	d.Uptime, d.Board, d.Clock.Skew = 0, sale.Facts{}, nil
	doc, _ = json.Marshal(d)
	return doc, board
}

// billDocument is the bill as /status.json shows it.
func (b Bills) billDocument() *bills {
	out := &bills{}
	if l := b.Last; l != nil {
		out.Last = &compared{l.Day.Format(time.DateOnly), jsonTime(l.At), l.Rows, l.Sales, l.Sold, l.Repaid, l.Back, append([]sale.Finding{}, l.Findings...)}
	}
	if f := b.Failed; f != nil {
		out.Failed = &unfetched{f.Day.Format(time.DateOnly), f.Why, jsonTime(f.At), jsonTime(f.Next)}
	}
	return out
}
