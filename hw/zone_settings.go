package hw

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// setting is what some bits of a zone should be. The rest of the zone is left as it is.
type setting struct {
	at         uint16
	mask, want byte
	name       string
	vital      bool // worth a word where the module does not even know the zone
}

// How the module comes to look for a code: the low bits of its first zone.
const (
	aimByPin     = 0
	aimByCommand = 1 // when commanded
	aimAlways    = 2
)

// aimMode is how the module is to come to look.
func (s *Scanner) aimMode() byte {
	switch {
	case s.Trigger != nil:
		return aimByPin
	case s.Always:
		return aimAlways
	}
	return aimByCommand
}

// aimTenths is how long the module looks before it gives up, in its own tenths of a second. Without
// an end its light would outlive a kiosk that died.
const aimTenths = 50

// wantedSettings are what a payment terminal wants of its scan module; setup codes come first, for until they
// are off anybody's print may change the rest. Products' codes are off: the short ones are misread.
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

// mismatch is a setting that is not as wanted.
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

// relevantMismatches leaves out the zones that many modules lack and that matter little.
func relevantMismatches(mismatches []mismatch) (out []mismatch) {
	for _, o := range mismatches {
		if o.vital || !o.unread {
			out = append(out, o)
		}
	}
	return out
}

// noAnswerLimit is how many commands in a row go unanswered before nobody is thought to be there.
const noAnswerLimit = 3

// compareSettings reads every setting and tells which are not as wanted. It calls between before each.
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

// awaitLateAnswer waits until an unanswered question can have no late answer, so that it casts no doubt on the next.
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
