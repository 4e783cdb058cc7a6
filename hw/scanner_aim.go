package hw

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

const (
	probeInterval = 10 * time.Second // a module that was swapped is found this late
	probeRetry    = time.Second      // after a glance that nothing answered
	saveLimit     = 3                // of one life: a module that forgets is not worn out by it
)

// aimController is the other half of the ears, for one life of the stream: it has the module set right, makes
// it look while a code is wanted and stop when not, and notices when nobody answers any more.
type aimController struct {
	*scannerReader
	client *zoneClient // nil: the module takes no commands
	aimer  aimer       // nil: it looks by itself

	recordEnded chan struct{} // the module sent something that ended
	codeRead    atomic.Bool   // it sent a code since it last answered

	aiming, aimFailed bool
	nextAim           time.Time // when the light wants attention
	configured        bool      // settings are as good as they get
	silentRounds      int       // of asking a module that did not answer
	vitalValues       [2]byte   // what the vital zones held when all was well
}

// lookout makes what a stream needs besides reading, or nil if that is nothing.
func (e *scannerReader) newAimController(port io.Writer) *aimController {
	l := &aimController{scannerReader: e, recordEnded: make(chan struct{}, 1)}
	if e.Dialect == "zone" {
		l.client = newZoneClient(port)
		l.aimer = commandAimer{l.client}
	}
	switch e.aimMode() {
	case aimByPin:
		l.aimer = pinAimer{e.Trigger}
	case aimAlways:
		l.aimer = nil
	}
	if l.client == nil && l.aimer == nil {
		return nil
	}
	return l
}

// runLoop goes on until ctx ends (then it gives nil), the stream is lost, or nobody answers.
func (l *aimController) runLoop(ctx context.Context) error {
	if l.aimer != nil {
		defer l.aimer.stopAimNow()
	}
	if l.client != nil {
		if err := l.client.wakeModule(ctx); err != nil {
			return unlessDone(ctx, err)
		}
	}
	check := time.Now()
	for {
		err := l.updateAim(ctx)
		if err == nil && l.client != nil && !time.Now().Before(check) && !(l.aiming && l.configured) {
			var again time.Duration
			again, err = l.checkSettings(ctx)
			check = time.Now().Add(again)
		}
		l.collectCounts()
		if err == nil {
			err = l.checkPresence()
		}
		if err != nil {
			return unlessDone(ctx, err)
		}
		wait := time.Hour
		if l.client != nil && !(l.aiming && l.configured) {
			wait = time.Until(check)
		}
		if l.aiming || l.aimFailed {
			wait = min(wait, time.Until(l.nextAim))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-l.armChanged:
		case <-l.recordEnded:
			l.nextAim = time.Now().Add(aimPause)
		case <-time.After(wait):
		}
	}
}

func unlessDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// updateAim makes the module look or not, as is wanted now.
func (l *aimController) updateAim(ctx context.Context) error {
	want, now := l.isArmed(), time.Now()
	switch {
	case l.aimer == nil, want == l.aiming && !want:
		return nil
	case (want == l.aiming || l.aimFailed) && now.Before(l.nextAim):
		return nil
	}
	do, again := l.aimer.startAim, aimRenewal
	if !want {
		do = l.aimer.stopAim
	}
	err := do(ctx)
	l.aimFailed = err != nil
	l.aiming = want || l.aimFailed && l.hasAnswered // a module that never answered is told once
	if l.aimFailed {
		again = aimRetry
	}
	l.nextAim = time.Now().Add(again)
	if l.Trigger != nil && ctx.Err() == nil {
		l.reportWarning(1, errorText(err))
		return nil
	}
	return ignoreNoAnswer(err)
}

// ignoreNoAnswer lets a missing answer be: those are counted.
func ignoreNoAnswer(err error) error {
	if errors.Is(err, errNoAnswer) {
		return nil
	}
	return err
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// checkSettings looks whether the settings are as they should be, and says when to look again.
func (l *aimController) checkSettings(ctx context.Context) (again time.Duration, err error) {
	if l.configured {
		return l.probeModule(ctx)
	}
	err = l.configureModule(ctx)
	if !errors.Is(err, errNoAnswer) {
		return probeInterval, err
	}
	l.silentRounds++
	if l.silentRounds == 1 {
		return 2 * time.Second, nil // it may still be waking up
	}
	l.reportWarning(0, "the scan module answers no command: if it reads, it may still obey setup codes that anybody shows it; "+
		"check the wire to its RX, or say scanner.dialect = \"none\" once it is set up by hand")
	return probeInterval, nil
}

// configureModule has the module as a payment terminal wants it.
func (l *aimController) configureModule(ctx context.Context) error {
	model, err := l.client.readModel(ctx)
	if err != nil {
		return err
	}
	l.hasAnswered, l.silentRounds = true, 0
	came, err := l.client.applySettings(ctx, wantedSettings(l.aimMode()), func(ctx context.Context) error { l.collectCounts(); return l.updateAim(ctx) })
	l.unsaved = l.unsaved || came.changed
	if err != nil {
		return err
	}
	if came.changed && l.aimMode() == aimByCommand && l.aiming {
		l.nextAim = time.Now() // a module that changed its mode has stopped looking
	}
	if came.certain && l.unsaved && l.saves < saveLimit {
		l.saves++
		if err := l.client.saveToFlash(ctx); err != nil {
			return err
		}
		l.unsaved = false
	}
	l.configured = came.certain
	l.reportSettings(model, came)
	for i, at := range vitalZones {
		if l.vitalValues[i], err = l.client.readZone(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

// vitalZones are the zones that a glance looks at.
var vitalZones = [2]uint16{zoneSetup, zoneMode}

func (l *aimController) probeModule(ctx context.Context) (time.Duration, error) {
	for i, at := range vitalZones {
		v, err := l.client.readZone(ctx, at)
		switch {
		case errors.Is(err, errNoAnswer):
			return probeRetry, nil
		case err != nil:
			return 0, err
		case v != l.vitalValues[i]: // another module, or one that forgot
			l.configured = false
			return 0, nil
		}
	}
	return probeInterval, nil
}

// checkPresence tells that a module which used to answer is there no more: no answer, and no code either.
func (l *aimController) checkPresence() error {
	switch {
	case l.client == nil || !l.hasAnswered:
		return nil
	case l.client.missedInRow == 0:
		l.codeRead.Store(false)
	case l.client.missedInRow >= noAnswerLimit:
		if !l.codeRead.Swap(false) {
			return errNoAnswer
		}
		l.client.missedInRow, l.configured = 0, false
	}
	return nil
}

// reportSettings leaves word of how the module is set now.
func (l *aimController) reportSettings(model byte, came settingsResult) {
	mismatches, text := relevantMismatches(came.mismatches), ""
	if len(mismatches) > 0 {
		text = "the scan module does not keep: " + joinMismatches(mismatches)
	}
	l.mu.Lock()
	l.state.Model, l.state.Configured, l.state.Saves = int(model), came.certain && len(mismatches) == 0, l.saves
	l.mu.Unlock()
	l.reportWarning(0, text)
}

// collectCounts brings the talk's counts to where others may read them.
func (l *aimController) collectCounts() {
	if l.client == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Unsolicited += l.client.unsolicited
	l.counts.Unanswered += l.client.unanswered
	l.client.unsolicited, l.client.unanswered = 0, 0
}
