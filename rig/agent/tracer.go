package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// tracer tells of outputs by the kernel's own trace: every level that is set, however short, with its time.
type tracer struct {
	dir   string // of tracefs
	chips string // where the chips tell their first number
	label string // of the simulated chip
	tell  func(message)

	mu     sync.Mutex
	base   int
	levels map[int]int // of the pins that are told of
}

// watch begins to tell of pins; how they stand now is told at once.
func (t *tracer) watch(which []int, value func(int) (int, error)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.levels != nil {
		return fmt.Errorf("watching pins: they are watched already")
	}
	var err error
	if t.base, err = t.first(); err != nil {
		return err
	}
	var numbers []string
	for _, pin := range which {
		numbers = append(numbers, fmt.Sprint("gpio == ", t.base+pin))
	}
	for _, set := range []struct{ file, text string }{
		{"trace_clock", "mono"},
		{"events/gpio/gpio_value/filter", "get == 0 && (" + strings.Join(numbers, " || ") + ")"},
		{"events/gpio/gpio_value/enable", "1"},
	} {
		if err := os.WriteFile(filepath.Join(t.dir, set.file), []byte(set.text), 0o644); err != nil {
			return fmt.Errorf("watching pins: %w", err)
		}
	}
	pipe, err := os.Open(filepath.Join(t.dir, "trace_pipe"))
	if err != nil {
		return fmt.Errorf("watching pins: %w", err)
	}
	t.levels = map[int]int{}
	for _, pin := range which {
		if t.levels[pin], err = value(pin); err != nil {
			return err
		}
		t.tell(message{Event: "pin", Pin: pin, Level: t.levels[pin]})
	}
	go t.follow(pipe)
	return nil
}

// first is the kernel's number of the chip's first line.
func (t *tracer) first() (int, error) {
	labels, err := filepath.Glob(filepath.Join(t.chips, "gpiochip*", "label"))
	if err != nil {
		return 0, err
	}
	for _, file := range labels {
		if b, err := os.ReadFile(file); err != nil || strings.TrimSpace(string(b)) != t.label {
			continue
		}
		b, err := os.ReadFile(filepath.Join(filepath.Dir(file), "base"))
		if err != nil {
			return 0, err
		}
		return strconv.Atoi(strings.TrimSpace(string(b)))
	}
	return 0, fmt.Errorf("watching pins: no chip is named %s", t.label)
}

// setTo is a line of the trace: seconds, microseconds, number, level.
var setTo = regexp.MustCompile(` (\d+)\.(\d{6}): gpio_value: (\d+) set (\d)`)

func (t *tracer) follow(pipe io.ReadCloser) {
	defer pipe.Close()
	lines := bufio.NewScanner(pipe)
	for lines.Scan() {
		m := setTo.FindStringSubmatch(lines.Text())
		if m == nil {
			if strings.Contains(lines.Text(), "LOST") {
				t.tell(message{Event: "fault", Error: "the kernel's trace has a hole: " + lines.Text()})
			}
			continue
		}
		var n [4]int64
		for i := range n {
			n[i], _ = strconv.ParseInt(m[i+1], 10, 64) // digits, as the pattern has it
		}
		t.moved(int(n[2])-t.base, int(n[3]), n[0]*1e6+n[1])
	}
	t.tell(message{Event: "fault", Error: fmt.Sprint("the kernel's trace has ended: ", lines.Err())})
}

// moved tells of a change; a level that was there before is none.
func (t *tracer) moved(pin, level int, us int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if was, told := t.levels[pin]; !told || was == level {
		return
	}
	t.levels[pin] = level
	t.tell(message{Event: "pin", Pin: pin, Level: level, US: us})
}

// high lists the watched pins that are high.
func (t *tracer) high() (pins []int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for pin, level := range t.levels {
		if level == 1 {
			pins = append(pins, pin)
		}
	}
	slices.Sort(pins)
	return pins
}
