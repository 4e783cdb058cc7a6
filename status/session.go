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
	if no := p.parseForm(w, r); no != nil {
		p.answerRefusal(w, r, no)
		return
	}
	name := strings.TrimSpace(r.PostForm.Get("name"))
	if !isPersonName(name) {
		p.answerRefusal(w, r, refuse(http.StatusBadRequest, "who"))
		return
	}
	if no := p.checkSecret(r); no != nil {
		p.answerRefusal(w, r, no)
		return
	}
	p.sessions.Begin(w, r, name)
	p.noteAct(r, sale.ActSignIn, "", personOf(name, r))
	p.answerDone(w, r, "signed-in", nil)
}

// signOut ends a session; it needs no more than the session.
func (p *Page) signOut(w http.ResponseWriter, r *http.Request) {
	if no := p.parseForm(w, r); no != nil {
		p.answerRefusal(w, r, no)
		return
	}
	if name := p.signedIn(r); name != "" {
		p.noteAct(r, sale.ActSignOut, "", personOf(name, r))
	}
	p.sessions.End(w, r)
	p.answerDone(w, r, "signed-out", nil)
}

// nameBreakers are what the journal, and the page that reads it, put around a name: within one they would tell of somebody else.
var nameBreakers = []string{",", "，", "(", ")", "（", "）", " at ", " · "}

// isPersonName tells whether a name can stand in the journal.
func isPersonName(name string) bool {
	return isPrintable(name, 1, nameRunes) &&
		!slices.ContainsFunc(nameBreakers, func(s string) bool { return strings.Contains(strings.ToLower(name), s) })
}
