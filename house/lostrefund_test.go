package house_test

import (
	"testing"
	"testing/synctest"

	"kiosk/sale"
	"kiosk/sim/gateway"
)

// At NOTSURE the gateway has lost sight of a refund, and wants it again under the same number. Nobody else would ask for it.
func TestARefundThatTheGatewayLostSightOfReachesTheCustomer(t *testing.T) {
	h := agreedHouse(folder(t), 12, byV2)
	h.fate = func(sale.No) string { return fateNoDrop }
	h.script("refund", gateway.Trouble{Then: "NOTSURE"})
	var o sale.Order
	synctest.Test(t, func(t *testing.T) {
		if err := h.open(); err != nil {
			t.Fatal(err)
		}
		defer h.shut()
		o = h.buys(t)
	})
	lost(t, h.judge(func(sale.No) bool { return false }))
	sent := 0
	for _, c := range h.gate.Log() {
		if c.Endpoint == "refund" {
			sent++
			if c.RefundNo != o.RefundNo {
				t.Errorf("the refund %s was asked for under %s: the customer could be paid twice", o.RefundNo, c.RefundNo)
			}
		}
	}
	if o.State != sale.Refunded || sent != 2 {
		t.Errorf("the order is %s, and its refund was asked for %d times: the customer waits for the money", o.State, sent)
	}
}
