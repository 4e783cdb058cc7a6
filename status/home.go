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

func (p *Page) home(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	if err := sheet.ExecuteTemplate(&b, "page.html", p.leaf(r)); err != nil {
		fail(w, r, http.StatusInternalServerError, "the page cannot be drawn")
		return
	}
	// A form needs to say where it comes from: under no-referrer a browser on plain HTTP posts "Origin: null".
	w.Header().Set("Referrer-Policy", "same-origin")
	web.Send(w, r, "text/html; charset=utf-8", b.Bytes())
}

func (p *Page) leaf(r *http.Request) leaf {
	d, s := p.look()
	now := p.now()
	l := leaf{
		Lang: p.language(r), Kiosk: p.Kiosk, At: now.In(beijing).Format("01-02 15:04:05"), Writable: p.writable(),
		settleable: s.Settleable, Maintenance: s.Maintenance, Stopped: s.Doubts.Stopped != "", Yesterday: now.In(beijing).AddDate(0, 0, -1).Format(time.DateOnly),
	}
	if text, well := p.said(r); text != "" {
		l.Said = &fact{Text: text, Mark: bad}
		if well {
			l.Said.Mark = good
		}
		l.Hold = !well
	}
	if l.Who = p.signedIn(r); l.Who != "" {
		l.tools(p.Tools, s)
	}
	l.glass(p)
	if p.Notes != nil {
		for _, n := range p.Notes() {
			l.Notes = append(l.Notes, n.in(l.Lang))
		}
	}
	l.shelve(s, r.URL.Query().Get("slot"))
	if f := s.Front; f != nil && f.Slot != 0 { // otherwise nobody is served, and the answers above say why
		l.Front = &fronted{say(screenWords, f.Screen, l.Lang), f.Fen.Yuan(), *f}
	}
	if p.Bills != nil {
		b := p.Bills()
		l.Account = l.account(&b)
	}
	l.Answers = l.answers(d, s)
	l.machine(p, d, s)
	ctx, cancel := context.WithTimeout(r.Context(), bookTime)
	defer cancel()
	p.print(ctx, &l, s, r.URL.Query().Get("more") != "")
	l.Sales = p.takings(ctx, l.Lang)
	l.tellDeeds(ctx, p)
	return l
}

// glassWide is how wide the panel's picture is on the page, as long as it is upright.
const glassWide = 152

// glass tells how large the panel's picture is, so that nothing jumps when it comes.
func (l *leaf) glass(p *Page) {
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

// tools tells what the one who is signed in may do now.
func (l *leaf) tools(t Tools, s sale.Snapshot) {
	l.Can = able{t.Locate != nil, t.ScanTest != nil, t.Reconcile != nil, t.Backup != nil, t.Bundle != nil, t.Restart != nil}
	l.Bench = s.Maintenance != "" && t.TestVend != nil
	if t.Picture != nil {
		for _, pic := range t.Pictures {
			l.Pictures = append(l.Pictures, named{pic.Name, word{pic.ZH, pic.EN}.in(l.Lang)})
		}
	}
}

// said is what the page has to say about the last form: done well, or refused and why; "" where there is nothing.
func (p *Page) said(r *http.Request) (text string, well bool) {
	q, lang := r.URL.Query(), p.language(r)
	if q.Has("done") {
		return doneIn(q.Get("done"), lang), true
	}
	code := q.Get("no")
	_, ours := refusalWords[code]
	if _, old := errorWords[code]; ours || old || numberedIn(code, lang) != "" {
		return refusedIn(code, lang), false
	}
	if code == "said" {
		text, _ = p.sessions.Flash(r)
	}
	return text, false
}
