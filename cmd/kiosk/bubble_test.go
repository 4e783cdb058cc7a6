//go:build sim

package main

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sim"
	"kiosk/store"
)

// bench is a kiosk with every room as it ships, between the street's wires, in a bubble where hours pass in no time.
type bench struct {
	*machine
	conf  config
	metal *sim.Street
	gate  *sim.Gateway
	kiosk *kiosk
	stop  func() error // ends the service and waits for it
}

// onBench runs a kiosk in a bubble and judges book and gateway at the end.
func onBench(t *testing.T, do func(b *bench)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, dir)
		b.start()
		b.waitReady()
		do(b)
		if err := b.stop(); err != nil {
			t.Errorf("the kiosk ended badly: %v", err)
		}
		_ = b.metal.Close()
		b.judge()
	})
}

func newBench(t *testing.T, dir string) *bench {
	t.Helper()
	c := &cli{data: dir, addr: "127.0.0.1:8080"}
	conf, _, err := c.streetConfig()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{machine: &machine{t: t, addr: c.addr, dir: dir}, conf: conf}
	if b.metal, b.gate, err = openStreet(&b.conf); err != nil {
		t.Fatal(err)
	}
	return b
}

// start connects a kiosk to the street's wires and lets it serve.
func (b *bench) start() {
	b.t.Helper()
	l := &pipes{conns: make(chan net.Conn), over: make(chan struct{})}
	b.metal.Network.Through = l.dial
	w := streetWiring(&b.conf, b.metal, b.gate)
	w.ready = func(net.Addr) {}
	street := w.street
	w.street = func(page http.Handler) http.Handler { b.web = street(page); return b.web }
	k := &kiosk{conf: b.conf, wires: w}
	if err := k.connect(); err != nil {
		b.t.Fatal(err)
	}
	b.kiosk = k
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := k.serveOn(ctx, l)
		_ = k.outputs.Shut()
		done <- err
	}()
	b.stop = func() error { cancel(); return <-done }
	synctest.Wait()
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

// judge holds book, gateway and shelf against each other: whoever paid has the goods or the money, and nobody both
// but where the book says so.
func (b *bench) judge() {
	b.t.Helper()
	r, err := store.OpenReader(filepath.Join(b.dir, "kiosk.db"))
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Close()
	entries, err := r.List(context.Background(), 0, "")
	if err != nil {
		b.t.Fatal(err)
	}
	for _, v := range store.Audit(entries) {
		b.t.Errorf("audit: %+v", v)
	}
	for _, v := range b.gate.Violations() {
		b.t.Errorf("the gateway saw: %s", v)
	}
}

func TestTheBenchSellsLikeTheStreet(t *testing.T) {
	onBench(t, func(b *bench) {
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
