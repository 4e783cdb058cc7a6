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
// data, CRC; its answer is 02 00, type, length, data, CRC. An answer does not name the command it belongs to, so a
// late one may be taken for the next: the desyncs count how often that may have happened.
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
	zoneWait  = 500 * time.Millisecond // the module drops an unfinished frame after 400 ms
	zoneTries = 3
	zoneWake  = 50 * time.Millisecond // a sleeping module loses the first byte and all that follows within this time
)

// zoneFrame builds a command to the module.
func zoneFrame(kind byte, at uint16, data ...byte) []byte {
	n := len(data)
	if kind == zoneGet {
		n = 1 // one byte of data: how many bytes to read
	}
	f := append([]byte{0x7E, 0, kind, byte(n), byte(at >> 8), byte(at)}, data...)
	return binary.BigEndian.AppendUint16(f, crcXmodem(f[2:]))
}

// crcXmodem is CRC-16/XMODEM: polynomial 1021, initial value 0, not reflected.
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

// isFrameValid checks the CRC of a whole answer. Some clones send the CRC of "done" with any data.
func isFrameValid(f []byte) bool {
	got := binary.BigEndian.Uint16(f[len(f)-2:])
	return got == crcXmodem(f[2:len(f)-2]) || got == 0x3331
}

// errNoAnswer means that every try of a command went unanswered.
var errNoAnswer = errors.New("the scan module does not answer")

// zoneClient sends commands to the module. One goroutine at a time calls it; the scannerReader, which reads the line,
// passes the answers in.
type zoneClient struct {
	to      io.Writer
	answers chan []byte
	tries   int // how often a command is sent: once until the module has answered, for many know no commands

	missedInRow int // commands in a row without an answer
	desyncs     int // how often an answer may belong, or come to belong, to another command
	unsolicited int // answers to no command
	unanswered  int // tries without an answer
}

func newZoneClient(to io.Writer) *zoneClient {
	return &zoneClient{to: to, answers: make(chan []byte, 16), tries: 1}
}

// receiveAnswer passes an answer in; it never blocks.
func (t *zoneClient) receiveAnswer(data []byte) {
	trySend(t.answers, data) // more than any command has: the next command drops them
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
		t.desyncs++ // the answer may still come, and be taken for the next one's
	}
	t.missedInRow++
	return nil, errNoAnswer
}

func (t *zoneClient) markDesync() { t.unsolicited++; t.desyncs++ }

// dropStaleAnswers drops the answers that came while no command waited.
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

// sendConfirmed sends a command whose answer is one byte, 0 if the module obeys.
func (t *zoneClient) sendConfirmed(ctx context.Context, frame []byte) error {
	a, err := t.sendCommand(ctx, frame, 1)
	if err == nil && a[0] != 0 {
		return fmt.Errorf("the scan module refuses a command with %02x", a[0])
	}
	return err
}

// readModel asks for the model. A module that answers is worth several tries of every later command.
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

// wakeModule wakes a sleeping module with a byte that it loses, and waits until it listens.
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
