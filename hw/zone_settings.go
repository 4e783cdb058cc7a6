package hw

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// setting is the wanted value of some bits of a zone. The other bits stay as they are.
type setting struct {
	at         uint16
	mask, want byte
	name       string
	vital      bool // worth a warning even if the module does not know the zone
}

// What makes the module look for a code: the low bits of its first zone.
const (
	aimByPin     = 0
	aimByCommand = 1 // when commanded
	aimAlways    = 2
)

// aimMode is what makes this Scanner's module look.
func (s *Scanner) aimMode() byte {
	switch {
	case s.Trigger != nil:
		return aimByPin
	case s.Always:
		return aimAlways
	}
	return aimByCommand
}

// aimTenths is how long one look lasts, in the module's tenths of a second. Without a limit its light would stay on
// after a crash of the kiosk.
const aimTenths = 50

// wantedSettings are the settings of a payment terminal. Setup codes go off first: until then any customer's printout
// may change the rest. Product codes go off too, since the short ones are misread.
func wantedSettings(looks byte) []setting {
	all := []setting{
		{zoneSetup, 0x03, 0x02, "setup codes off", true},
		{zoneMode, 0x3F, 0x14 | looks, "mode, light and aim", true},
		{zoneOnce, 0xFF, aimTenths, "5 s for one read", false},
		{zoneSleep, 0x80, 0, "no sleep", false},
		{zonePort, 0x03, 0, "output to the serial line", true},
		{zoneTail, 0x7F, 0x01, "CR after a code and nothing else", false},
		{0x00B0, 0x03, 0, "the whole code", false},
		{zoneQR, 0x01, 1, "QR on", true},
		{zone128, 0x01, 1, "Code128 on", true},
	}
	for _, s := range []struct {
		at   uint16
		name string
	}{
		{0x2E, "EAN-13"}, {0x2F, "EAN-8"}, {0x30, "UPC-A"}, {0x31, "UPC-E0"}, {0x32, "UPC-E1"}, {0x36, "Code39"}, {0x39, "Code93"},
		{0x3C, "Codabar"}, {0x40, "2 of 5"}, {0x43, "Industrial 2 of 5"}, {0x46, "Matrix 2 of 5"}, {0x49, "Code11"}, {0x4C, "MSI"},
		{0x54, "DataMatrix"}, {0x55, "PDF417"},
	} {
		all = append(all, setting{s.at, 0x01, 0, s.name + " off", false})
	}
	return all
}

// mismatch is a setting that differs from the wanted one.
type mismatch struct {
	setting
	have   byte
	unread bool // the module does not answer for this zone
}

func (o mismatch) String() string {
	if o.unread {
		return fmt.Sprintf("%s (zone %04x does not answer)", o.name, o.at)
	}
	return fmt.Sprintf("%s (zone %04x is %02x)", o.name, o.at, o.have)
}

func joinMismatches(mismatches []mismatch) string {
	var out []string
	for _, o := range mismatches {
		out = append(out, o.String())
	}
	return strings.Join(out, ", ")
}

// relevantMismatches leaves out zones that many modules lack and that matter little.
func relevantMismatches(all []mismatch) []mismatch {
	return slices.DeleteFunc(slices.Clone(all), func(o mismatch) bool { return o.unread && !o.vital })
}

// noAnswerLimit unanswered commands in a row mean that the module is gone.
const noAnswerLimit = 3

// compareSettings reads every setting and returns those that differ. It calls between before each.
func (t *zoneClient) compareSettings(ctx context.Context, all []setting, between func(context.Context) error) (mismatches []mismatch, err error) {
	for _, s := range all {
		if err := between(ctx); err != nil {
			return nil, err
		}
		v, err := t.readZone(ctx, s.at)
		switch {
		case errors.Is(err, errNoAnswer) && t.missedInRow < noAnswerLimit:
			mismatches = append(mismatches, mismatch{setting: s, unread: true})
			if err := t.awaitLateAnswer(ctx); err != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		case v&s.mask != s.want:
			mismatches = append(mismatches, mismatch{setting: s, have: v})
		}
	}
	return mismatches, nil
}

// awaitLateAnswer waits until a late answer would have come. If none has, the unanswered command cannot disturb the next
// one, and its desyncs are taken back.
func (t *zoneClient) awaitLateAnswer(ctx context.Context) error {
	if err := sleepContext(ctx, zoneWait); err != nil {
		return err
	}
	before := t.desyncs
	t.dropStaleAnswers()
	if t.desyncs == before {
		t.desyncs -= t.tries
	}
	return nil
}

// passes is how often settings are written at most, if the module does not keep them.
const passes = 5

// settingsWriter writes the settings that differ and reads all of them again, until they are as wanted or the passes
// are used up.
type settingsWriter struct {
	*zoneClient
	all     []setting
	between func(context.Context) error // called before every command: the aim may have to change meanwhile

	unread  []mismatch      // zones that do not answer
	silent  map[uint16]int  // how often each did not
	written map[uint16]bool // the zones written so far
}

// settingsResult is what applySettings has reached.
type settingsResult struct {
	mismatches []mismatch
	certain    bool // no desync in the last reading
	changed    bool // a setting was written that is now as wanted, or may be
}

// applySettings reads and writes until the module is configured. It writes only after a certain reading: the other bits
// of a zone must stay as they are.
func (t *zoneClient) applySettings(ctx context.Context, all []setting, between func(context.Context) error) (settingsResult, error) {
	s := &settingsWriter{zoneClient: t, all: all, between: between, silent: map[uint16]int{}, written: map[uint16]bool{}}
	for pass := 1; ; pass++ {
		mismatches, again, sure, err := s.readAll(ctx)
		last := sure && !again && len(mismatches) == 0 || pass == passes
		if err == nil && !last && sure {
			err = s.writeMismatches(ctx, mismatches)
		}
		if err != nil {
			return settingsResult{changed: len(s.written) > 0}, err
		}
		if last {
			for _, o := range mismatches {
				delete(s.written, o.at)
			}
			return settingsResult{append(mismatches, s.unread...), sure, len(s.written) > 0}, nil
		}
	}
}

// readAll compares all settings. again means that a zone did not answer for the first time and is worth another pass.
func (s *settingsWriter) readAll(ctx context.Context) (mismatches []mismatch, again, sure bool, err error) {
	before := s.desyncs
	all, err := s.compareSettings(ctx, s.all, s.between)
	if err != nil {
		return nil, false, false, err
	}
	for _, o := range all {
		switch {
		case !o.unread:
			mismatches = append(mismatches, o)
		case s.silent[o.at] == 0: // the module may have been waking up
			s.silent[o.at]++
			again = true
		default:
			s.unread = append(s.unread, o)
			s.all = slices.DeleteFunc(slices.Clone(s.all), func(x setting) bool { return x.at == o.at })
		}
	}
	return mismatches, again, s.desyncs == before, nil
}

func (s *settingsWriter) writeMismatches(ctx context.Context, mismatches []mismatch) error {
	for _, o := range mismatches {
		if err := s.between(ctx); err != nil {
			return err
		}
		s.written[o.at] = true
		if err := s.writeZone(ctx, o.at, o.have&^o.mask|o.want); err != nil && !errors.Is(err, errNoAnswer) {
			return err
		}
	}
	return nil
}
