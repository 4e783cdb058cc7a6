package display

import (
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// start brings the controller up with a picture in its memory before it shows anything.
func (p *Panel) start(f *Frame, hard bool) error {
	p.ready = false
	p.cols, p.rows = span{-1, -1}, span{-1, -1}
	call(p.bus.Slow)
	if hard {
		if err := p.reset(); err != nil {
			return err
		}
	}
	for _, s := range p.model.wakeup() {
		if err := p.command(s.command, s.params...); err != nil {
			return err
		}
		p.wait(s.wait)
	}
	call(p.bus.Fast)
	if err := p.put(f, f.Bounds()); err != nil {
		return err
	}
	call(p.bus.Slow)
	if err := p.command(dispon); err != nil {
		return err
	}
	p.wait(20 * time.Millisecond)
	call(p.bus.Fast)
	if err := p.meet(); err != nil {
		return err
	}
	p.ready = true
	return nil
}

// reset pulls the reset line, or sends the reset command if there is no line.
func (p *Panel) reset() error {
	if err := p.light(false); err != nil {
		return err
	}
	if p.pins.Reset == nil {
		err := p.command(swreset)
		p.wait(150 * time.Millisecond)
		return err
	}
	for _, s := range []struct {
		level gpio.Level
		wait  time.Duration
	}{{gpio.High, 10 * time.Millisecond}, {gpio.Low, 20 * time.Millisecond}, {gpio.High, 120 * time.Millisecond}} {
		if err := p.pins.Reset.Out(s.level); err != nil {
			return fmt.Errorf("move reset line: %w", err)
		}
		p.wait(s.wait)
	}
	return nil
}

func (p *Panel) wait(d time.Duration) {
	if d > 0 {
		p.bus.Sleep(d)
	}
}

func call(f func()) {
	if f != nil {
		f()
	}
}
