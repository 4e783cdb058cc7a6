package pay

import (
	"fmt"
	"maps"
	"strconv"
	"testing"
	"time"

	"kiosk/sale"
)

// back answers refundquery with rows of number, fen, status; the n-th from an offset on, at most per a page.
func back(in map[string]string, rows [][3]string, per int) map[string]string {
	offset, _ := strconv.Atoi(in["offset"])
	out := map[string]string{"out_trade_no": in["out_trade_no"], "total_fee": "350", "refund_count": strconv.Itoa(len(rows))}
	for n := 0; n < per && offset+n < len(rows); n++ {
		row := rows[offset+n]
		out[fmt.Sprintf("out_refund_no_%d", n)], out[fmt.Sprintf("refund_fee_%d", n)], out[fmt.Sprintf("refund_status_%d", n)] = row[0], row[1], row[2]
	}
	return out
}

func TestQueryTellsWhatHasGoneBack(t *testing.T) {
	ours := string(anOrder(sale.Native).No) + "R1"
	for what, c := range map[string]struct {
		rows    [][3]string
		fen     sale.Fen
		pending bool
		ours    string
	}{
		"nothing":         {nil, 0, false, ""},
		"ours is done":    {[][3]string{{ours, "350", "SUCCESS"}}, 350, false, sale.RefundDone},
		"ours under way":  {[][3]string{{ours, "350", "PROCESSING"}}, 0, true, sale.RefundPending},
		"ours closed":     {[][3]string{{ours, "350", "REFUNDCLOSE"}}, 0, false, sale.RefundClosed},
		"ours failed":     {[][3]string{{ours, "350", "FAIL"}}, 0, false, sale.RefundClosed},
		"ours is lost":    {[][3]string{{ours, "350", "NOTSURE"}}, 0, false, ""},
		"one is lost":     {[][3]string{{"shop", "350", "NOTSURE"}}, 0, true, ""},
		"a dead card":     {[][3]string{{ours, "350", "CHANGE"}}, 0, false, sale.RefundAbnormal},
		"another hand":    {[][3]string{{"shop", "350", "SUCCESS"}}, 350, false, ""},
		"part of it":      {[][3]string{{"shop", "100", "SUCCESS"}, {ours, "250", "PROCESSING"}}, 100, true, sale.RefundPending},
		"three of them":   {[][3]string{{"a", "1", "SUCCESS"}, {"b", "2", "SUCCESS"}, {"c", "4", "REFUNDCLOSE"}}, 3, false, ""},
		"on a later page": {[][3]string{{"a", "1", "SUCCESS"}, {"b", "2", "PROCESSING"}, {"c", "4", "SUCCESS"}, {ours, "8", "SUCCESS"}}, 13, true, sale.RefundDone},
	} {
		for _, state := range []sale.State{sale.Refunding, sale.Owed, sale.Waiting} {
			for _, word := range []string{"SUCCESS", "REFUND"} {
				g, b := meet(t)
				b.says = func(call string, in map[string]string) map[string]string {
					if call == "refundquery" {
						return back(in, c.rows, 2)
					}
					out := usual(call, in)
					out["trade_state"] = word
					return out
				}
				o := owing(anOrder(sale.Native))
				o.State = state
				said, err := g.Query(t.Context(), o)
				if err != nil || said.Money.Fen != 350 {
					t.Errorf("%s, %s, %s: %+v, %v", what, state, word, said, err)
				}
				if state == sale.Waiting && word == "SUCCESS" {
					if len(b.calls) != 1 {
						t.Errorf("a sale waits for %v", b.calls)
					}
					continue
				}
				if said.Returned != c.fen || said.Pending != c.pending || said.Refund != c.ours {
					t.Errorf("%s, %s, %s: %d fen are back, pending %v, ours %q", what, state, word, said.Returned, said.Pending, said.Refund)
				}
			}
		}
	}
}

func TestRefundsThatAreNotToldWholeAreNotKnown(t *testing.T) {
	for what, change := range map[string]map[string]string{
		"no count":          {"refund_count": ""},
		"an odd count":      {"refund_count": "one"},
		"more than told":    {"refund_count": "2"},
		"no number":         {"out_refund_no_0": ""},
		"no sum":            {"refund_fee_0": ""},
		"an odd sum":        {"refund_fee_0": "3.50"},
		"no status":         {"refund_status_0": ""},
		"an unknown status": {"refund_status_0": "FOO"},
		"one twice":         {"refund_count": "2", "out_refund_no_1": string(anOrder(sale.Native).No) + "R1", "refund_fee_1": "350", "refund_status_1": "SUCCESS"},
	} {
		g, b := meet(t)
		b.says = func(call string, in map[string]string) map[string]string {
			out := usual(call, in)
			if call == "refundquery" {
				maps.Copy(out, change)
			}
			return out
		}
		if said, err := g.Query(t.Context(), owing(anOrder(sale.Native))); err == nil {
			t.Errorf("%s: %+v: money could go back twice, or never", what, said)
		}
	}
}

func TestReturnedMoneyIsReadFromEitherAnswer(t *testing.T) {
	const id = "4200001234202603020000000001"
	no := string(anOrder(sale.Native).No)
	for what, c := range map[string]struct {
		order, refunds map[string]string
		good           bool
		at             time.Time
	}{
		"the order tells":      {map[string]string{"out_trade_no": no, "total_fee": "350", "transaction_id": id, "time_end": "20260302120506"}, nil, true, paidAt},
		"no time":              {map[string]string{"out_trade_no": no, "total_fee": "350", "transaction_id": id}, nil, true, time.Time{}},
		"the refunds tell":     {map[string]string{"out_trade_no": no}, map[string]string{"transaction_id": id}, true, time.Time{}},
		"each tells something": {map[string]string{"out_trade_no": no, "transaction_id": id}, nil, true, time.Time{}},
		"no transaction":       {map[string]string{"out_trade_no": no}, nil, false, time.Time{}},
		"no sum":               {map[string]string{"out_trade_no": no, "transaction_id": id}, map[string]string{"total_fee": ""}, false, time.Time{}},
		"a bad time":           {map[string]string{"out_trade_no": no, "total_fee": "350", "transaction_id": id, "time_end": "x"}, nil, false, time.Time{}},
		"no number":            {map[string]string{"total_fee": "350", "transaction_id": id}, nil, false, time.Time{}},
	} {
		g, b := meet(t)
		b.says = func(call string, in map[string]string) map[string]string {
			out := map[string]string{"trade_state": "REFUND"}
			if call == "refundquery" {
				out = back(in, [][3]string{{"a", "350", "SUCCESS"}}, 1)
				maps.Copy(out, c.refunds)
			}
			if call == "orderquery" {
				maps.Copy(out, c.order)
			}
			return out
		}
		said, err := g.Query(t.Context(), anOrder(sale.Native))
		if (err == nil) != c.good {
			t.Errorf("%s: %+v, %v", what, said, err)
		}
		if c.good && (said.Money.Fen != 350 || said.Money.Transaction != id || said.Money.Currency != "CNY" || !said.Money.At.Equal(c.at) || said.Returned != 350) {
			t.Errorf("%s: %+v", what, said)
		}
	}
}

// Each page counts the refunds on it, and all pages name how many there are in all. A later page numbers its rows anew, or
// on from its offset.
func TestRefundsOfAllPagesAreAddedUp(t *testing.T) {
	ours := string(anOrder(sale.Native).No) + "R1"
	rows := [][3]string{{"a", "1", "SUCCESS"}, {"b", "2", "SUCCESS"}, {"c", "4", "SUCCESS"}, {"d", "8", "SUCCESS"}, {"e", "16", "PROCESSING"}, {ours, "32", "SUCCESS"}}
	for _, per := range []int{1, 2, 4, 5, 6, 10} {
		for _, on := range []bool{false, true} {
			g, b := meet(t)
			b.says = func(call string, in map[string]string) map[string]string {
				if call != "refundquery" {
					return usual(call, in)
				}
				offset, _ := strconv.Atoi(in["offset"])
				out := map[string]string{"out_trade_no": in["out_trade_no"], "total_fee": "350", "total_refund_count": strconv.Itoa(len(rows))}
				page := rows[offset:min(offset+per, len(rows))]
				out["refund_count"] = strconv.Itoa(len(page))
				for n, row := range page {
					if on {
						n += offset
					}
					out[fmt.Sprintf("out_refund_no_%d", n)], out[fmt.Sprintf("refund_fee_%d", n)], out[fmt.Sprintf("refund_status_%d", n)] = row[0], row[1], row[2]
				}
				return out
			}
			said, err := g.Query(t.Context(), owing(anOrder(sale.Native)))
			if err != nil || said.Returned != 47 || !said.Pending || said.Refund != sale.RefundDone {
				t.Errorf("%d refunds to a page: %d of 47 fen are back, under way %v, ours %q (%v): a refund that is not seen is paid once more, or owed for ever",
					per, said.Returned, said.Pending, said.Refund, err)
			}
		}
	}
}
