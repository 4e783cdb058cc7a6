package status

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

// formHandler does what a form asks for, in the name of a person. done is a code of words.Done, more is what scripts read beside
// it, and no says why it was not done.
type formHandler func(p *Page, w http.ResponseWriter, r *http.Request, who Person) (done string, more map[string]any, no *refusal)

// answeredAlready is what a handler returns if it has sent its answer itself.
const answeredAlready = "-"

// serveForm takes a technician's form: first it finds out who posts, then it does what the form asks for.
func (p *Page) serveForm(do formHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if no := p.parseForm(w, r); no != nil {
			p.answerRefusal(w, r, no)
			return
		}
		who, no := p.authenticate(r)
		if no != nil {
			p.answerRefusal(w, r, no)
			return
		}
		done, more, no := do(p, w, r, who)
		switch {
		case no != nil:
			p.answerRefusal(w, r, no)
		case done != answeredAlready:
			p.answerDone(w, r, done, more)
		}
	}
}

// parseForm reads what was posted. It refuses what no form of ours can hold before the secret in it is checked.
func (p *Page) parseForm(w http.ResponseWriter, r *http.Request) *refusal {
	if !p.writable() {
		return refuse(http.StatusForbidden, "read-only")
	}
	if r.Header.Get("Content-Encoding") != "" || len(r.TransferEncoding) > 0 {
		w.Header().Set("Connection", "close")
		return refuse(http.StatusUnsupportedMediaType, "form")
	}
	r.Body = http.MaxBytesReader(w, r.Body, formBytes)
	if err := r.ParseForm(); err != nil {
		return refuse(http.StatusBadRequest, "form")
	}
	for name, values := range r.PostForm {
		if len(values) != 1 || !isPlainText(name) || !isPlainText(values[0]) {
			return refuse(http.StatusBadRequest, "form")
		}
	}
	return nil
}

// authenticate returns who posts: somebody who is signed in, or a script that sends the secret with every form. The session is
// looked at first, so that strangers' guesses never stop a technician who is at work.
func (p *Page) authenticate(r *http.Request) (who Person, no *refusal) {
	if name := p.sessions.SignedIn(r, true); name != "" {
		return personOf(name, r), nil
	}
	if r.PostForm.Get("pin") == "" {
		return Person{}, refuse(http.StatusUnauthorized, "sign-in")
	}
	if no := p.checkSecret(r); no != nil {
		return Person{}, no
	}
	return personOf("technician", r), nil
}

// checkSecret checks the secret, which it takes from the form's body alone, never from an address or a header.
func (p *Page) checkSecret(r *http.Request) *refusal {
	switch p.Password.Check(r.PostForm.Get("pin"), web.LimitedAddr(r)) {
	case web.Right:
		return nil
	case web.TooMany:
		return refuse(http.StatusTooManyRequests, "guesses")
	case web.Busy:
		return refuse(http.StatusServiceUnavailable, "queue")
	}
	return refuse(http.StatusForbidden, "pin")
}

// personOf is somebody with the address of a request.
func personOf(name string, r *http.Request) Person { return Person{name, web.RemoteAddr(r).String()} }

// noteAct puts a technician's act into the book that no other command of the shop writes there.
func (p *Page) noteAct(r *http.Request, act sale.Act, what string, who Person) {
	if p.Do != nil {
		_, _ = p.Do(r.Context(), sale.NoteAct{Act: act, What: what, By: who.Name, From: who.From}) // what was done is done, whether or not the book took the line
	}
}

// answerDone says that it is done: people come back to the page, where the code becomes a sentence.
func (p *Page) answerDone(w http.ResponseWriter, r *http.Request, code string, more map[string]any) {
	if isBrowser(r) {
		redirectHome(p, w, r, "done", code)
		return
	}
	doc := map[string]any{"ok": true}
	maps.Copy(doc, more)
	web.WriteJSON(w, http.StatusOK, doc)
}

// answerRefusal says why it is not done. The machine's own words on it wait in the session: an address must not carry text
// that the page would then show.
func (p *Page) answerRefusal(w http.ResponseWriter, r *http.Request, no *refusal) {
	switch no.status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "60")
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Form realm="service"`)
	}
	if isBrowser(r) {
		p.sessions.SetFlash(r, no.word+"\n"+no.cause)
		redirectHome(p, w, r, "no", no.word)
		return
	}
	text := refusalText(no.word, errorLanguage(p, r))
	if no.cause != "" {
		text += ": " + no.cause
	}
	doc := map[string]any{"error": text}
	maps.Copy(doc, no.more)
	web.WriteJSON(w, no.status, doc)
}

// redirectHome sends a browser back to the page, with a code that becomes a sentence there. The address carries no text.
func redirectHome(p *Page, w http.ResponseWriter, r *http.Request, how, code string) {
	to := "/?lang=" + p.languageOf(r) + "&" + how + "=" + url.QueryEscape(code)
	if slot := r.Form.Get("slot"); parseWhole(slot, 1, mostStock) > 0 && how == "no" {
		to += "&slot=" + slot // to what was filled in
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// doCommand hands a command to the shop, and says why the shop did not do it.
func (p *Page) doCommand(r *http.Request, cmd sale.Command) (sale.Reply, *refusal) {
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	reply, err := p.Do(ctx, cmd)
	switch {
	case errors.Is(err, sale.ErrUnknown):
		return reply, refuse(http.StatusConflict, "unseen")
	case errors.Is(err, sale.ErrBusy):
		return reply, refuse(http.StatusServiceUnavailable, "crowded")
	case err != nil:
		return reply, &refusal{status: http.StatusConflict, word: "not taken", cause: cleanCause(err)}
	}
	return reply, shopRefusal(reply)
}

// shopRefusal is the shop's refusal in the page's words; nil: it is done.
func shopRefusal(reply sale.Reply) *refusal {
	switch reply.Refusal {
	case "":
		return nil
	case sale.RefusedSlot:
		return refuse(http.StatusBadRequest, "slot")
	case sale.RefusedInvalid:
		return refuse(http.StatusBadRequest, "form")
	case sale.RefusedMoved:
		return refuse(http.StatusConflict, "moved-"+strconv.Itoa(reply.Product.Stock))
	case sale.RefusedStarting:
		return refuse(http.StatusConflict, "unseen")
	}
	return refuse(http.StatusConflict, string(reply.Refusal)) // the page has a sentence for each of the others
}

// answerWithin bounds the wait for the shop's answer. The shop writes before it answers, and a card may be slow.
const answerWithin = 15 * time.Second

// signIn takes the secret, and the name of the person who says it.
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
	p.sessions.SignIn(w, r, name)
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
	p.sessions.SignOut(w, r)
	p.answerDone(w, r, "signed-out", nil)
}

// nameBreakers are what the journal, and the page that reads it, put around a name: within a name they could make it look like somebody else's.
var nameBreakers = []string{",", "，", "(", ")", "（", "）", " at ", " · "}

// isPersonName reports whether a name can stand in the journal.
func isPersonName(name string) bool {
	return isPrintable(name, 1, nameRunes) &&
		!slices.ContainsFunc(nameBreakers, func(s string) bool { return strings.Contains(strings.ToLower(name), s) })
}
