package display

import "kiosk/sale"

// Renderer draws views. It keeps nothing between two of them.
type Renderer struct {
	Model    Model
	Language string // "zh" or "en": which comes first
	Contact  string // shown where a customer needs a person
	Kiosk    string // the kiosk's id
}

// Draw draws a view. ErrUnscannable: its code does not fit this panel.
func (r Renderer) Draw(v sale.View) (*Frame, error) {
	b := r.Model.Bounds()
	return NewFrame(b.Dx(), b.Dy()), nil
}
