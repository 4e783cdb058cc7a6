package metrics

import (
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
)

// The kinds of metrics.
const (
	kindGauge     = "gauge"
	kindCounter   = "counter"
	kindHistogram = "histogram"
)

// family is one metric with all its labels: what it is called, what it means, and where it is read.
// No label may hold what grows with time: no order number, no address, no text of an error.
type family struct {
	name, kind, help string
	labels           []string
	read             func(r *reading, w *writer)
}

// isSum reports whether a family tells takings.
func (f *family) isSum() bool { return strings.HasSuffix(f.name, "_fen_total") }

// families is everything at /metrics; docs/metrics.md lists the same.
var families = []family{
	{"kiosk_build_info", kindGauge, "Always 1; its labels say what runs.", []string{"kiosk", "version", "commit", "go"}, func(r *reading, w *writer) {
		w.putSample(1, r.Kiosk, r.Version, r.Commit, r.Go)
	}},
	{"kiosk_uptime_seconds", kindGauge, "Since this process began.", nil, func(r *reading, w *writer) {
		w.putSample(time.Since(r.Began).Truncate(time.Second).Seconds())
	}},
	{"kiosk_goroutines", kindGauge, "Goroutines of the process; one that only grows is a leak.", nil, func(r *reading, w *writer) {
		w.putSample(float64(runtime.NumGoroutine()))
	}},

	{"kiosk_alive", kindGauge, "1 while the shop's own beat goes on, as /healthz.", nil, func(r *reading, w *writer) { w.putBool(r.alive) }},
	{"kiosk_ready", kindGauge, "1 while it can sell, as /readyz.", nil, func(r *reading, w *writer) { w.putBool(r.Ready && r.alive) }},
	{"kiosk_why", kindGauge, "1 for each reason why it cannot sell, as /readyz; absent otherwise.", []string{"code"}, func(r *reading, w *writer) {
		codes := map[string]bool{}
		if !r.alive {
			codes["beat"] = true // a snapshot of a shop that stands still says nothing about now
		}
		for _, why := range r.Why {
			codes[why.Code] = true
		}
		for _, code := range slices.Sorted(maps.Keys(codes)) {
			w.putSample(1, code)
		}
	}},
	{"kiosk_maintenance", kindGauge, "1 while a person has taken it out of service.", nil, func(r *reading, w *writer) { w.putBool(r.Maintenance != "") }},
	{"kiosk_cloud_reachable", kindGauge, "1 while the gateway answers.", nil, func(r *reading, w *writer) { w.putBool(r.Cloud.Reachable) }},
	{"kiosk_clock_trusted", kindGauge, "1 while the wall clock is trusted.", nil, func(r *reading, w *writer) { w.putBool(r.Clock) }},
	{"kiosk_clock_skew_seconds", kindGauge, "Our wall clock minus the gateway's; absent until it was heard.", nil, func(r *reading, w *writer) {
		if r.Skew != nil {
			w.putSample(r.Skew.Seconds())
		}
	}},

	{"kiosk_orders_open", kindGauge, "Orders under way, owed ones not counted.", nil, func(r *reading, w *writer) { w.putSample(float64(r.Open)) }},
	{"kiosk_orders_owed", kindGauge, "Orders that a person must settle.", nil, func(r *reading, w *writer) { w.putSample(float64(r.Owed)) }},
	{"kiosk_order_events_total", kindCounter, "Moves of orders, by event; docs/machine.md has them all.", []string{"event"}, perValue(sale.Events, func(r *reading, e sale.Event) int { return r.Moves[e] })},
	{"kiosk_sales_total", kindCounter, "Goods that fell and were paid, by means.", []string{"means"}, perValue(means, func(r *reading, m sale.Means) int { return r.Sales[m].Count })},
	{"kiosk_sales_fen_total", kindCounter, "What they cost, in fen.", []string{"means"}, perValue(means, func(r *reading, m sale.Means) int { return int(r.Sales[m].Fen) })},
	{"kiosk_refunds_total", kindCounter, "Payments that went back and were seen to arrive, by why.", []string{"why"}, perValue(whys, func(r *reading, why string) int { return r.Refunds[why].Count })},
	{"kiosk_refunds_fen_total", kindCounter, "What they came to, in fen.", []string{"why"}, perValue(whys, func(r *reading, why string) int { return int(r.Refunds[why].Fen) })},
	{"kiosk_settled_total", kindCounter, "Orders that a person settled, by how.", []string{"how"}, perValue(hows, func(r *reading, how string) int { return r.Settled[how] })},
	{"kiosk_reconciliation_age_seconds", kindGauge, "Since a day's bill was last compared with the book; absent until one was.", nil, func(r *reading, w *writer) {
		if r.bill != nil {
			w.putSample(r.now.Sub(r.bill.At).Round(time.Second).Seconds())
		}
	}},
	{"kiosk_reconciliation_findings", kindGauge, "Differences found then; absent until a bill was compared.", nil, func(r *reading, w *writer) {
		if r.bill != nil {
			w.putSample(float64(len(r.bill.Findings)))
		}
	}},
	{"kiosk_certificate_left_seconds", kindGauge, "Until the merchant's certificate ends, negative after it; absent without one, and while the clock is not trusted.", nil, func(r *reading, w *writer) {
		if !r.Certificate.IsZero() && r.Clock {
			w.putSample(r.Certificate.Sub(r.now).Round(time.Second).Seconds())
		}
	}},

	{"kiosk_tap_to_qr_seconds", kindHistogram, "From the customer's key to the QR code being handed to the panel.", nil, latencyHistogram(TapToQR)},
	{"kiosk_paid_to_motor_seconds", kindHistogram, "From the payment being known here to the dispenser being told.", nil, latencyHistogram(PaidToMotor)},
	{"kiosk_motor_to_drop_seconds", kindHistogram, "From the dispenser being told to its word that something fell, settling included.", nil, latencyHistogram(MotorToDrop)},

	{"kiosk_slot_stock", kindGauge, "How many are in a slot.", []string{"slot"}, perSlot(func(s sale.Product) float64 { return float64(s.Stock) })},
	{"kiosk_slot_price_fen", kindGauge, "What one costs, in fen.", []string{"slot"}, perSlot(func(s sale.Product) float64 { return float64(s.Fen) })},
	{"kiosk_slot_info", kindGauge, "Always 1; says what is in a slot.", []string{"slot", "name"}, func(r *reading, w *writer) {
		for _, s := range r.Products {
			w.putSample(1, strconv.Itoa(int(s.Slot)), s.Name)
		}
	}},
	{"kiosk_slot_fault", kindGauge, "1 for each slot that is set aside, and why; absent otherwise. One that is only sold out is not set aside.", []string{"slot", "fault"}, func(r *reading, w *writer) {
		for _, s := range r.Products {
			if s.Fault != "" && s.Fault != sale.NotReadyEmpty {
				w.putSample(1, strconv.Itoa(int(s.Slot)), s.Fault)
			}
		}
	}},
	{"kiosk_doubts", kindGauge, "Vends that may have dropped unseen, without ten proven drops between; at three in a day it stops itself.", nil, func(r *reading, w *writer) {
		w.putSample(float64(r.Doubts.Count))
	}},
	{"kiosk_alarms_total", kindCounter, "Things a person should look at that move no order, such as a stray drop.", nil, func(r *reading, w *writer) { w.putSample(float64(r.Alarms)) }},
	{"kiosk_strays_total", kindCounter, `Events that the machine does not know, counted and dropped: "state event".`, []string{"kind"}, func(r *reading, w *writer) { w.putEach(func() map[string]int { return r.Strays }) }},
	{"kiosk_notices_total", kindCounter, `The gateway's notices, by the check that they failed; "good" failed none.`, []string{"check"}, func(r *reading, w *writer) { w.putEach(r.Notices) }},
	{"kiosk_scanner_events_total", kindCounter, "What the scan module sent that was dropped, and what went wrong with it, by kind.", []string{"kind"}, func(r *reading, w *writer) { w.putEach(r.Scanner) }},
	{"kiosk_guesses_total", kindCounter, "Secrets that were said at the page, by what became of them; blocked and busy ones were not looked at.", []string{"outcome"}, func(r *reading, w *writer) { w.putEach(r.Guesses) }},
	{"kiosk_alerts_total", kindCounter, "Messages of [alert], by what became of them.", []string{"outcome"}, func(r *reading, w *writer) { w.putEach(r.Alerts) }},

	{"kiosk_board_temperature_celsius", kindGauge, "Of the processor.", nil, boardFigure(1, func(f *sale.Facts) *float64 { return f.Celsius })},
	{"kiosk_goods_temperature_celsius", kindGauge, "Of the goods' compartment.", nil, boardFigure(1, func(f *sale.Facts) *float64 { return f.Goods })},
	{"kiosk_beam_sparks_total", kindCounter, "What was seen on the light barriers' wires and was no piece: too short, the motor's own, or unreadable.", nil, boardFigure(1, func(f *sale.Facts) *int { return f.Sparks })},
	{"kiosk_board_uptime_seconds", kindGauge, "Since the board started.", nil, boardFigure(1, func(f *sale.Facts) *int64 { return f.BoardUptime })},
	{"kiosk_board_memory_free_bytes", kindGauge, "What programs could still get.", nil, boardFigure(1<<20, func(f *sale.Facts) *uint64 { return f.MemoryFree })},
	{"kiosk_board_disk_free_bytes", kindGauge, "Where the book is.", nil, boardFigure(1<<20, func(f *sale.Facts) *uint64 { return f.DiskFree })},
	{"kiosk_board_disk_read_only", kindGauge, "1 if the book's file system takes no write.", nil, boardFlag(func(f *sale.Facts) *bool { return f.DiskReadOnly })},
	{"kiosk_board_storage_worn_ratio", kindGauge, "How much of the card's life is used, where it tells.", nil, boardFigure(0.01, func(f *sale.Facts) *int { return f.Worn })},
	{"kiosk_board_power_low", kindGauge, "1 while the supply is under 4.63 V.", nil, boardFlag(func(f *sale.Facts) *bool { return f.PowerLow })},
	{"kiosk_board_power_was_low", kindGauge, "1 if it was since the board started.", nil, boardFlag(func(f *sale.Facts) *bool { return f.PowerWasLow })},
	{"kiosk_board_throttled", kindGauge, "1 while the processor is slowed down by heat or a weak supply.", nil, boardFlag(func(f *sale.Facts) *bool { return f.Throttled })},
	{"kiosk_low_voltage_vends", kindGauge, "Vends of the last day during which the supply was too low.", nil, boardFigure(1, func(f *sale.Facts) *int { return f.LowVends })},
	{"kiosk_power_cuts_total", kindCounter, "Runs that the power ended, over all runs.", nil, boardFigure(1, func(f *sale.Facts) *int { return f.PowerCuts })},
	{"kiosk_crashes_total", kindCounter, "Runs that ended without a goodbye while the power stayed, over all runs.", nil, boardFigure(1, func(f *sale.Facts) *int { return f.Crashes })},
}

// The values of labels, all of which are told, also at 0.
var (
	hows  = []string{"platform", "cash", "goods", "never paid"}
	means = []sale.Means{sale.Native, sale.Code}
	whys  = []string{sale.RefundForStuck, sale.RefundForWoke, sale.RefundForLate, sale.RefundForMisfit}
)

// perValue writes a sample for each value of the one label, also at 0: a rate needs the first one to begin from.
func perValue[K ~string](values []K, of func(*reading, K) int) func(*reading, *writer) {
	return func(r *reading, w *writer) {
		for _, v := range values {
			w.putSample(float64(of(r, v)), string(v))
		}
	}
}

// latencyHistogram writes the histogram of a latency.
func latencyHistogram(kind Latency) func(*reading, *writer) {
	return func(r *reading, w *writer) { w.putHistogram(bucketBounds[kind], r.Tally.Latencies.copyHistogram(kind)) }
}

// perSlot writes a sample for each slot.
func perSlot(of func(sale.Product) float64) func(*reading, *writer) {
	return func(r *reading, w *writer) {
		for _, s := range r.Products {
			w.putSample(of(s), strconv.Itoa(int(s.Slot)))
		}
	}
}

// boardFigure writes a figure of the board, in units of ours, if it is known.
func boardFigure[N int | int64 | uint64 | float64](unit float64, of func(*sale.Facts) *N) func(*reading, *writer) {
	return func(r *reading, w *writer) {
		if v := of(&r.board); v != nil {
			w.putSample(float64(*v) * unit)
		}
	}
}

// boardFlag writes a state of the board as 1 or 0, if it is known.
func boardFlag(of func(*sale.Facts) *bool) func(*reading, *writer) {
	return func(r *reading, w *writer) {
		if v := of(&r.board); v != nil {
			w.putBool(*v)
		}
	}
}
