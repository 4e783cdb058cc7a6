package gateway

import (
	"fmt"
	"time"
)

var reverseItems = []item{
	{27, "a-query-that-lags", func(c *till) {
		c.g.Rules.QueryLag = 3 * time.Second
		qr := c.native("K1-000001")["code_url"]
		c.want("at once", c.query("K1-000001"), "ORDERNOTEXIST")
		time.Sleep(4 * time.Second)
		c.g.Pay(qr, "pay")
		c.want("just paid", c.query("K1-000001"), "NOTPAY")
		time.Sleep(3 * time.Second)
		c.want("later", c.query("K1-000001"), "SUCCESS")
		c.script("orderquery", Trouble{Lag: 5 * time.Second})
		c.want("one slow query", c.query("K1-000001"), "NOTPAY")
	}},
	{28, "a-burst-of-SYSTEMERROR", func(c *till) {
		c.native("K1-000001")
		c.g.Script = func(call Call) *Trouble {
			if call.Endpoint == "orderquery" && call.Nth <= 3 {
				return &Trouble{Code: "SYSTEMERROR"}
			}
			return nil
		}
		for range 3 {
			c.want("in the burst", c.query("K1-000001"), "SYSTEMERROR")
		}
		c.want("after it", c.query("K1-000001"), "NOTPAY")
	}},
	{29, "queries-too-fast", func(c *till) {
		c.native("K1-000001")
		for range 20 {
			c.want("patient", c.query("K1-000001"), "NOTPAY")
		}
		c.want("the 21st in a second", c.query("K1-000001"), "FREQUENCY_LIMITED")
		time.Sleep(time.Second)
		c.want("a second later", c.query("K1-000001"), "NOTPAY")
	}},
	{30, "only-minimal-fields-when-not-paid", func(c *till) {
		c.native("K1-000001", "attach", "slot 1")
		m := c.call("/pay/orderquery", "out_trade_no", "K1-000001")
		for _, name := range []string{"total_fee", "cash_fee", "openid", "transaction_id", "time_end", "trade_type", "bank_type"} {
			if _, there := m[name]; there {
				c.t.Errorf("an unpaid order is told with its %s", name)
			}
		}
		c.want("attach", m["attach"], "slot 1")
		c.pay("K1-000002")
		m = c.call("/pay/orderquery", "out_trade_no", "K1-000002")
		c.want("by transaction", says(c.call("/pay/orderquery", "transaction_id", m["transaction_id"])), "SUCCESS")
		c.want("amount", m["total_fee"], "350")
		c.want("means", m["trade_type"], "NATIVE")
	}},
	{31, "states-after-the-end", func(c *till) {
		c.pay("K1-000001")
		c.refund("K1-000001", "R1", "100")
		c.want("partly refunded", c.query("K1-000001"), "REFUND")
		c.micropay("K1-000002", someCode)
		time.Sleep(15 * time.Second)
		c.reverse("K1-000002")
		c.want("reversed", c.query("K1-000002"), "REVOKED")
		c.native("K1-000003")
		time.Sleep(7*24*time.Hour - time.Second)
		c.want("nearly seven days", c.query("K1-000003"), "NOTPAY")
		time.Sleep(time.Second)
		c.want("seven days", c.query("K1-000003"), "CLOSED")
	}},
	{32, "both-ids-no-id-and-an-unknown-state", func(c *till) {
		c.want("both", says(c.call("/pay/orderquery", "out_trade_no", "K1-000001", "transaction_id", "1")), "PARAM_ERROR")
		c.want("neither", says(c.call("/pay/orderquery")), "LACK_PARAMS")
		c.native("K1-000001")
		c.script("orderquery", Trouble{State: "PONDERING"})
		c.want("a new word", c.query("K1-000001"), "PONDERING")
	}},
	{33, "reverse-within-15-seconds", func(c *till) {
		c.micropay("K1-000001", someCode)
		time.Sleep(14 * time.Second)
		c.want("too early", c.reverse("K1-000001"), "SYSTEMERROR Y")
		c.want("and nothing done", c.query("K1-000001"), "SUCCESS")
		time.Sleep(time.Second)
		c.want("in time", c.reverse("K1-000001"), "SUCCESS N")
	}},
	{34, "reverse-while-the-password-is-asked", func(c *till) {
		c.micropay("K1-000001", c.g.NewCode(true))
		c.want("too early", c.reverse("K1-000001"), "USERPAYING Y")
		c.g.Rules.WaitWhilePaying = true
		time.Sleep(20 * time.Second)
		c.want("the strict variant", c.reverse("K1-000001"), "USERPAYING Y")
		time.Sleep(25 * time.Second)
		c.want("after it revoked itself", c.reverse("K1-000001"), "SUCCESS N")
	}},
	{35, "a-reversed-order-can-never-be-paid", func(c *till) {
		c.micropay("K1-000001", c.g.NewCode(true))
		time.Sleep(20 * time.Second)
		c.want("reverse", c.reverse("K1-000001"), "SUCCESS N")
		if _, err := c.g.Password("enter"); err == nil {
			c.t.Error("the password of a reversed order was taken")
		}
		c.want("micropay", says(c.micropay("K1-000001", otherCode)), "ORDERREVERSED")
		c.want("the end", c.query("K1-000001"), "REVOKED")
		c.want("money", fmt.Sprint(c.order("K1-000001").RefundedFen), "0")
	}},
	{35, "an-unknown-number", func(c *till) {
		c.want("usually", c.reverse("K1-000001"), "ORDERNOTEXIST N")
		c.g.Rules.ReverseMissing = "SUCCESS"
		c.want("the variant", c.reverse("K1-000001"), "SUCCESS N")
		c.want("which is for good", says(c.micropay("K1-000001", someCode)), "ORDERREVERSED")
		c.want("a first charge that comes late is no second one", fmt.Sprint(c.g.Violations()), "[]")
		c.micropay("K1-000002", someCode)
		c.micropay("K1-000002", otherCode)
		c.want("a second one is", fmt.Sprint(c.g.Violations()), "[order K1-000002 was charged again]")
	}},
	{36, "reverse-of-a-paid-order-gives-the-money-back", func(c *till) {
		c.micropay("K1-000001", someCode)
		time.Sleep(15 * time.Second)
		c.want("reverse", c.reverse("K1-000001"), "SUCCESS N")
		if o := c.order("K1-000001"); o.State != "REVOKED" || o.RefundedFen != 350 {
			c.t.Errorf("the order is %+v, not REVOKED with 350 fen back", o)
		}
		c.want("a refund of it", c.refund("K1-000001", "R1", "350"), "ERROR")
		c.g.Rules.ReversedPaid = "REFUND"
		c.micropay("K1-000002", otherCode)
		time.Sleep(15 * time.Second)
		c.want("the variant", c.reverse("K1-000002"), "SUCCESS N")
		c.want("is shown", c.query("K1-000002"), "REFUND")
		c.want("with its refund", c.refunds("K1-000002")["refund_status_0"], "SUCCESS")
		c.want("money", fmt.Sprint(c.order("K1-000002").RefundedFen), "350")
	}},
	{37, "recall-a-few-times", func(c *till) {
		c.micropay("K1-000001", someCode)
		time.Sleep(15 * time.Second)
		c.g.Script = func(call Call) *Trouble {
			return &Trouble{Recall: call.Endpoint == "reverse" && call.Nth <= 2}
		}
		c.want("first", c.reverse("K1-000001"), "SUCCESS Y")
		c.want("second", c.reverse("K1-000001"), "SUCCESS Y")
		c.want("not done yet", c.query("K1-000001"), "SUCCESS")
		c.want("third", c.reverse("K1-000001"), "SUCCESS N")
		c.want("done", c.query("K1-000001"), "REVOKED")
	}},
	{38, "timeout-after-it-took-effect", func(c *till) {
		c.micropay("K1-000001", someCode)
		time.Sleep(15 * time.Second)
		c.script("reverse", Trouble{Lose: "answer"})
		c.lost("/secapi/pay/reverse", "out_trade_no", "K1-000001")
		c.want("the order", c.query("K1-000001"), "REVOKED")
	}},
	{39, "reverse-again", func(c *till) {
		c.micropay("K1-000001", someCode)
		time.Sleep(15 * time.Second)
		for range 3 {
			c.want("each time", c.reverse("K1-000001"), "SUCCESS N")
		}
		c.want("money back once", fmt.Sprint(c.order("K1-000001").RefundedFen), "350")
	}},
	{40, "reverse-after-seven-days", func(c *till) {
		c.micropay("K1-000001", someCode)
		time.Sleep(7*24*time.Hour + time.Second)
		c.want("too late", c.reverse("K1-000001"), "REVERSE_EXPIRE N")
		c.want("but a refund works", c.refund("K1-000001", "R1", "350"), "SUCCESS")
	}},
	{41, "reverse-of-a-native-order", func(c *till) {
		c.native("K1-000001")
		time.Sleep(time.Minute)
		c.want("refused", c.reverse("K1-000001"), "TRADE_ERROR N")
	}},
	{42, "paid-after-an-acknowledged-reverse-is-noticed", func(c *till) {
		c.micropay("K1-000001", c.g.NewCode(true))
		time.Sleep(20 * time.Second)
		c.reverse("K1-000001")
		c.g.Password("enter")
		if v := c.g.Violations(); len(v) != 0 {
			c.t.Errorf("the gateway broke its own promise: %v", v)
		}
		o := c.g.memo.byNo["K1-000001"]
		c.g.mu.Lock()
		c.g.moveOrder(o, success, time.Now()) // a gateway with a bug
		c.g.mu.Unlock()
		if len(c.g.Violations()) != 1 {
			c.t.Error("money was taken after an acknowledged reverse, and nobody noticed")
		}
	}},
}
