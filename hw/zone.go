package hw

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// The zone dialect of the GM65 family (manual v1.3, chapter 2). A frame is 7E 00, type, length, address,
// data, CRC; its answer 02 00, type, length, data, CRC. An answer does not say what it answers.
const (
	zoneGet  = 0x07
	zonePut  = 0x08
	zoneKeep = 0x09

	zoneMode  = 0x0000
	zoneLook  = 0x0002
	zoneSetup = 0x0003
	zoneOnce  = 0x0006
	zoneSleep = 0x0007
	zonePort  = 0x000D
	zoneBaud  = 0x002A
	zone128   = 0x0033
	zoneQR    = 0x003F
	zoneTail  = 0x0060
	zoneModel = 0x00E0
	zoneSoft  = 0x00E2
)

const (
	zoneWait  = 500 * time.Millisecond // the module forgets half a frame after 400
	zoneTries = 3
	zoneWake  = 50 * time.Millisecond // a sleeping module loses the first byte and what follows at once
)

// zoneFrame is a command to the module.
func zoneFrame(kind byte, at uint16, data ...byte) []byte {
	n := len(data)
	if kind == zoneGet {
		n = 1 // its one byte of data is how many to read
	}
	f := append([]byte{0x7E, 0, kind, byte(n), byte(at >> 8), byte(at)}, data...)
	return binary.BigEndian.AppendUint16(f, crcXmodem(f[2:]))
}

// crcXmodem is CRC-16/XMODEM: polynomial 1021, from 0, nothing reflected.
func crcXmodem(b []byte) (crc uint16) {
	for _, c := range b {
		crc ^= uint16(c) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

// isFrameValid checks a whole answer. Some clones send the CRC of "done" whatever the data.
func isFrameValid(f []byte) bool {
	got := binary.BigEndian.Uint16(f[len(f)-2:])
	return got == crcXmodem(f[2:len(f)-2]) || got == 0x3331
}

// errNoAnswer is a module that lets a command go unanswered, as often as it was sent.
var errNoAnswer = errors.New("the scan module does not answer")

// zoneClient asks the module. One goroutine asks; the ears, which read the line, bring the answers.
type zoneClient struct {
	to      io.Writer
	answers chan []byte
	tries   int // how often a command is sent: once, until it has answered

	missedInRow int // commands in a row that nothing answered
	desyncs     int // answers that may belong to another question than the one they were taken for
	unsolicited int // answers nobody asked for
	unanswered  int // tries that nothing answered
}

func newZoneClient(to io.Writer) *zoneClient {
	return &zoneClient{to: to, answers: make(chan []byte, 16), tries: 1}
}

// receiveAnswer hands in an answer; it never blocks.
func (t *zoneClient) receiveAnswer(data []byte) {
	select {
	case t.answers <- data:
	default: // more than any question has: asking again clears them
	}
}

// sendCommand sends a command and waits for an answer of n bytes.
func (t *zoneClient) sendCommand(ctx context.Context, frame []byte, n int) ([]byte, error) {
	for range t.tries {
		t.dropStaleAnswers()
		if _, err := t.to.Write(frame); err != nil {
			return nil, fmt.Errorf("asking the scan module: %w", err)
		}
		late := time.After(zoneWait)
		for waiting := true; waiting; {
			select {
			case a := <-t.answers:
				if len(a) == n {
					t.missedInRow = 0
					return a, nil
				}
				t.markDesync()
			case <-late:
				waiting = false
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		t.unanswered++
		t.desyncs++ // it may still come, and be taken for the next one's
	}
	t.missedInRow++
	return nil, errNoAnswer
}

func (t *zoneClient) markDesync() { t.unsolicited++; t.desyncs++ }

// dropStaleAnswers drops the answers that nobody waits for.
func (t *zoneClient) dropStaleAnswers() {
	for {
		select {
		case <-t.answers:
			t.markDesync()
		default:
			return
		}
	}
}

func (t *zoneClient) readZone(ctx context.Context, at uint16) (byte, error) {
	a, err := t.sendCommand(ctx, zoneFrame(zoneGet, at, 1), 1)
	if err != nil {
		return 0, err
	}
	return a[0], nil
}

func (t *zoneClient) writeZone(ctx context.Context, at uint16, v byte) error {
	return t.sendConfirmed(ctx, zoneFrame(zonePut, at, v))
}

// saveToFlash writes all zones to the module's flash, which wears.
func (t *zoneClient) saveToFlash(ctx context.Context) error {
	return t.sendConfirmed(ctx, zoneFrame(zoneKeep, 0, 0))
}

func (t *zoneClient) sendConfirmed(ctx context.Context, frame []byte) error {
	a, err := t.sendCommand(ctx, frame, 1)
	if err == nil && a[0] != 0 {
		return fmt.Errorf("the scan module refuses a command with %02x", a[0])
	}
	return err
}

// readModel asks the module what it is.
func (t *zoneClient) readModel(ctx context.Context) (model byte, err error) {
	for range zoneTries {
		if model, err = t.readZone(ctx, zoneModel); !errors.Is(err, errNoAnswer) {
			break
		}
	}
	if err == nil {
		t.tries = zoneTries
	}
	return model, err
}

// wakeModule wakes a module that fell asleep: what comes within the next moment is lost to it.
func (t *zoneClient) wakeModule(ctx context.Context) error {
	if _, err := t.to.Write([]byte{0}); err != nil {
		return fmt.Errorf("waking the scan module: %w", err)
	}
	return sleepContext(ctx, zoneWake)
}

func sleepContext(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
