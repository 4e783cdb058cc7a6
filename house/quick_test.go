package house_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What make quick leaves out by name is a test that is there: a name that nobody has leaves out nothing.
func TestWhatMakeQuickLeavesOutIsThere(t *testing.T) {
	b, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?m)^SLOW := ((?:.*\\\n)*.*)$`).FindStringSubmatch(string(b))
	if list == nil {
		t.Fatal("the Makefile has no list of slow tests")
	}
	there := map[string]bool{}
	for _, dir := range goList(t, "-f", "{{.Dir}}", "./...") {
		for name := range testsOf(t, dir) {
			there[name] = true
		}
	}
	names := strings.Fields(strings.ReplaceAll(list[1], "\\", ""))
	for _, name := range names {
		if !there[name] {
			t.Errorf("make quick leaves out %s, which no room has", name)
		}
	}
	if len(names) < 10 {
		t.Fatalf("only %d slow tests seen", len(names))
	}
}
