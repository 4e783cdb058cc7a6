package display

import "kiosk/sale"

// Sample is a screen with made-up data.
type Sample struct {
	Name string
	View sale.View
}

// Samples lists every screen and every note.
func Samples(lang string) []Sample { return nil }
