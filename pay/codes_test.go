package pay

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"kiosk/sale"
)

// documented is every code of every endpoint, and what the house makes of it; "error" is not known. A fourth word is the cause.
const documented = `
unifiedorder  SYSTEMERROR            again
unifiedorder  BIZERR_NEED_RETRY      again
unifiedorder  FREQUENCY_LIMITED      again
unifiedorder  OUT_TRADE_NO_USED      denied
unifiedorder  ORDERPAID              denied
unifiedorder  ORDERCLOSED            denied
unifiedorder  NOTENOUGH              denied payer-funds
unifiedorder  INVALID_REQUEST        error
micropay      SYSTEMERROR            error
micropay      BANKERROR              error
micropay      TRADE_ERROR            error
micropay      INVALID_REQUEST        error
micropay      BIZERR_NEED_RETRY      error
micropay      FREQUENCY_LIMITED      error
micropay      USERPAYING             paying
micropay      ORDERPAID              denied
micropay      OUT_TRADE_NO_USED      denied
micropay      ORDERCLOSED            denied
micropay      ORDERREVERSED          denied
micropay      AUTHCODEEXPIRE         denied code-expired
micropay      AUTH_CODE_ERROR        denied code-expired
micropay      AUTH_CODE_INVALID      denied code-expired
micropay      NOTENOUGH              denied payer-funds
micropay      NOTSUPPORTCARD         denied payer-funds
micropay      BUYER_MISMATCH         denied
orderquery    ORDERNOTEXIST          missing
orderquery    SYSTEMERROR            again
orderquery    BIZERR_NEED_RETRY      again
orderquery    FREQUENCY_LIMITED      again
orderquery    INVALID_REQUEST        error
closeorder    ORDERPAID              paid
closeorder    ORDERCLOSED            gone
closeorder    ORDERNOTEXIST          missing
closeorder    TRADE_STATE_ERROR      denied
closeorder    SYSTEMERROR            again
closeorder    BIZERR_NEED_RETRY      again
closeorder    FREQUENCY_LIMITED      again
closeorder    INVALID_REQUEST        error
reverse       USERPAYING             denied
reverse       REVERSE_EXPIRE         denied
reverse       INVALID_REQUEST        denied
reverse       TRADE_ERROR            denied
reverse       SYSTEMERROR            again
reverse       BIZERR_NEED_RETRY      again
reverse       FREQUENCY_LIMITED      again
reverse       INVALID_TRANSACTIONID  faulty config
refund        SYSTEMERROR            again
refund        BIZERR_NEED_RETRY      again
refund        FREQUENCY_LIMITED      again
refund        INVALID_REQ_TOO_MUCH   again
refund        TRADE_OVERDUE          denied refund-impossible
refund        ERROR                  denied gateway-error
refund        USER_ACCOUNT_ABNORMAL  denied refund-impossible
refund        NOTENOUGH              denied refund-funds
refund        ORDERNOTEXIST          missing
refund        INVALID_TRANSACTIONID  faulty config
refund        INVALID_REQUEST        denied rule-limit
refundquery   REFUNDNOTEXIST         paid
refundquery   SYSTEMERROR            again
refundquery   BIZERR_NEED_RETRY      again
refundquery   FREQUENCY_LIMITED      again
refundquery   INVALID_TRANSACTIONID  faulty config
refundquery   INVALID_REQUEST        error
`

// everywhere are the codes of a wrong setting, the same at every endpoint, and some that nobody documents.
const everywhere = `
SIGNERROR faulty config
XML_FORMAT_ERROR faulty config
REQUIRE_POST_METHOD faulty config
POST_DATA_EMPTY faulty config
NOT_UTF8 faulty config
LACK_PARAMS faulty config
PARAM_ERROR faulty config
APPID_NOT_EXIST faulty config
MCHID_NOT_EXIST faulty config
APPID_MCHID_NOT_MATCH faulty config
NOAUTH faulty config
FOO_BAR error
ORDERCLODES error
SUCCESS error
systemerror error
- error
`

func TestEveryDocumentedCodeSaysWhatTheHouseExpects(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(documented), "\n")
	for _, call := range slices.Sorted(maps.Keys(each)) {
		for line := range strings.Lines(strings.TrimSpace(everywhere)) {
			rows = append(rows, call+" "+strings.TrimSpace(line))
		}
	}
	tried := map[string]bool{}
	for _, row := range rows {
		f := strings.Fields(row)
		call, code, want, cause := f[0], strings.TrimPrefix(f[1], "-"), f[2], sale.Cause(strings.Join(f[3:], ""))
		tried[call+" "+code] = true
		g, b := meet(t)
		b.says = func(asked string, in map[string]string) map[string]string {
			if asked == call {
				return map[string]string{"result_code": "FAIL", "err_code": code, "err_code_des": "某个说明", "recall": "N"}
			}
			return usual(asked, in)
		}
		said, err := each[call](t.Context(), g)
		got := string(said.Outcome)
		if err != nil {
			got = "error"
		}
		t.Logf("%-13s %-22s %s", call, code, got)
		if got != want {
			t.Errorf("%s %s: the house takes it for %q, the manual means %q (%v)", call, code, got, want, err)
		}
		if said.Cause != cause {
			t.Errorf("%s %s: the cause is told as %q, the manual means %q", call, code, said.Cause, cause)
		}
		if err == nil && said.Code != code && want != "paid" {
			t.Errorf("%s %s: the book would keep the word %q", call, code, said.Code)
		}
		if err == nil && (said.Outcome == sale.OutcomePaid) != (want == "paid") {
			t.Errorf("%s %s: %+v", call, code, said)
		}
	}
	for _, e := range []endpoint{unifiedorder, micropay, orderquery, closeorder, reverse, refund, refundquery} {
		call := e.path[strings.LastIndex(e.path, "/")+1:]
		for code := range e.codes {
			if !tried[call+" "+code] {
				t.Errorf("nothing tests %s %s", call, code)
			}
		}
	}
	if len(rows) != 63+7*16 {
		t.Errorf("%d rows", len(rows))
	}
}

func TestAnAnswerThatContradictsItselfIsNoAnswer(t *testing.T) {
	for call, do := range each {
		for _, c := range []map[string]string{
			{"result_code": "SUCCESS", "err_code": "SYSTEMERROR"},
			{"result_code": ""}, {"result_code": "success"}, {"result_code": "OK"},
		} {
			g, b := meet(t)
			b.says = func(asked string, in map[string]string) map[string]string {
				out := usual(asked, in)
				if asked == call {
					if out == nil {
						out = map[string]string{}
					}
					maps.Copy(out, c)
				}
				return out
			}
			if said, err := do(t.Context(), g); err == nil {
				t.Errorf("%s with %v says %+v", call, c, said)
			}
		}
	}
}
