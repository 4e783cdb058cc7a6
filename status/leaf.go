package status

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

var sheet = template.Must(template.ParseFS(files, "*.html"))

// The marks of the page: each has a shape and a word beside its colour.
const (
	good = "good"
	warn = "warn"
	bad  = "bad"
	calm = "calm"
	busy = "busy"
)

const (
	recentOrders = 12
	moreOrders   = 100 // where somebody asks for more: still a page that a bad link brings
	openOrders   = 20
	lowStock     = 2
)

type (
	// leaf is the page as it is printed once.
	leaf struct {
		settleable []sale.No // orders in Closing that the shop lets a person settle

		Lang, Kiosk, At string
		Who             string // who is signed in; "": nobody, and nothing can be changed
		Writable        bool   // somebody could sign in
		Hold            bool   // the reader was turned away, and may sign in
		Said            *fact  // what became of the last form
		Answers         []answered
		Notes           []noted
		Picture         bool
		Wide, High      int // of the panel's picture, on the page
		Front           *fronted
		Slots           []row
		Full            int // what a full slot holds, by what they were filled to; 0: nobody knows
		Open, Recent    []receipt
		More            bool // there are older orders than the recent ones
		NoBook          bool
		Maintenance     string // who took it out of service
		Stopped, Bench  bool   // Bench: motors may be turned for a test
		Can             able
		Pictures        []named
		Yesterday       string
		Sales           []chart
		Waits           []waited
		Parts, Board    []fact
		Sparks          []spark
		Network         []fact
		Account         *account
		Kept            bool // what was done here can be told
		Deeds           []deed
		Machine         []fact
	}
	// answered is one of the answers on top.
	answered struct {
		Key, Mark, Title, Small, Link string
		Reasons                       []told
	}
	told    struct{ What, Do, Raw string }
	fronted struct {
		Screen, Price string
		sale.Front
	}
	fact  struct{ Name, Text, Mark string }
	named struct{ Name, Text string }
	// able is which tools there are.
	able struct{ Locate, Scan, Reconcile, Backup, Bundle, Restart bool }
)

// T is a word of the page in its language.
func (l leaf) T(key string) string { return say(labels, key, l.Lang) }

// Deed is a word for what a person does to an order.
func (l leaf) Deed(key string) string { return say(deedWords, key, l.Lang) }

// Hows are the ways to settle.
func (l leaf) Hows() []string { return hows }

// Here is where the page is in a language.
func (l leaf) Here(lang string) string { return "/?lang=" + url.QueryEscape(lang) }

// Glyph is a mark's shape, for eyes that do not tell colours.
func (l leaf) Glyph(mark string) string {
	return map[string]string{good: "✓", warn: "!", bad: "✕", calm: "–", busy: "…"}[mark]
}

// Say hands one fact and the page around it to its piece of the template.
func (l leaf) Say(f fact) struct {
	Leaf leaf
	Fact fact
} {
	return struct {
		Leaf leaf
		Fact fact
	}{l, f}
}

// language is what a request asks for, or else what the page speaks.
func (p *Page) language(r *http.Request) string {
	for _, lang := range []string{r.URL.Query().Get("lang"), p.Language} {
		if lang == "zh" || lang == "en" {
			return lang
		}
	}
	return "zh"
}

func (p *Page) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

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

// answers are what a technician asks first: does it run, can it sell, does the gateway answer, is anybody owed.
func (l leaf) answers(d document, s sale.Snapshot) []answered {
	out := []answered{l.alive(d), l.sells(d), l.cloud(d), l.owes(s)}
	if a := l.Account; a != nil && a.Mark == bad {
		out = append(out, answered{Key: "bill", Mark: warn, Title: a.Title, Link: "#account", Reasons: []told{{Do: l.T("bill-.do")}}})
	}
	return out
}

func (l leaf) alive(d document) answered {
	a := answered{Key: "alive", Mark: good, Title: l.T("alive+"), Small: l.T("up") + " " + sale.Span(time.Duration(d.Uptime)*time.Second).In(l.Lang)}
	if !d.Alive {
		a = answered{Key: "alive", Mark: bad, Title: l.T("alive-"), Reasons: []told{{Do: l.T("alive.do")}}}
	}
	return a
}

// sells names every reason why it cannot, and every slot that does not, each with what to do.
func (l leaf) sells(d document) answered {
	a := answered{Key: "sell", Mark: good, Title: l.T("sell+")}
	aside := l.aside()
	switch {
	case !d.Ready:
		a.Mark, a.Title = bad, l.T("sell-")
	case len(aside) > 0:
		a.Mark, a.Title = warn, l.T("sell!")
	}
	for _, w := range d.Why {
		a.Reasons = append(a.Reasons, l.told(w))
	}
	a.Reasons = append(a.Reasons, aside...)
	return a
}

func (l leaf) cloud(d document) answered {
	a := answered{Key: "cloud", Mark: good, Title: l.T("cloud+")}
	since := time.Time(d.Cloud.Since)
	switch {
	case !d.Cloud.Reachable && (since.IsZero() || d.starting()):
		a.Mark, a.Title, since = warn, l.T("cloud?"), time.Time{}
	case !d.Cloud.Reachable:
		a.Mark, a.Title, a.Reasons = bad, l.T("cloud-"), []told{{Do: l.T("cloud.do")}}
	}
	if !since.IsZero() {
		a.Small = fmt.Sprintf(l.T("since"), sale.When(since))
	}
	return a
}

func (l leaf) owes(s sale.Snapshot) answered {
	a := answered{Key: "owed", Mark: good, Title: l.T("owed+"), Link: "#open"}
	switch {
	case s.Owed > 0:
		a.Mark, a.Title, a.Reasons = bad, fmt.Sprintf(l.T("owed"), s.Owed), []told{{Do: l.T("owed.do")}}
	case s.Open > 0:
		a.Small = l.T("owed.open") + ": " + strconv.Itoa(s.Open)
	}
	return a
}

// plainly are the reasons whose own text says nothing beside the words for them.
var plainly = []string{sale.NotReadyStarting, sale.NotReadyConfig, sale.NotReadyOffline, sale.NotReadyClock, sale.NotReadyEmpty, "beat"}

func (l leaf) told(w sale.Why) told {
	known, ok := reasons[w.Code]
	if !ok {
		return told{What: w.Code, Raw: w.Text}
	}
	t := told{known.what.in(l.Lang), known.do.in(l.Lang), w.Text}
	switch {
	case slices.Contains(plainly, w.Code):
		t.Raw = ""
	case w.Code == sale.NotReadyMaintenance && l.Maintenance != "":
		t.Raw = l.Maintenance // who began it
	}
	return t
}

// aside lists the slots that do not sell: each that needs hands, and the sold out ones together.
func (l leaf) aside() (out []told) {
	var empty []string
	for _, s := range l.Slots {
		switch {
		case s.Mark == bad, s.Off:
			do, ok := faultDo[s.Fault]
			switch {
			case !ok:
				do = faultDo[sale.FaultUnknown]
			case s.Aside && s.Fault == sale.FaultBlocked:
				do = faultDo[setAside]
			}
			out = append(out, told{What: l.T("slot") + " " + strconv.Itoa(int(s.Number)) + " · " + s.Says, Do: do.in(l.Lang)})
		case s.Stock <= 0:
			empty = append(empty, strconv.Itoa(int(s.Number)))
		}
	}
	if len(empty) > 0 {
		out = append(out, told{What: l.T("slot") + " " + strings.Join(empty, ", ") + " · " + l.T("empty"), Do: l.T("empty.do")})
	}
	return out
}

// starting tells whether nothing was asked of the gateway yet, so that its silence means nothing.
func (d document) starting() bool {
	return slices.ContainsFunc(d.Why, func(w sale.Why) bool { return w.Code == sale.NotReadyStarting })
}

// noted is a note as it is shown, and the language it is in where that is not the page's.
type noted struct{ Lang, Text string }

func (n Note) in(lang string) noted {
	switch {
	case lang == "en":
		return noted{Text: n.EN}
	case n.ZH == "":
		return noted{"en", n.EN}
	}
	return noted{Text: n.ZH}
}
