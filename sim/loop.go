package sim

import (
	"fmt"
	"sync/atomic"
)

// What the kiosk's own loop may be.
const (
	LoopOK    = "ok"
	LoopStuck = "stuck" // for good: only another process helps
)

// Loop is where the kiosk's own loop passes the street on its way. The zero value lets it pass.
type Loop struct{ stuck atomic.Bool }

// SetTrouble makes it stick.
func (l *Loop) SetTrouble(how string) error {
	if how != LoopStuck {
		return fmt.Errorf("shop: no trouble named %q", how)
	}
	l.stuck.Store(true)
	return nil
}

// CurrentTrouble is the present trouble.
func (l *Loop) CurrentTrouble() string {
	if l.stuck.Load() {
		return LoopStuck
	}
	return LoopOK
}

// Pass comes back at once, or never: what a deadlock does to whoever calls.
func (l *Loop) Pass() {
	if l.stuck.Load() {
		select {}
	}
}
