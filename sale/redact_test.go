package sale

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatLooksLikeASecretIsVeiled(t *testing.T) {
	for text, want := range map[string]string{
		"read auth_code=134650720866361395: refused":      "read auth_code=13…95: refused",
		"code-134650720866361395":                         "code-13…95",
		"openid oUpF8uMuAJO_M2pxb1Q9zNjWeS6o is unknown":  "openid oU…6o is unknown",
		"K0042-000017ABCDEFGHIJKLMNOPQR":                  "K0042-000017ABCDEFGHIJKLMNOPQR",
		"transaction 4200001234202611210123456789 is new": "transaction 4200001234202611210123456789 is new",
		"付款码 6212345678901234567890 不对":                   "付款码 62…90 不对",
		"": "",
	} {
		if got := Redact(text); got != want || Redact(got) != got {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, in := range []Input{Answered{Err: "134650720866361395"}, Health{Fault: "134650720866361395"}, Unshown{Why: "134650720866361395"}} {
		if got := fmt.Sprint(redactInput(in)); strings.Contains(got, "4650720866361") {
			t.Error(got)
		}
	}
}
