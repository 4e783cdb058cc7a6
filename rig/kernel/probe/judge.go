package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// host starts the machine of CACHE in DIR (which holds initrd and disk.raw) and looks at each device.
func host() error {
	if len(os.Args) != 3 {
		return errors.New("usage: probe CACHE DIR")
	}
	cache, dir := os.Args[1], os.Args[2]
	m, err := power(cache, dir, " spidev.bufsiz=65536")
	if err != nil {
		return err
	}
	acknowledged, err := m.judge(checks)
	if err = errors.Join(err, m.cut()); err != nil {
		return err
	}
	// The same disk again, after the power was cut in the middle of writing; bufsiz as the kernel has it.
	if m, err = power(cache, dir, ""); err != nil {
		return err
	}
	_, err = m.judge([]check{{"boots again", (*machine).boots}, {"sees bufsiz 4096 if nobody asks for more", (*machine).plainBufsiz},
		{"still has what the card had acknowledged", func(m *machine) (string, error) { return m.kept(acknowledged) }}})
	if err != nil {
		return errors.Join(err, m.cut())
	}
	if _, err := fmt.Fprintln(m.agent, "quit"); err != nil {
		return err
	}
	return m.proc.Wait()
}

type check struct {
	name string
	do   func(*machine) (string, error)
}

var checks = []check{
	{"boots", (*machine).boots},
	{"has the host's time", (*machine).time},
	{"tells commands from data", (*machine).bytes},
	{"takes as long as its clock says", (*machine).pace},
	{"reads zeros where nothing is connected", (*machine).zeros},
	{"fails the transfer it was told to", (*machine).fails},
	{"loses a bus that is absent", (*machine).absent},
	{"waits for a slow reader, then gives up", (*machine).slow},
	{"sees a key pulled down", (*machine).key},
	{"lets a held key win over its pull-up", (*machine).held},
	{"drives a pin", (*machine).out},
	{"keeps a trace of its levels", (*machine).trace},
	{"leaves a motor on when its program dies", (*machine).motor},
	{"hears a scan module", (*machine).scan},
	{"sees it vanish and return", (*machine).replug},
	{"reaches the host's loopback", (*machine).network},
	{"acknowledges what is on the card", (*machine).count},
}

// judge runs the checks and gives the last one's words.
func (m *machine) judge(all []check) (last string, err error) {
	for _, c := range all {
		begun := time.Now()
		if last, err = c.do(m); err != nil {
			return "", fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Printf("rig: %s ... %.2f s  %s\n", c.name, time.Since(begun).Seconds(), last)
	}
	return last, nil
}

func want(got string, err error, want string) error {
	if err == nil && got != want {
		err = fmt.Errorf("got %q, want %q", got, want)
	}
	return err
}

func (m *machine) boots() (string, error) {
	said, err := m.hear()
	if err == nil && !strings.HasSuffix(said, "chip pinctrl-sim with 54 lines") {
		err = errors.New(said)
	}
	return said, err
}

func (m *machine) time() (string, error) {
	said, err := m.ask("clock")
	if err != nil {
		return "", err
	}
	at, err := strconv.ParseInt(said, 10, 64)
	if off := time.Since(time.Unix(at, 0)).Abs(); err == nil && off > 5*time.Second {
		err = fmt.Errorf("it is %v off", off)
	}
	return "", err
}

// next takes a record and holds it against what was sent.
func (m *machine) next(dc byte, data string) error {
	got, b, err := m.record()
	if err == nil && (got != dc || string(b) != data) {
		err = fmt.Errorf("D/C %d and %q arrived, want %d and %q", got, b, dc, data)
	}
	return err
}

func (m *machine) bytes() (string, error) {
	if _, err := m.ask("glass pixels"); err != nil {
		return "", err
	}
	return "", errors.Join(m.next(0, "\x2c"), m.next(1, "pixels"))
}

func (m *machine) pace() (string, error) {
	const sent, hertz = 153600, 40_000_000 // a frame of 240x320 in 16 bits
	said, err := m.ask("frame %d", sent)
	if err != nil {
		return "", err
	}
	var us, most int
	if _, err := fmt.Sscan(said, &us, &most); err != nil {
		return "", err
	}
	if least := sent * 8 * 1_000_000 / hertz; us < least || most != 65536 {
		return "", fmt.Errorf("%d µs with transfers of %d, want at least %d and 65536", us, most, least)
	}
	for left := sent; left > 0; {
		_, b, err := m.record()
		if err != nil || len(b) > left {
			return "", fmt.Errorf("%d bytes with %d to come: %w", len(b), left, err)
		}
		for i := range b {
			if b[i] != byte(i) {
				return "", fmt.Errorf("byte %d is %d", i, b[i])
			}
		}
		left -= len(b)
	}
	return fmt.Sprintf("%.1f Mbit/s of 40", sent*8/float64(us)), nil
}

func (m *machine) zeros() (string, error) {
	said, err := m.ask("shift")
	return "", errors.Join(want(said, err, "0"), m.next(1, "\x04"))
}

func (m *machine) fails() (string, error) {
	if _, err := m.ask("set fail_nth 2"); err != nil {
		return "", err
	}
	if _, err := m.ask("glass lost"); err == nil || !strings.Contains(err.Error(), "input/output error") {
		return "", fmt.Errorf("the second transfer ended with %v", err)
	}
	said, err := m.ask("look fail_nth")
	if err := want(said, err, "0"); err != nil {
		return "", err
	}
	if _, err := m.ask("glass again"); err != nil {
		return "", err
	}
	return "", errors.Join(m.next(0, "\x2c"), m.next(0, "\x2c"), m.next(1, "again"))
}

func (m *machine) absent() (string, error) {
	if _, err := m.ask("set absent 1"); err != nil {
		return "", err
	}
	if _, err := m.ask("glass lost"); err == nil {
		return "", errors.New("the transfer went well")
	}
	if _, err := m.ask("set absent 0"); err != nil {
		return "", err
	}
	return m.bytes()
}

// slow sends more than the queue holds while nobody reads here.
func (m *machine) slow() (string, error) {
	if _, err := m.ask("set timeout_ms 200"); err != nil {
		return "", err
	}
	if _, err := m.ask("frame %d", 12<<20); err == nil {
		return "", errors.New("12 MiB went into a queue of 8")
	}
	said, err := m.ask("look overflows")
	if err := want(said, err, "1"); err != nil {
		return "", err
	}
	if said, err = m.ask("look transfers"); err != nil {
		return "", err
	}
	if _, err = m.ask("set timeout_ms 5000"); err != nil {
		return "", err
	}
	// What was taken in before arrives whole.
	all, err := strconv.Atoi(said)
	if err != nil {
		return "", err
	}
	for n := m.read; n < all; n++ {
		if _, b, err := m.record(); err != nil || len(b) != 65536 {
			return "", fmt.Errorf("record %d has %d bytes: %w", n, len(b), err)
		}
	}
	return m.bytes()
}

// trace turns a pin on and off and finds both in the kernel's own record, behind the Low that periph begins with.
func (m *machine) trace() (string, error) {
	said, err := m.ask("trace 22")
	return "", want(said, err, "0 1 0")
}

func (m *machine) key() (string, error) {
	said, err := m.ask("key 5")
	if err == nil && !strings.HasPrefix(said, "true Low ") {
		err = errors.New(said)
	}
	return said, err
}

func (m *machine) held() (string, error) {
	said, err := m.ask("held 6")
	return "", want(said, err, "Low High")
}

func (m *machine) out() (string, error) {
	said, err := m.ask("out 17")
	return "", want(said, err, "1")
}

func (m *machine) motor() (string, error) {
	said, err := m.ask("motor 27")
	return "", want(said, err, "1")
}

// scan plugs the module in and holds a code to it.
func (m *machine) scan() (string, error) {
	const code = "134567890123456789\r"
	module, err := m.dial("scan")
	if err != nil {
		return "", err
	}
	defer module.Close() // pulls it out
	if _, err := m.ask("open"); err != nil {
		return "", err
	}
	if _, err := io.WriteString(module, code); err != nil {
		return "", err
	}
	said, err := m.ask("read")
	return "", want(said, err, strconv.Quote(code))
}

func (m *machine) replug() (string, error) {
	if _, err := m.ask("gone"); err != nil {
		return "", err
	}
	return m.scan()
}

func (m *machine) network() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })) // until l closes
	}()
	said, err := m.ask("get http://10.0.2.2:%d/", l.Addr().(*net.TCPAddr).Port)
	return "", want(said, err, "hello")
}

// count lets the guest write without end and listens for a while; the power is cut while it goes on.
func (m *machine) count() (said string, err error) {
	if said, err = m.ask("count"); err != nil {
		return "", err
	}
	for end := time.Now().Add(500 * time.Millisecond); time.Now().Before(end); {
		if said, err = m.hear(); err != nil {
			return "", err
		}
	}
	return said, nil
}

func (m *machine) plainBufsiz() (string, error) {
	said, err := m.ask("look /sys/module/spidev/parameters/bufsiz")
	return "", want(said, err, "4096")
}

func (m *machine) kept(acknowledged string) (string, error) {
	said, err := m.ask("counted")
	if err != nil {
		return "", err
	}
	was, err := strconv.Atoi(acknowledged)
	if err != nil {
		return "", err
	}
	if is, err := strconv.Atoi(said); err != nil || is < was {
		return "", fmt.Errorf("%s of %d are on the card", said, was)
	}
	return fmt.Sprintf("%s of %d", said, was), nil
}
