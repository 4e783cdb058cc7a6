package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

func TestAStormReplaysStepByStepOnAnotherMachine(t *testing.T) {
	steps, shown := 0, 0
	for seed := uint64(1); seed <= 4; seed++ {
		tape := &reel{}
		_, shows := recorded(seed, tape, nil)
		seen := 0
		got, err := Replay(strings.NewReader(tape.text()), func(sale.Instant, sale.View) { seen++ })
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
		r, _ := recorded(seed, tape, nil)
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
	tape := &reel{}
	r := &Recorder{Sink: tape}
	s := newStreet(1, r.Step)
	s.calm = true
	s.seen = func(sale.Input, []sale.Deed) { r.writeQueue() }
	s.boot()
	s.run(2 * 24 * time.Hour)
	if n := tape.new.Len(); n == 0 || n > 64<<10 {
		t.Errorf("two idle days wrote %d bytes", n)
	}
	s.press(1)
	s.run(s.now + 5*time.Second)
	if s.view.QR == "" {
		t.Errorf("the screen shows %+v", s.view)
	}
	s.press(1)
	s.run(s.now + time.Hour)
	r.flushPending()
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
		r, _ := recorded(seed, tape, func(r *Recorder) {
			switch rnd.IntN(400) {
			case 0: // the queue is full
				r.drop(1)
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
	r := &Recorder{Sink: &reel{}} // nobody writes
	s := &sale.Shop{Kiosk: "K1"}
	at := sale.Instant{}
	r.recordStep(s, at, sale.Awake{}, s.Step(at, sale.Awake{}))
	for range 10 * maxQueue {
		r.recordStep(s, at, sale.Edge{}, nil)
	}
	if len(r.queue) != maxQueue || r.Dropped() != 9*maxQueue+1 {
		t.Errorf("%d wait, %d were dropped", len(r.queue), r.Dropped())
	}
}

// Every input can be read back by its kind.
func TestEveryInputCanBeRecorded(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "sale", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.Name != "Kind" {
				continue
			}
			found++
			read := false
			for kind, r := range kinds {
				in, err := r(nil)
				read = read || err == nil && in.Kind() == kind && fmt.Sprintf("%T", in) == "sale."+f.Recv.List[0].Type.(*ast.Ident).Name
			}
			if !read {
				t.Errorf("%s cannot be read from a recording: add it to kinds", f.Recv.List[0].Type)
			}
		}
	}
	if found < 17 || found != len(kinds) {
		t.Errorf("%d inputs, %d kinds", found, len(kinds))
	}
}

// tampered changes one line of a recording, and seals it again if asked.
func tampered(text string, change func(l *line) bool, reseal bool) (string, bool) {
	lines := strings.SplitAfter(text, "\n")
	for i, s := range lines {
		l, whole, _ := readLine([]byte(strings.TrimSuffix(s, "\n")))
		if !whole || !change(&l) {
			continue
		}
		b, err := l.encodeLine()
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
			if l.Kind != "answered" || !bytes.Contains(l.Input, []byte(`"Transaction":"T`)) {
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
		strings.Replace(lines[0], `"format":2`, `"format":3`, 1): "form 3",
	} {
		if _, err := Replay(strings.NewReader(text), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

// A shop that falls over what it is told takes the process with it: the recording still says what it was told.
func TestAFallIsRecordedAndFallsAgain(t *testing.T) {
	tape := &reel{}
	r := &Recorder{Sink: tape}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	s := &sale.Shop{Kiosk: "K1"}
	at := sale.Instant{Mono: time.Second, Trusted: true}
	r.Step(s, at, sale.Awake{History: sale.History{Slots: []sale.SlotState{{Slot: 1, Name: "ware", Fen: 100, Stock: 9}}}})
	r.Step(s, at, sale.Answered{Deed: sale.KindProbe, Answer: sale.Answer{Outcome: sale.OutcomeMissing}})
	fell := func() (why any) {
		defer func() { why = recover() }()
		r.Step(s, at, sale.Pressed{Slot: 1, Draw: "too short"})
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
	r := &Recorder{Sink: tape}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	s := &sale.Shop{Kiosk: "K1"}
	r.recordStep(s, sale.Instant{}, sale.Awake{}, s.Step(sale.Instant{}, sale.Awake{}))
	r.recordStep(s, sale.Instant{Mono: 1}, sale.Tick{}, s.Step(sale.Instant{Mono: time.Hour}, sale.Tick{}))
	r.Flush(t.Context())
	if tape.new.Len() == 0 {
		t.Error("nothing is on the tape")
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
