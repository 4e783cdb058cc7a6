package pay

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"kiosk/sale"
)

// documented3 is every status and word of every endpoint, and what the house makes of it; "error" is not known. A fifth word is the cause.
const documented3 = `
native       400 PARAM_ERROR           faulty config
native       400 INVALID_REQUEST       error
native       400 APPID_MCHID_NOT_MATCH faulty config
native       400 MCH_NOT_EXISTS        faulty config
native       400 ORDER_CLOSED          denied
native       401 SIGN_ERROR            faulty config
native       403 NO_AUTH               faulty config
native       403 OUT_TRADE_NO_USED     denied
native       403 RULE_LIMIT            denied config
native       403 RULELIMIT             denied config
native       403 TRADE_ERROR           denied
native       403 ACCOUNT_ERROR         denied
native       403 NOT_ENOUGH            denied payer-funds
native       400 ORDERPAID             denied
native       404 MCH_NOT_EXISTS        faulty config
native       429 RATE_LIMITED          again
native       429 RATELIMIT_EXCEEDED    again
native       429 FREQUENCY_LIMITED     again
native       500 SYSTEM_ERROR          again
native       500 BANK_ERROR            again
native       500 BIZERR_NEED_RETRY     again
native       502 SERVICE_UNAVAILABLE   again
native       503 SERVICE_UNAVAILABLE   again
jsapi        400 ORDER_CLOSED          error
jsapi        500 OPENID_MISMATCH       error
jsapi        500 SYSTEM_ERROR          error
codepay      202 USERPAYING            error
codepay      400 PARAM_ERROR           error
codepay      401 SIGN_ERROR            error
codepay      403 NOT_ENOUGH            error
codepay      403 TRADE_ERROR           error
codepay      404 ORDER_NOT_EXIST       error
codepay      429 RATE_LIMITED          error
codepay      500 SYSTEM_ERROR          error
codepay      500 BANK_ERROR            error
codepay      503 SERVICE_UNAVAILABLE   error
query        202 ACCEPTED              again
query        400 PARAM_ERROR           faulty config
query        400 INVALID_REQUEST       error
query        401 SIGN_ERROR            faulty config
query        403 NO_AUTH               faulty config
query        404 ORDER_NOT_EXIST       missing
query        404 ORDERNOTEXIST         missing
query        404 RESOURCE_NOT_EXISTS   error
query        404 MCH_NOT_EXISTS        faulty config
query        429 FREQUENCY_LIMITED     again
query        500 SYSTEM_ERROR          again
query        500 INVALID_TRANSACTIONID again
query        502 SERVICE_UNAVAILABLE   again
close        400 ORDER_PAID            paid
close        400 ORDER_CLOSED          gone
close        403 TRADE_ERROR           denied
close        400 TRADE_STATE_ERROR     denied
close        403 RULE_LIMIT            denied
close        400 INVALID_REQUEST       error
close        404 ORDER_NOT_EXIST       missing
close        429 RATE_LIMITED          again
close        500 SYSTEM_ERROR          again
close        202 ACCEPTED              again
reverse      202 ACCEPTED              again
reverse      400 USERPAYING            denied
reverse      400 USER_PAYING           denied
reverse      400 INVALID_REQUEST       denied
reverse      403 TRADE_ERROR           denied
reverse      403 REVERSE_EXPIRE        denied
reverse      403 RULE_LIMIT            denied
reverse      404 ORDER_NOT_EXIST       error
reverse      500 SYSTEM_ERROR          again
refund       400 INVALID_REQUEST       denied rule-limit
refund       403 NOT_ENOUGH            denied refund-funds
refund       403 NOTENOUGH             denied refund-funds
refund       403 USER_ACCOUNT_ABNORMAL denied refund-impossible
refund       403 ACCOUNT_ERROR         denied config
refund       403 TRADE_OVERDUE         denied refund-impossible
refund       403 RULE_LIMIT            denied rule-limit
refund       404 RESOURCE_NOT_EXISTS   missing
refund       404 ORDER_NOT_EXIST       missing
refund       404 MCH_NOT_EXISTS        faulty config
refund       429 FREQUENCY_LIMITED     again
refund       429 INVALID_REQ_TOO_MUCH  again
refund       500 INVALID_TRANSACTIONID faulty config
refund       500 SYSTEM_ERROR          again
refundquery  404 RESOURCE_NOT_EXISTS   paid
refundquery  404 REFUND_NOT_EXISTS     paid
refundquery  404 ORDER_NOT_EXIST       paid
refundquery  401 SIGN_ERROR            faulty config
refundquery  400 INVALID_REQUEST       error
refundquery  429 FREQUENCY_LIMITED     again
refundquery  500 SYSTEM_ERROR          again
`

// everywhere3 are the same at every endpoint but those of which every refusal is an error.
const everywhere3 = `
400 SIGNERROR faulty config
400 NOAUTH faulty config
400 PARAMERROR faulty config
400 FOO_BAR error
400 - error
400 param_error error
400 SYSTEMERROR again
409 OPENID_FOO error
429 FOO_BAR again
500 FOO_BAR again
503 - error
201 SUCCESS error
206 PARAM_ERROR error
`

func TestEveryDocumentedV3CodeSaysWhatTheHouseExpects(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(documented3), "\n")
	for call := range each3 {
		for line := range strings.Lines(strings.TrimSpace(everywhere3)) {
			row := call + " " + strings.TrimSpace(line)
			if call == "codepay" || call == "jsapi" {
				row = strings.Join(strings.Fields(row)[:3], " ") + " error"
			}
			rows = append(rows, row)
		}
	}
	tried := map[string]bool{}
	for _, row := range rows {
		f := strings.Fields(row)
		call, code, want, cause := f[0], strings.TrimPrefix(f[2], "-"), f[3], sale.Cause(strings.Join(f[4:], ""))
		status, _ := strconv.Atoi(f[1])
		tried[call+" "+normalizeCode(code)] = true
		g, b := meet3(t)
		b.says = no3(call, status, code)
		said, err := each3[call](t.Context(), g)
		got := string(said.Outcome)
		if err != nil {
			got = "error"
			quiet(t, row, err)
		}
		t.Logf("%-12s %d %-22s %s", call, status, code, got)
		if got != want {
			t.Errorf("%s %d %s: the house takes it for %q, the manual means %q (%v)", call, status, code, got, want, err)
		}
		if said.Cause != cause {
			t.Errorf("%s %d %s: the cause is told as %q, the manual means %q", call, status, code, said.Cause, cause)
		}
		if err == nil && normalizeCode(said.Code) != normalizeCode(code) && want != "paid" {
			t.Errorf("%s %s: the book would keep the word %q", call, code, said.Code)
		}
		// The same refusal without a signature is what anybody could have said.
		b.forge = func(h http.Header, body []byte) []byte { unsign(h); return body }
		if call == "refundquery" {
			b.forge = nil
			b.send = unsigned3(call, b)
		}
		if said, err := each3[call](t.Context(), g); err == nil {
			t.Errorf("%s %d %s, unsigned, says %+v", call, status, code, said)
		} else {
			quiet(t, row, err)
		}
	}
	for call, e := range map[string]endpoint{"native": native3, "query": query3, "close": close3, "reverse": reverse3, "refund": refund3, "refundquery": refundquery3} {
		for code := range e.codes {
			if !tried[call+" "+normalizeCode(code)] && configErrors3[code] == undecided && retryable3[code] == undecided {
				t.Errorf("nothing tests %s %s", call, code)
			}
		}
	}
	if len(rows) != 89+13*len(each3) {
		t.Errorf("%d rows", len(rows))
	}
}

func unsign(h http.Header) {
	for _, name := range []string{"Timestamp", "Nonce", "Serial", "Signature", "Signature-Type"} {
		h.Del("Wechatpay-" + name)
	}
}

// unsigned3 takes the signature from the answers to one call only.
func unsigned3(call string, of *booth3) func(http.ResponseWriter, *http.Request) {
	says := of.says
	return func(w http.ResponseWriter, r *http.Request) {
		b := &booth3{who: of.who, serial: of.serial, says: says}
		if callOf(r) == call {
			b.forge = func(h http.Header, body []byte) []byte { unsign(h); return body }
		}
		b.ServeHTTP(w, r)
	}
}

func TestTheWordsThatTheBookActsOnAreToldInOneSpelling(t *testing.T) {
	for spelt, want := range map[string]string{"NOTENOUGH": "NOT_ENOUGH", "NOT_ENOUGH": "NOT_ENOUGH", "USERACCOUNTABNORMAL": "USER_ACCOUNT_ABNORMAL", "TRADEOVERDUE": "TRADE_OVERDUE"} {
		g, b := meet3(t)
		b.says = no3("refund", 403, spelt)
		if said, err := each3["refund"](t.Context(), g); err != nil || said.Outcome != sale.OutcomeDenied || said.Code != want {
			t.Errorf("%s is told as %+v, %v: nobody would act on it", spelt, said, err)
		}
	}
}

func TestAnUnsignedRefusalSaysWhatToCheck(t *testing.T) {
	for code, want := range map[string]string{
		"SIGN_ERROR": "query the order: believe the answer: an unsigned refusal: HTTP status 401 SIGN_ERROR: check the clock, pay.cert_file and pay.cert_key_file",
		"FOO_BAR":    "query the order: believe the answer: an unsigned refusal: HTTP status 401 FOO_BAR",
		"foo<bar>":   "query the order: believe the answer: an unsigned refusal: HTTP status 401",
	} {
		g, b := meet3(t)
		b.says = no3("query", 401, code)
		b.forge = func(h http.Header, body []byte) []byte { unsign(h); return body }
		if _, err := each3["query"](t.Context(), g); err == nil || err.Error() != want {
			t.Errorf("%s is told as %v", code, err)
		}
	}
}
