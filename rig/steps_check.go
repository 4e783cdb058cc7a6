package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kiosk/rig/street"
)

// checked is a line of kiosk check.
type checked struct{ Verdict, Part, Text string }

func (c checked) String() string { return fmt.Sprintf("%-4s  %-12s  %s", c.Verdict, c.Part, c.Text) }

// check runs kiosk check. Its JSON says the same in every language.
func (r *rig) check(conf string) (lines []checked, said street.Message, err error) {
	if said, err = r.Hand.Call("/kiosk", "-config", conf, "check", "-json"); err != nil {
		return nil, said, err
	}
	if err := json.Unmarshal([]byte(said.Out), &lines); err != nil || len(lines) < 5 {
		return nil, said, fmt.Errorf("kiosk check says only %q %q", said.Out, said.Err)
	}
	return lines, said, nil
}

// remark is a line that is not ok, and is not to be: it must say the words, which tell what to do about it.
type remark struct {
	verdict, part string
	words         []string
	may           bool // it need not be there
}

// matches compares the part by its first word: a part may have several lines.
func (m remark) matches(l checked) bool {
	if l.Verdict != m.verdict || !strings.HasPrefix(l.Part, m.part) {
		return false
	}
	for _, w := range m.words {
		if !strings.Contains(l.Text, w) {
			return false
		}
	}
	return true
}

// expect runs kiosk check and wants every line ok but for the remarks.
func (r *rig) expect(conf string, status int, remarks ...remark) (string, error) {
	lines, said, err := r.check(conf)
	if err != nil {
		return said.Out, err
	}
	made := map[int]bool{}
	var seen []string
	for _, l := range lines {
		i := slices.IndexFunc(remarks, func(m remark) bool { return m.matches(l) })
		if l.Verdict != "ok" && i < 0 {
			return said.Out, fmt.Errorf("kiosk check: %s  %s  %s", l.Verdict, l.Part, l.Text)
		}
		if l.Verdict != "ok" {
			made[i] = true
			seen = append(seen, "\n"+l.String())
		}
	}
	for i, m := range remarks {
		if !made[i] && !m.may {
			return said.Out, fmt.Errorf("kiosk check says no %s against %s with %q", m.verdict, m.part, m.words)
		}
	}
	if said.Code != status {
		return said.Out, fmt.Errorf("kiosk check: status %d, wanted %d", said.Code, status)
	}
	if len(seen) == 0 {
		var all strings.Builder
		for _, l := range lines {
			fmt.Fprintf(&all, "\n%v", l)
		}
		return fmt.Sprintf("%d lines, every one ok, status %d%s", len(lines), said.Code, &all), nil
	}
	return fmt.Sprintf("%d lines, %d ok, status %d:%s", len(lines), len(lines)-len(seen), said.Code, strings.Join(seen, "")), nil
}

var (
	noBook    = remark{"warn", "book", []string{"the first run makes it"}, false}
	factory   = remark{"warn", "scan module", []string{"zone 0003", "kiosk run"}, true} // nobody has set it yet
	unplugged = remark{"fail", "scan module", []string{"/dev/ttyUSB0"}, false}
	noPin     = remark{"fail", "pins", []string{"GPIO77", "use one"}, false}
	poor      = remark{"warn", "panel", []string{"4096", "spidev.bufsiz=65536", "cmdline.txt"}, false}
	slow      = remark{"warn", "panel speed", []string{"raise bufsiz"}, true} // every instruction is emulated
)

func checkFresh(r *rig) (string, error) { return r.expect(r.conf, 0, noBook, factory, slow) }

func checkBeside(r *rig) (string, error) { return r.expect(r.conf, 0) }

func checkPin(r *rig) (string, error) { return r.expect(confMissing, 1, noPin, noBook, factory, slow) }

func checkBufsiz(r *rig) (string, error) { return r.expect(r.conf, 0, poor, slow) }

// checkAtRest: nobody holds the parts, so each is measured, and every line is ok. This machine may be too busy to
// emulate a bus at its speed; then the kiosk is asked again.
func checkAtRest(r *rig) (seen string, err error) {
	for range 3 {
		if seen, err = r.expect(r.conf, 0); err == nil {
			return seen, nil
		}
		if _, other := r.expect(r.conf, 0, slow); other != nil {
			return seen, other
		}
	}
	return seen, err
}
