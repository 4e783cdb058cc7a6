package main

import (
	"os"
	"strings"
	"testing"
)

// What ran when the trial began is good enough to go back to, whatever was said of it once.
func TestKeepGoesBackFromATrialToWhatRanThen(t *testing.T) {
	for what, only := range map[string]bool{"the one before it is there": false, "it is the only one": true} {
		t.Run(what, func(t *testing.T) {
			b, old, name := upgraded(t)
			b.write("root/var/lib/kiosk-keep/refused", name+"\n", 0o644)
			if only {
				b.ok(os.RemoveAll(b.path("root/usr/lib/kiosk/versions/" + old)))
			}
			for _, mode := range []string{"sick", "crash"} {
				bad := b.staged("1.2-"+mode, mode)
				b.rejects(bad)
				b.sells(name)
			}
		})
	}
}

func TestKeepPardonsWhatIsInstalledFirst(t *testing.T) {
	b := newBox(t)
	dir, name := b.build("1.0", "good")
	b.write("root/var/lib/kiosk-keep/refused", name+"\n", 0o644)
	b.mustKeep("stage", dir)
	b.mustKeep("first", name)
	if got := b.mark("refused"); got != "" {
		t.Errorf("%q is installed, and refused", got)
	}
}

// An older version may not know a key that its successor brought: it would start and sell nothing.
func TestKeepGoesBackToNothingThatRefusesTheConfig(t *testing.T) {
	b, old, name := upgraded(t)
	b.write("state/badconfig-1.0", "", 0o644)
	if _, said, err := b.keep("back"); err == nil || !strings.Contains(said, "refuses the config: kiosk: kiosk.toml: line 3") {
		t.Errorf("back by hand says %v: %s", err, said)
	}
	b.crashes(12, 1)
	b.sells(name)
	b.ok(os.Remove(b.path("state/badconfig-1.0")))
	b.crashes(1, 1)
	b.sells(old)
}

func TestKeepTellsWhatAnAcceptedVersionIsWarnedOf(t *testing.T) {
	b := newBox(t)
	old := b.install("1.0")
	name := b.staged("1.1", "warns")
	b.mustKeep("try", name)
	if got, want := b.mark("result"), "accepted "+name+": after "+old+"; warn ready does not sell: the network is gone"; got != want {
		t.Errorf("the result is %q, not %q", got, want)
	}
}
