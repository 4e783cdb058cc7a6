package display

import (
	"image"
	"image/color"
	"strings"

	"kiosk/sale"
)

// grid is how wares are laid out: columns, and the height of a cell.
type grid struct{ columns, height int }

// idlePage lays out the list of goods.
type idlePage struct{ *sheet }

// idle lists what is on offer by the numbers of the keys.
func (s idlePage) idle() {
	head := s.hand.idle
	s.idleBar(image.Rect(0, 0, s.W, head))
	room := image.Rect(0, head, s.W, s.H)
	wares := s.view.Products
	g, rows := s.hand.arrange(len(wares), room)
	if len(wares) > g.columns*rows {
		room.Max.Y -= s.hand.note.height() + 1
		rows = room.Dy() / g.height
		wares = wares[:g.columns*rows]
		s.line(image.Rect(s.hand.margin, room.Max.Y, s.W-s.hand.margin, s.H), s.hand.note, centre, s.lead(wordMore), soft)
	} else if s.hand != usual && len(wares) > 0 { // as roomy as there is room
		g.height = min(g.height*4/3, room.Dy()/((len(wares)+g.columns-1)/g.columns))
	}
	for i, w := range wares {
		x, y := i%g.columns, i/g.columns
		cell := image.Rect(room.Dx()*x/g.columns, y*g.height, room.Dx()*(x+1)/g.columns, (y+1)*g.height)
		s.cell(cell.Add(image.Pt(0, head)), w)
	}
}

// idleBar says what to do with the list below it, or that payment may fail.
func (s idlePage) idleBar(bar image.Rectangle) {
	p, air := pages[sale.ScreenIdle], s.hand.margin
	if n, told := notes[s.view.Note]; told {
		p = n
	}
	s.fill(bar, p.tint)
	switch s.hand {
	case pocket:
		s.pocketBar(image.Rect(air, 0, s.W-air, bar.Max.Y), p)
	case poster:
		head, low := image.Rect(air, 4, s.W-air, 40), image.Rect(air, 38, s.W-air, bar.Max.Y-2)
		s.mid(head, s.script().head, left, s.lead(p.title), white)
		head.Min.X += s.script().head.width(s.lead(p.title)) + air
		s.spareWord(head, s.script().other[0], s.second(p.title))
		s.mid(low, s.script().label, left, s.lead(p.body), white)
		low.Min.X += s.script().label.width(s.lead(p.body)) + air
		s.spareWord(low, s.hand.id, s.Kiosk)
	default:
		in := image.Rect(air, 5, s.W-air, bar.Max.Y)
		title := pick(s.Renderer, large, style{2, 21, "bold"})
		s.line(in, title, left, s.lead(p.title), white)
		s.spareWord(image.Rect(in.Min.X+title.width(s.lead(p.title))+air, in.Min.Y, in.Max.X, in.Min.Y+24), small, s.second(p.title))
		low := image.Rect(in.Min.X, in.Min.Y+26, in.Max.X, bar.Max.Y)
		body := pick(s.Renderer, small, style{1, 14, "medium"})
		s.line(low, body, left, s.lead(p.body), white)
		low.Min.X += body.width(s.lead(p.body)) + air
		if low.Min.X+small.width(s.Kiosk) <= low.Max.X {
			s.line(low, small, right, s.Kiosk, rule)
		}
	}
}

// pocketBar is the bar of a small glass: what to do and what is accepted, side by side or one above the other.
func (s idlePage) pocketBar(in image.Rectangle, p page) {
	st, title, body := s.script().head, s.lead(p.title), s.lead(p.body)
	if gap := 2 * s.hand.margin; st.width(title)+gap+s.hand.note.width(body) <= in.Dx() {
		s.mid(in, st, left, title, white)
		s.mid(in, s.hand.note, right, body, white)
		return
	}
	half := in.Max.Y / 2
	st = fitting(title, in.Dx(), down(pick(s.Renderer, small, style{1, 13, "bold"}), 12))
	s.mid(image.Rect(in.Min.X, in.Min.Y, in.Max.X, half), st, left, title, white)
	s.mid(image.Rect(in.Min.X, half, in.Max.X, in.Max.Y-1), s.hand.note, left, body, white)
}

// spareWord writes a word at the right end of a room, if there is room for it.
func (s idlePage) spareWord(room image.Rectangle, st style, word string) {
	if st.width(word) <= room.Dx() {
		s.mid(room, st, right, word, rule)
	}
}

// arrange chooses the roomiest grid that shows every ware, or the tightest.
func (h *hand) arrange(n int, room image.Rectangle) (grid, int) {
	best, most := grid{1, room.Dy()}, 0
	for _, g := range h.grids {
		if g.columns > 1 && room.Dx()/g.columns < h.cell {
			continue
		}
		rows := room.Dy() / g.height
		if rows*g.columns >= n {
			return g, rows
		}
		if rows*g.columns > most {
			best, most = g, rows*g.columns
		}
	}
	return best, most / best.columns
}

// signs stand for the words of the tags.
var signs = map[said]icon{wordFault: iconAlert, wordSoldOut: iconEmpty, wordOff: iconEmpty}

// cell draws one ware, greyed if it is not for sale.
func (s idlePage) cell(cell image.Rectangle, w sale.Product) {
	col := ink
	if w.Fault != "" {
		s.fill(cell, mist)
		col = soft
	}
	s.fill(image.Rect(cell.Min.X, cell.Max.Y-1, cell.Max.X, cell.Max.Y), rule)
	if s.hand == usual {
		s.ware(cell, w, col)
		return
	}
	s.stall(cell, w, col)
}

// ware draws one cell: the key, the name if there is room, and the price or the reason for none.
func (s idlePage) ware(cell image.Rectangle, w sale.Product, col color.RGBA) {
	in := image.Rect(cell.Min.X+6, cell.Min.Y, cell.Max.X-6, cell.Max.Y-1)
	name := s.name(w.Name, w.NameEN)
	if cell.Dx() < 200 && cell.Dy() >= 40 { // the name above the key and the price
		s.line(image.Rect(in.Min.X, in.Min.Y+4, in.Max.X, in.Max.Y), pick(s.Renderer, small, style{1, 13, "medium"}), left, s.lead(name), col)
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
func (s idlePage) offer(room image.Rectangle, a align, px int, w sale.Product) int {
	if w.Fault == "" {
		st := digits(px)
		s.money(room, st, a, price(w.Fen), ink)
		return room.Max.X - st.width(price(w.Fen))
	}
	word := wordFault
	switch w.Fault {
	case sale.NotReadyEmpty:
		word = wordSoldOut
	case sale.FaultOffSale:
		word = wordOff
	}
	st, text := style{1, 13, "bold"}, s.lead(word)
	tag := image.Rect(0, 0, st.width(text)+10, 20)
	if s.hand == pocket {
		tag.Max.Y = min(20, room.Dy()-2)
		if tag.Dx() > room.Dx() { // no room for the word: a sign
			size := min(16, room.Dy()-2)
			s.icon(room.Max.X-size, (room.Min.Y+room.Max.Y-size)/2, size, signs[word], slate, white)
			return room.Max.X - size
		}
	}
	if s.hand == poster && room.Dy() > 32 {
		st = style{2, 22, "bold"}
		tag.Max = image.Pt(st.width(text)+14, 32)
	}
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

// stall draws one ware on a glass that is much larger or smaller than usual: name and price one above the
// other, side by side, the name above key and price, or these two alone, as the cell allows.
func (s idlePage) stall(cell image.Rectangle, w sale.Product, col color.RGBA) {
	wide, high, least := 118, 42, 34
	if s.hand == poster {
		wide, high, least = 230, 64, 60
	}
	in := image.Rect(cell.Min.X+s.hand.margin-1, cell.Min.Y, cell.Max.X-s.hand.margin, cell.Max.Y-1)
	name := s.name(w.Name, w.NameEN)
	switch {
	case cell.Dx() >= wide && cell.Dy() >= high:
		s.pair(in, w, name, col)
	case cell.Dx() >= wide:
		in.Min.X = s.key(in, w.Slot, col)
		in.Max.X = s.tag(in, in.Dx()*2/5, w) - 5
		s.called(in, s.lead(name), col)
	case cell.Dy() >= least:
		top := in
		top.Max.Y = in.Min.Y + 10*s.hand.note.scale + 6
		s.mid(top, s.hand.note, left, brief(s.hand.note, s.lead(name), top.Dx()), col)
		in.Min.Y = top.Max.Y - 2
		in.Min.X = s.key(in, w.Slot, col)
		s.tag(in, in.Dx(), w)
	default:
		in.Min.X = s.key(in, w.Slot, col) - 3
		s.tag(in, in.Dx(), w)
	}
}

// pair is a cell of two lines: the name, and below it the other name and the price.
func (s idlePage) pair(in image.Rectangle, w sale.Product, name said, col color.RGBA) {
	in.Min.X = s.key(in, w.Slot, col)
	lead, other := s.lead(name), s.second(name)
	if first, then, ok := strings.Cut(plain(lead), " "); ok && s.script().title[1].width(lead) > in.Dx() && s.Language != "en" {
		lead, other = first, then // rather the size of the bottle than the other language
	}
	parts, over := 13, 4 // Chinese hangs nothing below its line
	if s.Language == "en" || s.hand == poster {
		parts, over = 11, 2
	}
	half := image.Rect(in.Min.X, in.Min.Y+1, in.Max.X, in.Min.Y+in.Dy()*parts/20)
	s.called(half, lead, col)
	in.Min.Y = half.Max.Y - over
	in.Max.X = s.tag(in, in.Dx()*3/5, w) - 6
	st := fitting(other, in.Dx(), s.script().other)
	if other = brief(st, other, in.Dx()); other != lead && st.width(other) <= in.Dx() {
		s.mid(in, st, left, other, soft)
	}
}

// called writes goods' name into a cell: on one line, or on two if the cell is high enough.
func (s idlePage) called(in image.Rectangle, name string, col color.RGBA) {
	name = plain(name)
	if lines := lineUp(small, words(name, false), in.Dx()); in.Dy() < 30 && in.Dy() >= 24 && len(lines) == 2 && s.hand.names[0].width(name) > in.Dx() {
		half := in.Dy() / 2
		s.mid(image.Rect(in.Min.X, in.Min.Y, in.Max.X, in.Min.Y+half+1), small, left, lines[0], col)
		s.mid(image.Rect(in.Min.X, in.Min.Y+half, in.Max.X, in.Max.Y), small, left, lines[1], col)
		return
	}
	if small.width(name) > in.Dx() && in.Dy() < 30 {
		s.mid(in, small, left, brief(small, name, in.Dx()), col)
		return
	}
	s.named(in, name, col)
}

// brief leaves out the last words of a name that is too long for a line; the shelf's label has them.
func brief(st style, name string, width int) string {
	for name = plain(name); st.width(name) > width; {
		at := strings.LastIndexByte(name, ' ')
		if at <= 0 {
			break
		}
		name = name[:at]
	}
	return name
}

// key draws a slot's number in the middle of a cell's height, and returns where words may begin.
func (s idlePage) key(in image.Rectangle, slot sale.Slot, col color.RGBA) int {
	height := min(in.Dy()-6, s.hand.chip+s.hand.chip/4)
	return s.chip(image.Pt(in.Min.X, in.Min.Y+(in.Dy()-height)/2), height, slot, white, col) + 2 + height/6
}

// tag writes the price at the right end of a room, or in a frame why there is none, and returns where it begins.
// If the whole price does not fit, its sign is left out, never a figure.
func (s idlePage) tag(room image.Rectangle, width int, w sale.Product) int {
	if w.Fault != "" {
		return s.offer(room, right, 0, w)
	}
	room.Min.X = room.Max.X - width
	amount, most := price(w.Fen), min(s.hand.amount, room.Dy()*4/5)
	st := fitting(amount, width-3, down(digits(most), 12))
	if st.width(amount) > width {
		amount = strings.TrimPrefix(amount, "¥")
	}
	s.money(room, st, right, amount, ink)
	return room.Max.X - st.width(amount)
}
