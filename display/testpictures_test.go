package display

import (
	"image/color"
	"slices"
	"strings"
	"testing"
)

func TestTestPicturesShowWhatIsWrongWithAPanel(t *testing.T) {
	for _, size := range slices.Concat(sizes, further) {
		m := model(t, size, 0)
		b := m.Bounds()
		names := map[string]bool{}
		for _, p := range TestPictures(m) {
			if p.Frame.Bounds() != b || p.ZH == "" || p.EN == "" || names[p.Name] || strings.ContainsAny(p.Name, " /.") {
				t.Fatalf("%s: %q %q %q of %v", size, p.Name, p.ZH, p.EN, p.Frame.Bounds())
			}
			names[p.Name] = true
			middle := p.Frame.At(b.Dx()/2, b.Dy()/2)
			for y := range b.Dy() {
				for x := range b.Dx() {
					got, edge := p.Frame.At(x, y), x == 0 || y == 0 || x == b.Dx()-1 || y == b.Dy()-1
					inner := !edge && (x == 1 || y == 1 || x == b.Dx()-2 || y == b.Dy()-2)
					switch {
					case p.Name != "bars" && p.Name != "grid":
						if got != middle {
							t.Fatalf("%s %s: %v at %d,%d", size, p.Name, got, x, y)
						}
					case edge && got != white, inner && got != black:
						t.Fatalf("%s %s: %v at %d,%d: an offset that is wrong by one does not show", size, p.Name, got, x, y)
					}
				}
			}
		}
		for _, want := range []string{"bars", "grid", "red", "green", "blue", "white", "black"} {
			if !names[want] {
				t.Errorf("%s: no picture %q", size, want)
			}
		}
	}
}

func TestFullColoursAreWhatTheyAreCalled(t *testing.T) {
	for _, p := range TestPictures(model(t, "240x240", 0)) {
		want, ok := map[string]color.RGBA{"red": {0xff, 0, 0, 0xff}, "green": {0, 0xff, 0, 0xff}, "blue": {0, 0, 0xff, 0xff}, "white": white, "black": black}[p.Name]
		if got := p.Frame.At(7, 7); ok && got != want {
			t.Errorf("%s is %v", p.Name, got)
		}
	}
	if TestPictures(Model{}) != nil {
		t.Error("pictures for a panel of no size")
	}
}

// TestTheGridTellsEveryMountingFromEveryOther: turned or mirrored it is another picture.
func TestTheGridTellsEveryMountingFromEveryOther(t *testing.T) {
	for _, size := range slices.Concat(sizes, further) {
		f := TestPictures(model(t, size, 0))[1].Frame
		for name, at := range map[string]func(x, y int) (int, int){
			"upside down":     func(x, y int) (int, int) { return f.W - 1 - x, f.H - 1 - y },
			"mirrored":        func(x, y int) (int, int) { return f.W - 1 - x, y },
			"flipped":         func(x, y int) (int, int) { return x, f.H - 1 - y },
			"shifted by one":  func(x, y int) (int, int) { return x + 1, y },
			"a row too early": func(x, y int) (int, int) { return x, y + 1 },
		} {
			same := true
			for y := range f.H {
				for x := range f.W {
					ox, oy := at(x, y)
					same = same && f.At(x, y) == f.At(ox, oy)
				}
			}
			if same {
				t.Errorf("%s: %s it looks the same", size, name)
			}
		}
	}
}
