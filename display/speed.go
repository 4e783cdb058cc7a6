package display

import (
	"fmt"
	"time"
)

// Measure writes the picture that is on the glass once more, and tells how many bytes of pixels travelled in
// which time. A Pi rounds the clock it is asked for down, by up to a half, and tells nobody.
func (p *Panel) Measure() (bytes int, took time.Duration, err error) {
	p.wires <- struct{}{}
	defer func() { <-p.wires }()
	if !p.ready {
		if err := p.start(p.glass, true); err != nil {
			return 0, 0, fmt.Errorf("restart panel: %w", err)
		}
	}
	all := p.glass.Bounds()
	pixels := p.pixels(p.glass, all)
	if err = p.aim(all); err == nil {
		begin := time.Now()
		err = p.data(pixels)
		took = time.Since(begin)
	}
	if err != nil {
		p.ready = false
		return 0, 0, fmt.Errorf("measure the panel's bus: %w", err)
	}
	return len(pixels), took, nil
}
