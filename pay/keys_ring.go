package pay

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

const (
	ringAge   = 11 * time.Hour  // the list of certificates is read anew: the gateway asks for less than twelve
	ringRest  = time.Minute     // between two looks for an unknown serial, of an answer or of a notice
	ringSoon  = 3 * time.Second // between two looks while there is no key at all
	ringWait  = 8 * time.Second // for one look, whatever the deadline of the call that needs it
	certsPath = "/v3/certificates"
	certsMost = 16
)

var (
	errNoKey = errors.New("believe the answer: none of WeChat Pay's keys that we hold has its serial")
	errLook  = errors.New("fetch the certificates: it was tried a moment ago")
)

// certificateStore holds the gateway's certificates by serial; several at once while the gateway changes them.
type certificateStore struct {
	mu     sync.Mutex
	held   map[string]platformKey
	read   time.Time         // when the list was last read
	looked [askers]time.Time // when each asker last had it fetched
	flight *flight           // the fetch that is under way
}

// asker is who needs a key. Each rests by itself: any stranger may write a notice, and with it start a rest.
type asker int

const (
	anAnswer asker = iota
	aNotice
	askers
)

// flight is one fetch that many may wait for.
type flight struct {
	over chan struct{}
	err  error // to be read when it is over
}

func (s *certificateStore) find(serial string, now time.Time) (platformKey, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.held[serial]
	return k, ok && now.Before(k.until)
}

// state says whether no certificate is good any more, and whether the list is due to be read anew.
func (s *certificateStore) state(now time.Time) (none, old bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.held {
		if now.Before(k.until) {
			return false, time.Since(s.read) >= ringAge
		}
	}
	return true, true
}

// renew fetches the list, once for all who wait, and for each asker not more often than its rest. A caller whose
// deadline comes first leaves; the fetch goes on for the others, and for the next call.
func (s *certificateStore) renew(ctx context.Context, by asker, rest time.Duration, fetch func(context.Context) (map[string]platformKey, error)) error {
	if ctx.Err() != nil {
		return unreached(ctx, ctx.Err())
	}
	s.mu.Lock()
	f := s.flight
	if f == nil {
		if at := s.looked[by]; !at.IsZero() && time.Since(at) < rest {
			s.mu.Unlock()
			return errLook
		}
		f = &flight{over: make(chan struct{})}
		s.flight, s.looked[by] = f, time.Now()
		go s.fly(context.WithoutCancel(ctx), f, fetch)
	}
	s.mu.Unlock()
	select {
	case <-f.over:
		return f.err
	case <-ctx.Done():
		return unreached(ctx, ctx.Err())
	}
}

// fly is one fetch. It outlives the call that began it, and ends by its own deadline.
func (s *certificateStore) fly(ctx context.Context, f *flight, fetch func(context.Context) (map[string]platformKey, error)) {
	ctx, cancel := context.WithTimeout(ctx, ringWait)
	defer cancel()
	held, err := fetch(ctx)
	s.mu.Lock()
	if err == nil {
		s.read = time.Now()
		if held != nil {
			s.held = held
		}
	}
	s.flight, f.err = nil, err
	s.mu.Unlock()
	close(f.over)
}

// find gives the key of a serial, if it is held and has not run out.
func (g *V3) find(serial string) (platformKey, bool) {
	serial, ok := serialOf(serial)
	if !ok {
		return platformKey{}, false
	}
	if g.PublicKey != nil && serial == g.PublicKeyID {
		return platformKey{public: g.PublicKey}, refuseOwnKey(g.PublicKey, g.Merchant) == nil
	}
	return g.ring.find(serial, g.now())
}

// ready sees to it that an answer can be verified, before anything is asked. A call that may wait renews an old list.
func (g *V3) ready(ctx context.Context, leisure bool) error {
	if g.PublicKey != nil {
		return nil
	}
	switch none, old := g.ring.state(g.now()); {
	case none:
		return g.look(ctx, anAnswer, ringSoon)
	case old && leisure:
		_ = g.look(ctx, anAnswer, ringRest) // what is held still serves
	}
	return nil
}

func (g *V3) look(ctx context.Context, by asker, rest time.Duration) error {
	return g.ring.renew(ctx, by, rest, g.certificates)
}

// certificates fetches the list, opens it, and believes it if it is signed with a key that is held or in it.
// With a public key the gateway may have none; that is no error.
func (g *V3) certificates(ctx context.Context) (map[string]platformKey, error) {
	r, err := g.send(ctx, question{method: http.MethodGet, path: certsPath})
	if err != nil {
		return nil, err
	}
	if r.status != http.StatusOK {
		if g.PublicKey != nil && r.status == http.StatusNotFound {
			return nil, nil
		}
		return nil, errors.New("fetch the certificates: " + hint(r))
	}
	s, err := readSigned(r.header, r.body, g.now())
	if err != nil {
		return nil, err
	}
	held, err := readCertificates(r.body, g.APIv3Key, g.Merchant, g.now())
	if err != nil {
		return nil, err
	}
	key, ok := g.find(s.serial)
	if serial, hex := serialOf(s.serial); !ok && hex {
		key, ok = held[serial]
	}
	return held, key.check(ctx, ok, s.sign, s.text)
}
