package pay

import (
	"testing"

	"kiosk/sale"
)

// A coupon of the platform lowers what the customer pays and what is settled, and never what the merchant sold for.
func TestACouponPaysItsPartOfThePrice(t *testing.T) {
	for _, coupon := range []map[string]string{
		{"settlement_total_fee": "300", "cash_fee": "300", "coupon_fee": "50"},
		{"settlement_total_fee": "1", "cash_fee": "1", "coupon_fee": "349"},
		{"settlement_total_fee": "0", "cash_fee": "0", "coupon_fee": "350"},
		{"settlement_total_fee": "350", "cash_fee": "300", "coupon_fee": "50"},
		{"cash_fee": "300", "coupon_fee": "50"},
	} {
		for _, state := range []string{"SUCCESS", "REFUND", "micropay"} {
			g, b := meet(t)
			b.bend = func(out map[string]string) {
				for name, value := range coupon {
					out[name] = value
				}
				if out["trade_state"] != "" {
					out["trade_state"] = state
				}
			}
			said, err := g.Query(t.Context(), anOrder(sale.Native))
			if state == "micropay" {
				said, err = g.Charge(t.Context(), anOrder(sale.Code), aCode)
			}
			if err != nil || said.Money.Fen != 350 {
				t.Errorf("%s, paid with %v: read as %d of 350 fen (%v): every sale with a coupon is refunded, and the customer gets nothing", state, coupon, said.Money.Fen, err)
			}
		}
	}
	for _, paid := range []m{{"total": 350, "payer_total": 300}, {"total": 350, "payer_total": 0, "settlement_total": 300}, {"total": 350, "settlement_total": 1}} {
		g, b := meet3(t)
		b.bend = func(out map[string]any) { out["amount"] = paid }
		if said, err := g.Query(t.Context(), anOrder3(sale.Native)); err != nil || said.Money.Fen != 350 {
			t.Errorf("API v3, %v: read as %d of 350 fen (%v): every sale with a coupon is refunded", paid, said.Money.Fen, err)
		}
	}
}
