package display

import (
	"bytes"
	"context"
	"image"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

// wears tells whether the glass shows a slip.
func (s *stage) wears(t *testing.T, slip Slip) bool {
	t.Helper()
	f, _, err := s.Renderer.Slip(slip)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(s.glass.seen(s.Renderer.Model).Pix, f.Pix)
}

// discreet tells that the picture of the panel is the slip's veil.
func (s *stage) discreet(t *testing.T, slip Slip) {
	t.Helper()
	_, veil, err := s.Renderer.Slip(slip)
	if err != nil || veil == nil {
		t.Fatal(err)
	}
	if got := s.Picture().(*image.RGBA); !bytes.Equal(got.Pix, veil.Image().Pix) {
		t.Error("whoever sees the picture of the panel over the network may see the secret")
	}
}

var (
	resting     = sale.View{Screen: sale.ScreenMaintenance, Address: "192.168.1.20"}
	firstSecret = Slip{Kind: SlipSecret, Secret: "k7m2x-q4zb6", Address: "192.168.1.20", Left: time.Minute}
)

func TestASecretIsOnTheGlassForItsTimeAndInNoPicture(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.Show(resting)
		settle(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.HandOver(ctx, firstSecret); err != nil {
			t.Fatal(err)
		}
		if !s.wears(t, firstSecret) {
			t.Error("it is said to be on the glass, and is not")
		}
		s.discreet(t, firstSecret)
		s.Show(sale.View{Screen: sale.ScreenClosed}) // whatever else happens to the machine
		settle(20 * time.Second)
		later := firstSecret
		later.Left -= 20 * time.Second
		if !s.wears(t, later) {
			t.Error("after 20 s it cannot be read any more, or its seconds stand still")
		}
		s.discreet(t, later)
		s.Show(resting)
		settle(41 * time.Second)
		if !s.shows(t, resting) {
			t.Error("its time is over, and it, or its veil, is still there")
		}
	})
}

func TestNoSlipCoversACustomersPageNorAHotspotTheGoods(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		spot := Slip{Kind: SlipHotspot, Name: "kiosk-K1", Secret: "k7m2xq4zb6", Address: "10.42.0.1", Left: time.Hour}
		idle := sale.View{Screen: sale.ScreenIdle, Products: shelf(3)}
		s.Show(idle)
		s.Hand(spot)
		settle(time.Second)
		if !s.shows(t, idle) {
			t.Error("customers cannot see the goods, because a technician uses the network")
		}
		buying := qrView(url(46))
		s.Show(buying)
		settle(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := s.HandOver(ctx, firstSecret); err == nil || !strings.Contains(err.Error(), "customer") {
			t.Errorf("nobody can have seen it: %v", err)
		}
		if !s.shows(t, buying) {
			t.Error("a slip hides a customer's code")
		}
		s.Show(resting)
		settle(time.Second)
		if text, err := scan(s.glass.seen(s.Renderer.Model).Image()); err != nil || text == "http://192.168.1.20/" {
			t.Error("in maintenance the hotspot is not told of")
		}
		s.Take(SlipHotspot)
		settle(time.Second)
		if !s.shows(t, resting) {
			t.Error("it is taken away, and still there; or the secret that was refused came after all")
		}
	})
}

func TestAHotspotsSlipTellsInTurnHowToJoinAndWhereThePageIs(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.Show(resting)
		s.Hand(Slip{Kind: SlipHotspot, Name: "kiosk-K1", Secret: "k7m2xq4zb6", Address: "10.42.0.1", Left: time.Hour})
		var read []string
		for range 30 {
			settle(time.Second)
			text, err := scan(s.glass.seen(s.Renderer.Model).Image())
			if err != nil {
				t.Fatal(err)
			}
			if len(read) == 0 || read[len(read)-1] != text {
				read = append(read, text)
			}
			if text, err := scan(s.Picture()); err == nil && strings.HasPrefix(text, "WIFI") {
				t.Fatalf("the picture of the panel tells everybody: %s", text)
			}
		}
		const join, page = "WIFI:T:WPA;S:kiosk-K1;P:k7m2xq4zb6;;", "http://10.42.0.1/"
		if got := strings.Join(read, " "); got != strings.Join([]string{join, page, join, page}, " ") {
			t.Errorf("in half a minute a telephone reads %s", got)
		}
	})
}

func TestASecretThatTheGlassDidNotTakeIsNoSecret(t *testing.T) {
	for name, breaks := range map[string]func(g *glass){
		"the bus is broken":         func(g *glass) { g.failAt = -1 },
		"it breaks on the way":      func(g *glass) { g.failAt = g.txs + 40 },
		"the panel answers no more": func(g *glass) { g.mode = func() byte { return 0xff } },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.glass.change(func() { s.glass.mode = func() byte { return running } })
				s.Show(resting)
				settle(time.Second)
				s.glass.change(func() { breaks(s.glass) })
				if name == "it breaks on the way" { // and stays so
					go func() {
						time.Sleep(time.Millisecond)
						s.glass.change(func() { s.glass.failAt = -1 })
					}()
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				if err := s.HandOver(ctx, firstSecret); err == nil {
					t.Error("nobody has seen it, and it is said to be seen")
				}
				if !s.harmless(t) {
					t.Error("the picture of the panel shows what the panel took of it")
				}
				s.glass.change(func() { s.glass.failAt, s.glass.mode = 0, func() byte { return running } })
				settle(30 * time.Second)
				if !s.shows(t, resting) {
					t.Error("once the glass is back it shows a secret that does not count")
				}
			})
		})
	}
}

// harmless tells that the picture of the panel is the resting page, or the slip's veil at some second.
func (s *stage) harmless(t *testing.T) bool {
	t.Helper()
	got := s.Picture().(*image.RGBA)
	f, err := s.Renderer.Draw(resting)
	if err != nil {
		t.Fatal(err)
	}
	ok := bytes.Equal(got.Pix, f.Image().Pix)
	for slip := firstSecret; slip.Left > 0; slip.Left -= time.Second {
		_, veil, err := s.Renderer.Slip(slip)
		if err != nil {
			t.Fatal(err)
		}
		ok = ok || bytes.Equal(got.Pix, veil.Image().Pix)
	}
	return ok
}

func TestWhatAHandOnTheKeyDoesIsToldFirst(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.Show(resting)
		s.Hand(firstSecret)
		s.Hand(Slip{Kind: SlipHolding, Will: []Promise{WillSell}, Left: 4 * time.Second})
		settle(time.Second)
		if !s.wears(t, Slip{Kind: SlipHolding, Will: []Promise{WillSell}, Left: 3 * time.Second}) {
			t.Error("the technician does not see what the hand does")
		}
		settle(3 * time.Second)
		later := firstSecret
		later.Left -= 4 * time.Second
		if !s.wears(t, later) {
			t.Error("and then not what was there before")
		}
	})
}
