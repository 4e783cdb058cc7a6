package sim

import (
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Beam is a light barrier on a wire: high is clear, low is blocked. Slots may share it.
type Beam struct {
	Pin     *Pin
	High    bool // the other way round: high is blocked, and so is a cut wire
	Emitter *Pin // switches its light, low is dark; nil: always lit

	once   sync.Once
	mu     sync.Mutex
	things int // in the light
	blind  int // hands that hold its wire at clear
}

// Pulse lets something fall through the light.
func (b *Beam) Pulse(d time.Duration) {
	b.block()
	time.AfterFunc(d, b.clear)
}

func (b *Beam) attachPin() {
	b.once.Do(func() {
		if b.Emitter != nil {
			b.Emitter.Watch(func() { b.addBlocked(0, 0) })
		}
		b.addBlocked(0, 0)
	})
}

// changeTrouble follows a slot from one of its troubles to the next.
func (b *Beam) changeTrouble(was, how string) {
	count := func(what string) (n int) {
		if how == what {
			n++
		}
		if was == what {
			n--
		}
		return n
	}
	b.addBlocked(count(SlotBeam), count(SlotBlind))
}

func (b *Beam) block() { b.addBlocked(1, 0) }
func (b *Beam) clear() { b.addBlocked(-1, 0) }

func (b *Beam) addBlocked(things, blind int) {
	dark := b.Emitter != nil && b.Emitter.Level() == gpio.Low
	b.mu.Lock()
	b.things, b.blind = max(0, b.things+things), max(0, b.blind+blind)
	blocked := (b.things > 0 || dark) && b.blind == 0
	b.mu.Unlock()
	b.Pin.Set(gpio.Level(blocked == b.High))
}
