package sim

import (
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// How a compartment with an electric lock behaves.
const (
	LockPulls  = 100 * time.Millisecond // the coil has power before the bolt is free
	LockOpens  = time.Second            // then a customer opens the door
	LockShuts  = 3 * time.Second        // and shuts it again
	doorRattle = 2 * time.Millisecond   // its contact bounces
)

// What may be wrong with a lock.
const (
	LockOK     = "ok"
	LockStuck  = "stuck"  // the bolt never moves, or nobody opens the door
	LockSecond = "second" // it moves with the second pulse
	LockLeft   = "left"   // it is left open
)

// Lock is a compartment: a coil frees its bolt, and the door's contact is closed to ground while the door is: high is
// open, and so is a cut wire. Wire it with a struct literal, then Attach.
type Lock struct {
	Coil *Pin
	Door *Pin
	How  string // LockOK and on; set it before Attach

	mu     sync.Mutex
	on     bool
	pulses int
	opened int
	timer  *time.Timer
}

// Attach shuts the door and begins to watch the coil.
func (l *Lock) Attach() {
	l.Door.Set(gpio.Low)
	l.Coil.Watch(l.followCoil)
}

// Done is how often the coil had power, and the door was opened.
func (l *Lock) Done() (pulses, opened int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pulses, l.opened
}

func (l *Lock) followCoil() {
	on := l.Coil.Level() == gpio.High
	l.mu.Lock()
	defer l.mu.Unlock()
	if on == l.on {
		return
	}
	l.on = on
	if !on {
		return
	}
	l.pulses++
	moves := l.How != LockStuck && (l.How != LockSecond || l.pulses > 1)
	if moves && l.timer == nil {
		l.timer = time.AfterFunc(LockPulls+LockOpens, l.openDoor)
	}
}

func (l *Lock) openDoor() {
	l.mu.Lock()
	l.opened++
	l.mu.Unlock()
	for range 3 {
		l.Door.Release()
		time.Sleep(doorRattle)
		l.Door.Set(gpio.Low)
		time.Sleep(doorRattle)
	}
	l.Door.Release()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = nil
	if l.How != LockLeft {
		l.timer = time.AfterFunc(LockShuts, l.shutDoor)
	}
}

func (l *Lock) shutDoor() {
	l.mu.Lock()
	l.timer = nil
	l.mu.Unlock()
	l.Door.Set(gpio.Low)
}
