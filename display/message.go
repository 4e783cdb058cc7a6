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
	for _, try := range []struct{ size, level int }{{96, 0}, {84, 0}, {72, 0}, {96, 1}, {84, 1}, {72, 1}, {60, 1}} {
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
	size := 46
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
	return n
}

// details are the words below the title: what to do, why, and the number to quote.
func (s *sheet) details(p page) []para {
	body, why := p.body, s.why()
	if len(why) > 0 && s.view.Note == "" && s.view.Screen != sale.ScreenOffline {
		body, why = why[0], why[1:] // why it is closed says more than to come back
	}
	out := []para{s.leadBody(body, ink), s.otherLine(body, soft)}
	out[0].gap = 9
	for i, w := range why {
		line := para{text: "· " + s.lead(w) + "  " + s.second(w), styles: []style{small}, lines: 1, colour: ink, gap: 2}
		if small.width(line.text) > s.W-2*margin {
			line.text = "· " + s.lead(w)
		}
		if i == 0 {
			line.gap = 9
		}
		out = append(out, line)
	}
	if s.quotes() {
		number := string(s.view.No)
		half := (len(number) + 1) / 2
		out = append(out,
			para{text: s.lead(wordOrder) + " " + s.second(wordOrder), styles: []style{small}, lines: 1, colour: soft, gap: 4},
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

// named writes goods' name on one line as large as it fits: whole, with what follows its first word
// small, or on small lines.
func (s *sheet) named(room image.Rectangle, name string, col color.RGBA) {
	name = plain(name)
	big := style{2, 20, "medium"}
	if s.Language == "en" && strings.IndexFunc(name, wide) < 0 {
		for px := 20; px >= 15; px-- {
			if st := (style{2, px, "medium"}); st.width(name) <= room.Dx() {
				s.mid(room, st, left, name, col)
				return
			}
		}
	}
	first, then, split := strings.Cut(name, " ")
	switch {
	case room.Dy() < 20:
	case big.width(name) <= room.Dx():
		s.mid(room, big, left, name, col)
		return
	case split && big.width(first)+5+small.width(then) <= room.Dx():
		s.mid(room, big, left, first, col)
		room.Min.X += big.width(first) + 5
		room.Min.Y += 8
		s.mid(room, small, left, then, col)
		return
	}
	s.pour(room, left, []para{{text: name, styles: []style{small}, lines: min(2, max(1, room.Dy()/14)), colour: col}})
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
	unit := style{1, px * 3 / 4, "medium"}
	s.mid(room, unit, right, s.lead(wordSeconds), col)
	room.Max.X -= unit.width(s.lead(wordSeconds)) + 2
	st, text := digits(px), seconds(s.view.Left)
	s.mid(room, st, right, text, col)
	return room.Max.X - st.width(text)
}
