package gateway

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// v3Needs is what each call cannot do without, by v2's names.
var v3Needs = map[string][]string{
	"unifiedorder": {"appid", "mch_id", "body", "out_trade_no", "notify_url", "total_fee"},
	"micropay":     {"appid", "mch_id", "body", "out_trade_no", "total_fee", "auth_code"},
	"orderquery":   {"mch_id"},
	"closeorder":   {"mch_id"},
	"reverse":      {"appid", "mch_id"},
	"refund":       {"out_refund_no", "total_fee", "refund_fee", "fee_type"},
	"downloadbill": {"bill_date"},
	"fundflowbill": {"bill_date"},
}

// checkV3 proves who is asking, then looks at what is asked.
func (g *Gateway) checkV3(in wire, q *request, a asked) (reply, bool) {
	if r, ok := g.checkAuthorization(in, q); !ok {
		return r, false
	}
	if accept := in.header.Get("Accept"); q.Endpoint != "billfile" && !strings.Contains(accept, "application/json") && !strings.Contains(accept, "*/*") {
		return v3Fail(http.StatusBadRequest, "PARAM_ERROR", "Http头缺少Accept或User-Agent"), false
	}
	if in.method == http.MethodPost && !strings.HasPrefix(in.header.Get("Content-Type"), "application/json") {
		return v3Fail(http.StatusBadRequest, "PARAM_ERROR", "Http头Content-Type不是application/json"), false
	}
	if a.bad != "" {
		return v3Param(a.bad, "无法将输入源“"+a.bad+"”映射到字段中"), false
	}
	if pays := strings.HasPrefix(in.path, "/v3/pay/"); pays && a.partner != (g.SubMchID != "") {
		return v3Fail(http.StatusForbidden, "NO_AUTH", "商户号与接口不匹配"), false
	}
	for _, name := range v3Needs[q.Endpoint] {
		if q.params[name] == "" {
			return v3Param(name, "输入源"+name+"缺失"), false
		}
	}
	if r, ok := g.itsUs(q, a); !ok {
		return r, false
	}
	return v3Formats(q)
}

// checkAuthorization verifies the Authorization header over the bytes as they came.
func (g *Gateway) checkAuthorization(in wire, q *request) (reply, bool) {
	refuse := func(text string) (reply, bool) { return v3Fail(http.StatusUnauthorized, "SIGN_ERROR", text), false }
	part, ok := parseAuthorization(in.header.Get("Authorization"))
	if !ok {
		return refuse("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
	}
	seconds, err := strconv.ParseInt(part["timestamp"], 10, 64)
	switch skew := q.now.Sub(time.Unix(seconds, 0)); {
	case part["mchid"] != g.MchID:
		return refuse("商户号不存在")
	case !strings.EqualFold(part["serial_no"], g.MerchantSerial()):
		return refuse("商户证书序列号有误。请使用签名私钥匹配的证书序列号")
	case err != nil || skew.Abs() > 5*time.Minute:
		return refuse("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
	}
	key := g.V3.MerchantKey
	if key == nil {
		key = &g.keyRing().merchant.key.PublicKey
	}
	body := string(in.body)
	if in.method == http.MethodGet {
		body = ""
	}
	own := in.path
	if u, err := url.ParseRequestURI(in.target); err == nil && u.RawQuery != "" {
		own += "?" + u.RawQuery
	}
	for _, target := range []string{in.target, own} { // a street may be mounted below a path its client does not sign
		if rsaSigned(key, signedLines(in.method, target, part["timestamp"], part["nonce_str"], body), part["signature"]) {
			return reply{}, true
		}
	}
	g.addViolation(q.Endpoint + " " + q.No + " came with a wrong signature")
	r, _ := refuse("错误的签名，验签失败")
	r.json["detail"] = map[string]any{"field": "signature", "issue": "sign not match", "location": "authorization"}
	return r, false
}

// itsUs compares the numbers that name the merchant.
func (g *Gateway) itsUs(q *request, a asked) (reply, bool) {
	p := q.params
	switch {
	case p["mch_id"] != "" && p["mch_id"] != g.MchID:
		return v3Param("mchid", "商户号与签名的商户号不一致"), false
	case p["appid"] != "" && p["appid"] != g.AppID:
		return v3Fail(http.StatusBadRequest, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配"), false
	case p["sub_mch_id"] == "" && g.SubMchID != "" && (a.partner || q.Endpoint == "refund" || q.Endpoint == "refundquery"):
		return v3Param("sub_mchid", "输入源sub_mchid缺失"), false
	case p["sub_mch_id"] != "" && p["sub_mch_id"] != g.SubMchID:
		return v3Fail(http.StatusForbidden, "NO_AUTH", "子商户号未授权服务商的产品权限"), false
	case p["sub_appid"] != "" && p["sub_appid"] != g.SubAppID:
		return v3Fail(http.StatusBadRequest, "APPID_MCHID_NOT_MATCH", "sub_appid和sub_mch_id不匹配"), false
	}
	return reply{}, true
}

// v3Formats checks single fields by v2's rules, and what v3 demands beyond them: https, a payer, a store.
func v3Formats(q *request) (reply, bool) {
	p := q.params
	for _, f := range formats {
		if v := p[f.name]; v != "" && !f.ok(v) || f.name == "out_trade_no" && strings.Contains(v, "@") {
			return v3Param(f.name, f.name+"参数格式有误"), false
		}
	}
	switch {
	case p["notify_url"] != "" && !strings.HasPrefix(p["notify_url"], "https://"):
		return v3Param("notify_url", "notify_url必须为https"), false
	case q.Endpoint == "unifiedorder" && p["trade_type"] == "JSAPI" && p["openid"] == "" && p["sub_openid"] == "":
		return v3Param("payer.openid", "输入源payer.openid缺失"), false
	case q.Endpoint == "micropay" && p["scene_info.store_info.id"] == "" && p["scene_info.store_info.out_id"] == "":
		return v3Param("scene_info.store_info", "输入源scene_info.store_info缺失"), false
	}
	return reply{}, true
}
