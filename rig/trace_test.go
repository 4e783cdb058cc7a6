package main

import (
	"strings"
	"testing"
	"time"
)

func told(event string, pin, level int, at time.Duration) message {
	return message{Event: event, Pin: pin, Level: level, US: at.Microseconds()}
}

func TestATurnThatThePowerCutEndedIsOpen(t *testing.T) {
	var tr trace
	tr.power()
	tr.take(told("pin", 17, 0, time.Second))
	tr.take(told("pin", 17, 1, 2*time.Second))
	tr.take(told("drop", 22, 1, 2900*time.Millisecond))
	tr.take(told("pin", 17, 0, 3200*time.Millisecond))
	tr.take(told("pin", 17, 1, 5*time.Second))
	tr.power() // the next life begins with every level told
	tr.take(told("pin", 17, 0, time.Second))
	tr.take(told("pin", 23, 1, 4*time.Second))
	turns := tr.turns()
	if len(turns) != 3 {
		t.Fatalf("three turns became %+v", turns)
	}
	for i, want := range []turn{{17, 1, 2 * time.Second, 1200 * time.Millisecond, false}, {17, 1, 5 * time.Second, 0, true}, {23, 2, 4 * time.Second, 0, true}} {
		got := turns[i]
		if got.open {
			got.on = 0 // nobody saw its end
		}
		if got != want {
			t.Errorf("turn %d became %+v, wanted %+v", i, got, want)
		}
	}
	if tr.starts(17) != 2 || tr.level(17) != 0 || tr.level(23) != 1 || tr.fell(1) != 1 || tr.fell(2) != 0 {
		t.Errorf("starts %d, levels %d and %d, drops %d and %d", tr.starts(17), tr.level(17), tr.level(23), tr.fell(1), tr.fell(2))
	}
}

// The rig must be able to fail: each of these books tells another story than the gateway.
func TestALieInTheBookIsSeen(t *testing.T) {
	r := &rig{till: aTill(t)}
	for state, wrong := range map[string]bool{"sold": true, "refunded": true, "vending": true, "owed": true, "closed": false, "closing": false} {
		_, _, _, found := r.weigh([]bookOrder{{No: "RIG1-1", State: state, Fen: fenOne}})
		if (len(found) > 0) != wrong {
			t.Errorf("an order that the gateway never heard of is %s in the book: %v", state, found)
		}
	}
}

func TestAWrongVerdictOfKioskCheckIsSeen(t *testing.T) {
	line := checked{"warn", "panel bus", "bufsiz is 4096 and should be 65536: put spidev.bufsiz=65536 into cmdline.txt"}
	if !poor.matches(line) {
		t.Error("the right words are not known")
	}
	line.verdict = "fail"
	if poor.matches(line) {
		t.Error("another verdict passes")
	}
	line = checked{"warn", "panel bus", "bufsiz is 4096"}
	if poor.matches(line) {
		t.Error("a line that does not say what to do passes")
	}
	if unplugged.matches(checked{"fail", "panel", "/dev/ttyUSB0"}) {
		t.Error("another part passes")
	}
}

func TestEveryStepHasANameAndADeed(t *testing.T) {
	if len(scenario) < 20 {
		t.Errorf("only %d steps", len(scenario))
	}
	for _, s := range scenario {
		if s.do == nil || strings.TrimSpace(s.name) == "" {
			t.Errorf("%q does nothing", s.name)
		}
	}
}
