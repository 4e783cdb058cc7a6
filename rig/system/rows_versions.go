package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"kiosk/rig/street"
)

// stamped are make's variables for the same source with another stamp.
func stamped(version string) []string {
	return []string{"VERSION=rig-second", "COMMIT=5ec0d0000000", "PACKAGE=" + version}
}

func (r *rig) secondVersion() string {
	return strings.TrimSuffix(strings.TrimPrefix(r.base, "dist/kiosk_"), "_arm64.deb") + "+rig2"
}

// upgrade deploys the same source with another stamp over what sells.
func upgrade(r *rig) (string, error) {
	before, err := r.keeper()
	if err != nil {
		return "", err
	}
	version := r.secondVersion()
	d, err := r.deploy(stamped(version)...)
	if err != nil || d.status != 0 {
		return d.said, fmt.Errorf("make deploy: status %d %w", d.status, err)
	}
	k, err := r.keeper()
	if err != nil {
		return d.last(), err
	}
	see, err := r.Page.Look()
	switch {
	case err != nil:
		return d.last(), err
	case !strings.HasPrefix(k.current, version+"-") || k.previous != before.current || see.Version != "rig-second":
		return d.last(), fmt.Errorf("%s runs, which calls itself %s; before it: %s", k.current, see.Version, k.previous)
	}
	sold, err := r.sellsAs(k.current)
	return fmt.Sprintf("%.1f s: %s\n%s", d.took.Seconds(), d.last(), sold), err
}

// again deploys what is there already.
func again(r *rig) (string, error) {
	pid, err := r.mainPID()
	if err != nil {
		return "", err
	}
	d, err := r.deploy(stamped(r.secondVersion())...)
	if err != nil || d.status != 0 {
		return d.said, fmt.Errorf("make deploy: status %d %w", d.status, err)
	}
	if now, err := r.mainPID(); err != nil || now != pid {
		return d.said, fmt.Errorf("the kiosk was process %s and is %s now %w", pid, now, err)
	}
	if !strings.Contains(d.said, "already") {
		return d.said, fmt.Errorf("make deploy does not say that the version is there already")
	}
	return fmt.Sprintf("%.1f s: %s; still process %s", d.took.Seconds(), d.last(), pid), nil
}

func (r *rig) mainPID() (string, error) {
	return r.in("systemctl", "show", "-P", "MainPID", "kiosk.service")
}

// goesBack deploys a version that is not fit to run, and wants the one before to sell again, with nobody's help.
func goesBack(version, script string) func(*rig) (string, error) {
	return func(r *rig) (string, error) {
		before, err := r.keeper()
		if err != nil {
			return "", err
		}
		p, err := r.variant(r.secondVersion()+version, script)
		if err != nil {
			return "", err
		}
		began := time.Now()
		d, err := r.bring(p)
		if err != nil {
			return "", err
		}
		verdict := fmt.Sprintf("make deploy: status %d after %.1f s: %s", d.status, d.took.Seconds(), d.last())
		if d.status == 0 {
			return verdict, errors.New("make deploy took it for good")
		}
		k, err := r.awaitBack(before.current, p.name)
		if err != nil {
			return verdict, err
		}
		back := time.Since(began)
		sold, err := r.sellsAs(before.current)
		return fmt.Sprintf("%s\nback after %.1f s: %s\n%s", verdict, back.Seconds(), k.result, sold), err
	}
}

const backPatience = 12 * time.Minute // five failures of a hung version take six minutes

// awaitBack waits until the keeper has gone back by itself and remembers whom it refuses.
func (r *rig) awaitBack(to, from string) (k kept, err error) {
	_, err = r.AwaitFor(backPatience, to+" to be back", func() (bool, string) {
		k, err = r.keeper()
		if err == nil && k.current == to && k.trial == "" && strings.Contains(k.refused, from) {
			return true, ""
		}
		time.Sleep(time.Second)
		return false, fmt.Sprintf("current %s, trial %s, result %s, refused %s, %v", k.current, k.trial, k.result, k.refused, err)
	})
	return k, err
}

// fallsLater deploys a version that is accepted, sells, and then crashes at every start.
func fallsLater(r *rig) (string, error) {
	before, err := r.keeper()
	if err != nil {
		return "", err
	}
	p, err := r.variant(r.secondVersion()+".4", falls)
	if err != nil {
		return "", err
	}
	d, err := r.bring(p)
	if err != nil || d.status != 0 {
		return d.said, fmt.Errorf("make deploy: status %d %w", d.status, err)
	}
	accepted, err := r.sellsAs(p.name)
	if err != nil {
		return accepted, err
	}
	if err := r.write(fallNow, "", 0o644); err != nil {
		return accepted, err
	}
	began := time.Now()
	if _, err := r.in("systemctl", "kill", "-s", "SEGV", "--kill-whom=main", "kiosk.service"); err != nil {
		return accepted, err
	}
	k, err := r.awaitBack(before.current, p.name)
	if err != nil {
		return accepted, err
	}
	back := time.Since(began)
	sold, err := r.sellsAs(before.current)
	return fmt.Sprintf("%.1f s: %s; %s\nback %.1f s after its first crash: %s\n%s", d.took.Seconds(), d.last(), first1(accepted),
		back.Seconds(), k.result, sold), err
}

func first1(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// deployBreaks kills ssh and make deploy while the new version is on trial: the kiosk goes on alone.
func deployBreaks(r *rig) (string, error) {
	p, err := r.variant(r.nextVersion(), same)
	if err != nil {
		return "", err
	}
	d, err := r.bringing(p)
	if err != nil {
		return "", err
	}
	_, err = r.AwaitFor(cutPatience, "the trial", func() (bool, string) {
		trial, err := r.Hand.Ask(street.Message{Do: "read", Path: "/var/lib/kiosk-keep/trial"})
		time.Sleep(200 * time.Millisecond)
		return err == nil && strings.HasPrefix(trial.Out, p.name+" "), fmt.Sprint(trial.Out, err)
	})
	d.kill()
	broken, waited := d.end()
	if err != nil || waited != nil {
		return broken.said, fmt.Errorf("%w %w", err, waited)
	}
	began := time.Now()
	if _, err := r.AwaitFor(cutPatience, "the kiosk to end the trial by itself", func() (bool, string) {
		k, err := r.keeper()
		job, _ := r.in("systemctl", "show", "-P", "ActiveState", "kiosk-try.service") // it brings dpkg up to what sells, after the trial
		time.Sleep(time.Second)
		return err == nil && k.trial == "" && k.current == p.name && job == "inactive", k.result + ", its job is " + job
	}); err != nil {
		return broken.said, err
	}
	alone := time.Since(began)
	sold, err := r.sellsAs(p.name)
	if err != nil {
		return sold, err
	}
	d2, err := r.bring(p)
	if err != nil || d2.status != 0 {
		return sold, fmt.Errorf("make deploy, said again: status %d %v: %s", d2.status, err, d2.said)
	}
	return fmt.Sprintf("ssh killed on trial, accepted %.1f s later by itself\n%s\nmake deploy, said again: %s", alone.Seconds(), sold, d2.last()), nil
}
