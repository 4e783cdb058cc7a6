package status

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"kiosk/sale"
)

type (
	// viewModel is the page as it is printed once.
	viewModel struct {
		waits waitingOrders // what the shop says of orders that a person may decide about

		SeesAll         bool // the reader is no stranger
		Lang, Kiosk, At string
		SignedIn        string    // who is signed in; "": nobody, and nothing can be changed
		Writable        bool      // somebody could sign in
		AskSignIn       bool      // the reader was turned away, and may sign in
		Said            *saidView // what became of the last form
		Run             string    // another one at each start of the program
		Restarting      bool      // this is the last page of this run
		FillAsk         *formAsk  // the form that fills all slots asks once more
		Retried         []fact    // what became of the refunds that the reader asked for again
		Answers         []statusAnswer
		Notes           []noteView
		Picture         bool
		Wide, High      int // of the panel's picture, on the page
		Front           *frontView
		Slots           []slotView
		Full            int // what a full slot holds, by what they were filled to; 0: nobody knows
		Open, Recent    []orderView
		More            bool // there are older orders than the recent ones
		NoBook          bool
		Maintenance     string // who took it out of service
		Stopped, Bench  bool   // Bench: motors may be turned for a test
		Damaged         bool   // the book was: it does not sell until a person says so
		Can             toolSet
		Pictures        []namedText
		Yesterday       string
		Sales           []chart
		Waits           []waitView
		Parts, Board    []fact
		Sparks          []spark
		Network         []fact
		Account         *billView
		ActsKnown       bool // what was done here can be told
		Acts            []actView
		Sessions        []sessionView
		Machine         []fact
	}
	// statusAnswer is one of the answers on top.
	statusAnswer struct {
		Key, Mark, Title, Small, Link string
		Reasons                       []reasonView
	}
	reasonView struct{ What, Do, Raw string }
	frontView  struct {
		Screen, Price string
		sale.Front
	}
	fact      struct{ Name, Text, Mark string }
	namedText struct{ Name, Text string }
	// toolSet is which tools there are.
	toolSet struct{ Locate, Scan, Reconcile, Backup, Bundle, Restart bool }
)

// slotView is a slot as the page tells it.
type slotView struct {
	Number               sale.Slot
	Name, NameZH, NameEN string
	Price, Mark, Says    string
	Fen                  sale.Fen
	Stock, Less, More    int
	Fault                string
	Seen                 string // the fault and the flag, for whoever says that he looked at them
	Off                  bool   // a person took it off sale
	Aside                bool   // it is set aside: a person must let it sell again
	Look                 string // what to look at, though it sells
	Edit                 bool   // its price and names are open for changes
	Form                 editForm
	Dropped              string // when goods last fell
}

type (
	waitView struct {
		Name, P50, P95 string
		Count          uint64
	}
	actView struct {
		At, Kind, Text, Lang string
		Slot                 sale.Slot
	}
)

type (
	// orderView is an order as the page tells it.
	orderView struct {
		No, Mark, State, Means, Name, Price, At string
		Key                                     string // names it in the page; no two are alike
		Slot                                    sale.Slot
		Facts                                   []fact
		Lines                                   []journalView
		Do                                      string   // what is done about it, and what the reader does
		Open                                    bool     // not at an end
		Yours, Hand                             bool     // a person may settle it, or hand it over
		Again                                   bool     // a person may send it back
		Found                                   bool     // and says why: nobody here knows whether its goods fell
		Methods                                 []string // to settle it
	}
	journalView struct {
		At, Event, State string
		After            string // since the line before
		Doubtful         bool   // the clock was not trusted then
	}
)

type (
	// chart is a row of bars: a picture for most, a table for those who do not see it.
	chart struct {
		Key, Title, Sum, Small, Alt string
		Wide                        int
		Bars, Back                  string // paths
		Ticks                       []tick
		Top                         *tick
		Rows                        []chartRow
	}
	tick struct {
		X, Y int
		Text string
	}
	chartRow struct {
		Key, When, Price string
		Count, Back      int
	}
)

// spark is one figure's day, as a line or as marks.
type spark struct{ Key, Name, Now, Range, Kind, Path string }

type (
	// billView is the day's bill as the page tells it.
	billView struct {
		Mark, Title, Small string
		Facts              []fact
		Findings           []findingView
		More               int // words.Findings that are not listed
		Failed             []string
		Raw                string // why it failed, in the machine's words
	}
	findingView struct{ What, No, Price, Do, Text, Raw string }
)

// noteView is a note as it is shown, and the language it is in where that is not the page's.
type noteView struct{ Lang, Text, Raw string }

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

// T is a word of the page in its language.
func (l viewModel) T(key string) string { return wordFor(words.Labels, key, l.Lang) }

// Maintainer is who took the kiosk out of service.
func (l viewModel) Maintainer() string { return describePerson(l.Maintenance, l.Lang) }

// ActWord is a word for what a person does to an order.
func (l viewModel) ActWord(key string) string { return wordFor(words.Decisions, key, l.Lang) }

// LanguageURL is where the page is in a language.
func (l viewModel) LanguageURL(lang string) string { return "/?lang=" + url.QueryEscape(lang) }

// Glyph is a mark's shape, for eyes that do not tell colours.
func (l viewModel) Glyph(mark string) string {
	return map[string]string{good: "✓", warn: "!", bad: "✕", calm: "–", busy: "…"}[mark]
}

// WithFact hands one fact and the page around it to its piece of the template.
func (l viewModel) WithFact(f fact) struct {
	View viewModel
	Fact fact
} {
	return struct {
		View viewModel
		Fact fact
	}{l, f}
}

// WithOrder hands one order and the page around it to its piece of the template.
func (l viewModel) WithOrder(r orderView) struct {
	View  viewModel
	Order orderView
} {
	return struct {
		View  viewModel
		Order orderView
	}{l, r}
}

// StockCounts is what every slot holds, for the form that fills them all: "1-10_2-0".
func (l viewModel) StockCounts() string {
	out := make([]string, len(l.Slots))
	for i, s := range l.Slots {
		out[i] = fmt.Sprintf("%d-%d", s.Number, s.Stock)
	}
	return strings.Join(out, "_")
}

// HasDecision tells whether any order on the page waits for a person.
func (l viewModel) HasDecision() bool {
	return slices.ContainsFunc(l.Open, func(r orderView) bool { return r.Yours || r.Hand })
}

func (n Note) in(lang string) noteView {
	switch {
	case lang == "en":
		return noteView{Text: n.EN, Raw: n.Cause}
	case n.ZH == "":
		return noteView{Lang: "en", Text: n.EN, Raw: n.Cause}
	}
	return noteView{Text: n.ZH, Raw: n.Cause}
}

// editForm is what the form of a slot holds, and what it was made from.
type editForm struct {
	Name, NameEN, Yuan, Stock string
	Was                       string // the stock that was printed
	WasName, WasNameEN        string
	WasFen                    sale.Fen
	Ask                       *formAsk
}

// formAsk is what a form asks before it does what looks like a slip of the finger.
type formAsk struct {
	Lines []string
	Sure  string // what the reader says with the next post: another value is asked about again
	Stock string // of the form that fills all slots
	keys  []string
}

// saidView is what the page says about the last form.
type saidView struct {
	Text, Mark string
	Raw        string // what the machine says of it, in English
	Link       string // where on the page there is more
}

// sessionView is somebody who is signed in, for the others who are.
type sessionView struct{ ID, Name, From, Begun string }

// waitingOrders are the orders of which the shop says that a person may decide or should look, beside the owed ones.
type waitingOrders struct {
	settleable []sale.No // in Closing
	foreign    []sale.No // of a merchant that is not in the config: to be handed over
	stalled    []sale.Stall
}
