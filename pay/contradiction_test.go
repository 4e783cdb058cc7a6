package pay

import (
	"errors"
	"maps"
	"net/http"
	"testing"

	"kiosk/sale"
)

func TestAChargeThatSaysSuccessAndAnotherStateIsNotKnown(t *testing.T) {
	for word := range tradeStates {
		g, b := meet(t)
		says(b, "micropay", map[string]string{"trade_state": word})
		said, err := each["micropay"](t.Context(), g)
		if paid := err == nil && said.Outcome == sale.OutcomePaid; paid != (word == "SUCCESS") || !paid && said != (sale.Answer{}) {
			t.Errorf("a charge with both codes SUCCESS in the state %s: %+v, %v: goods for nothing", word, said, err)
		}
		g3, b3 := meet3(t)
		b3.bend = func(out map[string]any) { out["trade_state"] = word }
		said, err = each3["codepay"](t.Context(), g3)
		if paid := err == nil && said.Outcome == sale.OutcomePaid; paid != (word == "SUCCESS") {
			t.Errorf("a v3 charge in the state %s: %+v, %v: goods for nothing", word, said, err)
		}
	}
	g, b := meet(t) // as it was seen: no sum, no payment, and the words of a success
	b.says = func(_ string, in map[string]string) map[string]string {
		return map[string]string{"out_trade_no": in["out_trade_no"], "trade_state": "PAYERROR", "err_code": "SUCCESS"}
	}
	if said, err := each["micropay"](t.Context(), g); err == nil {
		t.Errorf("the charge of the note: %+v", said)
	}
}

func TestARefusalThatGivesTheOrderAStateIsNotKnown(t *testing.T) {
	for call, word := range map[string]string{"orderquery": "ORDERNOTEXIST", "micropay": "NOTENOUGH", "closeorder": "ORDERCLOSED", "refundquery": "REFUNDNOTEXIST"} {
		for state := range tradeStates {
			g, b := meet(t)
			says(b, call, map[string]string{"result_code": "FAIL", "err_code": word, "trade_state": state})
			if said, err := each[call](t.Context(), g); err == nil {
				t.Errorf("%s says %s of an order that is %s: %+v", call, word, state, said)
			}
		}
	}
	g, b := meet(t)
	says(b, "micropay", map[string]string{"result_code": "FAIL", "err_code": "USERPAYING", "trade_state": "USERPAYING"})
	if said, err := each["micropay"](t.Context(), g); err != nil || said.Outcome != sale.OutcomePaying {
		t.Errorf("a password that is waited for: %+v, %v", said, err)
	}
	for call, word := range map[string]string{"query": "ORDER_NOT_EXIST", "close": "ORDER_CLOSED", "refund": "TRADE_OVERDUE"} {
		for status, more := range map[int]map[string]any{404: {"code": word, "trade_state": "SUCCESS"}, 200: {"code": word}} {
			g, b := meet3(t)
			b.says = func(asked string, in map[string]any) (int, map[string]any) {
				_, out := usual3(asked, in)
				if out == nil {
					out = map[string]any{}
				}
				maps.Copy(out, more)
				return status, out
			}
			if said, err := each3[call](t.Context(), g); err == nil {
				t.Errorf("%s says %s with HTTP %d and as if all were well: %+v", call, word, status, said)
			}
		}
	}
}

func TestARefundWhoseSumsContradictTheOrderIsNoAnswer(t *testing.T) {
	for call, changes := range map[string][]map[string]string{
		"refund":      {{"refund_fee": "1"}, {"total_fee": "351"}, {"refund_fee": "3.50"}},
		"refundquery": {{"refund_fee_0": "351"}, {"total_fee": "349"}, {"total_fee": "400", "refund_fee_0": "400"}},
	} {
		for _, change := range changes {
			g, b := meet(t)
			says(b, call, change)
			if said, err := each[call](t.Context(), g); err == nil {
				t.Errorf("%s with %v: %+v", call, change, said)
			}
		}
	}
	for _, call := range []string{"refund", "refundquery"} {
		for _, change := range []map[string]any{{"refund": 1, "total": 350}, {"refund": 350, "total": 351}, {"refund": "350", "total": 350}} {
			g, b := meet3(t)
			b.says = func(asked string, in map[string]any) (int, map[string]any) {
				_, out := usual3(asked, in)
				if asked == call {
					out["amount"] = change
				}
				return http.StatusOK, out
			}
			if said, err := each3[call](t.Context(), g); err == nil {
				t.Errorf("v3 %s with %v: %+v", call, change, said)
			}
		}
	}
}

func TestAStateThatNobodyKnowsIsNotKnownAndIsToldByItsWord(t *testing.T) {
	for call, field := range map[string]string{"orderquery": "trade_state", "refundquery": "refund_status_0"} {
		g, b := meet(t)
		says(b, call, map[string]string{field: "FOO"})
		_, err := each[call](t.Context(), g)
		if word := sale.UnknownWord(""); !errors.As(err, &word) || word != "FOO" {
			t.Errorf("%s: nobody hears of FOO: %v", call, err)
		}
	}
	for call, field := range map[string]string{"codepay": "trade_state", "query": "trade_state", "refund": "status", "refundquery": "status"} {
		for said, want := range map[string]string{"FOO": "FOO", "foo 4200001234": "an unknown word"} {
			g, b := meet3(t)
			b.says = func(asked string, in map[string]any) (int, map[string]any) {
				_, out := usual3(asked, in)
				if asked == call {
					out[field] = said
				}
				return http.StatusOK, out
			}
			_, err := each3[call](t.Context(), g)
			if word := sale.UnknownWord(""); !errors.As(err, &word) || string(word) != want {
				t.Errorf("v3 %s: %q is told as %v", call, said, err)
			}
		}
	}
}
