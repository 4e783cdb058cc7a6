package pay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

const itsNo = "K0042-000007ABCDEFGHIJKLMNOPQR"

// asJSON makes two bodies alike that say the same.
func asJSON(v any) (out any) {
	text, _ := json.Marshal(v)
	json.Unmarshal(text, &out)
	return out
}

// sent tells whether the last request was this one, and no field more.
func sent(t *testing.T, b *booth3, path string, want map[string]any) {
	t.Helper()
	in := map[string]any{}
	for name, v := range b.last() {
		in[name] = v
	}
	if in["path"] != path {
		t.Errorf("the gateway was asked at %v, not %s", in["path"], path)
	}
	delete(in, "path")
	if _, there := want["out_trade_no"]; !there {
		delete(in, "out_trade_no")
	}
	if !reflect.DeepEqual(asJSON(in), asJSON(want)) {
		t.Errorf("the gateway was asked\n %v\nbut the house means\n %v", asJSON(in), asJSON(want))
	}
}

type m = map[string]any

func sub3(o sale.Order) sale.Order {
	o.Merchant.SubAppID, o.Merchant.SubMchID = "wxsub", "1900000109"
	return o
}

var (
	direct3 = m{"appid": "wxd930ea5d5a258f4f", "mchid": "10000100"}
	partner = m{"sp_appid": "wxd930ea5d5a258f4f", "sp_mchid": "10000100", "sub_appid": "wxsub", "sub_mchid": "1900000109"}
)

func with(all ...m) m {
	out := m{}
	for _, one := range all {
		for name, v := range one {
			out[name] = v
		}
	}
	return out
}

func TestV3OrdersACode(t *testing.T) {
	for path, ids := range map[string]m{"/v3/pay/transactions/native": direct3, "/v3/pay/partner/transactions/native": partner} {
		g, b := meet3(t)
		o := anOrder3(sale.Native)
		if len(ids) == 4 {
			o = sub3(o)
		}
		o.Expires = time.Date(2026, 3, 1, 17, 30, 0, 0, time.UTC)
		said, err := g.Ask(t.Context(), o)
		if err != nil || said.Outcome != sale.OutcomeAccepted || said.CodeURL != "weixin://wxpay/bizpayurl?pr=abc&x=<1>" || said.Date.IsZero() {
			t.Errorf("no code to show: %+v, %v", said, err)
		}
		sent(t, b, path, with(ids, m{"description": "自助售货机-可口可乐 330ml", "out_trade_no": itsNo, "amount": m{"total": 350, "currency": "CNY"},
			"notify_url": "https://pay.example/notify", "time_expire": "2026-03-02T01:30:00+08:00", "scene_info": m{"payer_client_ip": "10.1.2.3", "device_id": "K0042"}}))
	}
	g, b := meet3(t)
	if _, err := g.Ask(t.Context(), anOrder3(sale.Code)); err == nil || len(b.calls) != 0 {
		t.Error("a code order was asked for as a QR code")
	}
}

func TestV3ChargesACode(t *testing.T) {
	for store, place := range map[string]m{"": {"out_id": "K0042"}, "3060": {"id": "3060"}, "shop 7": {"out_id": "shop 7"}} {
		for path, ids := range map[string]m{"/v3/pay/transactions/codepay": direct3, "/v3/pay/partner/transactions/codepay": partner} {
			g, b := meet3(t)
			g.Store = store
			o := anOrder3(sale.Code)
			if len(ids) == 4 {
				o = sub3(o)
			}
			said, err := g.Charge(t.Context(), o, aCode)
			said.Money.At = said.Money.At.UTC()
			if want := (sale.Money{Transaction: aPayment, Fen: 350, Currency: "CNY", At: paidAt}); err != nil || said.Outcome != sale.OutcomePaid || said.Code != "SUCCESS" || said.Money != want {
				t.Errorf("the customer paid and got %+v, %v", said, err)
			}
			sent(t, b, path, with(ids, m{"description": "自助售货机-可口可乐 330ml", "out_trade_no": itsNo, "amount": m{"total": 350, "currency": "CNY"},
				"payer": m{"auth_code": aCode}, "scene_info": m{"device_ip": "10.1.2.3", "device_id": "K0042", "store_info": place}}))
		}
	}
	g, b := meet3(t)
	for _, code := range []string{"", "1", "164650720866361395", "13465072086636139x"} {
		if _, err := g.Charge(t.Context(), anOrder3(sale.Code), code); err == nil || len(b.calls) > 0 {
			t.Errorf("%q was sent as a payment code", code)
		}
	}
}

func TestV3ChargeBelievesNothingButPaidAndPaying(t *testing.T) {
	for word, want := range map[string]sale.Outcome{"SUCCESS": sale.OutcomePaid, "USERPAYING": sale.OutcomePaying, "NOTPAY": unknown, "PAYERROR": unknown, "REVOKED": unknown, "CLOSED": unknown, "": unknown, "FOO": unknown} {
		g, b := meet3(t)
		b.bend = func(out map[string]any) { out["trade_state"] = word }
		if said, err := g.Charge(t.Context(), anOrder3(sale.Code), aCode); said.Outcome != want || (err == nil) != (want != unknown) {
			t.Errorf("%s: %+v, %v", word, said, err)
		}
	}
	for _, status := range []int{201, 202, 204, 400, 401, 403, 404, 409, 429, 500, 502, 503} {
		for _, code := range []string{"USERPAYING", "AUTH_CODE_INVALID", "NOT_ENOUGH", "SYSTEM_ERROR", "ORDER_NOT_EXIST", "SIGN_ERROR"} {
			g, b := meet3(t)
			b.says = no3("codepay", status, code)
			if said, err := g.Charge(t.Context(), anOrder3(sale.Code), aCode); err == nil {
				t.Errorf("HTTP %d %s decides %+v of a charge", status, code, said)
			}
		}
	}
}

func TestV3QueryTellsTheTradeState(t *testing.T) {
	for word, means := range tradeStates {
		want := means.outcome
		g, b := meet3(t)
		b.bend = func(out map[string]any) {
			if _, order := out["trade_state"]; order {
				out["trade_state"] = word
				if want != sale.OutcomePaid && want != sale.OutcomeReturned {
					for _, name := range []string{"amount", "transaction_id", "success_time", "payer", "trade_type", "bank_type"} {
						delete(out, name)
					}
				}
			}
		}
		said, err := g.Query(t.Context(), anOrder3(sale.Native))
		if err != nil || said.Outcome != want || said.Code != word || (said.Cause == sale.CauseReversed) != (word == "REVOKED") {
			t.Errorf("%s: %+v, %v", word, said, err)
		}
		if paid := want == sale.OutcomePaid || want == sale.OutcomeReturned; paid != (said.Money.Fen == 350) {
			t.Errorf("%s: money %+v", word, said.Money)
		}
		sent(t, b, "/v3/pay/transactions/out-trade-no/"+itsNo+"?mchid=10000100", m{})
	}
	g, b := meet3(t)
	if said, err := g.Query(t.Context(), sub3(anOrder3(sale.Native))); err != nil || said.Outcome != sale.OutcomePaid {
		t.Errorf("%+v, %v", said, err)
	}
	sent(t, b, "/v3/pay/partner/transactions/out-trade-no/"+itsNo+"?sp_mchid=10000100&sub_mchid=1900000109", m{})
}

func TestV3CancelClosesOrReverses(t *testing.T) {
	base, part := "/v3/pay/transactions/out-trade-no/"+itsNo, "/v3/pay/partner/transactions/out-trade-no/"+itsNo
	for _, c := range []struct {
		o    sale.Order
		path string
		body m
	}{
		{anOrder3(sale.Native), base + "/close", m{"mchid": "10000100"}},
		{anOrder3(sale.JSAPI), base + "/close", m{"mchid": "10000100"}},
		{sub3(anOrder3(sale.Native)), part + "/close", m{"sp_mchid": "10000100", "sub_mchid": "1900000109"}},
		{anOrder3(sale.Code), base + "/reverse", direct3},
		{sub3(anOrder3(sale.Code)), part + "/reverse", partner},
	} {
		g, b := meet3(t)
		if said, err := g.Cancel(t.Context(), c.o); err != nil || said.Outcome != sale.OutcomeAccepted || said.Money != (sale.Money{}) {
			t.Errorf("%s: %+v, %v", c.path, said, err)
		}
		sent(t, b, c.path, c.body)
	}
}

func TestV3RefundAsksForMoneyBack(t *testing.T) {
	g, b := meet3(t)
	o := owing(anOrder3(sale.Native))
	o.Fen, o.Money.Fen, o.RefundFen = 350, 400, 399 // what was paid counts, not the price
	said, err := g.Refund(t.Context(), o)
	if err != nil || said.Outcome != sale.OutcomeAccepted || said.Refund != "" || said.Returned != 0 {
		t.Errorf("accepted is not repaid: %+v, %v", said, err)
	}
	want := m{"out_trade_no": itsNo, "out_refund_no": itsNo + "R1", "amount": m{"total": 400, "refund": 399, "currency": "CNY"}, "notify_url": "https://pay.example/notify"}
	sent(t, b, "/v3/refund/domestic/refunds", want)
	g.Refund(t.Context(), sub3(o))
	sent(t, b, "/v3/refund/domestic/refunds", with(want, m{"sub_mchid": "1900000109"}))
	n := len(b.calls)
	for _, fen := range []sale.Fen{0, -1, 401} {
		o.RefundFen = fen
		if _, err := g.Refund(t.Context(), o); err == nil || len(b.calls) != n {
			t.Errorf("%d of 400 fen were asked back", fen)
		}
	}
}

func TestV3OrdersForAPage(t *testing.T) {
	for path, c := range map[string]struct{ ids, payer m }{
		"/v3/pay/transactions/jsapi":         {direct3, m{"openid": anOpenID}},
		"/v3/pay/partner/transactions/jsapi": {partner, m{"sub_openid": anOpenID}},
	} {
		g, b := meet3(t)
		o := anOrder3(sale.JSAPI)
		if len(c.ids) == 4 {
			o = sub3(o)
		}
		id, err := g.JSAPI(t.Context(), o, anOpenID)
		if err != nil || id != "wx201410272009395522657a690389285100" {
			t.Errorf("%s, %v", id, err)
		}
		sent(t, b, path, with(c.ids, m{"description": "自助售货机-可口可乐 330ml", "out_trade_no": itsNo, "amount": m{"total": 350, "currency": "CNY"},
			"notify_url": "https://pay.example/notify", "payer": c.payer, "scene_info": m{"payer_client_ip": "10.1.2.3", "device_id": "K0042"}}))
		page, err := g.PaySign(t.Context(), o.Merchant, id)
		text := page.AppID + "\n" + page.TimeStamp + "\n" + page.NonceStr + "\nprepay_id=" + id + "\n"
		if err != nil || page.PaySign != sign3(keysOf()["merchant"], text) || page.SignType != "RSA" || page.AppID != map[bool]string{true: "wxsub", false: "wxd930ea5d5a258f4f"}[len(c.ids) == 4] {
			t.Errorf("the page cannot open the cashier: %+v, %v", page, err)
		}
	}
	g, b := meet3(t)
	o := sub3(anOrder3(sale.JSAPI))
	o.Merchant.SubAppID = ""
	if _, err := g.JSAPI(t.Context(), o, anOpenID); err != nil || !reflect.DeepEqual(b.last()["payer"], m{"sp_openid": anOpenID}) {
		t.Errorf("%v: %v", b.last(), err)
	}
	for _, bad := range []func() (string, error){
		func() (string, error) { return g.JSAPI(t.Context(), anOrder3(sale.Native), anOpenID) },
		func() (string, error) { return g.JSAPI(t.Context(), anOrder3(sale.JSAPI), "") },
	} {
		if id, err := bad(); err == nil {
			t.Errorf("ordered %s", id)
		}
	}
}

func TestV3TellsWhatOfOursHasGoneBack(t *testing.T) {
	for _, c := range []struct {
		state   string
		fen     sale.Fen
		pending bool
		ours    string
	}{{"SUCCESS", 350, false, sale.RefundDone}, {"PROCESSING", 0, true, sale.RefundPending}, {"CLOSED", 0, false, sale.RefundClosed}, {"ABNORMAL", 0, false, sale.RefundAbnormal}, {"", 0, false, ""}} {
		for _, state := range []sale.State{sale.Refunding, sale.Owed, sale.Closing} {
			for _, word := range []string{"SUCCESS", "REFUND"} {
				g, b := meet3(t)
				b.says = func(call string, in map[string]any) (int, map[string]any) {
					status, out := usual3(call, in)
					switch {
					case call == "query":
						out["trade_state"] = word
					case c.state == "":
						return no3(call, 404, "RESOURCE_NOT_EXISTS")(call, in)
					default:
						out["status"] = c.state
					}
					return status, out
				}
				o := owing(anOrder3(sale.Native))
				o.State = state
				said, err := g.Query(t.Context(), o)
				if err != nil || said.Money.Fen != 350 || said.Money.Transaction != aPayment {
					t.Errorf("%s, %s, %s: %+v, %v", c.state, state, word, said, err)
				}
				if state == sale.Closing && word == "SUCCESS" {
					if len(b.calls) != 1 {
						t.Errorf("a sale waits for %v", b.calls)
					}
					continue
				}
				if said.Returned != c.fen || said.Pending != c.pending || said.Refund != c.ours || said.Outcome != tradeStates[word].outcome {
					t.Errorf("%s, %s, %s: %+v", c.state, state, word, said)
				}
				sent(t, b, "/v3/refund/domestic/refunds/"+itsNo+"R1", m{})
			}
		}
	}
	g, b := meet3(t)
	b.bend = func(out map[string]any) { out["trade_state"] = "REFUND" }
	said, err := g.Query(t.Context(), anOrder3(sale.Native))
	if err != nil || said.Outcome != sale.OutcomeReturned || said.Returned != 0 || said.Refund != "" || said.Money.Fen != 350 || len(b.calls) != 1 {
		t.Errorf("another hand gave it back: %+v, %v by %v", said, err, b.calls)
	}
}

func TestAV3AnswerThatLacksSomethingIsNoAnswer(t *testing.T) {
	bad := map[string]map[string][]any{
		"query": {
			"amount": {nil, 350, "350", []any{}}, "total": {nil, "350", 3.5, -350, 1e15, true, m{}}, "currency": {"", 156, m{}},
			"transaction_id": {nil, "", 4200001234, m{}}, "success_time": {nil, "", "20260302120506", "2026-03-02 12:05:06", 1}, "trade_state": {nil, "", "success", "SUCCESS ", 1},
		},
		"refund":      {"status": {nil, "", "FOO", 1}},
		"refundquery": {"status": {nil, "", "FOO", 1}, "refund": {nil, "350", 3.5, -1}},
		"native":      {"code_url": {nil, "", 1}},
		"jsapi":       {"prepay_id": {nil, "", 1}},
	}
	bad["codepay"] = bad["query"]
	n := 0
	for call, names := range bad {
		for name, values := range names {
			for _, value := range values {
				g, b := meet3(t)
				b.says = func(asked string, in map[string]any) (int, map[string]any) {
					status, out := usual3(asked, in)
					if asked != call {
						return status, out
					}
					at := out
					if name == "total" || name == "currency" || name == "refund" {
						at = out["amount"].(m)
					}
					if at[name] = value; value == nil {
						delete(at, name)
					}
					return status, out
				}
				if said, err := each3[call](t.Context(), g); err == nil {
					t.Errorf("%s with %s %v says %+v", call, name, value, said)
				} else {
					quiet(t, call+" "+name, err)
				}
				n++
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d answers were tried", n)
	}
}

func TestV3MoneyIsPassedOnAsItIs(t *testing.T) {
	for _, c := range []struct {
		amount   m
		currency string
		fen      sale.Fen
	}{{m{"total": 350}, "CNY", 350}, {m{"total": 1, "currency": "CNY", "payer_total": 0}, "CNY", 1}, {m{"total": 7, "currency": "USD"}, "USD", 7}} {
		g, b := meet3(t)
		b.bend = func(out map[string]any) { out["amount"] = c.amount }
		if said, err := g.Query(t.Context(), anOrder3(sale.Native)); err != nil || said.Money.Fen != c.fen || said.Money.Currency != c.currency {
			t.Errorf("%v is read as %+v, %v", c.amount, said.Money, err)
		}
	}
}

func TestAV3RequestSentAgainDoesNotDiffer(t *testing.T) {
	for call, do := range each3 {
		g, b := meet3(t)
		g.IP = ""
		for range 2 {
			if _, err := do(t.Context(), g); err != nil {
				t.Fatal(call, err)
			}
		}
		half := len(b.asked) / 2
		if !reflect.DeepEqual(b.asked[:half], b.asked[half:]) {
			t.Errorf("%s was %v, then %v: the gateway takes that for another order", call, b.asked[:half], b.asked[half:])
		}
	}
}

func TestAV3OrderIsAskedUnderTheIDsItWasBornUnder(t *testing.T) {
	for what, change := range map[string]func(p *sale.Merchant){
		"API v2":        func(p *sale.Merchant) { p.API = "v2" },
		"no appid":      func(p *sale.Merchant) { p.AppID = "" },
		"no mchid":      func(p *sale.Merchant) { p.MchID = "" },
		"another mchid": func(p *sale.Merchant) { p.MchID = "10000101" },
	} {
		g, b := meet3(t)
		o := anOrder3(sale.Native)
		change(&o.Merchant)
		if said, err := g.Query(t.Context(), o); err == nil || len(b.calls) > 0 {
			t.Errorf("an order born under %s was asked for: %+v", what, said)
		}
	}
	g, _ := meet3(t)
	o := anOrder3(sale.Native)
	o.Merchant.Key = Fingerprint("another")
	if said, err := g.Query(t.Context(), o); err != nil || said.Outcome != sale.OutcomePaid {
		t.Errorf("an order born under the APIv3 key before: %+v, %v", said, err)
	}
	g, b := meet3(t)
	g.Merchant = nil
	if said, err := g.Query(t.Context(), anOrder3(sale.Native)); err == nil || !strings.Contains(err.Error(), "pay.cert_file") || len(b.calls) > 0 {
		t.Errorf("without a key: %+v, %v", said, err)
	}
}

func TestAV3CallEndsWithItsContext(t *testing.T) {
	for call, do := range each3 {
		for _, meet := range []func(testing.TB) (*V3, *booth3){meet3, meetCerts} {
			g, b := meet(t)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if said, err := do(ctx, g); !errors.Is(err, context.Canceled) || len(b.calls) > 0 {
				t.Errorf("%s was sent after its end: %+v, %v", call, said, err)
			}
		}
	}
}

func TestEveryV3CallIsTried(t *testing.T) {
	var calls []string
	for _, do := range each3 {
		g, b := meet3(t)
		if said, err := do(t.Context(), g); err != nil || said.Outcome == "" {
			t.Errorf("%v: %+v, %v", b.calls, said, err)
		}
		calls = append(calls, b.calls...)
	}
	slices.Sort(calls)
	if got := fmt.Sprint(slices.Compact(calls)); got != "[close codepay jsapi native query refund refundquery reverse]" {
		t.Errorf("tried: %s", got)
	}
}
