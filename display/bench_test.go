package display

import (
	"image"
	"testing"
)

func BenchmarkBlit(b *testing.B) {
	k, err := encode(url(46), 206)
	if err != nil {
		b.Fatal(err)
	}
	c := canvas{Frame: NewFrame(240, 240)}
	b.Run("code", func(b *testing.B) {
		for b.Loop() {
			c.code(k, image.Pt(17, 0))
		}
	})
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			if _, err := encode(url(46), 206); err != nil {
				b.Fatal(err)
			}
		}
	})
	copied := NewFrame(240, 240)
	b.Run("memcpy", func(b *testing.B) {
		for b.Loop() {
			copy(copied.Pix, c.Pix)
		}
	})
	b.Run("changes-none", func(b *testing.B) {
		for b.Loop() {
			changes(copied, c.Frame, 1000)
		}
	})
}

func BenchmarkDraw(b *testing.B) {
	m, err := Fit("st7789", "240x320", 0)
	if err != nil {
		b.Fatal(err)
	}
	r := Renderer{Model: m, Language: "zh", Contact: "400-000-0000", Kiosk: "K0042"}
	for _, s := range Samples("zh") {
		switch s.Name {
		case "qr", "idle", "thanks", "offline", "refunding":
			b.Run(s.Name, func(b *testing.B) {
				for b.Loop() {
					if _, err := r.Draw(s.View); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkPixelsOf18Bits(b *testing.B) {
	m, err := Fit("ili9488", "320x480", 0)
	if err != nil {
		b.Fatal(err)
	}
	f := noise(m, 1)
	p := &Panel{controller: m.chip()}
	b.SetBytes(int64(len(p.pixels(f, f.Bounds()))))
	for b.Loop() {
		p.pixels(f, f.Bounds())
	}
}
