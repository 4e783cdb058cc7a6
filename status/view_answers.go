package status

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
)

// answerAll are what a technician asks first: does it run, can it sell, does the gateway answer, is anybody owed.
func (l viewModel) answerAll(d statusDocument, s sale.Snapshot) []statusAnswer {
	cloud := l.answerCloud(d)
	if s.Cloud.Trouble != "" && l.SignedIn != "" { // it may be an unsigned refusal: no stranger reads it
		cloud.Reasons = append(cloud.Reasons, reasonView{Do: l.T("cloud.trouble"), Raw: s.Cloud.Trouble})
	}
	out := []statusAnswer{l.answerAlive(d), l.answerReady(d, s.Refused), cloud, l.answerOwed(s)}
	if a := l.Account; a != nil && a.Mark == bad {
		out = append(out, statusAnswer{Key: "bill", Mark: warn, Title: a.Title, Link: "#account", Reasons: []reasonView{{Do: l.T("bill-.do")}}})
	}
	return out
}

// answerAlive is whether the shop's own beat goes on.
func (l viewModel) answerAlive(d statusDocument) statusAnswer {
	a := statusAnswer{Key: "alive", Mark: good, Title: l.T("alive+"), Small: l.T("up") + " " + sale.Span(time.Duration(d.Uptime)*time.Second).In(l.Lang)}
	if !d.Alive {
		a = statusAnswer{Key: "alive", Mark: bad, Title: l.T("alive-"), Reasons: []reasonView{{Do: l.T("alive.do")}}}
	}
	return a
}

// answerReady names every reason why it cannot, and every slot that does not, each with what to do.
func (l viewModel) answerReady(d statusDocument, refused []sale.OrderRefusal) statusAnswer {
	a := statusAnswer{Key: "sell", Mark: good, Title: l.T("sell+")}
	aside := l.listSlotsAside()
	switch {
	case !d.Ready:
		a.Mark, a.Title = bad, l.T("sell-")
	case len(aside) > 0:
		a.Mark, a.Title = warn, l.T("sell!")
	}
	for _, w := range d.Why {
		a.Reasons = append(a.Reasons, l.describeReason(w))
		if w.Code == sale.NotReadyRefused || w.Code == sale.NotReadyConfig {
			a.Reasons = append(a.Reasons, l.describeRefusals(refused)...)
		}
	}
	a.Reasons = append(a.Reasons, aside...)
	return a
}

// answerCloud is whether the gateway answers, and since when that is so. Silence before the first question is no bad news.
func (l viewModel) answerCloud(d statusDocument) statusAnswer {
	a := statusAnswer{Key: "cloud", Mark: good, Title: l.T("cloud+")}
	since := time.Time(d.Cloud.Since)
	switch {
	case !d.Cloud.Reachable && (since.IsZero() || d.isStarting()):
		a.Mark, a.Title, since = warn, l.T("cloud?"), time.Time{}
	case !d.Cloud.Reachable:
		a.Mark, a.Title, a.Reasons = bad, l.T("cloud-"), []reasonView{{Do: l.T("cloud.do")}}
	}
	if !since.IsZero() {
		a.Small = fmt.Sprintf(l.T("since"), sale.When(since))
	}
	return a
}

// answerOwed is how many customers are owed money that only a person can give back.
func (l viewModel) answerOwed(s sale.Snapshot) statusAnswer {
	a := statusAnswer{Key: "owed", Mark: good, Title: l.T("owed+"), Link: "#open"}
	switch n := len(s.Stalled); {
	case s.Owed > 0:
		a.Mark, a.Title, a.Reasons = bad, fmt.Sprintf(l.T("owed"), s.Owed), []reasonView{{Do: l.T("owed.do")}}
	case n > 0:
		a.Mark, a.Title = warn, fmt.Sprintf(l.T("look"), n)
	case s.Open > 0:
		a.Small = l.T("owed.open") + ": " + strconv.Itoa(s.Open)
	}
	a.Reasons = append(a.Reasons, l.describeStalls(s.Stalled)...)
	return a
}

// mostStalls is how many orders the answer names that want a look.
const mostStalls = 5

// describeStalls names the orders that are not owed and want a person's look. A stranger reads no more than how many there are.
func (l viewModel) describeStalls(stalled []sale.Stall) (out []reasonView) {
	if !l.SeesAll {
		return nil
	}
	for _, s := range stalled[:min(len(stalled), mostStalls)] {
		out = append(out, reasonView{What: wordFor(words.Causes, s.Why, l.Lang), Do: l.T("look.do"), Raw: string(s.No)})
	}
	return out
}

// selfExplaining are the words.Reasons whose own text says nothing beside the words for them.
var selfExplaining = []string{sale.NotReadyStarting, sale.NotReadyConfig, sale.NotReadyOffline, sale.NotReadyClock, sale.NotReadyEmpty, sale.NotReadyRefused, sale.NotReadyStopped, sale.NotReadyBusy, "beat"}

// describeReason says a code of /readyz in words, with what hands can do about it. The shop's own text stands beside, unless
// it adds nothing.
func (l viewModel) describeReason(w sale.Why) reasonView {
	known, ok := words.Reasons[w.Code]
	if !ok {
		return reasonView{What: w.Code, Raw: w.Text}
	}
	t := reasonView{known.What.in(l.Lang), known.Do.in(l.Lang), w.Text}
	switch {
	case slices.Contains(selfExplaining, w.Code), !l.SeesAll: // a stranger has the words, and nobody's name
		t.Raw = ""
	case w.Code == sale.NotReadyMaintenance && l.Maintenance != "":
		t.What, t.Raw = t.What+" · "+describePerson(l.Maintenance, l.Lang), "" // who began it
	}
	return t
}

// describeRefusals says what the gateway refuses orders with. No stranger reads a text that nobody signed.
func (l viewModel) describeRefusals(refused []sale.OrderRefusal) (out []reasonView) {
	for _, r := range refused {
		if l.SignedIn == "" {
			r.Unsigned = ""
		}
		out = append(out, reasonView{Do: RefusalWords(r).In(l.Lang)})
	}
	return out
}

// listSlotsAside lists the slots that do not sell: each that needs hands, and the sold out ones together.
func (l viewModel) listSlotsAside() (out []reasonView) {
	var empty []string
	for _, s := range l.Slots {
		switch {
		case s.Mark == bad, s.Off:
			do, ok := words.FaultRemedies[s.Fault]
			switch {
			case !ok:
				do = words.FaultRemedies[sale.FaultUnknown]
			case s.Aside && s.Fault == sale.FaultBlocked:
				do = words.FaultRemedies[setAside]
			}
			out = append(out, reasonView{What: l.T("slot") + " " + strconv.Itoa(int(s.Number)) + " · " + s.Says, Do: do.in(l.Lang)})
		case s.Stock <= 0:
			empty = append(empty, strconv.Itoa(int(s.Number)))
		}
	}
	if len(empty) > 0 {
		out = append(out, reasonView{What: l.T("slot") + " " + strings.Join(empty, ", ") + " · " + l.T("empty"), Do: l.T("empty.do")})
	}
	return out
}
