package main

import (
	"fmt"
	"strings"
)

// checked is a line of kiosk check.
type checked struct{ verdict, part, text string }

// check runs kiosk check.
func (r *rig) check(conf string) (lines []checked, said message, err error) {
	if said, err = r.hand.call("/kiosk", "-config", conf, "check"); err != nil {
		return nil, said, err
	}
	for line := range strings.Lines(said.Out) {
		// verdict and part stand in columns of 4 and 12, two blanks between
		if len(line) < 21 {
			return nil, said, fmt.Errorf("kiosk check says %q", line)
		}
		lines = append(lines, checked{strings.TrimSpace(line[:4]), strings.TrimSpace(line[6:18]), strings.TrimSpace(line[20:])})
	}
	if len(lines) < 5 {
		return nil, said, fmt.Errorf("kiosk check says only %q %q", said.Out, said.Err)
	}
	return lines, said, nil
}

// only says whether every line is ok but those of the named parts, which must have the verdict.
func only(lines []checked, verdict string, parts ...string) error {
	left := map[string]bool{}
	for _, p := range parts {
		left[p] = true
	}
	for _, l := range lines {
		switch {
		case left[l.part] && l.verdict == verdict:
			delete(left, l.part)
		case l.verdict != "ok":
			return fmt.Errorf("kiosk check: %s  %s  %s", l.verdict, l.part, l.text)
		}
	}
	for p := range left {
		return fmt.Errorf("kiosk check says nothing against %s", p)
	}
	return nil
}

// expect runs kiosk check and wants one part to have a verdict, and words that say what to do.
func (r *rig) expect(conf, verdict string, status int, part string, words ...string) (string, error) {
	lines, said, err := r.check(conf)
	if err != nil {
		return said.Out, err
	}
	var parts []string
	if part != "" {
		parts = append(parts, part)
	}
	if err := only(lines, verdict, parts...); err != nil {
		return said.Out, err
	}
	if said.Code != status {
		return said.Out, fmt.Errorf("kiosk check: status %d, wanted %d", said.Code, status)
	}
	for _, l := range lines {
		for _, w := range words {
			if l.part == part && !strings.Contains(l.text, w) {
				return said.Out, fmt.Errorf("kiosk check: %s: %q does not speak of %s", part, l.text, w)
			}
		}
		if l.part == part {
			return fmt.Sprintf("%d lines, one not ok, status %d:\n%s  %s  %s", len(lines), said.Code, l.verdict, l.part, l.text), nil
		}
	}
	return fmt.Sprintf("status %d\n%s", said.Code, said.Out), nil
}

func checkFresh(r *rig) (string, error) {
	return r.expect(r.conf, "warn", 0, "book", "the first run makes it")
}

func checkBeside(r *rig) (string, error) { return r.expect(r.conf, "", 0, "") }

func checkPin(r *rig) (string, error) {
	// The book is not there either: this machine has not run yet.
	lines, said, err := r.check(confMissing)
	if err != nil {
		return said.Out, err
	}
	for _, l := range lines {
		if l.part == "pins" && l.verdict == "fail" && strings.Contains(l.text, "GPIO77") && strings.Contains(l.text, "use one") && said.Code == 1 {
			return fmt.Sprintf("status %d:\n%s  %s  %s", said.Code, l.verdict, l.part, l.text), nil
		}
	}
	return said.Out, fmt.Errorf("kiosk check: no word of GPIO77, which is not there, with what to do; status %d", said.Code)
}

func checkBufsiz(r *rig) (string, error) {
	return r.expect(r.conf, "warn", 0, "panel", "4096", "spidev.bufsiz=65536", "cmdline.txt")
}
