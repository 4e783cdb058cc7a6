package status

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"
)

// toil are the paths whose answers take work. Whoever asks for them waits for a turn, so that a sale finds half of the
// processors free however many ask at once.
var toil = []string{"/", "/status.json", "/panel.png", "/metrics"}

const turnWait = 10 * time.Second // longer than this nobody waits before a telephone

// turns are given to whoever waited longest.
type turns struct {
	once  sync.Once
	taken chan struct{}
}

// take waits for a turn; it ends with the first give, and the others do nothing.
func (t *turns) take(ctx context.Context) (give func(), ok bool) {
	t.once.Do(func() { t.taken = make(chan struct{}, max(1, runtime.NumCPU()/2)) })
	ctx, cancel := context.WithTimeout(ctx, turnWait)
	defer cancel()
	select {
	case t.taken <- struct{}{}:
		return sync.OnceFunc(func() { <-t.taken }), true
	case <-ctx.Done():
		return nil, false
	}
}

// inTurn lets a request work in its turn, which ends with the first byte of its answer: whoever reads slowly holds
// nobody up.
func (p *Page) inTurn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(toil, r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		give, ok := p.turns.take(r.Context())
		if !ok {
			w.Header().Set("Retry-After", "10")
			fail(w, r, http.StatusServiceUnavailable, "crowd")
			return
		}
		defer give()
		next.ServeHTTP(&answering{w, give}, r)
	})
}

// answering gives the turn back before it writes.
type answering struct {
	http.ResponseWriter
	give func()
}

func (a *answering) WriteHeader(status int) {
	a.give()
	a.ResponseWriter.WriteHeader(status)
}

func (a *answering) Write(b []byte) (int, error) {
	a.give()
	return a.ResponseWriter.Write(b)
}

func (a *answering) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// shared answers the same question once, however many ask it: whoever asks while an answer is being made is given the
// next one, which is never older than the question. Questions are answered one after the other, with as long a rest
// between two as the one took, so that a crowd that asks for the whole book has half of one processor, and no more.
type shared struct {
	mu   sync.Mutex
	next map[string]*reply // asked for, and not begun
	once sync.Once
	free chan struct{}
}

// reply is an answer that some wait for.
type reply struct {
	made chan struct{}
	body []byte
	err  error
}

// ask waits for an answer. Whoever asks first finds it, in one of the page's turns, for all who ask meanwhile; it does so
// even if its own reader has left.
func (s *shared) ask(ctx context.Context, question string, t *turns, find func(context.Context) ([]byte, error)) ([]byte, error) {
	one, first := s.join(question)
	if first {
		s.answer(context.WithoutCancel(ctx), one, question, t, find)
	}
	select {
	case <-one.made:
		return one.body, one.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *shared) join(question string) (one *reply, first bool) {
	s.once.Do(func() { s.next, s.free = map[string]*reply{}, make(chan struct{}, 1) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.next[question]; one != nil {
		return one, false
	}
	one = &reply{made: make(chan struct{})}
	s.next[question] = one
	return one, true
}

func (s *shared) answer(ctx context.Context, one *reply, question string, t *turns, find func(context.Context) ([]byte, error)) {
	defer close(one.made)
	s.free <- struct{}{}
	s.mu.Lock()
	delete(s.next, question) // whoever asks from here on is given a newer one
	s.mu.Unlock()
	one.err = errBusy // unless it is found
	took := time.Duration(0)
	defer func() { time.AfterFunc(took, func() { <-s.free }) }()
	give, ok := t.take(ctx)
	if !ok {
		return
	}
	defer give()
	began := time.Now()
	defer func() { took = time.Since(began) }()
	one.body, one.err = find(ctx)
}

var errBusy = errors.New("too many are asking")
