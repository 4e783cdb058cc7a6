package sim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const shownCode = "134567890123456789"

// reader collects what arrives until the stream ends.
func reader(t *testing.T, r io.Reader) (got func() string, end func() error) {
	var all bytes.Buffer
	done := make(chan error, 1)
	go func() {
		b := make([]byte, 64)
		for {
			n, err := r.Read(b)
			all.Write(b[:n])
			if err != nil {
				done <- err
				return
			}
		}
	}()
	return func() string { synctest.Wait(); return all.String() }, func() error { return <-done }
}

func TestAScannedCodeArrivesWithItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSerial()
		if err := s.Scan(context.Background(), shownCode); err != nil {
			t.Errorf("a code held to a line that nobody reads: %v", err)
		}
		line, err := s.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, end := reader(t, line)
		time.Sleep(2 * time.Second) // a continuous module rests after a code
		start := time.Now()
		if err := s.Scan(context.Background(), shownCode); err != nil {
			t.Fatal(err)
		}
		if got() != shownCode+"\r" {
			t.Errorf("the kiosk read %q", got())
		}
		if d := time.Since(start) - decodeTime; d < 15*time.Millisecond || d > 30*time.Millisecond {
			t.Errorf("19 bytes at 9600 baud took %v", d)
		}
		if _, err := s.Open(); err == nil {
			t.Error("the line was opened twice")
		}
		line.Close()
		if err := end(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("closing ended a waiting read with %v", err)
		}
		if _, err := s.Open(); err != nil {
			t.Errorf("the line cannot be opened again: %v", err)
		}
	})
}

func TestAnUnpluggedModuleEndsTheStreamUntilItIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSerial()
		line, _ := s.Open()
		_, end := reader(t, line)
		s.SetTrouble(ScannerGone)
		if end() == nil {
			t.Error("the reader never learned that the module is gone")
		}
		if _, err := s.Open(); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("an unplugged module opened: %v", err)
		}
		if err := s.Scan(context.Background(), shownCode); !errors.Is(err, ErrUnplugged) {
			t.Errorf("a code was read by an unplugged module: %v", err)
		}
		s.SetTrouble(ScannerOK)
		line, err := s.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer line.Close()
	})
}

func TestGarbageNeverHoldsTheCodeItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSerial()
		line, _ := s.Open()
		got, _ := reader(t, line)
		s.SetTrouble(ScannerGarbage)
		seen := map[string]bool{}
		for range 4 {
			before := len(got())
			if err := s.Scan(context.Background(), shownCode); err != nil {
				t.Fatal(err)
			}
			record := strings.TrimSuffix(got()[before:], "\r")
			if record == shownCode || seen[record] {
				t.Errorf("a bad wire delivered %q", record)
			}
			seen[record] = true
		}
		line.Close()
	})
}

func TestAReadTimesOutEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSerial()
		line, _ := s.Open()
		line.(interface{ SetReadTimeout(time.Duration) error }).SetReadTimeout(50 * time.Millisecond)
		start := time.Now()
		if n, err := line.Read(make([]byte, 8)); n != 0 || err != nil || time.Since(start) != 50*time.Millisecond {
			t.Errorf("an empty read gave %d, %v after %v", n, err, time.Since(start))
		}
	})
}

func TestTheModuleAnswersTheManualsFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSerial()
		line, _ := s.Open()
		defer line.Close()
		got, _ := reader(t, line)
		for _, c := range []struct{ name, send, want string }{
			{"probe", "\x7E\x00\x07\x01\x00\xE0\x01\x11\xF3", "\x02\x00\x00\x01\x05\x63\x94"},
			{"baud", "\x7E\x00\x07\x01\x00\x2A\x02\xD8\x0F", "\x02\x00\x00\x02\x39\x01\xC1\x4C"},
			{"setup codes off", "\x7E\x00\x08\x01\x00\x03\x02\x01\x88", "\x02\x00\x00\x01\x00\x33\x31"},
			{"start, unchecked", "\x7E\x00\x08\x01\x00\x02\x01\xAB\xCD", "\x02\x00\x00\x01\x00\x33\x31"},
			{"save", "\x7E\x00\x09\x01\x00\x00\x00\xDE\xC8", "\x02\x00\x00\x01\x00\x33\x31"},
			{"wrong sum", "\x7E\x00\x07\x01\x00\xE0\x01\x11\xF4", ""},
		} {
			before := len(got())
			for _, b := range []byte(c.send) {
				line.Write([]byte{b})
			}
			time.Sleep(100 * time.Millisecond)
			if got()[before:] != c.want {
				t.Errorf("%s: the module answered % X, not % X", c.name, got()[before:], c.want)
			}
		}
		if s.Zone(0x0003) != 0x02 {
			t.Error("setup codes are still allowed")
		}
	})
}
