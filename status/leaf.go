package status

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"kiosk/sale"
)

var sheet = template.Must(template.ParseFS(files, "page.html"))

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
	openOrders   = 20
	lowStock     = 2
)

type (
	// leaf is the page as it is printed once.
	leaf struct {
		Lang, Kiosk, Version, Uptime, At string
		Answers                          []answered
		Owed                             int
		Notes                            []string
		Picture                          bool
		Front                            *fronted
		Slots                            []row
		Open, Recent                     []receipt
		NoBook, Writable, Stopped, Done  bool
		Machine                          []fact
		Account                          *account
	}
	// answered is one of the three answers on top.
	answered struct {
		Mark, Title, Small string
		Reasons            []told
	}
	told    struct{ What, Do, Raw string }
	fronted struct {
		Screen, Price string
		sale.Front
	}
	row struct {
		Number            sale.Slot
		Name, Price, Mark string
		Stock             int
		Says              string
	}
	fact struct{ Name, Text string }
)

// T is a word of the page in its language.
func (l leaf) T(key string) string { return say(labels, key, l.Lang) }

// Deed is a word for what a person does to an order.
func (l leaf) Deed(key string) string { return say(deedWords, key, l.Lang) }

// Hows are the ways to settle.
func (l leaf) Hows() []string { return hows }

// Glyph is a mark's shape, for eyes that do not tell colours.
func (l leaf) Glyph(mark string) string {
	return map[string]string{good: "✓", warn: "!", bad: "✕", calm: "–", busy: "…"}[mark]
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

func (p *Page) home(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	if err := sheet.Execute(&b, p.leaf(r.Context(), p.language(r), r.URL.Query().Has("done"))); err != nil {
		fail(w, r, http.StatusInternalServerError, "the page cannot be drawn")
		return
	}
	// A form needs to say where it comes from: under no-referrer a browser on plain HTTP posts "Origin: null".
	w.Header().Set("Referrer-Policy", "same-origin")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(b.Bytes())
}

func (p *Page) leaf(ctx context.Context, lang string, done bool) leaf {
	d, s := p.look()
	l := leaf{
		Lang: lang, Kiosk: p.Kiosk, Version: p.Version, Uptime: span(time.Duration(d.Uptime)*time.Second, lang),
		At: time.Now().In(beijing).Format("01-02 15:04:05"), Owed: s.Owed, Writable: p.writable(), Done: done,
		Stopped: s.Doubts.Stopped != "", Picture: p.Panel != nil && p.Panel() != nil,
	}
	if p.Notes != nil {
		l.Notes = p.Notes()
	}
	for _, w := range s.Wares {
		l.Slots = append(l.Slots, shelved(w, lang))
	}
	l.Answers = l.answers(d)
	if f := s.Front; f != nil && f.Slot != 0 { // otherwise nobody is served, and the answers above say why
		l.Front = &fronted{say(screenWords, f.Screen, lang), f.Fen.Yuan(), *f}
	}
	l.Machine = l.machine(d, s)
	if p.Bills != nil {
		b := p.Bills()
		l.Account = l.account(&b)
	}
	p.print(ctx, &l, s)
	return l
}

// answers are the three that a technician asks first: does it run, can it sell, does the gateway answer.
func (l leaf) answers(d document) []answered {
	alive := answered{Mark: good, Title: l.T("alive+"), Small: l.T("up") + " " + l.Uptime}
	if !d.Alive {
		alive = answered{Mark: bad, Title: l.T("alive-"), Reasons: []told{{Do: l.T("alive.do")}}}
	}
	sell := answered{Mark: good, Title: l.T("sell+")}
	if aside := l.aside(); d.Ready && aside != "" {
		sell = answered{Mark: warn, Title: l.T("sell!"), Small: l.T("sell!.do") + " " + aside}
	}
	if !d.Ready {
		sell = answered{Mark: bad, Title: l.T("sell-")}
		for _, w := range d.Why {
			sell.Reasons = append(sell.Reasons, l.told(w))
		}
	}
	cloud := answered{Mark: good, Title: l.T("cloud+")}
	since := time.Time(d.Cloud.Since)
	switch {
	case !d.Cloud.Reachable && (since.IsZero() || d.starting()):
		cloud, since = answered{Mark: warn, Title: l.T("cloud?")}, time.Time{}
	case !d.Cloud.Reachable:
		cloud = answered{Mark: bad, Title: l.T("cloud-"), Reasons: []told{{Do: l.T("cloud.do")}}}
	}
	if !since.IsZero() {
		cloud.Small = l.T("since") + " " + when(since)
	}
	return []answered{alive, sell, cloud}
}

func (l leaf) told(w sale.Why) told {
	known, ok := reasons[w.Code]
	if !ok {
		return told{What: w.Code, Raw: w.Text}
	}
	return told{known.what.in(l.Lang), known.do.in(l.Lang), w.Text}
}

// starting tells whether nothing was asked of the gateway yet, so that its silence means nothing.
func (d document) starting() bool {
	return slices.ContainsFunc(d.Why, func(w sale.Why) bool { return w.Code == sale.WhyStarting })
}

// aside lists the slots that do not sell.
func (l leaf) aside() string {
	var out []string
	for _, s := range l.Slots {
		if s.Mark == bad || s.Stock <= 0 {
			out = append(out, fmt.Sprint(s.Number))
		}
	}
	return strings.Join(out, ", ")
}

func shelved(w sale.Ware, lang string) row {
	r := row{Number: w.Slot, Name: w.Name, Price: w.Fen.Yuan(), Stock: w.Stock, Mark: good, Says: labels["sells"].in(lang)}
	if lang == "en" && w.NameEN != "" {
		r.Name = w.NameEN
	}
	switch {
	case w.Fault != "" && w.Fault != sale.WhyEmpty:
		r.Mark, r.Says = bad, say(faultWords, w.Fault, lang)
	case w.Stock <= 0:
		r.Mark, r.Says = warn, labels["empty"].in(lang)
	case w.Stock <= lowStock:
		r.Mark, r.Says = warn, labels["low"].in(lang)
	}
	return r
}

// machine is what is told of the kiosk itself, least asked for last.
func (l leaf) machine(d document, s sale.Sight) []fact {
	trusted := l.T("clock-")
	if s.Clock {
		trusted = l.T("clock+")
	}
	out := []fact{{l.T("version"), l.Version}, {l.T("clock"), trusted + l.apart(d.Clock.Skew)}}
	if s.Doubts.Count > 0 {
		out = append(out, fact{l.T("doubts"), fmt.Sprintf("%d / 3", s.Doubts.Count)})
	}
	if s.Alarms > 0 {
		out = append(out, fact{l.T("alarms"), fmt.Sprint(s.Alarms)})
	}
	for _, k := range slices.Sorted(maps.Keys(s.Strays)) {
		out = append(out, fact{l.T("strays"), fmt.Sprintf("%s × %d", k, s.Strays[k])})
	}
	out = append(out, l.noticed(d.Notices)...)
	for _, k := range slices.Sorted(maps.Keys(d.Board)) {
		out = append(out, fact{k, fmt.Sprint(d.Board[k])})
	}
	return out
}

const (
	apartQuiet = 2  // seconds that a whole-second Date and the way of an answer explain
	apartMuch  = 60 // from here on the wall is not believed
)

// apart says how far our clock is from the gateway's, if that was heard.
func (l leaf) apart(skew *int64) string {
	if skew == nil {
		return ""
	}
	way, s := "ahead", *skew
	if s < 0 {
		way, s = "behind", -s
	}
	switch {
	case s <= apartQuiet:
		return " · " + l.T("clock=")
	case s >= apartMuch:
		way += "!"
	}
	return " · " + fmt.Sprintf(l.T("clock."+way), span(time.Duration(s)*time.Second, l.Lang))
}

// when is a moment as a technician in Beijing time reads it.
func when(t time.Time) string { return t.In(beijing).Format("01-02 15:04:05") }

func span(d time.Duration, lang string) string {
	units := [4]string{" 天 ", " 小时 ", " 分 ", " 秒"}
	if lang == "en" {
		units = [4]string{" d ", " h ", " min ", " s"}
	}
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case days > 0:
		return strings.TrimSpace(fmt.Sprint(days, units[0], hours, units[1]))
	case hours > 0:
		return strings.TrimSpace(fmt.Sprint(hours, units[1], minutes, units[2]))
	case minutes > 0:
		return strings.TrimSpace(fmt.Sprint(minutes, units[2]))
	}
	return fmt.Sprint(int(d.Seconds()), units[3])
}
