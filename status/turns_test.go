package status

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

// stuck is a reader that takes nothing until it is let.
type stuck struct {
	*httptest.ResponseRecorder
	writes chan struct{}
	let    chan struct{}
}

func (s *stuck) Write(b []byte) (int, error) {
	s.writes <- struct{}{}
	<-s.let
	return s.ResponseRecorder.Write(b)
}

// However many ask for what takes work, so many work at a time that a sale finds a processor.
func TestACrowdWorksInTurns(t *testing.T) {
	h := newHouse()
	var now, most atomic.Int32
	look := h.Snapshot
	h.Snapshot = func() sale.Snapshot {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(time.Millisecond)
		defer now.Add(-1)
		return look()
	}
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			if w := h.get(costlyPaths[i%len(costlyPaths)]); w.Code != 200 {
				t.Errorf("%s: %d", costlyPaths[i%len(costlyPaths)], w.Code)
			}
		})
	}
	all.Wait()
	if limit := int32(max(1, runtime.NumCPU()/2)); most.Load() > limit || most.Load() == 0 {
		t.Errorf("%d worked at once; %d may", most.Load(), limit)
	}
}

// A turn ends with the first byte: who reads slowly holds up nobody, whatever was asked for.
func TestWhoReadsSlowlyHoldsUpNobody(t *testing.T) {
	h := newHouse()
	var all sync.WaitGroup
	let := make(chan struct{})
	for _, path := range append([]string{"/orders.json?limit=1000", "/orders.json"}, costlyPaths...) {
		for range 3 {
			s := &stuck{httptest.NewRecorder(), make(chan struct{}, 1), let}
			all.Go(func() { h.h.ServeHTTP(s, ask("GET", path)) })
			<-s.writes
		}
		if w := h.get(path); w.Code != 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	close(let)
	all.Wait()
}

// Who waits too long for a turn is told so, and takes nobody's.
func TestWhoFindsNoTurnIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		var gives []func()
		for range max(1, runtime.NumCPU()/2) {
			give, ok := h.limiter.AcquireSlot(t.Context())
			if !ok {
				t.Fatal("the first turn is not given")
			}
			gives = append(gives, give)
		}
		began := time.Now()
		w := h.get("/status.json")
		if must(t, w, 503, ""); w.Header().Get("Retry-After") == "" || time.Since(began) != 10*time.Second {
			t.Errorf("after %v, %v", time.Since(began), w.Header())
		}
		oneLine(t, w)
		for _, path := range []string{"/healthz", "/readyz", "/page.css"} { // who watches over the machine is answered at once
			must(t, h.get(path), 200, "")
		}
		if time.Since(began) != 10*time.Second {
			t.Error("a look at its health waits for a turn")
		}
		for _, give := range gives {
			give()
			give()
		}
		must(t, h.get("/status.json"), 200, "")
	})
}

// A crowd that asks for the same long list has the book read twice: once for the first, and once for all who came meanwhile.
func TestACrowdReadsTheBookTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		read, orders := 0, h.Orders
		h.Orders = func(ctx context.Context, limit int, state string) ([]sale.Entry, error) {
			read++
			time.Sleep(time.Second)
			h.entries = append(h.entries, order1(sale.Sold))
			return orders(ctx, limit, state)
		}
		const crowd = 200
		bodies := make([]string, crowd)
		var all sync.WaitGroup
		for i := range crowd {
			all.Go(func() {
				r := ask("GET", "/orders.json?limit=1000")
				if i == 0 { // the first one leaves; the others must not go without
					gone, leave := context.WithTimeout(r.Context(), time.Millisecond)
					defer leave()
					r = r.WithContext(gone)
				}
				bodies[i] = h.do(r).Body.String()
			})
			if i == 0 {
				synctest.Wait()
			}
		}
		all.Wait()
		if read != 2 {
			t.Errorf("%d people have the book read %d times", crowd, read)
		}
		for i, b := range bodies[1:] {
			if b != bodies[1] || len(b) < 100 {
				t.Fatalf("number %d is told %.80q, number 1 %.80q", i+1, b, bodies[1])
			}
		}
	})
}

// Ten thousand long lists, each another, get half of one processor; a short one is answered between two of them.
func TestLongListsLeaveRoomBetweenThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		var busy time.Duration
		orders := h.Orders
		h.Orders = func(ctx context.Context, limit int, state string) ([]sale.Entry, error) {
			if limit > fewOrders {
				time.Sleep(100 * time.Millisecond)
				busy += 100 * time.Millisecond
			}
			return orders(ctx, limit, state)
		}
		began := time.Now()
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() { h.get(fmt.Sprint("/orders.json?limit=", 900-i)) })
		}
		synctest.Wait()
		time.Sleep(150 * time.Millisecond)
		asked := time.Now()
		must(t, h.get("/orders.json"), 200, "")
		if waited := time.Since(asked); waited > 100*time.Millisecond {
			t.Errorf("a short list waits %v behind the long ones", waited)
		}
		all.Wait()
		if whole := time.Since(began); busy > whole/2+100*time.Millisecond {
			t.Errorf("the book was read for %v of %v", busy, whole)
		}
	})
}

// An answer is never older than its question, and a book that fails, or falls over itself, does not shut the door.
func TestASharedAnswerIsNeverOld(t *testing.T) {
	h := newHouse()
	for i := range 5 {
		h.entries = append(h.entries, order1(sale.Sold))
		if got, want := h.get("/orders.json").Body.String(), fmt.Sprint(i+1); fmt.Sprint(countOf(got)) != want {
			t.Errorf("asked after %s orders, told %d", want, countOf(got))
		}
	}
	orders := h.Orders
	h.Orders = func(context.Context, int, string) ([]sale.Entry, error) {
		return nil, errors.New("read the book: malformed")
	}
	must(t, h.get("/orders.json"), 503, "")
	h.Orders = func(context.Context, int, string) ([]sale.Entry, error) { panic("the book falls over itself") }
	func() {
		defer func() { _ = recover() }()
		h.h.ServeHTTP(httptest.NewRecorder(), ask("GET", "/orders.json"))
	}()
	h.Orders = orders
	must(t, h.get("/orders.json"), http.StatusOK, "")
}

func countOf(body string) (n int) {
	for i := range len(body) - 5 {
		if body[i:i+6] == `{"no":` {
			n++
		}
	}
	return n
}

// Sixteen who watch have the machine looked at as often as one does.
func TestWatchersLookTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		looks, look := 0, h.Snapshot
		h.Snapshot = func() sale.Snapshot { looks++; return look() }
		ctx, leave := context.WithTimeout(t.Context(), 10*time.Second)
		defer leave()
		var all sync.WaitGroup
		for i := range maxWatchers {
			r := ask("GET", "/events").WithContext(ctx)
			r.RemoteAddr = fmt.Sprintf("10.0.%d.1:1", i)
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				h.do(r)
			})
		}
		all.Wait()
		if most := int(2 * 10 * time.Second / watchEvery); looks > most || looks < 10 {
			t.Errorf("%d looks in ten seconds, at most %d", looks, most)
		}
	})
}
