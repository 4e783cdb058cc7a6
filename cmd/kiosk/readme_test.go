//go:build sim

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A newcomer finds an example of each command that is there to be typed, and each does what it says beside a running street.
func TestEveryExampleOfTheReadmeRuns(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	m, dir := aMachine(t), t.TempDir()
	no := m.showQR(1)
	m.phone("pay")
	m.untilState(no, "sold")
	shown := map[string]bool{}
	does := func(args []string) spoken {
		for i, a := range args {
			if strings.Contains(a, ".") { // a file
				args[i] = filepath.Join(dir, filepath.Base(a))
			}
		}
		return m.does(args...)
	}
	var after [][]string
	for _, line := range regexp.MustCompile(`(?m)^bin/kiosk-sim ([^#\n]+?) +# .*$`).FindAllStringSubmatch(string(text), -1) {
		args := strings.Fields(line[1])
		if shown[args[0]] = true; strings.Contains(line[0], "after ctrl-C") {
			after = append(after, args)
			does(args).oneLineOnly(t, exitFinding, "the kiosk is running")
			continue
		}
		if got := does(args); got.code != exitGood || got.err != "" {
			t.Errorf("README.md says %q, and that says %+v", line[0], got)
		}
	}
	m.pull()
	for _, args := range after {
		if got := does(args); got.code != exitGood || got.err != "" {
			t.Errorf("README.md says %q, and that says %+v", args, got)
		}
	}
	for name := range commands {
		if !shown[name] && !strings.Contains("run check reconcile screens off version", name) {
			t.Errorf("README.md has no example of kiosk %s", name)
		}
	}
}
