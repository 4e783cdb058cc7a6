package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
)

// tape keeps what the clerk's recorder writes: in two files beside the book, so that it outlives a crash, and
// its end in memory, for when the disk is what fails. Nothing is synced: a card is not worn for it.
type tape struct {
	dir    string
	report func(line string)

	mu       sync.Mutex
	file     *os.File
	size     int
	err      error // why the files take nothing
	tried    time.Time
	old, new bytes.Buffer // in memory
}

const (
	tapeFile   = "recording.jsonl"
	tapeBefore = "recording.before.jsonl"
	filePart   = 3 << 20 // so that both files fit into a bundle, however badly they compress
	memoryPart = 1 << 20
	slack      = 8 // an eighth more, while the shop is too busy to begin anew
	tapeRetry  = time.Minute
)

// Put appends lines to both. A part that is full gives way where a replay may begin anew.
func (t *tape) Put(lines []byte, begins bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	inFile, inMemory := t.toFile(lines, begins), t.toMemory(lines, begins)
	return inFile || inMemory
}

func (t *tape) toMemory(lines []byte, begins bool) bool {
	if begins && t.new.Len() >= memoryPart {
		t.old, t.new = t.new, bytes.Buffer{}
	}
	if t.new.Len() == 0 && !begins || t.new.Len()+len(lines) > memoryPart+memoryPart/slack {
		return false
	}
	t.new.Write(lines)
	return true
}

func (t *tape) toFile(lines []byte, begins bool) bool {
	if begins && (t.file == nil || t.size >= filePart) {
		t.failed(t.turn())
	}
	if t.file == nil || t.size+len(lines) > filePart+filePart/slack {
		return false
	}
	n, err := t.file.Write(lines)
	t.size += n
	t.failed(err)
	return err == nil
}

// failed gives the files up until they are tried again. It is told once.
func (t *tape) failed(err error) {
	if err != nil {
		if t.err == nil && t.report != nil {
			t.report(config.OneLine(fmt.Errorf("recording what happens: %w: it is kept in memory until the disk takes it", err)))
		}
		if t.file != nil {
			_ = t.file.Close()
		}
		t.file, t.tried = nil, time.Now()
	}
	t.err = err
}

// turn opens the file, and puts a full one aside first. A line that a crash tore is ended.
func (t *tape) turn() error {
	path := filepath.Join(t.dir, tapeFile)
	if t.file != nil {
		_ = t.file.Close()
		t.file = nil
	}
	if info, err := os.Stat(path); err == nil && info.Size() >= filePart {
		if err := os.Rename(path, filepath.Join(t.dir, tapeBefore)); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	t.file, t.size = f, int(info.Size())
	last := []byte{'\n'}
	if t.size > 0 {
		if _, err := f.ReadAt(last, info.Size()-1); err != nil {
			return err
		}
	}
	if last[0] != '\n' {
		_, err = f.Write([]byte{'\n'})
	}
	return err
}

// Full asks for a place to begin anew: a part is full, or the disk may be back.
func (t *tape) Full() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	again := t.err != nil && time.Since(t.tried) >= tapeRetry
	return t.new.Len() >= memoryPart || t.file != nil && t.size >= filePart || again
}

// recording is all that is kept: of the files, or of memory where the disk took nothing.
func (t *tape) recording() ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return append(bytes.Clone(t.old.Bytes()), t.new.Bytes()...), nil
	}
	return readTape(t.dir)
}

func (t *tape) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	t.file = nil
	return err
}

// readTape reads both files, though a running kiosk may put one aside meanwhile.
func readTape(dir string) (b []byte, err error) {
	before := filepath.Join(dir, tapeBefore)
	for range 3 {
		was, _ := os.Stat(before)
		if b, err = readParts(before, filepath.Join(dir, tapeFile)); err != nil {
			return nil, fmt.Errorf("reading the recording: %w", err)
		}
		if is, _ := os.Stat(before); was == nil && is == nil || was != nil && is != nil && os.SameFile(was, is) {
			break
		}
	}
	return b, nil
}

func readParts(names ...string) (b []byte, err error) {
	const most = filePart + filePart/slack
	for _, name := range names {
		f, err := os.Open(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		part, err := io.ReadAll(io.LimitReader(f, most))
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		b = append(b, part...)
	}
	return b, nil
}
