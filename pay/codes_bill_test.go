package pay

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// billWords are the refusals of a bill that are documented, as the gateway of API v2 spells them, and what the house makes of
// them: none and later are known, after an error it tries again.
const billWords = `
20002|No Bill Exist|none
20002|NO Bill Exist|none
20002|no bill exist|none
20002|账单不存在|none
20003|Bill Creating|later
-|bill creating|later
20007|CompressGZip Error|error
20100|UnCompressGZip Error|error
20001|SYSTEMERROR|error
20001|invalid bill_type|error
20001|data format error|error
20001|missing parameter|error
20001|SIGN ERROR|error
-|签名错误|error
-|system error|error
FOO|-|error
`

// billWords3 are the same of API v3.
const billWords3 = `
400|NO_STATEMENT_EXIST|none
400|NOSTATEMENTEXIST|none
400|STATEMENT_CREATING|later
400|PARAM_ERROR|error
400|INVALID_REQUEST|error
400|APPID_MCHID_NOT_MATCH|error
400|MCH_NOT_EXISTS|error
401|SIGN_ERROR|error
403|NO_AUTH|error
404|RESOURCE_NOT_EXISTS|error
404|ORDER_NOT_EXIST|error
429|RATE_LIMITED|error
429|RATELIMIT_EXCEEDED|error
429|FREQUENCY_LIMITED|error
500|SYSTEM_ERROR|error
502|SERVICE_UNAVAILABLE|error
503|SERVICE_UNAVAILABLE|error
202|ACCEPTED|error
400|FOO_BAR|error
`

func billWord(err error) string {
	switch {
	case err == nil:
		return "a bill"
	case errors.Is(err, ErrNoBill):
		return "none"
	case errors.Is(err, ErrBillNotReady):
		return "later"
	}
	return "error"
}

func TestEveryDocumentedRefusalOfABillSaysWhatTheHouseExpects(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(billWords), "\n")
	for _, row := range rows {
		f := strings.Split(strings.ReplaceAll(row, "-|", "|"), "|")
		g, b := meet(t)
		g.Payee = anOrder("native").Merchant
		b.says = func(string, map[string]string) map[string]string { return nil }
		b.send = func(w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Write(write(map[string]string{"return_code": "FAIL", "return_msg": strings.TrimPrefix(f[1], "-"), "error_code": f[0]}))
		}
		_, bill := g.Bill(t.Context(), billDay)
		_, flow := g.FundFlow(t.Context(), billDay)
		for call, err := range map[string]error{"downloadbill": bill, "downloadfundflow": flow} {
			t.Logf("%-17s %-6s %-22s %s", call, f[0], f[1], billWord(err))
			if billWord(err) != f[2] {
				t.Errorf("%s %s: the house takes it for %s (%v), the manual means %s", call, row, billWord(err), err, f[2])
			}
			quiet(t, row, err)
		}
	}
	rows3 := strings.Split(strings.TrimSpace(billWords3), "\n")
	for _, row := range rows3 {
		f := strings.Split(row, "|")
		status, _ := strconv.Atoi(f[0])
		for _, signed := range []bool{true, false} {
			g, b := meet3(t)
			b.says = func(string, map[string]any) (int, map[string]any) {
				return status, map[string]any{"code": f[1], "message": "canary"}
			}
			want := f[2]
			if !signed { // what anybody could have said
				want, b.forge = "error", func(h http.Header, body []byte) []byte { unsign(h); return body }
			}
			_, bill := g.Bill(t.Context(), billDay)
			_, flow := g.FundFlow(t.Context(), billDay)
			for call, err := range map[string]error{"tradebill": bill, "fundflowbill": flow} {
				t.Logf("%-17s %-6s %-22s signed %-5v %s", call, f[0], f[1], signed, billWord(err))
				if billWord(err) != want {
					t.Errorf("%s %s, signed %v: the house takes it for %s (%v), the manual means %s", call, row, signed, billWord(err), err, want)
				}
				quiet(t, row, err)
			}
		}
	}
	if len(rows) != 16 || len(rows3) != 19 {
		t.Errorf("%d and %d rows", len(rows), len(rows3))
	}
}
