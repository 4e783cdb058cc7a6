//go:build sim

package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

const (
	slowRounds = 6
	slowEach   = 40 // sales a round
	slowWithin = 2.0
)

// phone is a technician's, at an address of its own.
var phone = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true,
	DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		return (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 200, 1)}}).DialContext(ctx, network, addr)
	}}}

// looks has a technician look at the page now and then until it is done.
func (s *stand) looks(path string, done <-chan struct{}) (took []time.Duration) {
	for {
		select {
		case <-done:
			return took
		case <-time.After(100 * time.Millisecond):
		}
		began := time.Now()
		r, err := phone.Get("http://" + s.addr + path)
		if err != nil {
			s.tb.Errorf("the technician's %s: %v", path, err)
			continue
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil || r.StatusCode != 200 {
			s.tb.Errorf("the technician's %s: %d %v", path, r.StatusCode, err)
		}
		_ = r.Body.Close()
		took = append(took, time.Since(began))
	}
}

// siege is what is measured without the crowd, with it, and without it once more.
type siege struct {
	code, motor, end, sale, write, page, status, control compared
	cpu                                                  [3]time.Duration
	again                                                [3]int
}

// BenchmarkAThousandSlowClients sells at a kiosk of ten thousand orders, by turns alone and besieged by a thousand
// connections that drip one byte in ten seconds: heads and forms that never end, answers of a thousand orders that nobody
// reads, live pages. Its promise: no part of a sale takes twice as long at the 99th percentile.
func BenchmarkAThousandSlowClients(b *testing.B) {
	for range b.N {
		s := aStand(b, aBookOf(b, 10_000), true)
		crowd := aCrowd(b, s.addr)
		for range 2 * slowEach { // what is done once is done
			s.sell()
		}
		g := newSiege()
		for round := range 2 * slowRounds {
			besieged := round%2 == 1
			if besieged {
				crowd.full()
			}
			g.sell(s, round)
			if besieged {
				if held, _, _ := s.door.held(); held < 64 {
					b.Fatalf("only %d connections are held: this proves nothing", held)
				}
				crowd.is("go")
				s.until("the crowd has gone", func() bool { open, _, _ := s.door.held(); return open <= 1 })
			}
		}
		_, _, asked := crowd.is("")
		_, most, one := s.door.held()
		b.Logf("%d slow clients came %d times; at most %d connections were open at once, and %d from one address", slowClients, asked, most, one)
		g.tell(b)
	}
}

func newSiege() *siege {
	g := &siege{}
	for name, c := range map[string]*compared{"key to code": &g.code, "paid to motor": &g.motor, "motor to written down and thanks": &g.end, "the three together": &g.sale,
		"a durable write": &g.write, "a technician's page": &g.page, "a technician's /status.json": &g.status, "the control": &g.control} {
		c.name = name
	}
	return g
}

// put adds to what was measured without, once more without, or with.
func (c *compared) put(kind int, took ...time.Duration) {
	to := []*[]time.Duration{&c.without, &c.again, &c.with}[kind]
	*to = append(*to, took...)
}

// once sells once.
func (g *siege) once(s *stand, kind int) {
	x := s.sell()
	g.again[kind] += x.again
	g.code.put(kind, x.code)
	g.motor.put(kind, x.motor)
	g.end.put(kind, x.end)
	g.sale.put(kind, x.code+x.motor+x.end)
}

// sell sells for a round, while a technician looks.
func (g *siege) sell(s *stand, round int) {
	kind := []int{0, 2, 1, 2}[round%4]
	s.written()
	done := make(chan struct{})
	var technician sync.WaitGroup
	var page, status []time.Duration
	technician.Go(func() { page = s.looks("/", done) })
	technician.Go(func() { status = s.looks("/status.json", done) })
	same, cpu := aControl(s.tb), worked(s.tb)
	for range slowEach {
		g.once(s, kind)
	}
	g.cpu[kind] += worked(s.tb) - cpu
	g.control.put(kind, same.end()...)
	close(done)
	technician.Wait()
	g.write.put(kind, s.written()...)
	g.page.put(kind, page...)
	g.status.put(kind, status...)
}

func (g *siege) tell(b *testing.B) {
	for _, c := range []compared{g.sale, g.code, g.motor, g.end, g.write} {
		c.tell(b, slowWithin, g.control)
	}
	for _, c := range []compared{g.page, g.status, g.control} {
		c.tell(b, 0, g.control)
	}
	alone := g.cpu[0] + g.cpu[1]
	b.Logf("the kiosk's own processor time %v → %v: %.2f x; keys pressed again %d → %d", alone.Round(time.Millisecond), g.cpu[2].Round(time.Millisecond),
		float64(g.cpu[2])/float64(alone), g.again[0]+g.again[1], g.again[2])
	all := append(g.sale.without, g.sale.again...)
	b.ReportMetric(times(50, all, g.sale.with), "x-p50-besieged")
	b.ReportMetric(times(99, all, g.sale.with), "x-p99-besieged")
	b.ReportMetric(slowWithin, "x-limit")
	b.ReportMetric(0, "ns/op")
}
