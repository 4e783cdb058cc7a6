package hw

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

const (
	glanceEvery = 10 * time.Second // a module that was swapped is found this late
	glanceAgain = time.Second      // after a glance that nothing answered
	saveLimit   = 3                // of one life: a module that forgets is not worn out by it
)

// lookout is the other half of the ears, for one life of the stream: it has the module set right, makes
// it look while a code is wanted and stop when not, and notices when nobody answers any more.
type lookout struct {
	*ears
	talk  *talk // nil: the module takes no commands
	light light // nil: it looks by itself

	heard chan struct{} // the module sent something that ended
	life  atomic.Bool   // it sent a code since it last answered

	lit, failed bool
	next        time.Time // when the light wants attention
	ready       bool      // settings are as good as they get
	rounds      int       // of asking a module that did not answer
	guard       [2]byte   // what the vital zones held when all was well
}

// lookout makes what a stream needs besides reading, or nil if that is nothing.
func (e *ears) newLookout(port io.Writer) *lookout {
	l := &lookout{ears: e, heard: make(chan struct{}, 1)}
	if e.Dialect == "zone" {
		l.talk = newTalk(port)
		l.light = commandLight{l.talk}
	}
	switch e.looks() {
	case looksAtPin:
		l.light = pinLight{e.Trigger}
	case looksForever:
		l.light = nil
	}
	if l.talk == nil && l.light == nil {
		return nil
	}
	return l
}

// run goes on until ctx ends (then it gives nil), the stream is lost, or nobody answers.
func (l *lookout) run(ctx context.Context) error {
	if l.light != nil {
		defer l.light.quit()
	}
	if l.talk != nil {
		if err := l.talk.rouse(ctx); err != nil {
			return ended(ctx, err)
		}
	}
	check := time.Now()
	for {
		err := l.follow(ctx)
		if err == nil && l.talk != nil && !time.Now().Before(check) && !(l.lit && l.ready) {
			var again time.Duration
			again, err = l.check(ctx)
			check = time.Now().Add(again)
		}
		l.count()
		if err == nil {
			err = l.missing()
		}
		if err != nil {
			return ended(ctx, err)
		}
		wait := time.Hour
		if l.talk != nil && !(l.lit && l.ready) {
			wait = time.Until(check)
		}
		if l.lit || l.failed {
			wait = min(wait, time.Until(l.next))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-l.rung:
		case <-l.heard:
			l.next = time.Now().Add(lookPause)
		case <-time.After(wait):
		}
	}
}

func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// follow makes the module look or not, as is wanted now.
func (l *lookout) follow(ctx context.Context) error {
	want, now := l.wanted(), time.Now()
	switch {
	case l.light == nil, want == l.lit && !want:
		return nil
	case (want == l.lit || l.failed) && now.Before(l.next):
		return nil
	}
	do, again := l.light.on, lookAgain
	if !want {
		do = l.light.off
	}
	err := do(ctx)
	l.failed = err != nil
	l.lit = want || l.failed && l.spoke // a module that never answered is told once
	if l.failed {
		again = lookRetry
	}
	l.next = time.Now().Add(again)
	if l.Trigger != nil && ctx.Err() == nil {
		l.warn(1, reason(err))
		return nil
	}
	return unmuted(err)
}

// unmuted lets a missing answer be: those are counted.
func unmuted(err error) error {
	if errors.Is(err, errMute) {
		return nil
	}
	return err
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// check looks whether the settings are as they should be, and says when to look again.
func (l *lookout) check(ctx context.Context) (again time.Duration, err error) {
	if l.ready {
		return l.glance(ctx)
	}
	err = l.settle(ctx)
	if !errors.Is(err, errMute) {
		return glanceEvery, err
	}
	l.rounds++
	if l.rounds == 1 {
		return 2 * time.Second, nil // it may still be waking up
	}
	l.warn(0, "the scan module answers no command: if it reads, it may still obey setup codes that anybody shows it; "+
		"check the wire to its RX, or say scanner.dialect = \"none\" once it is set up by hand")
	return glanceEvery, nil
}

// settle has the module as a payment terminal wants it.
func (l *lookout) settle(ctx context.Context) error {
	model, err := l.talk.hello(ctx)
	if err != nil {
		return err
	}
	l.spoke, l.rounds = true, 0
	came, err := l.talk.settle(ctx, settings(l.looks()), func(ctx context.Context) error { l.count(); return l.follow(ctx) })
	l.unsaved = l.unsaved || came.changed
	if err != nil {
		return err
	}
	if came.changed && l.looks() == looksAtOnce && l.lit {
		l.next = time.Now() // a module that changed its mode has stopped looking
	}
	if came.sure && l.unsaved && l.saves < saveLimit {
		l.saves++
		if err := l.talk.keep(ctx); err != nil {
			return err
		}
		l.unsaved = false
	}
	l.ready = came.sure
	l.tells(model, came)
	for i, at := range guarded {
		if l.guard[i], err = l.talk.get(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

// guarded are the zones that a glance looks at.
var guarded = [2]uint16{zoneSetup, zoneMode}

func (l *lookout) glance(ctx context.Context) (time.Duration, error) {
	for i, at := range guarded {
		v, err := l.talk.get(ctx, at)
		switch {
		case errors.Is(err, errMute):
			return glanceAgain, nil
		case err != nil:
			return 0, err
		case v != l.guard[i]: // another module, or one that forgot
			l.ready = false
			return 0, nil
		}
	}
	return glanceEvery, nil
}

// missing tells that a module which used to answer is there no more: no answer, and no code either.
func (l *lookout) missing() error {
	switch {
	case l.talk == nil || !l.spoke:
		return nil
	case l.talk.missed == 0:
		l.life.Store(false)
	case l.talk.missed >= muteAfter:
		if !l.life.Swap(false) {
			return errMute
		}
		l.talk.missed, l.ready = 0, false
	}
	return nil
}

// tells leaves word of how the module is set now.
func (l *lookout) tells(model byte, came settled) {
	odds, text := worth(came.odds), ""
	if len(odds) > 0 {
		text = "the scan module does not keep: " + words(odds)
	}
	l.mu.Lock()
	l.state.Model, l.state.Configured, l.state.Saves = int(model), came.sure && len(odds) == 0, l.saves
	l.mu.Unlock()
	l.warn(0, text)
}

// count brings the talk's counts to where others may read them.
func (l *lookout) count() {
	if l.talk == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Unsolicited += l.talk.unasked
	l.counts.Unanswered += l.talk.unheard
	l.talk.unasked, l.talk.unheard = 0, 0
}
