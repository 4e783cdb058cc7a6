// Command deploy brings a kiosk's package over ssh to one kiosk after the other: what `make deploy` runs.
//
// The one thing to know: it decides nothing. The keeper on the kiosk (systemd/keep) switches versions, tests the new one
// and goes back by itself. deploy copies the package, starts a job there, and reports its outcome, even if the
// connection breaks in between.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(runCommand(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

const usage = `deploy -version V -deb ARCH=FILE [-deb ARCH=FILE ...] [-port N] [-ssh "ssh -F FILE"] HOST ...`

// rollout is one call of the command: the packages, and how to reach the kiosks.
type rollout struct {
	version  string
	debs     map[string]string // by Debian's name of the architecture
	port     string
	ssh      []string
	interval time.Duration // between two questions to a kiosk
	out      io.Writer
}

// runCommand returns the exit code: 2 for a wrong call, 1 for a kiosk that does not have the version.
func runCommand(ctx context.Context, args []string, out, errOut io.Writer) int {
	f := &rollout{debs: map[string]string{}, interval: 2 * time.Second, out: out}
	fs := flag.NewFlagSet("deploy", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // the error is printed below, in one line
	fs.StringVar(&f.version, "version", "", "")
	fs.StringVar(&f.port, "port", "", "")
	fs.DurationVar(&f.interval, "beat", f.interval, "")
	ssh := fs.String("ssh", "ssh", "")
	fs.Func("deb", "", func(s string) error {
		arch, file, ok := strings.Cut(s, "=")
		if f.debs[arch] = file; !ok {
			return errors.New("say ARCH=FILE")
		}
		return nil
	})
	err := fs.Parse(args)
	f.ssh = strings.Fields(*ssh)
	switch {
	case err != nil:
	case f.version == "" || len(f.debs) == 0 || len(f.ssh) == 0:
		err = errors.New("no version or no package")
	case fs.NArg() == 0:
		err = errors.New("no host: make deploy HOST=user@kiosk")
	}
	// A host goes to ssh and into messages that people copy into a shell: it must be no option and need no quotes.
	for _, h := range fs.Args() {
		if strings.HasPrefix(h, "-") || strings.ContainsAny(h, " \t\n'\"") {
			err = fmt.Errorf("%q is no host: say HOST=user@kiosk", h)
		}
	}
	if err != nil {
		fmt.Fprintf(errOut, "deploy: %v\n", err)
		if f.version == "" || len(f.debs) == 0 { // make always gives both: this call was by hand
			fmt.Fprintln(errOut, usage)
		}
		return 2
	}
	if err := f.deployAll(ctx, fs.Args()); err != nil {
		fmt.Fprintln(errOut, "deploy: "+err.Error())
		return 1
	}
	return 0
}

// outcome is one line of the table at the end.
type outcome struct {
	host, from, to, result string
	took                   time.Duration // the whole visit, trial included
}

// deployAll deploys to one kiosk after the other and stops at the first failure: a version that fails on one kiosk
// probably fails on all. The table lists the kiosks that it did not reach, too.
func (f *rollout) deployAll(ctx context.Context, hosts []string) error {
	var table []outcome
	var failed error
	for i, h := range hosts {
		o := outcome{host: h, from: "-", to: f.version, result: "not reached"}
		began := time.Now()
		if failed == nil {
			failed = f.deployHost(ctx, h, &o)
			o.took = time.Since(began)
			if failed != nil {
				failed = fmt.Errorf("%s: %w", h, failed)
				if left := len(hosts) - i - 1; left > 0 {
					failed = fmt.Errorf("%w; %d more not touched", failed, left)
				}
			}
		}
		table = append(table, o)
	}
	w := tabwriter.NewWriter(f.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "host\tfrom\tto\tresult\tseconds")
	for _, o := range table {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.0f\n", o.host, o.from, o.to, o.result, o.took.Seconds())
	}
	return errors.Join(failed, w.Flush())
}

func (f *rollout) printLine(host, format string, args ...any) {
	fmt.Fprintf(f.out, "%s: %s\n", host, fmt.Sprintf(format, args...))
}
