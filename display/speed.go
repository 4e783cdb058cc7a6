package display

import (
	"fmt"
	"time"
)

// Measure sends the picture once more and returns how many bytes of pixels took how long. A Pi rounds the clock down by
// up to a half, and no call returns the real one.
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
