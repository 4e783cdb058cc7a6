package display

import (
	"image"
	"image/color"
	"strings"
)

// aside draws price, goods and countdown into the room that the code leaves on large and small panels.
func (s payPage) aside(r image.Rectangle, ground color.RGBA) {
	in := r.Inset(s.hand.margin)
	switch {
	case r.Dx() < 80:
		s.sliver(image.Rect(r.Min.X+1, r.Min.Y+2, r.Max.X, r.Max.Y), ground)
	case r.Dy() < 64:
		s.foothold(image.Rect(2, r.Min.Y+1, s.W-1, r.Max.Y-1), ground)
	case s.W > s.H:
		s.column(in, ground)
	default:
		s.base(in, ground)
	}
}

// column is the words at the right of a code: the key and the time, the price, the goods, what to do.
func (s payPage) column(in image.Rectangle, ground color.RGBA) {
	h := s.hand
	s.chip(in.Min, h.chip, s.view.Slot, ground, white)
	if s.view.Left > 0 {
		s.countdown(image.Rect(in.Min.X+h.chip, in.Min.Y, in.Max.X, in.Min.Y+h.chip), h.clock, white, ground)
	}
	in.Min.Y += h.chip + 2
	st := s.largest(in.Dx(), min(56, in.Dy()/5))
	s.money(image.Rect(in.Min.X, in.Min.Y, in.Max.X, in.Min.Y+st.px), st, left, price(s.view.Fen), white)
	in.Min.Y += st.px + 2
	name := 10*s.hand.names[0].scale + 6
	if in.Dy() < 90 {
		name = 15
	}
	s.named(image.Rect(in.Min.X, in.Min.Y, in.Max.X, in.Min.Y+name), s.lead(s.name(s.view.Name, s.view.NameEN)), white)
	in.Min.Y += name + 2
	s.fill(image.Rect(in.Min.X, in.Min.Y, in.Max.X, in.Min.Y+1), white)
	in.Min.Y++
	s.settle(in, left, s.hand.inviting, s.invitation())
}

// base is the words below a code on a tall glass.
func (s payPage) base(in image.Rectangle, ground color.RGBA) {
	h := s.hand
	in.Min.Y -= h.margin / 2
	row := image.Rect(in.Min.X, in.Min.Y, in.Max.X, in.Min.Y+min(56, in.Dy()/4))
	room := row
	if s.view.Left > 0 {
		room.Max.X = s.countdown(row, h.clock, white, ground) - h.margin
	}
	st := s.largest(room.Dx(), row.Dy()*9/10)
	s.money(room, st, left, price(s.view.Fen), white)
	in.Min.Y = row.Max.Y
	chip := min(h.chip, in.Dy()/5)
	edge := s.chip(in.Min, chip, s.view.Slot, ground, white)
	name := s.name(s.view.Name, s.view.NameEN)
	s.named(image.Rect(edge+5, in.Min.Y, in.Max.X, in.Min.Y+max(chip, 15)), s.lead(name), white)
	in.Min.Y += chip + 4
	s.settle(in, left, s.hand.inviting, s.invitation())
}

// foothold is two or three lines, if a code leaves no more room below it.
func (s payPage) foothold(in image.Rectangle, ground color.RGBA) {
	row := image.Rect(in.Min.X, in.Min.Y, in.Max.X, in.Min.Y+21)
	room := row
	if s.view.Left > 0 {
		room.Max.X = s.seconds(row, s.hand.clock, white) - 4
	}
	s.money(room, s.largest(room.Dx(), 22), left, price(s.view.Fen), white)
	second, last := s.terse(in.Dx())
	if (in.Dy()-21)/13 < 2 {
		if _, told := s.ask(); told {
			last = second
		}
		s.mid(image.Rect(in.Min.X, in.Max.Y-14, in.Max.X, in.Max.Y), small, left, last, white)
		return
	}
	y := in.Min.Y + 21
	edge := s.mark(image.Pt(in.Min.X, y), 12, ground)
	room = image.Rect(edge+2, y, in.Max.X, y+12)
	s.mid(room, fitting(second, room.Dx(), down(small, 10)), left, second, white)
	s.mid(image.Rect(in.Min.X, y+12, in.Max.X, in.Max.Y), small, left, last, white)
}

// sliver is the narrow column that a code leaves on the smallest glass.
func (s payPage) sliver(in image.Rectangle, ground color.RGBA) {
	amount := price(s.view.Fen)
	st := s.largest(in.Dx(), 18)
	if st.width(amount) > in.Dx() { // the sign above the figures
		s.mid(image.Rect(in.Min.X, in.Min.Y, in.Max.X, in.Min.Y+14), st, left, amount[:len("¥")], white)
		in.Min.Y += 13
		amount = strings.TrimPrefix(amount, "¥")
	}
	if whole, _, _ := strings.Cut(amount, "."); st.width(amount) > in.Dx() { // and the fen below them
		s.money(image.Rect(in.Min.X, in.Min.Y, in.Max.X, in.Min.Y+14), st, left, whole, white)
		in.Min.Y += 13
		amount = strings.TrimPrefix(amount, whole)
	}
	s.money(image.Rect(in.Min.X, in.Min.Y, in.Max.X, in.Min.Y+18), st, left, amount, white)
	in.Min.Y += 19
	if s.view.Left > 0 {
		s.mid(image.Rect(in.Min.X, in.Min.Y, in.Max.X, in.Min.Y+14), digits(13), left, seconds(s.view.Left)+" "+s.lead(wordSeconds), white)
		in.Min.Y += 15
	}
	s.chip(in.Min, 15, s.view.Slot, ground, white)
	in.Min.Y += 16
	words := s.invitation()
	for i := range words {
		words[i].styles = []style{{1, 13, "bold"}, {1, 12, "medium"}, {1, 11, "medium"}, {1, 10, "medium"}}
	}
	s.settle(in, left, []try{{0, 2}, {1, 2}, {2, 2}, {3, 2}}, words)
}

// largest is the style in which the price fills a width, of at most so many pixels and never unreadably few.
func (s payPage) largest(width, most int) style {
	return fitting(price(s.view.Fen), width, down(digits(most), 12))
}

// invitation is what to do, in both languages; the answer to what was held to the reader comes first.
func (s payPage) invitation() []para {
	p, _ := s.ask()
	title := s.leadTitle(p.title, white)
	title.more = 3
	body := s.leadBody(p.body, white)
	body.gap, body.spare = 4, 2
	other := s.otherLine(p.title, white)
	other.gap = 3
	return []para{title, body, other}
}
