package display

import (
	"bytes"
	"compress/gzip"
	"os"
	"testing"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/gomonobold"
)

func TestTheLatinFontsAreTheLibrarys(t *testing.T) {
	for name, want := range map[string][]byte{"medium": gomedium.TTF, "bold": gobold.TTF, "mono": gomonobold.TTF} {
		if *update {
			var z bytes.Buffer
			w, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(want); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile("latin/"+name+".ttf.gz", z.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue // what is embedded is of the time of the build: run it again
		}
		if got, err := latinFont(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("latin/%s.ttf.gz is not the library's font (%v): run go test ./display -run LatinFonts -update", name, err)
		}
	}
}
