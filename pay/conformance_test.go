package pay

import (
	"context"
	"maps"
	"net/http"
	"testing"

	"kiosk/sale"
)

// stall is a gateway of either kind, told in words that both understand.
type stall struct {
	g       sale.Gateway
	order   func(means sale.Means) sale.Order
	state   func(word string)                               // what a query or a charge says
	refuse  func(call, code2 string, status int, c3 string) // one call is refused
	refunds func(word string)                               // what became of our refund; "" means there is none
	alter   func(field2, field3 string, v string)           // an id of every answer, signed
	forge   func()                                          // every answer is altered after it was signed
	down    func()
	calls   func() []string
}

func stall2(t *testing.T) stall {
	g, b := meet(t)
	change := map[string]map[string]string{}
	b.says = func(call string, in map[string]string) map[string]string {
		if c := change[call]; c["result_code"] != "" {
			return c
		}
		out := usual(call, in)
		maps.Copy(out, change[call])
		if call == "refundquery" && out["out_refund_no_0"] != "" {
			out["total_fee"] = "350"
		}
		return out
	}
	return stall{g: g, order: anOrder,
		state: func(word string) {
			change["orderquery"] = map[string]string{"trade_state": word}
			if word != "SUCCESS" {
				change["micropay"] = map[string]string{"result_code": "FAIL", "err_code": word}
			}
		},
		refuse: func(call, code string, _ int, _ string) {
			change[call2[call]] = map[string]string{"result_code": "FAIL", "err_code": code, "recall": "N"}
		},
		refunds: func(word string) {
			change["refundquery"] = map[string]string{"refund_status_0": map[string]string{"CLOSED": "REFUNDCLOSE", "ABNORMAL": "CHANGE"}[word]}
			switch {
			case word == "":
				change["refundquery"] = map[string]string{"result_code": "FAIL", "err_code": "REFUNDNOTEXIST"}
			case change["refundquery"]["refund_status_0"] == "":
				change["refundquery"]["refund_status_0"] = word
			}
		},
		alter: func(field, _, v string) { b.bend = func(out map[string]string) { out[field] = v } },
		forge: func() { b.forge = func(out map[string]string) { out["nonce_str"] += "x" } },
		down:  func() { b.send = status(502) },
		calls: func() []string { return b.calls },
	}
}

// call2 are the names that API v2 has for the deeds.
var call2 = map[string]string{"ask": "unifiedorder", "charge": "micropay", "query": "orderquery", "close": "closeorder", "reverse": "reverse", "refund": "refund", "refundquery": "refundquery"}

func stall3(t *testing.T) stall {
	g, b := meet3(t)
	says := map[string]func(string, map[string]any) (int, map[string]any){}
	b.says = func(call string, in map[string]any) (int, map[string]any) {
		if s := says[call]; s != nil {
			return s(call, in)
		}
		return usual3(call, in)
	}
	tell := func(name, word string) func(string, map[string]any) (int, map[string]any) {
		return func(call string, in map[string]any) (int, map[string]any) {
			status, out := usual3(call, in)
			out[name] = word
			return status, out
		}
	}
	return stall{g: g, order: anOrder3,
		state: func(word string) {
			says["query"], says["codepay"] = tell("trade_state", word), tell("trade_state", word)
		},
		refuse: func(call, _ string, status int, code string) {
			name := map[string]string{"ask": "native", "charge": "codepay"}[call]
			if name == "" {
				name = call
			}
			says[name] = no3(name, status, code)
		},
		refunds: func(word string) {
			says["refundquery"] = tell("status", word)
			if word == "" {
				says["refundquery"] = no3("refundquery", 404, "RESOURCE_NOT_EXISTS")
			}
		},
		alter: func(_, field, v string) { b.bend = func(out map[string]any) { out[field] = v } },
		forge: func() { head3(func(h http.Header) { h.Set("Wechatpay-Nonce", "x") })(b) },
		down:  func() { b.send = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) } },
		calls: func() []string { return b.calls },
	}
}

// deed is one call of the port.
func deed(ctx context.Context, s stall, what string) (sale.Answer, error) {
	switch what {
	case "ask":
		return s.g.Ask(ctx, s.order(sale.Native))
	case "charge":
		return s.g.Charge(ctx, s.order(sale.Code), aCode)
	case "close":
		return s.g.Cancel(ctx, s.order(sale.Native))
	case "reverse":
		return s.g.Cancel(ctx, s.order(sale.Code))
	case "refund":
		return s.g.Refund(ctx, owing(s.order(sale.Native)))
	case "refundquery":
		return s.g.Query(ctx, owing(s.order(sale.Native)))
	}
	return s.g.Query(ctx, s.order(sale.Native))
}

// scenes are what may become of an order, and what the house must take it for under either API.
var scenes = []struct {
	what string
	play func(s stall)
	deed string
	want sale.Answer // Outcome, Cause, and what of Money and the refunds is told
	bad  bool        // it must be an error: not known
}{
	{what: "a code to show", deed: "ask", want: sale.Answer{Outcome: sale.OutcomeAccepted, CodeURL: "weixin://wxpay/bizpayurl?pr=abc&x=<1>"}},
	{what: "the number was used", deed: "ask", play: func(s stall) { s.refuse("ask", "OUT_TRADE_NO_USED", 403, "OUT_TRADE_NO_USED") }, want: sale.Answer{Outcome: sale.OutcomeDenied}},
	{what: "the gateway is busy", deed: "ask", play: func(s stall) { s.refuse("ask", "SYSTEMERROR", 500, "SYSTEM_ERROR") }, want: sale.Answer{Outcome: sale.OutcomeAgain}},
	{what: "the appid is not bound", deed: "ask", play: func(s stall) { s.refuse("ask", "APPID_MCHID_NOT_MATCH", 400, "APPID_MCHID_NOT_MATCH") }, want: sale.Answer{Outcome: sale.OutcomeFaulty, Cause: sale.CauseConfig}},
	{what: "a charge is paid", deed: "charge", want: sale.Answer{Outcome: sale.OutcomePaid, Money: sale.Money{Fen: 350}}},
	{what: "a charge waits for the password", deed: "charge", play: func(s stall) { s.state("USERPAYING") }, want: sale.Answer{Outcome: sale.OutcomePaying}},
	{what: "a charge fails somewhere", deed: "charge", play: func(s stall) { s.refuse("charge", "SYSTEMERROR", 500, "SYSTEM_ERROR") }, bad: true},
	{what: "a charge fails at the bank", deed: "charge", play: func(s stall) { s.refuse("charge", "BANKERROR", 500, "BANK_ERROR") }, bad: true},
	{what: "a charge comes too fast", deed: "charge", play: func(s stall) { s.refuse("charge", "FREQUENCY_LIMITED", 429, "FREQUENCY_LIMITED") }, bad: true},
	{what: "paid", deed: "query", want: sale.Answer{Outcome: sale.OutcomePaid, Money: sale.Money{Fen: 350}}},
	{what: "not paid", deed: "query", play: func(s stall) { s.state("NOTPAY") }, want: sale.Answer{Outcome: sale.OutcomeUnpaid}},
	{what: "the password is typed", deed: "query", play: func(s stall) { s.state("USERPAYING") }, want: sale.Answer{Outcome: sale.OutcomePaying}},
	{what: "the payment failed", deed: "query", play: func(s stall) { s.state("PAYERROR") }, want: sale.Answer{Outcome: sale.OutcomeFailed}},
	{what: "closed", deed: "query", play: func(s stall) { s.state("CLOSED") }, want: sale.Answer{Outcome: sale.OutcomeGone}},
	{what: "reversed", deed: "query", play: func(s stall) { s.state("REVOKED") }, want: sale.Answer{Outcome: sale.OutcomeGone, Cause: sale.CauseReversed}},
	{what: "a new word", deed: "query", play: func(s stall) { s.state("FOO") }, bad: true},
	{what: "unknown there", deed: "query", play: func(s stall) { s.refuse("query", "ORDERNOTEXIST", 404, "ORDER_NOT_EXIST") }, want: sale.Answer{Outcome: sale.OutcomeMissing}},
	{what: "asked too often", deed: "query", play: func(s stall) { s.refuse("query", "FREQUENCY_LIMITED", 429, "FREQUENCY_LIMITED") }, want: sale.Answer{Outcome: sale.OutcomeAgain}},
	{what: "a wrong signature of ours", deed: "query", play: func(s stall) { s.refuse("query", "SIGNERROR", 401, "SIGN_ERROR") }, want: sale.Answer{Outcome: sale.OutcomeFaulty, Cause: sale.CauseConfig}},
	{what: "repaid", deed: "refundquery", play: func(s stall) { s.state("REFUND") }, want: sale.Answer{Outcome: sale.OutcomeReturned, Money: sale.Money{Fen: 350}, Returned: 350, Refund: sale.RefundDone}},
	{what: "repaid, the order does not know yet", deed: "refundquery", play: func(s stall) { s.state("SUCCESS") }, want: sale.Answer{Outcome: sale.OutcomePaid, Money: sale.Money{Fen: 350}, Returned: 350, Refund: sale.RefundDone}},
	{what: "being repaid", deed: "refundquery", play: func(s stall) { s.state("REFUND"); s.refunds("PROCESSING") }, want: sale.Answer{Outcome: sale.OutcomeReturned, Money: sale.Money{Fen: 350}, Pending: true, Refund: sale.RefundPending}},
	{what: "the refund was closed", deed: "refundquery", play: func(s stall) { s.state("REFUND"); s.refunds("CLOSED") }, want: sale.Answer{Outcome: sale.OutcomeReturned, Money: sale.Money{Fen: 350}, Refund: sale.RefundClosed}},
	{what: "the card is dead", deed: "refundquery", play: func(s stall) { s.state("REFUND"); s.refunds("ABNORMAL") }, want: sale.Answer{Outcome: sale.OutcomeReturned, Money: sale.Money{Fen: 350}, Refund: sale.RefundAbnormal}},
	{what: "nothing was sent back", deed: "refundquery", play: func(s stall) { s.refunds("") }, want: sale.Answer{Outcome: sale.OutcomePaid, Money: sale.Money{Fen: 350}}},
	{what: "the refunds are not told", deed: "refundquery", play: func(s stall) { s.refuse("refundquery", "SYSTEMERROR", 500, "SYSTEM_ERROR") }, want: sale.Answer{Outcome: sale.OutcomeAgain}},
	{what: "closed by us", deed: "close", want: sale.Answer{Outcome: sale.OutcomeAccepted}},
	{what: "it was paid before", deed: "close", play: func(s stall) { s.refuse("close", "ORDERPAID", 400, "ORDER_PAID") }, want: sale.Answer{Outcome: sale.OutcomePaid}},
	{what: "it was closed before", deed: "close", play: func(s stall) { s.refuse("close", "ORDERCLOSED", 400, "ORDER_CLOSED") }, want: sale.Answer{Outcome: sale.OutcomeGone}},
	{what: "nothing to close", deed: "close", play: func(s stall) { s.refuse("close", "ORDERNOTEXIST", 404, "ORDER_NOT_EXIST") }, want: sale.Answer{Outcome: sale.OutcomeMissing}},
	{what: "reversed by us", deed: "reverse", want: sale.Answer{Outcome: sale.OutcomeAccepted}},
	{what: "too early to reverse", deed: "reverse", play: func(s stall) { s.refuse("reverse", "USERPAYING", 400, "USERPAYING") }, want: sale.Answer{Outcome: sale.OutcomeDenied}},
	{what: "nothing to reverse", deed: "reverse", play: func(s stall) { s.refuse("reverse", "ORDERNOTEXIST", 404, "ORDER_NOT_EXIST") }, bad: true},
	{what: "the refund is taken", deed: "refund", want: sale.Answer{Outcome: sale.OutcomeAccepted}},
	{what: "the balance is low", deed: "refund", play: func(s stall) { s.refuse("refund", "NOTENOUGH", 403, "NOT_ENOUGH") }, want: sale.Answer{Outcome: sale.OutcomeDenied, Cause: sale.CauseRefundFunds}},
	{what: "the payer's account is gone", deed: "refund", play: func(s stall) { s.refuse("refund", "USER_ACCOUNT_ABNORMAL", 403, "USER_ACCOUNT_ABNORMAL") }, want: sale.Answer{Outcome: sale.OutcomeDenied, Cause: sale.CauseRefundImpossible}},
	{what: "the refund is invalid", deed: "refund", play: func(s stall) { s.refuse("refund", "INVALID_REQUEST", 400, "INVALID_REQUEST") }, want: sale.Answer{Outcome: sale.OutcomeDenied, Cause: sale.CauseRuleLimit}},
	{what: "too late to refund", deed: "refund", play: func(s stall) { s.refuse("refund", "TRADE_OVERDUE", 403, "TRADE_OVERDUE") }, want: sale.Answer{Outcome: sale.OutcomeDenied, Cause: sale.CauseRefundImpossible}},
	{what: "the customer's balance is low", deed: "ask", play: func(s stall) { s.refuse("ask", "NOTENOUGH", 403, "NOT_ENOUGH") }, want: sale.Answer{Outcome: sale.OutcomeDenied, Cause: sale.CausePayerFunds}},
	{what: "refunds come too fast", deed: "refund", play: func(s stall) { s.refuse("refund", "FREQUENCY_LIMITED", 429, "FREQUENCY_LIMITED") }, want: sale.Answer{Outcome: sale.OutcomeAgain}},
	{what: "no such payment", deed: "refund", play: func(s stall) { s.refuse("refund", "ORDERNOTEXIST", 404, "RESOURCE_NOT_EXISTS") }, want: sale.Answer{Outcome: sale.OutcomeMissing}},
	{what: "for another merchant", deed: "query", play: func(s stall) { s.alter("mch_id", "mchid", "10000101") }, bad: true},
	{what: "for another app", deed: "query", play: func(s stall) { s.alter("appid", "appid", "wx0") }, bad: true},
	{what: "for another order", deed: "query", play: func(s stall) { s.alter("out_trade_no", "out_trade_no", "K0042-000008ABCDEFGHIJKLMNOPQR") }, bad: true},
}

// The same scenes under both APIs: what a customer may lose must not hang on the key that the owner has.
func TestBothInterfacesConform(t *testing.T) {
	for _, scene := range scenes {
		for api, open := range map[string]func(*testing.T) stall{"v2": stall2, "v3": stall3} {
			s := open(t)
			if scene.play != nil {
				scene.play(s)
			}
			said, err := deed(t.Context(), s, scene.deed)
			told := said
			told.Code, told.Date, told.Money.Transaction, told.Money.Currency = "", scene.want.Date, "", ""
			told.Money.At = scene.want.Money.At
			if scene.bad != (err != nil) || !scene.bad && told != scene.want {
				t.Errorf("%s, %s: %+v, %v; the house means %+v", api, scene.what, said, err, scene.want)
			}
			if said.Money.Fen != 0 && (said.Money.Transaction != aPayment || said.Money.Currency != "CNY" || !said.Money.At.Equal(paidAt)) {
				t.Errorf("%s, %s: %+v", api, scene.what, said.Money)
			}
			if n := len(s.calls()); n != map[bool]int{true: 2, false: 1}[scene.deed == "refundquery"] {
				t.Errorf("%s, %s: %d calls", api, scene.what, n)
			}
		}
	}
	if len(scenes) < 40 {
		t.Errorf("only %d scenes", len(scenes))
	}
}

func TestNeitherInterfaceBelievesAForgeryOrAnOutage(t *testing.T) {
	for call := range call2 {
		for api, open := range map[string]func(*testing.T) stall{"v2": stall2, "v3": stall3} {
			for what, play := range map[string]func(s stall){"a forgery": func(s stall) { s.forge() }, "an outage": func(s stall) { s.down() }} {
				s := open(t)
				play(s)
				if said, err := deed(t.Context(), s, call); err == nil || said != (sale.Answer{}) {
					t.Errorf("%s, %s by %s: %+v", api, call, what, said)
				}
			}
		}
	}
}
