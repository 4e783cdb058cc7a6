package hw

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

const (
	probeInterval = 10 * time.Second // a module that was swapped is found within this time
	probeRetry    = time.Second      // after a probe without an answer
	saveLimit     = 3                // writes to its flash until a restart: a module that forgets must not be worn out
)

// aimController controls the module for as long as one stream is open: it configures the module, makes it look while
// a code is wanted and stop otherwise, and notices when it no longer answers.
type aimController struct {
	*scannerReader
	client *zoneClient // nil: the module takes no commands
	aimer  aimer       // nil: it looks all the time

	recordEnded chan struct{} // notifyEnded puts a token into it
	codeRead    atomic.Bool   // the module sent a code since it last answered a command

	aiming, aimFailed bool
	nextAim           time.Time // when to start or stop the aim again
	configured        bool      // the settings are as good as they get
	silentRounds      int       // how often checkSettings got no answer
	vitalValues       [2]byte   // of vitalZones, after configureModule
}

// newAimController makes the controller for a stream, or returns nil if the module needs none.
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

// runLoop returns when ctx ends, the stream is lost, or the module no longer answers. While the module looks for a code
// it is left alone: a question could make it miss the code.
func (l *aimController) runLoop(ctx context.Context) error {
	if l.aimer != nil {
		defer l.aimer.stopAimNow()
	}
	if l.client != nil {
		if err := l.client.wakeModule(ctx); err != nil {
			return err
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
			return err
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

// updateAim makes the module look if a code is wanted, and stop otherwise. A look ends by itself after aimTenths, so
// it is renewed while the code is wanted.
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
	l.aiming = want || l.aimFailed && l.hasAnswered // a module that never answered gets stopAim once
	if l.aimFailed {
		again = aimRetry
	}
	l.nextAim = time.Now().Add(again)
	if l.Trigger != nil && ctx.Err() == nil {
		text := ""
		if err != nil {
			text = err.Error()
		}
		l.reportWarning(1, text)
		return nil
	}
	if errors.Is(err, errNoAnswer) {
		return nil // checkPresence counts those
	}
	return err
}

// checkSettings configures the module, or probes a configured one, and returns when to do so again.
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

// configureModule writes the settings of a payment terminal, and saves them to the module's flash if that differs.
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
		if err := l.client.sendConfirmed(ctx, zoneFrame(zoneKeep, 0, 0)); err != nil {
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

// vitalZones are the zones that a probe reads.
var vitalZones = [2]uint16{zoneSetup, zoneMode}

// probeModule checks that the vital zones are as configureModule left them.
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

// checkPresence returns errNoAnswer once a module that used to answer sends neither an answer nor a code.
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

// reportSettings publishes the module's state, and warns of the settings that it does not keep.
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

// collectCounts adds the client's counts to the Scanner's, which a lock guards.
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
