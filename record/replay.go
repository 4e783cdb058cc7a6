package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"kiosk/sale"
)

// Replayed is the outcome of a replay.
type Replayed struct {
	Steps, Lives int
	Lost         int      // steps for which the recorder had no room
	Torn         int      // lines that a crash or a power cut tore
	Programs     []string // who recorded it
	Fell         string   // why the last shop panicked in its last step, as it did then
}

// Difference is where a replay and its recording part.
type Difference struct {
	Step, Life, Line int
	At               sale.Instant
	Input            string
	Want, Got        string
}

func (d *Difference) Error() string {
	return fmt.Sprintf("step %d (line %d, life %d, %s, %v after the start): %s\n  recorded: %s\n  replayed: %s",
		d.Step, d.Line, d.Life, d.At.Wall.Format(time.RFC3339), d.At.Mono, d.Input, d.Want, d.Got)
}

// player replays a recording, line by line.
type player struct {
	Replayed
	saw  func(sale.Instant, sale.View)
	shop *sale.Shop
	n    int // the number of the last step
	line int
	torn bool // the line before could not be read
}

// Replay gives a recording to new shops and compares every deed and every view. The error is a *Difference at the
// first that differs. saw is given each view as it is shown; it may be nil.
func Replay(r io.Reader, saw func(sale.Instant, sale.View)) (Replayed, error) {
	if saw == nil {
		saw = func(sale.Instant, sale.View) {}
	}
	p := player{saw: saw}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), 2*maxLine)
	for lines.Scan() {
		p.line++
		if err := p.playLine(lines.Bytes()); err != nil {
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

// playLine plays what a line says before it looks at the seal: a difference says more than a broken seal.
func (p *player) playLine(b []byte) error {
	l, whole, sealed := readLine(b)
	if l.Begin != "" && l.Format != format {
		return fmt.Errorf("line %d of the recording is of form %d, and this program replays form %d: take the kiosk %q that recorded it",
			p.line, l.Format, format, l.Program)
	}
	if !whole { // a crash may tear the last line before a beginning, or the last of all
		p.torn = true
		p.Torn++
		return nil
	}
	if p.torn && l.Begin == "" {
		return fmt.Errorf("line %d of the recording cannot be read", p.line-1)
	}
	p.torn = false
	var err error
	switch {
	case l.Begin != "":
		err = p.beginShop(&l)
	case p.shop == nil:
		err = fmt.Errorf("line %d of the recording does not say what the shop knew before it", p.line)
	case l.Aside != nil:
		p.saw(l.Instant, *l.Aside)
	case l.N != p.n+1:
		err = fmt.Errorf("line %d of the recording: %d steps before it are missing", p.line, l.N-p.n-1)
	default:
		err = p.playStep(&l)
	}
	if err == nil && !sealed {
		return p.newDifference(&l, "another line: its seal is broken", "as this line now says: it was changed since it was recorded")
	}
	return err
}

// beginShop starts a new shop, or one with the state of another.
func (p *player) beginShop(l *line) error {
	if l.Shop == nil || l.Begin != beginAwake && l.State == nil {
		return fmt.Errorf("line %d of the recording does not say for which kiosk it is, or what that knew", p.line)
	}
	p.Lost += l.Lost
	if !slices.Contains(p.Programs, l.Program) {
		p.Programs = append(p.Programs, l.Program)
	}
	if l.Begin == beginAwake || p.shop == nil {
		p.Lives++
	}
	last := p.shop
	p.shop = l.Shop
	if l.Begin == beginAwake {
		return p.playStep(l)
	}
	p.shop.Restore(*l.State)
	if last != nil && l.N == p.n {
		return p.compareStates(l, last)
	}
	p.n = l.N
	return nil
}

// compareStates compares what the replayed shop remembers with what the recorded one did at that moment.
func (p *player) compareStates(l *line, last *sale.Shop) error {
	want, err := json.Marshal(p.shop.State())
	got, bad := json.Marshal(last.State())
	if err != nil || bad != nil || bytes.Equal(want, got) {
		return errors.Join(err, bad)
	}
	i := 0
	for i < min(len(want), len(got)) && want[i] == got[i] {
		i++
	}
	from := max(i-40, 0)
	return p.newDifference(l, "the shop knew …"+clipText(want[from:]), "the shop knows …"+clipText(got[from:]))
}

func clipText(b []byte) string {
	const most = 160
	if len(b) > most {
		return string(b[:most]) + "…"
	}
	return string(b)
}

// playStep gives a shop its next input. A panic of the shop is a finding, not the end of the replay.
func (p *player) playStep(l *line) error {
	read, ok := kinds[l.Kind]
	if !ok {
		return fmt.Errorf("line %d of the recording: reading its input: %q is no input that this program knows", p.line, l.Kind)
	}
	in, err := read(l.Input)
	if err != nil {
		return fmt.Errorf("line %d of the recording: reading its input: %w", p.line, err)
	}
	p.n = l.N
	p.Steps++
	deeds, fell := p.tryStep(l.Instant, in)
	if fell != l.Fell || digestDeeds(deeds) != l.Digest {
		return p.newDifference(l, tellOutcome(l.Deeds, l.Fell), tellOutcome(summarizeDeeds(l.Mono, deeds), fell), deeds...)
	}
	if fell != "" {
		p.shop, p.Fell = nil, fell
	}
	for _, d := range deeds {
		if show, ok := d.(sale.Show); ok {
			p.saw(l.Instant, show.View)
		}
	}
	return nil
}

func tellOutcome(deeds, fell string) string {
	if fell != "" {
		return "the shop fell over it: " + fell
	}
	return deeds
}

func (p *player) tryStep(at sale.Instant, in sale.Input) (deeds []sale.Deed, fell string) {
	defer func() {
		if r := recover(); r != nil {
			fell = sale.Redact(fmt.Sprint(r))
		}
	}()
	return p.shop.Step(at, in), ""
}

// newDifference names the step. If the words are the same, it adds the deeds to their last field.
func (p *player) newDifference(l *line, want, got string, deeds ...sale.Deed) error {
	text := l.Kind + " " + clipText(l.Input)
	if l.Kind == "" {
		text = l.Begin
	}
	if want == got {
		details, _ := json.Marshal(deeds)
		got += " (the same words; the rest of it differs: " + clipText(details) + ")"
	}
	return &Difference{p.Steps, p.Lives, p.line, l.Instant, text, want, got}
}
