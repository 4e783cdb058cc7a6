package main

import (
	"fmt"
	"strings"
	"time"

	"kiosk/rig/street"
)

const cutPatience = 6 * time.Minute

// moment is where in a switch the power goes.
type moment struct {
	hold    string // the call of a tool before which the kiosk's job is held, as a pattern; "" while the new version is on trial
	new     bool   // it boots into the new version, else into the one before
	watched bool   // make deploy is still there when the power is back, else the laptop is gone too
}

// The five moments, in the keeper's order.
var (
	staged    = moment{hold: "mv -f */.result */result", watched: true}
	written   = moment{hold: "mv -fT */.current */current"}
	flipped   = moment{hold: "systemctl daemon-reload"}
	restarted = moment{}
	accepted  = moment{hold: "apt-get install *", new: true}
)

// nextVersion is one that was never there.
func (r *rig) nextVersion() string {
	r.versions++
	return fmt.Sprintf("%s.cut%d", r.secondVersion(), r.versions)
}

// cutAt takes the power away at a moment of a deploy, gives it back, and wants a version that sells.
func cutAt(m moment) func(*rig) (string, error) {
	return func(r *rig) (string, error) {
		before, err := r.keeper()
		if err != nil {
			return "", err
		}
		p, err := r.variant(r.nextVersion(), same)
		if err != nil {
			return "", err
		}
		if err := r.write("/run/rig/hold", m.hold+"\n", 0o644); err != nil {
			return "", err
		}
		d, err := r.bringing(p)
		if err != nil {
			return "", err
		}
		at, err := r.reach(m, p)
		if err != nil {
			d.kill()
			said, _ := d.end() // what went wrong is known
			return said.said, err
		}
		if !m.watched {
			d.kill()
		}
		up, err := r.cut()
		if err != nil {
			return at, err
		}
		began, want := time.Now(), before.current
		if m.new {
			want = p.name
		}
		sold, err := r.sellsAs(want)
		if err != nil {
			return at, err
		}
		seen := fmt.Sprintf("%s\nagent %.1f s after the power is back, sold %.1f s later\n%s", at, up.Seconds(), time.Since(began).Seconds(), sold)
		done, err := d.end()
		if err != nil || !m.watched {
			return seen, err
		}
		seen += fmt.Sprintf("\nmake deploy, still there: status %d: %s", done.status, done.last())
		if done.status != 0 {
			return seen, fmt.Errorf("make deploy, which begins again after a cut that changed nothing: status %d: %s", done.status, done.said)
		}
		sold, err = r.sellsAs(p.name)
		return seen + "\n" + sold, err
	}
}

// reach waits for the moment, and tells how the switch stood then.
func (r *rig) reach(m moment, p pack) (string, error) {
	var saw string
	_, err := r.AwaitFor(cutPatience, "the moment of the cut", func() (bool, string) {
		time.Sleep(100 * time.Millisecond)
		if m.hold != "" {
			held, err := r.Hand.Ask(street.Message{Do: "read", Path: "/run/rig/held"})
			saw = "held before " + strings.TrimSpace(held.Out)
			return err == nil && held.Out != "", fmt.Sprint(err)
		}
		saw = "the new one is ready, and not accepted yet"
		trial, err := r.Hand.Ask(street.Message{Do: "read", Path: "/var/lib/kiosk-keep/trial"})
		if err != nil || !strings.HasPrefix(trial.Out, p.name+" ") {
			return false, fmt.Sprint(trial.Out, err)
		}
		running, err := r.Hand.Ask(street.Message{Do: "read", Path: "/run/kiosk-keep/running"})
		see, lost := r.Page.Look()
		return err == nil && lost == nil && strings.TrimSpace(running.Out) == p.name && see.Ready, fmt.Sprint(running.Out, err, lost)
	})
	if err != nil {
		return saw, err
	}
	current, err := r.in("readlink", "/usr/lib/kiosk/current")
	if err != nil {
		return saw, err
	}
	mark := "a trial mark"
	if _, err := r.Hand.Ask(street.Message{Do: "read", Path: "/var/lib/kiosk-keep/trial"}); err != nil {
		mark = "no trial mark"
	}
	return fmt.Sprintf("cut with %s: current is %s, %s", saw, strings.TrimPrefix(current, "versions/"), mark), nil
}
