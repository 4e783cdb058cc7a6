package pay

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"kiosk/sale"
)

var paidAt = time.Date(2026, 3, 2, 4, 5, 6, 0, time.UTC)

// within tells whether a request holds these fields, and no others but the common ones.
func within(t *testing.T, in, want map[string]string) {
	t.Helper()
	all := map[string]string{"appid": "wxd930ea5d5a258f4f", "mch_id": "10000100", "sign_type": "HMAC-SHA256",
		"out_trade_no": "K0042-000007ABCDEFGHIJKLMNOPQR", "nonce_str": in["nonce_str"], "sign": in["sign"]}
	maps.Copy(all, want)
	if !maps.Equal(in, all) {
		t.Errorf("the gateway was asked\n %v\nbut the house means\n %v", in, all)
	}
	if n := len(in["nonce_str"]); n < 20 || n > 32 {
		t.Errorf("a nonce of %d characters", n)
	}
}

func TestAskOrdersACode(t *testing.T) {
	g, b := meet(t)
	o := anOrder(sale.Native)
	o.Expires = time.Date(2026, 3, 1, 17, 30, 0, 0, time.UTC)
	said, err := g.Ask(t.Context(), o)
	if err != nil || said.Outcome != sale.OutcomeAccepted || said.CodeURL != "weixin://wxpay/bizpayurl?pr=abc&x=<1>" || !said.Date.Equal(paidAt) {
		t.Errorf("no code to show: %+v, %v", said, err)
	}
	within(t, b.last(), map[string]string{"trade_type": "NATIVE", "product_id": "3", "total_fee": "350", "device_info": "K0042",
		"body": "自助售货机-可口可乐 330ml", "spbill_create_ip": "10.1.2.3", "notify_url": "https://pay.example/notify", "time_expire": "20260302013000"})
	if _, err = g.Ask(t.Context(), anOrder(sale.Native)); err != nil || b.last()["time_expire"] != "" {
		t.Errorf("an order without a deadline was sent %q (%v)", b.last()["time_expire"], err)
	}
	if _, err := g.Ask(t.Context(), anOrder(sale.Code)); err == nil || len(b.calls) != 2 {
		t.Error("a code order was asked for as a QR code")
	}
}

func TestChargeTakesTheMoney(t *testing.T) {
	g, b := meet(t)
	said, err := g.Charge(t.Context(), anOrder(sale.Code), aCode)
	want := sale.Money{Transaction: "4200001234202603020000000001", Fen: 350, Currency: "CNY", At: paidAt}
	said.Money.At = said.Money.At.UTC()
	if err != nil || said.Outcome != sale.OutcomePaid || said.Code != "SUCCESS" || said.Money != want {
		t.Errorf("the customer paid and got %+v, %v", said, err)
	}
	within(t, b.last(), map[string]string{"auth_code": aCode, "total_fee": "350", "device_info": "K0042",
		"body": "自助售货机-可口可乐 330ml", "spbill_create_ip": "10.1.2.3"})
	for _, code := range []string{"", "1", "16465072086636139", "164650720866361395", "284650720866361395", "13465072086636139x", "1346507208663613950"} {
		if _, err := g.Charge(t.Context(), anOrder(sale.Code), code); err == nil || len(b.calls) != 1 {
			t.Errorf("%q was sent as a payment code", code)
		}
	}
}

func TestQueryTellsTheTradeState(t *testing.T) {
	want := map[string]sale.Outcome{"SUCCESS": sale.OutcomePaid, "REFUND": sale.OutcomeReturned, "NOTPAY": sale.OutcomeUnpaid, "CLOSED": sale.OutcomeGone,
		"REVOKED": sale.OutcomeGone, "USERPAYING": sale.OutcomePaying, "ACCEPT": sale.OutcomePaying, "PAYERROR": sale.OutcomeFailed}
	if len(want) != len(tradeStates) {
		t.Errorf("%d trade states are read, %d are tested", len(tradeStates), len(want))
	}
	for word, says := range want {
		g, b := meet(t)
		b.says = func(call string, in map[string]string) map[string]string {
			out := usual(call, in)
			if call == "orderquery" {
				out["trade_state"] = word
				if says != sale.OutcomePaid && says != sale.OutcomeReturned {
					out = map[string]string{"out_trade_no": in["out_trade_no"], "trade_state": word}
				}
			}
			return out
		}
		said, err := g.Query(t.Context(), anOrder(sale.Native))
		if err != nil || said.Outcome != says || said.Code != word || (said.Cause == sale.CauseReversed) != (word == "REVOKED") {
			t.Errorf("%s: %+v, %v", word, said, err)
		}
		if paid := says == sale.OutcomePaid || says == sale.OutcomeReturned; paid != (said.Money.Fen == 350) {
			t.Errorf("%s: money %+v", word, said.Money)
		}
		within(t, b.asked[0], nil)
	}
	for _, word := range []string{"", "success", "FOO", "SUCCESS "} {
		g, b := meet(t)
		b.bend = func(out map[string]string) { out["trade_state"] = word }
		if said, err := g.Query(t.Context(), anOrder(sale.Native)); err == nil {
			t.Errorf("trade_state %q was taken for %+v", word, said)
		}
	}
}

func TestAPaidAnswerThatLacksSomethingIsNoAnswer(t *testing.T) {
	bad := map[string][]string{
		"total_fee":      {"", "3.50", "-350", "+350", "0350", " 350", "350 ", "1e3", "9999999999999999999", "３５０"},
		"transaction_id": {""},
		"time_end":       {"", "2026030212050", "20261302120506", "20260302120560", "2026-03-02 12:05:06"},
		"out_trade_no":   {""},
	}
	for name, values := range bad {
		for _, value := range values {
			for _, call := range []string{"micropay", "orderquery"} {
				g, b := meet(t)
				b.bend = func(out map[string]string) { out[name] = value }
				if said, err := each[call](t.Context(), g); err == nil {
					t.Errorf("%s with %s %q says %+v", call, name, value, said)
				}
			}
		}
	}
}

func TestMoneyIsPassedOnAsItIs(t *testing.T) {
	for _, c := range []struct {
		fee, kind, currency string
		fen                 sale.Fen
	}{{"350", "", "CNY", 350}, {"1", "CNY", "CNY", 1}, {"7", "USD", "USD", 7}, {"99999", "CNY", "CNY", 99999}} {
		g, b := meet(t)
		b.bend = func(out map[string]string) { out["total_fee"], out["fee_type"] = c.fee, c.kind }
		said, err := g.Query(t.Context(), anOrder(sale.Native))
		if err != nil || said.Money.Fen != c.fen || said.Money.Currency != c.currency {
			t.Errorf("%s %s is read as %+v, %v", c.fee, c.kind, said.Money, err)
		}
	}
}

func TestCancelClosesOrReverses(t *testing.T) {
	for means, path := range map[sale.Means]string{sale.Native: "/pay/closeorder", sale.JSAPI: "/pay/closeorder", sale.Code: "/secapi/pay/reverse"} {
		g, b := meet(t)
		said, err := g.Cancel(t.Context(), anOrder(means))
		if err != nil || said.Outcome != sale.OutcomeAccepted || b.calls[0] != path {
			t.Errorf("%s: %+v, %v by %v", means, said, err, b.calls)
		}
		within(t, b.last(), nil)
	}
	for recall, says := range map[string]sale.Outcome{"Y": sale.OutcomeAgain, "": unknown, "n": unknown} {
		g, b := meet(t)
		b.bend = func(out map[string]string) { out["recall"] = recall }
		if said, err := g.Cancel(t.Context(), anOrder(sale.Code)); said.Outcome != says || (err == nil) != (says != "") {
			t.Errorf("recall %q: %+v, %v", recall, said, err)
		}
		b.bend = func(out map[string]string) {
			out["recall"], out["result_code"], out["err_code"] = "Y", "FAIL", "FOO_BAR"
		}
		if said, err := g.Cancel(t.Context(), anOrder(sale.Code)); said.Outcome != sale.OutcomeAgain || err != nil {
			t.Errorf("recall Y beside an unknown code: %+v, %v", said, err)
		}
	}
}

func TestRefundAsksForMoneyBack(t *testing.T) {
	g, b := meet(t)
	o := owing(anOrder(sale.Native))
	o.Fen, o.Money.Fen, o.RefundFen = 350, 400, 399 // what was paid counts, not the price
	said, err := g.Refund(t.Context(), o)
	if err != nil || said.Outcome != sale.OutcomeAccepted || said.Refund != "" || said.Returned != 0 {
		t.Errorf("accepted is not repaid: %+v, %v", said, err)
	}
	within(t, b.last(), map[string]string{"out_refund_no": string(o.No) + "R1", "total_fee": "400", "refund_fee": "399",
		"notify_url": "https://pay.example/notify"})
	g.NotifyURL = ""
	if _, err := g.Refund(t.Context(), o); err != nil {
		t.Error(err)
	} else if at, told := b.last()["notify_url"]; told {
		t.Errorf("without an address for notices the gateway is told %q", at)
	}
	if b.calls[0] != "/secapi/pay/refund" {
		t.Error("refunded by", b.calls[0])
	}
	b.bend = func(out map[string]string) { out["out_refund_no"] += "x" }
	if said, err := g.Refund(t.Context(), o); err == nil {
		t.Errorf("another refund's answer says %+v", said)
	}
	for _, fen := range []sale.Fen{0, -1, 401} {
		o.RefundFen = fen
		if _, err := g.Refund(t.Context(), o); err == nil || len(b.calls) != 3 {
			t.Errorf("%d of 400 fen were asked back", fen)
		}
	}
}

func TestARequestSentAgainDiffersInNonceAndSignOnly(t *testing.T) {
	for call, do := range each {
		g, b := meet(t)
		g.IP = ""
		for range 2 {
			if _, err := do(t.Context(), g); err != nil {
				t.Fatal(call, err)
			}
		}
		half := len(b.asked) / 2
		for i := range half {
			first, again := b.asked[i], b.asked[half+i]
			if first["nonce_str"] == again["nonce_str"] || first["sign"] == again["sign"] {
				t.Errorf("%s: the same nonce twice", call)
			}
			for name := range again {
				if name != "nonce_str" && name != "sign" && first[name] != again[name] {
					t.Errorf("%s: %s was %q, then %q: the gateway takes that for another order", call, name, first[name], again[name])
				}
			}
		}
	}
}

func TestAnOrderIsAskedUnderTheIDsItWasBornUnder(t *testing.T) {
	for _, kind := range []string{"MD5", "HMAC-SHA256"} {
		g, b := meet(t)
		b.kind = kind
		g.Payee = sale.Merchant{API: "v2", AppID: "another", MchID: "another", SignType: kind}
		o := anOrder(sale.Native)
		o.Merchant.SubAppID, o.Merchant.SubMchID = "wxsub", "1900000109"
		if said, err := g.Query(t.Context(), o); err != nil || said.Outcome != sale.OutcomePaid {
			t.Errorf("%s: %+v, %v", kind, said, err)
		}
		if in := b.last(); in["appid"] != o.Merchant.AppID || in["sub_mch_id"] != "1900000109" || in["sub_appid"] != "wxsub" {
			t.Errorf("asked under %v", in)
		}
	}
	wrong := map[string]func(g *V2, p *sale.Merchant){
		"API v3":         func(_ *V2, p *sale.Merchant) { p.API = "v3" },
		"no API":         func(_ *V2, p *sale.Merchant) { p.API = "" },
		"no appid":       func(_ *V2, p *sale.Merchant) { p.AppID = "" },
		"no mchid":       func(_ *V2, p *sale.Merchant) { p.MchID = "" },
		"no sign type":   func(g *V2, _ *sale.Merchant) { g.Payee.SignType = "" },
		"an odd signing": func(g *V2, _ *sale.Merchant) { g.Payee.SignType = "RSA" },
	}
	for what, change := range wrong {
		g, b := meet(t)
		o := anOrder(sale.Native)
		change(g, &o.Merchant)
		if said, err := g.Query(t.Context(), o); err == nil || len(b.calls) > 0 {
			t.Errorf("an order under %s was asked for: %+v", what, said)
		}
	}
}

// A merchant who sets a new key has no old one any more: the gateway takes nothing that is signed with it.
func TestEveryCallGoesUnderTodaysKeyAndSigning(t *testing.T) {
	for what, born := range map[string]sale.Merchant{
		"another key":     {SignType: "HMAC-SHA256", Key: Fingerprint("another")},
		"no key":          {SignType: "HMAC-SHA256"},
		"another signing": {SignType: "MD5", Key: Fingerprint(aKey)},
		"both":            {SignType: "MD5", Key: Fingerprint("another")},
	} {
		g, _ := meet(t)
		for _, means := range []sale.Means{sale.Native, sale.Code} {
			o := owing(anOrder(means))
			o.Merchant.SignType, o.Merchant.Key = born.SignType, born.Key
			for call, do := range map[string]func(context.Context, sale.Order) (sale.Answer, error){"query": g.Query, "cancel": g.Cancel, "refund": g.Refund} {
				if said, err := do(t.Context(), o); err != nil || said.Outcome == "" {
					t.Errorf("a %s order born under %s: %s: %+v, %v: nobody looks after its money", means, what, call, said, err)
				}
			}
		}
	}
}

func TestTheNameOnThePhoneFits(t *testing.T) {
	for name, want := range map[string]string{
		"":                                    "店",
		"可乐":                                  "店-可乐",
		" a\x00b\r\n\xff ":                    "店- a b",
		"饼" + strings.Repeat("干", 200):        "店-饼" + strings.Repeat("干", 40),
		strings.Repeat("😀", 124) + "\xf0\x9f": "店-" + strings.Repeat("😀", 31),
		strings.Repeat("x", 123) + "  y":      "店-" + strings.Repeat("x", 123),
	} {
		got := phoneText("店", name, 128)
		if got != want || !utf8.ValidString(got) || len(got) > 128 {
			t.Errorf("%q is shown as %q, not %q", name, got, want)
		}
	}
	if got := phoneText("", "水", 128); got != "自助售货机-水" {
		t.Errorf("without a prefix: %q", got)
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	for call, do := range each {
		g, b := meet(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if said, err := do(ctx, g); !errors.Is(err, context.Canceled) || len(b.calls) > 0 {
			t.Errorf("%s was sent after its end: %+v, %v", call, said, err)
		}
	}
}

func TestEveryCallIsTried(t *testing.T) {
	var paths []string
	for _, do := range each {
		g, b := meet(t)
		if said, err := do(t.Context(), g); err != nil || said.Outcome == "" {
			t.Errorf("%v: %+v, %v", b.calls, said, err)
		}
		paths = append(paths, b.calls...)
	}
	slices.Sort(paths)
	if got := len(slices.Compact(paths)); got != 7 {
		t.Errorf("%d endpoints are tried, not 7: %v", got, paths)
	}
}

func TestAPaymentOfNothingIsNoAnswer(t *testing.T) {
	g, b := meet(t)
	b.bend = func(out map[string]string) { out["total_fee"] = "0" }
	if said, err := g.Query(t.Context(), anOrder(sale.Native)); err == nil {
		t.Errorf("paid 0 fen is read as %+v: the book will never take it", said)
	}
}
