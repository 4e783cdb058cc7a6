package main

import (
	"strings"
	"testing"
)

func TestKeepTriesAndAccepts(t *testing.T) {
	b := newBox(t)
	old := b.install("1.0")
	b.sells(old)
	dir, name := b.build("1.1", "good")
	if got := b.mustKeep("stage", dir); got != name {
		t.Fatalf("staged as %q", got)
	}
	b.sells(old)
	b.mustKeep("try", name)
	b.sells(name)
	if got := b.mark("previous"); got != old {
		t.Errorf("the one before is %q, not %q", got, old)
	}
	if got := b.mark("result"); got != "accepted "+name+": after "+old {
		t.Errorf("the result is %q", got)
	}
}

func TestKeepGoesBack(t *testing.T) {
	for mode, why := range map[string]string{
		"sick":  "fail panel nothing is read back; fail scanner silent",
		"crash": "it ended 2 times within 10 minutes, the last time with exit-code",
	} {
		t.Run(mode, func(t *testing.T) {
			b := newBox(t)
			old := b.install("1.0")
			dir, name := b.build("1.1", mode)
			b.mustKeep("stage", dir)
			if _, said, err := b.keep("try", name); err == nil {
				t.Fatalf("a version that is %s was accepted: %s", mode, said)
			}
			b.sells(old)
			if got := b.mark("result"); got != "back "+name+": "+why {
				t.Errorf("the result is %q", got)
			}
			if got := b.mark("refused"); got != name {
				t.Errorf("refused is %q", got)
			}
			if starts := strings.Count(b.read("state/starts"), name); mode == "crash" && starts != 2 {
				t.Errorf("it was started %d times", starts)
			}
		})
	}
}
