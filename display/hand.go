package display

import "slices"

// A hand is how large a panel is written. Sizes follow the glass in whole steps of the Chinese face, so that
// every dot stays square: a larger glass gets larger words and more of them, not a blown-up picture.
type hand struct {
	margin   int // air at every edge
	bar      int // height of the bar that says what a page is about
	foot     int // height of the bar with whom to call and how long
	chip     int // height of a slot's number in the bar
	amount   int // pixels of the price in the bar
	clock    int // pixels of the countdown
	zh, en   script
	id       style   // the kiosk's number
	call     style   // the contact's number
	note     style   // small words
	number   []style // for an order's number, best first
	ending   []style // for the end of it
	names    []style // for the name of goods, best first
	after    style   // what follows a name, or all of a long one
	label    int     // how spare the words above an order's number are
	reason   int     // lines that a reason may take
	lines    int     // that the words below a title may take
	signs    []int   // sides of a page's sign, best first
	tries    []try   // of a page
	inviting []try   // of the words beside a code
	idle     int     // height of the bar above the wares
	grids    []grid
	cell     int     // least width of a ware's cell
	words    []space // what the words beside a code need, best first
}

// script is the styles of a language that leads, and of the other one beside it.
type script struct {
	title, body, other []style
	head, label        style
}

// space is the least width of words beside a code and the least height of words below it.
type space struct{ column, strip int }

// try is a way to set a page: how small, and how much of what is spare is left out.
type try struct{ level, bare int }

// usual is for panels of 240 pixels and more.
var usual = &hand{
	margin: 8, bar: 34, foot: 32, chip: 22, amount: 22, clock: 18, idle: 46, cell: 80, reason: 1, lines: 2,
	zh:     script{titleZH, bodyZH, otherEN, large, large},
	en:     script{titleEN, bodyEN, otherZH, style{2, 20, "bold"}, style{2, 18, "medium"}},
	id:     style{1, 14, "bold"},
	call:   style{2, 19, "bold"},
	note:   small,
	number: []style{{1, 14, "mono"}},
	ending: []style{{3, 40, "mono"}, {2, 28, "mono"}, {2, 26, "mono"}, {2, 24, "mono"}},
	names:  []style{{2, 20, "medium"}},
	signs:  []int{46},
	after:  small,
	grids:  []grid{{1, 54}, {1, 48}, {1, 38}, {2, 54}, {2, 44}, {1, 30}, {2, 30}, {2, 24}, {3, 24}},
	words:  []space{{92, 34}},
}

// poster is for panels of 320x480.
var poster = &hand{
	margin: 12, bar: 50, foot: 46, chip: 34, amount: 34, clock: 28, idle: 66, cell: 100, reason: 2, lines: 3,
	zh: script{
		title: []style{{4, 46, "bold"}, {4, 46, "bold"}, {3, 34, "bold"}, large},
		body:  []style{{3, 32, "medium"}, {2, 24, "medium"}, {2, 24, "medium"}, large},
		other: []style{{1, 20, "medium"}, {1, 18, "medium"}, {1, 16, "medium"}},
		head:  style{3, 32, "medium"}, label: style{2, 24, "medium"},
	},
	en: script{
		title: []style{{2, 46, "bold"}, {2, 38, "bold"}, {2, 30, "bold"}, {2, 24, "bold"}},
		body:  []style{{2, 30, "medium"}, {2, 26, "medium"}, {2, 22, "medium"}, {1, 18, "medium"}},
		other: []style{large},
		head:  style{3, 30, "bold"}, label: style{2, 26, "medium"},
	},
	id:       style{2, 20, "bold"},
	call:     style{2, 28, "bold"},
	note:     style{2, 20, "medium"},
	number:   []style{{1, 19, "mono"}},
	ending:   []style{{5, 64, "mono"}, {4, 56, "mono"}, {4, 48, "mono"}, {3, 36, "mono"}},
	names:    []style{{3, 32, "medium"}, {2, 24, "medium"}},
	after:    style{2, 20, "medium"},
	signs:    []int{152, 128, 108, 88, 72},
	tries:    []try{{0, 0}, {1, 0}, {2, 0}, {1, 2}, {2, 2}, {3, 0}, {3, 2}},
	inviting: []try{{0, 0}, {1, 0}, {2, 0}, {1, 1}, {2, 1}, {3, 0}, {3, 1}, {1, 2}, {2, 2}, {3, 2}},
	grids:    []grid{{1, 84}, {1, 66}, {1, 50}, {1, 42}, {1, 34}, {2, 84}, {2, 66}, {2, 50}, {2, 42}, {2, 34}, {3, 42}, {3, 34}, {4, 34}},
	words:    []space{{160, 150}},
}

// pocket is for panels of less than 200 pixels on one side.
var pocket = &hand{
	margin: 4, bar: 28, foot: 24, chip: 20, amount: 20, clock: 16, idle: 28, cell: 60, reason: 2, lines: 4, label: 1,
	zh: script{
		title: []style{{3, 32, "bold"}, large, large, small},
		body:  []style{large, large, small, small},
		other: []style{{1, 13, "medium"}, {1, 13, "medium"}, {1, 12, "medium"}},
		head:  large, label: small,
	},
	en: script{
		title: []style{{1, 28, "bold"}, {1, 22, "bold"}, {1, 18, "bold"}, {1, 15, "bold"}},
		body:  []style{{1, 18, "medium"}, {1, 16, "medium"}, {1, 14, "medium"}, {1, 12, "medium"}},
		other: []style{small},
		head:  style{2, 18, "bold"}, label: style{1, 14, "medium"},
	},
	id:       style{1, 12, "bold"},
	call:     style{1, 16, "bold"},
	note:     small,
	number:   []style{{1, 14, "mono"}},
	ending:   []style{{2, 30, "mono"}, {2, 26, "mono"}, {2, 22, "mono"}, {1, 18, "mono"}},
	names:    []style{{2, 20, "medium"}},
	after:    small,
	signs:    []int{96, 84, 72, 60, 48, 38, 30, 24},
	tries:    []try{{0, 0}, {1, 0}, {1, 2}, {2, 0}, {2, 2}, {3, 0}, {3, 2}},
	inviting: []try{{0, 0}, {1, 0}, {2, 0}, {1, 1}, {2, 1}, {1, 2}, {2, 2}, {3, 0}, {3, 1}, {3, 2}},
	grids:    []grid{{1, 44}, {1, 34}, {1, 28}, {1, 25}, {1, 20}, {2, 44}, {2, 34}, {2, 25}, {2, 20}, {3, 25}, {3, 20}},
	words:    []space{{49, 49}, {37, 37}},
}

// handFor is the hand for a glass.
func handFor(w, h int) *hand {
	switch side := min(w, h); {
	case side >= 300:
		return poster
	case side < 200:
		return pocket
	}
	return usual
}

// fitting is the first style in which a line fits a width, or the last.
func fitting(text string, width int, styles []style) style {
	i := slices.IndexFunc(styles, func(st style) bool { return st.width(text) <= width })
	if i < 0 {
		i = len(styles) - 1
	}
	return styles[i]
}

// down lists a style in ever smaller pixels, for a line that must not be cut.
func down(st style, least int) []style {
	var out []style
	for px := st.px; px >= least; px-- {
		out = append(out, style{min(st.scale, max(1, (px+4)/12)), px, st.ttf})
	}
	return out
}
