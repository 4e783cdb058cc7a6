package display

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"strconv"
	"time"

	"kiosk/sale"
)

// Renderer draws views. It keeps no state: the same view gives the same picture.
type Renderer struct {
	Model    Model
	Language string // "zh" or "en": which comes first
	Contact  string // shown if a customer needs a person
	Kiosk    string // the kiosk's id
	Local    string // the status page's name in the local network, beside its address; "": it has none
}

// sheet is one drawing under way, and what all pages share: bars, signs, words in two languages. payPage, idlePage and
// slipPage add the layouts of one page each.
type sheet struct {
	canvas
	Renderer
	hand   *hand
	view   sale.View
	shared bool   // the words share the page with a code
	merged string // a page's title, if the bar holds it instead of the goods' name
}

// Draw draws a view. It returns an error and no frame if the view's code cannot be shown: ErrUnscannable if the panel is
// too small for it.
func (r Renderer) Draw(v sale.View) (*Frame, error) {
	s, err := r.draw(v)
	if err != nil {
		return nil, err
	}
	return s.Frame, nil
}

// sheet is a white one, for a view.
func (r Renderer) sheet(v sale.View) (*sheet, error) {
	b := r.Model.Bounds()
	if b.Empty() {
		return nil, fmt.Errorf("draw on a panel of %dx%d", b.Dx(), b.Dy())
	}
	s := &sheet{canvas: canvas{Frame: NewFrame(b.Dx(), b.Dy())}, Renderer: r, hand: handFor(b.Dx(), b.Dy()), view: v}
	s.fill(b, white)
	return s, nil
}

func (r Renderer) draw(v sale.View) (*sheet, error) {
	s, err := r.sheet(v)
	if err != nil {
		return nil, err
	}
	switch {
	case v.Screen == sale.ScreenQR && v.QR != "":
		if err := (payPage{s}).pay(); err != nil {
			return nil, err
		}
	case v.Screen == sale.ScreenIdle:
		idlePage{s}.idle()
	case v.Screen == sale.ScreenMaintenance && v.Address != "":
		s.service()
	default:
		s.message()
	}
	return s, nil
}

// lead is a sentence in the kiosk's first language, second in the other.
func (r Renderer) lead(w said) string { return pick(r, w.zh, w.en) }

func (r Renderer) second(w said) string { return pick(r, w.en, w.zh) }

// name is what goods are called; one name may be missing.
func (r Renderer) name(zh, en string) said { return said{cmp.Or(zh, en), cmp.Or(en, zh)} }

func price(f sale.Fen) string { return "¥" + f.Yuan() }

func seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }

// chip draws a slot's number as its key's sticker does, and returns its right edge.
func (s *sheet) chip(at image.Point, height int, slot sale.Slot, fg, bg color.RGBA) int {
	st, text, air := digits(max(12, height*3/4)), strconv.Itoa(int(slot)), height/2
	if s.hand == pocket {
		air = 4
	}
	r := image.Rect(0, 0, max(height, st.width(text)+air), height).Add(at)
	s.card(r, height/5, bg)
	s.mid(r, st, centre, text, fg)
	return r.Max.X
}
