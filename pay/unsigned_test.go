package pay

import (
	"strings"
	"testing"
	"unicode/utf8"

	"kiosk/sale"
)

// refuse makes a gateway refuse without a signature, as one does that cannot verify us.
func refuse(b *booth, text string) {
	b.forge = func(out map[string]string) {
		clear(out)
		out["return_code"], out["return_msg"] = "FAIL", text
	}
}

func TestAnUnsignedRefusalIsToldWithItsTextAndNeverCounts(t *testing.T) {
	for text, want := range map[string]string{
		"签名错误":         "the gateway refuses the signature: check pay.key_file and pay.sign_type",
		"签名错误，请检查后再试":  "the gateway refuses the signature: check pay.key_file and pay.sign_type",
		"system error": "the gateway refuses the call with a system error: check pay.mchid",
		"商户号该产品权限未开通，请前往商户平台>产品中心检查后重试": "the gateway refuses the product: have it opened on the merchant platform",
		"AppID不存在，请检查后再试":               "the gateway knows no such appid: check pay.appid",
		"MCHID_NOT_EXIST 商户号mch_id不存在":  "the gateway knows no such merchant: check pay.mchid",
		"商户号mch_id与appid不匹配":            "the gateway refuses the pair: check that pay.appid is bound to pay.mchid",
		"商品描述 字节数 200，大于最大值 128":        "the gateway finds a value too long: shorten the slot's name",
		"time_expire时间过短，刷卡至少1分钟，其他5分钟": "the gateway finds the expiry too near: set pay.native_expiry to a longer time",
		"支付通道繁忙":                        "believe the answer: an unsigned refusal",
	} {
		for call, do := range each {
			g, b := meet(t)
			refuse(b, text)
			said, err := do(t.Context(), g)
			if err == nil || said != (sale.Answer{}) {
				t.Errorf("%s: %q was acted on: %+v", call, text, said)
				continue
			}
			shown := strings.ReplaceAll(text, ">", " ")
			if !strings.HasSuffix(err.Error(), ": "+want+` (unsigned: "`+shown+`")`) {
				t.Errorf("%s: %q is told as %v", call, text, err)
			}
		}
	}
}

func TestTheTextOfAStrangerIsShownAsOneShortPlainLine(t *testing.T) {
	for text, shown := range map[string]string{
		"":                                     "",
		"\r\n\t ":                              "",
		"a\x1b[31mb\u202ec\u200bd\ne":          "a [31mb c d e",
		`<script>"100%?"`:                      "script 100",
		"code 134650720866361395 again":        "code … again",
		"openid oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,": "openid …,",
		"key 8934e7d15453e97507ef794cf7b0519d": "key …",
		strings.Repeat("错", 100):               strings.Repeat("错", 40),
		strings.Repeat("坏 ", 1000):             strings.TrimSpace(strings.Repeat("坏 ", 30)),
	} {
		err := readUnsigned(text).Error()
		want := "believe the answer: an unsigned refusal"
		if shown != "" {
			want += ` (unsigned: "` + shown + `")`
		}
		if err != want || !utf8.ValidString(err) {
			t.Errorf("%q is shown as %q, not %q", text, err, want)
		}
	}
}
