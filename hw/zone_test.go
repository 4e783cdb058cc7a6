package hw

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// manual holds the frames that the GM65 manual prints, and what they are for.
var manual = []struct {
	name  string
	kind  byte
	at    uint16
	data  []byte
	frame string
}{
	{"read the model", zoneGet, 0xE0, []byte{1}, "7E 00 07 01 00 E0 01 11 F3"},
	{"read the hardware's version", zoneGet, 0xE1, []byte{1}, "7E 00 07 01 00 E1 01 22 C2"},
	{"read the software's version", zoneGet, 0xE2, []byte{1}, "7E 00 07 01 00 E2 01 77 91"},
	{"read the mode", zoneGet, 0x00, []byte{1}, "7E 00 07 01 00 00 01 01 41"},
	{"read the output port", zoneGet, 0x0D, []byte{1}, "7E 00 07 01 00 0D 01 77 1D"},
	{"read the baud rate", zoneGet, 0x2A, []byte{2}, "7E 00 07 01 00 2A 02 D8 0F"},
	{"command mode", zonePut, 0x00, []byte{0xD5}, "7E 00 08 01 00 00 D5 EF 41"},
	{"command mode, muted", zonePut, 0x00, []byte{0x95}, "7E 00 08 01 00 00 95 A7 85"},
	{"manual mode", zonePut, 0x00, []byte{0xD4}, "7E 00 08 01 00 00 D4 FF 60"},
	{"continuous mode", zonePut, 0x00, []byte{0xD6}, "7E 00 08 01 00 00 D6 DF 22"},
	{"induction mode", zonePut, 0x00, []byte{0xD7}, "7E 00 08 01 00 00 D7 CF 03"},
	{"start", zonePut, 0x02, []byte{1}, "7E 00 08 01 00 02 01 02 DA"},
	{"stop", zonePut, 0x02, []byte{0}, "7E 00 08 01 00 02 00 12 FB"},
	{"5.0 s for one read", zonePut, 0x06, []byte{0x32}, "7E 00 08 01 00 06 32 C8 2E"},
	{"25.5 s for one read", zonePut, 0x06, []byte{0xFF}, "7E 00 08 01 00 06 FF C0 CF"},
	{"1.0 s between reads", zonePut, 0x05, []byte{0x0A}, "7E 00 08 01 00 05 0A 2A 26"},
	{"setup codes off", zonePut, 0x03, []byte{2}, "7E 00 08 01 00 03 02 01 88"},
	{"setup codes on", zonePut, 0x03, []byte{0}, "7E 00 08 01 00 03 00 21 CA"},
	{"CR", zonePut, 0x60, []byte{1}, "7E 00 08 01 00 60 01 6F 92"},
	{"CRLF", zonePut, 0x60, []byte{0x21}, "7E 00 08 01 00 60 21 4B F0"},
	{"to the UART", zonePut, 0x0D, []byte{0}, "7E 00 08 01 00 0D 00 02 C5"},
	{"no sleep", zonePut, 0x07, []byte{0}, "7E 00 08 01 00 07 00 ED 0E"},
	{"QR on", zonePut, 0x3F, []byte{1}, "7E 00 08 01 00 3F 01 71 13"},
	{"Code128 on", zonePut, 0x33, []byte{1}, "7E 00 08 01 00 33 01 34 7E"},
	{"EAN-13 off", zonePut, 0x2E, []byte{0}, "7E 00 08 01 00 2E 00 51 70"},
	{"9600 baud", zonePut, 0x2A, []byte{0x39, 0x01}, "7E 00 08 02 00 2A 39 01 A7 EA"},
	{"115200 baud", zonePut, 0x2A, []byte{0x1A, 0x00}, "7E 00 08 02 00 2A 1A 00 E4 7E"},
	{"9600 baud by force", zonePut, 0xD9, []byte{0xD3}, "7E 00 08 01 00 D9 D3 20 38"},
	{"factory settings", zonePut, 0xD9, []byte{0x55}, "7E 00 08 01 00 D9 55 D1 76"},
	{"light sleep", zonePut, 0xD9, []byte{0xA0}, "7E 00 08 01 00 D9 A0 6E CC"},
	{"deep sleep", zonePut, 0xD9, []byte{0xA5}, "7E 00 08 01 00 D9 A5 3E 69"},
	{"wake", zonePut, 0xD9, []byte{0}, "7E 00 08 01 00 D9 00 DB 26"},
	{"save", zoneKeep, 0x00, []byte{0}, "7E 00 09 01 00 00 00 DE C8"},
}

// replies are the answers that the manual prints.
var replies = map[string][]byte{
	"02 00 00 01 05 63 94":    {5},
	"02 00 00 01 00 33 31":    {0},
	"02 00 00 01 3E E4 AC":    {0x3E},
	"02 00 00 02 39 01 C1 4C": {0x39, 0x01},
	"02 00 00 02 1A 00 82 D8": {0x1A, 0x00},
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func TestCommandsAreTheManuals(t *testing.T) {
	for _, c := range manual {
		if got := zoneFrame(c.kind, c.at, c.data...); !bytes.Equal(got, unhex(c.frame)) {
			t.Errorf("%s is sent as % X, and the manual has %s", c.name, got, c.frame)
		}
	}
}

func TestAnswersAreTheManualsHoweverTheyAreSplit(t *testing.T) {
	for text, want := range replies {
		for step := 1; step < 9; step++ {
			var got []byte
			l := RecordSplitter{Reply: func(data []byte) { got = append(got, data...) }}
			for p := range slices.Chunk(unhex(text), step) {
				l.Feed(noon, p)
			}
			if !bytes.Equal(got, want) || l.HasPending() || l.Refused != (Refused{}) {
				t.Errorf("%s, %d bytes at a time, was read as % X (%+v)", text, step, got, l.Refused)
			}
		}
	}
}

// TestAnswersAndCodesAreToldApart puts an answer at every place in a code.
func TestAnswersAndCodesAreToldApart(t *testing.T) {
	for cut := range len(wechat) + 1 {
		var got []byte
		l := RecordSplitter{Reply: func(data []byte) { got = append(got, data...) }}
		codes := read(&l, wechat[:cut]+model+wechat[cut:]+"\r")
		if !slices.Equal(codes, []string{wechat}) || !bytes.Equal(got, []byte{5}) {
			t.Errorf("an answer after %d digits: code %q, answer % X", cut, codes, got)
		}
	}
}

func FuzzZone(f *testing.F) {
	for _, c := range lineCases {
		f.Add([]byte(strings.Join(c.bursts, "")), uint8(2))
	}
	for text := range replies {
		f.Add(append(unhex(text), wechat...), uint8(4))
		f.Add(append([]byte(wechat[:9]), unhex(text)...), uint8(1))
	}
	f.Fuzz(func(t *testing.T, stream []byte, step uint8) {
		collect := func(step int) (out [][]byte) {
			l := RecordSplitter{Reply: func(data []byte) { out = append(out, data) }}
			for p := range slices.Chunk(stream, step) {
				l.Feed(noon, p)
			}
			l.FlushIdle()
			return out
		}
		whole, parts := collect(len(stream)+1), collect(1+int(step)%16)
		if len(whole) != len(parts) {
			t.Fatalf("split otherwise there are %d answers, not %d", len(parts), len(whole))
		}
		rest := stream
		for i, data := range whole {
			if !bytes.Equal(data, parts[i]) || len(data) > frameData {
				t.Fatalf("answer %d is % X or % X", i, data, parts[i])
			}
			head := append([]byte{2, 0, 0, byte(len(data))}, data...)
			at := bytes.Index(rest, head)
			if at < 0 || len(rest) < at+len(head)+2 {
				t.Fatalf("the answer % X was never sent", data)
			}
			rest = rest[at+1:]
		}
	})
}

// echo is a module that answers each command with what is next.
type echo struct {
	talk *zoneClient
	next func(frame []byte)
	sent [][]byte
}

func (e *echo) Write(p []byte) (int, error) {
	e.sent = append(e.sent, slices.Clone(p))
	if e.next != nil {
		e.next(p)
	}
	return len(p), nil
}

func newEcho(tries int, next func(t *zoneClient, nth int)) *echo {
	e := &echo{}
	e.talk = newZoneClient(e)
	e.talk.tries = tries
	e.next = func([]byte) { next(e.talk, len(e.sent)) }
	return e
}

func TestALostAnswerIsAskedForAgainAndNotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEcho(3, func(k *zoneClient, nth int) {
			if nth == 3 {
				k.receiveAnswer([]byte{7})
			}
		})
		began := time.Now()
		v, err := e.talk.readZone(t.Context(), zoneMode)
		if v != 7 || err != nil || len(e.sent) != 3 || time.Since(began) != 2*zoneWait || e.talk.missedInRow != 0 {
			t.Errorf("got %d, %v after %d tries in %v", v, err, len(e.sent), time.Since(began))
		}
		if _, err := e.talk.readZone(t.Context(), zoneMode); !errors.Is(err, errNoAnswer) || len(e.sent) != 6 || e.talk.missedInRow != 1 {
			t.Errorf("a module that says nothing was asked %d times: %v", len(e.sent)-3, err)
		}
		if e.talk.desyncs == 0 || e.talk.unanswered != 5 {
			t.Errorf("silence casts no doubt: %+v", e.talk)
		}
	})
}

func TestALateAnswerIsNotTakenForTheNextOnesWithoutDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEcho(1, func(k *zoneClient, nth int) {
			switch nth {
			case 1:
				time.AfterFunc(2*zoneWait, func() { k.receiveAnswer([]byte{1}) })
			case 2:
				time.AfterFunc(zoneWait/2, func() { k.receiveAnswer([]byte{2, 2}) }) // of another length
				time.AfterFunc(zoneWait*3/4, func() { k.receiveAnswer([]byte{3}) })
			}
		})
		if _, err := e.talk.readZone(t.Context(), zoneMode); !errors.Is(err, errNoAnswer) {
			t.Fatalf("the first was answered: %v", err)
		}
		time.Sleep(2 * zoneWait)
		before := e.talk.desyncs
		if v, err := e.talk.readZone(t.Context(), zoneSetup); v != 3 || err != nil {
			t.Errorf("the second was answered with %d, %v", v, err)
		}
		if e.talk.unsolicited != 2 || e.talk.desyncs != before+2 {
			t.Errorf("two answers too many cast no doubt: %+v", e.talk)
		}
	})
}

func TestARefusalAndADeadLineAreErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEcho(3, func(k *zoneClient, _ int) { k.receiveAnswer([]byte{1}) })
		if err := e.talk.writeZone(t.Context(), zoneSetup, 2); err == nil || !strings.Contains(err.Error(), "refuses") {
			t.Errorf("a refusal passes for done: %v", err)
		}
		k := newZoneClient(broken{})
		if _, err := k.readZone(t.Context(), zoneMode); err == nil || errors.Is(err, errNoAnswer) {
			t.Errorf("a dead line passes for a silent module: %v", err)
		}
	})
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, fmt.Errorf("input/output error") }

func TestSettingsWantOnlyBitsThatTheyMask(t *testing.T) {
	for _, looks := range []byte{aimByPin, aimByCommand, aimAlways} {
		seen := map[uint16]bool{}
		all := wantedSettings(looks)
		for _, s := range all {
			if s.want&^s.mask != 0 || seen[s.at] || s.name == "" {
				t.Errorf("zone %04x: wants %02x of %02x", s.at, s.want, s.mask)
			}
			seen[s.at] = true
		}
		if all[0].at != zoneSetup {
			t.Error("while the rest is set, anybody's setup code is obeyed")
		}
		if len(all) < 20 || !seen[zoneQR] || !seen[zone128] {
			t.Errorf("only %d settings", len(all))
		}
	}
}
