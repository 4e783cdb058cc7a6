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

// waits is why a page's room or a command waits by the clock, by file and function. Nothing there waits for the shop or the
// book to change: a command has an answer, and a change is told.
var waits = map[string]string{
	"status/routes.go Page.Run":                        "samples for the pictures of the page",
	"status/events.go Page.serveEvents":                "looks whether a live page changed: it shows clocks and the board, of which nobody is told",
	"web/limiter.go Shared.makeAnswer":                 "rests as long as a query took, so that a crowd has half of one processor",
	"web/listener.go Listener.Accept":                  "lets the newest connection send its head before the next one may push it out",
	"web/listener.go Listener.closeOldestLater":        "closes what was too young to close when the crowd came",
	"alert/watcher.go Watcher.Run":                     "looks at conditions that last: a state counts once it has stayed",
	"cmd/kiosk/systemd.go feedWatchdog":                "feeds the service manager's watchdog at its interval",
	"cmd/kiosk/doctor/health.go Probe.Run":             "asks another process over HTTP, which tells nobody by itself",
	"cmd/kiosk/doctor/idle.go Running.WaitIdle":        "asks another process over HTTP, which tells nobody by itself",
	"cmd/kiosk/doctor/board.go Board.Watch":            "reads sensors and the disk: the kernel tells nobody",
	"cmd/kiosk/doctor/supply.go watchedDispenser.Vend": "reads the supply's flag while a motor turns",
	"cmd/kiosk/onsite/address.go Address.Watch":        "looks for the address that the network gave",
	"cmd/kiosk/onsite/firstsecret.go FirstSecret.Make": "keeps the secret on the panel for as long as a person needs to write it down",
	"cmd/kiosk/onsite/hotspot.go Hotspot.Open":         "ends the hotspot when its time is over",
	"cmd/kiosk/onsite/scantest.go ScanTest.Run":        "ends a scan test that read nothing",
	"cmd/kiosk/onsite/secret.go WatchSecret":           "looks whether somebody wrote a new secret into its file",
	"cmd/kiosk/daily/bills.go sleep":                   "waits for the time of day at which the gateway has the bill, and between two tries",
}

var clocks = []string{"Sleep", "After", "NewTicker", "NewTimer", "Tick", "AfterFunc"}

func TestEveryWaitHasAReason(t *testing.T) {
	found := map[string]bool{}
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
	for where := range found {
		if waits[where] == "" {
			t.Errorf("%s waits by the clock, and nothing says why: can it be told instead?", where)
		}
	}
	for where := range waits {
		if !found[where] {
			t.Errorf("%s waits no more: take its reason off the list", where)
		}
	}
}

// addWaits notes each function of a file that uses a clock of package time.
func addWaits(path string, found map[string]bool) error {
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
				found[filepath.ToSlash(path)+" "+declName(decl)] = true
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
