package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"periph.io/x/conn/v3/gpio"

	"kiosk/sim/gateway"
)

// Plan is what a street is built from: the names of the kiosk's wires, as its config has them.
type Plan struct {
	Dir     string // where counts and switches are kept; "" keeps them in memory only
	Slots   []Wires
	Cancel  string // the cancel key; "" if there is none
	Door    string // the switch of the machine's door, which is shut; "" if there is none
	Trigger string // the wire that makes the scan module look; "" if there is none

	DC, Reset, Backlight string // the panel's wires beside its bus; Reset and Backlight may be ""
	Chip                 string // the panel's controller, as Panel has it
	Strapped             bool
	Negative, Swapped    bool
	// The glass, as Panel has it, and how far pictures are turned on it (clockwise degrees).
	Width, Height, ColOffset, RowOffset, Turn int

	Till   Till   // the customers' side of the gateway; nil if the gateway is not the street's
	Unplug func() // nil: the process kills itself
}

// Wires names the pins of one slot; Home and Drop may be "", and Drop may be shared.
type Wires struct {
	Number                 int
	Key, Motor, Home, Drop string
	Emitter                string // switches the light barrier's light; "": it is always on
	HomeHigh, DropHigh     bool   // as Slot and Beam have them
}

// Till is what customers and the street page do at the gateway. *Gateway is one.
type Till interface {
	Pay(codeURL, do string) (outTradeNo, text string, err error)
	CodeOf(customer string, askPassword bool) string
	Hold(code string, askPassword bool)
	Password(do string) (outTradeNo string, err error)
	Mode(how string) error
	ModeNow() string
	Orders() []gateway.Order
}

// Street is everything around one kiosk. OpenStreet makes one.
type Street struct {
	Panel   *Panel
	Scanner *Serial
	Network *Network
	Clock   *Clock
	Disk    *Disk
	Loop    Loop

	plan   Plan
	slots  []*Slot
	keys   map[string]*Key // by slot number, and "cancel"
	born   time.Time
	saving sync.Mutex // orders the writes of the street's file
	unkept error      // why the last of them failed

	mu    sync.Mutex
	pins  map[string]*Pin
	kiosk http.Handler
	cable bool // the panel's is out
}

// OpenStreet builds the street as it was left: counts and switches outlive the kiosk. Whoever
// plugs it in again finds every spiral at home.
func OpenStreet(p Plan) (*Street, error) {
	if p.DC == "" {
		return nil, errors.New("open the street: the panel needs a D/C pin")
	}
	s := &Street{
		Scanner: NewSerial(), Network: &Network{}, Clock: &Clock{}, Disk: &Disk{},
		plan: p, keys: map[string]*Key{}, pins: map[string]*Pin{}, born: time.Now(),
	}
	s.Panel = &Panel{
		DC: s.Wire(p.DC), Reset: s.Wire(p.Reset), Backlight: s.Wire(p.Backlight),
		Width: p.Width, Height: p.Height, ColOffset: p.ColOffset, RowOffset: p.RowOffset,
		Chip: p.Chip, Strapped: p.Strapped, Negative: p.Negative, Swapped: p.Swapped, MISO: true,
	}
	s.Panel.PowerOn()
	if p.Cancel != "" {
		s.keys["cancel"] = NewKey(s.Wire(p.Cancel))
	}
	if p.Door != "" {
		s.Wire(p.Door).Set(gpio.Low)
	}
	if p.Trigger != "" {
		s.Scanner.Module().Wire(s.Wire(p.Trigger))
	}
	beams := map[string]*Beam{}
	for _, w := range p.Slots {
		s.buildParts(w, beams)
	}
	kept, err := s.loadKept()
	if err != nil {
		return nil, fmt.Errorf("open the street: %w", err)
	}
	s.restoreKept(kept)
	s.Scanner.Module().Keep = s.saveKept
	return s, nil
}

func (s *Street) buildParts(w Wires, beams map[string]*Beam) {
	slot := &Slot{Number: w.Number, Motor: s.Wire(w.Motor), Home: s.Wire(w.Home), HomeHigh: w.HomeHigh, Keep: s.saveKept}
	slot.Motor.Set(gpio.Low) // the driver board pulls its input down
	if w.Drop != "" {
		if beams[w.Drop] == nil {
			beams[w.Drop] = &Beam{Pin: s.Wire(w.Drop), High: w.DropHigh, Emitter: s.Wire(w.Emitter)}
		}
		slot.Beam = beams[w.Drop]
	}
	s.slots = append(s.slots, slot)
	s.keys[slotName(w.Number)] = NewKey(s.Wire(w.Key))
}

// Wire is the pin of that name, made when it is first asked for; nil for "".
func (s *Street) Wire(name string) *Pin {
	if name == "" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pins[name]
	if p == nil {
		p = NewPin(name)
		p.Strict(true)
		s.pins[name] = p
	}
	return p
}

// Pin is the kiosk's end of a wire; nil for "".
func (s *Street) Pin(name string) gpio.PinIO {
	if p := s.Wire(name); p != nil {
		return p
	}
	return nil
}

// Meet tells the street where the kiosk's own pages are: a press asks them what the front takes.
func (s *Street) Meet(kiosk http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kiosk = kiosk
}

// Slot is the machinery of a slot, or nil.
func (s *Street) Slot(number int) *Slot {
	i := slices.IndexFunc(s.slots, func(x *Slot) bool { return x.Number == number })
	if i < 0 {
		return nil
	}
	return s.slots[i]
}

// Glass is what a person before the machine sees.
func (s *Street) Glass() *image.RGBA { return s.Panel.Glass(s.plan.Turn) }

// Violations lists what the kiosk did that real parts would take badly.
func (s *Street) Violations() []string {
	all := append([]string{}, s.Panel.Violations()...)
	s.mu.Lock()
	for _, p := range s.pins {
		all = append(all, p.Violations()...)
	}
	s.mu.Unlock()
	slices.Sort(all)
	return slices.Compact(all)
}

// Close stops everything that would still move.
func (s *Street) Close() error {
	for _, slot := range s.slots {
		slot.Detach()
	}
	return nil
}

// Refusal is why the street or the kiosk did not do as a person wanted, with the HTTP status that says so.
type Refusal struct {
	Status int
	Why    string
}

func (r *Refusal) Error() string { return r.Why }

func refuseWith(status int, format string, args ...any) error {
	return &Refusal{Status: status, Why: fmt.Sprintf(format, args...)}
}

// Press presses a key, "1", "2" or "cancel", and returns once it was let go. The key goes down
// in any case; a Refusal says that the front does not take it.
func (s *Street) Press(ctx context.Context, which string) error {
	key := s.keys[which]
	if key == nil {
		return refuseWith(http.StatusNotFound, "there is no key %q", which)
	}
	taken := s.acceptsKeys(ctx, which)
	return cmp.Or(key.Press(ctx), taken)
}

// Scan holds a code to the scan module; without one a customer's phone makes a fresh one. A customer without a name is
// somebody new.
func (s *Street) Scan(ctx context.Context, code, customer string, password bool) (string, error) {
	if s.Scanner.CurrentTrouble() == ScannerGone {
		return "", refuseWith(http.StatusConflict, "%v", ErrUnplugged)
	}
	switch {
	case s.plan.Till == nil && code == "":
		return "", refuseWith(http.StatusConflict, "the gateway is not the street's, so no phone here can make a code: give one")
	case s.plan.Till == nil:
	case code == "":
		code = s.plan.Till.CodeOf(customer, password)
	default:
		s.plan.Till.Hold(code, password)
	}
	if err := s.Scanner.Scan(ctx, code); err != nil {
		return "", refuseWith(http.StatusConflict, "%v", err)
	}
	return code, nil
}

// A customer holds the phone to the glass for this long before giving up.
const (
	looks   = 4
	lookGap = 100 * time.Millisecond
)

// Scanned is what came of a phone before the glass.
type Scanned struct {
	Text       string `json:"text"` // what the code on the glass holds
	OutTradeNo string `json:"out_trade_no"`
	Says       string `json:"says"` // what the phone's owner reads
}

// Phone scans the code on the glass and pays, cancels or waits at the password. A phone of a gateway
// that is not the street's only reads.
func (s *Street) Phone(ctx context.Context, do string) (Scanned, error) {
	var got Scanned
	err := errors.New("no look yet")
	for look := 0; err != nil; look++ {
		if look == looks {
			return got, refuseWith(http.StatusNotFound, "the phone finds no code on the glass")
		}
		if look > 0 {
			if err := sleepContext(ctx, lookGap); err != nil {
				return got, err
			}
		}
		got.Text, err = Decode(s.Glass())
	}
	if s.plan.Till == nil {
		return got, nil
	}
	got.OutTradeNo, got.Says, err = s.plan.Till.Pay(got.Text, do)
	if err != nil {
		return got, refuseWith(http.StatusConflict, "%v", err)
	}
	return got, nil
}

// Plug pulls it: the process dies where it stands.
func (s *Street) Plug() {
	if s.plan.Unplug != nil {
		s.plan.Unplug()
		return
	}
	syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
}

func slotName(number int) string { return strconv.Itoa(number) }
