// Package display is what the customer sees: the panel, the screens, the QR code.
//
// The one thing to know: a Screen takes views of the sale and never holds anybody
// up. A Renderer turns a view into a Frame, a Panel sends of a Frame only what
// changed. A payment code is drawn module by module at a whole number of pixels
// and read back from the frame before it may reach the glass.
package display

import (
	"fmt"
	"image"
	"slices"
	"strings"
)

// Model is a panel: its controller, its glass at rotation 0, and how it is mounted.
type Model struct {
	Controller string // "st7789"
	Width      int    // of the glass at rotation 0, pixels
	Height     int
	Rotation   int // 0, 90, 180 or 270 degrees: the image turned clockwise
	ColOffset  int // where the glass begins in the controller's memory at rotation 0
	RowOffset  int
	BGR        bool // the glass swaps red and blue
	Upright    bool // the glass wants its colours not inverted (no IPS panel)
}

// glasses are the ST7789 panels with their windows in the controller's memory of 240x320.
var glasses = []Model{
	{Width: 240, Height: 240},
	{Width: 240, Height: 320},
	{Width: 240, Height: 280, RowOffset: 20},
}

// Fit finds the panel of a size "WxH". A landscape size is the same glass turned by 90 degrees more.
func Fit(size string, rotation int) (Model, error) {
	if rotation%90 != 0 || rotation < 0 || rotation > 270 {
		return Model{}, fmt.Errorf("rotation %d is unknown: 0, 90, 180 or 270", rotation)
	}
	var known []string
	for _, m := range glasses {
		m.Controller = "st7789"
		upright := fmt.Sprintf("%dx%d", m.Width, m.Height)
		lying := fmt.Sprintf("%dx%d", m.Height, m.Width)
		switch size {
		case upright:
			m.Rotation = rotation
			return m, nil
		case lying:
			m.Rotation = (rotation + 90) % 360
			return m, nil
		}
		known = append(known, upright, lying)
	}
	return Model{}, fmt.Errorf("panel size %q is unknown: %s", size, strings.Join(slices.Compact(known), ", "))
}

// Bounds is the picture as a customer sees it, after rotation.
func (m Model) Bounds() image.Rectangle {
	if m.turned() {
		return image.Rect(0, 0, m.Height, m.Width)
	}
	return image.Rect(0, 0, m.Width, m.Height)
}

func (m Model) turned() bool { return m.Rotation == 90 || m.Rotation == 270 }
