package status

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
)

// fillMachine is what is told of the kiosk itself.
func (l *viewModel) fillMachine(p *Page, d statusDocument, s sale.Snapshot) {
	l.fillWaits(p.Waits)
	l.fillParts(p.Parts, d, s)
	l.Sparks = p.boardHistory.drawSparks(l.Lang)
	l.Board = l.describeBoard(&d.Board)
	l.fillNetwork(maskNetwork(p.Network, l.SeesAll), d)
	l.Machine = l.describeVersions(p, d, s)
}

func (l *viewModel) fillWaits(waits func() []Wait) {
	if waits == nil {
		return
	}
	for _, n := range waits() {
		if n.Count > 0 {
			l.Waits = append(l.Waits, waitView{l.T(n.Key), shortDuration(n.P50), shortDuration(n.P95), n.Count})
		}
	}
}

// shortDuration is a wait in the unit one thinks of it in.
func shortDuration(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

// fillParts tells of what hangs on the board: what the shop complains of, and what is well.
func (l *viewModel) fillParts(has []string, d statusDocument, s sale.Snapshot) {
	if len(has) == 0 {
		has = []string{"panel", "keys"}
	}
	ill := map[string]string{}
	for _, w := range d.Why {
		ill[w.Code] = w.Text
	}
	for _, part := range has {
		f := fact{wordFor(words.Parts, part, l.Lang), l.T("part+"), good}
		if r, known := words.Reasons[part]; ill[part] != "" && known {
			f.Text, f.Mark = r.What.in(l.Lang), bad
		} else if ill[part] != "" {
			f.Text, f.Mark = ill[part], bad
		}
		l.Parts = append(l.Parts, f)
	}
	beam := fact{l.T("beam"), l.T("beam+"), good}
	for _, w := range s.Products {
		if w.Fault == sale.FaultBlocked {
			beam.Text, beam.Mark = l.T("beam-")+" "+strconv.Itoa(int(w.Slot)), bad
		}
	}
	l.Parts = append(l.Parts, beam)
	for _, m := range measures {
		if m.part {
			l.Parts = append(l.Parts, m.describe(&d.Board, l.Lang)...)
		}
	}
}

// describeBoard tells the board's figures in words and units.
func (l viewModel) describeBoard(figures *sale.Facts) (out []fact) {
	for _, m := range measures {
		inSparks := m.what == freeMemory && len(l.Sparks) > 0 // its line tells it
		if !m.part && !inSparks {
			out = append(out, m.describe(figures, l.Lang)...)
		}
	}
	return out
}

func (l *viewModel) fillNetwork(ask func() []NetworkFact, d statusDocument) {
	if ask != nil {
		for _, n := range ask() {
			f := fact{Name: strings.TrimSpace(wordFor(words.Network, n.Kind, l.Lang) + " " + n.Name), Text: n.Text, Mark: good}
			switch {
			case n.Kind == NetPage:
				f.Mark = ""
			case !n.Up && n.Kind == NetInterface:
				f.Mark, f.Text = calm, strings.TrimSpace(l.T("net.down")+" "+n.Text)
			case !n.Up:
				f.Mark, f.Text = bad, strings.TrimSpace(n.Text+" "+l.T("net.silent"))
			}
			l.Network = append(l.Network, f)
		}
	}
	c := l.answerCloud(d)
	l.Network = append(l.Network, fact{l.T("net.cloud"), strings.TrimSpace(c.Title + " " + c.Small), c.Mark})
	if far, mark := l.describeSkew(d.Clock.Skew); far != "" {
		l.Network = append(l.Network, fact{l.T("skew"), far, mark})
	}
}

// describeVersions is what runs here and since when, and what the shop counts.
func (l viewModel) describeVersions(p *Page, d statusDocument, s sale.Snapshot) []fact {
	out := []fact{{Name: l.T("version"), Text: p.Version}}
	if !p.Installed.IsZero() {
		out = append(out, fact{Name: l.T("installed"), Text: p.Installed.In(beijing).Format("2006-01-02 15:04")})
	}
	if p.Built != "" {
		out = append(out, fact{Name: l.T("built"), Text: p.Built})
	}
	trusted := fact{l.T("clock"), l.T("clock+"), good}
	if !s.Clock {
		trusted.Text, trusted.Mark = l.T("clock-"), bad
	}
	if far, mark := l.describeSkew(d.Clock.Skew); far != "" {
		trusted.Text += " · " + far
		if trusted.Mark == good {
			trusted.Mark = mark
		}
	}
	out = append(out, trusted)
	if h := d.Head; h != nil {
		out = append(out, fact{Name: l.T("head"), Text: fmt.Sprintf(l.T("head.at"), h.Line, h.Seal, sale.When(time.Time(h.At)))})
	}
	if s.Doubts.Count > 0 {
		out = append(out, fact{l.T("doubts"), fmt.Sprintf("%d / 3", s.Doubts.Count), warn})
	}
	if s.Alarms > 0 {
		out = append(out, fact{l.T("alarms"), strconv.Itoa(s.Alarms), warn})
	}
	for _, k := range slices.Sorted(maps.Keys(s.Strays)) {
		state, event, _ := strings.Cut(k, " ")
		name := wordFor(words.States, state, l.Lang) + " · " + wordFor(words.Events, event, l.Lang)
		out = append(out, fact{l.T("strays"), fmt.Sprintf("%s × %d", name, s.Strays[k]), warn})
	}
	return append(out, l.describeNotices(d.Notices)...)
}

const fewActs = 20 // a whole visit

// fillActs tells what technicians did, and what rang.
func (l *viewModel) fillActs(ctx context.Context, p *Page) {
	if p.Acts == nil {
		return
	}
	many := fewActs
	if l.SignedIn != "" {
		many = manyActs
	}
	lines, err := p.Acts(ctx, many)
	if err != nil {
		return
	}
	l.ActsKnown, l.Full = true, largestFill(lines)
	for _, a := range lines[:min(len(lines), fewActs)] {
		text, lang := describeAlarm(a, l.Lang)
		d := actView{sale.When(a.At), wordFor(words.Alarms, a.Kind, l.Lang), text, lang, a.Slot}
		if a.Kind == sale.AlarmService && a.No != "" {
			d.Text += " · " + string(a.No)
		}
		l.Acts = append(l.Acts, d)
	}
}

const (
	apartQuiet = 2  // seconds that a whole-second Date and the way of an answer explain
	apartMuch  = 60 // from here on the wall is not believed
)

// describeSkew says how far our clock is from the gateway's, if that was heard.
func (l viewModel) describeSkew(skew *int64) (text, mark string) {
	if skew == nil {
		return "", ""
	}
	way, s, mark := "ahead", *skew, good
	if s < 0 {
		way, s = "behind", -s
	}
	switch {
	case s <= apartQuiet:
		return l.T("clock="), good
	case s >= apartMuch:
		way, mark = way+"!", warn
	}
	return fmt.Sprintf(l.T("clock."+way), sale.Span(time.Duration(s)*time.Second).In(l.Lang)), mark
}

// describeNotices tells of the notices: how many were good, and every check that any has failed.
func (l viewModel) describeNotices(counts map[string]int) (out []fact) {
	if counts == nil {
		return nil
	}
	out = []fact{{Name: l.T("notices.good"), Text: countText(counts["good"])}}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if counts[name] > 0 && name != "good" {
			out = append(out, fact{Name: l.T("notices.bad") + " · " + wordFor(words.Notices, name, l.Lang), Text: countText(counts[name])})
		}
	}
	return out
}

// NoticeWord is what the page calls a check that a notice may fail.
func NoticeWord(check, lang string) string { return wordFor(words.Notices, check, lang) }
