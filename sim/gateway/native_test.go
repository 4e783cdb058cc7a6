package gateway

import (
	"errors"
	"strings"
	"time"
)

// pay makes a Native order and pays it.
func (c *till) pay(no string) {
	c.t.Helper()
	if _, text, err := c.g.Pay(c.native(no)["code_url"], "pay"); err != nil || text != PhonePaid {
		c.t.Fatalf("%s could not be paid: %s %v", no, text, err)
	}
}

// phone scans and says what it shows.
func (c *till) phone(codeURL, do string) string {
	c.t.Helper()
	_, text, err := c.g.Pay(codeURL, do)
	if err != nil {
		c.t.Errorf("the phone could not even read the code: %v", err)
	}
	return text
}

func inBeijing(d time.Duration) string {
	return time.Now().Add(d).In(time.FixedZone("", 8*3600)).Format("20060102150405")
}

var nativeItems = []item{
	{43, "one-number-many-codes", func(c *till) {
		first := c.native("K1-000001")
		again := c.native("K1-000001")
		c.want("the same again", says(again), "SUCCESS")
		if first["code_url"] == again["code_url"] || first["prepay_id"] == again["prepay_id"] || first["prepay_id"] == "" {
			c.t.Errorf("the second order call gave the first one's code: %v", again)
		}
		c.want("other amount", says(c.native("K1-000001", "total_fee", "351")), "OUT_TRADE_NO_USED")
		c.want("one phone", c.phone(first["code_url"], "pay"), PhonePaid)
		c.want("the other code", c.phone(again["code_url"], "pay"), PhoneHasMoney)
		c.want("paid", says(c.native("K1-000001")), "ORDERPAID")
		c.native("K1-000002")
		time.Sleep(5 * time.Minute)
		c.close("K1-000002")
		c.want("closed", says(c.native("K1-000002")), "ORDERCLOSED")
		c.micropay("K1-000003", c.g.NewCode(true))
		c.want("a code order's number", says(c.native("K1-000003")), "OUT_TRADE_NO_USED")
	}},
	{44, "a-code-dies-after-two-hours", func(c *till) {
		old := c.native("K1-000001")["code_url"]
		time.Sleep(2*time.Hour + time.Second)
		c.want("stale", c.phone(old, "pay"), PhoneExpired)
		c.want("a fresh one", c.phone(c.native("K1-000001")["code_url"], "pay"), PhonePaid)
	}},
	{44, "time-expire-is-the-last-moment-to-pay", func(c *till) {
		until := inBeijing(5 * time.Minute)
		qr := c.native("K1-000001", "time_expire", until)["code_url"]
		c.want("changed", says(c.native("K1-000001", "time_expire", inBeijing(6*time.Minute))), "OUT_TRADE_NO_USED")
		c.want("in the past", says(c.native("K1-000002", "time_expire", inBeijing(-time.Second))), "PARAM_ERROR")
		short := c.native("K1-000003", "time_expire", inBeijing(10*time.Second))["code_url"]
		time.Sleep(50 * time.Second)
		c.want("ten seconds are raised to a minute", c.phone(short, "pay"), PhonePaid)
		time.Sleep(5 * time.Minute)
		c.want("too late", c.phone(qr, "pay"), PhoneTooLate)
		c.want("and still open", c.query("K1-000001"), "NOTPAY")
		c.want("until it is closed", c.close("K1-000001"), "SUCCESS")
		c.g.Rules.StrictExpiry = true
		c.want("strict", says(c.native("K1-000004", "time_start", inBeijing(0), "time_expire", inBeijing(4*time.Minute))), "PARAM_ERROR")
	}},
	{45, "a-phone-pays-leaves-or-waits", func(c *till) {
		qr := c.native("K1-000001")["code_url"]
		if !strings.HasPrefix(qr, "weixin://wxpay/bizpayurl?pr=") {
			c.t.Errorf("the code is %s", qr)
		}
		c.want("leaves", c.phone(qr, "cancel"), PhoneLeft)
		c.want("waits", c.phone(qr, "wait"), PhoneAsks)
		c.want("meanwhile", c.query("K1-000001"), "NOTPAY")
		if _, err := c.g.Password("wrong"); !errors.Is(err, ErrRefused) {
			c.t.Errorf("a wrong password: %v", err)
		}
		if no, err := c.g.Password("enter"); no != "K1-000001" || err != nil {
			c.t.Errorf("the right one: %s %v", no, err)
		}
		c.want("paid", c.query("K1-000001"), "SUCCESS")
		if _, err := c.g.Password("enter"); !errors.Is(err, ErrNoPrompt) {
			c.t.Errorf("no prompt is open, but: %v", err)
		}
		if _, _, err := c.g.Pay("weixin://wxpay/bizpayurl?pr=nobody", "pay"); !errors.Is(err, ErrNoSuchQR) {
			c.t.Errorf("a stranger's code: %v", err)
		}
	}},
	{45, "two-phones-one-payment", func(c *till) {
		qr := c.native("K1-000001")["code_url"]
		c.phone(qr, "wait")
		c.want("the second phone", c.phone(qr, "pay"), PhonePaid)
		if _, err := c.g.Password("enter"); !errors.Is(err, ErrRefused) {
			c.t.Errorf("one order was paid by two phones: %v", err)
		}
		if v := c.g.Violations(); len(v) != 0 {
			c.t.Error(v)
		}
	}},
	{45, "paid-at-the-edge-and-after-the-panel-is-blank", func(c *till) {
		qr := c.native("K1-000001", "time_expire", inBeijing(5*time.Minute))["code_url"]
		c.phone(qr, "wait")
		time.Sleep(5 * time.Minute)
		if _, err := c.g.Password("enter"); err != nil {
			c.t.Errorf("the last moment is still a moment: %v", err)
		}
		hidden := c.native("K1-000002")["code_url"]
		time.Sleep(time.Hour) // nothing shows the code any more, but the order is open
		c.want("a photograph of the code", c.phone(hidden, "pay"), PhonePaid)
	}},
	{45, "the-newest-prompt-is-answered", func(c *till) {
		c.phone(c.native("K1-000001")["code_url"], "wait")
		c.micropay("K1-000002", c.g.NewCode(true))
		for _, want := range []string{"K1-000002", "K1-000001"} {
			if no, err := c.g.Password("enter"); no != want || err != nil {
				c.t.Errorf("the password went to %s (%v), the newest prompt is %s", no, err, want)
			}
		}
	}},
	{46, "close", func(c *till) {
		c.want("nobody's", c.close("K1-000001"), "ORDERNOTEXIST")
		c.native("K1-000001")
		time.Sleep(5*time.Minute - time.Second)
		c.want("too early", c.close("K1-000001"), "TRADE_STATE_ERROR")
		time.Sleep(time.Second)
		c.script("closeorder", Trouble{Code: "SYSTEMERROR", After: true})
		c.want("system error", c.close("K1-000001"), "SYSTEMERROR")
		c.g.Script = nil
		c.want("but closed", c.query("K1-000001"), "CLOSED")
		c.want("again", c.close("K1-000001"), "ORDERCLOSED")
		c.pay("K1-000002")
		c.want("paid", c.close("K1-000002"), "ORDERPAID")
		c.micropay("K1-000003", someCode)
		c.want("a code order", c.close("K1-000003"), "TRADE_ERROR")
	}},
	{46, "close-in-the-middle-of-a-payment", func(c *till) {
		c.phone(c.native("K1-000001")["code_url"], "wait")
		time.Sleep(5 * time.Minute)
		c.want("close", c.close("K1-000001"), "SUCCESS")
		if _, err := c.g.Password("enter"); !errors.Is(err, ErrRefused) {
			c.t.Errorf("a closed order was paid: %v", err)
		}
	}},
	{47, "paid-after-a-successful-close", func(c *till) {
		c.g.Rules.PayAfterClose = true
		qr := c.native("K1-000001")["code_url"]
		time.Sleep(5 * time.Minute)
		c.want("close", c.close("K1-000001"), "SUCCESS")
		c.want("and yet", c.phone(qr, "pay"), PhonePaid)
		c.want("the order", c.query("K1-000001"), "SUCCESS")
	}},
	{48, "no-other-trade-types-are-open-to-this-merchant", func(c *till) {
		for _, kind := range []string{"JSAPI", "APP", "MWEB"} {
			c.want(kind, says(c.native("K1-000001", "trade_type", kind, "openid", "o123")), "NOAUTH")
		}
		c.want("a stranger", says(c.native("K1-000001", "trade_type", "BARTER")), "PARAM_ERROR")
	}},
}
