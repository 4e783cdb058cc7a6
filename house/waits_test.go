package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// waits is why a page's room or a command waits by the clock, by room and function. Nothing there waits for the shop or the
// book to change: a command has an answer, and a change is told.
var waits = map[string]string{
	"status Page.Run":                         "samples for the pictures of the page",
	"status Page.serveEvents":                 "looks whether a live page changed: it shows clocks and the board, of which nobody is told",
	"web Shared.makeAnswer":                   "rests as long as a query took, so that a crowd has half of one processor",
	"web Listener.Accept":                     "lets the newest connection send its head before the next one may push it out",
	"web Listener.trimLater":                  "closes what was too young to close when the crowd came",
	"alert Watcher.Run":                       "looks at conditions that last: a state counts once it has stayed",
	"cmd/kiosk feedWatchdog":                  "feeds the service manager's watchdog at its interval",
	"cmd/kiosk/doctor Probe.Run":              "asks another process over HTTP, which tells nobody by itself",
	"cmd/kiosk/doctor Running.WaitIdle":       "asks another process over HTTP, which tells nobody by itself",
	"cmd/kiosk/doctor Board.Watch":            "reads sensors and the disk: the kernel tells nobody",
	"cmd/kiosk/doctor watchedDispenser.Vend":  "reads the supply's flag while a motor turns",
	"cmd/kiosk/onsite Address.Watch":          "looks for the address that the network gave",
	"cmd/kiosk/onsite FirstSecret.MakeSecret": "keeps the secret on the panel for as long as a person needs to write it down",
	"cmd/kiosk/onsite Hotspot.Open":           "ends the hotspot when its time is over",
	"cmd/kiosk/onsite ScanTest.Run":           "ends a scan test that read nothing",
	"cmd/kiosk/onsite WatchSecret":            "looks whether somebody wrote a new secret into its file",
	"cmd/kiosk/onsite Trials.Run":             "looks for what kiosk check -try, another process, left beside the book",
	"cmd/kiosk/daily sleep":                   "waits for the time of day at which the gateway has the bill, and between two tries",
}

var clocks = []string{"Sleep", "After", "NewTicker", "NewTimer", "Tick", "AfterFunc"}

func TestEveryWaitHasAReason(t *testing.T) {
	found := map[string]string{} // the file, by room and function
	for _, room := range []string{"status", "web", "metrics", "alert", "cmd"} {
		err := filepath.WalkDir(room, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			return addWaits(path, found)
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	for where, file := range found {
		if waits[where] == "" {
			t.Errorf("%s (%s) waits by the clock, and nothing says why: can it be told instead?", where, file)
		}
	}
	for where := range waits {
		if found[where] == "" {
			t.Errorf("%s waits no more: take its reason off the list", where)
		}
	}
}

// addWaits notes each function of a file that uses a clock of package time.
func addWaits(path string, found map[string]string) error {
	src, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, decl := range src.Decls {
		ast.Inspect(decl, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains(clocks, s.Sel.Name) {
				return true
			}
			if pkg, ok := s.X.(*ast.Ident); ok && pkg.Name == "time" {
				found[filepath.ToSlash(filepath.Dir(path))+" "+declName(decl)] = path
			}
			return true
		})
	}
	return nil
}

// declName is a function's name with its receiver's type, or "package level".
func declName(decl ast.Decl) string {
	f, ok := decl.(*ast.FuncDecl)
	if !ok {
		return "package level"
	}
	if f.Recv == nil {
		return f.Name.Name
	}
	of := f.Recv.List[0].Type
	if p, ok := of.(*ast.StarExpr); ok {
		of = p.X
	}
	return of.(*ast.Ident).Name + "." + f.Name.Name
}
