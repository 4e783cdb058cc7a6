package display

import (
	"image"
	"image/color"
	"strings"

	"kiosk/sale"
)

const headHeight = 34

// message is every page without a code: a bar that says what it is about, a sign, and words.
func (s *sheet) message() {
	p := s.page()
	s.header(p.tint)
	room := image.Rect(margin, headHeight, s.W-margin, s.H-s.footer(p))
	title := []para{s.leadTitle(p.title, ink), s.otherLine(p.title, soft)}
	rest := s.details(p)
	all := append(append([]para{}, title...), rest...)
	for _, try := range []struct{ size, level int }{{96, 0}, {84, 0}, {72, 0}, {72, 1}, {60, 1}} {
		h, whole := measure(all, try.level, room.Dx())
		if total := try.size + 8 + h; whole && total+12 <= room.Dy() {
			y := room.Min.Y + (room.Dy()-total)*2/5
			s.icon((s.W-try.size)/2, y, try.size, p.icon, p.tint, white)
			s.flow(image.Rect(room.Min.X, y+try.size+8, room.Max.X, room.Max.Y), centre, try.level, all)
			return
		}
	}
	s.dense(room, p, title, rest)
}

// dense puts the sign beside the title, for pages with much to say.
func (s *sheet) dense(room image.Rectangle, p page, title, rest []para) {
	size := 52
	top := image.Rect(room.Min.X+size+10, room.Min.Y+8, room.Max.X, room.Min.Y+8+size)
	s.icon(room.Min.X, top.Min.Y, size, p.icon, p.tint, white)
	s.pour(top, left, title)
	under := image.Rect(room.Min.X, top.Max.Y+6, room.Max.X, room.Max.Y-2)
	level, height, _ := fit(rest, under)
	under.Min.Y += max(0, min((under.Dy()-height)/3, 20))
	s.flow(under, left, level, rest)
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
	return n
}

// details are the words below the title: what to do, why, and the number to quote.
func (s *sheet) details(p page) []para {
	out := []para{s.leadBody(p.body, ink), s.otherLine(p.body, soft)}
	out[0].gap = 9
	for i, w := range s.why() {
		line := para{text: "· " + s.lead(w) + "  " + s.second(w), styles: []style{small}, lines: 1, colour: ink, gap: 2}
		if i == 0 {
			line.gap = 9
		}
		out = append(out, line)
	}
	if s.quotes() {
		label := s.lead(wordOrder) + " " + s.second(wordOrder)
		number := string(s.view.No)
		half := (len(number) + 1) / 2
		out = append(out,
			para{text: label, styles: []style{small}, lines: 1, colour: soft, gap: 8},
			para{text: number[:half] + " " + number[half:], styles: []style{mono, mono, mono, {1, 17, "mono"}}, lines: 2, colour: ink, gap: 1})
	}
	return out
}

// quotes tells whether the customer may need the order's number.
func (s *sheet) quotes() bool {
	return s.view.No != "" && (s.view.Screen == sale.ScreenRefunding || s.view.Note == sale.NoteUnsettled)
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
	bar := image.Rect(0, 0, s.W, headHeight)
	s.fill(bar, tint)
	in := image.Rect(margin, 0, s.W-margin, headHeight)
	v := s.view
	if v.Slot == 0 {
		id := style{1, 14, "bold"}
		s.mid(in, id, right, s.Kiosk, white)
		in.Max.X -= id.width(s.Kiosk) + margin
		s.mid(in, s.pick([]style{large}, []style{{2, 20, "bold"}})[0], left, s.lead(wordKiosk), white)
		return
	}
	amount := digits(22)
	s.mid(in, amount, right, price(v.Fen), white)
	in.Max.X -= amount.width(price(v.Fen)) + margin
	in.Min.X = s.chip(image.Pt(margin, 6), headHeight-12, v.Slot, tint, white) + 6
	s.named(in, s.lead(s.name(v.Name, v.NameEN)), white)
}

// named writes goods' name on one line as large as it fits, or on two small ones.
func (s *sheet) named(room image.Rectangle, name string, col color.RGBA) {
	for _, st := range []style{{2, 20, "medium"}, {1, 16, "medium"}} {
		if st.width(plain(name)) <= room.Dx() && (st.scale == 2 || strings.IndexFunc(name, wide) < 0) {
			s.mid(room, st, left, name, col)
			return
		}
	}
	p := para{text: name, styles: []style{small}, lines: min(2, max(1, room.Dy()/small.height())), colour: col}
	s.pour(room, left, []para{p})
}

func wide(r rune) bool { return r >= latin }

// footer draws whom to call and how long the page stays, and returns its height.
func (s *sheet) footer(p page) int {
	contact := p.contact && s.Contact != ""
	if !contact && s.view.Left <= 0 {
		return 0
	}
	const height = 32
	bar := image.Rect(0, s.H-height, s.W, s.H)
	s.fill(bar, mist)
	in := image.Rect(margin, bar.Min.Y, s.W-margin, s.H)
	if s.view.Left > 0 {
		in.Max.X = s.countdown(in, 18, ink, mist) - margin
	}
	if contact {
		label := s.lead(wordContact)
		st := s.pick([]style{large}, []style{{2, 18, "medium"}})[0]
		if number := (style{2, 19, "bold"}); st.width(label+" ")+number.width(s.Contact) <= in.Dx() {
			s.mid(in, st, left, label, soft)
			in.Min.X += st.width(label + " ")
			s.mid(in, number, left, s.Contact, ink)
			return height
		}
		s.mid(in, style{1, 14, "bold"}, left, s.Contact, ink)
	}
	return height
}

// countdown writes the seconds left behind a clock at the right end of a room, and returns where it begins.
func (s *sheet) countdown(room image.Rectangle, px int, col, ground color.RGBA) int {
	st, text := digits(px), seconds(s.view.Left)
	unit := style{1, px * 3 / 4, "medium"}
	label := s.lead(wordSeconds)
	s.mid(room, unit, right, label, col)
	room.Max.X -= unit.width(label) + 2
	s.mid(room, st, right, text, col)
	x := room.Max.X - st.width(text) - px - 4
	s.icon(x, (room.Min.Y+room.Max.Y-px)/2, px, iconClock, col, ground)
	return x
}
