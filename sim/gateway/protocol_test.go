package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

var protocolItems = []item{
	{1, "both-signatures-are-verified", func(c *till) {
		for _, kind := range []string{"MD5", "HMAC-SHA256"} {
			c.kind = kind
			c.want(kind, says(c.call("/pay/orderquery", "out_trade_no", "K1-000000")), "ORDERNOTEXIST")
		}
		c.kind = "MD5"
		c.want("no sign_type", says(c.call("/pay/orderquery", "out_trade_no", "K1-000000", "sign_type", "-")), "ORDERNOTEXIST")
	}},
	{1, "a-wrong-signature-is-refused-unsigned", func(c *till) {
		m := c.call("/pay/orderquery", "out_trade_no", "K1-000000", "sign", "00")
		if m["return_code"] != "FAIL" || m["return_msg"] != "签名错误" || len(m) != 2 {
			c.t.Errorf("answered %v", m)
		}
		if len(c.g.Violations()) != 1 {
			c.t.Error("a wrong signature is not counted")
		}
		c.g.Rules.SignErrorCode = true
		c.want("variant", says(c.call("/pay/orderquery", "out_trade_no", "K1-000000", "sign", "00")), "SIGNERROR")
	}},
	{2, "answers-in-the-kind-of-the-request", func(c *till) {
		with, without := 0, 0
		for i := range 60 { // call checks each signature
			if m := c.call("/pay/orderquery", "out_trade_no", fmt.Sprint("K1-00000", i)); m["sign_type"] != "" {
				with++
			} else {
				without++
			}
		}
		if with == 0 || without == 0 {
			c.t.Errorf("sign_type came %d times and was left out %d times: one of the two is never met", with, without)
		}
	}},
	{3, "shapes-vary-and-stay-signed", func(c *till) {
		found := map[string]bool{}
		for i := range 80 {
			body, _ := c.post(c.t.Context(), "/pay/orderquery", c.message("out_trade_no", fmt.Sprint("K1-00000", i)))
			found["cdata"] = found["cdata"] || strings.Contains(body, "<return_code><![CDATA[")
			found["bare"] = found["bare"] || strings.Contains(body, "<return_code>SUCCESS")
			found["extra"] = found["extra"] || strings.Contains(body, "zz_new_field")
			found["empty"] = found["empty"] || strings.Contains(body, "<promotion_detail></") || strings.Contains(body, "<promotion_detail><![CDATA[]]></")
			found["reordered"] = found["reordered"] || strings.Index(body, "<appid>") < strings.Index(body, "<return_code>")
		}
		if len(found) != 5 || slices.Contains(slices.Collect(maps.Values(found)), false) {
			c.t.Errorf("of the shapes only %v were met", found)
		}
	}},
	{4, "BOM-CRLF-and-blank-line", func(c *till) {
		var bom, crlf, blank bool
		for i := range 80 {
			body, _ := c.post(c.t.Context(), "/pay/orderquery", c.message("out_trade_no", fmt.Sprint("K1-00000", i)))
			bom = bom || strings.HasPrefix(body, "\ufeff")
			crlf = crlf || strings.Contains(body, "\r\n")
			blank = blank || strings.HasPrefix(body, "\n") || strings.HasPrefix(body, "\r\n")
		}
		if !bom || !crlf || !blank {
			c.t.Errorf("BOM %v, CRLF %v, leading blank line %v", bom, crlf, blank)
		}
	}},
	{5, "malformed-requests", func(c *till) {
		for body, want := range map[string]string{"<xml><a>": "XML_FORMAT_ERROR", "": "POST_DATA_EMPTY", "<xml><a>\xbf\xc9</a></xml>": "NOT_UTF8"} {
			got, err := c.post(c.t.Context(), "/pay/orderquery", body)
			if m := read(got); err != nil || m["return_code"] != "FAIL" || !strings.Contains(m["return_msg"], want) {
				c.t.Errorf("%q: %s %v, want %s", body, got, err, want)
			}
		}
		r, _ := http.NewRequest("GET", "https://api.mch.weixin.qq.com/pay/orderquery", nil)
		res, err := c.g.RoundTrip(r)
		if err != nil {
			c.t.Fatal(err)
		}
		if body, _ := io.ReadAll(res.Body); !strings.Contains(string(body), "REQUIRE_POST_METHOD") {
			c.t.Errorf("GET: %s", body)
		}
		c.want("no amount", says(c.native("K1-000001", "total_fee", "-")), "LACK_PARAMS")
		for _, fee := range []string{"3.50", "-1", "0", "350 ", "1e3", "99999999999"} {
			c.want("amount "+fee, says(c.native("K1-000001", "total_fee", fee)), "PARAM_ERROR")
		}
		c.want("short number", says(c.native("K1")), "PARAM_ERROR")
		c.want("notify_url with query", says(c.native("K1-000001", "notify_url", "https://example.com/?a=1")), "PARAM_ERROR")
		if len(c.g.Orders()) != 0 {
			c.t.Error("a malformed request made an order")
		}
	}},
	{6, "the-id-errors", func(c *till) {
		c.want("another's appid", says(c.call("/pay/orderquery", "out_trade_no", "K1-000001", "appid", "wx0000000000000000")), "APPID_MCHID_NOT_MATCH")
		c.want("no such appid", says(c.call("/pay/orderquery", "out_trade_no", "K1-000001", "appid", "hello")), "APPID_NOT_EXIST")
		if m := c.call("/pay/orderquery", "out_trade_no", "K1-000001", "mch_id", "1"); !strings.Contains(m["return_msg"], "MCHID_NOT_EXIST") {
			c.t.Errorf("no such merchant: %v", m)
		}
		c.script("micropay", Trouble{Code: "NOAUTH"})
		c.want("product not open", says(c.micropay("K1-000001", someCode)), "NOAUTH")
		c.g.SubMchID = "10000200"
		c.want("no sub merchant", says(c.call("/pay/orderquery", "out_trade_no", "K1-000001")), "LACK_PARAMS")
		if m := c.call("/pay/orderquery", "out_trade_no", "K1-000001", "sub_mch_id", "10000200"); m["sub_mch_id"] != "10000200" {
			c.t.Errorf("the sub merchant is not echoed: %v", m)
		}
	}},
	{7, "secapi-demands-the-merchants-certificate", showCertificate},
	{8, "forged-answers", showForgeries},
	{9, "transport-troubles", showTransport},
	{10, "connection-cut-after-booking", func(c *till) {
		c.script("micropay", Trouble{Lose: "answer"})
		c.lost("/pay/micropay", charge("K1-000001", someCode)...)
		c.want("the charge", c.query("K1-000001"), "SUCCESS")
	}},
	{11, "connection-cut-before-reading", func(c *till) {
		c.script("micropay", Trouble{Lose: "request"})
		c.lost("/pay/micropay", charge("K1-000001", someCode)...)
		c.want("the charge", c.query("K1-000001"), "ORDERNOTEXIST")
	}},
	{12, "answer-later-than-the-client-waits", func(c *till) {
		c.script("micropay", Trouble{Late: 30 * time.Second})
		if err := c.lost("/pay/micropay", charge("K1-000001", someCode)...); !errors.Is(err, context.DeadlineExceeded) {
			c.t.Errorf("the caller heard %v", err)
		}
		c.want("the charge", c.query("K1-000001"), "SUCCESS")
	}},
	{12, "request-that-arrives-after-its-client-gave-up", func(c *till) {
		c.script("micropay", Trouble{Delay: 20 * time.Second})
		c.lost("/pay/micropay", charge("K1-000001", someCode)...) // gives up after ten
		c.want("before it arrives", c.query("K1-000001"), "ORDERNOTEXIST")
		time.Sleep(11 * time.Second)
		c.want("after it arrived", c.query("K1-000001"), "SUCCESS")
	}},
	{12, "late-requests-arrive-in-their-own-order", func(c *till) {
		for no, delay := range map[string]time.Duration{"K1-000001": time.Minute, "K1-000002": 30 * time.Second} {
			c.script("micropay", Trouble{Delay: delay})
			c.lost("/pay/micropay", charge(no, someCode)...)
		}
		time.Sleep(2 * time.Minute)
		c.want("the first to arrive", c.query("K1-000002"), "SUCCESS")
		c.want("the one that found the code used", c.query("K1-000001"), "ORDERNOTEXIST")
	}},
}
