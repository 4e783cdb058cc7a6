package doctor

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/store"
)

// WaitIdle waits until the running kiosk can be stopped without disturbing anybody, and says why it may. The error
// says whom a stop would disturb.
func (r *Running) WaitIdle(ctx context.Context, book string, wait time.Duration) (said string, err error) {
	for end := time.Now().Add(wait); ; {
		said, idle := r.IsIdle(ctx, func() bool { return store.InUse(book) })
		switch {
		case idle:
			return said, nil
		case ctx.Err() != nil || !time.Now().Before(end):
			return "", errors.New(said)
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(askAgain, time.Until(end))):
		}
	}
}

// IsIdle asks once. A refused connection means that no kiosk runs, unless held says that one has the book open.
func (r *Running) IsIdle(ctx context.Context, held func() bool) (said string, idle bool) {
	s, err := r.ReadStatus(ctx)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED) && !held():
		return "no kiosk runs at " + r.Address + ": nobody is served", true
	case err != nil:
		return config.OneLine(err) + ": it is not known whether anybody is served; if nobody is there, systemctl stop kiosk and say it again", false
	case s.Busy != "":
		return s.Busy, false
	case !s.Alive:
		return "the shop's own beat has stopped: nobody can be served, and nothing turns", true
	case s.Front != nil && s.Front.No != "":
		return fmt.Sprintf("a customer is before the %s screen", s.Front.Screen), false
	case s.Front != nil:
		return "nobody is served, the screen says " + s.Front.Screen, true
	}
	return "nobody is served", true
}
