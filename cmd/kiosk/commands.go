package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/doctor"
	"kiosk/cmd/kiosk/evidence"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/display"
	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
	"kiosk/web"
)

// listOrders lists the book, newest first.
func (c *cli) listOrders(ctx context.Context, args []string) error {
	state, limit, asJSON := "", 50, false
	err := parseFlags("orders", args, func(fs *flag.FlagSet) {
		fs.StringVar(&state, "state", "", "")
		fs.IntVar(&limit, "limit", limit, "")
		fs.BoolVar(&asJSON, "json", false, "")
	})
	if err != nil {
		return err
	}
	if state != "" && (!sale.State(state).Known() || sale.State(state) == sale.New) {
		return config.UsageError(fmt.Errorf("orders: -state %s is no state: say one of %v", state, sale.States[1:]))
	}
	if limit < 1 {
		return config.UsageError(fmt.Errorf("orders: -limit %d: say 1 or more", limit))
	}
	return c.readBook(func(r *store.Reader) error {
		entries, err := r.ListOrders(ctx, limit, state)
		if err != nil {
			return err
		}
		if asJSON {
			b, err := status.OrdersJSON(entries)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.out, "%s\n", b)
			return err
		}
		for _, e := range entries {
			fmt.Fprintf(c.out, "%s  %-30s  %-9s  %-6s  slot %-3d  %8s  %s\n",
				e.Updated.In(sale.Beijing).Format("2006-01-02 15:04:05 -07:00"), e.No, e.State, e.Means, e.Slot, e.Fen.Yuan(), explainOrder(e.Order))
		}
		return nil
	})
}

// explainOrder is the one word that says why an order stands where it stands.
func explainOrder(o sale.Order) string {
	return cmp.Or(o.Reason, o.Fault, o.Why, o.GatewayCode)
}

// auditBook replays every journal against the invariants, and checks its chain of hashes.
func (c *cli) auditBook(ctx context.Context, args []string) error {
	asJSON := false
	if err := parseFlags("audit", args, func(fs *flag.FlagSet) { fs.BoolVar(&asJSON, "json", false, "") }); err != nil {
		return err
	}
	return c.readBook(func(r *store.Reader) error {
		a, err := r.Audit(ctx)
		if err != nil {
			return err
		}
		if asJSON {
			report := struct {
				Orders     int               `json:"orders"`
				Violations []store.Violation `json:"violations"`
				Head       store.Head        `json:"head"`
			}{a.Orders, append([]store.Violation{}, a.Violations...), a.Head} // never null
			if err := json.NewEncoder(c.out).Encode(report); err != nil {
				return err
			}
		} else {
			for _, v := range a.Violations {
				fmt.Fprintf(c.out, "%s  %s  %s\n", v.Rule, v.No, v.Text)
			}
			fmt.Fprintln(c.out, headLine(&a))
			fmt.Fprintf(c.out, "%d orders, %d violations\n", a.Orders, len(a.Violations))
		}
		if len(a.Violations) > 0 {
			return errFinding
		}
		return nil
	})
}

// headLine is the end of the journal, to be written down elsewhere, and what lies beside the book of it.
func headLine(a *store.Audited) string {
	line := fmt.Sprintf("head: line %d, seal %s", a.Head.Line, a.Head.Seal)
	if n := a.Noted; n != nil {
		return line + fmt.Sprintf("; noted beside the book: line %d at %s", n.Line, n.At.In(sale.Beijing).Format("2006-01-02 15:04:05"))
	}
	return line + "; none is noted beside the book"
}

// backupBook copies the book by SQLite's own means, so that a copy made during a sale is whole.
func (c *cli) backupBook(ctx context.Context, args []string) error {
	to := ""
	if err := parseFlags("backup", args, func(fs *flag.FlagSet) { fs.StringVar(&to, "o", "", "") }); err != nil {
		return err
	}
	if to == "" {
		return config.UsageError(fmt.Errorf("backup: say where with -o FILE"))
	}
	conf, err := c.loadConfig()
	if err != nil {
		return config.UsageError(err)
	}
	if err := becomeOwnerFor(conf.Store.Path, to); err != nil {
		return err
	}
	r, err := store.OpenReader(conf.Store.Path)
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Backup(ctx, to)
}

// driveOff takes every actuator away. It needs no secret: a config that is half right still names its motors.
func (c *cli) driveOff(_ context.Context, args []string) error {
	if err := parseFlags("off", args, noFlags); err != nil {
		return err
	}
	conf, err := c.loadConfig()
	pins := conf.ListOutputs()
	if err != nil {
		pins = append(pins, findActuators(conf.File)...) // whatever can still be read
	}
	slices.Sort(pins)
	if pins = slices.Compact(pins); len(pins) == 0 {
		return config.UsageError(err)
	}
	off := outputsOff(c.out, pins)
	switch {
	case err != nil && off != nil:
		return config.UsageError(fmt.Errorf("%s; and %s", config.OneLine(err), config.OneLine(off)))
	case err != nil:
		return config.UsageError(err)
	}
	return off
}

// actuatorLine is a line of a config that names what turns or opens.
var actuatorLine = regexp.MustCompile(`(?m)^\s*(?:motor|lock)\s*=\s*"([A-Za-z0-9]+)"`)

// findActuators finds the motors and locks of a config that cannot be read as a whole: a slip of the pen must not leave one on.
func findActuators(file string) (pins []string) {
	text, _ := config.ReadRegular(file) // an error was reported with the config
	for _, m := range actuatorLine.FindAllStringSubmatch(string(text), -1) {
		pins = append(pins, m[1])
	}
	return pins
}

// The Makefile sets them by -ldflags.
var version, commit, built = "dev", "", ""

// printVersion is what an owner sends with a question.
func (c *cli) printVersion(_ context.Context, args []string) error {
	asJSON := false
	if err := parseFlags("version", args, func(fs *flag.FlagSet) { fs.BoolVar(&asJSON, "json", false, "") }); err != nil {
		return err
	}
	v := builtFrom()
	if asJSON {
		return json.NewEncoder(c.out).Encode(v)
	}
	_, err := fmt.Fprintf(c.out, "kiosk %s, commit %s, built %s, %s, wires: %s\n", v["version"], v["commit"], v["built"], v["go"], v["wires"])
	return err
}

// builtFrom is what this program was built from, and with. Without the Makefile the commit and its time stand in for both.
func builtFrom() map[string]string {
	v := map[string]string{"version": version, "commit": commit, "built": built, "go": runtime.Version(), "wires": wires}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && v["commit"] == "" {
				v["commit"] = s.Value
			}
			if s.Key == "vcs.time" && v["built"] == "" {
				v["built"] = s.Value
			}
		}
	}
	return v
}

// ownBuild is this program, as kiosk health compares it with the running one.
func ownBuild() doctor.Build {
	own := builtFrom()
	return doctor.Build{Version: own["version"], Commit: own["commit"], Sum: doctor.ProgramSum()}
}

// makeSecret makes the technician's secret, or replaces it. It is printed this once; the file keeps its hash.
func (c *cli) makeSecret(_ context.Context, args []string) error {
	to := ""
	if err := parseFlags("pin", args, func(fs *flag.FlagSet) { fs.StringVar(&to, "o", "", "") }); err != nil {
		return err
	}
	if to == "" {
		conf, err := c.loadConfig()
		if err != nil {
			return config.UsageError(err)
		}
		if conf.Status.PinFile == "" {
			return config.UsageError(errors.New("pin: say where with -o FILE, or name it in the config as status.pin_file"))
		}
		to = conf.ResolvePath(conf.Status.PinFile)
	}
	clear, kept := web.DrawSecret()
	if err := onsite.WriteSecret(to, kept, true); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "%s\n", clear)
	return err
}

// drawScreens draws every screen with sample data: for a new panel, a new text, a manual. It needs no config.
func (c *cli) drawScreens(_ context.Context, args []string) error {
	dir, size := "", ""
	err := parseFlags("screens", args, func(fs *flag.FlagSet) {
		fs.StringVar(&dir, "o", "", "")
		fs.StringVar(&size, "size", "", "")
	})
	if err != nil {
		return err
	}
	if dir == "" {
		return config.UsageError(fmt.Errorf("screens: say where with -o DIR"))
	}
	sizes := []string{"240x240", "240x320", "320x240"} // one of each layout
	if size != "" {
		sizes = []string{size}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	contact := config.Defaults().Contact // the owner's own, if there is a config
	if conf, err := c.loadConfig(); err == nil {
		contact = conf.Contact
	}
	n := 0
	for _, size := range sizes {
		m, err := display.Fit("", size, 0)
		if err != nil {
			return config.UsageError(fmt.Errorf("screens: -size: %w", err))
		}
		for _, lang := range []string{"zh", "en"} {
			draw := display.Renderer{Model: m, Language: lang, Contact: contact, Kiosk: "K0042"}
			write := func(name string, f *display.Frame, err error) error {
				if err != nil {
					return fmt.Errorf("drawing %s at %s: %w", name, size, err)
				}
				n++
				return evidence.WritePNG(filepath.Join(dir, fmt.Sprintf("%s-%s-%s.png", name, size, lang)), f)
			}
			for _, s := range display.Samples(lang) {
				f, err := draw.Draw(s.View)
				if err := write(s.Name, f, err); err != nil {
					return err
				}
			}
			for _, s := range display.Slips() {
				f, _, err := draw.Slip(s.Slip)
				if err := write("slip-"+s.Name, f, err); err != nil {
					return err
				}
			}
		}
	}
	fmt.Fprintf(c.out, "%d screens in %s\n", n, dir)
	return nil
}
