package kiosk

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// law says which of our packages each package may import. A package that is missing here fails too.
var law = map[string][]string{
	"kiosk":                  {},
	"kiosk/sale":             {},
	"kiosk/hw":               {},
	"kiosk/sim":              {},
	"kiosk/pay":              {"kiosk/sale"},
	"kiosk/store":            {"kiosk/sale"},
	"kiosk/display":          {"kiosk/sale"},
	"kiosk/status":           {"kiosk/sale"},
	"kiosk/rig/agent":        {},
	"kiosk/rig/kernel/probe": {},
	"kiosk/systemd/deploy":   {},
}

// wired may see everyone but these.
var wired = map[string][]string{
	"kiosk/cmd/kiosk":  {"kiosk/sim", "kiosk/relay"},
	"kiosk/rig":        {}, // sees the whole house, as the root tests do
	"kiosk/rig/street": {},
	"kiosk/rig/system": {},
}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return strings.Fields(string(out))
}

func TestLawOfImports(t *testing.T) {
	all := goList(t, "./...")
	if len(all) < len(law) {
		t.Fatalf("the house has lost rooms: %v", all)
	}
	for _, pkg := range all {
		deps := goList(t, "-deps", pkg)
		may, listed := law[pkg]
		not, wiring := wired[pkg]
		if !listed && !wiring {
			t.Errorf("%s is not in the table of the law of imports", pkg)
		}
		for _, d := range deps {
			switch {
			case d == pkg || d != "kiosk" && !strings.HasPrefix(d, "kiosk/"):
				if pkg == "kiosk/sale" && strings.Contains(strings.Split(d, "/")[0], ".") {
					t.Errorf("sale knows %s: the heart is tested with nothing plugged in", d)
				}
			case listed && !slices.Contains(may, d):
				t.Errorf("%s may not import %s", pkg, d)
			case wiring && slices.Contains(not, d):
				t.Errorf("%s as shipped contains %s", pkg, d)
			}
		}
	}
}

func TestShippedKioskHoldsNoPretendGateway(t *testing.T) {
	for _, d := range goList(t, "-deps", "./cmd/kiosk") {
		if d == "kiosk/sim" || strings.Contains(d, "nats-server") || strings.HasSuffix(d, "httptest") {
			t.Errorf("the shipped kiosk contains %s: a box full of goods must not hold what says paid", d)
		}
	}
	if !slices.Contains(goList(t, "-deps", "-tags", "sim", "./cmd/kiosk"), "kiosk/sim") {
		t.Error("the street's kiosk does not contain the street: this test looks at nothing")
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	rooms := 0
	for _, dir := range goList(t, "-f", "{{.Dir}}", "./...") {
		comment := ""
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			src, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				t.Fatal(err)
			}
			comment += packageComment(src)
		}
		rooms++
		if !strings.HasPrefix(comment, "Package ") && !strings.HasPrefix(comment, "Command ") {
			t.Errorf("%s does not say what it is", dir)
		}
		if n := strings.Count(comment, "\n"); n > 24 {
			t.Errorf("%s says what it is in %d lines", dir, n)
		}
	}
	if rooms < 8 {
		t.Fatalf("only %d rooms seen", rooms)
	}
}

func packageComment(f *ast.File) string {
	if f.Doc == nil {
		return ""
	}
	return f.Doc.Text()
}

func TestFilesStayReadable(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		seen++
		b, err := os.ReadFile(path)
		if n := strings.Count(string(b), "\n"); n > 350 {
			t.Errorf("%s has %d lines: a newcomer reads 350 at most", path, n)
		}
		return err
	})
	if err != nil || seen < 50 {
		t.Fatalf("saw %d files: %v", seen, err)
	}
}
