// Command kiosk is the appliance: it reads the config, connects the rooms, and
// runs until it is told to stop.
//
// The one thing to know: what is here is wiring only. parts_pi.go and
// parts_sim.go differ in where the wires come from, and in nothing else.
//
// Read run.go (connect builds every room), then serve.go (what runs, and how it
// ends). What needs several rooms is a package below: config, daily, doctor,
// evidence, onsite.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"kiosk/cmd/kiosk/config"
)

// The exit codes, which scripts rely on.
const (
	exitGood    = 0 // also of help
	exitFinding = 1 // something is wrong with the kiosk
	exitUse     = 2 // something is wrong with the call or the config
)

// commands are the words behind kiosk. The package's manual page is made from this table and from usage.
var commands = map[string]func(*cli, context.Context, []string) error{
	"run": (*cli).runKiosk, "orders": (*cli).listOrders, "audit": (*cli).auditBook, "screens": (*cli).drawScreens,
	"off": (*cli).driveOff, "version": (*cli).printVersion, "backup": (*cli).backupBook, "check": (*cli).checkKiosk,
	"reconcile": (*cli).reconcileDay, "pin": (*cli).makeSecret, "restore": (*cli).restoreBook, "bundle": (*cli).makeBundle, "replay": (*cli).replayBundle,
	"idle": (*cli).waitIdle, "health": (*cli).judgeHealth,
}

// main stops at SIGTERM, which is how systemd ends it: what is under way comes to its end first.
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(runCommand(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// runCommand runs one command and returns its exit code. Every error is one line on standard error.
func runCommand(ctx context.Context, args []string, out, errOut io.Writer) int {
	c := &cli{out: out}
	fs := flag.NewFlagSet("kiosk", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&c.file, "config", "", "")
	streetFlags(fs, c)
	err := fs.Parse(args)
	do, known := commands[fs.Arg(0)]
	switch {
	case fs.Arg(0) == "help":
		err = flag.ErrHelp
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		err = config.UsageError(fmt.Errorf("%w: see kiosk help", err))
	case !known:
		err = config.UsageError(fmt.Errorf("%q is no command: say one of run, check, orders, audit, reconcile, screens, backup, restore, bundle, replay, pin, idle, health, off, version", fs.Arg(0)))
	default:
		err = do(c, ctx, fs.Args()[1:])
	}
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, usage)
		return exitGood
	case errors.Is(err, errFinding): // printed already
		return exitFinding
	}
	fmt.Fprintln(errOut, "kiosk: "+config.OneLine(err))
	if config.IsUsage(err) {
		return exitUse
	}
	return exitFinding
}

// usage is all the help there is: a technician reads it over a slow line.
const usage = `kiosk [-config FILE] COMMAND

  run                                serve customers until told to stop
  check [-try] [-json]               each part: ok, warn or fail, and what to do; turns nothing; -try asks for one order of 0.01
  orders [-state S] [-limit N] [-json]   the order book; works while the kiosk runs
  audit [-json]                      replay the journal against the invariants; exit 1 if any is broken
  reconcile -date YYYY-MM-DD [-bill FILE] [-flow] [-json]   the gateway's bill against the book, -flow: and its fund flow
                                     against the bill; exit 1 if they differ
  screens -o DIR [-size WxH]         every screen with sample data, as PNG
  backup -o FILE                     a consistent copy of the book, while running
  bundle -o FILE                     what happened, for another machine: orders, recording, config without secrets
  replay [-screens DIR] BUNDLE       do again what a bundle recorded; exit 1 where the deeds differ
  restore FILE                       put a backup in the book's place, while the kiosk is stopped; keeps the one before
  pin [-o FILE]                      make or replace the technician's secret; printed once, the file keeps its hash
  idle [-wait 10m]                   wait until the running kiosk serves nobody; exit 1 if it still does
  health [-wait 90s] [-hold 20s] [-before FILE] [-json]   is this very program running, and well; needs no network
  health -o FILE                     save how the running kiosk is now, for -before
  off                                every actuator output off, at once
  version [-json]                    version, commit, build time, Go version

The config is /etc/kiosk/kiosk.toml unless -config names another. Exit status: 0 good, 1 a finding, 2 wrong use.` + moreUsage
