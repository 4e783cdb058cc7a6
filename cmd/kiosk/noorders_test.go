//go:build sim

package main

import (
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

// TestTheStreetsMerchantMayNotCollect is what somebody sees who tries it with make run.
func TestTheStreetsMerchantMayNotCollect(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		b.showQR(1)
		b.trouble("gateway", "no-orders")
		b.must("scan", "ask=none")
		time.Sleep(time.Minute) // one payment code is no streak
		if code, _ := b.get("/readyz"); code != 200 {
			t.Errorf("one payment code was refused, and /readyz is %d", code)
		}
		for range 2 {
			b.must("press", "slot=2")
			time.Sleep(2 * time.Minute)
		}
		code, ready := b.get("/readyz")
		if view := b.kiosk.clerk.Snapshot().View; code != 503 || !strings.Contains(ready, `"refused"`) || view.Note != sale.NoteMayFail {
			t.Errorf("/readyz %d %s, the panel says %q", code, ready, view.Note)
		}
		b.trouble("gateway", "up")
		b.buy(2) // a minute after the last order one is asked for, and taken
		if code, ready := b.get("/readyz"); code != 200 {
			t.Errorf("a customer bought, and /readyz is %d %s", code, ready)
		}
		time.Sleep(30 * time.Minute)
	})
}
