// Package display is what the customer sees: the panel, the screens, the QR code.
//
// The one thing to know: a Screen takes views of the sale and never blocks. A
// Renderer draws a view into a Frame, a Panel sends the rectangles of a Frame that
// changed. A payment code is drawn with a whole number of pixels to each module,
// and read back from the frame before it may reach the glass.
package display

import (
	"cmp"
	"fmt"
	"image"
	"slices"
	"strings"

	"periph.io/x/conn/v3/physic"
)

// Model is a panel: its controller, its glass at rotation 0, and how it is mounted.
type Model struct {
	Controller string      // one of Controllers
	Width      int         // of the glass at rotation 0, pixels
	Height     int         //
	Rotation   int         // 0, 90, 180 or 270 degrees: the image turned clockwise
	ColOffset  int         // the first column of the glass in the controller's memory, at rotation 0
	RowOffset  int         //
	Memory     image.Point // the controller's memory if the board straps it to another size; zero: its own
	BGR        bool        // MADCTL's bit for glass that has blue first
	Invert     bool        // INVON, for glass that shows negatives without it
	Mode       int         // of the SPI clock: 0, or 3 for boards without a chip select
}

// Trim is how one board differs from its kind; nil leaves a field as it is.
type Trim struct {
	Invert, BGR          *bool
	ColOffset, RowOffset *int
	Mode                 *int
}

// Controllers lists the names of the controllers that this package can drive.
func Controllers() []string {
	var names []string
	for _, c := range controllers {
		names = append(names, c.name)
	}
	return names
}

// Fit finds the panel of a controller and a size "WxH". Without a controller it takes the first one sold in this size.
// A landscape size is the same glass turned by another 90 degrees.
func Fit(controller, size string, rotation int) (Model, error) {
	if rotation%90 != 0 || rotation < 0 || rotation > 270 {
		return Model{}, fmt.Errorf("rotation %d is unknown: 0, 90, 180 or 270", rotation)
	}
	if controller != "" && !slices.Contains(Controllers(), controller) {
		return Model{}, fmt.Errorf("panel controller %q is unknown: %s", controller, strings.Join(Controllers(), ", "))
	}
	var known []string
	for _, c := range controllers {
		if controller != "" && c.name != controller {
			continue
		}
		for _, g := range c.boards {
			upright, lying := fmt.Sprintf("%dx%d", g.w, g.h), fmt.Sprintf("%dx%d", g.h, g.w)
			switch size {
			case upright:
				return c.behind(g, rotation), nil
			case lying:
				return c.behind(g, (rotation+90)%360), nil
			}
			known = append(known, upright, lying)
		}
	}
	slices.Sort(known)
	return Model{}, fmt.Errorf("panel size %q is unknown: %s", size, strings.Join(slices.Compact(known), ", "))
}

// With returns the panel as this board has it. Offsets of another kind of board bring that board's colour order and
// memory with them.
func (m Model) With(t Trim) (Model, error) {
	c := m.chip()
	if c == nil {
		return Model{}, fmt.Errorf("panel controller %q is unknown: %s", m.Controller, strings.Join(Controllers(), ", "))
	}
	m.ColOffset, m.RowOffset = deref(t.ColOffset, m.ColOffset), deref(t.RowOffset, m.RowOffset)
	for _, g := range c.boards {
		if g.w == m.Width && g.h == m.Height && g.col == m.ColOffset && g.row == m.RowOffset {
			m = c.behind(g, m.Rotation)
		}
	}
	m.Invert, m.BGR, m.Mode = deref(t.Invert, m.Invert), deref(t.BGR, m.BGR), deref(t.Mode, m.Mode)
	room := m.memory().Sub(image.Pt(m.Width, m.Height))
	switch {
	case m.ColOffset < 0 || m.ColOffset > room.X:
		return Model{}, fmt.Errorf("col_offset %d is outside of the controller's memory: 0 to %d", m.ColOffset, room.X)
	case m.RowOffset < 0 || m.RowOffset > room.Y:
		return Model{}, fmt.Errorf("row_offset %d is outside of the controller's memory: 0 to %d", m.RowOffset, room.Y)
	case m.Mode != 0 && m.Mode != 3:
		return Model{}, fmt.Errorf("SPI mode %d is not one that panels hear: 0 or 3", m.Mode)
	}
	return m, nil
}

func deref[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// Clock returns the usual SPI clock for the panel's controller, and the highest one that is known to work.
func (m Model) Clock() (usual, most physic.Frequency) {
	if c := m.chip(); c != nil {
		return c.clock, c.most
	}
	return 10 * physic.MegaHertz, 10 * physic.MegaHertz
}

// Bounds is the size of the picture as a customer sees it, after rotation.
func (m Model) Bounds() image.Rectangle {
	if m.turned() {
		return image.Rect(0, 0, m.Height, m.Width)
	}
	return image.Rect(0, 0, m.Width, m.Height)
}

func (m Model) turned() bool { return m.Rotation == 90 || m.Rotation == 270 }

func (m Model) memory() image.Point {
	if c := m.chip(); c != nil {
		return image.Pt(cmp.Or(m.Memory.X, c.memory.X), cmp.Or(m.Memory.Y, c.memory.Y))
	}
	return m.Memory
}

// offset is where the picture's 0,0 lies in the controller's memory, after rotation.
func (m Model) offset() image.Point {
	rest := m.memory().Sub(image.Pt(m.Width+m.ColOffset, m.Height+m.RowOffset))
	switch m.Rotation {
	case 90:
		return image.Pt(m.RowOffset, rest.X)
	case 180:
		return rest
	case 270:
		return image.Pt(rest.Y, m.ColOffset)
	}
	return image.Pt(m.ColOffset, m.RowOffset)
}
