package web

import (
	"context"
	"errors"
	"log"
	"net/http"
	"net/netip"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const limiterWait = 10 * time.Second // nobody waits longer before a telephone

// Limiter lets requests work on half of the processors, so that other work finds the rest free however many ask. The
// longest waiting is served next.
type Limiter struct {
	Paths  []string // whose answers take work
	Refuse Refuser

	once  sync.Once
	slots chan struct{}
}

// AcquireSlot waits for a slot. The first call of release gives it back, the others do nothing.
func (l *Limiter) AcquireSlot(ctx context.Context) (release func(), ok bool) {
	l.once.Do(func() { l.slots = make(chan struct{}, max(1, runtime.NumCPU()/2)) })
	ctx, cancel := context.WithTimeout(ctx, limiterWait)
	defer cancel()
	select {
	case l.slots <- struct{}{}:
		return sync.OnceFunc(func() { <-l.slots }), true
	case <-ctx.Done():
		return nil, false
	}
}

// Wrap makes requests for the paths wait for a slot. They give it back with the first byte of the answer, so that a slow
// reader holds nobody up.
func (l *Limiter) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(l.Paths, r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		release, ok := l.AcquireSlot(r.Context())
		if !ok {
			w.Header().Set("Retry-After", "10")
			l.Refuse(w, r, http.StatusServiceUnavailable, "crowd")
			return
		}
		defer release()
		next.ServeHTTP(&releasingWriter{w, release}, r)
	})
}

// releasingWriter gives the slot back before it writes.
type releasingWriter struct {
	http.ResponseWriter
	release func()
}

func (w *releasingWriter) WriteHeader(status int) {
	w.release()
	w.ResponseWriter.WriteHeader(status)
}

func (w *releasingWriter) Write(b []byte) (int, error) {
	w.release()
	return w.ResponseWriter.Write(b)
}

func (w *releasingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Shared lets equal questions share one answer (singleflight). A question that comes while its answer is being made gets
// the next one, so that no answer is older than its question. After each answer it rests as long as the answer took:
// however many ask for expensive ones, they get half of one processor.
type Shared struct {
	flights singleflight.Group
	once    sync.Once
	turn    chan struct{}
}

var (
	errCrowd = errors.New("too many are asking")
	errPanic = errors.New("the answer's maker panicked")
)

// Do returns the answer that find makes, in one of the limiter's slots. It is made even if the first asker has left meanwhile.
func (s *Shared) Do(ctx context.Context, question string, l *Limiter, find func(context.Context) ([]byte, error)) ([]byte, error) {
	s.once.Do(func() { s.turn = make(chan struct{}, 1) })
	work := context.WithoutCancel(ctx)
	answer := s.flights.DoChan(question, func() (any, error) {
		s.turn <- struct{}{}
		s.flights.Forget(question) // from here on a question needs a newer answer
		return s.makeAnswer(work, l, find)
	})
	select {
	case a := <-answer:
		body, _ := a.Val.([]byte)
		return body, a.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Shared) makeAnswer(ctx context.Context, l *Limiter, find func(context.Context) ([]byte, error)) (body []byte, err error) {
	took := time.Duration(0)
	defer func() { time.AfterFunc(took, func() { <-s.turn }) }()
	release, ok := l.AcquireSlot(ctx)
	if !ok {
		return nil, errCrowd
	}
	defer release()
	began := time.Now()
	defer func() { took = time.Since(began) }()
	defer func() { // this goroutine is not the server's, which would log a panic and live on
		if v := recover(); v != nil {
			log.Printf("panic in a shared answer: %v\n%s", v, debug.Stack())
			err = errPanic
		}
	}()
	return find(ctx)
}

// AddressLimiter bounds how many requests of one /64 are open at once.
type AddressLimiter struct {
	Most int

	mu   sync.Mutex
	open map[netip.Addr]int
}

// EnterFrom lets a request in until it calls leave, unless its /64 has as many as it may.
func (l *AddressLimiter) EnterFrom(r *http.Request) (leave func(), ok bool) {
	from := LimitedAddr(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from] >= l.Most {
		return nil, false
	}
	if l.open == nil {
		l.open = map[netip.Addr]int{}
	}
	l.open[from]++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.open[from]--; l.open[from] <= 0 {
			delete(l.open, from)
		}
	}, true
}
