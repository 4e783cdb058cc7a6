package house_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"kiosk/display"
	"kiosk/sale"
)

// TestThePanelsLookAsTheyWereAgreed keeps the glass of every controller and rotation with a code on it, as it lies on a
// bench: the picture is turned. Each must be read by two decoders that know nothing of how it came there.
func TestThePanelsLookAsTheyWereAgreed(t *testing.T) {
	const url = "weixin://wxpay/bizpayurl?pr=aB3xY9kQz"
	v := sale.View{Screen: sale.ScreenQR, No: "K1-000001AAAAAAAAAAAAAAAAAAAA", Slot: 3, Name: "可口可乐 330ml", NameEN: "Coke 330ml", Fen: 350, QR: url, Left: 88 * time.Second}
	dir := filepath.Join("house", "testdata", "panels")
	seen, table := map[string]bool{}, []string{"controller  size     turned  decoded  module px"}
	everyPane(t, func(t *testing.T, m display.Model) {
		f, err := display.Renderer{Model: m, Language: "zh", Contact: "400-000-0000", Kiosk: "K1"}.Draw(v)
		if err != nil {
			t.Fatal(err)
		}
		b := plugIn(t, moduleFor(m), m)
		b.show(t, snow(m, 1)) // something to be drawn over
		b.show(t, f)
		file := filepath.Join(dir, strings.ReplaceAll(strings.TrimPrefix(t.Name(), "TestThePanelsLookAsTheyWereAgreed/"), "/", "-")+".png")
		seen[file] = true
		keep(t, file, b.module.Glass(0))
		upright := b.module.Glass(m.Rotation)
		if n := b.wrong(f); n > 0 {
			t.Errorf("%d pixels differ from what was drawn", n)
		}
		module, err := decoded(upright, url)
		if err != nil {
			t.Error(err)
		}
		if text := zbar(t, file); text != url {
			t.Errorf("zbarimg reads %q from %s", text, file)
		}
		b.blameless(t)
		table = append(table, fmt.Sprintf("%-11s %-8s %-7d %-8v %d", m.Controller, fmt.Sprintf("%dx%d", m.Width, m.Height), m.Rotation, err == nil, module))
	})
	all, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil || len(all) < 20 {
		t.Fatalf("only %d pictures (%v)", len(all), err)
	}
	for _, file := range all {
		if !seen[file] {
			t.Errorf("%s belongs to no panel", file)
		}
	}
	t.Log("\n" + strings.Join(table, "\n"))
}

// keep compares a picture with the one that was agreed.
func keep(t *testing.T, file string, got *image.RGBA) {
	t.Helper()
	if *update {
		var b bytes.Buffer
		enc := png.Encoder{CompressionLevel: png.BestCompression}
		err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), enc.Encode(&b, got), os.WriteFile(file, b.Bytes(), 0o644))
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := os.Open(file)
	if err != nil {
		t.Fatalf("%v: renew with go test ./house -run Panels -update and look at it", err)
	}
	defer r.Close()
	want, err := png.Decode(r)
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != got.Bounds() {
		t.Fatalf("%s is %v, the glass is %v", file, want.Bounds(), got.Bounds())
	}
	for y := range got.Bounds().Dy() {
		for x := range got.Bounds().Dx() {
			r, g, b, _ := want.At(x, y).RGBA()
			if c := got.RGBAAt(x, y); uint32(c.R) != r>>8 || uint32(c.G) != g>>8 || uint32(c.B) != b>>8 {
				t.Fatalf("%s differs at %d,%d: %v; if that is right, renew with go test ./house -run Panels -update", file, x, y, c)
			}
		}
	}
}

// decoded reads the code in a picture and measures its modules.
func decoded(img image.Image, want string) (module int, err error) {
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return 0, err
	}
	found, err := qrcode.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return 0, fmt.Errorf("read the code from the glass: %w", err)
	}
	if found.GetText() != want {
		return 0, fmt.Errorf("the code on the glass says %q", found.GetText())
	}
	at := found.GetResultPoints()[1]
	module, _ = walk(img, image.Pt(int(at.GetX()), int(at.GetY())), image.Pt(-1, 0))
	if module < 3 {
		return module, fmt.Errorf("a module has %d pixels: phones do not read that", module)
	}
	return module, nil
}

func zbar(t *testing.T, file string) string {
	t.Helper()
	out, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
	if err != nil {
		t.Errorf("zbarimg %s: %v", file, err)
	}
	return strings.TrimSpace(string(out))
}
