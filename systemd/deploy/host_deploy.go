package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	roomKiB     = 48 << 10         // for the package's own files and one more version
	outOfReach  = 5 * time.Minute  // how long a kiosk may be out of reach: a Pi boots within one minute
	deployLimit = 45 * time.Minute // longer than the job may take (RuntimeMaxSec in startScript)
)

// hostDeploy is one deploy to one kiosk.
type hostDeploy struct {
	*rollout
	*sshConn
	id           string // random, in the names of this deploy's files there
	deb          string // the package for the kiosk's architecture
	sum          string // its SHA-256
	resultBefore string // the keeper's result of the deploy before
	lastPrinted  string // so that printOnce does not repeat it
	outcome      *outcome
}

// deployHost deploys to one kiosk. If the kiosk loses its power before it has switched, nothing has changed there, and
// the deploy begins again; after three times the supply is to blame.
func (f *rollout) deployHost(ctx context.Context, host string, o *outcome) (err error) {
	o.result = "failed"
	ctx, cancel := context.WithTimeoutCause(ctx, deployLimit, errors.New("it took too long"))
	defer cancel()
	l, err := f.openSSH(host)
	if err != nil {
		return err
	}
	defer l.closeConn()
	v := &hostDeploy{rollout: f, sshConn: l, id: rand.Text()[:12], outcome: o}
	if err := v.checkHost(ctx); err != nil {
		return err
	}
	for turn := 1; ; turn++ {
		again, err := v.deployOnce(ctx)
		if err != nil || !again {
			return err
		}
		if turn == 3 {
			return errors.New("it loses its power each time: look at its supply")
		}
		v.id = rand.Text()[:12]
	}
}

// parseFacts reads the key=value lines that a script prints there, and skips what a login shell prints around them.
func parseFacts(out string) map[string]string {
	has := map[string]string{}
	for l := range strings.Lines(out) {
		if k, val, ok := strings.Cut(strings.TrimSpace(l), "="); ok {
			has[k] = strings.TrimSpace(val)
		}
	}
	return has
}

// checkHost finds out whether the user there is root or may become root without a password, and chooses the package for
// the kiosk's architecture.
func (v *hostDeploy) checkHost(ctx context.Context) error {
	out, err := v.runRemote(ctx, time.Minute, "/bin/sh -s", strings.NewReader(identifyScript))
	if err != nil {
		return err
	}
	has := parseFacts(out)
	switch {
	case has["uid"] == "": // no shell, or a login script that ends the session
		return fmt.Errorf("it answers %q instead of a shell: look with: ssh %s", lastLine(out, "nothing"), v.host)
	case has["arch"] == "":
		return errors.New("it has no dpkg: the kiosk installs on Raspberry Pi OS and Debian")
	case has["uid"] == "0": // root needs no sudo
	case has["sudo"] == "none":
		return errors.New("its user is not root and it has no sudo: deploy to root@…, or install sudo there")
	case has["sudo"] != "yes":
		return errors.New("its sudo wants a password: there, let visudo -f /etc/sudoers.d/kiosk-deploy hold USER ALL=(root) NOPASSWD: ALL, or deploy to root@…")
	default:
		v.sudo = "sudo -n "
	}
	if v.deb = v.debs[has["arch"]]; v.deb == "" {
		return fmt.Errorf("it is %s, and only %s are built: make deploy ARCHES=%s", has["arch"], strings.Join(slices.Sorted(maps.Keys(v.debs)), ", "), has["arch"])
	}
	file, err := os.Open(v.deb)
	if err != nil {
		return fmt.Errorf("opening the package for %s: %w: say make deb", has["arch"], err)
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return fmt.Errorf("reading %s: %w", v.deb, err)
	}
	v.sum = hex.EncodeToString(h.Sum(nil))
	return nil
}

// readState asks the kiosk for its versions, services, marks of the keeper and free disk. It changes nothing, so it may
// be asked as often as the connection breaks.
func (v *hostDeploy) readState(ctx context.Context) (map[string]string, error) {
	out, err := v.runAsRoot(ctx, fmt.Sprintf(stateScript, v.id))
	return parseFacts(out), err
}

// deployOnce checks the kiosk's state, copies the package, starts the job and follows it. again means that the power was
// lost before the switch.
func (v *hostDeploy) deployOnce(ctx context.Context) (again bool, err error) {
	has, err := v.readState(ctx)
	if err != nil {
		return false, err
	}
	if v.outcome.from == "-" && has["current"] != "" {
		v.outcome.from = has["current"]
	}
	free, _ := strconv.Atoi(has["free"]) // an unreadable number counts as a full disk
	switch {
	case isBusy(has["try"]):
		return false, fmt.Errorf("another deploy is under way (%s): wait for it: ssh %s /usr/lib/kiosk/keep status", has["holder"], v.host)
	case has["hand"] != "": // systemd prefers the unit in /etc
		return false, errors.New("a kiosk.service installed by hand hides the package's: remove /etc/systemd/system/kiosk.service there")
	case has["current"] != "" && has["trial"] == "" && has["deb"] == v.sum+" "+has["current"] && has["package"] == "installed "+v.version:
		return false, v.reportSame(has)
	case free < roomKiB:
		return false, fmt.Errorf("its disk is full: %d MB are free, %d are needed: look with: ssh %s df -h /", free>>10, roomKiB>>10, v.host)
	}
	if err := v.copyPackage(ctx); err != nil {
		return false, err
	}
	if err := v.startJob(ctx); err != nil {
		return false, err
	}
	v.resultBefore = has["result"]
	return v.followJob(ctx, has["boot"])
}

// reportSame reports on a kiosk that already has exactly this package. It is an error if the kiosk does not run.
func (v *hostDeploy) reportSame(has map[string]string) error {
	v.outcome.to = has["current"]
	switch {
	case has["active"] == "active":
		v.outcome.result = "the same, nothing done"
		v.printLine(v.host, "runs %s already", has["current"])
		return nil
	case has["bare"] != "": // its config is still the package's example
		v.outcome.result = "the same, not set up"
		v.printLine(v.host, "%s is installed already; edit /etc/kiosk/kiosk.toml there, say: kiosk check, and then: systemctl start kiosk", has["current"])
		return nil
	}
	v.outcome.result = "the same, does not run"
	return fmt.Errorf("%s is there already and does not run (%s): ssh %s systemctl start kiosk", has["current"], has["active"], v.host)
}

// isBusy reads systemd's state of the job's unit. activating and deactivating count as busy, too.
func isBusy(state string) bool {
	return state != "" && state != "inactive" && state != "failed" && state != "unknown"
}

// copyPackage copies the package, and begins again if the connection breaks, three times at most.
func (v *hostDeploy) copyPackage(ctx context.Context) error {
	for turn := 1; ; turn++ {
		err := v.sendPackage(ctx)
		if turn == 3 || !errors.Is(err, errBroken) {
			return err
		}
		v.printLine(v.host, "%v; once more", err)
		if err := sleepContext(ctx, v.interval); err != nil {
			return err
		}
	}
}

// sendPackage copies the package once and compares its SHA-256 there: a broken connection can end a copy early and still
// look like an end of file.
func (v *hostDeploy) sendPackage(ctx context.Context) error {
	file, err := os.Open(v.deb)
	if err != nil {
		return err
	}
	defer file.Close()
	size, err := file.Stat()
	if err != nil {
		return err
	}
	v.printLine(v.host, "copying %s, %.1f MB", filepath.Base(v.deb), float64(size.Size())/1e6)
	out, err := v.runRemote(ctx, 15*time.Minute, v.sudo+"/bin/sh -c '"+fmt.Sprintf(receiveScript, v.id)+"'", file)
	switch {
	case err != nil && strings.Contains(err.Error(), "No space left"):
		return fmt.Errorf("its disk is full: %w", err)
	case err != nil:
		return fmt.Errorf("copying the package: %w", err)
	case !strings.HasPrefix(out, v.sum):
		return fmt.Errorf("%w: what arrived is not what was sent", errBroken)
	}
	return nil
}

// startJob hands the job to systemd there. If the connection breaks it first asks whether the job has started: two jobs
// must not run, and none must not pass for one.
func (v *hostDeploy) startJob(ctx context.Context) error {
	script := fmt.Sprintf(startScript, v.id, fmt.Sprintf(jobScript, v.id, v.sum, v.version))
	for turn := 1; ; turn++ {
		_, err := v.runAsRoot(ctx, script)
		if err == nil {
			return nil
		}
		has, lookErr := v.readState(ctx)
		switch {
		case lookErr == nil && (has["outcome"] != "" || has["holder"] == "deploy "+v.id):
			return nil
		case lookErr == nil && isBusy(has["try"]):
			return fmt.Errorf("another deploy is under way (%s): wait for it: ssh %s /usr/lib/kiosk/keep status", has["holder"], v.host)
		case turn == 5 || !errors.Is(err, errBroken):
			return fmt.Errorf("starting the deploy there: %w", err)
		}
		if err := sleepContext(ctx, v.interval); err != nil {
			return err
		}
	}
}

func sleepContext(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
