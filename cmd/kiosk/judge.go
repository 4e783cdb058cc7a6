package main

import (
	"fmt"
	"slices"
	"strings"

	"kiosk/sale"
)

// judge says what is wrong with a kiosk that a new version can have brought about.
func (s *seen) judge(before *seen, address string) []finding {
	own := builtFrom()
	named := func(version, commit, build string) string {
		return fmt.Sprintf("%s, commit %s, build %s", version, commit, build)
	}
	is := finding{"kiosk", isOK, fmt.Sprintf("%s, at %s for %d s", named(s.Version, s.Commit, s.Build), address, s.Uptime)}
	if s.Version != own["version"] || s.Commit != own["commit"] || s.Build != thisBuild() {
		return []finding{{"kiosk", isFail, fmt.Sprintf("another version is running: %s; this is %s",
			named(s.Version, s.Commit, s.Build), named(own["version"], own["commit"], thisBuild()))}}
	}
	beat := finding{"beat", isOK, "the shop takes its steps"}
	switch {
	case !s.Alive:
		beat = finding{"beat", isFail, "the shop's own beat has stopped: nobody is served"}
	case len(s.Slots) == 0 && s.why("book") == "":
		beat = finding{"beat", isFail, "the shop is not awake: it has not read the book yet"}
	}
	found := []finding{is, beat}
	for _, p := range []struct{ name, called string }{{"panel", "panel"}, {"scanner", "scan module"}, {"pins", "pins"}} {
		if f, ok := s.judgePart(before, p.name); ok {
			f.Part = p.called
			found = append(found, f)
		}
	}
	return append(found, s.judgeReady(before))
}

// judgePart: what was amiss before is not this version's fault; what answered before must still.
func (s *seen) judgePart(before *seen, name string) (finding, bool) {
	now, there := s.part(name)
	if !there {
		return finding{}, false
	}
	var was, answered bool
	if before != nil {
		old, _ := before.part(name)
		was, answered = old.Fault != "" || before.why(name) != "", old.Answers
	}
	switch {
	case now.Fault != "" && was:
		return finding{"", isWarn, now.Fault + ", as before"}, true
	case now.Fault != "":
		return finding{"", isFail, now.Fault}, true
	case answered && !now.Answers:
		return finding{"", isFail, now.Text + "; it answered before"}, true
	case name == "scanner" && !now.Answers && strings.Contains(now.Text, ", but "):
		return finding{"", isWarn, now.Text}, true
	}
	return finding{"", isOK, now.Text}, true
}

// blameless are reasons not to sell that no version brings: the network's, the shelf's, the customers', a technician's.
var blameless = []string{sale.NotReadyStarting, sale.NotReadyOffline, sale.NotReadyClock, sale.NotReadyMaintenance, sale.NotReadyDoor, sale.NotReadyBusy, sale.NotReadyEmpty, sale.NotReadyStopped}

// newFaults are the slots that sold before and are set aside now: a shelf that was well does not empty itself, and
// a light barrier that this version cannot read looks like goods in the chute.
func (s *seen) newFaults(before *seen) (slots []string) {
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

// toldAlready have lines of their own.
var toldAlready = map[string]string{"beat": "the beat", "panel": "the panel", "scanner": "the scan module"}

func (s *seen) judgeReady(before *seen) finding {
	f := finding{"ready", isOK, "it sells"}
	var told []string
	fresh := s.newFaults(before)
	for _, w := range s.Why {
		old := before != nil && before.why(w.Code) != ""
		switch {
		case toldAlready[w.Code] != "":
			told = append(told, "see "+toldAlready[w.Code])
		case w.Code == sale.NotReadyEmpty && len(fresh) > 0:
			f.Verdict = isFail
			told = append(told, strings.Join(fresh, ", ")+", which sold before")
		case slices.Contains(blameless, w.Code):
			told = append(told, w.Text+", which no version brings")
		case old:
			told = append(told, w.Text+", as before")
		default:
			f.Verdict = isFail
			told = append(told, w.Text)
		}
	}
	if !s.Ready {
		if f.Verdict != isFail {
			f.Verdict = isWarn
		}
		f.Text = "does not sell: " + strings.Join(told, "; ")
	}
	return f
}
