package display

import (
	"image"
	"slices"
)

// lay sets a page on a glass that is much larger or smaller than usual: the words as large as they go, then the
// sign: above the words on a tall glass, beside them on a wide one, beside the title if there is little room. If there
// is less still, the title stands in the bar, in place of the goods' name.
func (s *sheet) lay(room image.Rectangle, p page, title, rest []para) {
	for _, torn := range []int{1, s.hand.lines} { // a title on one line first
		for _, t := range s.hand.tries {
			if s.set(room, p, t, torn, title, rest) {
				return
			}
		}
	}
	s.merged = s.lead(p.title)
	s.header(p.tint)
	room.Min.Y = s.barHeight()
	s.fill(room, white)
	s.settle(room, left, s.hand.tries, rest)
}

// set tries to set a page one way.
func (s *sheet) set(room image.Rectangle, p page, t try, torn int, title, rest []para) bool {
	title, rest = t.of(title), t.of(rest)
	if t.level > 2 && torn == 1 {
		return false
	}
	for _, size := range s.hand.signs {
		if s.stacked(room, p, size, t.level, slices.Concat(title, rest)) {
			return true
		}
	}
	if lines, _ := title[0].set(t.level, room.Dx()-s.sign()-s.hand.margin-2); len(lines) > torn {
		return false
	}
	return s.led(room, p, t.level, title, rest)
}

// sign is the side of the smallest sign.
func (s *sheet) sign() int { return s.hand.signs[len(s.hand.signs)-1] }

// of is what a try sets of some paragraphs.
func (t try) of(ps []para) []para {
	return slices.DeleteFunc(slices.Clone(ps), func(p para) bool { return p.spare > 0 && p.spare <= t.bare })
}

// stacked sets a page with its sign above or beside all words, if they fit.
func (s *sheet) stacked(room image.Rectangle, p page, size, level int, all []para) bool {
	air := s.hand.margin
	words, wide := room, s.W > s.H
	if wide {
		words.Min.X += size + 2*air
	} else {
		words.Min.Y += size + 2*air
	}
	if wide && (size > room.Dy() || size > room.Dx()/3) {
		return false
	}
	h, ok := fits(all, level, words)
	if !ok {
		return false
	}
	if wide {
		s.icon(room.Min.X+air/2, room.Min.Y+(room.Dy()-size)/2, size, p.icon, p.tint, white)
		words.Min.Y += (words.Dy()-h)/2 + min(2, words.Dy()-h) // a line has its air below it
		s.flow(words, left, level, all)
		return true
	}
	y := room.Min.Y + (room.Dy()-size-air-h)*2/5
	s.icon((s.W-size)/2, y, size, p.icon, p.tint, white)
	words.Min.Y = y + size + air
	s.flow(words, centre, level, all)
	return true
}

// fits is the height of paragraphs that are whole in a room; it looks no further than the first that is not.
func fits(ps []para, level int, room image.Rectangle) (height int, ok bool) {
	for i, p := range ps {
		if len(p.text) > max(p.lines, p.more)*room.Dx() { // no letter is narrower than a pixel a byte
			return 0, false
		}
		h, whole := measure(ps[i:i+1], level, room.Dx())
		if height += h; i > 0 {
			height += p.gap
		}
		if !whole || height > room.Dy() {
			return 0, false
		}
	}
	return height, true
}

// led sets a page with its sign before the title, and the rest below both, if they fit.
func (s *sheet) led(room image.Rectangle, p page, level int, title, rest []para) bool {
	air := s.hand.margin
	size := s.sign()
	beside := room
	beside.Min.X += size + air + 2
	top, ok := fits(title, level, beside)
	if !ok {
		return false
	}
	h, ok := fits(rest, level, room)
	total := max(size, top) + air + h
	if !ok || total > room.Dy() {
		return false
	}
	room.Min.Y += (room.Dy()-total)/3 + min(2, room.Dy()-total)
	s.icon(room.Min.X, room.Min.Y+max(0, (top-size)/2), size, p.icon, p.tint, white)
	beside.Min.Y = room.Min.Y + max(0, (size-top)/2)
	s.flow(beside, left, level, title)
	room.Min.Y += max(size, top) + air
	s.flow(room, left, level, rest)
	return true
}

// settle writes paragraphs into the middle of a room's height, in the first of the tries that fits.
func (s *sheet) settle(room image.Rectangle, a align, tries []try, ps []para) {
	for _, t := range tries {
		if h, ok := fits(t.of(ps), t.level, room); ok {
			room.Min.Y += (room.Dy()-h)/2 + min(1, room.Dy()-h)
			s.flow(room, a, t.level, t.of(ps))
			return
		}
	}
	last := try{levels - 1, 2} // what falls off here is counted
	s.flow(room, a, last.level, last.of(ps))
}
