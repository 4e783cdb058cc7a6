//go:build sim

package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestOfflineNothingIsOfferedAndNothingIsForgotten(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	no := m.showQR(1)
	m.phone("wait")
	m.trouble("network", "off")
	m.must("password", "do=enter") // the phone has a network of its own
	m.untilNot("offline")
	if status, body := m.post("press", "slot=2"); status != 409 {
		t.Errorf("offline, a key was taken: %d %s", status, body)
	}
	if got := m.street().Network; got != "off" {
		t.Errorf("the network is %s", got)
	}
	if o := m.order(); o.State != "waiting" {
		t.Errorf("not knowing moved the order to %s", o.State)
	}
	status, _ := m.get("/healthz")
	if status != 200 {
		t.Errorf("the cloud is away and healthz says %d: somebody will restart a fleet", status)
	}
	began := time.Now()
	m.trouble("network", "on")
	m.until("the paid order is acted on", func() bool { s := m.order().State; return s == "vending" || s == "sold" })
	tellTime(t, "network back to vending", time.Since(began))
	m.untilState(no, "sold")
	m.waitReady()
	m.fair()
}

func TestAnIdleMachineSaysThatItIsOffline(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	idle, err := m.picture("/street/glass.png")
	if err != nil {
		t.Fatal(err)
	}
	m.trouble("network", "off")
	m.untilNot("offline")
	m.until("the glass says something else than idle", func() bool {
		now, err := m.picture("/street/glass.png")
		return err == nil && differ(idle, now) > 1000
	})
	if got := m.screen(); got != "offline" {
		t.Errorf("the front is %q", got)
	}
	for slot := 1; slot <= 4; slot++ {
		if status, _ := m.post("press", fmt.Sprintf("slot=%d", slot)); status != 409 {
			t.Errorf("offline, key %d was taken: %d", slot, status)
		}
	}
	if len(m.orders()) != 0 {
		t.Errorf("offline, an order was born: %+v", m.orders())
	}
	began := time.Now()
	m.trouble("network", "on")
	m.waitReady()
	tellTime(t, "network back to ready", time.Since(began))
	no := m.showQR(1)
	m.phone("pay")
	m.untilState(no, "sold")
	m.fair()
}

// A gateway that carries out and does not answer, or a line that is slow, costs time and no money.
func TestLostAnswersAndASlowLineCostOnlyTime(t *testing.T) {
	t.Parallel()
	for what, how := range map[string]string{"gateway": "lost-answers", "network": "slow"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			m := aMachine(t)
			no := m.showQR(1)
			m.trouble(what, how)
			m.phone("pay")
			if how == "lost-answers" {
				m.untilNot("offline")
				m.trouble("gateway", "up")
			}
			m.untilState(no, "sold")
			m.fair()
		})
	}
}

func TestABrokenPartStopsSellingAndComesBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ what, how, code string }{
		{"disk", "full", "disk"}, {"disk", "readonly", "disk"}, {"scanner", "gone", "scanner"},
		{"panel", "gone", "panel"}, {"clock", "1970", "clock"}, {"gateway", "down", "offline"},
	} {
		t.Run(c.what+" "+c.how, func(t *testing.T) {
			t.Parallel()
			m := aMachine(t)
			m.trouble(c.what, c.how)
			m.untilNot(c.code)
			if status, body := m.post("press", "slot=1"); status != 409 {
				t.Errorf("a key was taken: %d %s", status, body)
			}
			if status, _ := m.get("/healthz"); status != 200 {
				t.Errorf("healthz says %d: a restart mends nothing here", status)
			}
			if status, _ := m.get("/"); status != 200 {
				t.Errorf("the page is gone: %d", status)
			}
			if len(m.orders()) != 0 {
				t.Errorf("an order was born: %+v", m.orders())
			}
			m.trouble(c.what, back(c.what))
			m.waitReady()
			no := m.showQR(1)
			m.phone("pay")
			m.untilState(no, "sold")
			m.fair()
		})
	}
}

func back(what string) string {
	if what == "gateway" {
		return "up"
	}
	return "ok"
}

// A part that is broken when the power comes leaves the kiosk serving its page, and is waited for.
func TestAPartThatIsBrokenAtBootIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ what, how, code string }{
		{"disk", "readonly", "disk"}, {"scanner", "gone", "scanner"}, {"panel", "gone", "panel"}, {"clock", "1970", "clock"}, {"network", "off", "offline"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			m := aMachine(t)
			m.trouble(c.what, c.how)
			m.untilNot(c.code)
			m.pull()
			m.start()
			m.untilNot(c.code)
			how := back(c.what)
			if c.what == "network" {
				how = "on"
			}
			m.trouble(c.what, how)
			m.waitReady()
			no := m.showQR(1)
			m.phone("pay")
			m.untilState(no, "sold")
			m.fair()
		})
	}
}

// The book cannot be written between the payment and the motor: nothing turns, and the money comes back.
func TestADiskThatFillsUpUnderASaleGivesTheMoneyBack(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"full", "readonly"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			m := aMachine(t)
			no := m.showQR(1)
			m.trouble("disk", how)
			m.phone("pay")
			m.until("the kiosk knows that it cannot write", func() bool {
				var r readiness
				m.read("/readyz", &r)
				return r.has("book")
			})
			if turned, _ := m.counts(1); turned != 0 {
				t.Error("a motor turned that the book knows nothing of")
			}
			if status, _ := m.get("/healthz"); status != 200 {
				t.Errorf("healthz says %d", status)
			}
			m.trouble("disk", "ok")
			m.untilState(no, "refunded")
			m.waitReady()
			m.fair()
		})
	}
}

func TestGarbageOnTheScanLineSellsNothing(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	m.trouble("scanner", "garbage")
	no := m.showQR(1)
	for _, code := range []string{"hello", "28763987612837612", "1234", "https://example.com/?a=1", "134567890123456789\t", strings.Repeat("1", 200)} {
		if status, body := m.post("scan", "ask=none&code="+strings.ReplaceAll(code, "\t", "%09")); status != 200 {
			t.Errorf("scan %q: %d %s", code, status, body)
		}
	}
	m.trouble("scanner", "ok")
	m.phone("pay")
	m.until("one order is sold", func() bool {
		for _, o := range m.orders() {
			if o.State == "sold" {
				return true
			}
		}
		return false
	})
	for _, o := range m.orders() {
		if o.Means == "code" && o.State == "sold" {
			t.Errorf("garbage was sold as %s", o.No)
		}
	}
	_ = no
}

func TestStoppingTheServiceLetsTheMotorFinish(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	no := m.showQR(1)
	m.phone("pay")
	m.until("the motor turns", func() bool { return m.street().Slots[0].Turning })
	m.stop()
	if got := m.does("orders", "-json"); !strings.Contains(got.out, no) || !strings.Contains(got.out, `"state":"sold"`) {
		t.Errorf("stopped in the middle of a turn, and the book says %s", got.out)
	}
	m.start()
	m.waitReady()
	if turned, dropped := m.counts(1); turned != 1 || dropped != 1 {
		t.Errorf("slot 1 turned %d times and dropped %d", turned, dropped)
	}
	m.fair()
}

func TestStoppingAnIdleServiceIsQuick(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		m := aMachine(t)
		began := time.Now()
		if err := m.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		m.ended("told to stop, and it never ends")
		if code := m.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("%v: exit %d: %s", sig, code, m.said)
		}
		tellTime(t, "stopping an idle kiosk", time.Since(began))
	}
}

func TestASecondKioskOnTheSameBookIsRefused(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	no := m.showQR(1)
	m.phone("pay")
	m.untilState(no, "sold")
	kioskDoes(t, "-data", m.dir, "-addr", freeAddr(t), "run").oneLineOnly(t, exitFinding, "kiosk: ")
	kioskDoes(t, "-data", t.TempDir(), "-addr", m.addr, "run").oneLineOnly(t, exitFinding, m.addr)
	next := m.showQR(2) // the first one does not mind
	m.phone("pay")
	m.untilState(next, "sold")
	if turned, dropped := m.counts(1); turned != 1 || dropped != 1 {
		t.Errorf("the second kiosk made the street forget: slot 1 turned %d, dropped %d", turned, dropped)
	}
	m.fair()
	m.pull()
	m.start()
	if turned, dropped := m.counts(1); turned != 1 || dropped != 1 {
		t.Errorf("after the plug the street forgot: slot 1 turned %d, dropped %d", turned, dropped)
	}
}

func TestADamagedBookIsSetAsideAndTold(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"garbage": func(p string) error { return os.WriteFile(p, []byte(strings.Repeat("garbage ", 999)), 0o644) },
		"torn": func(p string) error { // with its log: the log alone would mend it
			return errors.Join(os.Truncate(p, 3000), os.Truncate(p+"-wal", 0))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := aMachine(t)
			no := m.showQR(1)
			m.phone("pay")
			m.untilState(no, "sold")
			m.trouble("gateway", "no-refunds")
			m.slotTrouble(3, "jam")
			stuck := m.showQR(3)
			m.phone("pay")
			m.untilState(stuck, "owed")
			m.stop()
			path := filepath.Join(m.dir, "kiosk.db")
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			was, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m.start()
			m.until("it says that the book was damaged", func() bool {
				status, text := m.get("/readyz")
				return status == 503 && strings.Contains(text, "damaged") && !strings.Contains(text, "offline")
			})
			m.untilState(stuck, "owed") // it was asked after: the new book did not know it
			if status, text := m.post("press", "slot=2"); strings.Contains(text, "qr") {
				t.Errorf("it sells from the new book, and nobody has looked: %d %s", status, text)
			}
			if status, text := spoke(browser.PostForm("http://"+m.addr+"/service/accept-book", url.Values{"pin": {"246810"}, "name": {"Li"}})); status != 200 {
				t.Errorf("a person's word is not taken: %d %s", status, text)
			}
			m.waitReady()
			aside, _ := filepath.Glob(path + ".damaged-*[0-9Z]")
			if len(aside) != 1 {
				t.Fatalf("the damaged book should lie beside the new one: %v", aside)
			}
			if now, err := os.ReadFile(aside[0]); err != nil || string(now) != string(was) {
				t.Errorf("the damaged book was changed: %v", err)
			}
			if _, page := m.get("/"); !strings.Contains(page, filepath.Base(aside[0])) {
				t.Errorf("the page does not say that %s was set aside", filepath.Base(aside[0]))
			}
			next := m.showQR(2)
			m.phone("pay")
			m.untilState(next, "sold")
		})
	}
}
