package status

import (
	"bytes"
	"log"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Server serves a page with every limit that it needs. What takes longer than these, and may, says so (lasting).
func Server(h http.Handler) *http.Server {
	only1 := new(http.Protocols)
	only1.SetHTTP1(true) // a page of ten files has no use for streams, and whoever attacks has
	return &http.Server{
		Handler: h, Protocols: only1, ConnState: turned,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 12 << 10, // and 4 KiB that the server adds by itself
		ErrorLog:       log.New(panics{log.Writer()}, "", 0),
	}
}

// panics lets the log have what is a fault of ours, and not what every stranger at the door can make the server say.
type panics struct {
	to interface{ Write([]byte) (int, error) }
}

func (p panics) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("panic")) {
		return p.to.Write(b)
	}
	return len(b), nil
}

const watchersAddress = 4 // live pages from one address

// watched counts who watches from where.
type watched struct {
	mu   sync.Mutex
	from map[netip.Addr]int
}

func (w *watched) come(from netip.Addr) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.from[from] >= watchersAddress {
		return false
	}
	if w.from == nil {
		w.from = map[netip.Addr]int{}
	}
	w.from[from]++
	return true
}

func (w *watched) leave(from netip.Addr) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.from[from]--; w.from[from] <= 0 {
		delete(w.from, from)
	}
}

// watch lets a watcher stay for as long as it likes, and one neighbour not take every place.
func (p *Page) watch(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		from := household(caller(r))
		if !p.watched.come(from) {
			w.Header().Set("Retry-After", "30")
			fail(w, r, http.StatusServiceUnavailable, "watchers")
			return
		}
		defer p.watched.leave(from)
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // otherwise the request's own limit ends it
		h(w, r)
	}
}
