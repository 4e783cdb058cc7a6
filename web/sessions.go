package web

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	sessionIdle = 10 * time.Minute // without an act; a page that renews itself is none
	sessionLong = 8 * time.Hour
	sessionMost = 16
	flashFor    = 2 * time.Minute
)

// Sessions are the people who are signed in. They live in memory: a restart ends them all.
type Sessions struct {
	Cookie string // its name

	mu   sync.Mutex
	open map[tokenDigest]*session
}

// tokenDigest is all that is kept of a token: a comparison or a leak here opens nothing.
type tokenDigest [sha256.Size]byte

type session struct {
	name, from  string
	begun, used time.Time
	flash       string // what the last act came to, in words that no table holds
	flashAt     time.Time
	kept        string // what the page remembers for as long as the session lasts
}

// SessionInfo is somebody who is signed in.
type SessionInfo struct {
	ID          string // ends it, and reveals nothing of its token
	Name, From  string
	Begun, Used time.Time
}

// SignIn signs somebody in under a fresh token, and ends the session that the browser came with. When it is full, the
// session that was idle for longest ends.
func (s *Sessions) SignIn(w http.ResponseWriter, r *http.Request, name string) {
	token, now := rand.Text(), time.Now() // 130 bits
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, s.tokenOf(r))
	s.dropExpired(now)
	for len(s.open) >= sessionMost {
		byUse := func(a, b tokenDigest) int { return s.open[a].used.Compare(s.open[b].used) }
		delete(s.open, slices.MinFunc(slices.Collect(maps.Keys(s.open)), byUse))
	}
	if s.open == nil {
		s.open = map[tokenDigest]*session{}
	}
	s.open[sha256.Sum256([]byte(token))] = &session{name: name, from: RemoteAddr(r).String(), begun: now, used: now}
	s.setCookie(w, r, token)
}

// SignedIn is who is signed in; "" is nobody. An act keeps the session alive, a look does not.
func (s *Sessions) SignedIn(r *http.Request, act bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.findSession(r)
	if o == nil {
		return ""
	}
	if act {
		o.used = time.Now()
	}
	return o.name
}

// SetFlash leaves a line for the page that the browser comes back to.
func (s *Sessions) SetFlash(r *http.Request, text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.findSession(r)
	if o != nil {
		o.flash, o.flashAt = text, time.Now()
	}
	return o != nil
}

// Flash is the line that was left, for a while.
func (s *Sessions) Flash(r *http.Request) (text string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.findSession(r)
	if o == nil || time.Since(o.flashAt) >= flashFor {
		return "", false
	}
	return o.flash, true
}

// Keep remembers something as long as the session lasts, in the place of what was kept before.
func (s *Sessions) Keep(r *http.Request, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.findSession(r); o != nil {
		o.kept = text
	}
}

// Kept is what was remembered; "" is nothing.
func (s *Sessions) Kept(r *http.Request) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.findSession(r); o != nil {
		return o.kept
	}
	return ""
}

// SignOut signs somebody out.
func (s *Sessions) SignOut(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, s.tokenOf(r))
	s.setCookie(w, r, "")
}

// ListSessions returns everybody who is signed in, the oldest session first.
func (s *Sessions) ListSessions() []SessionInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropExpired(time.Now())
	out := make([]SessionInfo, 0, len(s.open))
	for d, o := range s.open {
		out = append(out, SessionInfo{d.id(), o.name, o.from, o.begun, o.used})
	}
	slices.SortFunc(out, func(a, b SessionInfo) int { return cmp.Or(a.Begun.Compare(b.Begun), cmp.Compare(a.ID, b.ID)) })
	return out
}

// EndSession signs somebody out by the session's ID, and returns whose it was; ok is false if it is over already.
func (s *Sessions) EndSession(id string) (name string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d, o := range s.open {
		if d.id() == id {
			delete(s.open, d)
			return o.name, true
		}
	}
	return "", false
}

// id names a session: a part of its digest, from which no token can be found.
func (d tokenDigest) id() string { return hex.EncodeToString(d[:8]) }

// SignOutAll signs everybody out.
func (s *Sessions) SignOutAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = nil
}

func (s *Sessions) findSession(r *http.Request) *session {
	s.dropExpired(time.Now())
	return s.open[s.tokenOf(r)]
}

func (s *Sessions) dropExpired(now time.Time) {
	maps.DeleteFunc(s.open, func(_ tokenDigest, o *session) bool {
		return now.Sub(o.used) >= sessionIdle || now.Sub(o.begun) >= sessionLong
	})
}

func (s *Sessions) tokenOf(r *http.Request) (d tokenDigest) {
	if c, err := r.Cookie(s.cookieName(r)); err == nil {
		d = sha256.Sum256([]byte(c.Value))
	}
	return d
}

// cookieName: under TLS the prefix makes the browser refuse the cookie from any other host, and from a plain page.
func (s *Sessions) cookieName(r *http.Request) string {
	if r.TLS != nil {
		return "__Host-" + s.Cookie
	}
	return s.Cookie
}

// setCookie gives the browser a token, for this host alone, until the browser is closed; "" takes it away.
func (s *Sessions) setCookie(w http.ResponseWriter, r *http.Request, token string) {
	c := &http.Cookie{Name: s.cookieName(r), Value: token, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
