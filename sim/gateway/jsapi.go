package gateway

import (
	"fmt"
	"strings"
)

// Openid is what a customer is called under the kiosk's own appid; another appid has another name for him.
func (g *Gateway) Openid(customer string) string { return openIDOf(g.AppID, customer) }

// openIDOf has its last four letters tell the appid it belongs to.
func openIDOf(appid, customer string) string {
	one := Gateway{}
	head := "o" + drawLetters(one.random(appid, "customer "+customer), 23, base62)
	return head + drawLetters(one.random(appid, "mark "+head), 4, base62)
}

// isOpenIDOf says whether an openid was made for that appid. A real one cannot be told apart by looking, but the gateway knows.
func isOpenIDOf(name, appid string) bool {
	if len(name) != 28 || name[0] != 'o' {
		return false
	}
	one := Gateway{}
	return name[24:] == drawLetters(one.random(appid, "mark "+name[:24]), 4, base62)
}

// knowsPayer demands exactly one openid, of the appid it is said to be of.
func (g *Gateway) knowsPayer(q *request) (reply, bool) {
	own, sub := q.params["openid"], q.params["sub_openid"]
	mismatch := "PARAM_ERROR"
	if q.API == "v3" {
		mismatch = "OPENIDMISMATCH"
	}
	switch {
	case own == "" && sub == "":
		return failReply("LACK_PARAMS", "JSAPI支付必须传openid"), false
	case own != "" && sub != "":
		return failReply("PARAM_ERROR", "openid和sub_openid只能填一个"), false
	case own != "" && !isOpenIDOf(own, g.AppID), sub != "" && (g.SubAppID == "" || !isOpenIDOf(sub, g.SubAppID)):
		return failReply(mismatch, "appid和openid不匹配"), false
	}
	return reply{}, true
}

// PayPage is a page in WeChat that calls the cashier with what its server gave it: appId,
// timeStamp, nonceStr, package, signType and paySign. The phone is the named openid's; do is
// pay, cancel or wait, as with Pay.
func (g *Gateway) PayPage(given map[string]string, phone, do string) (outTradeNo, text string, err error) {
	now := g.lockNow()
	defer g.mu.Unlock()
	pre, ok := strings.CutPrefix(given["package"], "prepay_id=")
	o := g.memo.byTicket[pre]
	if !ok || o == nil || o.Means != byJSAPI {
		return "", "", ErrNoSuchQR
	}
	switch {
	case given["appId"] != g.AppID && given["appId"] != g.SubAppID, !g.paySigned(o, given):
		return o.No, "", fmt.Errorf("%w: 支付验证签名失败", ErrRefused)
	case phone != o.OpenID:
		return o.No, "", fmt.Errorf("%w: 该订单不是由本人下单", ErrRefused)
	case do != "pay" && do != "cancel" && do != "wait":
		return o.No, "", fmt.Errorf("a phone can pay, cancel or wait, not %q", do)
	}
	return g.paymentSheet(o, pre, do, now)
}

// paySigned holds the page to the sign type of its order.
func (g *Gateway) paySigned(o *order, given map[string]string) bool {
	if o.API == "v3" {
		key := g.V3.MerchantKey
		if key == nil {
			key = &g.keyRing().merchant.key.PublicKey
		}
		text := signedLines(given["appId"], given["timeStamp"], given["nonceStr"], given["package"])
		return given["signType"] == "RSA" && rsaSigned(key, text, given["paySign"])
	}
	signs := map[string]string{"sign": given["paySign"]}
	for _, name := range []string{"appId", "timeStamp", "nonceStr", "package", "signType"} {
		signs[name] = given[name]
	}
	return given["signType"] == o.Kind && isSigned(o.Kind, g.Key, signs)
}
