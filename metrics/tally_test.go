package metrics

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

// watched is a tally that is told what a clerk with a slow book and a slow motor does.
type watched struct {
	*testing.T
	Tally
	full error // why the book does not write
}

func inWatched(t *testing.T, do func(w *watched)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { do(&watched{T: t}) })
}

// tap presses the key of a slot, and proves its light barrier.
func (w *watched) tap(slot sale.Slot) {
	w.NotePress(slot)
	time.Sleep(100 * time.Millisecond)
}

// does takes its time for a deed, as the clerk does.
func (w *watched) does(d sale.Deed, takes time.Duration, err error, dropped bool) {
	began := time.Now()
	time.Sleep(takes)
	w.Observe(sale.Observation{Deed: d, Began: began, Took: time.Since(began), Err: err, Dropped: dropped})
}

// writes writes one move of order no, for slot 7.
func (w *watched) writes(no sale.No, from sale.State, e sale.Event, means sale.Means) {
	to, ok := sale.Next(from, e)
	if !ok {
		w.Fatalf("no move %s %s", from, e)
	}
	o := sale.Order{No: no, Means: means, Slot: 7, Fen: 350, RefundFen: 350, Why: sale.RefundForStuck, How: "cash", State: to}
	w.does(sale.Write{Batch: sale.Batch{Moves: []sale.Move{{From: from, Event: e, Order: o}}}}, 20*time.Millisecond, w.full, false)
}

func (w *watched) vends(no sale.No, dropped bool) {
	w.does(sale.Vend{Order: sale.Order{No: no, Slot: 7}}, time.Second, nil, dropped)
}

func (w *watched) are(kind Latency, count uint64, newest time.Duration) {
	w.Helper()
	if got := w.Latencies.RecentWaits(kind); got.Count != count || got.P95 != newest {
		w.Errorf("latency %d: %d of them, the longest %v; not %d and %v", kind, got.Count, got.P95, count, newest)
	}
}

func TestTheWaitBeginsAtTheKey(t *testing.T) {
	inWatched(t, func(w *watched) {
		w.tap(7)
		w.writes("A", sale.New, sale.Chosen, sale.Native)
		time.Sleep(500 * time.Millisecond) // the gateway
		w.writes("A", sale.Asking, sale.Asked, sale.Native)
		w.are(TapToQR, 1, 640*time.Millisecond)

		w.tap(7) // long ago, and somebody else's
		time.Sleep(time.Minute)
		w.writes("B", sale.New, sale.Chosen, sale.Native)
		w.writes("B", sale.Asking, sale.Asked, sale.Native)
		w.tap(3) // another slot's
		w.writes("C", sale.New, sale.Chosen, sale.Native)
		w.writes("C", sale.Asking, sale.Asked, sale.Native)
		w.writes("D", sale.New, sale.Chosen, sale.Code) // a password is no QR code
		w.writes("D", sale.Asking, sale.Asked, sale.Code)
		w.are(TapToQR, 3, 640*time.Millisecond)
	})
}

func TestOnlyWhatWasPaidForIsTimedAtTheMotor(t *testing.T) {
	inWatched(t, func(w *watched) {
		w.writes("A", sale.Waiting, sale.Paid, sale.Native)
		w.vends("A", true)
		w.writes("A", sale.Vending, sale.Dropped, sale.Native)
		w.vends("A", true)
		w.are(PaidToMotor, 1, 20*time.Millisecond)
		w.are(MotorToDrop, 1, time.Second)
		w.writes("B", sale.Waiting, sale.Paid, sale.Native) // the book fails before its motor turns
		w.writes("B", sale.Vending, sale.Woke, sale.Native)
		w.vends("C", true)
		w.are(PaidToMotor, 1, 20*time.Millisecond)
		w.writes("D", sale.Waiting, sale.Paid, sale.Native)
		w.vends("D", false)
		w.are(PaidToMotor, 2, 20*time.Millisecond)
		w.are(MotorToDrop, 1, time.Second)
	})
}

func TestOnlyWhatIsOnDiskIsCounted(t *testing.T) {
	inWatched(t, func(w *watched) {
		w.full = errors.New("no space left")
		w.writes("A", sale.Vending, sale.Dropped, sale.Code)
		if got := w.copyCounts(); len(got.Sales) > 0 || len(got.Moves) > 0 {
			t.Errorf("a sale that nobody wrote is counted: %+v", got)
		}
		w.full = nil
		w.writes("A", sale.Vending, sale.Dropped, sale.Code)
		w.writes("B", sale.Refunding, sale.Dropped, sale.Code) // goods and money went out: no sale
		w.writes("B", sale.Refunding, sale.Repaid, sale.Code)
		w.writes("C", sale.Owed, sale.Settled, sale.Code)
		got := w.copyCounts()
		once := sum{Count: 1, Fen: 350}
		if got.Sales[sale.Code] != once || got.Refunds[sale.RefundForStuck] != once || got.Settled["cash"] != 1 || got.Moves[sale.Dropped] != 2 {
			t.Errorf("counted %+v", got)
		}
		got.Moves[sale.Dropped] = 99
		if w.copyCounts().Moves[sale.Dropped] != 2 {
			t.Error("whoever reads the counts may change them")
		}
	})
}
