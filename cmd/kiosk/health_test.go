//go:build sim

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"

	"kiosk/sale"

	"kiosk/status"
)

// neighbour is the bench's kiosk as another process on the machine meets it.
func (b *bench) neighbour() *running {
	return &running{b.conf.Kiosk, "the bench", func(_ context.Context, path string) (int, []byte, error) {
		code, body := b.get(path)
		return code, []byte(body), nil
	}}
}

// seen is the kiosk as kiosk health -o keeps it.
func (b *bench) seen() *seen {
	b.t.Helper()
	s, err := b.neighbour().look(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// judged is what kiosk health says, but for the book.
func (b *bench) judged(before *seen, hold, wait time.Duration) []finding {
	v := vigil{running: b.neighbour(), before: before, hold: hold, end: time.Now().Add(wait)}
	return v.keep(b.t.Context())
}

// worst is the verdict on a whole, and the lines that are not ok.
func worst(found []finding) (verdict, lines string) {
	verdict = isOK
	for _, f := range found {
		if f.Verdict != isOK {
			lines += fmt.Sprintf("%s %s: %s\n", f.Verdict, f.Part, f.Text)
		}
		if f.Verdict == isFail || f.Verdict == isWarn && verdict == isOK {
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
		{"nothing", func(*bench) {}, isOK, isOK, ""},
		{"the network is gone", func(b *bench) { b.trouble("network", "off"); b.untilNot("offline") }, isWarn, isWarn, "the gateway does not answer, which no version brings"},
		{"the clock is at 1970", func(b *bench) { b.trouble("clock", "1970"); b.untilNot("clock") }, isWarn, isWarn, "the clock is not trusted, which no version brings"},
		{"the door is open", func(b *bench) { b.door(true); b.untilNot("door") }, isWarn, isWarn, "the door is open, which no version brings"},
		{"a technician is at work", (*bench).inMaintenance, isWarn, isWarn, "out of service, set by anna, which no version brings"},
		{"something hangs in the chute", func(b *bench) { b.slotTrouble(1, "beam-stuck"); b.untilNot("empty") }, isWarn, isWarn, ""},
		{"no panel", func(b *bench) { b.trouble("panel", "gone"); b.untilNot("panel") }, isFail, isWarn, "panel: "},
		{"no scan module", func(b *bench) { b.trouble("scanner", "gone"); b.untilNot("scanner") }, isFail, isWarn, "scan module: "},
		{"the scan module is mute", func(b *bench) { b.trouble("scanner", "silent"); b.untilNot("scanner") }, isFail, isWarn, "scan module: "},
		{"the disk is full", func(b *bench) { b.trouble("disk", "full"); b.untilNot("disk") }, isFail, isWarn, "no space left"},
		{"a pin is gone", func(b *bench) { _ = b.kiosk.outputs.Add("GPIO99", stiffPin{}, time.Second) }, isFail, isWarn, "pins: GPIO99 may still be on"},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			onBench(t, nil, func(b *bench) {
				b.tested = true // nothing is bought here
				well := b.seen()
				c.do(b)
				amiss := b.seen()
				wellWant := c.fresh
				if amiss.why(sale.NotReadyEmpty) != "" {
					wellWant = isFail // see TestAVersionUnderWhichNoSlotSellsAnyMoreGoesBack
				}
				for _, try := range []struct {
					known  string
					before *seen
					want   string
				}{{"nothing", nil, c.fresh}, {"it was well", well, wellWant}, {"it was so", amiss, c.before}} {
					got, lines := worst(b.judged(try.before, time.Second, 5*time.Second))
					if got != try.want || !strings.Contains(lines, c.says) || try.want != isOK && lines == "" {
						t.Errorf("of before is known: %s. It is %s, want %s, and %q:\n%s", try.known, got, try.want, c.says, lines)
					}
				}
			})
		})
	}
}

// A light barrier that a version cannot read looks like goods in the chute: the slots that sold before are its fault.
func TestAVersionUnderWhichNoSlotSellsAnyMoreGoesBack(t *testing.T) {
	slots := func(ready bool, faults ...string) *seen {
		s := &seen{Ready: ready}
		if !ready {
			s.Why = []sale.Why{{Code: sale.NotReadyEmpty, Text: "no slot can sell"}}
		}
		text := make([]string, len(faults))
		for i, f := range faults {
			text[i] = fmt.Sprintf(`{"number":%d,"fault":%q}`, i+1, f)
		}
		if err := json.Unmarshal([]byte("["+strings.Join(text, ",")+"]"), &s.Slots); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, c := range map[string]struct {
		before, now *seen
		want        string
	}{
		"all blocked now":            {slots(true, "", ""), slots(false, "blocked", "blocked"), isFail},
		"the last that sold":         {slots(true, "jam", ""), slots(false, "jam", "blocked"), isFail},
		"as before":                  {slots(false, "blocked", "blocked"), slots(false, "blocked", "blocked"), isWarn},
		"sold out meanwhile":         {slots(true, "", "empty"), slots(false, "empty", "empty"), isWarn},
		"nothing is known of before": {nil, slots(false, "blocked", "blocked"), isWarn},
		"one jams, the others sell":  {slots(true, "", ""), slots(true, "jam", ""), isOK},
		"mended by what is tried":    {slots(false, "blocked"), slots(true, ""), isOK},
	} {
		if f := c.now.judgeReady(c.before); f.Verdict != c.want {
			t.Errorf("%s: %v, not %s", name, f, c.want)
		}
	}
}

func TestWhatRefusesOurConfigSendsAVersionBackUnlessItDidBefore(t *testing.T) {
	refused := &seen{Why: []sale.Why{{Code: sale.NotReadyConfig, Text: "the gateway refuses our configuration"}}}
	if f := refused.judgeReady(&seen{}); f.Verdict != isFail || !strings.Contains(f.Text, "refuses") {
		t.Error(f)
	}
	if f := refused.judgeReady(refused); f.Verdict != isWarn || !strings.Contains(f.Text, "as before") {
		t.Error(f)
	}
	unheard := &seen{Why: []sale.Why{{Code: "something new", Text: "nobody has heard of it"}}}
	if f := unheard.judgeReady(nil); f.Verdict != isFail {
		t.Error(f)
	}
}

// A kiosk that does not get well in time, and one that does not stay so.
func TestAVersionMustBeWellForAWhileWithoutABreak(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		r := b.neighbour()
		ask, starts := r.get, time.Now()
		restarts := func(every time.Duration) func(context.Context, string) (int, []byte, error) {
			return func(ctx context.Context, path string) (int, []byte, error) {
				code, body, err := ask(ctx, path)
				run := fmt.Sprintf(`"run":"%d",`, time.Since(starts)/every)
				return code, []byte(strings.Replace(string(body), `"run":`, run+`"was":`, 1)), err
			}
		}
		judged := func(wait time.Duration) (string, string, time.Duration) {
			began := time.Now()
			v := vigil{running: r, hold: 6 * time.Second, end: began.Add(wait)}
			verdict, lines := worst(v.keep(b.t.Context()))
			return verdict, lines, time.Since(began)
		}
		r.get = restarts(2 * time.Second)
		if got, lines, took := judged(30 * time.Second); got != isFail || !strings.Contains(lines, "well for only") || !strings.Contains(lines, "it started anew") || took > 30*time.Second {
			t.Errorf("it starts anew every 2 s: %s after %v:\n%s", got, took, lines)
		}
		r.get = restarts(10 * time.Second)
		if got, lines, took := judged(30 * time.Second); got != isOK || took < 6*time.Second || took > 17*time.Second {
			t.Errorf("it started anew once: %s after %v:\n%s", got, took, lines)
		}
		r.get = ask
		if got, lines, took := judged(30 * time.Second); got != isOK || took < 6*time.Second || took > 8*time.Second {
			t.Errorf("it is well: %s after %v:\n%s", got, took, lines)
		}
		b.trouble("panel", "gone")
		b.untilNot("panel")
		time.AfterFunc(10*time.Second, func() { _ = b.metal.Trouble("panel", "ok", 0) })
		if got, lines, took := judged(40 * time.Second); got != isOK || took < 16*time.Second {
			t.Errorf("the panel came late: %s after %v:\n%s", got, took, lines)
		}
		for text, change := range map[string][2]string{
			"another version is running: of old": {`"version":"dev"`, `"version":"of old"`},
			"build 1 is":                         {`"build":"` + thisBuild() + `"`, `"build":"1 is"`},
		} {
			r.get = func(ctx context.Context, path string) (int, []byte, error) {
				code, body, err := ask(ctx, path)
				return code, []byte(strings.Replace(string(body), change[0], change[1], 1)), err
			}
			if got, lines, _ := judged(8 * time.Second); got != isFail || !strings.Contains(lines, text) {
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
			said, idle := r.idle(b.t.Context(), func() bool { return true })
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
		go func() { _, _, _ = b.kiosk.testVend(context.Background(), 1, status.Person{Name: "anna"}); close(vend) }()
		b.until("a test vend turns the motor", func() bool { return b.kiosk.outputs.RunningOutput() != "" })
		for turning := true; turning; {
			select {
			case <-vend:
				turning = false
			case <-time.After(50 * time.Millisecond):
				if b.kiosk.drops.IsVending() && looks() {
					t.Error("idle in the middle of a test vend")
				}
			}
		}
		untilIdle()
		scan := make(chan struct{})
		go func() { _, _ = b.kiosk.scanTest(context.Background()); close(scan) }()
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

// A technician who takes a slot off sale while a version is on trial says nothing about the version.
func TestASlotThatIsOffSaleIsNoFaultOfAVersion(t *testing.T) {
	read := func(fault string) *seen {
		s := &seen{}
		if err := json.Unmarshal(fmt.Appendf(nil, `{"slots":[{"number":1,"fault":%q}]}`, fault), s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	if got := read(sale.FaultOffSale).newFaults(read("")); len(got) != 0 {
		t.Errorf("a version is blamed: %v", got)
	}
	if got := read(sale.FaultJam).newFaults(read("")); len(got) != 1 {
		t.Errorf("a slot that jams under a version: %v", got)
	}
}
