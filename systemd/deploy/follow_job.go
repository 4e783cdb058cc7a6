package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// followJob asks the kiosk for its state until the job has an outcome. The job goes on without us: a broken connection
// changes nothing but how soon we know.
func (v *hostDeploy) followJob(ctx context.Context, boot string) (again bool, err error) {
	heard, quiet := time.Now(), 0 // the last answer; how many answers in a row found neither job nor outcome
	for {
		if err := sleepContext(ctx, v.interval); err != nil {
			return false, fmt.Errorf("%w; the kiosk goes on by itself: ssh %s /usr/lib/kiosk/keep status", err, v.host)
		}
		has, err := v.readState(ctx)
		switch {
		case err != nil && !errors.Is(err, errBroken):
			return false, err
		case err != nil && time.Since(heard) > outOfReach:
			return false, fmt.Errorf("out of reach for %v; the kiosk goes on by itself: ssh %s /usr/lib/kiosk/keep status: %w", outOfReach, v.host, err)
		case err != nil:
			v.printOnce("the connection is broken; the kiosk goes on by itself, trying to reach it again")
			continue
		}
		heard = time.Now()
		switch {
		case has["outcome"] != "":
			return false, v.reportOutcome(has["outcome"])
		case has["boot"] != boot: // the job died with the power
			return v.afterReboot(has)
		case !isBusy(has["try"]):
			// One question may fall between the end of the job and the outcome file, so three decide.
			if quiet++; quiet > 2 {
				return false, fmt.Errorf("the deploy there ended without a word (%s): look with: ssh %s journalctl -u kiosk-try", has["result"], v.host)
			}
		case has["trial"] != "" || strings.HasPrefix(has["result"], "waiting "):
			v.printOnce(has["result"])
		}
	}
}

// afterReboot reads the result of a deploy that lost its power. The keeper has finished or undone the switch while the
// kiosk booted. again means that nothing was switched.
func (v *hostDeploy) afterReboot(has map[string]string) (again bool, err error) {
	if isBusy(has["try"]) || has["trial"] != "" {
		return false, fmt.Errorf("it was restarted in the deploy and is not through with it: look with: ssh %s /usr/lib/kiosk/keep status", v.host)
	}
	if why, back := strings.CutPrefix(has["result"], "back "); back && has["result"] != v.resultBefore {
		v.outcome.result = "went back"
		return false, errors.New("went back from " + why)
	}
	v.printLine(v.host, "it was restarted in the deploy (%s); once more", has["result"])
	return true, nil
}

// reportOutcome turns the job's outcome line into a result for the table, or an error. The words are jobScript's.
func (v *hostDeploy) reportOutcome(outcome string) error {
	word, rest, _ := strings.Cut(outcome, " ")
	switch word {
	case "failed":
		if why, back := strings.CutPrefix(rest, "back "); back {
			v.outcome.result = "went back"
			return errors.New("went back from " + why)
		}
		return errors.New(strings.TrimPrefix(rest, "failed "))
	case "same":
		v.outcome.result = "the same, nothing switched"
	case "bare": // installed for the first time: there is no config yet that could sell
		v.outcome.result = "installed, not set up"
		v.printLine(v.host, "now edit /etc/kiosk/kiosk.toml there, say: kiosk check, and then: systemctl start kiosk")
	default:
		v.outcome.result = word
	}
	name, warned, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if v.outcome.to = name; warned != "" {
		v.outcome.result += ", with warnings"
		v.printLine(v.host, "%s", warned)
	}
	v.printLine(v.host, "%s: %s", name, v.outcome.result)
	return nil
}

// printOnce prints a line unless it is the same as the one before.
func (v *hostDeploy) printOnce(what string) {
	if what != v.lastPrinted {
		v.lastPrinted = what
		v.printLine(v.host, "%s", what)
	}
}
