package display

import (
	"fmt"
	"image"
	"image/color"
)

// TestPicture shows a technician whether a panel is set up right.
type TestPicture struct {
	Name   string // for addresses and files
	ZH, EN string // what it is called
	Frame  *Frame
}

// TestPictures are bars (are the colours right, is every edge on the glass), a grid (which way is up, what size,
// straight lines) and five full colours (dead pixels, inversion), for a panel as it is mounted.
func TestPictures(m Model) []TestPicture {
	b := m.Bounds()
	if b.Empty() {
		return nil
	}
	out := []TestPicture{
		{"bars", "彩条与边框", "Colour bars and border", bars(b.Dx(), b.Dy())},
		{"grid", "网格与方向", "Grid and direction", mesh(m)},
	}
	for _, full := range []struct {
		name, zh, en string
		col          color.RGBA
	}{
		{"red", "全红", "All red", pureRed}, {"green", "全绿", "All green", pureGreen}, {"blue", "全蓝", "All blue", pureBlue},
		{"white", "全白", "All white", white}, {"black", "全黑", "All black", black},
	} {
		c := canvas{Frame: NewFrame(b.Dx(), b.Dy())}
		c.fill(b, full.col)
		out = append(out, TestPicture{full.name, full.zh, full.en, c.Frame})
	}
	return out
}

// The colours at full strength.
var (
	pureRed   = color.RGBA{0xff, 0, 0, 0xff}
	pureGreen = color.RGBA{0, 0xff, 0, 0xff}
	pureBlue  = color.RGBA{0, 0, 0xff, 0xff}
	yellow    = color.RGBA{0xff, 0xff, 0, 0xff}
	cyan      = color.RGBA{0, 0xff, 0xff, 0xff}
	magenta   = color.RGBA{0xff, 0, 0xff, 0xff}
)

// border draws a line on the outermost pixels, and a dark one inside of it: a panel whose offset is wrong by one
// loses it on one side.
func (c *canvas) border() {
	c.fill(c.Bounds(), white)
	c.fill(c.Bounds().Inset(1), black)
}

// bars is eight colours above, and each of the three growing from dark to light under its own name: a panel that
// swaps red and blue, or inverts, calls a colour by a wrong name.
func bars(w, h int) *Frame {
	c := canvas{Frame: NewFrame(w, h)}
	c.border()
	in := c.Bounds().Inset(3)
	half := in.Min.Y + in.Dy()*2/5
	for i, col := range []color.RGBA{white, yellow, cyan, pureGreen, magenta, pureRed, pureBlue, black} {
		c.fill(image.Rect(in.Min.X+in.Dx()*i/8, in.Min.Y, in.Min.X+in.Dx()*(i+1)/8, half), col)
	}
	st := style{1, 12, "bold"}
	if min(w, h) >= 200 {
		st = style{2, 22, "bold"}
	}
	for i, band := range []struct {
		name string
		col  color.RGBA
	}{{"红 R", pureRed}, {"绿 G", pureGreen}, {"蓝 B", pureBlue}} {
		r := image.Rect(in.Min.X, half+(in.Max.Y-half)*i/3, in.Max.X, half+(in.Max.Y-half)*(i+1)/3)
		for x := r.Min.X; x < r.Max.X; x++ {
			part := func(full uint8) uint8 { return uint8(int(full) * (x - r.Min.X) / (r.Dx() - 1)) }
			c.fill(image.Rect(x, r.Min.Y, x+1, r.Max.Y), color.RGBA{part(band.col.R), part(band.col.G), part(band.col.B), 0xff})
		}
		c.mid(image.Rect(r.Min.X+4, r.Min.Y, r.Max.X, r.Max.Y), st, left, band.name, white)
	}
	return c.Frame
}

// mesh is lines every twenty pixels, an arrow into every corner with its number, clockwise from the top left, and
// in the middle the size and which way is up.
func mesh(m Model) *Frame {
	b := m.Bounds()
	c := canvas{Frame: NewFrame(b.Dx(), b.Dy())}
	c.border()
	for x := 20; x < b.Max.X-2; x += 20 {
		c.fill(image.Rect(x, 2, x+1, b.Max.Y-2), slate)
	}
	for y := 20; y < b.Max.Y-2; y += 20 {
		c.fill(image.Rect(2, y, b.Max.X-2, y+1), slate)
	}
	long := min(b.Dx(), b.Dy()) / 5
	for i, corner := range []image.Point{{3, 3}, {b.Max.X - 4, 3}, {b.Max.X - 4, b.Max.Y - 4}, {3, b.Max.Y - 4}} {
		way := image.Pt(1, 1)
		if corner.X > b.Max.X/2 {
			way.X = -1
		}
		if corner.Y > b.Max.Y/2 {
			way.Y = -1
		}
		c.arrow(corner, way, long, fmt.Sprint(i+1))
	}
	st := style{1, 16, "bold"}
	if min(b.Dx(), b.Dy()) >= 200 {
		st = style{2, 28, "bold"}
	}
	size := fmt.Sprintf("%dx%d", b.Dx(), b.Dy())
	line := st.height() + 4
	card := image.Rect(0, 0, st.width(size)+16, 2*line+10).Add(image.Pt((b.Dx()-st.width(size)-16)/2, (b.Dy()-2*line-10)/2))
	c.fill(card, black)
	c.mid(image.Rect(card.Min.X, card.Min.Y+4, card.Max.X, card.Min.Y+4+line), st, centre, "上 UP", white)
	c.mid(image.Rect(card.Min.X, card.Min.Y+4+line, card.Max.X, card.Max.Y-4), st, centre, size, yellow)
	tip := image.Pt(b.Dx()/2, card.Min.Y-long)
	for y := range long {
		half := min(y, 3)
		if y < long/2 {
			half = y
		}
		c.fill(image.Rect(tip.X-half, tip.Y+y, tip.X+half+1, tip.Y+y+1), yellow)
	}
	return c.Frame
}

// arrow points into a corner.
func (c *canvas) arrow(corner, way image.Point, long int, name string) {
	for i := range long {
		wing := max(0, long*2/3-i)
		at := corner.Add(image.Pt(way.X*i, way.Y*i))
		c.fill(image.Rect(at.X-1, at.Y-1, at.X+2, at.Y+2).Intersect(c.Bounds().Inset(2)), white)
		if i < 3 {
			c.fill(image.Rect(at.X, at.Y, at.X+way.X*wing, at.Y+1).Canon(), white)
			c.fill(image.Rect(at.X, at.Y, at.X+1, at.Y+way.Y*wing).Canon(), white)
		}
	}
	st := style{1, 16, "bold"}
	end := corner.Add(image.Pt(way.X*(long+8), way.Y*(long+8)))
	c.mid(image.Rect(end.X-8, end.Y-8, end.X+8, end.Y+8), st, centre, name, cyan)
}
