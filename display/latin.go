package display

import (
	"compress/gzip"
	"embed"
	"fmt"
	"io"
)

// The Go fonts of golang.org/x/image, without hinting, which is never run, and packed (with zopfli, a little tighter than
// our own gzip): raw they are a third of a megabyte more. A test makes these files from
// the library and compares them.
//
//go:embed latin/*.ttf.gz
var latinFiles embed.FS

// outlines names the faces of our Latin letters.
var outlines = []string{"medium", "bold", "mono"}

func latinFont(name string) ([]byte, error) {
	f, err := latinFiles.Open("latin/" + name + ".ttf.gz")
	if err != nil {
		return nil, fmt.Errorf("unpack the font %s: %w", name, err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("unpack the font %s: %w", name, err)
	}
	ttf, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("unpack the font %s: %w", name, err)
	}
	return ttf, nil
}
