package gateway

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// endpointRule is one of the calls of v2: its path, what it cannot do without, and its doing.
type endpointRule struct {
	path  string
	needs []string
	do    func(*Gateway, *request) reply
}

// v2Endpoints lists them; a function, because the doings reach back to it.
func v2Endpoints() map[string]endpointRule {
	return map[string]endpointRule{
		"unifiedorder":     {"/pay/unifiedorder", []string{"body", "out_trade_no", "total_fee", "spbill_create_ip", "notify_url", "trade_type"}, (*Gateway).createOrder},
		"micropay":         {"/pay/micropay", []string{"body", "out_trade_no", "total_fee", "spbill_create_ip", "auth_code"}, (*Gateway).micropay},
		"orderquery":       {"/pay/orderquery", nil, (*Gateway).queryOrder},
		"closeorder":       {"/pay/closeorder", []string{"out_trade_no"}, (*Gateway).closeOrder},
		"reverse":          {"/secapi/pay/reverse", nil, (*Gateway).reverse},
		"refund":           {"/secapi/pay/refund", []string{"out_refund_no", "total_fee", "refund_fee"}, (*Gateway).refund},
		"refundquery":      {"/pay/refundquery", nil, (*Gateway).queryRefund},
		"downloadbill":     {"/pay/downloadbill", nil, (*Gateway).downloadBill},
		"downloadfundflow": {"/pay/downloadfundflow", []string{"bill_date", "account_type"}, (*Gateway).downloadFundFlow},
		"report":           {"/payitil/report", []string{"interface_url", "execute_time", "return_code", "result_code", "user_ip"}, (*Gateway).acceptReport},
	}
}

// needsCertificate tells whether a path of v2 demands the merchant's certificate.
func needsCertificate(path string) bool {
	return strings.HasPrefix(path, "/secapi/") || path == "/pay/downloadfundflow"
}

// endpointOf is the name of a v2 path, or "" if there is none: that is a 404.
func endpointOf(path string) string {
	for name, c := range v2Endpoints() {
		if c.path == path {
			return name
		}
	}
	return ""
}

// checkV2 proves who is asking. Until the signature is proven nothing is answered signed.
func (g *Gateway) checkV2(in wire, q *request) (reply, bool) {
	if in.method != "POST" {
		return unsignedFailure("REQUIRE_POST_METHOD", "REQUIRE_POST_METHOD 请使用post方法"), false
	}
	params, refusal := parseXML(in.body)
	if refusal != "" {
		return unsignedFailure(refusal, refusal+" "+words[refusal]), false
	}
	q.params, q.kind = params, params["sign_type"]
	if q.kind == "" {
		q.kind = signMD5
	}
	switch {
	case params["mch_id"] == "" || params["appid"] == "" || params["sign"] == "":
		return unsignedFailure("LACK_PARAMS", "缺少参数"), false
	case params["mch_id"] != g.MchID:
		return unsignedFailure("MCHID_NOT_EXIST", "MCHID_NOT_EXIST 商户号mch_id不存在"), false
	case q.kind != signMD5 && q.kind != signHMAC:
		return unsignedFailure("PARAM_ERROR", "sign_type参数错误"), false
	case !isSigned(q.kind, g.Key, params):
		if !slices.ContainsFunc(g.memo.formerKeys, func(key string) bool { return isSigned(q.kind, key, params) }) { // else it was long under way
			g.addViolation(q.Endpoint + " " + q.No + " came with a wrong signature")
		}
		if g.Rules.SignErrorCode {
			return failReply("SIGNERROR", "签名错误"), false
		}
		return unsignedFailure("SIGNERROR", "签名错误"), false
	case in.otherCert && needsCertificate(in.path):
		return unsignedFailure("NOAUTH", "证书与商户号不匹配"), false
	case params["appid"] != g.AppID && appIDShape.MatchString(params["appid"]):
		return failReply("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配"), false
	case params["appid"] != g.AppID:
		return failReply("APPID_NOT_EXIST", "APPID不存在"), false
	case params["sub_mch_id"] == "" && g.SubMchID != "":
		return failReply("LACK_PARAMS", "缺少参数sub_mch_id"), false
	case params["sub_mch_id"] != g.SubMchID:
		return failReply("MCHID_NOT_EXIST", "sub_mch_id与商户号没有关系"), false
	case params["sub_appid"] != "" && params["sub_appid"] != g.SubAppID:
		return failReply("APPID_NOT_EXIST", "sub_appid不存在"), false
	}
	return reply{}, true
}

// checkFields refuses what is missing, then what is there but wrong.
func (q *request) checkFields(needs []string) (reply, bool) {
	for _, name := range append([]string{"nonce_str"}, needs...) {
		if q.params[name] == "" {
			return failReply("LACK_PARAMS", "缺少参数"+name), false
		}
	}
	for _, f := range formats {
		if v := q.params[f.name]; v != "" && !f.ok(v) {
			return failReply("PARAM_ERROR", f.name+"参数格式有误"), false
		}
	}
	return reply{}, true
}

var (
	appIDShape  = regexp.MustCompile(`^wx[0-9a-z]{16}$`)
	numberShape = regexp.MustCompile(`^[0-9A-Za-z_\-|*@]{6,32}$`)
	refundShape = regexp.MustCompile(`^[0-9A-Za-z_\-|*@]{1,64}$`)
)

// formats are the rules for single fields, in the order they are looked at.
var formats = []struct {
	name string
	ok   func(string) bool
}{
	{"nonce_str", upTo(32)},
	{"out_trade_no", numberShape.MatchString},
	{"out_refund_no", refundShape.MatchString},
	{"total_fee", isFen},
	{"refund_fee", isFen},
	{"body", upTo(128)},
	{"attach", upTo(128)},
	{"device_info", upTo(32)},
	{"detail", upTo(6000)},
	{"product_id", upTo(32)},
	{"goods_tag", upTo(32)},
	{"auth_code", upTo(128)},
	{"refund_desc", upTo(80)},
	{"scene_info", upTo(256)},
	{"spbill_create_ip", func(s string) bool { return net.ParseIP(s) != nil }},
	{"fee_type", func(s string) bool { return s == "CNY" }},
	{"refund_fee_type", func(s string) bool { return s == "CNY" }},
	{"time_start", isStamp},
	{"time_expire", isStamp},
	{"notify_url", isPlainURL},
	{"transaction_id", upTo(32)},
	{"offset", func(s string) bool { _, err := strconv.ParseUint(s, 10, 31); return err == nil }},
}

// upTo allows n bytes and no blanks around them. The documents speak of characters; the gateway counts bytes.
func upTo(n int) func(string) bool {
	return func(s string) bool { return len(s) <= n && strings.TrimSpace(s) == s }
}

// parseFen reads a whole, positive number of fen without sign, blanks or leading zeros.
func parseFen(s string) (int64, bool) {
	if s == "" || len(s) > 10 || s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// isFen says whether a sum is written as the gateway takes it. 0 is refused: nothing costs nothing.
func isFen(s string) bool { _, ok := parseFen(s); return ok }

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }

// isStamp is the form yyyyMMddHHmmss, read as Beijing time.
func isStamp(s string) bool {
	_, err := time.ParseInLocation(stampLayout, s, beijing)
	return err == nil
}

// isPlainURL is an address that may be notified: absolute, and without a query, as the documents demand.
func isPlainURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= 256 && u.RawQuery == "" && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// sameAs is the digest of what must not change when a number is sent again: all but
// the code, the sender's address and what is new with every request.
func (g *Gateway) sameAs(q *request) string {
	rest := map[string]string{}
	for name, value := range q.params {
		if !slices.Contains([]string{"nonce_str", "sign", "sign_type", "auth_code", "spbill_create_ip"}, name) {
			rest[name] = value
		}
	}
	return g.digest(stringToSign(rest, ""))
}

// words are the gateway's descriptions of its own codes.
var words = map[string]string{
	"XML_FORMAT_ERROR": "XML格式错误", "POST_DATA_EMPTY": "post数据为空", "NOT_UTF8": "编码格式错误",
	"SYSTEMERROR": "系统错误", "BANKERROR": "银行系统异常", "USERPAYING": "需要用户输入支付密码", "ORDERPAID": "该订单已支付",
	"ORDERCLOSED": "订单已关闭", "ORDERREVERSED": "订单已撤销", "ORDERNOTEXIST": "此交易订单号不存在",
	"OUT_TRADE_NO_USED": "商户订单号重复", "INVALID_REQUEST": "201 商户订单号重复", "FREQUENCY_LIMITED": "频率限制",
	"AUTHCODEEXPIRE": "二维码已过期，请用户在微信上刷新后再试", "AUTH_CODE_ERROR": "支付授权码错误",
	"AUTH_CODE_INVALID": "请扫描微信支付被扫条码/二维码", "NOTENOUGH": "余额不足", "NOTSUPPORTCARD": "不支持卡类型",
	"BUYER_MISMATCH": "支付帐号错误", "TRADE_ERROR": "交易错误", "NOAUTH": "商户无此接口权限", "REVERSE_EXPIRE": "订单无法撤销",
	"TRADE_STATE_ERROR": "订单状态错误", "INVALID_TRANSACTIONID": "无效transaction_id", "REFUNDNOTEXIST": "退款订单查询失败",
	"TRADE_OVERDUE": "订单已经超过退款期限", "BIZERR_NEED_RETRY": "退款业务流程错误，需要商户触发重试来解决",
	"INVALID_REQ_TOO_MUCH": "无效请求过多", "USER_ACCOUNT_ABNORMAL": "退款请求失败", "PARAM_ERROR": "参数错误",
	"ERROR": "业务错误", "LACK_PARAMS": "缺少参数", "SIGNERROR": "签名错误",
}
