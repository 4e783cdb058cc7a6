package status

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
)

// What one guess costs: RFC 9106's way with the least memory that OWASP still advises, for half a gigabyte must do for
// the whole machine.
const (
	hashMemory = 19 << 10 // KiB
	hashPasses = 2
	hashLanes  = 1
	hashBytes  = 32
	saltBytes  = 16
	hashQueue  = 4 // guesses that wait while one is looked at
)

// A secret is typed with a thumb in a basement: no letter that is taken for another, no shift key.
const (
	secretLetters = "23456789abcdefghjkmnpqrstuvwxyz"
	secretLength  = 10 // 49 bits: at a hundred guesses an hour, for ever
)

// DrawSecret makes a technician's secret: in clear, to be shown once and kept nowhere, and as its file keeps it.
func DrawSecret() (clear, kept string) {
	var b strings.Builder
	for drawn := 0; drawn < secretLength; {
		var one [1]byte
		rand.Read(one[:])
		n := len(secretLetters)
		if int(one[0]) >= 256/n*n {
			continue // the first letters would come more often
		}
		if drawn == secretLength/2 {
			b.WriteByte('-')
		}
		b.WriteByte(secretLetters[int(one[0])%n])
		drawn++
	}
	k := key{salt: make([]byte, saltBytes), memory: hashMemory, passes: hashPasses, lanes: hashLanes, sum: make([]byte, hashBytes)}
	rand.Read(k.salt)
	k.sum = k.hash(b.String())
	return b.String(), k.String()
}

// CheckSecret tells whether a secret's file is usable, and whether it holds the secret in clear, which `kiosk pin` mends.
func CheckSecret(text string) (plain bool, err error) {
	k, err := readKey(text)
	return err == nil && k.sum == nil, err
}

// key is what a guess is held against.
type key struct {
	plain          [sha256.Size]byte // of the secret, where its file holds it in clear
	salt, sum      []byte            // otherwise; nil: plain
	memory, passes uint32
	lanes          uint8
}

const hashMark = "$argon2id$"

var base64Plain = base64.RawStdEncoding.Strict()

func (k *key) String() string {
	return fmt.Sprintf("%sv=%d$m=%d,t=%d,p=%d$%s$%s", hashMark, argon2.Version, k.memory, k.passes, k.lanes,
		base64Plain.EncodeToString(k.salt), base64Plain.EncodeToString(k.sum))
}

var errHash = errors.New("the technician's secret begins like an argon2id hash and is none that fits this machine: make a new one with kiosk pin")

// readKey understands a secret's file. A hash that would eat the machine's memory is refused as well.
func readKey(text string) (*key, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, errors.New("there is no technician's secret: make one with kiosk pin")
	}
	if !strings.HasPrefix(text, "$argon2") {
		return &key{plain: sha256.Sum256([]byte(text))}, nil
	}
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, errHash
	}
	var k key
	var err error
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &k.memory, &k.passes, &k.lanes); err != nil {
		return nil, errHash
	}
	if k.salt, err = base64Plain.DecodeString(parts[4]); err != nil {
		return nil, errHash
	}
	if k.sum, err = base64Plain.DecodeString(parts[5]); err != nil {
		return nil, errHash
	}
	fits := k.memory >= 8<<10 && k.memory <= 64<<10 && k.passes >= 1 && k.passes <= 10 && k.lanes >= 1 && k.lanes <= 4 &&
		len(k.salt) >= 8 && len(k.salt) <= 64 && len(k.sum) >= 16 && len(k.sum) <= 64
	if !fits || k.String() != text {
		return nil, errHash
	}
	return &k, nil
}

func (k *key) hash(said string) []byte {
	return argon2.IDKey([]byte(said), k.salt, k.passes, k.memory, k.lanes, uint32(len(k.sum)))
}

// fits compares in constant time. Whoever types a drawn secret may leave its dash out, or shout.
func (k *key) fits(said string) bool {
	if k.sum == nil {
		got := sha256.Sum256([]byte(said))
		return subtle.ConstantTimeCompare(got[:], k.plain[:]) == 1
	}
	return subtle.ConstantTimeCompare(k.hash(spelled(said)), k.sum) == 1
}

// spelled is a typed secret as it was drawn.
func spelled(said string) string {
	s := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(strings.TrimSpace(said)))
	if len(s) != secretLength {
		return said
	}
	return s[:secretLength/2] + "-" + s[secretLength/2:]
}

// lock is where guesses are held against the secret, one at a time: they must eat neither memory nor processor.
type lock struct {
	given   atomic.Pointer[key] // set while the page runs; before that Page.Pin counts
	one     sync.Mutex
	waiting atomic.Int32
	looked  atomic.Int64 // guesses that were looked at
}

// opens tells whether it is the secret; busy means that too many wait to hear the same.
func (l *lock) opens(k *key, said string) (fits, busy bool) {
	defer l.waiting.Add(-1)
	if l.waiting.Add(1) > 1+hashQueue {
		return false, true
	}
	l.one.Lock()
	defer l.one.Unlock()
	l.looked.Add(1)
	return k.fits(said), false
}

// key is the secret that counts now; nil: there is none, and the page is read-only.
func (p *Page) key() *key {
	if k := p.lock.given.Load(); k != nil {
		return k
	}
	if p.Pin == "" {
		return nil
	}
	k, err := readKey(p.Pin)
	if err != nil {
		return nil
	}
	return k
}

// SetPin puts another secret in place while the page runs, as its file holds it. Whoever was signed in is not any more,
// unless it is the one that counts already.
func (p *Page) SetPin(kept string) error {
	k, err := readKey(kept)
	if err != nil {
		return err
	}
	if old := p.key(); old != nil && old.plain == k.plain && old.String() == k.String() {
		return nil
	}
	p.lock.given.Store(k)
	p.sessions.endAll()
	p.guesses.forget()
	return nil
}

// Forgive forgets the wrong guesses: whoever holds the service key stands at the machine, and must not stay locked out
// because a stranger on the network guesses.
func (p *Page) Forgive() { p.guesses.forget() }
