package status

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

// task is what a form asks for, done in the name of a person. It answers a code of doneWords and what scripts read beside it.
type task func(p *Page, w http.ResponseWriter, r *http.Request, who Person) (done string, more map[string]any, no *refusal)

// downloaded is what a task answers when its answer is already on its way.
const downloaded = "-"

// service takes a technician's form: who it is first, then what it says.
func (p *Page) service(do task) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if no := p.form(w, r); no != nil {
			p.refuse(w, r, no)
			return
		}
		who, no := p.admit(r)
		if no != nil {
			p.refuse(w, r, no)
			return
		}
		done, more, no := do(p, w, r, who)
		switch {
		case no != nil:
			p.refuse(w, r, no)
		case done != downloaded:
			p.done(w, r, done, more)
		}
	}
}

// form reads what was posted. What no form of ours can hold is refused before anybody looks at the secret in it.
func (p *Page) form(w http.ResponseWriter, r *http.Request) *refusal {
	if !p.writable() {
		return because(http.StatusForbidden, "read-only")
	}
	if r.Header.Get("Content-Encoding") != "" || len(r.TransferEncoding) > 0 {
		w.Header().Set("Connection", "close")
		return because(http.StatusUnsupportedMediaType, "form")
	}
	r.Body = http.MaxBytesReader(w, r.Body, formBytes)
	if err := r.ParseForm(); err != nil {
		return because(http.StatusBadRequest, "form")
	}
	for name, values := range r.PostForm {
		if len(values) != 1 || !plainText(name) || !plainText(values[0]) {
			return because(http.StatusBadRequest, "form")
		}
	}
	return nil
}

// admit tells who posts: somebody who is signed in, or a script that says the secret with every form. A session goes
// first, so that strangers' guesses never stop whoever is at work.
func (p *Page) admit(r *http.Request) (who Person, no *refusal) {
	if name := p.sessions.Name(r, true); name != "" {
		return person(name, r), nil
	}
	if r.PostForm.Get("pin") == "" {
		return Person{}, because(http.StatusUnauthorized, "sign-in")
	}
	if no := p.pinned(r); no != nil {
		return Person{}, no
	}
	return person("technician", r), nil
}

// pinned looks at the secret in a form, and nowhere else.
func (p *Page) pinned(r *http.Request) *refusal {
	switch p.Password.Check(r.PostForm.Get("pin"), web.RemoteAddr(r)) {
	case web.Right:
		return nil
	case web.TooMany:
		return because(http.StatusTooManyRequests, "guesses")
	case web.Busy:
		return because(http.StatusServiceUnavailable, "queue")
	}
	return because(http.StatusForbidden, "pin")
}

// person is somebody with the address of a request.
func person(name string, r *http.Request) Person { return Person{name, web.RemoteAddr(r).String()} }

// note writes down what no other command of the shop tells of.
func (p *Page) note(r *http.Request, act sale.Act, what string, who Person) {
	if p.Do != nil {
		_, _ = p.Do(r.Context(), sale.NoteAct{Act: act, What: what, By: who.Name, From: who.From}) // what was done is done, whether or not the book took the line
	}
}

// human tells a browser's form from a script.
func human(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// done says that it is done: people come back to the page, where the code becomes a sentence.
func (p *Page) done(w http.ResponseWriter, r *http.Request, code string, more map[string]any) {
	if human(r) {
		p.back(w, r, "done", code)
		return
	}
	doc := map[string]any{"ok": true}
	maps.Copy(doc, more)
	web.WriteJSON(w, http.StatusOK, doc)
}

// refuse says why it is not done. A line that no table holds waits in the session: an address must not carry text that
// the page would then show.
func (p *Page) refuse(w http.ResponseWriter, r *http.Request, no *refusal) {
	switch no.status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "60")
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Form realm="service"`)
	}
	if human(r) {
		if no.line == "" {
			p.back(w, r, "no", no.word)
			return
		}
		if p.sessions.SetFlash(r, no.line) {
			p.back(w, r, "no", "said")
			return
		}
	}
	if no.line == "" && no.more == nil {
		fail(w, r, no.status, no.word)
		return
	}
	doc := map[string]any{"error": no.line}
	if no.line == "" {
		doc["error"] = refusedIn(no.word, "en")
	}
	maps.Copy(doc, no.more)
	web.WriteJSON(w, no.status, doc)
}

func (p *Page) back(w http.ResponseWriter, r *http.Request, how, code string) {
	to := "/?lang=" + p.language(r) + "&" + how + "=" + url.QueryEscape(code)
	if slot := r.Form.Get("slot"); numberOf(slot, 1, mostStock) > 0 && how == "no" {
		to += "&slot=" + slot // to what was filled in
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// command hands a command to the shop, and says why the shop did not do it.
func (p *Page) command(r *http.Request, cmd sale.Command) (sale.Reply, *refusal) {
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	reply, err := p.Do(ctx, cmd)
	switch {
	case errors.Is(err, sale.ErrUnknown):
		return reply, because(http.StatusConflict, "unseen")
	case err != nil:
		return reply, &refusal{status: http.StatusConflict, line: err.Error()}
	}
	return reply, refusedBy(reply)
}

// refusedBy is the shop's refusal in the page's words; nil: it is done.
func refusedBy(reply sale.Reply) *refusal {
	switch reply.Refusal {
	case "":
		return nil
	case sale.RefusedSlot:
		return because(http.StatusBadRequest, "slot")
	case sale.RefusedInvalid:
		return because(http.StatusBadRequest, "form")
	case sale.RefusedMoved:
		return because(http.StatusConflict, "moved-"+strconv.Itoa(reply.Product.Stock))
	case sale.RefusedMerchant:
		return because(http.StatusConflict, "unmoved")
	case sale.RefusedStarting:
		return because(http.StatusConflict, "unseen")
	}
	return because(http.StatusConflict, string(reply.Refusal)) // the page has a sentence for each of the others
}

// answerWithin bounds the wait for the shop's answer. The shop writes before it answers, and a card may be slow.
const answerWithin = 15 * time.Second
