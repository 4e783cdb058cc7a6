//go:build sim

package main

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"kiosk/sale"
	"kiosk/sim"
	"kiosk/sim/gateway"
)

// stand is a kiosk with every room as it ships, served on a real socket behind its own guard, that a bench sells at by
// the hundred. Two things are not the street's: what the gateway says comes by a door of its own, since in the world it
// does not come through the page's; and where goods are quick they fall at once, since no page holds up a motor that
// already turns.
type stand struct {
	tb    testing.TB
	addr  string // of the page, for strangers: see masked
	path  string // of the book
	quick bool
	kiosk *kiosk
	metal *sim.Street
	gate  *gateway.Gateway
	door  *masked

	mu     sync.Mutex
	shown  chan sale.View
	turns  chan time.Time
	writes []time.Duration
}

// aStand serves on the book in dir, or begins one there.
func aStand(tb testing.TB, dir string, quick bool) *stand {
	tb.Helper()
	s := &stand{tb: tb, quick: quick, shown: make(chan sale.View, 64), turns: make(chan time.Time, 4)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s.addr, s.door = l.Addr().String(), &masked{Listener: l, from: map[string]int{}}
	c := &cli{data: dir, addr: s.addr}
	conf, _, err := c.streetConfig()
	if err != nil {
		tb.Fatal(err)
	}
	for i := range conf.Slots {
		conf.Slots[i].Stock = 100_000
	}
	if s.metal, s.gate, err = openStreet(&conf); err != nil {
		tb.Fatal(err)
	}
	s.path = conf.Store.Path
	w := streetWiring(&conf, s.metal, s.gate)
	w.ready = func(net.Addr) {}
	w.disk = func(b sale.Book) sale.Book { return timedBook{b, s} }
	street := w.street
	w.street = func(page http.Handler) http.Handler {
		s.sideDoor(street(page))
		return page // strangers find the kiosk, and no street
	}
	s.kiosk = &kiosk{conf: conf, wires: w}
	if err := s.kiosk.connect(nil); err != nil {
		tb.Fatal(err)
	}
	s.kiosk.clerk.Screen = shownScreen{s.kiosk.clerk.Screen, s}
	s.kiosk.clerk.Dispenser = seenDispenser{s.kiosk.clerk.Dispenser, s}
	s.serve()
	return s
}

// sideDoor is where the gateway is met, and where its letters are handed in.
func (s *stand) sideDoor(all http.Handler) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.tb.Fatal(err)
	}
	srv := &http.Server{Handler: all}
	go srv.Serve(l)
	s.tb.Cleanup(func() {
		if err := srv.Shutdown(context.Background()); err != nil {
			s.tb.Error(err)
		}
	})
	s.metal.Network.Through = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, l.Addr().String())
	}
}

func (s *stand) serve() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := s.kiosk.serveOn(ctx, s.door)
		_ = s.kiosk.outputs.LatchOff()
		done <- err
	}()
	s.tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			s.tb.Errorf("the kiosk ended badly: %v", err)
		}
		_ = s.metal.Close()
	})
	s.until("the kiosk sells", func() bool { return s.kiosk.clerk.Snapshot().Ready })
}

func (s *stand) until(what string, ok func() bool) {
	s.tb.Helper()
	for began := time.Now(); !ok(); time.Sleep(time.Millisecond) {
		if time.Since(began) > patience {
			s.tb.Fatalf("waited %v, and never: %s; %+v", patience, what, s.kiosk.clerk.Snapshot())
		}
	}
}

// masked lets who calls from 127.0.x.y be a stranger from 10.0.x.y; 127.0.0.1 is the machine itself. It counts those
// strangers that are not let go.
type masked struct {
	net.Listener
	mu        sync.Mutex
	open      int
	from      map[string]int // by address
	most, one int            // that were ever open at once, and from one address
}

func (m *masked) Accept() (net.Conn, error) {
	c, err := m.Listener.Accept()
	if err != nil {
		return nil, err
	}
	from := *c.RemoteAddr().(*net.TCPAddr)
	if from.IP.Equal(net.IPv4(127, 0, 0, 1)) {
		return c, nil
	}
	ip := from.IP.To4()
	from.IP = net.IPv4(10, ip[1], ip[2], ip[3])
	name := from.IP.String()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open++
	m.from[name]++
	m.most, m.one = max(m.most, m.open), max(m.one, m.from[name])
	return &maskedConn{Conn: c, from: &from, gone: sync.OnceFunc(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.open--
		m.from[name]--
	})}, nil
}

// held are the strangers' connections now, at most at once, and at most from one address.
func (m *masked) held() (open, most, one int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.open, m.most, m.one
}

type maskedConn struct {
	net.Conn
	from net.Addr
	gone func()
}

func (c *maskedConn) RemoteAddr() net.Addr { return c.from }

func (c *maskedConn) Close() error {
	c.gone()
	return c.Conn.Close()
}

// timedBook notes how long each write took.
type timedBook struct {
	sale.Book
	s *stand
}

func (b timedBook) Write(ctx context.Context, p sale.Batch) error {
	began := time.Now()
	err := b.Book.Write(ctx, p)
	took := time.Since(began)
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	if len(p.Moves) > 0 {
		b.s.writes = append(b.s.writes, took)
	}
	return err
}

type shownScreen struct {
	sale.Screen
	s *stand
}

func (c shownScreen) Show(v sale.View) {
	c.Screen.Show(v)
	if v.QR != "" || v.Screen == sale.ScreenThanks {
		select {
		case c.s.shown <- v:
		default:
		}
	}
}

// seenDispenser says when a motor begins to turn. Where goods are quick they have fallen then.
type seenDispenser struct {
	sale.Dispenser
	s *stand
}

func (d seenDispenser) Vend(ctx context.Context, slot int) (int, string) {
	d.s.turns <- time.Now()
	if d.s.quick {
		return 1, ""
	}
	return d.Dispenser.Vend(ctx, slot)
}

// sold is how long each part of a sale took.
type sold struct {
	code  time.Duration // from the finger on the key to the code on its way to the glass
	motor time.Duration // from the phone that paid to the motor
	end   time.Duration // from the motor to the thanks, when it is written down as sold
	again int           // how often the finger came back to the key: one that a busy machine does not feel
}

// sell sells once, from the key to the thanks.
func (s *stand) sell() (took sold) {
	s.tb.Helper()
	v, took := s.presses()
	began := time.Now()
	if no, says, err := s.gate.Pay(v.QR, "pay"); err != nil || says != gateway.PhonePaid || no != string(v.No) {
		s.tb.Fatalf("the phone pays %s for %s: %q %v", no, v.No, says, err)
	}
	select {
	case at := <-s.turns:
		took.motor = at.Sub(began)
		began = at
	case <-time.After(patience):
		s.tb.Fatalf("%s is paid, and no motor turns", v.No)
	}
	if _, ok := s.sees(patience, func(now sale.View) bool { return now.Screen == sale.ScreenThanks && now.No == v.No }); !ok {
		s.tb.Fatalf("%s turned, and nobody is thanked: %+v", v.No, s.kiosk.clerk.Snapshot())
	}
	took.end = time.Since(began)
	return took
}

// presses presses a key until a code is shown.
func (s *stand) presses() (v sale.View, took sold) {
	s.tb.Helper()
	for begun := time.Now(); time.Since(begun) < patience; took.again++ {
		s.until("the machine is free", func() bool { l := s.kiosk.clerk.Snapshot(); return l.Ready && !l.Live })
		for len(s.shown) > 0 {
			<-s.shown
		}
		pressed := make(chan error, 1)
		began := time.Now()
		go func() { pressed <- s.metal.Press(s.tb.Context(), "1") }()
		v, ok := s.sees(3*time.Second, func(v sale.View) bool { return v.QR != "" })
		took.code = time.Since(began)
		if err := <-pressed; err != nil && ok {
			s.tb.Fatal(err)
		}
		if ok {
			return v, took
		}
	}
	s.tb.Fatalf("no key is felt: %+v", s.kiosk.clerk.Snapshot())
	return v, took
}

func (s *stand) sees(wait time.Duration, it func(sale.View) bool) (sale.View, bool) {
	for over := time.After(wait); ; {
		select {
		case v := <-s.shown:
			if it(v) {
				return v, true
			}
		case <-over:
			return sale.View{}, false
		}
	}
}

// written hands over how long the writes took since it was asked last.
func (s *stand) written() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.writes
	s.writes = nil
	return was
}
