package display

import (
	"image"
	"image/color"
	"strings"

	"kiosk/sale"
)

// message is every page without a code: a bar that says what it is about, a sign, and words.
func (s *sheet) message() {
	p := s.page()
	s.paper(p, s.details(p))
}

// paper sets a page's sign, its title and the words below.
func (s *sheet) paper(p page, rest []para) {
	s.header(p.tint)
	room := s.room(p)
	title := []para{s.leadTitle(p.title, ink), s.otherLine(p.title, soft)}
	if s.hand != usual {
		s.lay(room, p, title, rest)
		return
	}
	all := append(append([]para{}, title...), rest...)
	if s.airy(room, p, all, []airTry{{96, 0}, {84, 0}, {72, 0}, {96, 1}, {84, 1}, {72, 1}, {60, 1}}) {
		return
	}
	_, large := title[0].set(1, room.Dx())
	_, beside := title[0].set(levels-1, room.Dx()-denseSign-8)
	if !large || !beside { // rather two large lines than the small room beside a sign
		all[0].more, all[0].whole = 2, true
		low := []airTry{{96, 1}, {84, 1}, {72, 1}, {60, 1}, {denseSign, 1}, {60, 2}, {denseSign, 2}}
		if s.airy(room, p, all, low) || s.airy(room, p, try{bare: 2}.of(all), low) {
			return
		}
	}
	s.dense(room, p, title, rest)
}

// airTry is a size of the sign above the words, and how small they are.
type airTry struct{ size, level int }

// airy puts a large sign above the words, in the first way that fits.
func (s *sheet) airy(room image.Rectangle, p page, all []para, tries []airTry) bool {
	for _, try := range tries {
		h, whole := measure(all, try.level, room.Dx())
		if total := try.size + 8 + h; whole && total+12 <= room.Dy() {
			y := room.Min.Y + (room.Dy()-total)*2/5
			s.icon((s.W-try.size)/2, y, try.size, p.icon, p.tint, white)
			s.flow(image.Rect(room.Min.X, y+try.size+8, room.Max.X, room.Max.Y), centre, try.level, all)
			return true
		}
	}
	return false
}

// room is what a page's bars leave.
func (s *sheet) room(p page) image.Rectangle {
	return image.Rect(s.hand.margin, s.barHeight(), s.W-s.hand.margin, s.H-s.footer(p))
}

// denseSign is the side of a sign beside its title.
const denseSign = 46

// dense puts the sign beside the title, for pages with much to say.
func (s *sheet) dense(room image.Rectangle, p page, title, rest []para) {
	size := denseSign
	if h, whole := measure(rest, 1, room.Dx()); whole && s.W > 300 && h+72+24 < room.Dy() {
		size = 72
	}
	rest = need(rest, image.Rect(0, size+14, room.Dx(), room.Dy()))
	level, height, _ := fit(rest, image.Rect(0, size+14, room.Dx(), room.Dy()))
	y := room.Min.Y + 8 + max(0, (room.Dy()-size-14-height)/3)
	s.icon(room.Min.X, y, size, p.icon, p.tint, white)
	s.pour(image.Rect(room.Min.X+size+8, y, room.Max.X, y+size), left, title)
	s.flow(image.Rect(room.Min.X, y+size+6, room.Max.X, room.Max.Y), left, level, rest)
}

// page is the screen's page, as its note changes it.
func (s *sheet) page() page {
	p, ok := pages[s.view.Screen]
	if !ok {
		p = pages[sale.ScreenClosed]
	}
	n, ok := notes[s.view.Note]
	switch {
	case !ok:
		return p
	case s.view.Screen == sale.ScreenOffline: // the network is still what is wrong
		p.body, p.contact = n.body, n.contact
		return p
	}
	n.contact = n.contact || p.contact && s.view.Screen == sale.ScreenRefunding
	if _, failed := causes[s.view.Cause]; failed && s.view.Note == sale.NoteReturned {
		n.title = wordNotVended
	}
	return n
}

// details are the words below the title: what to do, why, and the number to quote.
func (s *sheet) details(p page) []para {
	body, why := p.body, s.why()
	if len(why) > 0 && s.view.Note == "" && s.view.Screen != sale.ScreenOffline {
		body, why = why[0], why[1:] // why it is closed says more than to come back
	}
	var out []para
	if cause := s.cause(); cause != (said{}) {
		out = append(out, s.leadBody(cause, ink), s.otherLine(cause, soft))
	}
	out = append(out, s.leadBody(body, ink), s.otherLine(body, soft))
	out[0].gap = 9
	for i, w := range why {
		line := para{text: "· " + s.lead(w) + "  " + s.second(w), styles: []style{s.hand.note}, lines: s.hand.reason, colour: ink, gap: 2, whole: true}
		if s.hand.note.width(line.text) > s.W-2*s.hand.margin {
			line.text = "· " + s.lead(w)
		}
		if i == 0 {
			line.gap = 9
		}
		if s.view.Address != "" { // the status page says the rest
			line.lines, line.spare = 2, 2
		}
		out = append(out, line)
	}
	out = append(out, s.reach()...)
	// The customer may need the order's number.
	if s.view.No != "" && (s.view.Screen == sale.ScreenRefunding || s.view.Note == sale.NoteUnsettled || s.view.Note == sale.NoteGap || s.view.Note == sale.NoteLate) {
		out = append(out, s.number()...)
	}
	return out
}

// lastLetters are as many of an order's number as people say on the telephone.
const lastLetters = 6

// number is an order's number, its end so large that it is read and said at once.
func (s *sheet) number() []para {
	number := string(s.view.No)
	cut := max(0, len(number)-lastLetters)
	width := s.W - 2*s.hand.margin
	head := para{text: number[:cut], styles: []style{fitting(number[:cut], width, down(s.hand.number[0], 12))}, lines: 1, colour: soft, gap: 1, spare: 2 * s.hand.label}
	if head.styles[0].width(head.text) > width {
		head.text, head.lines = number[:cut/2]+" "+number[cut/2:cut], 2
	}
	label := s.lead(wordOrder) + "  " + s.second(wordOrder)
	if s.hand.note.width(label) > width {
		label = s.lead(wordOrder)
	}
	return []para{
		{text: label, styles: []style{s.hand.note}, lines: 1, colour: soft, gap: 4, spare: 1},
		head,
		{text: number[cut:], styles: s.hand.ending, lines: 1, colour: ink, gap: 1},
	}
}

// cause is why the money of the order goes back.
func (s *sheet) cause() said {
	if w, known := causes[s.view.Cause]; known {
		return w
	}
	return refundReasons[s.view.Cause]
}

// why lists the reasons in customers' words, each once.
func (s *sheet) why() []said {
	var out []said
	seen := map[said]bool{pages[s.view.Screen].title: true}
	for _, w := range s.view.Why {
		r, ok := reasons[w.Code]
		if !ok {
			r = trouble
		}
		if !seen[r] && !(s.view.Screen == sale.ScreenOffline && w.Code == "offline") {
			out = append(out, r)
		}
		seen[r] = true
	}
	return out[:min(len(out), 4)]
}

// header says what the page is about: the goods and their price, or the kiosk itself.
func (s *sheet) header(tint color.RGBA) {
	h, v := s.hand, s.view
	s.fill(image.Rect(0, 0, s.W, s.barHeight()), tint)
	in := image.Rect(h.margin, 0, s.W-h.margin, h.bar)
	if v.Slot == 0 {
		title := s.lead(wordKiosk)
		if s.merged != "" {
			title = s.merged
		}
		if rest := in.Dx() - h.id.width(s.Kiosk) - h.margin; h == usual || small.width(title) <= rest {
			s.mid(in, h.id, right, s.Kiosk, white)
			in.Max.X = in.Min.X + rest
		}
		s.mid(in, fitting(title, in.Dx(), append(down(s.script().head, 16), small)), left, title, white)
		return
	}
	amount := fitting(price(v.Fen), in.Dx()-2*h.chip, down(digits(h.amount), 12))
	s.money(in, amount, right, price(v.Fen), white)
	in.Max.X -= amount.width(price(v.Fen)) + h.margin
	if s.merged == "" || s.tall() {
		in.Min.X = s.chip(image.Pt(h.margin, (h.bar-h.chip)/2), h.chip, v.Slot, tint, white) + h.chip/4 + 1
	}
	if s.tall() {
		in = image.Rect(h.margin, h.bar-2, s.W-h.margin, s.barHeight())
	}
	name := s.lead(s.name(v.Name, v.NameEN))
	if s.merged != "" {
		name = s.merged
	}
	s.named(in, name, white)
}

// tall returns whether the glass is so narrow that the name takes a line of its own below the price.
func (s *sheet) tall() bool { return s.hand == pocket && s.H > s.W && s.view.Slot != 0 }

// barHeight is the height of the bar at the top.
func (s *sheet) barHeight() int {
	switch {
	case !s.tall():
		return s.hand.bar
	case s.W < 160:
		return s.hand.bar + 16
	}
	return s.hand.bar + 28
}

// money writes an amount, which may be left out but never cut: a price without its last digit is a lie.
func (s *sheet) money(room image.Rectangle, st style, a align, amount string, col color.RGBA) {
	if st.width(amount) > room.Dx() {
		s.owed++
		return
	}
	s.mid(room, st, a, amount, col)
}

// named writes goods' name on one line as large as it fits: whole, with what follows its first word
// small, or on small lines.
func (s *sheet) named(room image.Rectangle, name string, col color.RGBA) {
	name = plain(name)
	if s.Language == "en" && strings.IndexFunc(name, wide) < 0 {
		for px := min(s.hand.names[0].px, room.Dy()*4/5); px >= 15; px-- {
			if st := (style{2, px, "medium"}); st.width(name) <= room.Dx() {
				s.mid(room, st, left, name, col)
				return
			}
		}
	}
	first, then, split := strings.Cut(name, " ")
	for _, big := range s.hand.names {
		if room.Dy() < 12*big.scale-1 {
			continue
		}
		if big.width(name) <= room.Dx() {
			s.mid(room, big, left, name, col)
			return
		}
		for _, after := range []style{s.hand.after, small} {
			after.scale = min(after.scale, big.scale-1)
			if split && big.width(first)+5+after.width(then) <= room.Dx() {
				s.mid(room, big, left, first, col)
				room.Min.X += big.width(first) + 5
				room.Min.Y += 8
				s.mid(room, after, left, then, col)
				return
			}
		}
	}
	s.pour(room, left, []para{{text: name, styles: []style{s.hand.after, small}, lines: min(2, max(1, room.Dy()/14)), colour: col}})
}

func wide(r rune) bool { return r >= latin }

// footer draws whom to call and how long the page stays, and returns its height.
func (s *sheet) footer(p page) int {
	contact := p.contact && s.Contact != ""
	if !contact && s.view.Left <= 0 {
		return 0
	}
	height := s.hand.foot
	bar := image.Rect(0, s.H-height, s.W, s.H)
	s.fill(bar, mist)
	in := image.Rect(s.hand.margin, bar.Min.Y, s.W-s.hand.margin, s.H)
	if s.view.Left > 0 {
		in.Max.X = s.countdown(in, s.hand.clock, ink, mist) - s.hand.margin
	}
	if contact {
		label, st, number := s.lead(wordContact), s.script().label, s.hand.call
		if st.width(label+" ")+number.width(s.Contact) <= in.Dx() {
			s.mid(in, st, left, label, soft)
			in.Min.X += st.width(label + " ")
			s.mid(in, number, left, s.Contact, ink)
			return height
		}
		s.mid(in, fitting(s.Contact, in.Dx(), down(number, 12)), left, s.Contact, ink)
	}
	return height
}

// countdown draws the seconds left behind a clock at the right end of a room, and returns where it begins.
func (s *sheet) countdown(room image.Rectangle, px int, col, ground color.RGBA) int {
	x := s.seconds(room, px, col) - px - 4
	if x < room.Min.X {
		return x + px + 4
	}
	s.icon(x, (room.Min.Y+room.Max.Y-px)/2, px, iconClock, col, ground)
	return x
}

// seconds draws how long the page stays at the right end of a room, and returns where it begins.
func (s *sheet) seconds(room image.Rectangle, px int, col color.RGBA) int {
	unit := style{max(1, (px*3/4+4)/12), px * 3 / 4, "medium"}
	s.mid(room, unit, right, s.lead(wordSeconds), col)
	room.Max.X -= unit.width(s.lead(wordSeconds)) + 2
	st, text := digits(px), seconds(s.view.Left)
	s.mid(room, st, right, text, col)
	return room.Max.X - st.width(text)
}
