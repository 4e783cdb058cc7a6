package display

import (
	"image"

	"kiosk/sale"
)

// grid is how wares are laid out: columns, and the height of a cell.
type grid struct{ columns, height int }

// grids from the roomiest to the tightest.
var grids = []grid{{1, 54}, {1, 48}, {1, 38}, {2, 54}, {2, 44}, {1, 30}, {2, 30}, {2, 24}, {3, 24}}

// idle lists what is on offer by the numbers of the keys.
func (s *sheet) idle() {
	const head = 46
	s.fill(image.Rect(0, 0, s.W, head), ink)
	p := pages[sale.ScreenIdle]
	in := image.Rect(margin, 5, s.W-margin, head)
	title := s.pick([]style{large}, []style{{2, 21, "bold"}})[0]
	s.line(in, title, left, s.lead(p.title), white)
	s.line(image.Rect(in.Min.X, in.Min.Y+24, in.Max.X, head), small, left, s.second(p.title), rule)
	s.line(image.Rect(s.W/2, in.Min.Y+24, s.W-margin, head), small, right, s.Kiosk, rule)

	room := image.Rect(0, head, s.W, s.H)
	g, rows := arrange(len(s.view.Wares), room)
	wares := s.view.Wares
	if len(wares) > g.columns*rows {
		room.Max.Y -= 16
		rows = room.Dy() / g.height
		wares = wares[:g.columns*rows]
		s.line(image.Rect(margin, room.Max.Y, s.W-margin, s.H), small, centre, s.lead(wordMore), soft)
	}
	for i, w := range wares {
		x, y := i%g.columns, i/g.columns
		cell := image.Rect(room.Dx()*x/g.columns, y*g.height, room.Dx()*(x+1)/g.columns, (y+1)*g.height)
		s.ware(cell.Add(image.Pt(0, head)), w)
	}
}

// arrange chooses the roomiest grid that shows every ware, or the tightest.
func arrange(n int, room image.Rectangle) (grid, int) {
	for _, g := range grids {
		if g.columns > 1 && room.Dx()/g.columns < 80 {
			continue
		}
		if rows := room.Dy() / g.height; rows*g.columns >= n {
			return g, rows
		}
	}
	g := grids[len(grids)-1]
	return g, room.Dy() / g.height
}

// ware draws one cell: the key, the name where there is room for it, and the price or why not.
func (s *sheet) ware(cell image.Rectangle, w sale.Ware) {
	col := ink
	if w.Fault != "" {
		s.fill(cell, mist)
		col = soft
	}
	s.fill(image.Rect(cell.Min.X, cell.Max.Y-1, cell.Max.X, cell.Max.Y), rule)
	in := image.Rect(cell.Min.X+6, cell.Min.Y, cell.Max.X-6, cell.Max.Y-1)
	name := s.name(w.Name, w.NameEN)
	if cell.Dx() < 200 && cell.Dy() >= 40 { // the name above the key and the price
		s.line(image.Rect(in.Min.X, in.Min.Y+4, in.Max.X, in.Max.Y), s.pick([]style{small}, []style{{1, 13, "medium"}})[0], left, s.lead(name), col)
		in.Min.Y += 18
		s.chip(image.Pt(in.Min.X, in.Min.Y), in.Dy()-4, w.Slot, white, col)
		in.Max.Y -= 4
		s.offer(in, right, 20, w)
		return
	}
	chip := min(cell.Dy()-8, 28)
	in.Min.X = s.chip(image.Pt(in.Min.X, cell.Min.Y+(cell.Dy()-1-chip)/2), chip, w.Slot, white, col) + 6
	if cell.Dx() < 200 { // prices by key
		in.Max.X = s.offer(in, right, 16, w) - 5
		if cell.Dx() >= 150 && cell.Dy() >= 28 {
			s.pour(in, left, []para{{text: s.lead(name), styles: []style{small}, lines: 2, colour: col}})
		}
		return
	}
	if cell.Dy() < 46 {
		in.Max.X = s.offer(in, right, 19, w) - 5
		s.named(in, s.lead(name), col)
		return
	}
	top := in.Min.Y + (in.Dy()-46)/2
	s.named(image.Rect(in.Min.X, top, in.Max.X, top+25), s.lead(name), col)
	low := image.Rect(in.Min.X, top+23, in.Max.X, top+46)
	low.Max.X = s.offer(low, right, 22, w) - 6
	if s.second(name) != s.lead(name) {
		s.mid(low, small, left, s.second(name), soft)
	}
}

// offer writes the price, or in a frame why there is none, and returns where it begins.
func (s *sheet) offer(room image.Rectangle, a align, px int, w sale.Ware) int {
	if w.Fault == "" {
		st := digits(px)
		s.mid(room, st, a, price(w.Fen), ink)
		return room.Max.X - st.width(price(w.Fen))
	}
	word := wordFault
	if w.Fault == "empty" {
		word = wordSoldOut
	}
	st, text := style{1, 13, "bold"}, s.lead(word)
	tag := image.Rect(0, 0, st.width(text)+10, 20)
	at := image.Pt(room.Min.X, (room.Min.Y+room.Max.Y-tag.Dy())/2)
	if a == right {
		at.X = room.Max.X - tag.Dx()
	}
	tag = tag.Add(at)
	s.card(tag, 4, slate)
	s.card(tag.Inset(1), 3, white)
	s.mid(tag, st, centre, text, slate)
	return tag.Min.X
}
