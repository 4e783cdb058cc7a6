//go:build sim

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kiosk/cmd/kiosk/onsite"
	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
)

// inMaintenance takes the kiosk out of service and waits until it is.
func (b *bench) inMaintenance() {
	b.t.Helper()
	b.kiosk.clerk.Post(sale.SetMaintenance{On: true, By: "anna"})
	b.untilNot("maintenance")
}

func TestATestVendIsForMaintenanceAndIsNoSale(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		if _, _, err := b.kiosk.bench.TestVend(context.Background(), 1, status.Person{Name: "anna"}); err == nil {
			t.Error("a motor turned for a technician while the kiosk is in service")
		}
		b.inMaintenance()
		before := b.stocked(1)
		dropped, fault, err := b.kiosk.bench.TestVend(context.Background(), 1, status.Person{Name: "anna"})
		if !dropped || fault != "" || err != nil {
			t.Errorf("%v %q %v", dropped, fault, err)
		}
		b.slotTrouble(1, "jam")
		if dropped, fault, err = b.kiosk.bench.TestVend(context.Background(), 1, status.Person{Name: "anna"}); dropped || fault != "jam" || err != nil {
			t.Errorf("a jam: %v %q %v", dropped, fault, err)
		}
		time.Sleep(time.Second)
		if len(b.orders()) != 0 || b.stocked(1) != before {
			t.Errorf("a test was booked: %d orders, stock %d of %d", len(b.orders()), b.stocked(1), before)
		}
		alarms, err := b.kiosk.book.ListAlarms(context.Background(), 0)
		if err != nil || len(alarms) != 5 || !strings.Contains(alarms[0].Text, "jam, by anna") {
			t.Errorf("written down: %v, %v", alarms, err)
		}
		b.tested = true
	})
}

// Rule 18. The dispenser is at work for seconds: neither the page nor the key puts the kiosk back into service meanwhile.
func TestNoSaleBeginsWhileATestVendTurns(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		b.inMaintenance()
		done := make(chan bool, 1)
		go func() {
			dropped, _, _ := b.kiosk.bench.TestVend(context.Background(), 1, status.Person{Name: "anna"})
			done <- dropped
		}()
		b.until("the motor turns", func() bool { return len(b.trace.High()) > 0 })
		for _, end := range []func(){
			func() { b.kiosk.clerk.Post(sale.SetMaintenance{On: false, By: "bo"}) },
			func() { b.kiosk.serviceKey.HandleHold(context.Background(), nil) },
		} {
			end()
			b.kiosk.pressKey(2)
			time.Sleep(100 * time.Millisecond)
			if s := b.kiosk.clerk.Snapshot(); s.Maintenance == "" || s.Testing != 1 || len(b.orders()) > 0 {
				t.Errorf("a sale may begin while a motor turns for a technician: %+v", s)
			}
		}
		if _, _, err := b.kiosk.bench.TestVend(context.Background(), 2, status.Person{Name: "bo"}); !errors.Is(err, status.ErrTurning) {
			t.Errorf("a second one: %v", err)
		}
		if !<-done {
			t.Error("the test was disturbed")
		}
		b.until("it may end", func() bool { return b.kiosk.clerk.Snapshot().Testing == 0 })
		b.kiosk.clerk.Post(sale.SetMaintenance{On: false, By: "bo"})
		b.waitReady()
		b.tested = true
	})
}

// The maintenance ends between the technician's look and his tap: the shop does not take the test, and nothing turns.
func TestNoMotorTurnsForATestThatTheShopDidNotTake(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		b.inMaintenance()
		b.kiosk.clerk.Post(sale.SetMaintenance{On: false, By: "bo"})
		if _, _, err := b.kiosk.bench.TestVend(context.Background(), 1, status.Person{Name: "anna"}); err == nil || len(b.trace.High()) > 0 {
			t.Errorf("a motor turned in service: %v", err)
		}
		b.waitReady()
		if b.kiosk.clerk.Snapshot().Testing != 0 {
			t.Error("the shop waits for a motor that never turned")
		}
		b.tested = true
	})
}

func TestAScanTestTellsTheKindAndKeepsTheCode(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		b.inMaintenance()
		type read struct {
			kind string
			err  error
		}
		came := make(chan read, 1)
		test := func() {
			kind, err := b.kiosk.bench.TestScan(context.Background())
			came <- read{kind, err}
		}
		go test()
		time.Sleep(time.Second)
		b.must("scan", "")
		if r := <-came; r.kind != sale.KindWeChat || r.err != nil {
			t.Errorf("%+v", r)
		}
		go test()
		if r := <-came; r.err == nil || !strings.Contains(r.err.Error(), "nothing was read") {
			t.Errorf("nobody held a code: %+v", r)
		}
		if len(b.orders()) != 0 {
			t.Error("a scan test was sold")
		}
	})
}

func TestABackupFromThePageIsAWholeBook(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		b.buy(1)
		var copied bytes.Buffer
		if err := onsite.WriteBackup(context.Background(), b.conf.Store.Path, &copied); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(b.t.TempDir(), "copy.db")
		if err := os.WriteFile(path, copied.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := store.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if all, err := r.ListOrders(context.Background(), 0, ""); err != nil || len(all) != 1 || all[0].State != sale.Sold {
			t.Errorf("%+v, %v", all, err)
		}
		if left, _ := filepath.Glob(filepath.Join(b.dir, ".backup-*")); len(left) > 0 {
			t.Errorf("litter: %v", left)
		}
	})
}

func TestWhatAPowerCutLeftOfABackupIsTakenAway(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		t, left := b.t, filepath.Join(b.dir, ".backup-"+"123")
		leave := func() {
			if err := errors.Join(os.MkdirAll(left, 0o700), os.WriteFile(filepath.Join(left, "kiosk.db"), []byte("half"), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		leave()
		onsite.RemoveLeftCopies(b.conf.Store.Path, logLine)
		if _, err := os.Stat(left); err != nil {
			t.Errorf("a second kiosk, which may not even start, took the copy away that this one is making: %v", err)
		}
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		b.start()
		b.waitReady()
		if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a copy as large as the book stays on the card for ever: %v", err)
		}
	})
}

func TestARestartNeverDisturbsACustomer(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		t := b.t
		refused := func(when string) {
			if _, err := b.kiosk.bench.Restart(t.Context(), status.Person{Name: "anna"}); !errors.Is(err, status.ErrServing) {
				t.Errorf("%s: whoever stands there loses it to a restart: %v", when, err)
			}
		}
		no := b.showQR(1)
		refused("a code is on the glass")
		b.phone("pay")
		b.until("the motor turns", func() bool { return len(b.trace.High()) > 0 })
		refused("the motor turns")
		b.untilState(no, "sold")
		refused("the thanks are on the glass")
		b.until("nobody is there", func() bool { return b.kiosk.clerk.Snapshot().Front == nil })
		end, err := b.kiosk.bench.Restart(t.Context(), status.Person{Name: "anna"})
		if err != nil {
			t.Fatalf("nobody is served: %v", err)
		}
		end()
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		b.start()
		b.untilState(no, "sold")
	})
}

func TestARestartStandsInTheBookBeforeTheServiceEnds(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		t := b.t
		for n := 1; n <= 2; n++ {
			if _, err := b.kiosk.bench.Restart(t.Context(), status.Person{Name: "anna", From: "::1"}); err != nil {
				t.Fatal(err)
			}
			r, err := store.OpenReader(b.conf.Store.Path)
			if err != nil {
				t.Fatal(err)
			}
			lines, err := r.ListAlarms(t.Context(), 0)
			if err != nil || len(lines) != n || lines[0].Text != "restarted the program, by anna at ::1" || lines[0].Kind != sale.AlarmService {
				t.Errorf("the service is about to end, and the book says %v, %v", lines, err)
			}
			_ = r.Close()
		}
	})
}

func TestABookThatTakesNothingHoldsUpNoRestart(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		t := b.t
		b.trouble("disk", "full")
		for _, when := range []string{"nobody knows yet", "it is known"} {
			began := time.Now()
			if _, err := b.kiosk.bench.Restart(t.Context(), status.Person{Name: "anna"}); err != nil || time.Since(began) > 5*time.Second {
				t.Errorf("%s: %v after %v, and a restart may be what mends it", when, err, time.Since(began))
			}
		}
		b.trouble("disk", "ok")
	})
}
