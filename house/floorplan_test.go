package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// law says which of our packages each package may import. A package that is missing here fails too.
var law = map[string][]string{
	"kiosk":                    {},
	"kiosk/house":              {},
	"kiosk/sale":               {},
	"kiosk/hw":                 {},
	"kiosk/web":                {},
	"kiosk/cmd/kiosk/config":   {},
	"kiosk/sim":                {"kiosk/sim/gateway"},
	"kiosk/sim/gateway":        {},
	"kiosk/pay":                {"kiosk/sale"},
	"kiosk/store":              {"kiosk/sale"},
	"kiosk/display":            {"kiosk/sale"},
	"kiosk/alert":              {"kiosk/sale"},
	"kiosk/metrics":            {"kiosk/sale"},
	"kiosk/record":             {"kiosk/sale"},
	"kiosk/status":             {"kiosk/sale", "kiosk/web"},
	"kiosk/cmd/kiosk/daily":    feature,
	"kiosk/cmd/kiosk/doctor":   feature,
	"kiosk/cmd/kiosk/onsite":   feature,
	"kiosk/cmd/kiosk/evidence": feature,
	"kiosk/systemd/deploy":     {},
	"kiosk/systemd/pack":       {},
	"kiosk/rig/agent":          {"kiosk/hw"},
	"kiosk/rig/kernel/probe":   {},
}

// feature is what a package under cmd/kiosk may import: it is there because it touches several rooms.
var feature = []string{"kiosk/cmd/kiosk/config", "kiosk/sale", "kiosk/record", "kiosk/pay", "kiosk/store", "kiosk/hw", "kiosk/display",
	"kiosk/status", "kiosk/web", "kiosk/metrics", "kiosk/alert"}

// wired may see everyone but what stands in never.
var wired = []string{"kiosk/cmd/kiosk", "kiosk/rig", "kiosk/rig/street", "kiosk/rig/system"}

// shipped is what goes to a machine; never are the rooms that may not go with it, their sub-rooms included.
var (
	shipped = []string{"kiosk/cmd/kiosk"}
	never   = []string{"kiosk/sim", "kiosk/fleet", "kiosk/house", "kiosk/rig", "kiosk/systemd"}
)

// modules are the house's own and those that build by themselves, which ./... does not see.
var modules = []string{".", "rig", "systemd/pack"}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return strings.Fields(string(out))
}

func TestLawOfImports(t *testing.T) {
	var all []string
	for _, dir := range modules {
		for _, pkg := range goList(t, "-C", dir, "./...") {
			all = append(all, pkg)
			keepsTheLaw(t, pkg, goList(t, "-C", dir, "-deps", pkg))
		}
	}
	for _, pkg := range append(slices.Collect(maps.Keys(law)), wired...) {
		if !slices.Contains(all, pkg) {
			t.Errorf("the house has lost a room: %s", pkg)
		}
	}
}

func keepsTheLaw(t *testing.T, pkg string, deps []string) {
	t.Helper()
	may, listed := law[pkg]
	if !listed && !slices.Contains(wired, pkg) {
		t.Errorf("%s is not in the table of the law of imports", pkg)
	}
	for _, d := range deps {
		switch {
		case d == pkg:
		case !isOurs(d):
			if pkg == "kiosk/sale" && strings.Contains(strings.Split(d, "/")[0], ".") {
				t.Errorf("sale knows %s: the heart is tested with nothing plugged in", d)
			}
		case listed && !slices.Contains(may, d):
			t.Errorf("%s may not import %s", pkg, d)
		}
	}
}

func isOurs(pkg string) bool { return inRoom(pkg, "kiosk") }

// inRoom says whether a package is a room or one of its sub-rooms.
func inRoom(pkg, room string) bool { return pkg == room || strings.HasPrefix(pkg, room+"/") }

// A shipped program contains no pretend street, no other program's rooms, and one database driver, SQLite's.
func TestShippedKioskHoldsNoPretendGateway(t *testing.T) {
	for _, program := range shipped {
		for _, d := range goList(t, "-deps", program) {
			if slices.ContainsFunc(never, func(room string) bool { return inRoom(d, room) }) ||
				strings.Contains(d, "nats-server") || strings.HasSuffix(d, "httptest") {
				t.Errorf("the shipped %s contains %s: a box full of goods must not hold what says paid", program, d)
			}
		}
		drivers := databaseDrivers(t, program)
		if len(drivers) == 0 || slices.ContainsFunc(drivers, func(d string) bool { return !inRoom(d, "modernc.org/sqlite") }) {
			t.Errorf("the shipped %s contains the database drivers %v, not SQLite's alone", program, drivers)
		}
	}
	if street := goList(t, "-deps", "-tags", "sim", "./cmd/kiosk"); !slices.Contains(street, "kiosk/sim") || !slices.Contains(street, "kiosk/sim/gateway") {
		t.Error("the street's kiosk does not contain the street: this test looks at nothing")
	}
}

// databaseDrivers are the packages of others in a program that import database/sql: a driver registers itself there.
func databaseDrivers(t *testing.T, program string) (drivers []string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-f", `{{if not .Standard}}{{.ImportPath}} {{join .Imports " "}}{{end}}`, program).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", program, err)
	}
	for line := range strings.Lines(string(out)) {
		if words := strings.Fields(line); len(words) > 0 && !isOurs(words[0]) && slices.Contains(words[1:], "database/sql") {
			drivers = append(drivers, words[0])
		}
	}
	return drivers
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	rooms := 0
	var dirs []string
	for _, module := range modules {
		dirs = append(dirs, goList(t, "-C", module, "-f", "{{.Dir}}", "./...")...)
	}
	for _, dir := range dirs {
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
