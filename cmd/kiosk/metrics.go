package main

import (
	"time"

	"kiosk/cmd/kiosk/doctor"
	"kiosk/metrics"
	"kiosk/sale"
	"kiosk/status"
)

// exporter answers Prometheus from what every room counts.
func (k *kiosk) exporter(began time.Time) *metrics.Exporter {
	build := builtFrom()
	e := &metrics.Exporter{
		Kiosk: k.conf.Kiosk, Version: version, Commit: build["commit"], Go: build["go"], Began: began,
		Certificate: doctor.MerchantCertificateEnds(&k.conf), Snapshot: k.clerk.Snapshot, Alive: k.clerk.Alive, Board: k.board.Facts,
		Bill: func() *sale.Reconciliation { return k.bills.Status().Last }, Now: k.wires.now, Tally: &k.tally,
	}
	e.Notices = func() map[string]int {
		if k.page.Notices == nil {
			return nil
		}
		return k.page.Notices()
	}
	if k.alert != nil {
		e.Alerts = k.alert.Counts
	}
	if k.scanner != nil {
		e.Scanner = func() map[string]int {
			c := k.scanner.Counts()
			return map[string]int{"garbage": c.Garbage, "fragment": c.Fragments, "glued": c.Glued, "overflow": c.Overflows, "checksum": c.Sums,
				"unarmed": c.Unarmed, "repeat": c.Repeats, "vanished": c.Vanished, "unasked": c.Unsolicited, "unheard": c.Unanswered}
		}
	}
	return e
}

// builtWith is what this program was built from, and with, for people; "" if that is not known.
func builtWith() string {
	build := builtFrom()
	if build["commit"] == "" {
		return ""
	}
	return build["commit"] + " " + build["go"]
}

// waits are how long customers waited lately, for the page.
func (k *kiosk) waits() (out []status.Wait) {
	for kind, key := range []string{metrics.TapToQR: "tap-qr", metrics.PaidToMotor: "paid-motor", metrics.MotorToDrop: "motor-drop"} {
		n := k.tally.Latencies.RecentWaits(metrics.Latency(kind))
		out = append(out, status.Wait{Key: key, Count: n.Count, P50: n.P50, P95: n.P95})
	}
	return out
}
