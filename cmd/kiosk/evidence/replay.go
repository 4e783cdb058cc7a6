package evidence

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kiosk/cmd/kiosk/config"
	"kiosk/display"
	"kiosk/record"
	"kiosk/sale"
)

// openedBundle is a bundle that was read.
type openedBundle struct {
	manifest
	recording []byte
}

const openMost = 64 << 20 // unpacked: a bundle that says more is none of ours

// ErrDiffers ends a replay whose deeds differ from the recorded ones. The difference is printed.
var ErrDiffers = errors.New("the replay differs")

// Replay does a bundle's recording again in this program, and draws its screens into a folder if there is one. It needs
// neither config nor book.
func Replay(from, screens, program string, out io.Writer) error {
	f, err := os.Open(from)
	if err != nil {
		return config.UsageError(fmt.Errorf("replay: %w: name a bundle", err))
	}
	defer f.Close()
	b, err := openBundle(f)
	if err != nil {
		return fmt.Errorf("replay: %s: %w", from, err)
	}
	draw, err := newScreenshots(b, screens)
	if err != nil {
		return err
	}
	got, err := record.Replay(bytes.NewReader(b.recording), draw.saveScreen)
	describeReplay(out, got, program)
	var differs *record.Difference
	switch {
	case errors.As(err, &differs):
		fmt.Fprintln(out, differs)
		return ErrDiffers
	case err != nil:
		return fmt.Errorf("replay: %s: %w", from, err)
	case draw.err != nil:
		return fmt.Errorf("replay: %w", draw.err)
	}
	fmt.Fprintf(out, "replayed %d steps of %d lives, %d screens: equal\n", got.Steps, got.Lives, len(draw.seen))
	return nil
}

// describeReplay says what a reader must know before the verdict.
func describeReplay(out io.Writer, got record.Replayed, program string) {
	for _, p := range got.Programs {
		if p != program {
			fmt.Fprintf(out, "recorded by %s, replayed by %s: where they differ, the program may have changed\n", p, program)
		}
	}
	if got.Torn > 0 {
		fmt.Fprintf(out, "%d lines were torn by a crash and left out\n", got.Torn)
	}
	if got.Fell != "" {
		fmt.Fprintf(out, "the shop fell over its last step, then as now: %s\n", got.Fell)
	}
	if got.Lost > 0 {
		fmt.Fprintf(out, "%d steps were never recorded: the lives they belong to go on where the recording does\n", got.Lost)
	}
}

// openBundle reads a bundle, or a recording as it lies beside the book.
func openBundle(r io.Reader) (openedBundle, error) {
	in := bufio.NewReader(r)
	if head, _ := in.Peek(2); !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		text, err := io.ReadAll(io.LimitReader(in, openMost))
		if err == nil && !bytes.HasPrefix(text, []byte(`{"n":`)) {
			err = errors.New("this is no bundle: make one with kiosk bundle -o FILE")
		}
		return openedBundle{recording: text}, err
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return openedBundle{}, fmt.Errorf("the bundle cannot be unpacked (%w): fetch it again", err)
	}
	left := &io.LimitedReader{R: z, N: openMost}
	b, err := readMembers(left)
	if err == nil { // to the end, where the checksum is
		_, err = io.Copy(io.Discard, left)
	}
	switch {
	case left.N == 0:
		return b, fmt.Errorf("more than %d MiB are in it: this is no bundle of a kiosk", openMost>>20)
	case err != nil:
		return b, fmt.Errorf("the bundle is cut short or damaged (%w): fetch it again", err)
	case b.recording == nil:
		return b, errors.New("there is no recording in it: this is no bundle of a kiosk")
	case b.Form != bundleForm:
		return b, fmt.Errorf("the bundle is of form %d, and this program reads form %d: take the program that made it, %q", b.Form, bundleForm, b.Program)
	}
	return b, nil
}

// readMembers reads what a replay needs, and passes over the rest.
func readMembers(r io.Reader) (b openedBundle, err error) {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return b, err
		}
		switch h.Name {
		case inManifest:
			var text []byte
			if text, err = io.ReadAll(t); err == nil {
				err = json.Unmarshal(text, &b.manifest)
			}
		case inRecording:
			b.recording, err = io.ReadAll(t)
			b.recording = append([]byte{}, b.recording...)
		}
		if err != nil {
			return b, fmt.Errorf("reading %s: %w", h.Name, err)
		}
	}
}

// screenshots keeps each different view that a replay shows, and draws it if there is a folder for it.
type screenshots struct {
	dir  string
	draw display.Renderer
	seen map[string]bool
	err  error
}

// newScreenshots draws with the panel of the machine that the bundle comes from.
func newScreenshots(b openedBundle, dir string) (*screenshots, error) {
	s := &screenshots{dir: dir, seen: map[string]bool{}}
	if dir == "" {
		return s, nil
	}
	p := b.Panel
	if p == (panel{}) { // a bare recording says nothing of it
		c := config.Defaults()
		p = panel{c.Display.Controller, c.Display.Size, c.Display.Rotation, c.Language, c.Contact}
	}
	m, err := display.Fit(p.Controller, p.Size, p.Rotation)
	if err != nil {
		return nil, fmt.Errorf("replay: the bundle's panel: %w", err)
	}
	s.draw = display.Renderer{Model: m, Language: p.Language, Contact: p.Contact, Kiosk: b.Kiosk}
	return s, os.MkdirAll(dir, 0o755)
}

// saveScreen is called for every view, in order. The first error ends the drawing.
func (s *screenshots) saveScreen(_ sale.Instant, v sale.View) {
	key, err := json.Marshal(v)
	if err != nil || s.seen[string(key)] {
		s.err = errors.Join(s.err, err)
		return
	}
	s.seen[string(key)] = true
	if s.dir == "" || s.err != nil {
		return
	}
	f, err := s.draw.Draw(v)
	if errors.Is(err, display.ErrUnscannable) {
		return // nor was it on the kiosk's glass
	}
	if err == nil {
		name := fmt.Sprintf("%05d-%s.png", len(s.seen), strings.Map(onlyLetters, v.Screen))
		err = WritePNG(filepath.Join(s.dir, name), f)
	}
	s.err = err
}

// onlyLetters keeps what a recording says from naming files elsewhere.
func onlyLetters(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r
	}
	return '-'
}

// WritePNG writes a picture of the panel to a file.
func WritePNG(path string, f *display.Frame) error {
	w, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := png.Encode(w, f.Image()); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}
