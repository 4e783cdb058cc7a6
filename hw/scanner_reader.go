package hw

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"sync"
	"time"
)

// scannerReader is the part of a Scanner that only Run touches: it needs no lock.
type scannerReader struct {
	*Scanner
	splitter RecordSplitter
	seed     maphash.Seed
	last     uint64 // the hash of the last text: this package never stores a payment code
	lastAt   time.Time

	aim          *aimController // for this stream; nil if the module needs none
	unresponsive bool           // it stopped answering: an open stream is no proof that it is back
	hasAnswered  bool           // it has answered a command since Run began
	saves        int

	unsaved bool // settings were written that its flash does not hold

	refused Refused // the counts when a record last ended
}

type burst struct {
	at   time.Time
	data []byte
}

// readStream opens the stream once and reads it until it is lost or ctx ends.
func (e *scannerReader) readStream(ctx context.Context) error {
	port, err := e.Open()
	if err != nil {
		return err
	}
	if !e.unresponsive {
		e.reportHealth("")
	}
	inner, end := context.WithCancel(ctx)
	defer end()
	bursts, lost := make(chan burst), make(chan error, 2)
	var reading, looking sync.WaitGroup
	reading.Go(func() { lost <- readBursts(inner, port, bursts) })
	e.aim = e.newAimController(port)
	if e.aim != nil {
		looking.Go(func() {
			if err := e.aim.runLoop(inner); inner.Err() == nil {
				lost <- err
			}
		})
	}
	err = e.splitRecords(ctx, bursts, lost)
	end()
	looking.Wait()   // its last command still needs the stream
	_ = port.Close() // the error of a lost stream helps nobody
	reading.Wait()
	if err == nil {
		return nil
	}
	e.splitter.FlushIdle()
	e.unresponsive = errors.Is(err, errNoAnswer)
	e.mu.Lock()
	e.counts.Vanished++
	e.mu.Unlock()
	if e.unresponsive {
		return fmt.Errorf("%w any more: check its wires and its power; looking for it again", err)
	}
	return fmt.Errorf("reading the scan module: %w; looking for it again", err)
}

// handleReply takes an answer of the module.
func (e *scannerReader) handleReply(data []byte) {
	e.markAlive()
	if e.aim != nil && e.aim.client != nil {
		e.aim.client.receiveAnswer(data)
	}
}

// markAlive ends the fault of an unresponsive module: it has sent a frame or a record, which no loose wire does.
func (e *scannerReader) markAlive() {
	if e.unresponsive {
		e.unresponsive = false
		e.reportHealth("")
	}
}

// splitRecords turns bursts into records. It returns nil when ctx ends, and otherwise why the stream was lost.
func (e *scannerReader) splitRecords(ctx context.Context, bursts <-chan burst, lost <-chan error) error {
	gap := e.Gap
	if gap <= 0 {
		gap = scanGap
	}
	idle := time.NewTimer(gap)
	defer idle.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-lost:
			return err
		case b := <-bursts:
			e.deliverRecords(e.splitter.Feed(b.at, b.data))
			idle.Reset(gap)
		case <-idle.C:
			e.deliverRecords(e.splitter.FlushIdle())
		}
	}
}

// deliverRecords hands a record to Read if a code is wanted and it is not the same one again.
func (e *scannerReader) deliverRecords(records []Record) {
	e.notifyEnded(len(records))
	for _, r := range records {
		now := time.Now()
		hash := maphash.String(e.seed, r.Text)
		repeat := hash == e.last && now.Sub(e.lastAt) < scanRepeat
		e.mu.Lock()
		wanted := e.armed && !r.Began.Before(e.since)
		switch {
		case !wanted:
			e.counts.Unarmed++
		case repeat:
			e.counts.Repeats++
		}
		e.mu.Unlock()
		if wanted && !repeat {
			e.last, e.lastAt = hash, now
			e.Read(r.Text)
		}
	}
	e.mu.Lock()
	dropped, wanted := e.splitter.Refused != e.counts.Refused, e.armed && time.Now().After(e.since)
	e.counts.Refused, e.state.Wrapping = e.splitter.Refused, e.splitter.Wrapping
	e.mu.Unlock()
	if dropped && wanted && len(records) == 0 && e.Unread != nil {
		e.Unread()
	}
}

// notifyEnded wakes the aim controller if a record has ended: the module may have stopped looking.
func (e *scannerReader) notifyEnded(records int) {
	if records > 0 {
		e.markAlive()
	}
	if e.aim == nil || records == 0 && e.splitter.Refused == e.refused {
		return
	}
	e.refused = e.splitter.Refused
	if records > 0 {
		e.aim.codeRead.Store(true)
	}
	trySend(e.aim.recordEnded, struct{}{})
}

// readBursts reads the stream until it is lost or closed.
func readBursts(ctx context.Context, port io.Reader, bursts chan<- burst) error {
	buf := make([]byte, 256)
	for {
		began := time.Now()
		n, err := port.Read(buf)
		if n > 0 {
			select {
			case bursts <- burst{time.Now(), append([]byte(nil), buf[:n]...)}:
			case <-ctx.Done():
				return errors.New("stopped")
			}
		}
		if err != nil {
			return err
		}
		if n == 0 && time.Since(began) < time.Millisecond {
			// A stream that returns nothing at once would keep the processor busy.
			if err := sleepContext(ctx, 10*time.Millisecond); err != nil {
				return err
			}
		}
	}
}
