package sale

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// reel is a tape of two parts, each as long as it may be.
type reel struct {
	most     int
	old, new bytes.Buffer
	turns    int
	refuse   int // puts that are not taken
}

func (t *reel) Put(lines []byte, begins bool) bool {
	if t.refuse > 0 {
		t.refuse--
		return false
	}
	if begins && t.Full() {
		t.old.Reset()
		t.old.Write(t.new.Bytes())
		t.new.Reset()
		t.turns++
	}
	t.new.Write(lines)
	return true
}

func (t *reel) Full() bool { return t.most > 0 && t.new.Len() > t.most }

func (t *reel) text() string { return t.old.String() + t.new.String() }

// recorded runs a storm under a recorder that writes after every step, and says how many views were shown.
func recorded(seed uint64, tape *reel, spoil func(w *world, r *Recorder)) (w *world, r *Recorder, shows int) {
	w = newWorld(seed, rough)
	r = &Recorder{Program: "test", Tape: tape}
	s := scribe{Recorder: r}
	w.seen = func(in Input, deeds []Deed) {
		for _, d := range deeds {
			if _, ok := d.(Show); ok {
				shows++
			}
		}
		r.step(w.shop, w.instant(), in, deeds)
		if spoil != nil {
			spoil(w, r)
		}
		s.write(r.take())
		if deeds := w.shop.Step(w.instant(), Tick{}); w.shop.quiet(Tick{}, deeds) { // the clerk's own beat
			r.step(w.shop, w.instant(), Tick{}, deeds)
			s.write(r.take())
		}
	}
	w.shop = &Shop{Kiosk: "K1", Merchant: w.shop.Merchant}
	w.tell(Awake{History: w.book.past()})
	w.after(time.Second, w.customer)
	w.after(time.Second, w.weather)
	w.run(2 * time.Hour)
	w.calm, w.gate.away = true, false
	w.run(6 * time.Hour)
	s.flush()
	return w, r, shows
}

func TestAStormReplaysStepByStepOnAnotherMachine(t *testing.T) {
	steps, shown := 0, 0
	for seed := uint64(1); seed <= 4; seed++ {
		tape := &reel{}
		_, _, shows := recorded(seed, tape, nil)
		seen := 0
		got, err := Replay(strings.NewReader(tape.text()), func(Instant, View) { seen++ })
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if seen != shows || got.Lost != 0 || got.Torn != 0 {
			t.Errorf("seed %d: %d of %d views were shown again, %+v", seed, seen, shows, got)
		}
		steps, shown = steps+got.Steps, shown+seen
	}
	if steps < 10_000 || shown < 1_000 {
		t.Errorf("only %d steps and %d views were replayed", steps, shown)
	}
	t.Logf("%d steps, %d views", steps, shown)
}

// A tape that is short forgets how it began; what is left of it replays all the same, from what the shop then knew.
func TestAShortTapeReplaysFromWhatTheShopKnew(t *testing.T) {
	turns := 0
	for seed := uint64(1); seed <= 3; seed++ {
		tape := &reel{most: 40 << 10}
		_, r, _ := recorded(seed, tape, nil)
		if r.Dropped() > 0 {
			t.Errorf("seed %d: %d steps were dropped", seed, r.Dropped())
		}
		if n := len(tape.text()); n > 8*tape.most {
			t.Errorf("seed %d: a tape of two times %d holds %d", seed, tape.most, n)
		}
		if _, err := Replay(strings.NewReader(tape.text()), nil); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		turns += tape.turns
	}
	if turns < 6 {
		t.Errorf("the tapes were turned only %d times", turns)
	}
}

// An idle shop asks every ten seconds whether the gateway is there: days of that take no room.
func TestAnIdleShopFillsNoTape(t *testing.T) {
	w := calmWorld(t)
	tape := &reel{}
	r := &Recorder{Tape: tape}
	s := scribe{Recorder: r}
	w.seen = func(in Input, deeds []Deed) {
		r.step(w.shop, w.instant(), in, deeds)
		deeds = w.shop.Step(w.instant(), Tick{})
		r.step(w.shop, w.instant(), Tick{}, deeds)
		s.write(r.take())
	}
	w.boot()
	w.wait(2 * 24 * time.Hour)
	if n := tape.new.Len(); n == 0 || n > 64<<10 {
		t.Errorf("two idle days wrote %d bytes", n)
	}
	w.qr(t, 1)
	w.press(1)
	w.wait(time.Hour)
	s.flush()
	got, err := Replay(strings.NewReader(tape.text()), nil)
	if err != nil || got.Lost != 0 || r.Dropped() != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Whatever does not get onto the tape is counted, and the recording goes on where a replay may begin anew.
func TestWhatIsDroppedIsCountedAndTheRestReplays(t *testing.T) {
	lost := 0
	for seed := uint64(1); seed <= 3; seed++ {
		tape := &reel{}
		rnd := rand.New(rand.NewPCG(seed, 1))
		_, r, _ := recorded(seed, tape, func(_ *world, r *Recorder) {
			switch rnd.IntN(400) {
			case 0: // the queue is full
				r.mu.Lock()
				r.lost++
				r.mu.Unlock()
				r.dropped.Add(1)
				r.want.Store(true)
			case 1: // the disk takes nothing
				tape.refuse = 1
			}
		})
		got, err := Replay(strings.NewReader(tape.text()), nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if r.Dropped() == 0 {
			t.Errorf("seed %d: nothing was dropped", seed)
		}
		lost += got.Lost
	}
	if lost == 0 {
		t.Error("no replay says that steps were dropped")
	}
}

func TestTheQueueNeverHoldsUpASale(t *testing.T) {
	r := &Recorder{Tape: &reel{}} // nobody writes
	s := &Shop{Kiosk: "K1"}
	at := Instant{}
	r.step(s, at, Awake{}, s.Step(at, Awake{}))
	for range 10 * queueMost {
		r.step(s, at, Edge{}, nil)
	}
	if len(r.queue) != queueMost || r.Dropped() != 9*queueMost+1 {
		t.Errorf("%d wait, %d were dropped", len(r.queue), r.Dropped())
	}
}

// A tick that is left out of a recording must not matter: a copy of the shop that takes it knows the same as one that does not.
func TestAQuietTickChangesNothing(t *testing.T) {
	quiet, copies := 0, 0
	for seed := uint64(1); seed <= 2; seed++ {
		rnd := rand.New(rand.NewPCG(seed, 3))
		w := newWorld(seed, rough)
		w.seen = func(Input, []Deed) {
			if rnd.IntN(12) > 0 {
				return
			}
			before, err := lean{}.text(w.shop)
			if err != nil {
				t.Fatal(err)
			}
			twin := w.shop.setup().shop()
			if err := hold(before, twin); err != nil {
				t.Fatal(err)
			}
			if after, _ := (lean{}).text(twin); !bytes.Equal(before, after) {
				t.Fatalf("a copy knows\n%s\nof\n%s", after, before)
			}
			copies++
			at := w.instant()
			at.Mono += time.Duration(rnd.Int64N(int64(20 * time.Second)))
			deeds := twin.Step(at, Tick{})
			if after, _ := (lean{}).text(twin); twin.quiet(Tick{}, deeds) {
				quiet++
				if !bytes.Equal(before, after) {
					t.Fatalf("seed %d at %v: a tick that did nothing changed the shop from\n%s\nto\n%s", seed, w.now, before, after)
				}
			}
		}
		w.after(time.Second, w.customer)
		w.after(time.Second, w.weather)
		w.run(2 * time.Hour)
	}
	if copies < 300 || quiet < 100 {
		t.Errorf("only %d ticks of %d were quiet", quiet, copies)
	}
}

// The lists of what is written down are whole: a field that is added to a shop must be added there.
func TestNothingThatAShopKnowsIsForgotten(t *testing.T) {
	ofStep := []string{"now", "alarm", "acted", "stirred", "page", "deeds"}
	for _, h := range []holder{&Shop{}, &tab{}, &front{}, &choice{}, &cloud{}, &stuckVend{}} {
		v := reflect.ValueOf(h).Elem()
		var held []uintptr
		for _, at := range h.holds() {
			held = append(held, reflect.ValueOf(at).Pointer())
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			_, isShop := h.(*Shop)
			if isShop && (f.IsExported() || slices.Contains(ofStep, f.Name)) {
				continue
			}
			if !slices.Contains(held, v.Field(i).UnsafeAddr()) {
				t.Errorf("%s.%s is not written down", v.Type(), f.Name)
			}
		}
	}
}

// Every input has a name in a recording, whatever room it comes from.
func TestEveryInputCanBeRecorded(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "inputs.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "input" {
			continue
		}
		found++
		name := f.Recv.List[0].Type.(*ast.Ident).Name
		read, ok := kinds[strings.ToLower(name)]
		if !ok {
			t.Errorf("%s has no name in a recording: add it to kinds", name)
			continue
		}
		if in, err := read(nil); err != nil || kindOf(in) != strings.ToLower(name) {
			t.Errorf("%s is read as %T: %v", name, in, err)
		}
	}
	if found < 17 || found != len(kinds) {
		t.Errorf("%d inputs, %d kinds", found, len(kinds))
	}
	told, shop := reflect.TypeFor[Setup](), reflect.TypeFor[Shop]()
	for i := range shop.NumField() {
		f := shop.Field(i)
		if _, ok := told.FieldByName(f.Name); f.IsExported() && !ok {
			t.Errorf("what a shop is told before its first step is recorded without its %s", f.Name)
		}
	}
}

// tampered changes one line of a recording, and seals it again if asked.
func tampered(text string, change func(l *line) bool, reseal bool) (string, bool) {
	lines := strings.SplitAfter(text, "\n")
	for i, s := range lines {
		l, _, err := readLine([]byte(strings.TrimSuffix(s, "\n")))
		if err != nil || !change(&l) {
			continue
		}
		b, err := l.bytes()
		if err != nil {
			continue
		}
		if !reseal {
			at, from := bytes.LastIndex(b, []byte(seal)), strings.LastIndex(s, seal)
			b = append(b[:at], s[from:]...)
		}
		lines[i] = string(b)
		return strings.Join(lines, ""), true
	}
	return text, false
}

func TestOneChangedInputIsFoundAndNamed(t *testing.T) {
	tape := &reel{}
	recorded(1, tape, nil)
	for name, change := range map[string]func(l *line) bool{
		"a vend that dropped was stuck": func(l *line) bool {
			if l.Kind != "vended" || !bytes.Contains(l.Input, []byte(`"Dropped":true`)) {
				return false
			}
			l.Input = bytes.Replace(l.Input, []byte("true"), []byte("false"), 1)
			return true
		},
		"another sum": func(l *line) bool {
			if l.Kind != "answered" || !bytes.Contains(l.Input, []byte(`"Fen":`)) {
				return false
			}
			l.Input = bytes.Replace(l.Input, []byte(`"Fen":`), []byte(`"Fen":1`), 1)
			return true
		},
		"another number drawn": func(l *line) bool {
			if l.Kind != "pressed" || !strings.Contains(l.Deeds, "new+chosen") {
				return false
			}
			l.Input = bytes.Replace(l.Input, []byte(`"Draw":"`), []byte(`"Draw":"Z`), 1)
			return true
		},
		"an hour later": func(l *line) bool {
			if !strings.Contains(l.Deeds, "waiting+paid") {
				return false
			}
			l.Mono += time.Hour
			return true
		},
	} {
		for _, reseal := range []bool{true, false} {
			text, ok := tampered(tape.text(), change, reseal)
			if !ok {
				t.Errorf("%s: there is no such line", name)
				continue
			}
			_, err := Replay(strings.NewReader(text), nil)
			var d *Difference
			if !errors.As(err, &d) || d.Step < 2 || d.Want == d.Got {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	// Even what no deed depends on.
	text, ok := tampered(tape.text(), func(l *line) bool { l.Wall = l.Wall.Add(time.Nanosecond); return l.Kind == "tick" }, false)
	if _, err := Replay(strings.NewReader(text), nil); !ok || err == nil {
		t.Errorf("a line was changed (%v), and nobody says so", ok)
	}
}

func TestATornEndAndAMissingMiddleAreToldApart(t *testing.T) {
	tape := &reel{}
	recorded(2, tape, nil)
	text := tape.text()
	lines := strings.SplitAfter(text, "\n")
	if got, err := Replay(strings.NewReader(text[:len(text)-20]), nil); err != nil || got.Torn != 1 {
		t.Errorf("a line torn by a crash: %+v, %v", got, err)
	}
	missing := strings.Join(slices.Delete(slices.Clone(lines), 5, 6), "")
	if _, err := Replay(strings.NewReader(missing), nil); err == nil || !strings.Contains(err.Error(), "1 steps before it are missing") {
		t.Errorf("a line is missing: %v", err)
	}
	lines[5] = "garbage\n"
	if _, err := Replay(strings.NewReader(strings.Join(lines, "")), nil); err == nil || !strings.Contains(err.Error(), "line 6") {
		t.Errorf("a line cannot be read: %v", err)
	}
	for text, want := range map[string]string{
		"":          "no step",
		"garbage\n": "no step",
		lines[1]:    "what the shop knew",
		strings.Replace(lines[0], `"format":1`, `"format":2`, 1): "form 2",
	} {
		if _, err := Replay(strings.NewReader(text), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func TestTheClerkRecordsWhatItTellsItsShopAndNoSecret(t *testing.T) {
	for at := range 8 { // the write that fails
		tape := &reel{}
		c := &counter{failAt: at, failFor: 2, rec: &Recorder{Tape: tape}}
		sell(t, c)
		lives := 1
		if c.offs > 0 {
			lives += c.offs
		}
		got, err := Replay(strings.NewReader(tape.text()), nil)
		if err != nil || got.Lives != lives || got.Steps < 20 {
			t.Errorf("write %d fails: %+v, %v; the outputs went off %d times", at, got, err, c.offs)
		}
		for _, secret := range []string{"134650720866361395", "650720866361", c.qr} {
			if secret != "" && strings.Contains(tape.text(), secret) {
				t.Errorf("write %d fails: the recording holds %s", at, secret)
			}
		}
		if c.qr != "" && !strings.Contains(tape.text(), `"CodeURL":"recorded:`) {
			t.Errorf("write %d fails: the recording says nothing of any QR code", at)
		}
	}
}

func TestWhatLooksLikeASecretIsVeiled(t *testing.T) {
	for text, want := range map[string]string{
		"read auth_code=134650720866361395: refused":      "read auth_code=13…95: refused",
		"code-134650720866361395":                         "code-13…95",
		"openid oUpF8uMuAJO_M2pxb1Q9zNjWeS6o is unknown":  "openid oU…6o is unknown",
		"K0042-000017ABCDEFGHIJKLMNOPQR":                  "K0042-000017ABCDEFGHIJKLMNOPQR",
		"transaction 4200001234202611210123456789 is new": "transaction 4200001234202611210123456789 is new",
		"付款码 6212345678901234567890 不对":                   "付款码 62…90 不对",
		"": "",
	} {
		if got := veil(text); got != want || veil(got) != got {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, in := range []Input{Answered{Err: "134650720866361395"}, Health{Fault: "134650720866361395"}, Unshown{Why: "134650720866361395"}} {
		if got := fmt.Sprint(veiled(in)); strings.Contains(got, "4650720866361") {
			t.Error(got)
		}
	}
}

// A shop that falls over what it is told takes the process with it: the recording still says what it was told.
func TestAFallIsRecordedAndFallsAgain(t *testing.T) {
	tape := &reel{}
	r := &Recorder{Tape: tape}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	s := &Shop{Kiosk: "K1"}
	at := Instant{Mono: time.Second, Trusted: true}
	r.ask(s, at, Awake{History: History{Slots: []SlotState{{Slot: 1, Name: "ware", Fen: 100, Stock: 9}}}})
	r.ask(s, at, Answered{Deed: KindProbe, Answer: Answer{Outcome: OutcomeMissing}})
	fell := func() (why any) {
		defer func() { why = recover() }()
		r.ask(s, at, Pressed{Slot: 1, Draw: "too short"})
		return nil
	}()
	text := tape.text() // before the goroutine ends: the process would not wait for it
	stop()
	if err := <-done; err != nil || fell == nil {
		t.Fatalf("it fell with %v, and the recorder with %v", fell, err)
	}
	got, err := Replay(strings.NewReader(text), nil)
	if err != nil || got.Steps != 3 || got.Fell != fmt.Sprint(fell) {
		t.Errorf("%+v, %v", got, err)
	}
	mended, ok := tampered(text, func(l *line) bool {
		l.Input = []byte(`{"Draw":"ABCDEFGHIJKLMNOPQRSTUVWXYZ","Slot":1}`)
		return l.Fell != ""
	}, true)
	if _, err := Replay(strings.NewReader(mended), nil); !ok || err == nil || !strings.Contains(err.Error(), "recorded: the shop fell over it") {
		t.Errorf("a program that does not fall over it any more: %v", err)
	}
}

func TestFlushWaitsForWhatWasRecorded(t *testing.T) {
	tape := &reel{}
	r := &Recorder{Tape: tape}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	s := &Shop{Kiosk: "K1"}
	r.step(s, Instant{}, Awake{}, s.Step(Instant{}, Awake{}))
	r.step(s, Instant{Mono: 1}, Tick{}, s.Step(Instant{Mono: time.Hour}, Tick{}))
	r.Flush(t.Context())
	if tape.new.Len() == 0 {
		t.Error("nothing is on the tape")
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
