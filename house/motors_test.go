package house_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"

	"kiosk/hw"
	"kiosk/sim"
)

// cabinet is what stands behind the glass: three spirals and a locked compartment, the shipped code at one end of
// the wires and the street's machinery at the other, with a recorder on everything that moves.
type cabinet struct {
	hw.Dispenser
	life    *sim.Process
	pins    map[string]*sim.Pin
	trace   *sim.Trace
	limits  map[string]time.Duration
	spirals map[int]*sim.Slot
	lock    *sim.Lock
	door    bool
	mu      sync.Mutex
	edges   int
	blocked map[int]bool
	notes   []string
}

const (
	plain, tall, cheap, locked = 1, 2, 3, 4 // the slots: a usual one, home reads High, no home switch, a compartment
)

func (c *cabinet) wire(name string) *sim.Pin {
	if c.pins[name] == nil {
		c.pins[name] = sim.NewPin(name)
		c.pins[name].Strict(true)
	}
	return c.pins[name]
}

// open builds a life of the kiosk on the wires there are.
func (c *cabinet) open(t *testing.T) {
	t.Helper()
	c.life = &sim.Process{}
	hold := func(name string) gpio.PinIO { return c.life.Hold(c.wire(name)) }
	c.Dispenser = hw.Dispenser{
		Outputs: &hw.Outputs{}, Door: func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.door },
		Slots:     map[int]hw.Slot{},
		StrayEdge: func(int) { c.mu.Lock(); c.edges++; c.mu.Unlock() },
		Beam:      func(slot int, b bool) { c.mu.Lock(); c.blocked[slot] = b; c.mu.Unlock() },
		Note:      func(_ int, word string) { c.mu.Lock(); c.notes = append(c.notes, word); c.mu.Unlock() },
	}
	for name, limit := range c.limits {
		if err := c.Outputs.Add(name, hold(name), limit); err != nil {
			t.Fatal(err)
		}
	}
	eye, drop := hold("EYE"), hold("DROP")
	c.Slots[plain] = hw.Slot{Motor: "MOTOR_A", Home: hold("HOME_A"), Drop: drop, Emitter: eye}
	c.Slots[tall] = hw.Slot{Motor: "MOTOR_B", Home: hold("HOME_B"), HomeHigh: true, Drop: drop, Emitter: eye}
	c.Slots[cheap] = hw.Slot{Motor: "MOTOR_C", Drop: drop, Emitter: eye}
	c.Slots[locked] = hw.Slot{Lock: "LOCK_A", Drop: hold("DOOR_A"), DropHigh: true}
	if err := c.CheckWiring(); err != nil {
		t.Fatal(err)
	}
}

func newCabinet(t *testing.T, lock string) *cabinet {
	t.Helper()
	c := &cabinet{
		pins: map[string]*sim.Pin{}, trace: &sim.Trace{}, spirals: map[int]*sim.Slot{}, blocked: map[int]bool{},
		limits: map[string]time.Duration{"MOTOR_A": 0, "MOTOR_B": 0, "MOTOR_C": 0, "LOCK_A": hw.LockMaxOn},
	}
	for name := range c.limits {
		c.wire(name).Set(gpio.Low) // the driver board pulls its input down
		c.trace.Watch(c.wire(name))
	}
	beam := &sim.Beam{Pin: c.wire("DROP"), Emitter: c.wire("EYE")}
	c.spirals[plain] = &sim.Slot{Number: plain, Motor: c.wire("MOTOR_A"), Home: c.wire("HOME_A"), Beam: beam}
	c.spirals[tall] = &sim.Slot{Number: tall, Motor: c.wire("MOTOR_B"), Home: c.wire("HOME_B"), HomeHigh: true, Beam: beam}
	c.spirals[cheap] = &sim.Slot{Number: cheap, Motor: c.wire("MOTOR_C"), Beam: beam}
	c.lock = &sim.Lock{Coil: c.wire("LOCK_A"), Door: c.wire("DOOR_A"), How: lock}
	c.open(t)
	for _, s := range c.spirals {
		s.Attach()
	}
	c.lock.Attach()
	return c
}

// watched runs a test with the light barriers watched, and asks the recorder afterwards.
func watched(t *testing.T, lock string, f func(c *cabinet)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, lock)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx) }()
		time.Sleep(time.Second)
		f(c)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		c.harmless(t)
		for _, s := range c.spirals {
			s.Detach()
		}
	})
}

// harmless asks the recorder: nothing longer than its limit, one thing at a time, all low in the end; and no wire
// was used in a way that a board takes badly.
func (c *cabinet) harmless(t *testing.T) {
	t.Helper()
	for name, limit := range c.limits {
		if limit == 0 {
			limit = hw.DefaultMaxOn
		}
		if on := c.trace.Longest(name); on > limit {
			t.Errorf("%s had power for %v, %v is the most:\n%s", name, on, limit, c.trace)
		}
	}
	if n := c.trace.Together(); n > 1 {
		t.Errorf("%d of them had power at once, and the supply is made for one:\n%s", n, c.trace)
	}
	if high := c.trace.High(); len(high) > 0 {
		t.Errorf("%v still has power:\n%s", high, c.trace)
	}
	for _, p := range c.pins {
		for _, how := range p.Violations() {
			t.Error("a board takes this badly:", how)
		}
	}
}

func (c *cabinet) shut(open bool) { c.mu.Lock(); c.door = open; c.mu.Unlock() }

func (c *cabinet) count() (edges int, notes string) {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.edges, strings.Join(c.notes, " ")
}

// drawSparks puts on every input's wire what motors and bolts do to it: a burst when one starts or stops, and more while it
// turns. None lasts as long as something that falls.
func (c *cabinet) drawSparks(dice *rand.Rand) {
	var mu sync.Mutex
	free := map[string]time.Time{} // sparks on one wire are a millisecond apart
	inputs := []string{"DROP", "DROP", "HOME_A", "HOME_B", "DOOR_A"}
	draw := func() {
		mu.Lock()
		defer mu.Unlock()
		name, wide := inputs[dice.IntN(len(inputs))], time.Duration(1+dice.IntN(490))*time.Microsecond
		if now := time.Now(); now.After(free[name]) {
			free[name] = now.Add(wide + time.Millisecond)
			c.wire(name).Spark(wide)
		}
	}
	for name := range c.limits {
		c.wire(name).Watch(func() {
			mu.Lock()
			defer mu.Unlock()
			for range 4 + dice.IntN(8) {
				time.AfterFunc(time.Duration(dice.IntN(5))*time.Millisecond, draw)
				time.AfterFunc(time.Duration(dice.IntN(1500))*time.Millisecond, draw)
			}
		})
	}
}

// onPower calls f so long after the motor's next start.
func (c *cabinet) onPower(slot int, after time.Duration, f func()) {
	var once sync.Once
	p := c.wire(c.Slots[slot].Motor)
	p.Watch(func() {
		if p.Level() == gpio.High {
			once.Do(func() { time.AfterFunc(after, f) })
		}
	})
}

// motorRow is one trouble of motors and pins, and a sale with it. Late counts what falls after the vend had its say.
type motorRow struct {
	name    string
	slot    int
	trouble string
	before  func(c *cabinet)
	pieces  int
	fault   string
	late    int
	nudges  int
	notes   string
	most    time.Duration // with power at a stretch
}

var motorRows = []motorRow{
	{name: "all well", slot: plain, pieces: 1, most: 1215},
	{name: "home reads High", slot: tall, pieces: 1, most: 1215},
	{name: "no home switch", slot: cheap, pieces: 1, most: 1215},
	{name: "jam", slot: plain, trouble: sim.SlotJam, fault: "jam", most: 8005},
	{name: "the motor's wire is off", slot: plain, trouble: sim.SlotNoMotor, fault: "no-motor", most: 1005},
	{name: "home never lets go", slot: plain, trouble: sim.SlotHomeStuck, pieces: 1, fault: "no-motor", most: 1005},
	{name: "home's wire is cut", slot: plain, trouble: sim.SlotHomeCut, pieces: 1, fault: "jam", most: 2110},
	{name: "nothing falls", slot: plain, trouble: sim.SlotNoDrop, fault: "no-drop", nudges: 3, notes: "nudged away", most: 1215},
	{name: "nothing falls, no home switch", slot: cheap, trouble: sim.SlotNoDrop, fault: "no-drop", nudges: 3, notes: "nudged", most: 1215},
	{name: "it hangs, the first nudge helps", slot: plain, trouble: sim.SlotHangs, before: func(c *cabinet) { c.spirals[plain].Pushes = 1 },
		pieces: 1, nudges: 1, notes: "nudged away", most: 1215},
	{name: "it hangs, the second helps", slot: plain, trouble: sim.SlotHangs, pieces: 1, nudges: 2, notes: "nudged away", most: 1215},
	{name: "it hangs, the third helps", slot: tall, trouble: sim.SlotHangs, before: func(c *cabinet) { c.spirals[tall].Pushes = 3 },
		pieces: 1, nudges: 3, notes: "nudged away", most: 1215},
	{name: "it falls six seconds later", slot: plain, trouble: sim.SlotLateDrop, fault: "no-drop", late: 1, nudges: 3, notes: "nudged away", most: 1215},
	{name: "nothing falls, and the motor sparks", slot: plain, trouble: sim.SlotSpark, fault: "no-drop", nudges: 3, notes: "nudged away", most: 1215},
	{name: "the same, no home switch", slot: cheap, trouble: sim.SlotSpark, fault: "no-drop", nudges: 3, notes: "nudged", most: 1215},
	{name: "two fall", slot: plain, trouble: sim.SlotDouble, pieces: 2, fault: "double", most: 1215},
	{name: "the beam is blocked", slot: plain, trouble: sim.SlotBeam, fault: "blocked"},
	{name: "the beam is blind", slot: plain, trouble: sim.SlotBlind, fault: "blocked"},
	{name: "blind, found at the neighbour", slot: tall, before: func(c *cabinet) { _ = c.spirals[plain].SetTrouble(sim.SlotBlind) }, fault: "blocked"},
	{name: "the door is open", slot: plain, before: func(c *cabinet) { c.shut(true) }, fault: "door"},
	{name: "the door is opened half way", slot: plain, before: func(c *cabinet) { c.onPower(plain, 500*time.Millisecond, func() { c.shut(true) }) }, fault: "off", notes: "away", most: 510},
	{name: "all is taken away half way", slot: plain, before: func(c *cabinet) { c.onPower(plain, 500*time.Millisecond, c.Off) }, fault: "off", notes: "away", most: 500},
	{name: "taken away after the drop", slot: plain, before: func(c *cabinet) { c.onPower(plain, 1000*time.Millisecond, c.Off) }, pieces: 1, fault: "off", notes: "away", most: 1000},
	{name: "nobody ends the turn but the limit", slot: plain, trouble: sim.SlotJam, before: func(c *cabinet) { c.MaxTurn = time.Hour }, fault: "jam", most: 10000},
	{name: "lock", slot: locked, pieces: 1, most: 805},
	{name: "lock, the second pulse helps", slot: locked, trouble: sim.LockSecond, pieces: 1, most: 805},
	{name: "lock, stuck", slot: locked, trouble: sim.LockStuck, fault: "no-drop", most: 805},
	{name: "lock, the door stays open", slot: locked, trouble: sim.LockLeft, pieces: 1, most: 805},
	{name: "lock, the machine's door is open", slot: locked, before: func(c *cabinet) { c.shut(true) }, fault: "door"},
}

func TestMotorsAndPins(t *testing.T) {
	for _, sparks := range []bool{false, true} {
		var table strings.Builder
		fmt.Fprintf(&table, "%-36s %-6s %-9s %5s %6s %9s %8s %6s  %s\n", "what is wrong", "pieces", "fault", "edges", "nudges", "power", "took", "sparks", "noted")
		for n, row := range motorRows {
			t.Run(fmt.Sprintf("%s/sparks=%v", row.name, sparks), func(t *testing.T) {
				tryMotorRow(t, &table, row, uint64(n), sparks)
			})
		}
		t.Logf("motors and pins\n%s", &table)
	}
}

// tryMotorRow makes one sale. Sparks on every wire change nothing about it.
func tryMotorRow(t *testing.T, table *strings.Builder, row motorRow, seed uint64, sparks bool) {
	watched(t, row.trouble, func(c *cabinet) {
		if sparks {
			c.drawSparks(rand.New(rand.NewPCG(seed, 12)))
		}
		if s := c.spirals[row.slot]; s != nil && row.trouble != "" {
			if err := s.SetTrouble(row.trouble); err != nil {
				t.Fatal(err)
			}
		}
		if row.before != nil {
			row.before(c)
		}
		if row.trouble == sim.SlotBeam {
			time.Sleep(time.Second) // long enough to be told as blocked, and no edge of this sale
			c.mu.Lock()
			c.edges = 0
			c.mu.Unlock()
		}
		began := time.Now()
		pieces, fault := c.Vend(context.Background(), row.slot)
		took := time.Since(began)
		time.Sleep(10 * time.Second) // what still flies lands
		edges, notes := c.count()
		on, nudged := time.Duration(0), 0
		for name := range c.limits {
			on = max(on, c.trace.Longest(name))
		}
		if s := c.spirals[row.slot]; s != nil {
			nudged = s.Done().Nudged
		}
		short, unreadable := c.Sparks()
		fmt.Fprintf(table, "%-36s %6d %-9s %5d %6d %9v %8v %6d  %s\n", row.name, pieces, fault, edges, nudged,
			on.Round(time.Millisecond), took.Round(10*time.Millisecond), short, notes)
		if pieces != row.pieces || fault != row.fault {
			t.Errorf("says %d %q, and it was %d %q", pieces, fault, row.pieces, row.fault)
		}
		if drawn := sparks || row.trouble == sim.SlotSpark; unreadable > 0 || short > 0 && !drawn || short == 0 && drawn && row.most > 0 {
			t.Errorf("%d sparks are counted, and %d unreadable; drawn: %v", short, unreadable, drawn)
		}
		if !slices.Contains(append(hw.Faults, ""), fault) {
			t.Errorf("%q is no word of the book", fault)
		}
		if edges != row.late || nudged != row.nudges || notes != row.notes {
			t.Errorf("%d late edges, %d nudges, noted %q; it was %d, %d, %q", edges, nudged, notes, row.late, row.nudges, row.notes)
		}
		if on > row.most*time.Millisecond || row.most == 0 && on > 0 {
			t.Errorf("with power for %v, %v is enough", on, row.most*time.Millisecond)
		}
		if took > c.LongestVend() {
			t.Errorf("it took %v, and promises %v", took, c.LongestVend())
		}
	})
}

// countFallen is how many pieces fell, and how often the compartment was opened.
func (c *cabinet) countFallen() (n int) {
	synctest.Wait()
	for _, s := range c.spirals {
		n += s.Done().Dropped
	}
	_, opened := c.lock.Done()
	return n + opened
}

// Whatever is wrong with whatever, in whatever order, and sparks on every wire: the recorder draws nothing that burns, and
// nothing is sold that did not fall.
func TestNoActuatorIsEverOnForTooLong(t *testing.T) {
	vends, sold, longest := 0, 0, time.Duration(0)
	for seed := range uint64(12) {
		dice := rand.New(rand.NewPCG(seed, 2026))
		locks := []string{sim.LockOK, sim.LockStuck, sim.LockSecond, sim.LockLeft}
		watched(t, locks[dice.IntN(len(locks))], func(c *cabinet) {
			c.drawSparks(rand.New(rand.NewPCG(seed, 12)))
			for range 12 {
				slot := dice.IntN(4) + 1
				if s := c.spirals[slot]; s != nil {
					_ = s.SetTrouble(sim.SlotTroubles[dice.IntN(len(sim.SlotTroubles))])
				}
				switch dice.IntN(6) {
				case 0:
					time.AfterFunc(time.Duration(dice.IntN(5000))*time.Millisecond, c.Off)
				case 1:
					time.AfterFunc(time.Duration(dice.IntN(5000))*time.Millisecond, func() { c.shut(true) })
					time.AfterFunc(6*time.Second, func() { c.shut(false) })
				}
				fell := c.countFallen()
				pieces, fault := c.Vend(context.Background(), slot)
				if vends++; pieces == 0 && fault == "" {
					t.Errorf("seed %d: neither dropped nor a fault", seed)
				}
				if fell = c.countFallen() - fell; pieces > fell {
					t.Errorf("seed %d: %d pieces are sold, and %d fell: slot %d, fault %q", seed, pieces, fell, slot, fault)
				}
				sold += pieces
				if high := c.trace.High(); len(high) > 0 {
					t.Fatalf("seed %d: %v has power after the vend", seed, high)
				}
				time.Sleep(8 * time.Second)
				if s := c.spirals[slot]; s != nil {
					_ = s.SetTrouble(sim.SlotOK)
				}
				time.Sleep(11 * time.Second) // a blind barrier is tried again
			}
			for name := range c.limits {
				longest = max(longest, c.trace.Longest(name))
			}
		})
	}
	if sold < vends/4 {
		t.Errorf("%d vends sold only %d pieces: sparks hide what falls", vends, sold)
	}
	t.Logf("%d vends, %d pieces, longest on-time %v", vends, sold, longest)
}

// What systemd grants a stop covers a charge that is answered at the last moment and the longest vend after it.
func TestTheStopTimeExceedsTheLongestVend(t *testing.T) {
	const charge = 15 * time.Second
	b, err := os.ReadFile("systemd/kiosk.service")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(b), "\nTimeoutStopSec=")
	line, _, _ := strings.Cut(rest, "\n")
	granted, err := time.ParseDuration(line + "s")
	if !found || err != nil {
		t.Fatalf("TimeoutStopSec: %q %v", line, err)
	}
	for what, s := range map[string]hw.Slot{"spiral": {Motor: "A"}, "lock": {Lock: "A"}} {
		longest := (&hw.Dispenser{Slots: map[int]hw.Slot{1: s}}).LongestVend()
		t.Logf("%s: %v for a vend, %v with a charge before it, %v granted", what, longest, charge+longest, granted)
		if charge+longest+2*time.Second > granted {
			t.Errorf("%s: a stop would cut a vend of %v off after %v", what, longest, granted)
		}
	}
}

// The process dies with a motor on. On these boards the motor turns on; what the unit runs then takes it away, and the next
// life turns nothing.
func TestACrashWithAMotorOnIsEndedByOff(t *testing.T) {
	if err := hw.InitDrivers(); err != nil { // outside of the bubble: it starts goroutines of its own
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, sim.LockOK)
		ctx, stop := context.WithCancel(t.Context())
		var ended sync.WaitGroup
		ended.Go(func() { _ = c.Run(ctx) })
		time.Sleep(time.Second)
		ended.Go(func() { c.Vend(ctx, plain) })
		dead := c.life
		c.onPower(plain, 700*time.Millisecond, dead.Kill)
		time.Sleep(30 * time.Second) // far longer than any limit of the dead
		if high := c.trace.High(); !slices.Equal(high, []string{"MOTOR_A"}) {
			t.Fatalf("a dead process turned something off, or never turned it on: %v\n%s", high, c.trace)
		}
		stop()
		ended.Wait()

		var names []string
		for name := range c.limits {
			names = append(names, name)
			if err := gpioreg.Register(c.wire(name)); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = gpioreg.Unregister(name) }()
		}
		began := time.Now()
		if err := hw.DriveLow(names); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 50*time.Millisecond || len(c.trace.High()) > 0 {
			t.Errorf("after %v still on: %v", took, c.trace.High())
		}
		starts := c.spirals[plain].Done().Started
		c.open(t) // the next life
		time.Sleep(time.Minute)
		if c.spirals[plain].Done().Started != starts || len(c.trace.High()) > 0 {
			t.Errorf("the next life turned a motor by itself:\n%s", c.trace)
		}
		for _, s := range c.spirals {
			s.Detach()
		}
		t.Logf("what the recorder drew\n%s", c.trace)
	})
}
