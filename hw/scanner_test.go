package hw

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"
)

// module is a scan module's serial line. It blocks on Read, or gives 0, nil every wait.
type module struct {
	wait time.Duration
	data chan string
	gone chan struct{}
	rest []byte
}

func newModule(wait time.Duration) *module {
	return &module{wait: wait, data: make(chan string, 100), gone: make(chan struct{})}
}

func (m *module) Read(p []byte) (int, error) {
	if len(m.rest) == 0 {
		var late <-chan time.Time
		switch {
		case m.wait == 0 && len(m.data) == 0 && !m.closed():
			return 0, nil
		case m.wait > 0:
			late = time.After(m.wait)
		}
		select {
		case s := <-m.data:
			m.rest = []byte(s)
		case <-m.gone:
			return 0, io.EOF
		case <-late:
			return 0, nil
		}
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

func (m *module) Write(p []byte) (int, error) { return len(p), nil }

func (m *module) Close() error {
	if !m.closed() {
		close(m.gone)
	}
	return nil
}

func (m *module) closed() bool {
	select {
	case <-m.gone:
		return true
	default:
		return false
	}
}

// counter is a shop counter with a scan module on it.
type counter struct {
	*Scanner
	told diary

	mu     sync.Mutex
	module *module
	absent error
	opened int
}

func newCounter(wait time.Duration) *counter {
	c := &counter{module: newModule(wait)}
	c.Scanner = &Scanner{
		Open: func() (io.ReadWriteCloser, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.opened++
			if c.absent != nil {
				return nil, c.absent
			}
			return c.module, nil
		},
		Read:   func(text string) { c.told.note("read %s", text) },
		Health: func(fault string) { c.told.note("health %q", fault) },
	}
	return c
}

// plugs puts another module in place of the old one, or none with a reason.
func (c *counter) plugs(m *module, absent error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.module, c.absent = m, absent
}

func (c *counter) tries() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.opened
}

// shows holds a code to the module and gives it time to speak.
func (c *counter) shows(s string) {
	c.module.data <- s
	time.Sleep(200 * time.Millisecond)
}

// eachWay runs a test with a stream that blocks, one that times out, and one that never waits.
func eachWay(t *testing.T, f func(t *testing.T, c *counter)) {
	for name, wait := range map[string]time.Duration{"blocks": -1, "times out": 100 * time.Millisecond, "never waits": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCounter(wait)
				running(t, c.Run)
				c.told.is(t, "a working module is not called so", `health ""`)
				f(t, c)
			})
		})
	}
}

func (c *counter) arm() {
	c.Arm(true)
	time.Sleep(scanSettle)
}

func TestACodeIsReadOnceWhileItIsAskedFor(t *testing.T) {
	eachWay(t, func(t *testing.T, c *counter) {
		c.shows(wechat + "\r")
		c.told.is(t, "a code was taken that nobody asked for")
		c.arm()
		c.shows(wechat + "\r")
		c.shows(wechat + "\r")
		c.told.is(t, "a held phone was read otherwise than once", "read "+wechat)
		c.shows(alipay)
		c.told.is(t, "a code without a tail was lost", "read "+alipay)
		time.Sleep(3 * time.Second)
		c.shows(alipay)
		c.told.is(t, "a code shown again later was lost", "read "+alipay)
		c.Arm(false)
		c.shows(wechat + "\r")
		c.told.is(t, "the ears stayed open")
		if n := c.Counts(); n.Unarmed != 2 || n.Repeats != 1 {
			t.Errorf("counted %+v", n)
		}
	})
}

func TestTheLastCustomersCodeNeverPaysForTheNext(t *testing.T) {
	eachWay(t, func(t *testing.T, c *counter) {
		c.module.data <- wechat[:9] // half a code, then the next customer chooses
		synctest.Wait()
		time.Sleep(20 * time.Millisecond)
		c.Arm(true)
		time.Sleep(20 * time.Millisecond)
		c.shows(wechat[9:] + "\r")
		c.told.is(t, "a code begun before the choice paid for it")
		c.Arm(false)
		c.Arm(true)
		time.Sleep(scanSettle / 2)
		c.shows(wechat + "\r")
		c.told.is(t, "what the module still had buffered paid for the next choice")
		c.shows(wechat + "\r")
		c.told.is(t, "the code of this customer was lost", "read "+wechat)
	})
}

func TestHalfACodeIsDroppedInSilence(t *testing.T) {
	eachWay(t, func(t *testing.T, c *counter) {
		c.arm()
		c.shows(wechat[:10])
		c.shows(wechat[10:] + "\r")
		c.told.is(t, "the customer was told off for a short read")
		c.shows(wechat + "\r")
		c.told.is(t, "a short read spoilt the next", "read "+wechat)
		if n := c.Counts().Fragments; n != 2 {
			t.Errorf("%d fragments counted", n)
		}
	})
}

func TestAPauseWithinTheGapCutsNoCode(t *testing.T) {
	eachWay(t, func(t *testing.T, c *counter) {
		c.arm()
		for _, b := range []byte(wechat + "\r") {
			c.module.data <- string(b)
			time.Sleep(40 * time.Millisecond)
		}
		c.told.is(t, "a slow module's code was cut", "read "+wechat)
	})
}

func TestTheScanModuleVanishesAndComesBack(t *testing.T) {
	eachWay(t, func(t *testing.T, c *counter) {
		c.arm()
		c.module.data <- wechat[:5]
		time.Sleep(20 * time.Millisecond)
		old := c.module
		c.plugs(nil, errors.New("opening the scan module: gone"))
		_ = old.Close()
		time.Sleep(100 * time.Millisecond)
		c.told.is(t, "nobody was told that the module is gone", `health "reading the scan module: EOF; looking for it again"`)
		before := c.tries()
		time.Sleep(time.Minute)
		if tries := c.tries() - before; tries < 6 || tries > 10 {
			t.Errorf("%d tries in a minute: not 1 to 10 s apart", tries)
		}
		c.told.is(t, "the reason changed and was not told once", `health "opening the scan module: gone"`)
		c.plugs(newModule(-1), nil)
		time.Sleep(11 * time.Second)
		c.told.is(t, "the module is back and nobody noticed", `health ""`)
		c.shows(wechat + "\r")
		c.told.is(t, "the kiosk must be restarted to read again", "read "+wechat)
		if c.Counts().Vanished != 1 {
			t.Errorf("counted %+v", c.Counts())
		}
	})
}

func TestAScannerStopsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter(-1)
		c.plugs(nil, errors.New("none"))
		ctx, stop := context.WithTimeout(t.Context(), 7500*time.Millisecond)
		defer stop()
		began := time.Now()
		if err := c.Run(ctx); err != nil || time.Since(began) != 7500*time.Millisecond {
			t.Errorf("stopping took until %v (%v)", time.Since(began), err)
		}
	})
}

func TestASerialLineBelongsToOneProcess(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	path := slave.Name()
	defer slave.Close()
	port, err := OpenSerial(path, 9600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSerial(path, 9600); err == nil || !strings.Contains(err.Error(), "another program has it") {
		t.Errorf("two programs read one module, each half of the codes: %v", err)
	}
	if _, err := master.WriteString(wechat + "\r\x00\x0a"); err != nil {
		t.Fatal(err)
	}
	var got string
	for buf := make([]byte, 64); len(got) < len(wechat)+3; {
		n, err := port.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got += string(buf[:n])
	}
	if got != wechat+"\r\x00\x0a" {
		t.Errorf("the line is not raw: %q", got)
	}
	ended := make(chan error)
	go func() { _, err := port.Read(make([]byte, 1)); ended <- err }()
	if err := port.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("a closed line reads on")
	}
	again, err := OpenSerial(path, 115200)
	if err != nil {
		t.Fatalf("the line stays locked after Close: %v", err)
	}
	_ = again.Close()
}

func TestASerialLineThatIsNotThereSaysWhatToDo(t *testing.T) {
	file := t.TempDir() + "/notatty"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/dev/kiosk-none": "opening the scan module at /dev/kiosk-none: there is no such device; see scanner.port and the cable",
		file:              "scanner.port",
	} {
		_, err := OpenSerial(path, 9600)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
