package display

import (
	"image"
	"image/color"
	"slices"
)

// para is a paragraph: its text, the styles it may take from best to least, and how many lines.
type para struct {
	text   string
	styles []style
	lines  int
	more   int // lines it may take if it is not set in its best style
	colour color.RGBA
	gap    int  // air above it
	whole  bool // compounds are not torn at the end of a line
	spare  int  // left out if there is no room for all: 1 before 2, 0 never
}

// The styles of a kiosk's first language and of its second.
var (
	titleZH = []style{huge, large, large, large}
	titleEN = []style{{3, 34, "bold"}, {2, 26, "bold"}, {2, 20, "bold"}, {2, 16, "bold"}}
	bodyZH  = []style{large, large, small, small}
	bodyEN  = []style{{2, 20, "medium"}, {2, 18, "medium"}, {1, 15, "medium"}, {1, 13, "medium"}}
	otherZH = []style{small}
	otherEN = []style{{1, 15, "medium"}, {1, 14, "medium"}, {1, 12, "medium"}}
)

// leadTitle, leadBody and otherLine make paragraphs in the order of the kiosk's languages.
func (s *sheet) leadTitle(w said, col color.RGBA) para {
	return para{text: s.lead(w), styles: s.script().title, lines: 1, more: s.hand.lines * 3 / 4, colour: col, whole: s.hand != usual}
}

func (s *sheet) leadBody(w said, col color.RGBA) para {
	return para{text: s.lead(w), styles: s.script().body, lines: s.hand.lines, colour: col, gap: 7, whole: s.hand != usual}
}

func (s *sheet) otherLine(w said, col color.RGBA) para {
	return para{text: s.second(w), styles: s.script().other, lines: 2, colour: col, gap: 1, spare: 1}
}

// script is the styles of the kiosk's first language, note its small words.
func (s *sheet) script() script { return pick(s.Renderer, s.hand.zh, s.hand.en) }

// pick takes the first of two if Chinese leads.
func pick[T any](r Renderer, zh, en T) T {
	if r.Language == "en" {
		return en
	}
	return zh
}

// at is a paragraph's style when the page is squeezed to a level.
func (p para) at(level int) style { return p.styles[min(level, len(p.styles)-1)] }

// set breaks a paragraph for a width. It is not whole when something had to be cut off.
func (p para) set(level, width int) (lines []string, whole bool) {
	st := p.at(level)
	lines = lineUp(st, words(plain(p.text), p.whole), width)
	most := p.lines
	if level > 0 {
		most = max(most, p.more)
	}
	if len(lines) > most {
		rest := ""
		for _, l := range lines[most-1:] {
			rest += l + " "
		}
		lines = append(lines[:most-1:most-1], rest+"…")
		return lines, false
	}
	for _, l := range lines {
		if st.width(l) > width {
			return lines, false
		}
	}
	return lines, true
}

// measure is the height of paragraphs at a level, and whether they are whole there.
func measure(ps []para, level, width int) (height int, whole bool) {
	whole = true
	for i, p := range ps {
		lines, ok := p.set(level, width)
		whole = whole && ok
		height += len(lines) * p.at(level).height()
		if i > 0 {
			height += p.gap
		}
	}
	return height, whole
}

const levels = 4

// fit finds the largest styles at which paragraphs fit a room; the last level if none does.
func fit(ps []para, room image.Rectangle) (level, height int, ok bool) {
	for level = range levels {
		h, whole := measure(ps, level, room.Dx())
		if height = h; whole && h <= room.Dy() {
			return level, h, true
		}
	}
	return levels - 1, height, false
}

// need leaves out the spare paragraphs if not all fit, or only in small letters.
func need(ps []para, room image.Rectangle) []para {
	level, _, ok := fit(ps, room)
	bare := slices.DeleteFunc(slices.Clone(ps), func(p para) bool { return p.spare > 0 })
	if l, _, better := fit(bare, room); !ok || better && level > 1 && l <= 1 {
		return bare
	}
	return ps
}

// flow writes paragraphs from the top of a room; lines that no longer fit are left out.
func (c *canvas) flow(room image.Rectangle, a align, level int, ps []para) int {
	y := room.Min.Y
	for i, p := range ps {
		if i > 0 {
			y += p.gap
		}
		lines, _ := p.set(level, room.Dx())
		for _, l := range lines {
			st := p.at(level)
			if y+st.height() > room.Max.Y+3*st.scale { // the air below the last line may be missing
				c.cut++
				continue
			}
			c.line(image.Rect(room.Min.X, y, room.Max.X, y+st.height()), st, a, l, p.colour)
			y += st.height()
		}
	}
	return y
}

// pour writes paragraphs into the middle of a room's height, as large as they fit.
func (c *canvas) pour(room image.Rectangle, a align, ps []para) {
	level, height, _ := fit(ps, room)
	room.Min.Y += max(0, (room.Dy()-height)/2)
	c.flow(room, a, level, ps)
}
