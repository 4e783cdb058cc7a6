package status

import (
	"net/http"
	"slices"
	"strings"

	"kiosk/sale"
)

// signedIn is who reads the page; "" is anybody. Looking keeps no session alive.
func (p *Page) signedIn(r *http.Request) string { return p.sessions.Name(r, false) }

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
	p.sessions.Begin(w, r, name)
	p.note(r, sale.ActSignIn, "", person(name, r))
	p.done(w, r, "signed-in", nil)
}

// signOut ends a session; it needs no more than the session.
func (p *Page) signOut(w http.ResponseWriter, r *http.Request) {
	if no := p.form(w, r); no != nil {
		p.refuse(w, r, no)
		return
	}
	if name := p.signedIn(r); name != "" {
		p.note(r, sale.ActSignOut, "", person(name, r))
	}
	p.sessions.End(w, r)
	p.done(w, r, "signed-out", nil)
}

// between are what the journal, and the page that reads it, put around a name: within one they would tell of somebody else.
var between = []string{",", "，", "(", ")", "（", "）", " at ", " · "}

// signs tells whether a name can stand in the journal.
func signs(name string) bool {
	return printable(name, 1, nameRunes) &&
		!slices.ContainsFunc(between, func(s string) bool { return strings.Contains(strings.ToLower(name), s) })
}
