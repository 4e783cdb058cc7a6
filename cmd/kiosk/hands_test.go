//go:build sim

package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
	"kiosk/status"
)

// The line is dead, the customer has paid, and a technician opens the machine.
func TestNoMotorTurnsForAPaymentThatIsHeardOfInMaintenance(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		no := b.showQR(1)
		b.trouble("network", "off")
		b.phone("pay")
		b.kiosk.clerk.Post(sale.SetMaintenance{On: true, By: "anna"})
		for range 16 {
			time.Sleep(500 * time.Millisecond)
			if state := b.order().State; state == "waiting" && b.kiosk.bench.Check() == nil {
				t.Fatal("a test vend is allowed while a paid order is live")
			}
		}
		b.trouble("network", "on")
		b.untilState(no, "refunded")
		if turned, _ := b.counts(1); turned != 0 {
			t.Error("a motor turned with hands in the machine")
		}
	})
}

func TestAScanTestEndsWithTheMaintenance(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		b.inMaintenance()
		ended := make(chan error, 1)
		go func() { _, err := b.kiosk.bench.TestScan(context.Background()); ended <- err }()
		time.Sleep(15 * time.Second)
		b.kiosk.clerk.Post(sale.SetMaintenance{On: false, By: "anna"})
		b.waitReady()
		b.showQR(1)
		if err := <-ended; !errors.Is(err, status.ErrInService) {
			t.Errorf("the scan test says %v", err)
		}
		time.Sleep(8 * time.Second)
		b.must("scan", "")
		b.until("the customer's code is heard and sold", func() bool { o := b.order(); return o.Means == "code" && o.State == "sold" })
	})
}

// Whenever the press comes, a slot that sees nothing is not offered afterwards.
func TestAPressDoesNotUndoTheWatchesWord(t *testing.T) {
	onBench(t, func(c *config.Config) {
		for i := range c.Slots {
			c.Slots[i].Emitter = "GPIO3"
		}
	}, func(b *bench) {
		for after := 160 * time.Millisecond; after < 260*time.Millisecond; after += 4 * time.Millisecond {
			b.slotTrouble(1, "beam-stuck")
			time.Sleep(after)
			b.kiosk.pressKey(1)
			time.Sleep(10 * time.Second)
			if f := b.kiosk.clerk.Snapshot().Products[0].Fault; f != sale.FaultBlocked {
				t.Errorf("pressed %v after the block, and the slot is offered: %q", after, f)
			}
			b.slotTrouble(1, "ok")
			time.Sleep(10 * time.Second)
		}
	})
}

func TestAPinThatIsMissingLeavesNoOtherMotorOn(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, dir, nil)
		defer b.metal.Close()
		left := b.metal.Wire(b.conf.Slots[1].Motor)
		if err := left.Out(gpio.High); err != nil { // what a crash left behind
			t.Fatal(err)
		}
		w := streetWiring(&b.conf, b.metal, b.gate)
		w.pin = func(name string) (gpio.PinIO, error) {
			if name == b.conf.Slots[0].Motor {
				return nil, errors.New("no pin of that name")
			}
			return b.metal.Wire(name), nil
		}
		k := &kiosk{conf: b.conf, wires: w}
		if err := k.connect(nil); err == nil {
			t.Error("a kiosk without a motor starts")
		}
		if left.Level() == gpio.High {
			t.Error("the start ended at the first missing pin, and another motor still turns")
		}
	})
}

// While a proof of one barrier is under way a press is taken all the same: the vend proves it again.
func TestAPressWhileTheBarrierIsProvedIsTaken(t *testing.T) {
	onBench(t, func(c *config.Config) {
		for i := range c.Slots {
			c.Slots[i].Emitter = "GPIO3"
		}
	}, func(b *bench) {
		go func() { _ = b.kiosk.dispenser.TestBeam(2) }()
		time.Sleep(time.Millisecond)
		b.kiosk.pressKey(1)
		b.until("a QR code is shown", func() bool { return b.screen() == "qr" })
		b.phone("pay")
		b.untilEnd(b.order().No)
	})
}
