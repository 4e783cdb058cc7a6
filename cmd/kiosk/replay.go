package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kiosk/cmd/kiosk/config"
	"kiosk/display"
	"kiosk/record"
	"kiosk/sale"
)

// opened is a bundle that was read.
type opened struct {
	manifest
	recording []byte
}

const openMost = 64 << 20 // unpacked: a bundle that says more is none of ours

// replay does a bundle's recording again in this program. It needs neither config nor book.
func (c *cli) replay(_ context.Context, args []string) error {
	from, screens, err := replayArgs(args)
	if err != nil {
		return err
	}
	f, err := os.Open(from)
	if err != nil {
		return config.Usage(fmt.Errorf("replay: %w: name a bundle", err))
	}
	defer f.Close()
	b, err := openBundle(f)
	if err != nil {
		return fmt.Errorf("replay: %s: %w", from, err)
	}
	draw, err := newSketchbook(b, screens)
	if err != nil {
		return err
	}
	got, err := record.Replay(bytes.NewReader(b.recording), draw.see)
	c.tellOfReplay(got)
	var differs *record.Difference
	switch {
	case errors.As(err, &differs):
		fmt.Fprintln(c.out, differs)
		return errFinding
	case err != nil:
		return fmt.Errorf("replay: %s: %w", from, err)
	case draw.err != nil:
		return fmt.Errorf("replay: %w", draw.err)
	}
	fmt.Fprintf(c.out, "replayed %d steps of %d lives, %d screens: equal\n", got.Steps, got.Lives, len(draw.seen))
	return nil
}

// tellOfReplay says what a reader must know before the verdict.
func (c *cli) tellOfReplay(got record.Replayed) {
	for _, p := range got.Programs {
		if p != itself() {
			fmt.Fprintf(c.out, "recorded by %s, replayed by %s: where they differ, the program may have changed\n", p, itself())
		}
	}
	if got.Torn > 0 {
		fmt.Fprintf(c.out, "%d lines were torn by a crash and left out\n", got.Torn)
	}
	if got.Fell != "" {
		fmt.Fprintf(c.out, "the shop fell over its last step, then as now: %s\n", got.Fell)
	}
	if got.Lost > 0 {
		fmt.Fprintf(c.out, "%d steps were never recorded: the lives they belong to go on where the recording does\n", got.Lost)
	}
}

func replayArgs(args []string) (from, screens string, err error) {
	fs := flag.NewFlagSet("replay", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&screens, "screens", "", "")
	var named []string
	for rest := args; ; rest = fs.Args()[1:] { // flags may stand on either side of the name
		err := fs.Parse(rest)
		if errors.Is(err, flag.ErrHelp) {
			return "", "", err
		}
		if err != nil {
			return "", "", config.Usage(fmt.Errorf("replay: %w: see kiosk help", err))
		}
		if fs.NArg() == 0 {
			break
		}
		named = append(named, fs.Arg(0))
	}
	if len(named) != 1 {
		return "", "", config.Usage(fmt.Errorf("replay: name one bundle, as kiosk bundle -o FILE or the status page wrote it"))
	}
	return named[0], screens, nil
}

// openBundle reads a bundle, or a recording as it lies beside the book.
func openBundle(r io.Reader) (opened, error) {
	in := bufio.NewReader(r)
	if head, _ := in.Peek(2); !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		text, err := io.ReadAll(io.LimitReader(in, openMost))
		if err == nil && !bytes.HasPrefix(text, []byte(`{"n":`)) {
			err = errors.New("this is no bundle: make one with kiosk bundle -o FILE")
		}
		return opened{recording: text}, err
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return opened{}, fmt.Errorf("the bundle cannot be unpacked (%w): fetch it again", err)
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

func readMembers(r io.Reader) (b opened, err error) {
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

// sketchbook keeps each different view that a replay shows, and draws it if there is a folder for it.
type sketchbook struct {
	dir  string
	draw display.Renderer
	seen map[string]bool
	err  error
}

func newSketchbook(b opened, dir string) (*sketchbook, error) {
	s := &sketchbook{dir: dir, seen: map[string]bool{}}
	if dir == "" {
		return s, nil
	}
	d := config.Defaults().Display
	p := b.Panel
	if p == (panelOf{}) {
		p = panelOf{d.Controller, d.Size, d.Rotation, config.Defaults().Language, config.Defaults().Contact}
	}
	m, err := display.Fit(p.Controller, p.Size, p.Rotation)
	if err != nil {
		return nil, fmt.Errorf("replay: the bundle's panel: %w", err)
	}
	s.draw = display.Renderer{Model: m, Language: p.Language, Contact: p.Contact, Kiosk: b.Kiosk}
	return s, os.MkdirAll(dir, 0o755)
}

func (s *sketchbook) see(_ sale.Instant, v sale.View) {
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
		name := fmt.Sprintf("%05d-%s.png", len(s.seen), strings.Map(plain, v.Screen))
		err = writePNG(filepath.Join(s.dir, name), f)
	}
	s.err = err
}

// plain keeps what a recording says from naming files elsewhere.
func plain(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r
	}
	return '-'
}
