package status

import (
	"bytes"
	"context"
	"html/template"
	"net/http"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

var sheet = template.Must(template.ParseFS(files, "*.html"))

// serveHome answers /, the page itself. It works without scripts: forms post, links reload.
func (p *Page) serveHome(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	if err := sheet.ExecuteTemplate(&b, "page.html", p.buildView(r)); err != nil {
		writeError(w, r, http.StatusInternalServerError, "the page cannot be drawn")
		return
	}
	// A form needs to say where it comes from: under no-referrer a browser on plain HTTP posts "Origin: null".
	w.Header().Set("Referrer-Policy", "same-origin")
	web.SendPage(w, r, "text/html; charset=utf-8", b.Bytes())
}

// buildView looks at everything once, so that one page never mixes two moments, and the book is read under one deadline.
func (p *Page) buildView(r *http.Request) viewModel {
	full := p.seesAll(r)
	d, s := readDocumentFor(p, full)
	now := p.wallTime()
	l := viewModel{
		SeesAll: full,
		Lang:    p.languageOf(r), Kiosk: p.Kiosk, At: now.In(beijing).Format("01-02 15:04:05"), Writable: p.writable(),
		waits: waitingOrders{s.Settleable, s.Foreign, s.Stalled}, Maintenance: s.Maintenance, Stopped: s.Doubts.Stopped != "", Damaged: hasReason(s.Why, sale.NotReadyDamaged), Yesterday: now.In(beijing).AddDate(0, 0, -1).Format(time.DateOnly),
	}
	if text, well := p.lastFormResult(r); text != "" {
		l.Said = &fact{Text: text, Mark: bad}
		if well {
			l.Said.Mark = good
		}
		l.AskSignIn = !well
	}
	if l.SignedIn = p.signedIn(r); l.SignedIn != "" {
		l.fillTools(p.Tools, s)
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
	fillOrders(p, ctx, &l, s, r.URL.Query().Get("more") != "")
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

// lastFormResult is what the page has to say about the last form: done well, or refused and why; "" where there is nothing.
func (p *Page) lastFormResult(r *http.Request) (text string, well bool) {
	q, lang := r.URL.Query(), p.languageOf(r)
	if q.Has("done") {
		return doneText(q.Get("done"), lang), true
	}
	code := q.Get("no")
	_, ours := words.Refusals[code]
	if _, old := words.Errors[code]; ours || old || numberedText(code, lang) != "" {
		return refusalText(code, lang), false
	}
	if code == "said" {
		text, _ = p.sessions.Flash(r)
	}
	return text, false
}
