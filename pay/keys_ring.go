package pay

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
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

// ring holds the gateway's certificates by serial; several at once while they are changed.
type ring struct {
	mu     sync.Mutex
	held   map[string]platformKey
	read   time.Time         // when the list was last read
	looked [askers]time.Time // when each last had it asked for
	flight *flight           // the look that is under way
}

// asker is who needs a key. Each rests by itself: any stranger may write a notice, and with it start a rest.
type asker int

const (
	anAnswer asker = iota
	aNotice
	askers
)

// flight is one look that many may wait for.
type flight struct {
	over chan struct{}
	err  error // to be read when it is over
}

// find gives the key of a serial, if it is held and has not run out.
func (g *V3) find(serial string) (platformKey, bool) {
	serial, ok := serialOf(serial)
	if !ok {
		return platformKey{}, false
	}
	if g.PublicKey != nil && serial == g.PublicKeyID {
		return platformKey{public: g.PublicKey}, g.ours(g.PublicKey) == nil
	}
	g.ring.mu.Lock()
	defer g.ring.mu.Unlock()
	k, ok := g.ring.held[serial]
	return k, ok && g.now().Before(k.until)
}

// ours refuses a key that is the merchant's own: whoever holds it is not the gateway.
func (g *V3) ours(k *rsa.PublicKey) error {
	if g.Merchant != nil && g.Merchant.PublicKey.Equal(k) {
		return errors.New("hold a key of WeChat Pay's: it is the merchant's own")
	}
	return nil
}

// ready sees to it that an answer can be verified, before anything is asked. A call that may wait renews an old list.
func (g *V3) ready(ctx context.Context, leisure bool) error {
	if g.PublicKey != nil {
		return nil
	}
	g.ring.mu.Lock()
	none, old := true, time.Since(g.ring.read) >= ringAge
	for _, k := range g.ring.held {
		none = none && !g.now().Before(k.until)
	}
	g.ring.mu.Unlock()
	switch {
	case none:
		return g.look(ctx, anAnswer, ringSoon)
	case old && leisure:
		_ = g.look(ctx, anAnswer, ringRest) // what is held still serves
	}
	return nil
}

// look reads the list of certificates, once for all who wait, and for each asker not more often than its rest.
// Whoever cannot wait any longer leaves; the look goes on for the others, and for the next call.
func (g *V3) look(ctx context.Context, by asker, rest time.Duration) error {
	if ctx.Err() != nil {
		return unreached(ctx, ctx.Err())
	}
	r := &g.ring
	r.mu.Lock()
	f := r.flight
	if f == nil {
		if at := r.looked[by]; !at.IsZero() && time.Since(at) < rest {
			r.mu.Unlock()
			return errLook
		}
		f = &flight{over: make(chan struct{})}
		r.flight, r.looked[by] = f, time.Now()
		go g.fly(context.WithoutCancel(ctx), f)
	}
	r.mu.Unlock()
	select {
	case <-f.over:
		return f.err
	case <-ctx.Done():
		return unreached(ctx, ctx.Err())
	}
}

// fly is one look. Whoever began it may leave; it ends by itself.
func (g *V3) fly(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, ringWait)
	defer cancel()
	held, err := g.certificates(ctx)
	r := &g.ring
	r.mu.Lock()
	if err == nil {
		r.read = time.Now()
		if held != nil {
			r.held = held
		}
	}
	r.flight, f.err = nil, err
	r.mu.Unlock()
	close(f.over)
}

// certificates fetches the list, opens it, and believes it if it is signed with a key that is held or in it.
// With a public key the gateway may have none; that is no error.
func (g *V3) certificates(ctx context.Context) (map[string]platformKey, error) {
	r, err := g.send(ctx, "GET", certsPath, nil, false)
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
	held, err := g.open(r.body)
	if err != nil {
		return nil, err
	}
	key, ok := g.find(s.serial)
	if serial, hex := serialOf(s.serial); !ok && hex {
		key, ok = held[serial]
	}
	return held, key.check(ctx, ok, s.sign, s.text)
}

var errCerts = errors.New("fetch the certificates: the list cannot be read")

func (g *V3) open(body []byte) (map[string]platformKey, error) {
	list, err := readObject(body)
	if err != nil {
		return nil, err
	}
	rows, _ := list["data"].([]any)
	if len(rows) == 0 || len(rows) > certsMost {
		return nil, errCerts
	}
	held := map[string]platformKey{}
	for _, row := range rows {
		o, _ := row.(object)
		sealed := o.within("encrypt_certificate")
		bytes, err := base64.StdEncoding.DecodeString(sealed.text("ciphertext"))
		if err != nil {
			return nil, errSealed
		}
		text, err := unseal(g.APIv3Key, sealed.text("algorithm"), sealed.text("associated_data"), sealed.text("nonce"), bytes)
		if err != nil {
			return nil, err
		}
		serial, k, err := g.certificate(text)
		if err != nil {
			return nil, err
		}
		if said, ok := serialOf(o.text("serial_no")); !ok || said != serial {
			return nil, errCerts
		}
		if g.now().Before(k.until) {
			held[serial] = k
		}
	}
	if len(held) == 0 {
		return nil, errCerts
	}
	return held, nil
}

func (g *V3) certificate(text []byte) (serial string, k platformKey, err error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return "", k, errCerts
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", k, errCerts
	}
	public, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok || public.N.BitLen() < leastBits || leaf.SerialNumber.Sign() <= 0 {
		return "", k, errCerts
	}
	serial, _ = serialOf(leaf.SerialNumber.Text(16))
	return serial, platformKey{public: public, until: leaf.NotAfter}, g.ours(public)
}
