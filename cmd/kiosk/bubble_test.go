//go:build sim

package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"kiosk/cmd/kiosk/config"
	"kiosk/sim"
	"kiosk/sim/gateway"
)

// bench is a kiosk with every room as it ships, between the street's wires, in a bubble where hours pass in no time.
type bench struct {
	*machine
	conf   config.Config
	metal  *sim.Street
	gate   *gateway.Gateway
	kiosk  *kiosk
	life   *sim.Process
	tested bool // motors turned that nobody paid for: a technician's
	trace  sim.Trace
	stop   func() error // ends the service and waits for it

	outside map[string]http.Handler // what else is on the internet, by path; set before start
	wired   func(w *wiring)         // other wires than the street's; set before start
}

// onBench runs a kiosk in a bubble and judges book, gateway and shelf at the end.
func onBench(t *testing.T, built func(conf *config.Config), do func(b *bench)) {
	t.Helper()
	onBenchWith(t, nil, built, do)
}

// onBenchWith also has an internet around it.
func onBenchWith(t *testing.T, outside map[string]http.Handler, built func(conf *config.Config), do func(b *bench)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, dir, built)
		b.outside = outside
		b.start()
		b.waitReady()
		do(b)
		if !b.tested {
			b.fair()
		}
		if err := b.stop(); err != nil {
			t.Errorf("the kiosk ended badly: %v", err)
		}
		if on := b.trace.High(); len(on) > 0 {
			t.Errorf("the kiosk has ended, and %v is on", on)
		}
		_ = b.metal.Close()
	})
}

const benchDoor = "GPIO7"

func newBench(t *testing.T, dir string, built func(*config.Config)) *bench {
	t.Helper()
	c := &cli{data: dir, addr: "127.0.0.1:8080"}
	conf, _, err := c.streetConfig()
	if err != nil {
		t.Fatal(err)
	}
	conf.Keys.Door = benchDoor
	if built != nil {
		built(&conf)
	}
	if err := conf.Check(); err != nil {
		t.Fatal(err)
	}
	b := &bench{machine: &machine{t: t, addr: c.addr, dir: dir, args: []string{"-data", dir, "-addr", c.addr}}, conf: conf}
	if b.metal, b.gate, err = openStreet(&b.conf); err != nil {
		t.Fatal(err)
	}
	b.door(false)
	for _, name := range b.conf.ListOutputs() {
		b.trace.Watch(b.metal.Wire(name))
		b.metal.Wire(name).Watch(b.drawSparks)
	}
	return b
}

// drawSparks puts a burst on every key, switch and light barrier whenever a motor starts or stops. No test here may mind it.
func (b *bench) drawSparks() {
	for _, u := range b.conf.PinUses() {
		if table, _, _ := strings.Cut(u.Key, " "); u.IsDriven() || table != "slot" && !strings.HasPrefix(u.Key, "keys.") {
			continue
		}
		for n, wide := range []time.Duration{0, 20 * time.Microsecond, 300 * time.Microsecond} {
			time.AfterFunc(time.Duration(n)*3*time.Millisecond, func() { b.metal.Wire(u.Pin).Spark(wide) })
		}
	}
}

func (b *bench) door(open bool) { b.metal.Wire(benchDoor).Set(gpio.Level(open)) }

// start connects a kiosk to the street's wires and lets it serve.
func (b *bench) start() {
	b.t.Helper()
	l := &pipes{conns: make(chan net.Conn), over: make(chan struct{})}
	b.metal.Network.Through = l.dial
	w := streetWiring(&b.conf, b.metal, b.gate)
	life := &sim.Process{}
	w.pin = func(name string) (gpio.PinIO, error) { return life.Hold(b.metal.Wire(name)), nil }
	w.ready = func(net.Addr) {}
	if b.wired != nil {
		b.wired(w)
	}
	street := w.street
	w.street = func(page http.Handler) http.Handler {
		web := street(page)
		b.web = web
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if other := b.outside[r.URL.Path]; other != nil {
				other.ServeHTTP(w, r)
				return
			}
			web.ServeHTTP(w, r)
		})
	}
	k := &kiosk{conf: b.conf, wires: w}
	if err := k.connect(nil); err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := k.serveOn(ctx, l)
		_ = k.outputs.LatchOff()
		done <- err
	}()
	b.life, b.kiosk = life, k
	b.stop = sync.OnceValue(func() error { cancel(); return <-done })
	b.t.Cleanup(func() { _ = b.stop() }) // a bubble that fails must not leave anybody behind
	synctest.Wait()
}

// kill ends the kiosk where it stands, as kill -9 does: what is written is written, what is on stays on. The next
// one starts from what is on the card.
func (b *bench) kill() {
	b.t.Helper()
	b.life.Kill()
	b.trouble("network", "off")
	next := filepath.Join(b.dir, "next")
	if err := os.Mkdir(next, 0o755); err != nil {
		b.t.Fatal(err)
	}
	for _, name := range []string{"kiosk.db", "kiosk.db-wal", "technician.pin"} {
		text, err := os.ReadFile(filepath.Join(b.dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(next, name), text, 0o600)
		} else if name == "technician.pin" && os.IsNotExist(err) {
			continue // nobody has made one yet
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	go b.stop() // the dead one's goroutines go their ways, and reach nothing
	b.dir, b.conf.Store.Path, b.args = next, filepath.Join(next, "kiosk.db"), []string{"-data", next, "-addr", b.addr}
	time.Sleep(time.Second)
	b.trouble("network", "on")
	b.start()
}

// pipes is a listener without sockets.
type pipes struct {
	conns chan net.Conn
	over  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.over:
	default:
		close(p.over)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.over:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestTheBenchSellsLikeTheStreet(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		began := time.Now()
		no := b.showQR(1)
		b.phone("pay")
		b.untilState(no, "sold")
		if turned, dropped := b.counts(1); turned != 1 || dropped != 1 {
			t.Errorf("%d turns, %d drops", turned, dropped)
		}
		t.Logf("sold after %v of the bubble's time", time.Since(began))
	})
}
