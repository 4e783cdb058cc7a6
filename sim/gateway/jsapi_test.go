package gateway

import (
	"errors"
	"fmt"
	"time"
)

// page is what a server gives its page, v2 or v3.
func (c *till) page(pre string) map[string]string {
	m := map[string]string{"appId": testApp, "timeStamp": "1414561699", "nonceStr": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS", "package": "prepay_id=" + pre, "signType": c.kind}
	m["paySign"] = ownSign(c.kind, m)
	return m
}

var jsapiItems = []item{
	{48, "an-openid-of-another-appid", func(c *till) {
		c.g.Rules.JSAPI = true
		d := c.desk()
		ask := func(openid string) string {
			return says(c.native("K1-000001", "trade_type", "JSAPI", "openid", openid))
		}
		c.want("none", ask("-"), "LACK_PARAMS")
		c.want("another appid's", ask(openIDOf("wx0000000000000000", "Li")), "PARAM_ERROR")
		c.want("nobody's", ask("o1234567890123456789012345678"), "PARAM_ERROR")
		c.want("ours", ask(c.g.Openid("Li")), "SUCCESS")
		c.want("v3, none", d.order("jsapi", "K1-000002", "").word(), "400 PARAMERROR")
		c.want("v3, another's", d.order("jsapi", "K1-000002", `,"payer":{"openid":"`+openIDOf("wx0000000000000000", "Li")+`"}`).word(), "500 OPENIDMISMATCH")
		if a := d.order("jsapi", "K1-000002", `,"payer":{"openid":"`+c.g.Openid("Li")+`"}`); a.text("prepay_id") == "" || a.text("code_url") != "" {
			c.t.Errorf("a page is answered %s", a.body)
		}
	}},
	{48, "a-page-pays", func(c *till) {
		c.g.Rules.JSAPI = true
		li := c.g.Openid("Li")
		pre := c.native("K1-000001", "trade_type", "JSAPI", "openid", li)["prepay_id"]
		pay := func(given map[string]string, phone, do string) string {
			_, text, err := c.g.PayPage(given, phone, do)
			if err != nil {
				return "refused"
			}
			return text
		}
		bad := c.page(pre)
		bad["paySign"] = bad["paySign"][1:] + "0"
		c.want("a wrong paySign", pay(bad, li, "pay"), "refused")
		c.kind = "MD5"
		c.want("another sign type than the order's", pay(c.page(pre), li, "pay"), "refused")
		c.kind = "HMAC-SHA256"
		c.want("another phone", pay(c.page(pre), c.g.Openid("Wang"), "pay"), "refused")
		if _, _, err := c.g.PayPage(c.page("wx1"), li, "pay"); !errors.Is(err, ErrNoSuchQR) {
			c.t.Errorf("an unknown prepay_id: %v", err)
		}
		c.want("changes his mind", pay(c.page(pre), li, "cancel"), PhoneLeft)
		c.want("pays", pay(c.page(pre), li, "pay"), PhonePaid)
		m := c.call("/pay/orderquery", "out_trade_no", "K1-000001")
		c.want("who", m["openid"], li)
		c.want("how", m["trade_type"]+" "+c.order("K1-000001").Means, "JSAPI jsapi")
	}},
	{48, "a-prepay-id-dies-after-two-hours", func(c *till) {
		c.g.Rules.JSAPI = true
		d, li := c.desk(), c.g.Openid("Li")
		order := func() string {
			return d.order("jsapi", "K1-000001", `,"payer":{"openid":"`+li+`"}`).text("prepay_id")
		}
		pay := func(pre string) string {
			m := map[string]string{"appId": testApp, "timeStamp": "1", "nonceStr": "n", "package": "prepay_id=" + pre, "signType": "RSA"}
			m["paySign"] = rsaSign(d.key, fmt.Sprintf("%s\n1\nn\nprepay_id=%s\n", testApp, pre))
			_, text, err := c.g.PayPage(m, li, "pay")
			if err != nil {
				c.t.Errorf("the page was refused: %v", err)
			}
			return text
		}
		old := order()
		time.Sleep(2*time.Hour + time.Second)
		c.want("stale", pay(old), PhoneExpired)
		c.want("fresh", pay(order()), PhonePaid)
		c.want("twice", pay(old), PhoneHasMoney)
		c.want("by v3", d.query3("K1-000001").text("payer", "openid"), li)
	}},
}
