package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"kiosk/cmd/kiosk/config"
)

// Recording keeps what the recorder writes: in two files beside the book, so that it outlives a crash, and its end in
// memory, for when the disk is what fails. Nothing is synced: a card is not worn for it.
type Recording struct {
	Dir string
	Log func(line string) // nil: nobody is told

	mu       sync.Mutex
	file     *os.File     // nil: none is open
	size     int          // of the file, in bytes
	err      error        // why the files take nothing
	tried    time.Time    // when err was met
	old, new bytes.Buffer // in memory
}

const (
	RecordingFile = "recording.jsonl"
	fullFile      = "recording.before.jsonl"
	filePart      = 3 << 20 // so that both files fit into a bundle, however badly they compress
	memoryPart    = 1 << 20
	slack         = 8 // an eighth more, while the shop is too busy to begin anew
	diskRetry     = time.Minute
)

// Put appends lines to both. A full part gives way only at lines that a replay can begin at. See record.Sink.
func (r *Recording) Put(lines []byte, begins bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	inFile, inMemory := r.putOnDisk(lines, begins), r.putInMemory(lines, begins)
	return inFile || inMemory
}

// putInMemory keeps two parts: a full one stays until the next is full.
func (r *Recording) putInMemory(lines []byte, begins bool) bool {
	if begins && r.new.Len() >= memoryPart {
		r.old, r.new = r.new, bytes.Buffer{}
	}
	if r.new.Len() == 0 && !begins || r.new.Len()+len(lines) > memoryPart+memoryPart/slack {
		return false
	}
	r.new.Write(lines)
	return true
}

// putOnDisk takes nothing while the disk fails, and tries again where a replay can begin.
func (r *Recording) putOnDisk(lines []byte, begins bool) bool {
	if begins && (r.file == nil || r.size >= filePart) {
		r.noteError(r.rotateFile())
	}
	if r.file == nil || r.size+len(lines) > filePart+filePart/slack {
		return false
	}
	n, err := r.file.Write(lines)
	r.size += n
	r.noteError(err)
	return err == nil
}

// noteError gives the files up until they are tried again. It is told once.
func (r *Recording) noteError(err error) {
	if err != nil {
		if r.err == nil && r.Log != nil {
			r.Log(config.OneLine(fmt.Errorf("recording what happens: %w: it is kept in memory until the disk takes it", err)))
		}
		if r.file != nil {
			_ = r.file.Close()
		}
		r.file, r.tried = nil, time.Now()
	}
	r.err = err
}

// rotateFile opens the file, and renames a full one first. A line that a crash tore is ended.
func (r *Recording) rotateFile() error {
	path := filepath.Join(r.Dir, RecordingFile)
	if r.file != nil {
		_ = r.file.Close()
		r.file = nil
	}
	if info, err := os.Stat(path); err == nil && info.Size() >= filePart {
		if err := os.Rename(path, filepath.Join(r.Dir, fullFile)); err != nil {
			return err
		}
	}
	f, err := openPart(path, os.O_RDWR|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	r.file, r.size = f, int(info.Size())
	last := []byte{'\n'}
	if r.size > 0 {
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
func (r *Recording) Full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	again := r.err != nil && time.Since(r.tried) >= diskRetry
	return r.new.Len() >= memoryPart || r.file != nil && r.size >= filePart || again
}

// Read returns all that is kept: of the files, or of memory if the disk took nothing.
func (r *Recording) Read() ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return append(bytes.Clone(r.old.Bytes()), r.new.Bytes()...), nil
	}
	return ReadRecording(r.Dir)
}

// Close lets go of the file. What is kept can still be read.
func (r *Recording) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

// ReadRecording reads both files, though a running kiosk may rename one meanwhile.
func ReadRecording(dir string) (b []byte, err error) {
	before := filepath.Join(dir, fullFile)
	for range 3 {
		was, _ := os.Stat(before)
		if b, err = readParts(before, filepath.Join(dir, RecordingFile)); err != nil {
			return nil, fmt.Errorf("reading the recording: %w", err)
		}
		if is, _ := os.Stat(before); was == nil && is == nil || was != nil && is != nil && os.SameFile(was, is) {
			break
		}
	}
	return b, nil
}

// readParts joins the files that are there.
func readParts(names ...string) (b []byte, err error) {
	const most = filePart + filePart/slack
	for _, name := range names {
		f, err := openPart(name, os.O_RDONLY)
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

// openPart follows no link: the recording goes into a bundle as it is, and a link could lead to a secret.
func openPart(path string, flags int) (*os.File, error) {
	return config.OpenRegular(path, flags|syscall.O_NOFOLLOW)
}

// Log keeps the end of the log: a kiosk at an owner's has no journal that anybody could send.
type Log struct {
	mu   sync.Mutex
	kept [][]byte
}

const mostLines = 500

// Write takes what a logger writes: one line a call.
func (l *Log) Write(p []byte) (int, error) {
	const most = 500 // of one line
	line := bytes.Clone(p[:min(len(p), most)])
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kept) >= mostLines {
		l.kept = append(l.kept[:0], l.kept[1:]...)
	}
	l.kept = append(l.kept, append(bytes.TrimRight(line, "\n"), '\n'))
	return len(p), nil
}

// Text returns what is kept.
func (l *Log) Text() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Join(l.kept, nil)
}
