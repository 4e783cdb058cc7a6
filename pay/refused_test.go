package pay

import (
	"errors"
	"net/http"
	"testing"

	"kiosk/sale"
)

// suspected is what a person hears of an error; the empty one is none.
func suspected(err error) sale.OrderRefusal {
	why, _ := errors.AsType[sale.SuspectedRefusal](err)
	return why.OrderRefusal
}

// fails refuses one call of API v2, signed.
func fails(b *booth, call, word, text string) {
	says(b, call, map[string]string{"result_code": "FAIL", "err_code": word, "err_code_des": text, "trade_state": "", "recall": "N"})
}

func TestASignedRefusalWithoutIdsBlamesTheMerchantAtEveryCallOfV2(t *testing.T) {
	for call := range ties {
		for _, word := range []string{"NOAUTH", "PARAM_ERROR", "APPID_MCHID_NOT_MATCH"} {
			g, b := meet(t)
			says(b, call, map[string]string{"result_code": "FAIL", "err_code": word, "trade_state": "", "appid": "", "mch_id": "", "out_trade_no": "", "recall": "N"})
			if said, err := each[call](t.Context(), g); err != nil || said.Outcome != sale.OutcomeFaulty || said.Code != word || said.Money != (sale.Money{}) {
				t.Errorf("%s refused with %s and no ids: %+v, %v", call, word, said, err)
			}
		}
	}
}

func TestARefusalThatProvesNothingIsToldIfItBlamesTheMerchant(t *testing.T) {
	for _, c := range []struct{ call, word, want string }{
		{"unifiedorder", "INVALID_REQUEST", "INVALID_REQUEST"},
		{"unifiedorder", "A_WORD_OF_TOMORROW", "A_WORD_OF_TOMORROW"},
		{"unifiedorder", "code134650720866361395", ""},
		{"micropay", "INVALID_REQUEST", "INVALID_REQUEST"},
		{"micropay", "A_WORD_OF_TOMORROW", ""}, // it may blame the customer
		{"micropay", "SYSTEMERROR", ""},
		{"micropay", "BANKERROR", ""},
	} {
		g, b := meet(t)
		fails(b, c.call, c.word, "某个说明")
		said, err := each[c.call](t.Context(), g)
		if err == nil || said != (sale.Answer{}) || suspected(err).Code != c.want {
			t.Errorf("%s of %s is told as %+v, %+v, %v", c.word, c.call, suspected(err), said, err)
		}
	}
	for _, c := range []struct {
		call, word string
		status     int
		signed     bool
		want       string
	}{
		{"codepay", "NO_AUTH", 403, true, "NO_AUTH"},
		{"codepay", "NOAUTH", 403, true, "NO_AUTH"},
		{"codepay", "PARAM_ERROR", 400, true, "PARAM_ERROR"},
		{"codepay", "TRADE_ERROR", 403, true, ""},
		{"codepay", "NOT_ENOUGH", 403, true, ""},
		{"codepay", "SYSTEM_ERROR", 500, true, ""},
		{"native", "INVALID_REQUEST", 400, true, "INVALID_REQUEST"},
		{"native", "A_WORD_OF_TOMORROW", 403, true, "A_WORD_OF_TOMORROW"},
		{"native", "SIGN_ERROR", 401, false, "SIGN_ERROR"},
		{"refund", "NO_AUTH", 403, false, "NO_AUTH"},
		{"native", "SYSTEM_ERROR", 500, false, ""},
		{"native", "RATE_LIMITED", 429, false, ""},
	} {
		g, b := meet3(t)
		b.says = no3(c.call, c.status, c.word)
		if !c.signed {
			b.forge = func(h http.Header, body []byte) []byte { unsign(h); return body }
		}
		said, err := each3[c.call](t.Context(), g)
		if err == nil || said != (sale.Answer{}) || suspected(err).Code != c.want {
			t.Errorf("%d %s of %s is told as %+v, %+v, %v", c.status, c.word, c.call, suspected(err), said, err)
		}
		if got := suspected(err).Unsigned; c.want != "" && (got == "某个说明") == c.signed {
			t.Errorf("%s of %s: a text that is signed: %v, is told as %q", c.word, c.call, c.signed, got)
		}
	}
}

func TestARefusalThatNamesTheExpiryAsksForALaterOne(t *testing.T) {
	const text = "time_expire时间过短，刷卡至少1分钟，其他5分钟"
	g, b := meet(t)
	fails(b, "unifiedorder", "PARAM_ERROR", text)
	if said, err := each["unifiedorder"](t.Context(), g); err != nil || said.Outcome != sale.OutcomeDenied || said.Cause != sale.CauseExpiry || said.Code != "PARAM_ERROR" {
		t.Errorf("%+v, %v", said, err)
	}
	refuse(b, text)
	if _, err := each["unifiedorder"](t.Context(), g); suspected(err).Cause != sale.CauseExpiry || suspected(err).Unsigned != text {
		t.Errorf("%+v, %v", suspected(err), err)
	}
	for _, signed := range []bool{true, false} {
		g, b := meet3(t)
		b.says = func(string, map[string]any) (int, map[string]any) {
			return 400, map[string]any{"code": "PARAM_ERROR", "message": "参数错误", "detail": map[string]any{"field": "/time_expire"}}
		}
		if !signed {
			b.forge = func(h http.Header, body []byte) []byte { unsign(h); return body }
		}
		said, err := each3["native"](t.Context(), g)
		if said.Cause != sale.CauseExpiry == signed || suspected(err).Cause == sale.CauseExpiry == signed {
			t.Errorf("signed %v: %+v, %v", signed, said, err)
		}
	}
}
