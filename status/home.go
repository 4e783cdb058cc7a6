package status

import (
	"bytes"
	"context"
	"html/template"
	"net/http"
	"strings"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

var sheet = template.Must(template.ParseFS(files, "*.html"))

// serveHome answers /, the page itself. It works without scripts: forms post, links reload.
func (p *Page) serveHome(w http.ResponseWriter, r *http.Request) {
	keepLanguage(p, w, r)
	sendView(p, w, r, p.buildView(r))
}

// sendView prints the page.
func sendView(p *Page, w http.ResponseWriter, r *http.Request, l viewModel) {
	var b bytes.Buffer
	if err := sheet.ExecuteTemplate(&b, "page.html", l); err != nil {
		p.writeError(w, r, http.StatusInternalServerError, "drawn")
		return
	}
	// A form needs to say where it comes from: under no-referrer a browser on plain HTTP posts "Origin: null".
	w.Header().Set("Referrer-Policy", "same-origin")
	web.SendPage(w, r, "text/html; charset=utf-8", b.Bytes())
}

// answerRestart prints the page once more before the program ends: a redirect would lead to a program that is gone.
func answerRestart(p *Page, w http.ResponseWriter, r *http.Request) {
	if !isBrowser(r) {
		p.answerDone(w, r, "restart", nil)
		return
	}
	l := p.buildView(r)
	l.Said, l.Restarting = &saidView{Text: doneText("restart", l.Lang), Mark: busy}, true
	sendView(p, w, r, l)
}

// buildView looks at everything once, so that one page never mixes two moments, and the book is read under one deadline.
func (p *Page) buildView(r *http.Request) viewModel {
	full := p.seesAll(r)
	d, s := readDocumentFor(p, full)
	now := p.wallTime()
	l := viewModel{
		SeesAll: full, Run: p.run,
		Lang: p.languageOf(r), Kiosk: p.Kiosk, At: now.In(beijing).Format("01-02 15:04:05"), Writable: p.writable(),
		waits: waitingOrders{s.Settleable, s.Foreign, s.Stalled}, Maintenance: s.Maintenance, Stopped: s.Doubts.Stopped != "", Damaged: hasReason(s.Why, sale.NotReadyDamaged), Yesterday: now.In(beijing).AddDate(0, 0, -1).Format(time.DateOnly),
	}
	l.Said = p.lastFormResult(r)
	l.AskSignIn = l.Said != nil && (r.URL.Query().Get("no") != "" || l.Said.Text == doneText("restarted", l.Lang))
	if l.SignedIn = p.signedIn(r); l.SignedIn != "" {
		l.fillTools(p.Tools, s)
	} else if l.AskSignIn {
		l.Said.Link = "#service"
	}
	l.fillSessions(p)
	l.fillPanel(p)
	if p.Notes != nil && full {
		for _, n := range p.Notes() {
			l.Notes = append(l.Notes, n.in(l.Lang))
		}
	}
	l.fillSlots(s, r.URL.Query().Get("slot"))
	if f := d.Front; f != nil && f.Slot != 0 { // otherwise nobody is served, and the answers above say why
		l.Front = &frontView{wordFor(words.Screens, f.Screen, l.Lang), f.Fen.Yuan(), *f}
	}
	if p.Bills != nil && full {
		b := p.Bills()
		l.Account = l.describeBill(&b)
	}
	l.Answers = l.answerAll(d, s)
	l.fillMachine(p, d, s)
	ctx, cancel := context.WithTimeout(r.Context(), bookTime)
	defer cancel()
	fillOrders(p, ctx, &l, s, full && r.URL.Query().Get("more") != "")
	l.fillRetried(ctx, p, r)
	if full {
		l.Sales = chartSales(p, ctx, l.Lang)
		l.fillActs(ctx, p)
	}
	return l
}

// glassWide is how wide the panel's picture is on the page, as long as it is upright.
const glassWide = 152

// fillPanel tells how large the panel's picture is, so that nothing jumps when it comes.
func (l *viewModel) fillPanel(p *Page) {
	if p.Panel == nil {
		return
	}
	img := p.Panel()
	if img == nil {
		return
	}
	size := img.Bounds().Size()
	l.Picture, l.Wide = true, glassWide
	if size.X > size.Y {
		l.Wide = glassWide * 3 / 2
	}
	l.High = l.Wide * size.Y / max(size.X, 1)
}

// fillTools tells what the one who is signed in may do now.
func (l *viewModel) fillTools(t Tools, s sale.Snapshot) {
	l.Can = toolSet{t.Locate != nil, t.ScanTest != nil, t.Reconcile != nil, t.Backup != nil, t.Bundle != nil, t.Restart != nil}
	l.Bench = s.Maintenance != "" && t.TestVend != nil
	if t.Picture != nil {
		for _, pic := range t.Pictures {
			l.Pictures = append(l.Pictures, namedText{pic.Name, word{pic.ZH, pic.EN}.in(l.Lang)})
		}
	}
}

// lastFormResult is what the page has to say about the last form: what was done, or why not; nil if there is nothing.
func (p *Page) lastFormResult(r *http.Request) *saidView {
	q, lang := r.URL.Query(), p.languageOf(r)
	if code := q.Get("done"); code != "" {
		return doneView(code, lang)
	}
	code := q.Get("no")
	_, ours := words.Refusals[code]
	if _, old := words.Errors[code]; !ours && !old && numberedText(code, lang) == "" {
		return nil
	}
	said := &saidView{Text: refusalText(code, lang), Mark: bad}
	if flash, ok := p.sessions.Flash(r); ok {
		if word, cause, _ := strings.Cut(flash, "\n"); word == code {
			said.Raw = cause
		}
	}
	return said
}

// doneView says what became of a form. A bill that differs was compared, and is no good news.
func doneView(code, lang string) *saidView {
	said := &saidView{Text: doneText(code, lang), Mark: good}
	switch {
	case said.Text == "":
		return nil
	case strings.HasPrefix(code, "differs-"):
		said.Mark, said.Link = bad, "#account"
	case strings.HasSuffix(code, " but"):
		said.Mark, said.Link = warn, "#top"
	}
	return said
}
