//go:build sim

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"

	"kiosk/cmd/kiosk/doctor"
	"kiosk/sale"
	"kiosk/status"
)

// neighbour is the bench's kiosk as another process on the machine meets it.
func (b *bench) neighbour() *doctor.Running {
	return &doctor.Running{Kiosk: b.conf.Kiosk, Address: "the bench", Manager: doctor.Systemd, Get: func(_ context.Context, path string) (int, []byte, error) {
		code, body := b.get(path)
		return code, []byte(body), nil
	}}
}

// seen is the kiosk as kiosk health -o keeps it.
func (b *bench) seen() *doctor.Status {
	b.t.Helper()
	s, err := b.neighbour().ReadStatus(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// judged is what kiosk health says, but for the book.
func (b *bench) judged(before *doctor.Status, hold, wait time.Duration) []doctor.Finding {
	v := doctor.Probe{Running: b.neighbour(), Own: ownBuild(), Before: before, Hold: hold, End: time.Now().Add(wait)}
	return v.Run(b.t.Context())
}

// worst is the verdict on a whole, and the lines that are not ok.
func worst(found []doctor.Finding) (verdict, lines string) {
	verdict = doctor.OK
	for _, f := range found {
		if f.Verdict != doctor.OK {
			lines += fmt.Sprintf("%s %s: %s\n", f.Verdict, f.Part, f.Text)
		}
		if f.Verdict == doctor.Fail || f.Verdict == doctor.Warn && verdict == doctor.OK {
			verdict = f.Verdict
		}
	}
	return verdict, lines
}

type stiffPin struct{ gpio.PinOut }

func (stiffPin) Name() string         { return "GPIO99" }
func (stiffPin) Out(gpio.Level) error { return errors.New("the line is gone") }

// What a new version cannot have brought about never sends it back; what it can have, does, unless it was so before.
func TestAVersionIsJudgedByWhatItBringsAboutItself(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(b *bench)
		fresh  string // the verdict with nothing known of before, and where it was well
		before string // and where it was so before
		says   string
	}{
		{"nothing", func(*bench) {}, doctor.OK, doctor.OK, ""},
		{"the network is gone", func(b *bench) { b.trouble("network", "off"); b.untilNot("offline") }, doctor.Warn, doctor.Warn, "the gateway does not answer, which no version brings"},
		{"the clock is at 1970", func(b *bench) { b.trouble("clock", "1970"); b.untilNot("clock") }, doctor.Warn, doctor.Warn, "the clock is not trusted, which no version brings"},
		{"the door is open", func(b *bench) { b.door(true); b.untilNot("door") }, doctor.Warn, doctor.Warn, "the door is open, which no version brings"},
		{"a technician is at work", (*bench).inMaintenance, doctor.Warn, doctor.Warn, "out of service, set by anna, which no version brings"},
		{"something hangs in the chute", func(b *bench) { b.slotTrouble(1, "beam-stuck"); b.untilNot("empty") }, doctor.Warn, doctor.Warn, ""},
		{"no panel", func(b *bench) { b.trouble("panel", "gone"); b.untilNot("panel") }, doctor.Fail, doctor.Warn, "panel: "},
		{"no scan module", func(b *bench) { b.trouble("scanner", "gone"); b.untilNot("scanner") }, doctor.Fail, doctor.Warn, "scan module: "},
		{"the scan module is mute", func(b *bench) { b.trouble("scanner", "silent"); b.untilNot("scanner") }, doctor.Fail, doctor.Warn, "scan module: "},
		{"the disk is full", func(b *bench) { b.trouble("disk", "full"); b.untilNot("disk") }, doctor.Fail, doctor.Warn, "no space left"},
		{"a pin is gone", func(b *bench) { _ = b.kiosk.outputs.Add("GPIO99", stiffPin{}, time.Second) }, doctor.Fail, doctor.Warn, "pins: GPIO99 may still be on"},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			onBench(t, nil, func(b *bench) {
				b.tested = true // nothing is bought here
				well := b.seen()
				c.do(b)
				amiss := b.seen()
				wellWant := c.fresh
				if amiss.Reason(sale.NotReadyEmpty) != "" {
					wellWant = doctor.Fail // see TestAVersionUnderWhichNoSlotSellsAnyMoreGoesBack
				}
				for _, try := range []struct {
					known  string
					before *doctor.Status
					want   string
				}{{"nothing", nil, c.fresh}, {"it was well", well, wellWant}, {"it was so", amiss, c.before}} {
					got, lines := worst(b.judged(try.before, time.Second, 5*time.Second))
					if got != try.want || !strings.Contains(lines, c.says) || try.want != doctor.OK && lines == "" {
						t.Errorf("of before is known: %s. It is %s, want %s, and %q:\n%s", try.known, got, try.want, c.says, lines)
					}
				}
			})
		})
	}
}

// A kiosk that does not get well in time, and one that does not stay so.
func TestAVersionMustBeWellForAWhileWithoutABreak(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		r := b.neighbour()
		ask, starts := r.Get, time.Now()
		restarts := func(every time.Duration) func(context.Context, string) (int, []byte, error) {
			return func(ctx context.Context, path string) (int, []byte, error) {
				code, body, err := ask(ctx, path)
				run := fmt.Sprintf(`"run":"%d",`, time.Since(starts)/every)
				return code, []byte(strings.Replace(string(body), `"run":`, run+`"was":`, 1)), err
			}
		}
		judged := func(wait time.Duration) (string, string, time.Duration) {
			began := time.Now()
			v := doctor.Probe{Running: r, Own: ownBuild(), Hold: 6 * time.Second, End: began.Add(wait)}
			verdict, lines := worst(v.Run(b.t.Context()))
			return verdict, lines, time.Since(began)
		}
		r.Get = restarts(2 * time.Second)
		if got, lines, took := judged(30 * time.Second); got != doctor.Fail || !strings.Contains(lines, "well for only") || !strings.Contains(lines, "it started anew") || took > 30*time.Second {
			t.Errorf("it starts anew every 2 s: %s after %v:\n%s", got, took, lines)
		}
		r.Get = restarts(10 * time.Second)
		if got, lines, took := judged(30 * time.Second); got != doctor.OK || took < 6*time.Second || took > 17*time.Second {
			t.Errorf("it started anew once: %s after %v:\n%s", got, took, lines)
		}
		r.Get = ask
		if got, lines, took := judged(30 * time.Second); got != doctor.OK || took < 6*time.Second || took > 8*time.Second {
			t.Errorf("it is well: %s after %v:\n%s", got, took, lines)
		}
		b.trouble("panel", "gone")
		b.untilNot("panel")
		time.AfterFunc(10*time.Second, func() { _ = b.metal.SetTrouble("panel", "ok", 0) })
		if got, lines, took := judged(40 * time.Second); got != doctor.OK || took < 16*time.Second {
			t.Errorf("the panel came late: %s after %v:\n%s", got, took, lines)
		}
		for text, change := range map[string][2]string{
			"another version is running: of old": {`"version":"dev"`, `"version":"of old"`},
			"build 1 is":                         {`"build":"` + doctor.ProgramSum() + `"`, `"build":"1 is"`},
		} {
			r.Get = func(ctx context.Context, path string) (int, []byte, error) {
				code, body, err := ask(ctx, path)
				return code, []byte(strings.Replace(string(body), change[0], change[1], 1)), err
			}
			if got, lines, _ := judged(8 * time.Second); got != doctor.Fail || !strings.Contains(lines, text) {
				t.Errorf("%s:\n%s", got, lines)
			}
		}
	})
}

func TestTheKioskIsIdleOnceNobodyWouldMissIt(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		r := b.neighbour()
		was := []string{} // what it said, one after the other
		looks := func() bool {
			said, idle := r.IsIdle(b.t.Context(), func() bool { return true })
			if len(was) == 0 || was[len(was)-1] != said {
				was = append(was, said)
			}
			return idle
		}
		untilIdle := func() { b.t.Helper(); b.until("it is idle", looks) }
		untilIdle()
		no := b.showQR(1)
		looks()
		b.phone("pay")
		untilIdle()
		want := []string{"nobody is served", "a customer is served", "goods are being given out", "a motor turns", "goods are being given out", "a customer is before the thanks screen", "nobody is served"}
		if o := b.order(); o.No != no || o.State != "sold" || !inOrder(was, want) {
			t.Errorf("from a press to the next customer it said %q", was)
		}

		b.inMaintenance()
		if !looks() {
			t.Error("nobody does anything in maintenance, and it is not idle")
		}
		b.tested = true
		vend := make(chan struct{})
		go func() {
			_, _, _ = b.kiosk.bench.TestVend(context.Background(), 1, status.Person{Name: "anna"})
			close(vend)
		}()
		b.until("a test vend turns the motor", func() bool { return b.kiosk.outputs.RunningOutput() != "" })
		for turning := true; turning; {
			select {
			case <-vend:
				turning = false
			case <-time.After(50 * time.Millisecond):
				if b.kiosk.dispenser.IsVending() && looks() {
					t.Error("idle in the middle of a test vend")
				}
			}
		}
		untilIdle()
		scan := make(chan struct{})
		go func() { _, _ = b.kiosk.bench.TestScan(context.Background()); close(scan) }()
		b.until("a scan test is under way", func() bool { return !looks() })
		<-scan
		untilIdle()
	})
}

// inOrder tells whether words come in that order, others between them let be.
func inOrder(said, want []string) bool {
	for _, s := range said {
		if len(want) > 0 && strings.HasPrefix(s, want[0]) {
			want = want[1:]
		}
	}
	return len(want) == 0
}
