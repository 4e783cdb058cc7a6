package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.bug.st/serial"
	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
)

const (
	params   = "/sys/module/kiosk_spi/parameters/"
	scanner  = "/dev/ttyUSB0"
	card     = "/var/lib/kiosk/count"
	dialout  = 20
	patience = 20 * time.Second
)

func pinFile(n, name string) string {
	return "/sys/devices/platform/gpiosim/gpiochip0/sim_gpio" + n + "/" + name
}

// glass sends one command byte and then data, with the D/C line low and high.
func (p *parts) glass(data string) (string, error) {
	if err := p.dc.Out(gpio.Low); err != nil {
		return "", err
	}
	if err := p.conn.Tx([]byte{0x2c}, nil); err != nil {
		return "", err
	}
	if err := p.dc.Out(gpio.High); err != nil {
		return "", err
	}
	return "", p.conn.Tx([]byte(data), nil)
}

// frame sends n bytes in the largest transfers there may be and says how long the bus took.
func (p *parts) frame(n string) (string, error) {
	left, err := strconv.Atoi(n)
	if err != nil {
		return "", err
	}
	most := p.conn.(conn.Limits).MaxTxSize()
	b := make([]byte, most)
	for i := range b {
		b[i] = byte(i)
	}
	begun := time.Now()
	for left > 0 {
		k := min(left, most)
		if err := p.conn.Tx(b[:k], nil); err != nil {
			return "", err
		}
		left -= k
	}
	return fmt.Sprintf("%d %d", time.Since(begun).Microseconds(), most), nil
}

// shift sends one byte and reads one: what is not connected reads as zero.
func (p *parts) shift(string) (string, error) {
	r := []byte{0xff}
	err := p.conn.Tx([]byte{0x04}, r)
	return fmt.Sprint(r[0]), err
}

// key waits for a key that is pressed 100 ms later.
func (p *parts) key(n string) (string, error) {
	pin := gpioreg.ByName("GPIO" + n)
	if err := pin.In(gpio.PullUp, gpio.BothEdges); err != nil {
		return "", err
	}
	if pin.Read() != gpio.High {
		return "", errors.New("a free key with a pull-up is low")
	}
	pressed := make(chan error)
	go func() {
		time.Sleep(100 * time.Millisecond)
		pressed <- os.WriteFile(pinFile(n, "pull"), []byte("pull-down"), 0)
	}()
	begun := time.Now()
	edge := pin.WaitForEdge(patience)
	took := time.Since(begun)
	return fmt.Sprintf("%v %v %d ms", edge, pin.Read(), took.Milliseconds()), <-pressed
}

// held opens a key that is pressed already: its pull-up must not win.
func (p *parts) held(n string) (string, error) {
	if err := os.WriteFile(pinFile(n, "pull"), []byte("pull-down"), 0); err != nil {
		return "", err
	}
	pin := gpioreg.ByName("GPIO" + n)
	if err := pin.In(gpio.PullUp, gpio.BothEdges); err != nil {
		return "", err
	}
	level := pin.Read()
	if err := os.WriteFile(pinFile(n, "pull"), []byte("free"), 0); err != nil {
		return "", err
	}
	err := pin.In(gpio.PullUp, gpio.BothEdges)
	return fmt.Sprintf("%v %v", level, pin.Read()), err
}

// out drives a pin high and reads it from the other side.
func (p *parts) out(n string) (string, error) {
	if err := gpioreg.ByName("GPIO" + n).Out(gpio.High); err != nil {
		return "", err
	}
	return p.look(pinFile(n, "value"))
}

// motor lets another process turn a pin on and die, and says how the pin stands then.
func (p *parts) motor(n string) (string, error) {
	if out, err := exec.Command("/agent", n).CombinedOutput(); err == nil || len(out) > 0 {
		return "", fmt.Errorf("the child did not die of a signal: %v %s", err, out)
	}
	return p.look(pinFile(n, "value"))
}

// trace turns a pin on and off and gives the levels that the kernel wrote down.
func (p *parts) trace(n string) (string, error) {
	const dir = "/sys/kernel/tracing/"
	line, err := strconv.Atoi(n)
	if err != nil {
		return "", err
	}
	chips, err := filepath.Glob("/sys/class/gpio/gpiochip*/base")
	if err != nil || len(chips) != 1 {
		return "", fmt.Errorf("%d chips: %w", len(chips), err)
	}
	base, err := p.look(chips[0])
	if err != nil {
		return "", err
	}
	first, err := strconv.Atoi(base)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(dir+"events/gpio/enable", []byte("1"), 0); err != nil {
		return "", err
	}
	pin := gpioreg.ByName("GPIO" + n)
	if err := errors.Join(pin.Out(gpio.High), pin.Out(gpio.Low)); err != nil {
		return "", err
	}
	told, err := p.look(dir + "trace")
	if err != nil {
		return "", err
	}
	var levels []string
	for _, l := range strings.Split(told, "\n") {
		if _, level, ok := strings.Cut(l, fmt.Sprintf("gpio_value: %d set ", first+line)); ok {
			levels = append(levels, level)
		}
	}
	return strings.Join(levels, " "), nil
}

func (p *parts) set(arg string) (string, error) {
	name, value, _ := strings.Cut(arg, " ")
	return "", os.WriteFile(params+name, []byte(value), 0)
}

// look reads a small file; a name without a path is a parameter of the bus.
func (p *parts) look(name string) (string, error) {
	if !strings.HasPrefix(name, "/") {
		name = params + name
	}
	b, err := os.ReadFile(name)
	return strings.TrimSpace(string(b)), err
}

// open waits until the scan module is there and belongs to the group dialout.
func (p *parts) open(string) (string, error) {
	err := errors.New("it is not of group dialout")
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		var of syscall.Stat_t
		if err := syscall.Stat(scanner, &of); err == nil && of.Gid != dialout {
			continue
		}
		if p.tty, err = serial.Open(scanner, &serial.Mode{BaudRate: 9600}); err == nil {
			return "", p.tty.SetReadTimeout(patience)
		}
	}
	return "", err
}

// read gives one line of the scan module.
func (p *parts) read(string) (string, error) {
	var got []byte
	for b := make([]byte, 64); !strings.HasSuffix(string(got), "\r"); {
		n, err := p.tty.Read(b)
		if err != nil || n == 0 {
			return "", fmt.Errorf("after %q: %w", got, errors.Join(err, io.ErrUnexpectedEOF))
		}
		got = append(got, b[:n]...)
	}
	return strconv.Quote(string(got)), nil
}

// gone waits until the scan module has been pulled out.
func (p *parts) gone(string) (string, error) {
	if n, err := p.tty.Read(make([]byte, 64)); err == nil {
		return "", fmt.Errorf("the unplugged module still answers %d bytes", n)
	}
	_ = p.tty.Close() // of a device that is not there
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(scanner); errors.Is(err, os.ErrNotExist) {
			return "", nil
		}
	}
	return "", fmt.Errorf("%s is still there", scanner)
}

func (p *parts) get(url string) (string, error) {
	answer, err := (&http.Client{Timeout: patience}).Get(url)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	return string(b), err
}

// count writes numbers to the card for ever, and tells each once it is on the card.
func (p *parts) count(string) (string, error) {
	f, err := os.OpenFile(card, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		if _, err := fmt.Fprintln(f, n); err != nil {
			return "", err
		}
		if err := f.Sync(); err != nil {
			return "", err
		}
		answer(p.agent, strconv.Itoa(n), nil)
	}
}

// counted is how many whole numbers in order are on the card.
func (p *parts) counted(string) (string, error) {
	b, err := os.ReadFile(card)
	n := 0
	for _, line := range strings.Fields(string(b)) {
		if line != strconv.Itoa(n+1) {
			break
		}
		n++
	}
	return strconv.Itoa(n), err
}

func (p *parts) clock(string) (string, error) { return strconv.FormatInt(time.Now().Unix(), 10), nil }
