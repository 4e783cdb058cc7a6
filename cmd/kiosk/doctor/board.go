package doctor

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/hw"
	"kiosk/sale"
)

const (
	boardInterval = 5 * time.Second // a full disk is seen before most customers
	RunsFile      = "runs.json"     // beside the book
)

// Board watches the computer while the kiosk runs: the disk that a write needs, the power, and how earlier runs ended.
type Board struct {
	Book        string          // the path of the book, whose disk is watched
	DiskErr     func() error    // what the wires know of that disk
	Supply      *Supply         // counts the vends that pulled the power down
	Dispenser   *hw.Dispenser   // counts the sparks on its light barriers
	Scanner     *hw.Scanner     // nil: there is none
	Thermometer *hw.Thermometer // nil: there is none
	Log         func(line string)

	runs atomic.Pointer[hw.RunLog] // nil until BeginRun
}

// BeginRun counts how the run before this one ended. A count that cannot be kept is no reason not to sell.
func (b *Board) BeginRun(began time.Time) {
	runs, err := hw.StartRun(filepath.Join(filepath.Dir(b.Book), RunsFile), hw.ReadBoard("/").BootID, began)
	if err != nil {
		b.Log(config.OneLine(err))
	}
	switch runs.Last {
	case "power":
		b.Log(fmt.Sprintf("the power failed during the last run; %d times so far", runs.PowerCuts))
	case "crash":
		b.Log(fmt.Sprintf("the last run died without a goodbye; %d times so far", runs.Crashes))
	}
	b.runs.Store(runs)
}

// EndRun notes that this one ended as it should.
func (b *Board) EndRun() {
	if err := b.runs.Load().EndRun(); err != nil {
		b.Log(config.OneLine(err))
	}
}

// Watch tells of a disk fault, and of its end, before a customer's order meets it. A low supply is only logged.
func (b *Board) Watch(ctx context.Context, disk func(fault string)) error {
	was, low := "", false
	for {
		now := hw.ReadBoard(b.Book)
		if fault := b.diskFault(now); fault != was {
			disk(fault)
			was = fault
		}
		if isLow := now.Power != nil && now.Power.Low; isLow != low {
			if low = isLow; low {
				b.Log("the supply is under 4.63 V: a stronger power supply, or a shorter cable")
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(boardInterval):
		}
	}
}

// diskFault is in English: the page has words of its own for a part's fault.
func (b *Board) diskFault(now hw.Board) string {
	if err := b.DiskErr(); err != nil {
		return err.Error()
	}
	switch {
	case now.ReadOnly:
		return "the file system of the book is read-only"
	case now.DiskTotal > 0 && now.DiskFree < config.LeastDisk:
		return fmt.Sprintf("only %d MiB are free where the book is", now.DiskFree>>20)
	}
	return ""
}

// ReadFacts are what the page shows of the machine, in units a person reads. What the machine does not say is absent.
func (b *Board) ReadFacts() sale.Facts {
	now := hw.ReadBoard(b.Book)
	f := sale.Facts{Model: now.Model, BootID: now.BootID, BoardUptime: &now.UptimeS, MemoryFree: new(now.MemoryFree >> 20),
		DiskFree: new(now.DiskFree >> 20), DiskReadOnly: &now.ReadOnly, LowVends: new(b.Supply.CountDips())}
	if b.Dispenser != nil {
		short, unreadable := b.Dispenser.Sparks()
		f.Sparks = new(short + unreadable)
	}
	if now.Celsius != 0 {
		f.Celsius = &now.Celsius
	}
	if now.Power != nil {
		f.PowerLow, f.PowerWasLow, f.Throttled = &now.Power.Low, &now.Power.WasLow, new(now.Power.Throttled || now.Power.Capped)
	}
	if now.WearPercent > 0 {
		f.Worn = &now.WearPercent
	}
	if r := b.runs.Load(); r != nil {
		f.PowerCuts, f.Crashes = &r.PowerCuts, &r.Crashes
	}
	if b.Scanner != nil {
		c := b.Scanner.Counts()
		f.Garbage, f.Vanished = &c.Garbage, &c.Vanished
		if st := b.Scanner.State(); st.Warn != "" || st.Configured {
			f.Settled, f.Warning = &st.Configured, &st.Warn
		}
	}
	if b.Thermometer != nil {
		if celsius, ok := b.Thermometer.Celsius(); ok {
			f.Goods = &celsius
		}
	}
	return f
}

const (
	manyDips       = 3 // in dipsDay: the supply is too weak
	dipsDay        = 24 * time.Hour
	supplyInterval = 500 * time.Millisecond // the firmware holds a dip for longer
)

// Supply counts the vends during which the power was too low: a motor on the board's own supply takes it away, and
// enough of that ends in a reboot with the goods half way out.
type Supply struct {
	IsLow func() bool // now
	Log   func(line string)

	mu   sync.Mutex
	dips []time.Time // of the last day
}

// SupplyIsLow asks the board's firmware.
func SupplyIsLow() bool {
	p := hw.ReadBoard("/").Power
	return p != nil && p.Low
}

// addDip forgets those of the day before, and reports whether they are too many.
func (s *Supply) addDip(now time.Time) (many bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dips = append(s.dips, now)
	for len(s.dips) > 0 && now.Sub(s.dips[0]) > dipsDay {
		s.dips = s.dips[1:]
	}
	return len(s.dips) >= manyDips
}

// CountDips returns how many there were lately.
func (s *Supply) CountDips() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.dips)
}

// Watch returns a dispenser that looks at the supply while a motor runs.
func (s *Supply) Watch(d sale.Dispenser) sale.Dispenser { return &watchedDispenser{d, s} }

// watchedDispenser changes nothing about a vend.
type watchedDispenser struct {
	sale.Dispenser
	supply *Supply
}

// Vend asks for the supply from the first moment of a vend to its last: a dip may be short.
func (d *watchedDispenser) Vend(ctx context.Context, slot int) (int, string) {
	done, seen := make(chan struct{}), make(chan bool)
	go func() {
		low := false
		for {
			low = low || d.supply.IsLow()
			select {
			case <-done:
				seen <- low
				return
			case <-time.After(supplyInterval):
			}
		}
	}()
	pieces, fault := d.Dispenser.Vend(ctx, slot)
	close(done)
	if <-seen {
		text := fmt.Sprintf("slot %d: the supply was under 4.63 V while the motor ran", slot)
		if d.supply.addDip(time.Now()) {
			text += fmt.Sprintf(", %d times in a day: give the motors a supply of their own", manyDips)
		}
		d.supply.Log(text)
	}
	return pieces, fault
}
