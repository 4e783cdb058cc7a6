package display

import (
	"fmt"
	"image"
	"image/color"

	"kiosk/sale"
)

// What the words beside a code need at least.
const (
	leastStrip  = 34
	leastColumn = 92
)

// codeRoom is the side of the square that a code may fill; the words get the rest.
func codeRoom(w, h int) int {
	if w > h {
		return min(h, w-leastColumn)
	}
	return min(w, h-leastStrip)
}

// pay shows a code as large as it goes, and beside or below it what it is for.
func (s *sheet) pay() error {
	k, err := encode(s.view.QR, codeRoom(s.W, s.H))
	if err != nil {
		return err
	}
	side := k.side()
	at, rest := image.Pt((s.W-side)/2, 0), image.Rect(0, side, s.W, s.H)
	if s.W > s.H {
		at, rest = image.Pt(0, (s.H-side)/2), image.Rect(side, 0, s.W, s.H)
	}
	s.code(k, at)
	ground := green
	if _, told := notes[s.view.Note]; told {
		ground = red
	}
	s.fill(rest, ground)
	switch {
	case s.W > s.H:
		s.beside(rest, ground)
	case rest.Dy() < 64:
		s.strip(rest, ground)
	default:
		s.below(rest, ground)
	}
	if err := k.prove(s.Frame, at); err != nil {
		return fmt.Errorf("prove code: %w", err)
	}
	return nil
}

// ask is what the customer is asked to do, or told about the code they held to the reader.
func (s *sheet) ask() page {
	if n, ok := notes[s.view.Note]; ok {
		return n
	}
	return pages[sale.ScreenQR]
}

// strip is a line of words where the code leaves no more: the amount, two small lines, the seconds.
func (s *sheet) strip(r image.Rectangle, ground color.RGBA) {
	in := image.Rect(margin, r.Min.Y, s.W-margin+2, r.Max.Y)
	if s.view.Left > 0 {
		s.mid(in, digits(22), right, seconds(s.view.Left), white)
		in.Max.X -= digits(22).width(seconds(s.view.Left)) + margin
	}
	amount := digits(26)
	s.mid(in, amount, left, price(s.view.Fen), white)
	in.Min.X += amount.width(price(s.view.Fen)) + margin
	top := image.Rect(in.Min.X, in.Min.Y+2, in.Max.X, in.Min.Y+2+in.Dy()/2)
	edge := s.chip(image.Pt(top.Min.X, top.Min.Y), 14, s.view.Slot, ground, white)
	s.line(image.Rect(edge+4, top.Min.Y+1, top.Max.X, top.Max.Y), small, left, s.lead(s.name(s.view.Name, s.view.NameEN)), white)
	p := s.ask()
	both := s.lead(p.title) + " · " + s.lead(p.body)
	if small.width(both) > in.Dx() {
		both = s.lead(p.title)
	}
	s.line(image.Rect(in.Min.X, in.Min.Y+in.Dy()/2+2, in.Max.X, in.Max.Y), small, left, both, white)
}

// below is the panel of words under a code on a tall glass.
func (s *sheet) below(r image.Rectangle, ground color.RGBA) {
	in := image.Rect(margin, r.Min.Y, s.W-margin, r.Max.Y)
	head := image.Rect(in.Min.X, in.Min.Y, in.Max.X, in.Min.Y+38)
	if s.view.Left > 0 {
		head.Max.X = s.countdown(head, 22, white, ground) - margin
	}
	amount := digits(34)
	s.mid(head, amount, left, price(s.view.Fen), white)
	y := head.Max.Y
	edge := s.chip(image.Pt(in.Min.X, y), 24, s.view.Slot, ground, white)
	s.named(image.Rect(edge+6, y, in.Max.X, y+24), s.lead(s.name(s.view.Name, s.view.NameEN)), white)
	p := s.ask()
	s.pour(image.Rect(in.Min.X, y+28, in.Max.X, in.Max.Y-3), left, s.invite(p))
}

// beside is the column of words at the right of a code on a wide glass.
func (s *sheet) beside(r image.Rectangle, ground color.RGBA) {
	in := r.Inset(margin)
	amount := digits(34)
	for amount.px > 18 && amount.width(price(s.view.Fen)) > in.Dx() {
		amount = digits(amount.px - 2)
	}
	s.mid(image.Rect(in.Min.X, in.Min.Y, in.Max.X, in.Min.Y+32), amount, left, price(s.view.Fen), white)
	y := in.Min.Y + 40
	edge := s.chip(image.Pt(in.Min.X, y), 28, s.view.Slot, ground, white)
	s.named(image.Rect(edge+6, y, in.Max.X, y+28), s.lead(s.name(s.view.Name, s.view.NameEN)), white)
	foot := in.Max.Y - 30
	if s.view.Left > 0 {
		s.fill(image.Rect(in.Min.X, foot-4, in.Max.X, foot-3), white)
		s.countdown(image.Rect(in.Min.X, foot, in.Max.X, in.Max.Y), 24, white, ground)
	}
	s.pour(image.Rect(in.Min.X, y+34, in.Max.X, foot-8), left, s.invite(s.ask()))
}

// invite is what to do, in both languages.
func (s *sheet) invite(p page) []para {
	body := s.leadBody(p.title, white)
	then := para{text: s.lead(p.body), styles: s.pick([]style{small}, []style{{1, 15, "medium"}, {1, 13, "medium"}}), lines: 3, colour: white, gap: 3}
	other := s.otherLine(said{p.title.zh + "，" + p.body.zh, p.title.en + ", " + p.body.en}, white)
	other.lines, other.gap, body.lines = 4, 5, 3
	return []para{body, then, other}
}
