package gateway

import (
	"testing"
	"testing/synctest"
	"time"
)

// Two payments of one number are two to the gateway: found, refunded and billed each by itself.
func TestASecondPaymentOfANumberIsFoundByItsTransactionAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTill(t)
		if _, err := c.g.PayAgain("K1-000001"); err == nil {
			t.Error("a number that nobody paid was paid a second time")
		}
		c.pay("K1-000001")
		first := c.call("/pay/orderquery", "out_trade_no", "K1-000001")["transaction_id"]
		second, err := c.g.PayAgain("K1-000001")
		third, err3 := c.g.PayAgain("K1-000001")
		if err != nil || err3 != nil || second == first || third == second || third == first {
			t.Fatalf("paid again as %s, %s after %s: %v %v", second, third, first, err, err3)
		}
		c.want("by number", c.call("/pay/orderquery", "out_trade_no", "K1-000001")["transaction_id"], first)
		m := c.call("/pay/orderquery", "transaction_id", second)
		c.want("by transaction", m["transaction_id"]+" "+m["out_trade_no"]+" "+m["trade_state"], second+" K1-000001 SUCCESS")
		r := c.call("/secapi/pay/refund", "transaction_id", second, "out_refund_no", "K1-T2R1", "total_fee", "350", "refund_fee", "350")
		c.want("refund", r["result_code"]+" "+r["transaction_id"], "SUCCESS "+second)
		time.Sleep(time.Minute)
		c.want("the second went back", c.call("/pay/refundquery", "transaction_id", second)["refund_status_0"], "SUCCESS")
		c.want("the first did not", c.call("/pay/refundquery", "out_trade_no", "K1-000001")["err_code"], "REFUNDNOTEXIST")
		c.want("states", c.query("K1-000001")+" "+c.call("/pay/orderquery", "transaction_id", second)["trade_state"], "SUCCESS REFUND")
		ids := map[string]bool{}
		for _, o := range c.g.Orders() {
			ids[o.TransactionID] = true
		}
		if len(ids) != 3 || len(c.g.Violations()) != 0 {
			t.Errorf("%d payments, %v", len(ids), c.g.Violations())
		}
	})
}
