package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// follow looks at the kiosk until it has decided; what it decides does not depend on whether anybody looks.
func (v *visit) follow(ctx context.Context, boot string) (again bool, err error) {
	heard, quiet := time.Now(), 0
	for {
		if err := pause(ctx, v.beat); err != nil {
			return false, fmt.Errorf("%w; the kiosk goes on by itself: ssh %s /usr/lib/kiosk/keep status", err, v.host)
		}
		has, err := v.look(ctx)
		switch {
		case err != nil && !errors.Is(err, errBroken):
			return false, err
		case err != nil && time.Since(heard) > deaf:
			return false, fmt.Errorf("out of reach for %v; the kiosk goes on by itself: ssh %s /usr/lib/kiosk/keep status: %w", deaf, v.host, err)
		case err != nil:
			v.tell("the connection is broken; the kiosk goes on by itself, trying to reach it again")
			continue
		}
		heard = time.Now()
		switch {
		case has["outcome"] != "":
			return false, v.judge(has["outcome"])
		case has["boot"] != boot:
			return v.rebooted(has)
		case !busy(has["try"]):
			// the last look may have come between the job's last word and its end
			if quiet++; quiet > 2 {
				return false, fmt.Errorf("the deploy there ended without a word (%s): look with: ssh %s journalctl -u kiosk-try", has["result"], v.host)
			}
		case has["trial"] != "" || strings.HasPrefix(has["result"], "waiting "):
			v.tell(has["result"])
		}
	}
}

// rebooted says what became of a deploy that lost its power: the keeper has settled it while it booted.
func (v *visit) rebooted(has map[string]string) (again bool, err error) {
	if busy(has["try"]) || has["trial"] != "" {
		return false, fmt.Errorf("it was restarted in the deploy and is not through with it: look with: ssh %s /usr/lib/kiosk/keep status", v.host)
	}
	if why, back := strings.CutPrefix(has["result"], "back "); back && has["result"] != v.was {
		v.o.result = "went back"
		return false, errors.New("went back from " + why)
	}
	v.say(v.host, "it was restarted in the deploy (%s); once more", has["result"])
	return true, nil
}

// judge turns the job's last word into ours.
func (v *visit) judge(outcome string) error {
	word, rest, _ := strings.Cut(outcome, " ")
	switch word {
	case "failed":
		if why, back := strings.CutPrefix(rest, "back "); back {
			v.o.result = "went back"
			return errors.New("went back from " + why)
		}
		return errors.New(strings.TrimPrefix(rest, "failed "))
	case "same":
		v.o.result = "the same, nothing switched"
	case "bare":
		v.o.result = "installed, not set up"
		v.say(v.host, "now edit /etc/kiosk/kiosk.toml there, say: kiosk check, and then: systemctl start kiosk")
	default:
		v.o.result = word
	}
	name, warned, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if v.o.to = name; warned != "" {
		v.o.result += ", with warnings"
		v.say(v.host, "%s", warned)
	}
	v.say(v.host, "%s: %s", name, v.o.result)
	return nil
}

// tell says a thing once.
func (v *visit) tell(what string) {
	if what != v.told {
		v.told = what
		v.say(v.host, "%s", what)
	}
}
