package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/doctor"
	"kiosk/hw"
	"kiosk/sale"
)

const (
	boardEvery = 5 * time.Second
	runsFile   = "runs.json"
)

// beginRuns counts how the run before this one ended. A count that cannot be kept is no reason not to sell.
func (k *kiosk) beginRuns() {
	runs, err := hw.StartRun(filepath.Join(filepath.Dir(k.conf.Store.Path), runsFile), hw.ReadBoard("/").BootID, k.began)
	if err != nil {
		say(config.OneLine(err))
	}
	switch runs.Last {
	case "power":
		say(fmt.Sprintf("the power failed during the last run; %d times so far", runs.PowerCuts))
	case "crash":
		say(fmt.Sprintf("the last run died without a goodbye; %d times so far", runs.Crashes))
	}
	k.runs.Store(runs)
}

func (k *kiosk) endRuns() {
	if err := k.runs.Load().EndRun(); err != nil {
		say(config.OneLine(err))
	}
}

// watchBoard looks at what a write needs before a customer finds out, and at the power.
func (k *kiosk) watchBoard(ctx context.Context) error {
	was, low := "", false
	for {
		b := hw.ReadBoard(k.conf.Store.Path)
		if fault := k.diskFault(b); fault != was {
			k.health("disk")(fault)
			was = fault
		}
		if now := b.Power != nil && b.Power.Low; now != low {
			if low = now; low {
				say("the supply is under 4.63 V: a stronger power supply, or a shorter cable")
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(boardEvery):
		}
	}
}

func (k *kiosk) diskFault(b hw.Board) string {
	if err := k.wires.diskErr(); err != nil {
		return err.Error()
	}
	switch {
	case b.ReadOnly:
		return "the file system of the book is read-only"
	case b.DiskTotal > 0 && b.DiskFree < doctor.LeastDisk:
		return fmt.Sprintf("only %d MiB are free where the book is", b.DiskFree>>20)
	}
	return ""
}

// board is what the page shows of the machine, in units a person reads.
func (k *kiosk) board() sale.Facts {
	b := hw.ReadBoard(k.conf.Store.Path)
	f := sale.Facts{Model: b.Model, BootID: b.BootID, BoardUptime: &b.UptimeS, MemoryFree: new(b.MemoryFree >> 20),
		DiskFree: new(b.DiskFree >> 20), DiskReadOnly: &b.ReadOnly, LowVends: new(k.sags.count())}
	if b.Celsius != 0 {
		f.Celsius = &b.Celsius
	}
	if b.Power != nil {
		f.PowerLow, f.PowerWasLow, f.Throttled = &b.Power.Low, &b.Power.WasLow, new(b.Power.Throttled || b.Power.Capped)
	}
	if b.WearPercent > 0 {
		f.Worn = &b.WearPercent
	}
	if r := k.runs.Load(); r != nil {
		f.PowerCuts, f.Crashes = &r.PowerCuts, &r.Crashes
	}
	if k.scanner != nil {
		c := k.scanner.Counts()
		f.Garbage, f.Vanished = &c.Garbage, &c.Vanished
		if st := k.scanner.State(); st.Warn != "" || st.Configured {
			f.Settled, f.Warning = &st.Configured, &st.Warn
		}
	}
	if k.warmth != nil {
		if celsius, ok := k.warmth.Celsius(); ok {
			f.Goods = &celsius
		}
	}
	return f
}

// sags counts the vends during which the supply was too low: the motor takes the power away from the board.
type sags struct {
	mu sync.Mutex
	at []time.Time
}

const (
	sagsMany = 3
	sagsDay  = 24 * time.Hour
)

func (s *sags) add(now time.Time) (many bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = append(s.at, now)
	for len(s.at) > 0 && now.Sub(s.at[0]) > sagsDay {
		s.at = s.at[1:]
	}
	return len(s.at) >= sagsMany
}

func (s *sags) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.at)
}

// poweredDispenser looks at the supply while a motor runs.
type poweredDispenser struct {
	sale.Dispenser
	low  func() bool
	sags *sags
}

func (d *poweredDispenser) Vend(ctx context.Context, slot int) (bool, string) {
	done, seen := make(chan struct{}), make(chan bool)
	go func() {
		low := false
		for {
			low = low || d.low()
			select {
			case <-done:
				seen <- low
				return
			case <-time.After(500 * time.Millisecond):
			}
		}
	}()
	dropped, fault := d.Dispenser.Vend(ctx, slot)
	close(done)
	if <-seen {
		text := fmt.Sprintf("slot %d: the supply was under 4.63 V while the motor ran", slot)
		if d.sags.add(time.Now()) {
			text += fmt.Sprintf(", %d times in a day: give the motors a supply of their own", sagsMany)
		}
		say(text)
	}
	return dropped, fault
}

func lowPower() bool {
	p := hw.ReadBoard("/").Power
	return p != nil && p.Low
}
