package evidence

import (
	"bytes"
	"sync"
)

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
