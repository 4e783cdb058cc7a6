//go:build sim

package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// differ counts the pixels in which two pictures differ.
func differ(a, b image.Image) (n int) {
	if a.Bounds() != b.Bounds() {
		return 1 << 30
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			r1, g1, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			if r1>>8 != r2>>8 || g1>>8 != g2>>8 || b1>>8 != b2>>8 {
				n++
			}
		}
	}
	return n
}

// settledGlass waits until the glass shows what the driver believes, and returns it.
func (m *machine) settledGlass() image.Image {
	m.t.Helper()
	var glass image.Image
	m.until("the glass equals /panel.png", func() bool {
		g, err1 := m.picture("/street/glass.png")
		p, err2 := m.picture("/panel.png")
		if err1 != nil || err2 != nil {
			return false
		}
		glass = g
		return differ(g, p) == 0
	})
	return glass
}

// blurred is what a phone out of focus sees: a box of 3x3.
func blurred(img image.Image) image.Image {
	b := img.Bounds()
	out := image.NewRGBA(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			var sum [3]uint32
			n := uint32(0)
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					if p := (image.Point{X: x + dx, Y: y + dy}); p.In(b) {
						r, g, bl, _ := img.At(p.X, p.Y).RGBA()
						sum[0], sum[1], sum[2], n = sum[0]+r>>8, sum[1]+g>>8, sum[2]+bl>>8, n+1
					}
				}
			}
			out.SetRGBA(x, y, color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255})
		}
	}
	return out
}

// byZXing reads the code as a person's phone would be held: gozxing misses about one clean symbol in 700
// because it takes a piece of the data for a finder pattern, and reads the same symbol when it is turned.
func byZXing(img image.Image) (string, error) {
	text, err := decodeByZXing(img)
	for range 3 {
		if err == nil {
			break
		}
		img = turnedByQuarter(img)
		text, err = decodeByZXing(img)
	}
	return text, err
}

func decodeByZXing(img image.Image) (string, error) {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return "", err
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return "", err
	}
	return found.GetText(), nil
}

func turnedByQuarter(img image.Image) image.Image {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dy(), b.Dx()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			out.Set(b.Dy()-1-y, x, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

func byZBar(t *testing.T, img image.Image) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "glass.png")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	if err := png.Encode(f, img); err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	out, err := exec.Command("zbarimg", "--quiet", "--raw", path).Output()
	return strings.TrimSpace(string(out)), err
}

// ruler measures the code in a picture, from nothing but its pixels.
type ruler struct {
	img  image.Image
	dark func(x, y int) bool
}

func measure(img image.Image) ruler {
	return ruler{img, func(x, y int) bool {
		r, g, b, _ := img.At(x, y).RGBA()
		return (299*(r>>8)+587*(g>>8)+114*(b>>8))/1000 < 128
	}}
}

// finders are the top left corners of the three big squares, and their module in pixels.
func (r ruler) finders() (corners []image.Point, module int) {
	b := r.img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if k := r.finder(x, y); k > 0 {
				corners, module = append(corners, image.Pt(x, y)), k
			}
		}
	}
	return corners, module
}

// finder tells how many pixels a module has if a finder square begins exactly here.
func (r ruler) finder(x, y int) int {
	b := r.img.Bounds()
	at := func(dx, dy int) bool {
		p := image.Pt(x+dx, y+dy)
		return p.In(b) && r.dark(p.X, p.Y)
	}
	if !at(0, 0) || at(-1, 0) || at(0, -1) {
		return 0
	}
	width := 0
	for at(width, 0) {
		width++
	}
	if width%7 != 0 || width == 0 {
		return 0
	}
	k := width / 7
	for v := range 7 {
		for h := range 7 {
			ring := max(v-3, 3-v, h-3, 3-h)
			want := ring != 2
			for dy := range k {
				for dx := range k {
					if at(h*k+dx, v*k+dy) != want {
						return 0
					}
				}
			}
		}
	}
	return k
}

// code measures module size and quiet zone, in pixels and in modules.
func (r ruler) code() (module int, symbol image.Rectangle, quiet float64, ok bool) {
	corners, k := r.finders()
	if len(corners) != 3 {
		return 0, symbol, 0, false
	}
	for i, c := range corners {
		sq := image.Rect(c.X, c.Y, c.X+7*k, c.Y+7*k)
		if i == 0 {
			symbol = sq
			continue
		}
		symbol = symbol.Union(sq)
	}
	rings := 0
	for symbol.Inset(-rings-1).In(r.img.Bounds()) && r.light(symbol.Inset(-rings-1)) {
		rings++
	}
	return k, symbol, float64(rings) / float64(k), true
}

// light tells whether the edge of a rectangle is white throughout.
func (r ruler) light(rect image.Rectangle) bool {
	white := func(x, y int) bool {
		red, g, b, _ := r.img.At(x, y).RGBA()
		return min(red, g, b)>>8 >= 240
	}
	for x := rect.Min.X; x < rect.Max.X; x++ {
		if !white(x, rect.Min.Y) || !white(x, rect.Max.Y-1) {
			return false
		}
	}
	for y := rect.Min.Y; y < rect.Max.Y; y++ {
		if !white(rect.Min.X, y) || !white(rect.Max.X-1, y) {
			return false
		}
	}
	return true
}

func TestTheCodeIsReadFromTheGlassAtEverySizeAndRotation(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	table := []string{"size      turn  module  symbol   quiet zone  zbar zxing  blurred: zbar zxing"}
	t.Run("", func(t *testing.T) {
		for _, size := range []string{"240x240", "240x320", "320x240"} {
			for _, turn := range []int{0, 90, 180, 270} {
				t.Run(fmt.Sprintf("%s turned by %d", size, turn), func(t *testing.T) {
					t.Parallel()
					row := readGlass(t, size, turn)
					mu.Lock()
					defer mu.Unlock()
					table = append(table, row)
				})
			}
		}
	})
	t.Log("\n" + strings.Join(table, "\n"))
}

func readGlass(t *testing.T, size string, turn int) string {
	addr, dir := freeAddr(t), t.TempDir()
	file := aConfig(t, dir, addr, "http://"+addr+"/street/gateway", "abcdefghijklmnopqrstuvwxyz012345", func(s string) string {
		return strings.NewReplacer(`"240x320"`, `"`+size+`"`, "rotation = 0", fmt.Sprintf("rotation = %d", turn)).Replace(s + "\n")
	})
	m := withConfig(t, addr, dir, file)
	m.waitReady()
	var w, h int
	fmt.Sscanf(size, "%dx%d", &w, &h)
	if turn%180 != 0 {
		w, h = h, w
	}
	if got := m.settledGlass().Bounds(); got.Dx() != w || got.Dy() != h {
		t.Errorf("the glass is %v, a person sees %dx%d", got, w, h)
	}
	no := m.showQR(1)
	var glass image.Image
	m.until("the code is on the glass", func() bool {
		glass = m.settledGlass()
		_, _, _, ok := measure(glass).code()
		return ok
	})
	a := m.must("phone", "do=cancel")
	want, _ := a["text"].(string)
	reads := ""
	for _, img := range []image.Image{glass, blurred(glass)} {
		for name, read := range map[string]func() (string, error){
			"zbarimg": func() (string, error) { return byZBar(t, img) }, "gozxing": func() (string, error) { return byZXing(img) },
		} {
			got, err := read()
			if err != nil || got != want {
				t.Errorf("%s reads %q from the glass, the phone %q: %v", name, got, want, err)
				reads += "  NO "
				continue
			}
			reads += "  yes"
		}
	}
	module, symbol, quiet, _ := measure(glass).code()
	if module < 4 || quiet < 4 {
		t.Errorf("modules of %d pixels and a quiet zone of %.1f of them", module, quiet)
	}
	m.phone("pay")
	m.untilState(no, "sold")
	m.settledGlass()
	if v := m.street().Violations; len(v) > 0 {
		t.Errorf("the panel was misused: %q", v)
	}
	return fmt.Sprintf("%-8s  %4d  %3d px  %3d px  %4.1f modules%s", size, turn, module, symbol.Dx(), quiet, reads)
}
