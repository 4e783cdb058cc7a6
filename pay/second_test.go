package pay

import (
	"context"
	"maps"
	"strings"
	"testing"

	"kiosk/sale"
)

// aSecond is the second payment of the tests' order, on its way back.
func aSecond(first sale.Order) sale.Order {
	o := owing(first)
	o.Choice, o.Money.Transaction = string(first.No), "4200001234202603020000000002"
	o.No = sale.SecondNumber("K0042", o.Money.Transaction)
	o.RefundNo = string(o.No) + "R1"
	return o
}

func TestASecondPaymentIsAskedAfterAndRefundedByItsTransaction(t *testing.T) {
	o := aSecond(anOrder(sale.Native))
	g, b := meet(t)
	b.says = func(call string, in map[string]string) map[string]string {
		out := maps.Clone(usual(call, in))
		out["out_trade_no"], out["transaction_id"], out["out_refund_no_0"] = o.Choice, in["transaction_id"], o.RefundNo
		return out
	}
	said, err := g.Query(t.Context(), o)
	if err != nil || said.Outcome != sale.OutcomePaid || said.Money.Transaction != o.Money.Transaction || said.Refund != sale.RefundDone || said.Returned != 350 {
		t.Errorf("under v2 the second payment is %+v, %v", said, err)
	}
	if said, err := g.Refund(t.Context(), o); err != nil || said.Outcome != sale.OutcomeAccepted {
		t.Errorf("under v2 it goes back with %+v, %v", said, err)
	}
	if len(b.asked) != 3 {
		t.Fatalf("%d calls", len(b.asked))
	}
	for i, in := range b.asked {
		if in["out_trade_no"] != "" || in["transaction_id"] != o.Money.Transaction {
			t.Errorf("%s names %q and %q: the gateway may take the first payment for it", b.calls[i], in["out_trade_no"], in["transaction_id"])
		}
	}
	if in := b.asked[2]; in["out_refund_no"] != o.RefundNo || in["refund_fee"] != "350" {
		t.Errorf("asked back is %v", in)
	}

	o.Merchant = anOrder3(sale.Native).Merchant
	g3, b3 := meet3(t)
	b3.bend = func(out map[string]any) {
		out["transaction_id"], out["out_trade_no"] = o.Money.Transaction, o.Choice
		if out["out_refund_no"] != nil {
			out["out_refund_no"] = o.RefundNo
		}
	}
	if said, err := g3.Query(t.Context(), o); err != nil || said.Outcome != sale.OutcomePaid || said.Returned != 350 {
		t.Errorf("under v3 the second payment is %+v, %v", said, err)
	}
	if path := b3.asked[0]["path"]; path != "/v3/pay/transactions/id/"+o.Money.Transaction+"?mchid=10000100" {
		t.Errorf("it is asked after at %v", path)
	}
	if said, err := g3.Refund(t.Context(), o); err != nil || said.Outcome != sale.OutcomeAccepted {
		t.Errorf("under v3 it goes back with %+v, %v", said, err)
	}
	if in := b3.last(); in["out_trade_no"] != nil || in["transaction_id"] != o.Money.Transaction || in["out_refund_no"] != o.RefundNo {
		t.Errorf("asked back is %v", in)
	}
}

// What ties an answer to a second payment is its transaction id, and then the number it was paid under.
func TestAnAnswerThatIsNotTiedToTheSecondPaymentIsNoAnswer(t *testing.T) {
	first := "4200001234202603020000000001"
	for _, name := range []string{"transaction_id", "out_trade_no"} {
		for _, value := range []string{"", first, "K0042-000008ABCDEFGHIJKLMNOPQR"} {
			for call, ask := range map[string]func(sale.Gateway, sale.Order) (sale.Answer, error){
				"query":  func(g sale.Gateway, o sale.Order) (sale.Answer, error) { return g.Query(t.Context(), o) },
				"refund": func(g sale.Gateway, o sale.Order) (sale.Answer, error) { return g.Refund(t.Context(), o) },
			} {
				o := aSecond(anOrder(sale.Native))
				g, b := meet(t)
				b.says = func(asked string, in map[string]string) map[string]string {
					out := maps.Clone(usual(asked, in))
					out["out_trade_no"], out["transaction_id"], out["out_refund_no_0"] = o.Choice, in["transaction_id"], o.RefundNo
					if strings.HasSuffix(asked, call) {
						out[name] = value
					}
					return out
				}
				if said, err := ask(g, o); err == nil {
					t.Errorf("a v2 %s with %s %q counts: %+v", call, name, value, said)
				}
				o.Merchant = anOrder3(sale.Native).Merchant
				g3, b3 := meet3(t)
				b3.bend = func(out map[string]any) {
					out["transaction_id"], out["out_trade_no"] = o.Money.Transaction, o.Choice
					if out["out_refund_no"] != nil {
						out["out_refund_no"] = o.RefundNo
					}
					out[name] = value
				}
				if said, err := ask(g3, o); err == nil {
					t.Errorf("a v3 %s with %s %q counts: %+v", call, name, value, said)
				}
			}
		}
	}
	o := aSecond(anOrder(sale.Native))
	o.Money.Transaction = ""
	g, b := meet(t)
	if _, err := g.Query(t.Context(), o); err == nil || len(b.calls) > 0 {
		t.Errorf("a second payment without its transaction id was asked after: %v", b.calls)
	}
}

func TestTheRefundOfASecondPaymentIsHeldAgainstItsOwnRow(t *testing.T) {
	first := owing(anOrder(sale.Native))
	second := aSecond(anOrder(sale.Native))
	book := map[sale.No]sale.Order{first.No: first, second.No: second}
	n := noticesOf(first)
	n.Order = func(_ context.Context, no sale.No) (sale.Order, bool, error) { o, ok := book[no]; return o, ok, nil }
	told := aRefundNotice(aKey, func(_, in map[string]string) {
		in["transaction_id"], in["out_refund_no"] = second.Money.Transaction, second.RefundNo
	})
	got, err := n.V2(t.Context(), told)
	if err != nil || got.Transaction != second.Money.Transaction || got.No != first.No {
		t.Errorf("the refund is learnt late: %+v, %v", got, err)
	}
	delete(book, second.No)
	if got, err := n.V2(t.Context(), told); err == nil {
		t.Errorf("a refund of a payment that nobody knows counts: %+v", got)
	}
}
