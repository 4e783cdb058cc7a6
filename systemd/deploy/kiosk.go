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
	room  = 48 << 10        // KiB: the package's own files and one more version
	deaf  = 5 * time.Minute // how long a kiosk may be out of reach: a Pi boots in one
	limit = 45 * time.Minute
)

// visit is one deploy to one kiosk.
type visit struct {
	*fleet
	*line
	id   string // of this visit, in the names of its files there
	deb  string
	sum  string
	was  string // the result of the deploy before
	told string // what was said last
	o    *outcome
}

func (f *fleet) one(ctx context.Context, host string, o *outcome) (err error) {
	o.result = "failed"
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errors.New("it took too long"))
	defer cancel()
	l, err := f.line(host)
	if err != nil {
		return err
	}
	defer l.close()
	v := &visit{fleet: f, line: l, id: rand.Text()[:12], o: o}
	if err := v.meet(ctx); err != nil {
		return err
	}
	// A second time where the power was lost before anything was switched.
	for turn := 1; ; turn++ {
		again, err := v.bring(ctx)
		if err != nil || !again {
			return err
		}
		if turn == 3 {
			return errors.New("it loses its power each time: look at its supply")
		}
		v.id = rand.Text()[:12]
	}
}

// facts are the key=value lines that a script there prints.
func facts(out string) map[string]string {
	has := map[string]string{}
	for l := range strings.Lines(out) {
		if k, val, ok := strings.Cut(strings.TrimSpace(l), "="); ok {
			has[k] = strings.TrimSpace(val)
		}
	}
	return has
}

// meet finds out who we are there, and which package is for it.
func (v *visit) meet(ctx context.Context) error {
	out, err := v.run(ctx, time.Minute, "/bin/sh -s", strings.NewReader(meet))
	if err != nil {
		return err
	}
	has := facts(out)
	switch {
	case has["uid"] == "":
		return fmt.Errorf("it answers %q instead of a shell: look with: ssh %s", last(out, "nothing"), v.host)
	case has["arch"] == "":
		return errors.New("it has no dpkg: the kiosk installs on Raspberry Pi OS and Debian")
	case has["uid"] == "0":
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

func (v *visit) look(ctx context.Context) (map[string]string, error) {
	out, err := v.root(ctx, fmt.Sprintf(look, v.id))
	return facts(out), err
}

// bring does it once; again where the power was lost before the switch.
func (v *visit) bring(ctx context.Context) (again bool, err error) {
	has, err := v.look(ctx)
	if err != nil {
		return false, err
	}
	if v.o.from == "-" && has["current"] != "" {
		v.o.from = has["current"]
	}
	free, _ := strconv.Atoi(has["free"])
	switch {
	case busy(has["try"]):
		return false, fmt.Errorf("another deploy is under way (%s): wait for it: ssh %s /usr/lib/kiosk/keep status", has["holder"], v.host)
	case has["hand"] != "":
		return false, errors.New("a kiosk.service installed by hand hides the package's: remove /etc/systemd/system/kiosk.service there")
	case has["current"] != "" && has["trial"] == "" && has["deb"] == v.sum+" "+has["current"] && has["package"] == "installed "+v.version:
		return false, v.same(has)
	case free < room:
		return false, fmt.Errorf("its disk is full: %d MB are free, %d are needed: look with: ssh %s df -h /", free>>10, room>>10, v.host)
	}
	if err := v.copy(ctx); err != nil {
		return false, err
	}
	if err := v.begin(ctx); err != nil {
		return false, err
	}
	v.was = has["result"]
	return v.follow(ctx, has["boot"])
}

// same: what is brought is there. Whether it also runs is another matter.
func (v *visit) same(has map[string]string) error {
	v.o.to = has["current"]
	switch {
	case has["active"] == "active":
		v.o.result = "the same, nothing done"
		v.say(v.host, "runs %s already", has["current"])
		return nil
	case has["bare"] != "":
		v.o.result = "the same, not set up"
		v.say(v.host, "%s is installed already; edit /etc/kiosk/kiosk.toml there, say: kiosk check, and then: systemctl start kiosk", has["current"])
		return nil
	}
	v.o.result = "the same, does not run"
	return fmt.Errorf("%s is there already and does not run (%s): ssh %s systemctl start kiosk", has["current"], has["active"], v.host)
}

func busy(state string) bool {
	return state != "" && state != "inactive" && state != "failed" && state != "unknown"
}

// copy brings the package there whole, and begins anew where the connection breaks.
func (v *visit) copy(ctx context.Context) error {
	for turn := 1; ; turn++ {
		err := v.send(ctx)
		if turn == 3 || !errors.Is(err, errBroken) {
			return err
		}
		v.say(v.host, "%v; once more", err)
		if err := pause(ctx, v.beat); err != nil {
			return err
		}
	}
}

func (v *visit) send(ctx context.Context) error {
	file, err := os.Open(v.deb)
	if err != nil {
		return err
	}
	defer file.Close()
	size, err := file.Stat()
	if err != nil {
		return err
	}
	v.say(v.host, "copying %s, %.1f MB", filepath.Base(v.deb), float64(size.Size())/1e6)
	out, err := v.run(ctx, 15*time.Minute, v.sudo+"/bin/sh -c '"+fmt.Sprintf(take, v.id)+"'", file)
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

// begin hands the job to the kiosk. After a broken connection it looks whether that was heard.
func (v *visit) begin(ctx context.Context) error {
	script := fmt.Sprintf(begin, v.id, fmt.Sprintf(job, v.id, v.sum, v.version))
	for turn := 1; ; turn++ {
		_, err := v.root(ctx, script)
		if err == nil {
			return nil
		}
		has, lookErr := v.look(ctx)
		switch {
		case lookErr == nil && (has["outcome"] != "" || has["holder"] == "deploy "+v.id):
			return nil
		case lookErr == nil && busy(has["try"]):
			return fmt.Errorf("another deploy is under way (%s): wait for it: ssh %s /usr/lib/kiosk/keep status", has["holder"], v.host)
		case turn == 5 || !errors.Is(err, errBroken):
			return fmt.Errorf("starting the deploy there: %w", err)
		}
		if err := pause(ctx, v.beat); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
