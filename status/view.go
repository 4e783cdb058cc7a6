package status

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"kiosk/sale"
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

// row is a slot as the page tells it.
type row struct {
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
	Dropped              string // when goods last fell
}

type (
	waited struct {
		Name, P50, P95 string
		Count          uint64
	}
	deed struct {
		At, Kind, Text, Lang string
		Slot                 sale.Slot
	}
)

type (
	// receipt is an order as the page tells it.
	receipt struct {
		No, Mark, State, Means, Name, Price, At string
		Slot                                    sale.Slot
		Facts                                   []fact
		Lines                                   []step
		Do                                      string // what is done about it, and what the reader does
		Open                                    bool   // not at an end
		Yours                                   bool   // a person may settle it
		Again                                   bool   // a person may send it back
	}
	step struct {
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
		Rows                        []numbers
	}
	tick struct {
		X, Y int
		Text string
	}
	numbers struct {
		Key, When, Price string
		Count, Back      int
	}
)

// spark is one figure's day, as a line or as marks.
type spark struct{ Key, Name, Now, Range, Kind, Path string }

type (
	// account is the day's bill as the page tells it.
	account struct {
		Mark, Title, Small string
		Facts              []fact
		Findings           []differing
		More               int // findings that are not listed
		Failed             []string
	}
	differing struct{ What, No, Price, Do, Raw string }
)

// noted is a note as it is shown, and the language it is in where that is not the page's.
type noted struct{ Lang, Text string }

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

// With hands one order and the page around it to its piece of the template.
func (l leaf) With(r receipt) struct {
	Leaf    leaf
	Receipt receipt
} {
	return struct {
		Leaf    leaf
		Receipt receipt
	}{l, r}
}

// Counts is what every slot holds, for the form that fills them all: "1-10_2-0".
func (l leaf) Counts() string {
	out := make([]string, len(l.Slots))
	for i, s := range l.Slots {
		out[i] = fmt.Sprintf("%d-%d", s.Number, s.Stock)
	}
	return strings.Join(out, "_")
}

// Settles tells whether any order on the page waits for a person.
func (l leaf) Settles() bool {
	return slices.ContainsFunc(l.Open, func(r receipt) bool { return r.Yours })
}

func (n Note) in(lang string) noted {
	switch {
	case lang == "en":
		return noted{Text: n.EN}
	case n.ZH == "":
		return noted{"en", n.EN}
	}
	return noted{Text: n.ZH}
}

const (
	chartTall = 66 // of the bars, in the picture's own units
	chartWide = 288
	weekDays  = 7
)
