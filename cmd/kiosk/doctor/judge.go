package doctor

import (
	"fmt"
	"slices"
	"strings"

	"kiosk/sale"
)

// Build names a program: two that were stamped alike still differ in the sum of their bytes.
type Build struct{ Version, Commit, Sum string }

// String is for a person who compares two.
func (b Build) String() string {
	return fmt.Sprintf("%s, commit %s, build %s", b.Version, b.Commit, b.Sum)
}

// judgeStatus lists what is wrong with a kiosk that a new version can have brought about.
func (p *Probe) judgeStatus(s *Status) []Finding {
	running := Build{s.Version, s.Commit, s.Build}
	if running != p.Own {
		return []Finding{{Part: "kiosk", Verdict: Fail, Text: fmt.Sprintf("another version is running: %s; this is %s", running, p.Own)}}
	}
	found := []Finding{{Part: "kiosk", Verdict: OK, Text: fmt.Sprintf("%s, at %s for %d s", running, p.Running.Address, s.Uptime)}, s.judgeBeat()}
	for _, part := range []struct{ name, called string }{{"panel", "panel"}, {"scanner", "scan module"}, {"pins", "pins"}} {
		if f, ok := s.judgePart(p.Before, part.name); ok {
			f.Part = part.called
			found = append(found, f)
		}
	}
	return append(found, s.judgeReadiness(p.Before))
}

// judgeBeat: a page that answers proves nothing about the shop.
func (s *Status) judgeBeat() Finding {
	switch {
	case !s.Alive:
		return Finding{Part: "beat", Verdict: Fail, Text: "the shop's own beat has stopped: nobody is served"}
	case len(s.Slots) == 0 && s.Reason("book") == "":
		return Finding{Part: "beat", Verdict: Fail, Text: "the shop is not awake: it has not read the book yet"}
	}
	return Finding{Part: "beat", Verdict: OK, Text: "the shop takes its steps"}
}

// judgePart forgives what was amiss before, and holds a part to answering if it answered before.
func (s *Status) judgePart(before *Status, name string) (Finding, bool) {
	now, there := s.findPart(name)
	if !there {
		return Finding{}, false
	}
	var faulty, answered bool
	if before != nil {
		old, _ := before.findPart(name)
		faulty, answered = old.Fault != "" || before.Reason(name) != "", old.Answers
	}
	switch {
	case now.Fault != "" && faulty:
		return Finding{Part: "", Verdict: Warn, Text: now.Fault + ", as before"}, true
	case now.Fault != "":
		return Finding{Part: "", Verdict: Fail, Text: now.Fault}, true
	case answered && !now.Answers:
		return Finding{Part: "", Verdict: Fail, Text: now.Text + "; it answered before"}, true
	case name == "scanner" && !now.Answers && strings.Contains(now.Text, ", but "):
		return Finding{Part: "", Verdict: Warn, Text: now.Text}, true
	}
	return Finding{Part: "", Verdict: OK, Text: now.Text}, true
}

// notCausedByUpdate lists the reasons not to sell that a new version cannot have caused: they are the network's, the
// shelf's, the customers' or a technician's.
var notCausedByUpdate = []string{sale.NotReadyStarting, sale.NotReadyOffline, sale.NotReadyClock, sale.NotReadyMaintenance,
	sale.NotReadyDoor, sale.NotReadyBusy, sale.NotReadyEmpty, sale.NotReadyStopped}

// newFaults are the slots that sold before and are set aside now: a shelf that was well does not empty itself, and
// a light barrier that this version cannot read looks like goods in the chute.
func (s *Status) newFaults(before *Status) (slots []string) {
	if before == nil {
		return nil
	}
	for _, now := range s.Slots {
		for _, was := range before.Slots {
			if was.Number == now.Number && was.Fault == "" && now.Fault != "" && now.Fault != sale.NotReadyEmpty && now.Fault != sale.FaultOffSale {
				slots = append(slots, fmt.Sprintf("slot %d is %s", now.Number, now.Fault))
			}
		}
	}
	return slots
}

// judgedAbove names the reasons that have a line of their own in the report.
var judgedAbove = map[string]string{"beat": "the beat", "panel": "the panel", "scanner": "the scan module"}

// judgeReadiness fails only for a reason that is new since before and that an update can cause.
func (s *Status) judgeReadiness(before *Status) Finding {
	f := Finding{Part: "ready", Verdict: OK, Text: "it sells"}
	var told []string // every reason, forgiven or not
	fresh := s.newFaults(before)
	for _, w := range s.Why {
		old := before != nil && before.Reason(w.Code) != ""
		switch {
		case judgedAbove[w.Code] != "":
			told = append(told, "see "+judgedAbove[w.Code])
		case w.Code == sale.NotReadyEmpty && len(fresh) > 0:
			f.Verdict = Fail
			told = append(told, strings.Join(fresh, ", ")+", which sold before")
		case slices.Contains(notCausedByUpdate, w.Code):
			told = append(told, w.Text+", which no version brings")
		case old:
			told = append(told, w.Text+", as before")
		default:
			f.Verdict = Fail
			told = append(told, w.Text)
		}
	}
	if !s.Ready {
		if f.Verdict != Fail {
			f.Verdict = Warn
		}
		f.Text = "does not sell: " + strings.Join(told, "; ")
	}
	return f
}
