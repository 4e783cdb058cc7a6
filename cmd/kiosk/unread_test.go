//go:build sim

package main

import (
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

// TestACodeThatCannotBeReadIsAnswered on the panel, and a module that wraps its codes on the page.
func TestACodeThatCannotBeReadIsAnswered(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		b.showQR(1)
		for _, code := range []string{"hello12", "可口可乐"} {
			b.must("scan", "code="+code)
			time.Sleep(time.Second)
			if v := b.kiosk.clerk.Snapshot().View; v.Note != sale.NoteUnread || v.QR == "" {
				t.Errorf("%s is held to the scan module, and the panel says %q", code, v.Note)
			}
			time.Sleep(10 * time.Second)
		}
		b.must("scan", "code=]C0134567890123456789")
		time.Sleep(30 * time.Second) // it is charged, and the goods fall
		if _, page := b.get("/"); !strings.Contains(page, "扫码模块在每个码前后加 ]C0") {
			t.Error("a technician does not read what the module puts before each code")
		}
	})
}
