package pay

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// wordsOfV3 is every status and word that API v3 documents for all its calls, however odd it would be at one, and what
// the house makes of it there. A word that is nothing to a call decides nothing; of codepay no refusal does.
const wordsOfV3 = `
native jsapi codepay query close reverse refund refundquery
400 PARAM_ERROR            faulty      error       error       faulty      faulty      faulty      faulty      faulty
400 INVALID_REQUEST        error       error       error       error       error       denied      denied      error
400 APPID_MCHID_NOT_MATCH  faulty      error       error       faulty      faulty      faulty      faulty      faulty
400 MCH_NOT_EXISTS         faulty      error       error       faulty      faulty      faulty      faulty      faulty
400 ORDER_CLOSED           denied      error       error       error       gone        error       error       error
401 SIGN_ERROR             faulty      error       error       faulty      faulty      faulty      faulty      faulty
403 NO_AUTH                faulty      error       error       faulty      faulty      faulty      faulty      faulty
403 OUT_TRADE_NO_USED      denied      error       error       error       error       error       error       error
403 RULE_LIMIT             denied      error       error       error       denied      denied      denied      error
403 RULELIMIT              denied      error       error       error       denied      denied      denied      error
403 TRADE_ERROR            denied      error       error       error       denied      denied      error       error
403 NOT_ENOUGH             denied      error       error       error       error       error       denied      error
403 ACCOUNT_ERROR          denied      error       error       error       error       error       denied      error
403 USER_ACCOUNT_ABNORMAL  error       error       error       error       error       error       denied      error
404 ORDER_NOT_EXIST        error       error       error       missing     missing     error       missing     paid
404 ORDERNOTEXIST          error       error       error       missing     missing     error       missing     paid
404 RESOURCE_NOT_EXISTS    error       error       error       error       error       error       missing     paid
404 MCH_NOT_EXISTS         faulty      error       error       faulty      faulty      faulty      faulty      faulty
429 RATE_LIMITED           again       error       error       again       again       again       again       again
429 RATELIMIT_EXCEEDED     again       error       error       again       again       again       again       again
429 FREQUENCY_LIMITED      again       error       error       again       again       again       again       again
500 SYSTEM_ERROR           again       error       error       again       again       again       again       again
500 BANK_ERROR             again       error       error       again       again       again       again       again
500 OPENID_MISMATCH        again       error       error       again       again       again       again       again
500 INVALID_TRANSACTIONID  again       error       error       again       again       again       faulty      again
502 SERVICE_UNAVAILABLE    again       error       error       again       again       again       again       again
503 SERVICE_UNAVAILABLE    again       error       error       again       again       again       again       again
`

func TestEveryWordOfV3AtEveryCallSaysWhatTheHouseExpects(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(wordsOfV3), "\n")
	calls := strings.Fields(lines[0])
	var table strings.Builder
	for _, line := range lines[1:] {
		f := strings.Fields(line)
		status, _ := strconv.Atoi(f[0])
		fmt.Fprintf(&table, "%s %-22s", f[0], f[1])
		for i, call := range calls {
			g, b := meet3(t)
			b.says = no3(call, status, f[1])
			said, err := each3[call](t.Context(), g)
			got := string(said.Outcome)
			if err != nil {
				got = "error"
				quiet3(t, call+" "+line, err)
			}
			fmt.Fprintf(&table, " %-11s", got)
			if i+2 >= len(f) || got != f[i+2] {
				t.Errorf("%s %s %s: the house takes it for %q (%v)", call, f[0], f[1], got, err)
			}
		}
		table.WriteString("\n")
	}
	if len(calls) != len(each3) || len(lines) != 1+27 {
		t.Errorf("%d calls and %d words", len(calls), len(lines)-1)
	}
	t.Logf("\n%15s %s\n%s", "", lines[0], table.String())
}
