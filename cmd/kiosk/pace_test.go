//go:build sim

package main

import (
	"testing"
	"time"
)

// Somebody presses keys for ten seconds, as many as are taken, and gives every choice up. The kiosk stays ready, and the next
// customer buys.
func TestKeysPressedForTenSecondsKeepNobodyFromBuying(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		ready := func() {
			if status, body := b.get("/readyz"); status != 200 {
				t.Errorf("not ready: %d %s", status, body)
			}
		}
		taken := 0
		for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
			if status, _ := b.post("press", "slot=1"); status == 200 {
				taken++
			}
			ready()
		}
		if taken < 20 {
			t.Fatalf("only %d presses were taken", taken)
		}
		b.until("the choice is given up", func() bool { // its own key, or the cancel key
			status, _ := b.post("press", "slot=cancel")
			return status == 200 || b.screen() == "idle"
		})
		given := time.Now()
		no := b.showQR(2)
		took := time.Since(given)
		if took > 15*time.Second {
			t.Errorf("the next customer saw a QR code after %v", took)
		}
		ready()
		b.phone("pay")
		b.untilState(no, "sold")
		ready()
		t.Logf("%d presses taken in ten seconds, %d orders; the next customer saw a QR code after %v and bought", taken, len(b.orders())-1, took)
	})
}
