//go:build sim

package main

import (
	"testing"
	"testing/synctest"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/daily"
	"kiosk/sale"
)

// TestWhoPaysTwiceGetsOneOfThemBack: by notice at once, or by the bill the next morning, the second payment of a sold order is
// owed under a number of its own. It goes back when a person says so, by its transaction, and every bill agrees with the book.
func TestWhoPaysTwiceGetsOneOfThemBack(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(t *testing.T, dir string) func(*config.Config)
		told bool // by a notice
	}{
		{"v2, by the bill", func(*testing.T, string) func(*config.Config) { return nowhere }, false},
		{"v3, by notice", func(t *testing.T, dir string) func(*config.Config) { return inV3(t, dir, true) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			edit := c.edit(t, dir)
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, dir, edit)
				day := sale.Midnight(time.Now().In(sale.Beijing))
				time.Sleep(time.Until(day.Add(20 * time.Hour)))
				b.start()
				b.waitReady()
				no := b.showQR(1)
				b.phone("pay")
				b.untilState(no, "sold")
				transaction, err := b.gate.PayAgain(no)
				if err != nil {
					t.Fatal(err)
				}
				second := string(sale.SecondNumber(b.conf.Kiosk, transaction))
				time.Sleep(time.Minute)
				if n := b.owed(); (n == 1) != c.told {
					t.Errorf("a minute later %d are owed", n)
				}
				b.sleepUntil(day.Add(24*time.Hour + daily.ReadyTime))
				time.Sleep(daily.FirstRound + time.Minute)
				b.until("the second payment is owed", func() bool { return b.owed() == 1 })
				l := b.told().Bills.Last
				if l == nil || l.Sales != 2 || len(l.Findings) != map[bool]int{true: 0, false: 1}[c.told] {
					t.Errorf("the bill: %+v", l)
				}
				b.pageTells("先付的那一单 "+no, second, transaction, "同一单付了第二次")
				if b.gateFen(transaction) != 0 {
					t.Error("money went back by itself")
				}
				if _, err := b.kiosk.clerk.Do(t.Context(), sale.DecideOrder{No: sale.No(second), Event: sale.Retried, By: "anna", Note: "paid twice"}); err != nil {
					t.Fatal(err)
				}
				b.untilState(second, "refunded")
				if back, first := b.gateFen(transaction), b.gateFen(b.bought(no).Transaction); back != 350 || first != 0 {
					t.Errorf("%d of the second payment went back, and %d of the first", back, first)
				}
				b.sleepUntil(day.Add(2*24*time.Hour + daily.ReadyTime))
				time.Sleep(daily.FirstRound + time.Minute)
				if l := b.told().Bills.Last; l == nil || l.Refunds != 1 || len(l.Findings) != 0 {
					t.Errorf("the bill of the refund: %+v", l)
				}
				b.end()
			})
		})
	}
}

// sleepUntil switches the kiosk off until a moment.
func (b *bench) sleepUntil(at time.Time) {
	b.t.Helper()
	if err := b.stop(); err != nil {
		b.t.Fatal(err)
	}
	time.Sleep(time.Until(at))
	b.start()
	b.waitReady()
}

// bought is an order as /orders.json tells it.
func (b *bench) bought(no string) (o bought) {
	for _, o := range b.orders() {
		if o.No == no {
			return o
		}
	}
	b.t.Errorf("the book has no order %s", no)
	return o
}

// gateFen is what went back of one payment.
func (b *bench) gateFen(transaction string) int64 {
	for _, o := range b.gate.Orders() {
		if o.TransactionID == transaction {
			return o.RefundedFen
		}
	}
	b.t.Errorf("the gateway has no payment %s", transaction)
	return 0
}
