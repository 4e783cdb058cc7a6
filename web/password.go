package web

import (
	"net/netip"
	"sync"
	"sync/atomic"
)

const passwordQueue = 4 // guesses that wait while one is computed

// Password holds what people say against the one secret of a page. Guesses are limited, and computed one at a time: they
// must take neither memory nor processor from other work.
type Password struct {
	Kept     string // the secret as its file holds it, until ReplaceSecret: an argon2id hash, or plain; "": there is none
	Attempts LoginLimiter
	Guesses  GuessLog

	replaced atomic.Pointer[secretHash]
	one      sync.Mutex
	waiting  atomic.Int32
	computed atomic.Int64
}

// Verdict is what became of a guess.
type Verdict int

// The verdicts. All but Right and Wrong say nothing about the guess.
const (
	Right Verdict = iota
	Wrong
	TooMany // wrong ones, lately
	Busy    // too many wait for their verdict
)

// Exists reports whether there is a secret that anybody could say.
func (p *Password) Exists() bool { return p.currentHash() != nil }

func (p *Password) currentHash() *secretHash {
	if h := p.replaced.Load(); h != nil {
		return h
	}
	h, err := parseSecret(p.Kept)
	if err != nil {
		return nil
	}
	return h
}

// ReplaceSecret puts another secret in place, as its file holds it, and forgets the attempts on the old one. Nothing changes if
// it is the one in place.
func (p *Password) ReplaceSecret(kept string) (changed bool, err error) {
	h, err := parseSecret(kept)
	if err != nil {
		return false, err
	}
	if old := p.currentHash(); old != nil && old.plain == h.plain && old.String() == h.String() {
		return false, nil
	}
	p.replaced.Store(h)
	p.Attempts.ResetAttempts()
	return true, nil
}

// GuessesCompared returns how many guesses were compared with the secret so far.
func (p *Password) GuessesCompared() int64 { return p.computed.Load() }

// Check compares a guess with the secret, unless its /64 has guessed wrong too often. What became of it is counted.
func (p *Password) Check(said string, from netip.Addr) Verdict {
	v := p.judgeGuess(said, from)
	p.Guesses.NoteGuess(v, from)
	return v
}

func (p *Password) judgeGuess(said string, from netip.Addr) Verdict {
	h := p.currentHash()
	if h == nil {
		return Wrong
	}
	a := p.Attempts.countAttempt(prefix64(from))
	if a == nil {
		return TooMany
	}
	right, busy := p.computeInTurn(h, said)
	switch {
	case busy:
		p.Attempts.withdrawAttempt(a)
		return Busy
	case right:
		p.Attempts.withdrawAttempt(a)
		return Right
	}
	return Wrong
}

func (p *Password) computeInTurn(h *secretHash, said string) (right, busy bool) {
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > 1+passwordQueue {
		return false, true
	}
	p.one.Lock()
	defer p.one.Unlock()
	p.computed.Add(1)
	return h.matches(said), false
}
