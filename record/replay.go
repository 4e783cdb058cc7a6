package record

import (
	"bufio"
	"bytes"
	"cmp"
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

// Difference is the first point at which a replay differs from its recording.
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

const maxScan = 2 * maxLine

// Replay gives a recording to new shops and compares every deed and every view. The error is a *Difference at the
// first that differs. saw is given each view as it is shown; it may be nil.
func Replay(r io.Reader, saw func(sale.Instant, sale.View)) (Replayed, error) {
	if saw == nil {
		saw = func(sale.Instant, sale.View) {}
	}
	p := player{saw: saw}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxScan)
	for lines.Scan() {
		p.line++
		if len(lines.Bytes()) == 0 {
			continue
		}
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

// playLine takes one line. Lines may be missing only before a point at which a replay can begin.
func (p *player) playLine(b []byte) error {
	l, sealed, err := readLine(b)
	if err != nil { // a crash may tear the last line before it
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
		err = p.beginShop(&l)
	case p.shop == nil:
		err = fmt.Errorf("line %d of the recording does not say what the shop knew before it", p.line)
	case l.Aside != nil:
		p.saw(l.instant(), *l.Aside)
	case l.N != p.n+1:
		err = fmt.Errorf("line %d of the recording: %d steps before it are missing", p.line, l.N-p.n-1)
	default:
		err = p.playStep(&l)
	}
	if err == nil && !sealed {
		return p.differs(&l, "another line: its seal is broken", "as this line now says: it was changed since it was recorded")
	}
	return err
}

// beginShop starts a new shop, or one with the state of another.
func (p *player) beginShop(l *line) error {
	if l.Format != format {
		return fmt.Errorf("line %d of the recording is of form %d, and this program replays form %d: take the kiosk %q that recorded it",
			p.line, l.Format, format, l.Program)
	}
	if l.Shop == nil {
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
	p.shop = l.Shop
	if l.Begin == beginAwake {
		return p.playStep(l)
	}
	if err := restoreState(p.shop, l.State); err != nil {
		return fmt.Errorf("line %d of the recording: taking up what the shop knew: %w", p.line, err)
	}
	if last != nil && l.N == p.n {
		return p.compareStates(l, last)
	}
	p.n = l.N
	return nil
}

// restoreState refuses a state with members that a shop of this program does not have.
func restoreState(s *sale.Shop, text json.RawMessage) error {
	var state sale.ShopState
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&state); err != nil {
		return err
	}
	s.Restore(state)
	return nil
}

// compareStates compares what the replayed shop remembers with what the recorded one did at that moment.
func (p *player) compareStates(l *line, last *sale.Shop) error {
	want, err := compactJSON(p.shop.State(), nil)
	if err != nil {
		return err
	}
	got, err := compactJSON(last.State(), nil)
	if err != nil || bytes.Equal(want, got) {
		return err
	}
	i := 0
	for i < min(len(want), len(got)) && want[i] == got[i] {
		i++
	}
	from := max(i-40, 0)
	return p.differs(l, "the shop knew …"+clipText(want[from:]), "the shop knows …"+clipText(got[from:]))
}

func clipText(b []byte) string {
	const most = 160
	if len(b) > most {
		return string(b[:most]) + "…"
	}
	return string(b)
}

// playStep gives a recorded input to the shop. A panic is as it should be if the recorded shop panicked in the same words.
func (p *player) playStep(l *line) error {
	in, err := l.input()
	if err != nil {
		return fmt.Errorf("line %d of the recording: reading its input: %w", p.line, err)
	}
	p.n = l.N
	p.Steps++
	deeds, fell := p.tryStep(l.instant(), in)
	switch {
	case fell == l.Fell && fell != "":
		p.shop, p.Fell = nil, fell
		return nil
	case fell != "":
		return p.differs(l, cmp.Or(l.Fell, l.Deeds), "the shop fell over it: "+fell)
	case l.Fell != "":
		return p.differs(l, "the shop fell over it: "+l.Fell, summarizeDeeds(l.Mono, deeds))
	}
	return p.compareDeeds(l, deeds)
}

// compareDeeds hands on the views among the deeds if all are as they were recorded.
func (p *player) compareDeeds(l *line, deeds []sale.Deed) error {
	sum, err := digestDeeds(deeds, nil)
	if err != nil {
		return err
	}
	if sum != l.Digest {
		got := summarizeDeeds(l.Mono, deeds)
		if got == l.Deeds {
			details, _ := json.Marshal(deeds)
			got += " (the same words; the rest of it differs: " + clipText(details) + ")"
		}
		return p.differs(l, l.Deeds, got)
	}
	for _, d := range deeds {
		if show, ok := d.(sale.Show); ok {
			p.saw(l.instant(), show.View)
		}
	}
	return nil
}

// tryStep lets the shop take the step. A panic of the shop is a finding, not the end of the replay.
func (p *player) tryStep(at sale.Instant, in sale.Input) (deeds []sale.Deed, fell string) {
	defer func() {
		if r := recover(); r != nil {
			fell = sale.Redact(fmt.Sprint(r))
		}
	}()
	return p.shop.Step(at, in), ""
}

func (p *player) differs(l *line, want, got string) error {
	text := l.Kind + " " + clipText(l.Input)
	if l.Kind == "" {
		text = l.Begin
	}
	return &Difference{p.Steps, p.Lives, p.line, l.instant(), text, want, got}
}
