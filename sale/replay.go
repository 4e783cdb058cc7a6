package sale

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Replayed is what a replay came to.
type Replayed struct {
	Steps, Lives int
	Lost         int      // steps the recorder had no room for
	Torn         int      // lines that a crash or a power cut tore
	Programs     []string // who recorded it
	Fell         string   // why the last shop fell over its last step, as it did then
}

// Difference is where a replay and its recording part.
type Difference struct {
	Step, Life, Line int
	At               Instant
	Input            string
	Want, Got        string
}

func (d *Difference) Error() string {
	return fmt.Sprintf("step %d (line %d, life %d, %s, %v after the start): %s\n  recorded: %s\n  replayed: %s",
		d.Step, d.Line, d.Life, d.At.Wall.Format(time.RFC3339), d.At.Mono, d.Input, d.Want, d.Got)
}

// player does a recording again.
type player struct {
	Replayed
	saw  func(Instant, View)
	shop *Shop
	user Setup
	n    int // the number of the last step
	line int
	torn bool // the line before could not be read
}

const scanMost = 2 * lineMost

// Replay does again what a recording holds, in new shops, and compares every deed and every view. The error is
// a *Difference where the two part. saw is told each view as it is shown; it may be nil.
func Replay(r io.Reader, saw func(Instant, View)) (Replayed, error) {
	if saw == nil {
		saw = func(Instant, View) {}
	}
	p := player{saw: saw}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), scanMost)
	for lines.Scan() {
		p.line++
		if len(lines.Bytes()) == 0 {
			continue
		}
		if err := p.take(lines.Bytes()); err != nil {
			return p.Replayed, err
		}
	}
	if err := lines.Err(); err != nil {
		return p.Replayed, fmt.Errorf("reading the recording after line %d: %w", p.line, err)
	}
	if p.Steps == 0 {
		return p.Replayed, errors.New("the recording holds no step")
	}
	return p.Replayed, nil
}

func (p *player) take(b []byte) error {
	l, sealed, err := readLine(b)
	if err != nil { // the last one before a crash may be
		p.torn = true
		p.Torn++
		return nil
	}
	if p.torn && l.Begin == "" {
		return fmt.Errorf("line %d of the recording cannot be read", p.line-1)
	}
	p.torn = false
	switch {
	case l.Begin != "":
		err = p.begin(&l)
	case p.shop == nil:
		err = fmt.Errorf("line %d of the recording does not say what the shop knew before it", p.line)
	case l.Aside != nil:
		p.saw(l.instant(), *l.Aside)
	case l.N != p.n+1:
		err = fmt.Errorf("line %d of the recording: %d steps before it are missing", p.line, l.N-p.n-1)
	default:
		err = p.step(&l)
	}
	if err == nil && !sealed {
		return p.differs(&l, "another line: its seal is broken", "as this line now says: it was changed since it was recorded")
	}
	return err
}

// begin takes up a new shop, or what one remembered.
func (p *player) begin(l *line) error {
	if l.Format != scriptFormat {
		return fmt.Errorf("line %d of the recording is of form %d, and this program replays form %d: take the kiosk %q that recorded it",
			p.line, l.Format, scriptFormat, l.Program)
	}
	if l.Setup == nil {
		return fmt.Errorf("line %d of the recording does not say for which kiosk it is", p.line)
	}
	p.Lost += l.Lost
	if !slices.Contains(p.Programs, l.Program) {
		p.Programs = append(p.Programs, l.Program)
	}
	if l.Begin == beginAwake || p.shop == nil {
		p.Lives++
	}
	last := p.shop
	p.shop, p.user = l.Setup.shop(), *l.Setup
	if l.Begin == beginAwake {
		return p.step(l)
	}
	if err := hold(l.Memory, p.shop); err != nil {
		return fmt.Errorf("line %d of the recording: taking up what the shop knew: %w", p.line, err)
	}
	if last != nil && l.N == p.n {
		return p.same(l, last)
	}
	p.n = l.N
	return nil
}

// same compares what the shop knows with what the recorded one knew at that moment.
func (p *player) same(l *line, last *Shop) error {
	want, err := lean{}.text(p.shop)
	if err != nil {
		return err
	}
	got, err := lean{}.text(last)
	if err != nil {
		return err
	}
	if !bytes.Equal(want, got) {
		i := 0
		for i < min(len(want), len(got)) && want[i] == got[i] {
			i++
		}
		from := max(i-40, 0)
		return p.differs(l, "the shop knew …"+clip(want[from:]), "the shop knows …"+clip(got[from:]))
	}
	return nil
}

func clip(b []byte) string {
	const most = 160
	if len(b) > most {
		return string(b[:most]) + "…"
	}
	return string(b)
}

func (p *player) step(l *line) (err error) {
	in, err := l.input()
	if err != nil {
		return fmt.Errorf("line %d of the recording: reading its input: %w", p.line, err)
	}
	p.n = l.N
	p.Steps++
	deeds, fell := p.ask(l.instant(), in)
	switch {
	case fell == l.Fell && fell != "":
		p.shop, p.Fell = nil, fell
		return nil
	case fell != "":
		return p.differs(l, cmp.Or(l.Fell, l.Deeds), "the shop fell over it: "+fell)
	case l.Fell != "":
		return p.differs(l, "the shop fell over it: "+l.Fell, telling(l.Mono, deeds))
	}
	sum, err := lean{}.digest(deeds)
	if err != nil {
		return err
	}
	if sum != l.Digest {
		got := telling(l.Mono, deeds)
		if got == l.Deeds {
			got += " (the same words; the rest of it differs: " + clip(details(deeds)) + ")"
		}
		return p.differs(l, l.Deeds, got)
	}
	for _, d := range deeds {
		if show, ok := d.(Show); ok {
			p.saw(l.instant(), show.View)
		}
	}
	return nil
}

// ask lets the shop take the step. A shop that falls over what it is told is a finding, not the end of the replay.
func (p *player) ask(at Instant, in Input) (deeds []Deed, fell string) {
	defer func() {
		if r := recover(); r != nil {
			fell = veil(fmt.Sprint(r))
		}
	}()
	return p.shop.Step(at, in), ""
}

func details(deeds []Deed) []byte {
	b, _ := lean{}.text(deeds)
	return b
}

func (p *player) differs(l *line, want, got string) error {
	text := l.Kind + " " + clip(l.Input)
	if l.Kind == "" {
		text = l.Begin
	}
	return &Difference{p.Steps, p.Lives, p.line, l.instant(), text, want, got}
}
