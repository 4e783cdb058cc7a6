package pay

import (
	"maps"
	"net/http"
	"testing"

	"kiosk/sale"
)

// ties are the fields by which an answer of API v2 shows that it is about our order, by call.
var ties = map[string][]string{
	"unifiedorder": {"appid", "mch_id"},
	"micropay":     {"appid", "mch_id", "out_trade_no"},
	"orderquery":   {"appid", "mch_id", "out_trade_no"},
	"closeorder":   {"appid", "mch_id"},
	"reverse":      {"appid", "mch_id"},
	"refund":       {"appid", "mch_id", "out_trade_no", "out_refund_no"},
	"refundquery":  {"appid", "mch_id", "out_trade_no"},
}

// says answers one call in other words, and the others as usual.
func says(b *booth, call string, change map[string]string) {
	b.says = func(asked string, in map[string]string) map[string]string {
		out := maps.Clone(usual(asked, in))
		if asked == call {
			if out == nil {
				out = map[string]string{}
			}
			maps.Copy(out, change)
		}
		return out
	}
}

func TestASignedAnswerThatIsNotTiedToItsOrderIsNoAnswerWhateverItsWord(t *testing.T) {
	n := 0
	for call, fields := range ties {
		words := map[string]map[string]string{"taken": {}}
		if call == "orderquery" {
			for word := range tradeStates {
				words[word] = map[string]string{"trade_state": word}
			}
		}
		for what, word := range words {
			for _, name := range append(fields, "an id of no order") {
				for _, value := range []string{"", "another"} {
					change := map[string]string{name: value}
					if name == "an id of no order" { // where it need not be, it may still not be another's
						change = map[string]string{"out_trade_no": "another"}
					}
					maps.Copy(change, word)
					g, b := meet(t)
					says(b, call, change)
					if said, err := each[call](t.Context(), g); err == nil || said != (sale.Answer{}) {
						t.Errorf("%s says %s with %s %q, and it counts: %+v", call, what, name, value, said)
					}
					n++
				}
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d answers were tried", n)
	}
}

func TestARefundOfAnotherPaymentIsNoAnswer(t *testing.T) {
	for _, call := range []string{"refund", "refundquery"} {
		g, b := meet(t)
		says(b, call, map[string]string{"transaction_id": "4200009999202603020000000009"})
		if said, err := each[call](t.Context(), g); err == nil {
			t.Errorf("%s of another payment: %+v", call, said)
		}
	}
}

func TestARefusalWithoutIdsProvesOnlyThatNothingWasOrdered(t *testing.T) {
	refusals := map[string]string{"unifiedorder": "NOAUTH", "micropay": "NOTENOUGH", "orderquery": "ORDERNOTEXIST", "closeorder": "ORDERCLOSED",
		"reverse": "TRADE_ERROR", "refund": "TRADE_OVERDUE", "refundquery": "REFUNDNOTEXIST"}
	for call, word := range refusals {
		for _, c := range []struct {
			what          string
			appid, number string
			counts        bool
		}{
			{"no ids", "", "", call == "unifiedorder"},
			{"another appid", "wx0000000000000000", "10000100", false},
			{"another mch_id", "", "10000101", false},
		} {
			g, b := meet(t)
			says(b, call, map[string]string{"result_code": "FAIL", "err_code": word, "recall": "N", "appid": c.appid, "mch_id": c.number})
			said, err := each[call](t.Context(), g)
			if (err == nil) != c.counts || c.counts && (said.Outcome != sale.OutcomeFaulty || said.Code != word) {
				t.Errorf("%s refused with %s and %s: %+v, %v", call, word, c.what, said, err)
			}
		}
	}
}

func TestAV3AnswerThatIsNotTiedToItsOrderIsNoAnswerWhateverItsWord(t *testing.T) {
	ties3 := map[string][]string{"codepay": {"appid", "mchid", "out_trade_no"}, "query": {"appid", "mchid", "out_trade_no"},
		"reverse": {"appid", "mchid", "out_trade_no"}, "refund": {"out_trade_no", "out_refund_no"}, "refundquery": {"out_trade_no", "out_refund_no"}}
	for call, fields := range ties3 {
		for word := range tradeStates {
			for _, name := range fields {
				for _, value := range []any{nil, "another", 7} {
					g, b := meet3(t)
					b.says = func(asked string, in map[string]any) (int, map[string]any) {
						status, out := usual3(asked, in)
						if asked == call {
							out["trade_state"], out[name] = word, value
							if value == nil {
								delete(out, name)
							}
						}
						return status, out
					}
					if said, err := each3[call](t.Context(), g); err == nil {
						t.Errorf("%s says %s with %s %v, and it counts: %+v", call, word, name, value, said)
					}
				}
			}
		}
	}
}

func TestAV3RefusalThatNamesSomebodyElseIsNoAnswer(t *testing.T) {
	for call, word := range map[string]string{"native": "ORDER_CLOSED", "query": "ORDER_NOT_EXIST", "close": "ORDER_CLOSED", "reverse": "TRADE_ERROR",
		"refund": "TRADE_OVERDUE", "refundquery": "RESOURCE_NOT_EXISTS"} {
		for _, name := range []string{"", "appid", "mchid", "sub_mchid", "out_trade_no"} {
			g, b := meet3(t)
			b.says = func(asked string, in map[string]any) (int, map[string]any) {
				if asked != call {
					return usual3(asked, in)
				}
				return http.StatusBadRequest, map[string]any{"code": word, "message": "x", name: "another"}
			}
			if said, err := each3[call](t.Context(), g); (err == nil) != (name == "") {
				t.Errorf("%s refused with %s and another %q: %+v, %v", call, word, name, said, err)
			}
		}
	}
}
