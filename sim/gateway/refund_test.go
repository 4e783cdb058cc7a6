package gateway

import (
	"fmt"
	"time"
)

var refundItems = []item{
	{55, "accepted-then-processing-then-back", func(c *till) {
		c.pay("K1-000001")
		c.want("accepted", c.refund("K1-000001", "R1", "350"), "SUCCESS")
		c.want("at once", c.refunds("K1-000001")["refund_status_0"], "PROCESSING")
		c.want("money", fmt.Sprint(c.order("K1-000001").RefundedFen), "0")
		time.Sleep(2 * time.Second)
		m := c.refunds("K1-000001")
		c.want("soon", m["refund_status_0"], "SUCCESS")
		for name, want := range map[string]string{"refund_count": "1", "refund_fee_0": "350", "out_refund_no_0": "R1", "total_fee": "350", "refund_channel_0": "ORIGINAL"} {
			c.want(name, m[name], want)
		}
		c.want("money", fmt.Sprint(c.order("K1-000001").RefundedFen), "350")
		c.want("state", c.query("K1-000001"), "REFUND")
	}},
	{55, "closed-or-bounced", func(c *till) {
		c.pay("K1-000001")
		c.script("refund", Trouble{Then: "REFUNDCLOSE", In: 10 * time.Second})
		c.want("accepted", c.refund("K1-000001", "R1", "350"), "SUCCESS")
		c.g.Script = nil
		time.Sleep(10 * time.Second)
		c.want("closed", c.refunds("K1-000001")["refund_status_0"], "REFUNDCLOSE")
		time.Sleep(time.Minute)
		c.want("the same number", c.refund("K1-000001", "R1", "350"), "ERROR")
		c.want("a new one", c.refund("K1-000001", "R2", "350"), "SUCCESS")
		time.Sleep(2 * time.Second)
		m := c.refunds("K1-000001")
		c.want("both are listed", m["refund_status_0"]+" "+m["refund_status_1"], "REFUNDCLOSE SUCCESS")
		c.pay("K1-000005")
		c.script("refund", Trouble{Then: "NOTSURE"})
		c.refund("K1-000005", "R5", "350")
		time.Sleep(time.Hour)
		c.want("lost sight of", c.refunds("K1-000005")["refund_status_0"], "NOTSURE")
		c.want("sent again", c.refund("K1-000005", "R5", "350"), "SUCCESS")
		time.Sleep(2 * time.Second)
		c.want("and found", c.refunds("K1-000005")["refund_status_0"], "SUCCESS")
		c.pay("K1-000002")
		c.script("refund", Trouble{Then: "CHANGE"})
		c.refund("K1-000002", "R3", "350")
		time.Sleep(2 * time.Second)
		c.want("a dead card", c.refunds("K1-000002")["refund_status_0"], "CHANGE")
		c.want("money", fmt.Sprint(c.order("K1-000002").RefundedFen), "0")
		c.pay("K1-000003")
		c.script("refund", Trouble{Then: "PROCESSING"})
		c.refund("K1-000003", "R4", "350")
		time.Sleep(time.Hour)
		c.want("for ever", c.refunds("K1-000003")["refund_status_0"], "PROCESSING")
	}},
	{56, "one-number-one-refund", func(c *till) {
		c.pay("K1-000001")
		ask := func() map[string]string {
			return c.call("/secapi/pay/refund", "out_trade_no", "K1-000001", "out_refund_no", "R1", "total_fee", "350", "refund_fee", "350")
		}
		first, again := ask(), ask()
		if first["refund_id"] == "" || first["refund_id"] != again["refund_id"] {
			c.t.Errorf("one number was refunded as %s and as %s", first["refund_id"], again["refund_id"])
		}
		c.want("other amount", c.refund("K1-000001", "R1", "100"), "ERROR")
		time.Sleep(2 * time.Second)
		c.want("money back once", fmt.Sprint(c.order("K1-000001").RefundedFen), "350")
	}},
	{57, "never-more-than-was-paid", func(c *till) {
		c.pay("K1-000001")
		c.want("too much", c.refund("K1-000001", "R1", "351"), "ERROR")
		c.want("another total", c.refund("K1-000001", "R1", "350", "total_fee", "351"), "ERROR")
		c.want("a part", c.refund("K1-000001", "R1", "200"), "SUCCESS")
		time.Sleep(time.Minute)
		c.want("more than the rest", c.refund("K1-000001", "R2", "151"), "ERROR")
		c.want("the rest", c.refund("K1-000001", "R2", "150"), "SUCCESS")
		time.Sleep(time.Minute)
		c.want("nothing is left", c.refund("K1-000001", "R3", "1"), "ERROR")
		c.want("money", fmt.Sprint(c.order("K1-000001").RefundedFen), "350")
		if len(c.g.Violations()) != 3 {
			c.t.Errorf("asking for too much back is to be noticed: %v", c.g.Violations())
		}
	}},
	{58, "fifty-parts-and-no-more", func(c *till) {
		c.pay("K1-000001")
		for i := range 50 {
			c.want("part", c.refund("K1-000001", fmt.Sprint("R", i), "1"), "SUCCESS")
			time.Sleep(time.Minute)
		}
		c.want("the 51st", c.refund("K1-000001", "R50", "1"), "ERROR")
		m := c.refunds("K1-000001")
		c.want("ten at a time", m["refund_count"]+" of "+m["total_refund_count"], "10 of 50")
		m = c.call("/pay/refundquery", "out_trade_no", "K1-000001", "offset", "45")
		c.want("the last five", m["refund_count"]+" from "+m["out_refund_no_0"], "5 from R45")
	}},
	{59, "a-minute-between-two-refunds", func(c *till) {
		c.pay("K1-000001")
		c.want("first", c.refund("K1-000001", "R1", "100"), "SUCCESS")
		time.Sleep(59 * time.Second)
		c.want("too soon", c.refund("K1-000001", "R2", "100"), "FREQUENCY_LIMITED")
		time.Sleep(time.Second)
		c.want("a minute", c.refund("K1-000001", "R2", "100"), "SUCCESS")
	}},
	{60, "old-orders", func(c *till) {
		c.g.Rules.OldRefunds = 1
		c.pay("K1-000001")
		c.pay("K1-000002")
		time.Sleep(32 * 24 * time.Hour)
		c.want("after a month", c.refund("K1-000001", "R1", "100"), "SUCCESS")
		c.want("beyond the quota", c.refund("K1-000002", "R2", "100"), "FREQUENCY_LIMITED")
		time.Sleep(366 * 24 * time.Hour)
		c.want("after a year", c.refund("K1-000001", "R3", "100"), "TRADE_OVERDUE")
	}},
	{61, "no-money-until-topped-up", func(c *till) {
		c.pay("K1-000001")
		if err := c.g.Balance(100); err != nil {
			c.t.Fatal(err)
		}
		c.want("poor", c.refund("K1-000001", "R1", "350"), "NOTENOUGH")
		time.Sleep(time.Minute)
		c.want("still", c.refund("K1-000001", "R1", "350"), "NOTENOUGH")
		c.g.Balance(1000)
		time.Sleep(time.Minute)
		c.want("topped up", c.refund("K1-000001", "R1", "350"), "SUCCESS")
	}},
	{62, "errors-that-want-the-same-number-again", func(c *till) {
		c.pay("K1-000001")
		c.script("refund", Trouble{Code: "BIZERR_NEED_RETRY"})
		c.want("before", c.refund("K1-000001", "R1", "350"), "BIZERR_NEED_RETRY")
		c.want("nothing booked", says(c.refunds("K1-000001")), "REFUNDNOTEXIST")
		c.script("refund", Trouble{Code: "SYSTEMERROR", After: true})
		c.want("after", c.refund("K1-000001", "R1", "350"), "SYSTEMERROR")
		c.want("booked", c.refunds("K1-000001")["refund_status_0"], "PROCESSING")
		c.g.Script = nil
		for i := range 6 {
			c.want("bad", c.refund("K1-000009", fmt.Sprint("B", i), "1"), "ORDERNOTEXIST")
		}
		c.want("too many bad ones", c.refund("K1-000001", "R1", "350"), "INVALID_REQ_TOO_MUCH")
		time.Sleep(2 * time.Second)
		c.want("later", c.refund("K1-000001", "R1", "350"), "SUCCESS")
	}},
	{63, "nothing-to-refund", func(c *till) {
		c.native("K1-000001")
		c.want("unpaid", c.refund("K1-000001", "R1", "350"), "ORDERNOTEXIST")
		c.want("unknown", c.refund("K1-000002", "R1", "350"), "ORDERNOTEXIST")
		c.g.Rules.RefundLag = 5 * time.Second
		c.pay("K1-000003")
		c.refund("K1-000003", "R2", "350")
		c.want("lag", says(c.refunds("K1-000003")), "REFUNDNOTEXIST")
		time.Sleep(5 * time.Second)
		m := c.call("/pay/refundquery", "out_refund_no", "R2")
		c.want("by its number", m["refund_status_0"], "SUCCESS")
		c.want("by its id", c.call("/pay/refundquery", "refund_id", m["refund_id_0"])["out_refund_no_0"], "R2")
		c.want("no id at all", says(c.call("/pay/refundquery")), "LACK_PARAMS")
	}},
}
