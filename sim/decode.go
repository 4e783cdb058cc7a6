package sim

import (
	"fmt"
	"image"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/draw"
)

// Decode reads the QR code in a picture as a phone does: from light and dark alone, near and
// nearer. It does not mend what a phone could not: an inverted code stays unread.
func Decode(img image.Image) (string, error) {
	var err error
	for _, near := range []image.Image{img, enlargeTwice(img)} {
		source := gozxing.NewLuminanceSourceFromImage(near)
		for _, binarizer := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(source), gozxing.NewGlobalHistgramBinarizer(source)} {
			text, e := readCode(binarizer)
			if e == nil {
				return text, nil
			}
			err = e
		}
	}
	return "", fmt.Errorf("read a code from the glass: %w", err)
}

func readCode(b gozxing.Binarizer) (string, error) {
	bitmap, err := gozxing.NewBinaryBitmap(b)
	if err != nil {
		return "", err
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	reader := qrcode.NewQRCodeReader()
	found, err := reader.Decode(bitmap, hints)
	for turns := 0; err != nil && turns < 3; turns++ { // now and then this decoder reads a code only when the phone is turned
		if bitmap, err = bitmap.RotateCounterClockwise(); err == nil {
			found, err = reader.Decode(bitmap, hints)
		}
	}
	if err != nil {
		return "", err
	}
	return found.GetText(), nil
}

func enlargeTwice(img image.Image) image.Image {
	b := img.Bounds()
	big := image.NewRGBA(image.Rect(0, 0, 2*b.Dx(), 2*b.Dy()))
	draw.NearestNeighbor.Scale(big, big.Bounds(), img, b, draw.Src, nil)
	return big
}
