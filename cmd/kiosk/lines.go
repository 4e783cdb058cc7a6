package main

import (
	"bytes"
	"sync"
)

// lines is the end of the log, for the evidence bundle.
type lines struct {
	mu   sync.Mutex
	kept [][]byte
}

const linesMost = 500

// Write takes what a logger writes: one line a call.
func (l *lines) Write(p []byte) (int, error) {
	const most = 500 // of one line
	line := bytes.Clone(p[:min(len(p), most)])
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kept) >= linesMost {
		l.kept = append(l.kept[:0], l.kept[1:]...)
	}
	l.kept = append(l.kept, append(bytes.TrimRight(line, "\n"), '\n'))
	return len(p), nil
}

func (l *lines) text() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Join(l.kept, nil)
}
