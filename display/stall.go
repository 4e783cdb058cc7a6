package display

import (
	"image"
	"image/color"
	"strings"

	"kiosk/sale"
)

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
