package status

import (
	"maps"
	"runtime"
	"slices"
	"strconv"
	"time"

	"kiosk/sale"
)

// The kinds of metrics.
const (
	gauge     = "gauge"
	counter   = "counter"
	histogram = "histogram"
)

// family is one metric with all its labels: what it is called, what it means, and where it is read.
// No label may hold what grows with time: no order number, no address, no text of an error.
type family struct {
	name, kind, help string
	labels           []string
	read             func(n *metered, w *pen)
}

// families is everything at /metrics; docs/metrics.md lists the same.
var families = []family{
	{"kiosk_build_info", gauge, "Always 1; its labels say what runs.", []string{"kiosk", "version", "commit", "go"}, func(n *metered, w *pen) {
		w.put(1, n.Kiosk, n.Version, n.Commit, n.Go)
	}},
	{"kiosk_uptime_seconds", gauge, "Since this process began.", nil, func(n *metered, w *pen) { w.put(float64(n.Uptime)) }},
	{"kiosk_goroutines", gauge, "Goroutines of the process; one that only grows is a leak.", nil, func(n *metered, w *pen) {
		w.put(float64(runtime.NumGoroutine()))
	}},

	{"kiosk_alive", gauge, "1 while the shop's own beat goes on, as /healthz.", nil, func(n *metered, w *pen) { w.yes(n.Alive) }},
	{"kiosk_ready", gauge, "1 while it can sell, as /readyz.", nil, func(n *metered, w *pen) { w.yes(n.Ready) }},
	{"kiosk_why", gauge, "1 for each reason why it cannot sell, as /readyz; absent otherwise.", []string{"code"}, func(n *metered, w *pen) {
		codes := map[string]bool{}
		for _, why := range n.Why {
			codes[why.Code] = true
		}
		for _, code := range slices.Sorted(maps.Keys(codes)) {
			w.put(1, code)
		}
	}},
	{"kiosk_maintenance", gauge, "1 while a person has taken it out of service.", nil, func(n *metered, w *pen) { w.yes(n.sight.Maintenance != "") }},
	{"kiosk_cloud_reachable", gauge, "1 while the gateway answers.", nil, func(n *metered, w *pen) { w.yes(n.Cloud.Reachable) }},
	{"kiosk_clock_trusted", gauge, "1 while the wall clock is trusted.", nil, func(n *metered, w *pen) { w.yes(n.Clock.Trusted) }},
	{"kiosk_clock_skew_seconds", gauge, "Our wall clock minus the gateway's; absent until it was heard.", nil, func(n *metered, w *pen) {
		if n.sight.Skew != nil {
			w.put(n.sight.Skew.Seconds())
		}
	}},

	{"kiosk_orders_open", gauge, "Orders under way, owed ones not counted.", nil, func(n *metered, w *pen) { w.put(float64(n.Open)) }},
	{"kiosk_orders_owed", gauge, "Orders that a person must settle.", nil, func(n *metered, w *pen) { w.put(float64(n.Owed)) }},
	{"kiosk_order_events_total", counter, "Moves of orders, by event; docs/machine.md has them all.", []string{"event"}, func(n *metered, w *pen) {
		for _, e := range sale.Events {
			w.put(float64(n.Moves[e]), string(e))
		}
	}},
	{"kiosk_sales_total", counter, "Goods that fell and were paid, by means.", []string{"means"}, func(n *metered, w *pen) {
		for _, m := range means {
			w.put(float64(n.Sales[m].Count), string(m))
		}
	}},
	{"kiosk_sales_fen_total", counter, "What they cost, in fen.", []string{"means"}, func(n *metered, w *pen) {
		for _, m := range means {
			w.put(float64(n.Sales[m].Fen), string(m))
		}
	}},
	{"kiosk_refunds_total", counter, "Payments that went back and were seen to arrive, by why.", []string{"why"}, func(n *metered, w *pen) {
		for _, why := range whys {
			w.put(float64(n.Refunds[why].Count), why)
		}
	}},
	{"kiosk_refunds_fen_total", counter, "What they came to, in fen.", []string{"why"}, func(n *metered, w *pen) {
		for _, why := range whys {
			w.put(float64(n.Refunds[why].Fen), why)
		}
	}},
	{"kiosk_settled_total", counter, "Orders that a person settled, by how.", []string{"how"}, func(n *metered, w *pen) {
		for _, how := range settleMethods {
			w.put(float64(n.Settled[how]), how)
		}
	}},
	{"kiosk_reconciliation_age_seconds", gauge, "Since a day's bill was last compared with the book; absent until one was.", nil, func(n *metered, w *pen) {
		if n.reconciled != nil {
			w.put(n.Wall.Sub(n.reconciled.At).Round(time.Second).Seconds())
		}
	}},
	{"kiosk_reconciliation_findings", gauge, "Differences found then; absent until a bill was compared.", nil, func(n *metered, w *pen) {
		if n.reconciled != nil {
			w.put(float64(len(n.reconciled.Findings)))
		}
	}},
	{"kiosk_certificate_left_seconds", gauge, "Until the merchant's certificate ends, negative after it; absent without one, and while the clock is not trusted.", nil, func(n *metered, w *pen) {
		if !n.Certificate.IsZero() && n.Clock.Trusted {
			w.put(n.Certificate.Sub(n.Wall).Round(time.Second).Seconds())
		}
	}},

	{"kiosk_tap_to_qr_seconds", histogram, "From the customer's key to the QR code being handed to the panel.", nil, spreading(TapToQR)},
	{"kiosk_paid_to_motor_seconds", histogram, "From the payment being known here to the dispenser being told.", nil, spreading(PaidToMotor)},
	{"kiosk_motor_to_drop_seconds", histogram, "From the dispenser being told to its word that something fell, settling included.", nil, spreading(MotorToDrop)},

	{"kiosk_slot_stock", gauge, "How many are in a slot.", []string{"slot"}, slotted(func(s slot) float64 { return float64(s.Stock) })},
	{"kiosk_slot_price_fen", gauge, "What one costs, in fen.", []string{"slot"}, slotted(func(s slot) float64 { return float64(s.Fen) })},
	{"kiosk_slot_info", gauge, "Always 1; says what is in a slot.", []string{"slot", "name"}, func(n *metered, w *pen) {
		for _, s := range n.Slots {
			w.put(1, strconv.Itoa(int(s.Number)), s.Name)
		}
	}},
	{"kiosk_slot_fault", gauge, "1 for each slot that is set aside, and why; absent otherwise. One that is only sold out is not set aside.", []string{"slot", "fault"}, func(n *metered, w *pen) {
		for _, s := range n.Slots {
			if s.Fault != "" {
				w.put(1, strconv.Itoa(int(s.Number)), s.Fault)
			}
		}
	}},
	{"kiosk_doubts", gauge, "Vends that may have dropped unseen, without ten proven drops between; at three in a day it stops itself.", nil, func(n *metered, w *pen) {
		w.put(float64(n.sight.Doubts.Count))
	}},
	{"kiosk_alarms_total", counter, "Things a person should look at that move no order, such as a stray drop.", nil, func(n *metered, w *pen) { w.put(float64(n.sight.Alarms)) }},
	{"kiosk_strays_total", counter, `Events that the machine does not know, counted and dropped: "state event".`, []string{"kind"}, func(n *metered, w *pen) { w.each(n.sight.Strays) }},
	{"kiosk_notices_total", counter, `The gateway's notices, by the check that they failed; "good" failed none.`, []string{"check"}, func(n *metered, w *pen) { w.each(n.Notices) }},
	{"kiosk_scanner_events_total", counter, "What the scan module sent that was dropped, and what went wrong with it, by kind.", []string{"kind"}, func(n *metered, w *pen) { w.each(n.Scanner) }},
	{"kiosk_alerts_total", counter, "Messages of [alert], by what became of them.", []string{"outcome"}, func(n *metered, w *pen) { w.each(n.Alerts) }},

	{"kiosk_board_temperature_celsius", gauge, "Of the processor.", nil, boarded(1, func(f *sale.Facts) *float64 { return f.Celsius })},
	{"kiosk_goods_temperature_celsius", gauge, "Of the goods' compartment.", nil, boarded(1, func(f *sale.Facts) *float64 { return f.Goods })},
	{"kiosk_board_uptime_seconds", gauge, "Since the board started.", nil, boarded(1, func(f *sale.Facts) *int64 { return f.BoardUptime })},
	{"kiosk_board_memory_free_bytes", gauge, "What programs could still get.", nil, boarded(1<<20, func(f *sale.Facts) *uint64 { return f.MemoryFree })},
	{"kiosk_board_disk_free_bytes", gauge, "Where the book is.", nil, boarded(1<<20, func(f *sale.Facts) *uint64 { return f.DiskFree })},
	{"kiosk_board_disk_read_only", gauge, "1 if the book's file system takes no write.", nil, flagged(func(f *sale.Facts) *bool { return f.DiskReadOnly })},
	{"kiosk_board_storage_worn_ratio", gauge, "How much of the card's life is used, where it tells.", nil, boarded(0.01, func(f *sale.Facts) *int { return f.Worn })},
	{"kiosk_board_power_low", gauge, "1 while the supply is under 4.63 V.", nil, flagged(func(f *sale.Facts) *bool { return f.PowerLow })},
	{"kiosk_board_power_was_low", gauge, "1 if it was since the board started.", nil, flagged(func(f *sale.Facts) *bool { return f.PowerWasLow })},
	{"kiosk_board_throttled", gauge, "1 while the processor is slowed down by heat or a weak supply.", nil, flagged(func(f *sale.Facts) *bool { return f.Throttled })},
	{"kiosk_low_voltage_vends", gauge, "Vends of the last day during which the supply was too low.", nil, boarded(1, func(f *sale.Facts) *int { return f.LowVends })},
	{"kiosk_power_cuts_total", counter, "Runs that the power ended, over all runs.", nil, boarded(1, func(f *sale.Facts) *int { return f.PowerCuts })},
	{"kiosk_crashes_total", counter, "Runs that ended without a goodbye while the power stayed, over all runs.", nil, boarded(1, func(f *sale.Facts) *int { return f.Crashes })},
}

var (
	means = []sale.Means{sale.Native, sale.Code}
	whys  = []string{sale.RefundForStuck, sale.RefundForWoke, sale.RefundForLate, sale.RefundForMisfit}
)

func spreading(kind Latency) func(*metered, *pen) {
	return func(n *metered, w *pen) { w.spread(upTo[kind], n.latencies.histogram(kind)) }
}

func slotted(of func(slot) float64) func(*metered, *pen) {
	return func(n *metered, w *pen) {
		for _, s := range n.Slots {
			w.put(of(s), strconv.Itoa(int(s.Number)))
		}
	}
}

// boarded writes a figure of the board, in units of ours, if it is known.
func boarded[N int | int64 | uint64 | float64](unit float64, of func(*sale.Facts) *N) func(*metered, *pen) {
	return func(n *metered, w *pen) {
		if v := of(&n.Board); v != nil {
			w.put(float64(*v) * unit)
		}
	}
}

// flagged writes a state of the board as 1 or 0, if it is known.
func flagged(of func(*sale.Facts) *bool) func(*metered, *pen) {
	return func(n *metered, w *pen) {
		if v := of(&n.Board); v != nil {
			w.yes(*v)
		}
	}
}

// each writes a sample for every key.
func (w *pen) each(counts map[string]int) {
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		w.put(float64(counts[key]), key)
	}
}
