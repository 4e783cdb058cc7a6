package main

import (
	"strings"
	"testing"
)

func TestAWrongVerdictOfKioskCheckIsSeen(t *testing.T) {
	line := checked{"warn", "panel bus", "bufsiz is 4096 and should be 65536: put spidev.bufsiz=65536 into cmdline.txt"}
	if !poor.matches(line) {
		t.Error("the right words are not known")
	}
	line.Verdict = "fail"
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
