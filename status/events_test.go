package status

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

// wire is a watcher's end of a connection.
type wire struct {
	mu   sync.Mutex
	head http.Header
	code int
	text strings.Builder
	cut  bool
}

func (w *wire) Header() http.Header { return w.head }
func (w *wire) WriteHeader(c int)   { w.code = c }
func (w *wire) Flush()              {}
func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return 0, http.ErrAbortHandler
	}
	return w.text.Write(b)
}

// heard is what came since the last time, in whole events.
func (w *wire) heard() []string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	parts := strings.Split(w.text.String(), "\n\n")
	w.text.Reset()
	return parts[:len(parts)-1]
}

func (h *house) watch(ctx context.Context) (*wire, chan struct{}) {
	w, done := &wire{head: http.Header{}}, make(chan struct{})
	go func() {
		defer close(done)
		h.h.ServeHTTP(w, ask("GET", "/events").WithContext(ctx))
	}()
	return w, done
}

func TestAWatcherHearsEveryChangeAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.Boot = time.Now()
		heat := 50
		h.Board = func() sale.Facts {
			h.turning.Lock()
			defer h.turning.Unlock()
			return sale.Facts{Celsius: new(float64(heat))}
		}
		ctx, leave := context.WithCancel(t.Context())
		w, done := h.watch(ctx)
		if got := w.heard(); len(got) != 1 || !strings.HasPrefix(got[0], `data: {"kiosk":"K0042"`) || strings.Contains(got[0], "\n") {
			t.Fatalf("the first word is not the whole status: %q", got)
		}
		if kind := w.head.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
			t.Errorf("a browser does not listen to %q", kind)
		}
		h.turn(func() { h.sight.Open = 1 })
		time.Sleep(time.Second)
		if got := w.heard(); len(got) != 1 || !strings.Contains(got[0], `"open_orders":1`) {
			t.Errorf("a change is not heard within a second: %q", got)
		}
		h.turn(func() { heat = 51 })
		time.Sleep(10 * time.Second)
		if got := w.heard(); len(got) != 0 {
			t.Errorf("the clock or the heat alone keeps the watcher busy: %q", got)
		}
		time.Sleep(6 * time.Second)
		if got := w.heard(); len(got) != 1 || !strings.Contains(got[0], `"temperature_c":51`) {
			t.Errorf("the board's figures do not come with the heartbeat: %q", got)
		}
		time.Sleep(46 * time.Second)
		if got := w.heard(); len(got) != 3 || got[0] != ": still here" {
			t.Errorf("a quiet line is not kept open every 15 s: %q", got)
		}
		leave()
		synctest.Wait()
		select {
		case <-done:
		default:
			t.Error("the watcher has left, and the kiosk still talks")
		}
		if n := h.watchers.Load(); n != 0 {
			t.Errorf("%d watchers are counted after the last left", n)
		}
	})
}

func TestADeadWatcherIsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		w, done := h.watch(t.Context())
		w.heard()
		w.mu.Lock()
		w.cut = true
		w.mu.Unlock()
		time.Sleep(heartbeat + time.Second)
		synctest.Wait()
		select {
		case <-done:
		default:
			t.Error("a cut line is held for ever")
		}
	})
}

func TestWatchersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		ctx, leave := context.WithCancel(t.Context())
		for range maxWatchers {
			h.watch(ctx)
		}
		synctest.Wait()
		w, _ := h.watch(ctx)
		synctest.Wait()
		if w.code != http.StatusServiceUnavailable {
			t.Errorf("watcher %d is answered %d: a flood takes the kiosk's memory", maxWatchers+1, w.code)
		}
		leave()
		synctest.Wait()
		ctx, leave = context.WithCancel(t.Context())
		defer leave()
		if w, _ := h.watch(ctx); len(w.heard()) != 1 {
			t.Error("after all have left nobody may watch")
		}
	})
}
