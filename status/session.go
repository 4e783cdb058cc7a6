package status

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	sessionIdle = 10 * time.Minute // without a deed; a page that renews itself is no deed
	sessionLong = 8 * time.Hour
	sessionMost = 16
	nameRunes   = 32
	saidFor     = 2 * time.Minute
)

// sessions are the technicians who are signed in. They live in memory: a restart ends them all.
type sessions struct {
	mu   sync.Mutex
	open map[[sha256.Size]byte]*session // by the token's digest: what is compared or leaked here opens nothing
}

type session struct {
	name        string
	begun, used time.Time
	said        string // what the last deed came to, in words that no table holds
	saidAt      time.Time
}

// begin signs somebody in under a fresh token. Where it is full, whoever did nothing for longest has to sign in again.
func (s *sessions) begin(name string) (token string) {
	token = rand.Text() // 130 bits
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prune(now)
	for len(s.open) >= sessionMost {
		var oldest [sha256.Size]byte
		var at time.Time
		for k, o := range s.open {
			if at.IsZero() || o.used.Before(at) {
				oldest, at = k, o.used
			}
		}
		delete(s.open, oldest)
	}
	if s.open == nil {
		s.open = map[[sha256.Size]byte]*session{}
	}
	s.open[sha256.Sum256([]byte(token))] = &session{name: name, begun: now, used: now}
	return token
}

// of looks a session up; a deed keeps it alive, a look does not. It answers a copy.
func (s *sessions) of(token string, deed bool) (session, bool) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prune(now)
	o := s.open[sha256.Sum256([]byte(token))]
	if o == nil {
		return session{}, false
	}
	if deed {
		o.used = now
	}
	return *o, true
}

// tell leaves a line for the page that the technician comes back to.
func (s *sessions) tell(token, text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.open[sha256.Sum256([]byte(token))]
	if o != nil {
		o.said, o.saidAt = text, time.Now()
	}
	return o != nil
}

func (s *sessions) end(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, sha256.Sum256([]byte(token)))
}

func (s *sessions) endAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = nil
}

func (s *sessions) prune(now time.Time) {
	for k, o := range s.open {
		if now.Sub(o.used) >= sessionIdle || now.Sub(o.begun) >= sessionLong {
			delete(s.open, k)
		}
	}
}

// cookieName: under TLS the browser itself holds that no other host and no plain page has set it.
func cookieName(r *http.Request) string {
	if r.TLS != nil {
		return "__Host-kiosk"
	}
	return "kiosk"
}

func carried(r *http.Request) string {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return ""
	}
	return c.Value
}

// cookie is the token as the browser keeps it, for this host alone, until it is closed; "" takes it away.
func cookie(r *http.Request, token string) *http.Cookie {
	c := &http.Cookie{Name: cookieName(r), Value: token, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

// signedIn is who reads the page; "" is anybody. Looking keeps no session alive.
func (p *Page) signedIn(r *http.Request) string {
	s, _ := p.sessions.of(carried(r), false)
	return s.name
}

// signIn takes the secret and a name for it.
func (p *Page) signIn(w http.ResponseWriter, r *http.Request) {
	if no := p.form(w, r); no != nil {
		p.refuse(w, r, no)
		return
	}
	name := strings.TrimSpace(r.PostForm.Get("name"))
	if !signs(name) {
		p.refuse(w, r, because(http.StatusBadRequest, "who"))
		return
	}
	if no := p.pinned(r); no != nil {
		p.refuse(w, r, no)
		return
	}
	p.sessions.end(carried(r)) // whatever the browser came with is worth nothing from here on
	http.SetCookie(w, cookie(r, p.sessions.begin(name)))
	p.note("signed in", signed(name, r))
	p.done(w, r, "signed-in", nil)
}

// signOut ends a session; it needs no more than the session.
func (p *Page) signOut(w http.ResponseWriter, r *http.Request) {
	if no := p.form(w, r); no != nil {
		p.refuse(w, r, no)
		return
	}
	if s, ok := p.sessions.of(carried(r), false); ok {
		p.sessions.end(carried(r))
		p.note("signed out", signed(s.name, r))
	}
	http.SetCookie(w, cookie(r, ""))
	p.done(w, r, "signed-out", nil)
}

// printable tells whether a text is one line that shows as what it is.
func printable(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return n >= least && n <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// between are what the journal, and the page that reads it, put around a name: within one they would tell of somebody else.
var between = []string{",", "，", "(", ")", "（", "）", " at ", " · "}

// signs tells whether a name can stand in the journal.
func signs(name string) bool {
	return printable(name, 1, nameRunes) &&
		!slices.ContainsFunc(between, func(s string) bool { return strings.Contains(strings.ToLower(name), s) })
}
