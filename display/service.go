package display

import (
	"image"
	"slices"
	"strings"

	"github.com/skip2/go-qrcode"

	"kiosk/sale"
)

// How the page for technicians is tried: words that are read from a step away and a code that is read at once,
// then smaller ones.
var (
	serviceLarge = []try{{0, 0}, {1, 0}, {1, 1}, {1, 2}}
	serviceSmall = []try{{1, 0}, {2, 0}, {1, 1}, {2, 1}, {1, 2}, {2, 2}, {3, 0}, {3, 1}, {3, 2}}
)

// longest is the bytes of an address that a panel can show; no host and port that people type is longer.
const longest = 64

// service is the page of a kiosk out of service that a technician can reach: why, whom to call, and the address of
// its status page, in letters and as a code. If the code does not fit, the address stands alone.
func (s *sheet) service() {
	k, err := encodeAt(link(s.view.Address), qrcode.Low, 0)
	if err != nil || len(s.view.Address) > longest {
		s.message()
		return
	}
	p := s.page()
	s.header(p.tint)
	title := []para{s.leadTitle(p.title, ink), s.otherLine(p.title, soft)}
	title[0].more = 2
	s.shared = s.W >= s.H
	rest := s.details(p)
	s.shared = false
	if s.hand == pocket && s.Contact != "" { // a bar of its own would take the code's room
		p.contact = false
		rest = append(rest, para{text: s.lead(wordContact) + " " + s.Contact, styles: []style{s.hand.note}, lines: 2, colour: ink, gap: 3})
	}
	room := s.room(p)
	for _, plan := range []struct {
		tries []try
		least int
	}{{serviceLarge, goodModule}, {serviceSmall, leastModule}} {
		for k.scale = 6; k.scale >= plan.least; k.scale-- {
			for _, t := range plan.tries {
				at, ok := s.serve(room, p, t, k.side(), t.of(title), t.of(rest))
				if !ok {
					continue
				}
				s.code(k, at)
				if k.prove(s.Frame, at) == nil {
					return
				}
				s.fill(s.Bounds(), white)
			}
		}
	}
	s.message()
}

// serve sets the words so that a code of a side fits: at their left on a wide glass, below them on a tall one.
// The code's own margin is the air around it.
func (s *sheet) serve(room image.Rectangle, p page, t try, side int, title, rest []para) (at image.Point, ok bool) {
	if s.W < s.H {
		words := room
		words.Max.Y -= side
		if side > s.W || words.Dy() < 0 {
			return at, false
		}
		size := s.sign()
		top, _ := measure(title, t.level, words.Dx()-size-s.hand.margin-2)
		low, _ := measure(rest, t.level, words.Dx())
		words.Max.Y = min(words.Max.Y, words.Min.Y+max(size, top)+low+4*s.hand.margin)
		if !s.led(words, p, t.level, title, rest) {
			return at, false
		}
		return image.Pt((s.W-side)/2, words.Max.Y+(room.Max.Y-words.Max.Y-side)/2), true
	}
	words := room
	words.Min.X = side
	all := slices.Concat(title, rest)
	h, ok := fits(all, t.level, words)
	if !ok || side > room.Dy() || words.Dx() < s.W*2/5 {
		return at, false
	}
	words.Min.Y += (words.Dy() - h) / 2
	s.flow(words, left, t.level, all)
	return image.Pt(0, room.Min.Y+(room.Dy()-side)/2), true
}

// remedy is what a technician does about the first reason. The shop's own text is English, and stays off a Chinese panel.
func (s *sheet) remedy() string {
	if len(s.view.Why) == 0 {
		return ""
	}
	switch w := s.view.Why[0]; {
	case s.Language != "en":
		return remedies[w.Code]
	case strings.EqualFold(w.Text, s.lead(reasons[w.Code])):
		return ""
	default:
		return w.Text
	}
}

// reach is the address of the status page for a technician, and what to do about the first reason.
func (s *sheet) reach() []para {
	if s.view.Screen != sale.ScreenMaintenance || s.view.Address == "" || len(s.view.Address) > longest {
		return nil
	}
	var out []para
	if text := s.remedy(); text != "" {
		out = append(out, para{text: text, styles: []style{{1, max(12, s.hand.note.px*3/4), "medium"}}, lines: 3, colour: soft, gap: 5, spare: 2})
	}
	width := s.W - 2*s.hand.margin
	if s.shared {
		width = s.W * 11 / 20
	}
	also := s.second(wordService)
	if s.Local != "" {
		also = s.Local
	}
	return append(out,
		para{text: s.lead(wordService) + " " + also, styles: []style{s.hand.note}, lines: 2, colour: soft, gap: 6},
		para{text: s.view.Address, styles: []style{fitting(s.view.Address, width, down(s.hand.call, 10))}, lines: 1, colour: ink, gap: 1})
}
