package hw

import (
	"context"
	"errors"
	"fmt"
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
func relevantMismatches(mismatches []mismatch) (out []mismatch) {
	for _, o := range mismatches {
		if o.vital || !o.unread {
			out = append(out, o)
		}
	}
	return out
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
