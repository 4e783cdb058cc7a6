package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
	"kiosk/status"
)

// slowBook takes its time for every page, and may refuse.
type slowBook struct {
	sale.Book
	takes time.Duration
	err   error
}

func (b *slowBook) Write(context.Context, sale.Batch) error {
	time.Sleep(b.takes)
	return b.err
}

// slowMotor turns for a second.
type slowMotor struct{}

func (slowMotor) Off() {}

func (slowMotor) Vend(context.Context, int) (bool, string) {
	time.Sleep(time.Second)
	return true, ""
}

// watched is a stopwatch between a slow book and a slow motor.
type watched struct {
	*testing.T
	*stopwatch
	disk *slowBook
	book sale.Book
	drop sale.Dispenser
	tap  func(int)
}

func inWatched(t *testing.T, do func(w *watched)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &watched{T: t, stopwatch: &stopwatch{}, disk: &slowBook{takes: 20 * time.Millisecond}}
		w.book, w.drop = w.stopwatch.book(w.disk), w.dispenser(&slowMotor{})
		w.tap = w.keys(func(int) { time.Sleep(100 * time.Millisecond) }) // the light barrier is proved
		do(w)
	})
}

// writes writes one move of order no to slot 7.
func (w *watched) writes(no sale.No, from sale.State, e sale.Event, means sale.Means) error {
	to, ok := sale.Next(from, e)
	if !ok {
		w.Fatalf("no move %s %s", from, e)
	}
	o := sale.Order{No: no, Means: means, Slot: 7, Fen: 350, RefundFen: 350, Why: sale.RefundForStuck, How: "cash", State: to}
	return w.book.Write(w.Context(), sale.Batch{Moves: []sale.Move{{From: from, Event: e, Order: o}}})
}

func (w *watched) are(kind status.Latency, count uint64, newest time.Duration) {
	w.Helper()
	if got := w.latencies.Lately(kind); got.Count != count || got.P95 != newest {
		w.Errorf("latency %d: %d of them, the longest %v; not %d and %v", kind, got.Count, got.P95, count, newest)
	}
}

func TestTheWaitBeginsAtTheKey(t *testing.T) {
	inWatched(t, func(w *watched) {
		w.tap(7)
		_ = w.writes("A", sale.New, sale.Chosen, sale.Native)
		time.Sleep(500 * time.Millisecond) // the gateway
		_ = w.writes("A", sale.Asking, sale.Asked, sale.Native)
		w.are(status.TapToQR, 1, 640*time.Millisecond)

		w.tap(7) // long ago, and somebody else's
		time.Sleep(time.Minute)
		_ = w.writes("B", sale.New, sale.Chosen, sale.Native)
		_ = w.writes("B", sale.Asking, sale.Asked, sale.Native)
		w.tap(3) // another slot's
		_ = w.writes("C", sale.New, sale.Chosen, sale.Native)
		_ = w.writes("C", sale.Asking, sale.Asked, sale.Native)
		_ = w.writes("D", sale.New, sale.Chosen, sale.Code) // a password is no QR code
		_ = w.writes("D", sale.Asking, sale.Asked, sale.Code)
		w.are(status.TapToQR, 3, 640*time.Millisecond)
	})
}

func TestOnlyWhatWasPaidForIsTimedAtTheMotor(t *testing.T) {
	inWatched(t, func(w *watched) {
		w.drop.Vend(t.Context(), 7) // a technician's test
		_ = w.writes("A", sale.Waiting, sale.Paid, sale.Native)
		w.drop.Vend(t.Context(), 7)
		_ = w.writes("A", sale.Vending, sale.Dropped, sale.Native)
		w.drop.Vend(t.Context(), 7)
		w.are(status.PaidToMotor, 1, 20*time.Millisecond)
		w.are(status.MotorToDrop, 1, time.Second)
		_ = w.writes("B", sale.Waiting, sale.Paid, sale.Native) // the book fails before its motor turns
		_ = w.writes("B", sale.Vending, sale.Woke, sale.Native)
		w.drop.Vend(t.Context(), 7)
		w.are(status.PaidToMotor, 1, 20*time.Millisecond)
	})
}

func TestOnlyWhatIsOnDiskIsCounted(t *testing.T) {
	inWatched(t, func(w *watched) {
		w.disk.err = errors.New("no space left")
		if err := w.writes("A", sale.Vending, sale.Dropped, sale.Code); !errors.Is(err, w.disk.err) {
			t.Errorf("the book's error is lost on the way: %v", err)
		}
		if got := w.stopwatch.readings(); len(got.Sales) > 0 || len(got.Moves) > 0 {
			t.Errorf("a sale that nobody wrote is counted: %+v", got)
		}
		w.disk.err = nil
		_ = w.writes("A", sale.Vending, sale.Dropped, sale.Code)
		_ = w.writes("B", sale.Refunding, sale.Dropped, sale.Code) // goods and money went out: no sale
		_ = w.writes("B", sale.Refunding, sale.Repaid, sale.Code)
		_ = w.writes("C", sale.Owed, sale.Settled, sale.Code)
		got := w.stopwatch.readings()
		once := status.Sum{Count: 1, Fen: 350}
		if got.Sales[sale.Code] != once || got.Refunds[sale.RefundForStuck] != once || got.Settled["cash"] != 1 || got.Moves[sale.Dropped] != 2 {
			t.Errorf("counted %+v", got)
		}
		got.Moves[sale.Dropped] = 99
		if w.stopwatch.readings().Moves[sale.Dropped] != 2 {
			t.Error("whoever reads the counts may change them")
		}
	})
}

func TestTheRobotsAddressIsCheckedAndNeverTold(t *testing.T) {
	for raw, good := range map[string]bool{"": true, "https://robot.example/send?key=s3cret": true, "http://127.0.0.1:1/?key=s3cret": true, "http://robot.example/?key=s3cret": false, "s3cret": false} {
		c := config.Config{}
		c.Alert.URL = raw
		err := checkAlertURL(&c)
		if (err == nil) != good || err != nil && (strings.Contains(err.Error(), "s3cret") || !strings.HasPrefix(err.Error(), "alert.url: ")) {
			t.Errorf("%q: %v", raw, err)
		}
	}
}
