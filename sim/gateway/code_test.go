package gateway

import (
	"fmt"
	"testing"
	"time"
)

var codeItems = []item{
	{13, "paid-at-once-with-and-without-coupon", func(c *till) {
		with := 0
		for i := range 40 {
			m := c.micropay(fmt.Sprint("K1-00000", i), c.g.NewCode(false))
			c.want("the charge", says(m), "SUCCESS")
			if m["total_fee"] != "350" || m["trade_type"] != "MICROPAY" || m["transaction_id"] == "" || m["openid"] == "" || m["time_end"] == "" {
				c.t.Fatalf("a paid charge lacks what the manual promises: %v", m)
			}
			if m["coupon_fee"] != "" {
				with++
				if m["cash_fee"] == "350" {
					c.t.Errorf("a coupon did not lower the cash: %v", m)
				}
			}
		}
		if with == 0 || with == 40 {
			c.t.Errorf("%d of 40 payments used a coupon: one of the two is never met", with)
		}
	}},
	{14, "password-then-paid", func(c *till) {
		c.want("the charge", says(c.micropay("K1-000001", c.g.NewCode(true))), "USERPAYING")
		c.want("meanwhile", c.query("K1-000001"), "USERPAYING")
		time.Sleep(10 * time.Second)
		if no, err := c.g.Password("enter"); err != nil || no != "K1-000001" {
			c.t.Errorf("the password was for %s: %v", no, err)
		}
		c.want("after the password", c.query("K1-000001"), "SUCCESS")
	}},
	{14, "paid-after-n-seconds", func(c *till) {
		c.script("micropay", Trouble{Then: "pay", In: 10 * time.Second})
		c.want("the charge", says(c.micropay("K1-000001", someCode)), "USERPAYING")
		time.Sleep(9 * time.Second)
		c.want("after nine", c.query("K1-000001"), "USERPAYING")
		time.Sleep(time.Second)
		c.want("after ten", c.query("K1-000001"), "SUCCESS")
	}},
	{15, "password-refused", func(c *till) {
		c.micropay("K1-000001", c.g.NewCode(true))
		if _, err := c.g.Password("cancel"); err != nil {
			c.t.Error(err)
		}
		c.want("after the refusal", c.query("K1-000001"), "PAYERROR")
		if _, err := c.g.Password("enter"); err == nil {
			c.t.Error("a refused prompt still takes a password")
		}
		c.g.Rules.Cancelled = "NOTPAY"
		c.micropay("K1-000002", c.g.NewCode(true))
		c.g.Password("cancel")
		c.want("the other variant", c.query("K1-000002"), "NOTPAY")
		time.Sleep(45 * time.Second)
		c.want("45 s later", c.query("K1-000002"), "REVOKED")
	}},
	{16, "password-for-ever", func(c *till) {
		c.micropay("K1-000001", c.g.NewCode(true))
		time.Sleep(44 * time.Second)
		c.want("after 44 s", c.query("K1-000001"), "USERPAYING")
		time.Sleep(time.Second)
		c.want("after 45 s", c.query("K1-000001"), "REVOKED")
		if _, err := c.g.Password("enter"); err == nil {
			c.t.Error("a revoked order took a password, and the money with it")
		}
		c.want("for good", c.query("K1-000001"), "REVOKED")
	}},
	{17, "paid-at-the-last-moment-against-a-reverse", func(c *till) {
		c.script("micropay", Trouble{Then: "pay", In: 44900 * time.Millisecond})
		c.micropay("K1-000001", someCode)
		c.micropay("K1-000002", otherCode)
		time.Sleep(44800 * time.Millisecond)
		c.want("reverse first", c.reverse("K1-000002"), "SUCCESS N")
		time.Sleep(200 * time.Millisecond)
		c.want("the payment won", c.query("K1-000001"), "SUCCESS")
		c.want("the reverse won", c.query("K1-000002"), "REVOKED")
		c.want("reverse of the paid", c.reverse("K1-000001"), "SUCCESS N")
		if o := c.order("K1-000001"); o.RefundedFen != 350 {
			c.t.Errorf("the customer has %d of 350 fen back", o.RefundedFen)
		}
		if o := c.order("K1-000002"); o.RefundedFen != 0 || o.TransactionID != "" {
			c.t.Errorf("money moved for an order that was reversed unpaid: %+v", o)
		}
	}},
	{18, "SYSTEMERROR-then-paid", func(c *till) {
		c.script("micropay", Trouble{Code: "SYSTEMERROR", After: true})
		c.want("the charge", says(c.micropay("K1-000001", someCode)), "SYSTEMERROR")
		c.want("the query", c.query("K1-000001"), "SUCCESS")
	}},
	{19, "SYSTEMERROR-then-never-there", func(c *till) {
		c.script("micropay", Trouble{Code: "SYSTEMERROR"})
		c.want("the charge", says(c.micropay("K1-000001", someCode)), "SYSTEMERROR")
		time.Sleep(time.Hour)
		c.want("for ever", c.query("K1-000001"), "ORDERNOTEXIST")
	}},
	{20, "SYSTEMERROR-then-lag-then-paid", func(c *till) {
		c.script("micropay", Trouble{Code: "SYSTEMERROR", After: true, Hide: 10 * time.Second})
		c.micropay("K1-000001", someCode)
		time.Sleep(9 * time.Second)
		c.want("while it lags", c.query("K1-000001"), "ORDERNOTEXIST")
		time.Sleep(time.Second)
		c.want("then", c.query("K1-000001"), "SUCCESS")
	}},
	{21, "BANKERROR-then-either", func(c *till) {
		c.script("micropay", Trouble{Code: "BANKERROR", Then: "pay", In: 3 * time.Second})
		c.want("the charge", says(c.micropay("K1-000001", someCode)), "BANKERROR")
		c.script("micropay", Trouble{Code: "BANKERROR"})
		c.micropay("K1-000002", otherCode)
		time.Sleep(3 * time.Second)
		c.want("one", c.query("K1-000001"), "SUCCESS")
		c.want("the other", c.query("K1-000002"), "PAYERROR")
	}},
	{22, "refusals-of-the-code-and-of-the-card", func(c *till) {
		for i, code := range []string{"AUTHCODEEXPIRE", "AUTH_CODE_ERROR", "AUTH_CODE_INVALID", "NOTENOUGH", "NOTSUPPORTCARD",
			"BUYER_MISMATCH", "TRADE_ERROR", "NOAUTH", "FOO_BAR"} {
			c.script("micropay", Trouble{Code: code})
			no := fmt.Sprint("K1-00000", i)
			c.want("the charge", says(c.micropay(no, c.g.NewCode(false))), code)
			c.g.Script = nil
			if got := c.query(no); got != "ORDERNOTEXIST" && got != "PAYERROR" {
				c.t.Errorf("after %s the order is %s", code, got)
			}
		}
	}},
	{23, "codes-are-good-once-and-for-a-minute", func(c *till) {
		c.want("first", says(c.micropay("K1-000001", someCode)), "SUCCESS")
		m := c.micropay("K1-000002", someCode)
		c.want("the same code again", says(m), "AUTH_CODE_INVALID")
		c.want("and the words", m["err_code_des"][:3], "101")
		code := c.g.NewCode(false)
		time.Sleep(61 * time.Second)
		c.want("a stale code", says(c.micropay("K1-000003", code)), "AUTHCODEEXPIRE")
		for i, bad := range []string{"160000000000000000", "13465072086636139", "1346507208663613955", "280000000000000000"} {
			c.want(bad, says(c.micropay(fmt.Sprint("K1-00001", i), bad)), "AUTH_CODE_INVALID")
		}
		c.want("letters", says(c.micropay("K1-000020", "13465072086636139x")), "AUTH_CODE_ERROR")
		c.want("a new code on a used number", says(c.micropay("K1-000003", c.g.NewCode(false))), "AUTH_CODE_INVALID")
		c.g.Hold(someCode, false)
		c.want("a used code held again", says(c.micropay("K1-000021", someCode)), "AUTH_CODE_INVALID")
	}},
	{24, "resend-charges-once", func(c *till) {
		first := c.micropay("K1-000001", someCode)
		again := c.micropay("K1-000001", someCode)
		c.want("the same again", says(again), "SUCCESS")
		if first["transaction_id"] != again["transaction_id"] || len(c.g.Orders()) != 1 {
			c.t.Errorf("one number was charged twice: %s and %s", first["transaction_id"], again["transaction_id"])
		}
		if len(c.g.Violations()) != 1 {
			c.t.Error("a second charge of one number went unnoticed")
		}
		c.micropay("K1-000002", c.g.NewCode(true))
		c.want("other amount", says(c.micropay("K1-000002", otherCode, "total_fee", "351")), "OUT_TRADE_NO_USED")
		c.want("other body", says(c.micropay("K1-000002", otherCode, "body", "薯片")), "OUT_TRADE_NO_USED")
		c.g.Rules.OtherParams = "INVALID_REQUEST"
		c.want("the variant", says(c.micropay("K1-000002", otherCode, "body", "薯片")), "INVALID_REQUEST")
	}},
	{25, "numbers-that-have-ended", func(c *till) {
		c.micropay("K1-000001", someCode)
		c.want("paid", says(c.micropay("K1-000001", otherCode)), "ORDERPAID")
		time.Sleep(16 * time.Second)
		c.reverse("K1-000001")
		c.want("reversed", says(c.micropay("K1-000001", someCode)), "ORDERREVERSED")
		c.native("K1-000002")
		time.Sleep(5 * time.Minute)
		c.close("K1-000002")
		c.want("closed", says(c.micropay("K1-000002", otherCode)), "ORDERCLOSED")
	}},
	{26, "password-rules", func(c *till) {
		c.want("500 yuan", says(c.micropay("K1-000001", c.g.CodeOf("Li", false), "total_fee", "50000")), "SUCCESS")
		c.want("above", says(c.micropay("K1-000002", c.g.CodeOf("Li", false), "total_fee", "50001")), "USERPAYING")
		c.g.Password("enter") // what needed the password is not one of the free ones
		for i := 2; i <= 5; i++ {
			c.want(fmt.Sprint(i, ". of the day"), says(c.micropay(fmt.Sprint("K1-00001", i), c.g.CodeOf("Li", false))), "SUCCESS")
		}
		c.want("sixth of the day", says(c.micropay("K1-000020", c.g.CodeOf("Li", false))), "USERPAYING")
		c.want("somebody else", says(c.micropay("K1-000021", c.g.CodeOf("Wang", false))), "SUCCESS")
		for i := range 7 {
			c.want("somebody new each time", says(c.micropay(fmt.Sprint("K1-00003", i), c.g.NewCode(false))), "SUCCESS")
		}
		time.Sleep(24 * time.Hour)
		c.want("the next day", says(c.micropay("K1-000040", c.g.CodeOf("Li", false))), "SUCCESS")
		c.g.Rules.FreePerDay = 1
		c.want("one a day", says(c.micropay("K1-000041", c.g.CodeOf("Li", false))), "USERPAYING")
		c.g.Rules = Rules{RiskOneIn: 3}
		asked := 0
		for i := range 60 {
			if says(c.micropay(fmt.Sprint("K1-00010", i), c.g.NewCode(false))) == "USERPAYING" {
				asked++
			}
		}
		if asked < 5 || asked > 40 {
			c.t.Errorf("one in three is a risk, but %d of 60 were asked", asked)
		}
	}},
}

func TestCodesArePlausibleAndNeverTheSame(t *testing.T) {
	c, seen := newTill(t), map[string]bool{}
	for range 2000 {
		code := c.g.NewCode(false)
		if !codeShape.MatchString(code) || seen[code] {
			t.Fatalf("code number %d is malformed or came before", len(seen))
		}
		seen[code] = true
	}
}

// Draws belong to an order number, so that a storm can be read order by order.
func TestChanceDoesNotDependOnOtherOrders(t *testing.T) {
	alone, crowd := newTill(t), newTill(t)
	for i := range 9 {
		crowd.micropay(fmt.Sprint("K1-90000", i), crowd.g.NewCode(false))
	}
	a, b := alone.micropay("K1-000001", someCode), crowd.micropay("K1-000001", someCode)
	for _, name := range []string{"openid", "bank_type", "cash_fee", "coupon_fee", "nonce_str"} {
		if a[name] != b[name] {
			t.Errorf("%s is %q alone and %q in a crowd", name, a[name], b[name])
		}
	}
}
