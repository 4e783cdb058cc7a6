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

// The kinds of what is known of the network.
const (
	NetInterface = "interface" // Name: wlan0; Text: its addresses
	NetRouter    = "router"    // Text: its address; Up: it answered lately
	NetPage      = "page"      // Text: where a browser finds this page
)

// NetworkFact is one thing known of the network the kiosk is on.
type NetworkFact struct {
	Kind, Name, Text string
	Up               bool
}

type (
	waited struct {
		Name, P50, P95 string
		Count          uint64
	}
	deed struct {
		At, Kind, Text, Lang string
		Slot                 sale.Slot
	}
)

// machine is what is told of the kiosk itself.
func (l *leaf) machine(p *Page, d document, s sale.Snapshot) {
	l.waits(p.Latencies)
	l.parts(p.Parts, d, s)
	l.Sparks = p.history.sparks(l.Lang)
	l.Board = l.board(&d.Board)
	l.network(p.Network, d)
	l.Machine = l.versions(p, d, s)
}

func (l *leaf) waits(m *Latencies) {
	for kind, key := range []string{TapToQR: "tap-qr", PaidToMotor: "paid-motor", MotorToDrop: "motor-drop"} {
		if n := m.Lately(Latency(kind)); n.Count > 0 {
			l.Waits = append(l.Waits, waited{l.T(key), brief(n.P50), brief(n.P95), n.Count})
		}
	}
}

// brief is a wait in the unit one thinks of it in.
func brief(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

// parts tells of what hangs on the board: what the shop complains of, and what is well.
func (l *leaf) parts(has []string, d document, s sale.Snapshot) {
	if len(has) == 0 {
		has = []string{"panel", "keys"}
	}
	ill := map[string]string{}
	for _, w := range d.Why {
		ill[w.Code] = w.Text
	}
	for _, part := range has {
		f := fact{say(partWords, part, l.Lang), l.T("part+"), good}
		if r, known := reasons[part]; ill[part] != "" && known {
			f.Text, f.Mark = r.what.in(l.Lang), bad
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
			l.Parts = append(l.Parts, m.fact(&d.Board, l.Lang)...)
		}
	}
}

// board tells the board's figures in words and units.
func (l leaf) board(figures *sale.Facts) (out []fact) {
	for _, m := range measures {
		inSparks := m.what == freeMemory && len(l.Sparks) > 0 // its line tells it
		if !m.part && !inSparks {
			out = append(out, m.fact(figures, l.Lang)...)
		}
	}
	return out
}

func (l *leaf) network(ask func() []NetworkFact, d document) {
	if ask != nil {
		for _, n := range ask() {
			f := fact{Name: strings.TrimSpace(say(netWords, n.Kind, l.Lang) + " " + n.Name), Text: n.Text, Mark: good}
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
	c := l.cloud(d)
	l.Network = append(l.Network, fact{l.T("net.cloud"), strings.TrimSpace(c.Title + " " + c.Small), c.Mark})
	if far, mark := l.apart(d.Clock.Skew); far != "" {
		l.Network = append(l.Network, fact{l.T("skew"), far, mark})
	}
}

// versions is what runs here and since when, and what the shop counts.
func (l leaf) versions(p *Page, d document, s sale.Snapshot) []fact {
	out := []fact{{Name: l.T("version"), Text: p.Version}}
	if !p.Installed.IsZero() {
		out = append(out, fact{Name: l.T("installed"), Text: p.Installed.In(beijing).Format("2006-01-02 15:04")})
	}
	if p.Readings != nil {
		if r := p.Readings(); r.Commit != "" {
			out = append(out, fact{Name: l.T("built"), Text: strings.TrimSpace(r.Commit + " " + r.Go)})
		}
	}
	trusted := fact{l.T("clock"), l.T("clock+"), good}
	if !s.Clock {
		trusted.Text, trusted.Mark = l.T("clock-"), bad
	}
	if far, mark := l.apart(d.Clock.Skew); far != "" {
		trusted.Text += " · " + far
		if trusted.Mark == good {
			trusted.Mark = mark
		}
	}
	out = append(out, trusted)
	if s.Doubts.Count > 0 {
		out = append(out, fact{l.T("doubts"), fmt.Sprintf("%d / 3", s.Doubts.Count), warn})
	}
	if s.Alarms > 0 {
		out = append(out, fact{l.T("alarms"), strconv.Itoa(s.Alarms), warn})
	}
	for _, k := range slices.Sorted(maps.Keys(s.Strays)) {
		out = append(out, fact{l.T("strays"), fmt.Sprintf("%s × %d", k, s.Strays[k]), warn})
	}
	return append(out, l.noticed(d.Notices)...)
}

const fewDeeds = 20 // a whole visit

// tellDeeds tells what technicians did, and what rang.
func (l *leaf) tellDeeds(ctx context.Context, p *Page) {
	if p.Deeds == nil {
		return
	}
	many := fewDeeds
	if l.Who != "" {
		many = manyDeeds
	}
	lines, err := p.Deeds(ctx, many)
	if err != nil {
		return
	}
	l.Kept, l.Full = true, fullest(lines)
	for _, a := range lines[:min(len(lines), fewDeeds)] {
		text, lang := describeAlarm(a, l.Lang)
		d := deed{sale.When(a.At), say(alarmWords, a.Kind, l.Lang), text, lang, a.Slot}
		if a.Kind == sale.AlarmService && a.No != "" {
			d.Text += " · " + string(a.No)
		}
		l.Deeds = append(l.Deeds, d)
	}
}

const (
	apartQuiet = 2  // seconds that a whole-second Date and the way of an answer explain
	apartMuch  = 60 // from here on the wall is not believed
)

// apart says how far our clock is from the gateway's, if that was heard.
func (l leaf) apart(skew *int64) (text, mark string) {
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
