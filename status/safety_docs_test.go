package status

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var namedTest = regexp.MustCompile("`(Test[^`]+)`")

// What docs/proof/attacks.md says is tried is tried, and what is tried is told there: every attack by its name.
func TestEveryAttackIsListed(t *testing.T) {
	table, err := os.ReadFile("../docs/proof/attacks.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for name := range attacks {
		there["TestSafety/"+strings.ReplaceAll(name, " ", "_")] = true
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	web, err := filepath.Glob("../web/*_test.go")
	if err != nil || len(web) == 0 {
		t.Fatalf("%v: no tests of what every page needs", err)
	}
	for _, file := range append(append(files, web...), "../cmd/kiosk/slow_test.go") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			there[m[1]] = true
		}
	}
	told := map[string]bool{}
	for row := range strings.Lines(string(table)) {
		if !strings.HasPrefix(row, "| ") || strings.HasPrefix(row, "| against") {
			continue
		}
		names := namedTest.FindAllStringSubmatch(row, -1)
		if len(names) == 0 {
			t.Errorf("nothing is tried: %s", row)
		}
		for _, m := range names {
			told[m[1]] = true
			if !there[m[1]] {
				t.Errorf("docs/proof/attacks.md tells of %s, which nobody tries", m[1])
			}
		}
	}
	for name := range attacks {
		if name = "TestSafety/" + strings.ReplaceAll(name, " ", "_"); !told[name] {
			t.Errorf("%s is tried, and docs/proof/attacks.md does not tell", name)
		}
	}
	if len(told) < len(attacks)+20 {
		t.Errorf("only %d tests are told of", len(told))
	}
}
