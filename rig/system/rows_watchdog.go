package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"kiosk/rig/street"
)

// streetKiosk deploys the kiosk with -tags sim under the same unit. It brings its own street, so it is asked in the guest.
func streetKiosk(r *rig) (string, error) {
	if err := r.copy(r.sim, realSim); err != nil {
		return "", err
	}
	p, err := r.variant(r.secondVersion()+".street", streets)
	if err != nil {
		return "", err
	}
	d, err := r.bring(p)
	if err != nil || d.status != 0 {
		return d.said, fmt.Errorf("deploy: status %d %w", d.status, err)
	}
	sold, err := r.sellInStreet()
	return fmt.Sprintf("%.1f s: %s\n%s", d.took.Seconds(), d.last(), sold), err
}

// copy brings a program into the guest.
func (r *rig) copy(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	c := exec.Command(r.tool("ssh"), "-p", fmt.Sprint(r.ssh), host, fmt.Sprintf("cat > %s && chmod 755 %s", to, to))
	c.Stdin = f
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("copying %s: %w: %s", from, err, out)
	}
	return nil
}

// fetch says a request of HTTP/1.0 in the guest, which has a shell and no more: what is answered with success goes out.
const fetch = `exec 3<>/dev/tcp/127.0.0.1/80 && printf %s "$0" >&3 && IFS= read -r first <&3 || exit
sed '1,/^\r*$/d' <&3
case $first in *" 2"??" "*) ;; *) echo "$first" >&2; exit 1 ;; esac`

// ask looks at a page of the kiosk in the guest; with a form it is sent.
func (r *rig) ask(path, form string) (string, error) {
	say := "GET " + path + " HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"
	if form != "" {
		say = fmt.Sprintf("POST %s HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", path, len(form), form)
	}
	return r.in("timeout", "20", "bash", "-c", fetch, say)
}

func (r *rig) lookInStreet() (s street.Sight, err error) {
	out, err := r.ask("/status.json", "")
	if err == nil {
		err = json.Unmarshal([]byte(out), &s)
	}
	return s, err
}

// awaitInStreet looks at the street's kiosk until it is as wanted.
func (r *rig) awaitInStreet(what string, good func(street.Sight) bool) (time.Duration, error) {
	return r.Await(what, func() (bool, string) {
		s, err := r.lookInStreet()
		return err == nil && good(s), fmt.Sprint(s.Screen(), " ready: ", s.Ready, " ", s.Reasons(), err)
	})
}

func (r *rig) sellInStreet() (string, error) {
	if _, err := r.awaitInStreet("the street's kiosk to be ready", func(s street.Sight) bool { return s.Ready && s.Screen() == "idle" }); err != nil {
		return "", err
	}
	if _, err := r.ask("/street/press", "slot=1"); err != nil {
		return "", err
	}
	if _, err := r.awaitInStreet("a code", func(s street.Sight) bool { return s.Screen() == "qr" }); err != nil {
		return "", err
	}
	out, err := r.ask("/street/phone", "do=pay")
	if err != nil {
		return "", err
	}
	var paid struct {
		No string `json:"out_trade_no"`
	}
	if err := json.Unmarshal([]byte(out), &paid); err != nil || paid.No == "" {
		return "", fmt.Errorf("the street's phone says %s %w", out, err)
	}
	_, err = r.Await("the order to be sold", func() (bool, string) {
		out, err := r.ask("/orders.json?limit=5", "")
		var all []street.BookOrder
		if err == nil {
			err = json.Unmarshal([]byte(out), &all)
		}
		for _, o := range all {
			if o.No == paid.No {
				return o.State == "sold", o.Path()
			}
		}
		return false, fmt.Sprint("it is not in the book ", err)
	})
	return "sells in its own street: " + paid.No, err
}

// life is how often systemd has started the kiosk again, and which process it is.
func (r *rig) life() (restarts, pid string, err error) {
	out, err := r.in("systemctl", "show", "-p", "NRestarts", "-p", "MainPID", "kiosk.service")
	if err != nil {
		return "", "", err
	}
	for _, word := range strings.Fields(out) { // in an order of systemd's own
		switch key, value, _ := strings.Cut(word, "="); key {
		case "NRestarts":
			restarts = value
		case "MainPID":
			pid = value
		}
	}
	if restarts == "" || pid == "" {
		return "", "", fmt.Errorf("systemctl show says %q", out)
	}
	return restarts, pid, nil
}

// shopHangs hangs the shop for good: its beat stops, systemd hears nothing and starts it again.
func shopHangs(r *rig) (string, error) {
	before, pid, err := r.life()
	if err != nil {
		return "", err
	}
	if _, err := r.ask("/street/trouble", "what=shop&how=stuck"); err != nil {
		return "", err
	}
	took, err := r.Await("systemd to start it again", func() (bool, string) {
		restarts, now, err := r.life()
		return err == nil && restarts != before && now != pid && now != "0", fmt.Sprint(restarts, " restarts, process ", now, err)
	})
	if err != nil {
		return "", err
	}
	after, now, err := r.life()
	if err != nil {
		return "", err
	}
	why, err := r.in("sh", "-c", "journalctl -b -u kiosk.service --no-pager -o cat | grep -i 'watchdog timeout' | tail -n 1")
	if err != nil || why == "" {
		return "", fmt.Errorf("the journal tells of no watchdog: %w", err)
	}
	ready, err := r.awaitInStreet("it to be ready again", func(s street.Sight) bool { return s.Ready })
	if err != nil {
		return why, err
	}
	sold, err := r.sellInStreet()
	if fmt.Sprint(after) == before || err != nil {
		return why, err
	}
	return fmt.Sprintf("%s\nstarted again %.1f s after it hung, ready %.1f s later; NRestarts %s, then %s; process %s, then %s\n%s",
		why, took.Seconds(), ready.Seconds(), before, after, pid, now, sold), nil
}

const offline = 65 * time.Second // three times the unit's WatchdogSec

// networkGone takes the network for longer than the watchdog's time: nothing is started again.
func networkGone(r *rig) (string, error) {
	before, pid, err := r.life()
	if err != nil {
		return "", err
	}
	if _, err := r.ask("/street/trouble", "what=network&how=off"); err != nil {
		return "", err
	}
	began := time.Now()
	dark, err := r.awaitInStreet("it to say that it is offline", func(s street.Sight) bool { return !s.Ready && s.Reasons() != "" })
	if err != nil {
		return "", err
	}
	s, err := r.lookInStreet()
	if err != nil {
		return "", err
	}
	time.Sleep(time.Until(began.Add(offline)))
	after, now, err := r.life()
	if err != nil {
		return "", err
	}
	if after != before || now != pid {
		return "", fmt.Errorf("it was started again: NRestarts %s, then %s; process %s, then %s", before, after, pid, now)
	}
	if _, err := r.ask("/healthz", ""); err != nil {
		return "", fmt.Errorf("it does not say that its shop is alive: %w", err)
	}
	if _, err := r.ask("/street/trouble", "what=network&how=on"); err != nil {
		return "", err
	}
	sold, err := r.sellInStreet()
	return fmt.Sprintf("offline for %v, not ready after %.1f s: %s\nNRestarts %s and process %s as before\nback, it %s", offline, dark.Seconds(), s.Reasons(), after, now, sold), err
}
