package pay

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	listMaxAge        = 11 * time.Hour  // the list of certificates is read anew: the gateway asks for less than twelve
	fetchPause        = time.Minute     // between two fetches for an unknown serial, of an answer or of a notice
	fetchPauseKeyless = 3 * time.Second // between two fetches while there is no key at all
	fetchTimeout      = 8 * time.Second // for one fetch, independent of the deadline of the call that began it
	certsPath         = "/v3/certificates"
	certsMost         = 16
)

var (
	errNoKey       = errors.New("believe the answer: none of WeChat Pay's keys that we hold has its serial")
	errNoPublicKey = errors.New("believe the answer: the merchant has a WeChat Pay public key: set pay.wechatpay_public_key_id and its file")
	errFetchPause  = errors.New("fetch the certificates: it was tried a moment ago")
)

// certificateStore holds the gateway's certificates by serial; several at once while the gateway changes them.
type certificateStore struct {
	mu       sync.Mutex
	held     map[string]platformKey
	read     time.Time             // when the list was last read
	fetched  [requesters]time.Time // when each requester last had it fetched
	fetching *sharedFetch          // the fetch that is under way
}

// requester is the kind of message that needs a key. Each kind has a pause of its own: any stranger may post a notice with
// an unknown serial, and must not hold up the answers of a sale by that.
type requester int

const (
	forAnswer requester = iota
	forNotice
	requesters
)

// sharedFetch is one fetch that many calls may wait for.
type sharedFetch struct {
	over chan struct{}
	err  error // to be read when it is over
}

// checkAge returns whether no certificate is good any more, and whether the list is due to be read anew.
func (s *certificateStore) checkAge(now time.Time) (none, old bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.held {
		if now.Before(k.until) {
			return false, time.Since(s.read) >= listMaxAge
		}
	}
	return true, true
}

// renewCertificates fetches the list, once for all calls that wait, and for each requester not more often than its pause. A
// call whose deadline comes first leaves; the fetch goes on for the others, and for the next call.
func (g *V3) renewCertificates(ctx context.Context, by requester, rest time.Duration) error {
	if ctx.Err() != nil {
		return transportError(ctx, ctx.Err())
	}
	s := &g.certificates
	s.mu.Lock()
	f := s.fetching
	if f == nil && !s.fetched[by].IsZero() && time.Since(s.fetched[by]) < rest {
		s.mu.Unlock()
		return errFetchPause
	}
	if f == nil {
		f = &sharedFetch{over: make(chan struct{})}
		s.fetching, s.fetched[by] = f, time.Now()
		go g.fetchOnce(context.WithoutCancel(ctx), f)
	}
	s.mu.Unlock()
	select {
	case <-f.over:
		return f.err
	case <-ctx.Done():
		return transportError(ctx, ctx.Err())
	}
}

// fetchOnce is one fetch. It outlives the call that began it, and ends by its own deadline.
func (g *V3) fetchOnce(ctx context.Context, f *sharedFetch) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	held, err := g.fetchCertificates(ctx)
	s := &g.certificates
	s.mu.Lock()
	if err == nil {
		s.read = time.Now()
	}
	if err == nil && held != nil {
		s.held = held
	}
	s.fetching, f.err = nil, err
	s.mu.Unlock()
	close(f.over)
}

// findKey gives the key of a serial, if it is held and has not run out.
func (g *V3) findKey(serial string) (platformKey, bool) {
	serial, ok := normalizeSerial(serial)
	if !ok {
		return platformKey{}, false
	}
	if g.PublicKey != nil && serial == g.PublicKeyID {
		return platformKey{public: g.PublicKey}, refuseOwnKey(g.PublicKey, g.Merchant) == nil
	}
	g.certificates.mu.Lock()
	defer g.certificates.mu.Unlock()
	k, ok := g.certificates.held[serial]
	return k, ok && g.now().Before(k.until)
}

// nameMissingKey says what to set if the message is signed with a public key, and only certificates are held.
func (g *V3) nameMissingKey(serial string, err error) error {
	if err == errNoKey && g.PublicKey == nil && strings.HasPrefix(serial, publicKeyMark) {
		return errNoPublicKey
	}
	return err
}

// ensureKey sees to it that an answer can be verified, before anything is asked: an answer that nobody can verify is not
// known, and a charge must not be sent into that. A call that may wait renews an old list.
func (g *V3) ensureKey(ctx context.Context, background bool) error {
	if g.PublicKey != nil {
		return nil
	}
	switch none, old := g.certificates.checkAge(g.now()); {
	case none:
		return g.renewCertificates(ctx, forAnswer, fetchPauseKeyless)
	case old && background:
		_ = g.renewCertificates(ctx, forAnswer, fetchPause) // the keys we hold still serve
	}
	return nil
}

// fetchCertificates fetches the list, opens it, and believes it if it is signed with a key that is held or in it: the very
// first list can only vouch for itself, and nobody but the gateway and us has the APIv3 key that seals it. A merchant with
// a public key may have no certificates at all; that is no error.
func (g *V3) fetchCertificates(ctx context.Context) (map[string]platformKey, error) {
	r, err := g.sendSigned(ctx, request{method: http.MethodGet, path: certsPath})
	if err != nil {
		return nil, err
	}
	if r.status != http.StatusOK {
		if g.PublicKey != nil && r.status == http.StatusNotFound {
			return nil, nil
		}
		return nil, errors.New("fetch the certificates: " + refusalHint(r))
	}
	s, err := readSigned(r.header, r.body, g.now())
	if err != nil {
		return nil, err
	}
	held, err := readCertificates(r.body, g.APIv3Key, g.Merchant, g.now())
	if err != nil {
		return nil, err
	}
	key, ok := g.findKey(s.serial)
	if serial, hex := normalizeSerial(s.serial); !ok && hex {
		key, ok = held[serial]
	}
	return held, g.nameMissingKey(s.serial, key.verifySignature(ctx, ok, s.sign, s.text))
}
