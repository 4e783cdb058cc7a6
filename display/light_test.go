package display

import (
	"errors"
	"math"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// dimmed opens a panel whose light hangs on a PWM, and on a pin if there is one.
func dimmed(t *testing.T, g *glass, pin gpio.PinOut, bright float64, dim func(float64) error) *Panel {
	t.Helper()
	g.model = model(t, "240x240", 0)
	p, err := Open(g, Pins{DC: g.dc, Reset: g.reset, Backlight: pin, Dim: dim, Bright: bright}, g.model,
		Bus{Slow: func() { g.slow = true }, Fast: func() { g.slow = false }, Sleep: func(time.Duration) {}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestALightOnAPWMShinesAsBrightAsItIsTold(t *testing.T) {
	for _, bright := range []float64{0, 0.3} {
		g, now := newGlass(), -1.0
		p := dimmed(t, g, nil, bright, func(part float64) error { now = part; return nil })
		if now != 0 {
			t.Errorf("before the first picture the light is at %v", now)
		}
		f := noise(g.model, 1)
		want := bright
		if bright == 0 {
			want = 1
		}
		if err := p.Send(f); err != nil || now != want {
			t.Errorf("with a picture the light is at %v, not %v (%v)", now, want, err)
		}
		if err := p.Brighten(0.5); err != nil || now != 0.5 {
			t.Errorf("told 0.5, the light is at %v (%v)", now, err)
		}
		for _, bad := range []float64{0, -0.1, 1.01, math.NaN(), math.Inf(1)} {
			if err := p.Brighten(bad); err == nil || now != 0.5 {
				t.Errorf("told %v, the light is at %v (%v)", bad, now, err)
			}
		}
		if err := p.Off(); err != nil || now != 0 {
			t.Errorf("after Off the light is at %v (%v)", now, err)
		}
		if err := p.Brighten(0.7); err != nil || now != 0 {
			t.Errorf("told a brightness while dark, it shines at %v (%v)", now, err)
		}
		if err := p.Send(f); err != nil || now != 0.7 {
			t.Errorf("back again the light is at %v (%v)", now, err)
		}
	}
}

func TestALightWithPinAndPWMGoesOutByBoth(t *testing.T) {
	g, now := newGlass(), -1.0
	var broken error
	p := dimmed(t, g, g.light, 1, func(part float64) error { now = part; return broken })
	if err := p.Send(noise(g.model, 1)); err != nil || now != 1 || g.light.level != gpio.High {
		t.Errorf("lit: %v, pin %v (%v)", now, g.light.level, err)
	}
	broken = errors.New("burnt")
	if err := p.Off(); !errors.Is(err, broken) || g.light.level != gpio.Low {
		t.Errorf("with a broken PWM the pin stays %v: a code shines on (%v)", g.light.level, err)
	}
}
