package display

import (
	"fmt"
	"image"
	"image/color"
	"time"

	"kiosk/sale"
)

// codeRooms are the sides of the square that a code may fill, best first; the words get the rest. A code that
// cannot be read in the first takes the next.
func codeRooms(w, h int) []int {
	var out []int
	for _, words := range handFor(w, h).words {
		if w > h {
			out = append(out, min(h, w-words.column))
		} else {
			out = append(out, min(w, h-words.strip))
		}
	}
	return out
}

// payPage lays out a code to scan and, in the room that it leaves, the price, the goods and what to do.
type payPage struct{ *sheet }

// pay shows a code as large as it goes, and beside or below it what it is for.
func (s payPage) pay() error {
	k, err := encode(s.view.QR, codeRooms(s.W, s.H)...)
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
	if _, told := s.ask(); told {
		ground = red
	}
	s.fill(rest, ground)
	switch {
	case s.hand != usual:
		s.aside(rest, ground)
	case s.W > s.H:
		s.beside(rest, ground)
	case rest.Dy() < 80:
		s.strip(rest, ground)
	default:
		s.below(rest, ground)
	}
	if err := k.prove(s.Frame, at); err != nil {
		return fmt.Errorf("prove code: %w", err)
	}
	return nil
}

// ask is the request to the customer, or the answer that he is told to the code that he held to the reader.
func (s payPage) ask() (p page, told bool) {
	if p, told = notes[s.view.Note]; told {
		return p, true
	}
	p = pages[sale.ScreenQR]
	if s.view.Left/turnFor%2 == 0 {
		p.body = wordKeys
	}
	return p, false
}

// turnFor is how long each of the two lines stands below the request: the other way to pay, and what the keys do.
const turnFor = 5 * time.Second

// terse is ask in two lines of a width, for little room: the goods and how to pay, or the answer.
func (s payPage) terse(width int) (first, then string) {
	p, told := s.ask()
	first, then = s.lead(s.name(s.view.Name, s.view.NameEN)), s.lead(wordScan)
	if told {
		first = s.lead(p.title)
	}
	if body := s.lead(p.body); (told || p.body == wordKeys) && small.width(body) <= width {
		then = body
	}
	return first, then
}

// mark draws the slot's number, or the sign of an answer, and returns its right edge.
func (s payPage) mark(at image.Point, size int, ground color.RGBA) int {
	p, told := s.ask()
	if !told {
		return s.chip(at, size, s.view.Slot, ground, white)
	}
	s.icon(at.X, at.Y, size, p.icon, white, ground)
	return at.X + size
}

// amount writes the price at the left of a room, as large as it fits whole, and returns how.
func (s payPage) amount(room image.Rectangle, most int) style {
	st := s.largest(room.Dx(), most)
	s.money(room, st, left, price(s.view.Fen), white)
	return st
}

// strip is a line or two of words, if the code leaves no more room.
func (s payPage) strip(r image.Rectangle, ground color.RGBA) {
	in := image.Rect(6, r.Min.Y, s.W-6, r.Max.Y)
	roomy := r.Dy() >= 52
	if roomy {
		in.Max.Y = in.Min.Y + 28
		s.order(image.Rect(in.Min.X, in.Max.Y, in.Max.X, r.Max.Y-1), ground)
	}
	if s.view.Left > 0 {
		in.Max.X = s.seconds(in, 18, white) - 6
	}
	amount := s.amount(in, 24)
	in.Min.X += amount.width(price(s.view.Fen)) + s.hand.margin
	if roomy {
		in.Min.X = s.chip(image.Pt(in.Min.X, in.Min.Y+5), 18, s.view.Slot, ground, white) + 5
		s.mid(in, small, left, s.lead(s.name(s.view.Name, s.view.NameEN)), white)
		return
	}
	top := image.Rect(in.Min.X, r.Min.Y+3, in.Max.X, r.Min.Y+17)
	low := image.Rect(in.Min.X, r.Max.Y-15, in.Max.X, r.Max.Y-2)
	first, then := s.terse(low.Dx())
	top.Min.X = s.mark(top.Min, 14, ground) + 4
	s.mid(top, small, left, first, white)
	s.mid(low, small, left, then, white)
}

// order is the request in one large line; a sign before it marks an answer to the customer.
func (s payPage) order(room image.Rectangle, ground color.RGBA) {
	text := s.lead(wordScan)
	p, told := s.ask()
	switch {
	case told:
		room.Min.X = s.mark(room.Min.Add(image.Pt(0, 2)), 20, ground) + 6
		text = s.lead(p.title)
	case p.body == wordKeys:
		s.mid(room, fitting(s.lead(wordKeys), room.Dx(), pick(s.Renderer, []style{small}, down(style{1, 14, "medium"}, 12))), left, s.lead(wordKeys), white)
		return
	}
	s.mid(room, pick(s.Renderer, large, style{2, 20, "bold"}), left, text, white)
}

// below is the panel of words under a code on a tall glass.
func (s payPage) below(r image.Rectangle, ground color.RGBA) {
	in := image.Rect(s.hand.margin, r.Min.Y, s.W-s.hand.margin, r.Max.Y)
	head := image.Rect(in.Min.X, in.Min.Y+1, in.Max.X, in.Min.Y+31)
	if s.view.Left > 0 {
		head.Max.X = s.countdown(head, 22, white, ground) - s.hand.margin
	}
	s.amount(head, 32)
	y := head.Max.Y
	edge := s.chip(image.Pt(in.Min.X, y), 16, s.view.Slot, ground, white)
	name := s.name(s.view.Name, s.view.NameEN)
	both := s.lead(name)
	if with := both + "  " + s.second(name); with != both+"  "+both && small.width(with) <= in.Max.X-edge-6 {
		both = with
	}
	s.mid(image.Rect(edge+6, y, in.Max.X, y+16), small, left, both, white)
	room := image.Rect(in.Min.X, y+17, in.Max.X, in.Max.Y-1)
	s.pour(room, left, need(s.invite(1), room))
}

// beside is the column of words at the right of a code on a wide glass.
func (s payPage) beside(r image.Rectangle, ground color.RGBA) {
	in := r.Inset(s.hand.margin)
	s.chip(in.Min, 26, s.view.Slot, ground, white)
	if s.view.Left > 0 {
		s.countdown(image.Rect(in.Min.X+30, in.Min.Y, in.Max.X, in.Min.Y+26), 18, white, ground)
	}
	y := in.Min.Y + 29
	s.amount(image.Rect(in.Min.X, y, in.Max.X, y+32), 34)
	y += 32
	s.named(image.Rect(in.Min.X, y, in.Max.X, y+28), s.lead(s.name(s.view.Name, s.view.NameEN)), white)
	y += 30
	s.fill(image.Rect(in.Min.X, y, in.Max.X, y+1), white)
	room := image.Rect(in.Min.X, y+4, in.Max.X, in.Max.Y+2)
	s.pour(room, left, need(s.invite(4), room))
}

// invite is what to do, in both languages.
func (s payPage) invite(lines int) []para {
	p, _ := s.ask()
	smaller := pick(s.Renderer, []style{small}, []style{{1, 14, "medium"}, {1, 13, "medium"}, {1, 12, "medium"}})
	title := s.leadBody(p.title, white)
	title.lines = min(lines, 3)
	body := para{text: s.lead(p.body), styles: smaller, lines: lines, colour: white, gap: 2}
	other := s.otherLine(p.title, white)
	other.lines, other.gap, other.styles = lines, 3, []style{small}
	return []para{title, body, other}
}
