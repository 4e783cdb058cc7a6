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

// ears is what Run alone touches.
type ears struct {
	*Scanner
	lines RecordSplitter
	seed  maphash.Seed
	last  uint64 // what was told last, as a hash: a payment code is kept nowhere in here
	at    time.Time

	look  *lookout // of this life of the stream; nil if the module wants none
	mute  bool     // it stopped answering: only a word of its own proves that it is back
	spoke bool     // it has answered a command since Run began
	saves int

	unsaved bool // the module was set otherwise than its flash has it

	refused Refused // when something last ended
}

type burst struct {
	at   time.Time
	data []byte
}

// listen opens the stream once and reads it until it is lost or ctx ends.
func (e *ears) listen(ctx context.Context) error {
	port, err := e.Open()
	if err != nil {
		return err
	}
	if !e.mute {
		e.health("")
	}
	inner, end := context.WithCancel(ctx)
	defer end()
	bursts, lost := make(chan burst), make(chan error, 2)
	var reading, looking sync.WaitGroup
	reading.Go(func() { lost <- pump(inner, port, bursts) })
	e.look = e.newLookout(port)
	if e.look != nil {
		looking.Go(func() {
			if err := e.look.run(inner); err != nil {
				lost <- err
			}
		})
	}
	err = e.split(ctx, bursts, lost)
	end()
	looking.Wait()   // its last word still needs the stream
	_ = port.Close() // what a lost stream says at its end helps nobody
	reading.Wait()
	if err == nil {
		return nil
	}
	e.lines.FlushIdle()
	e.mute = errors.Is(err, errMute)
	e.mu.Lock()
	e.counts.Vanished++
	e.mu.Unlock()
	if e.mute {
		return fmt.Errorf("%w any more: check its wires and its power; looking for it again", err)
	}
	return fmt.Errorf("reading the scan module: %w; looking for it again", err)
}

// replied takes an answer of the module.
func (e *ears) replied(data []byte) {
	e.present()
	if e.look != nil && e.look.talk != nil {
		e.look.talk.bring(data)
	}
}

// present: the module has said something that no loose wire says.
func (e *ears) present() {
	if e.mute {
		e.mute = false
		e.health("")
	}
}

// split turns bursts into records. It comes back with nil when ctx ends, else with why the stream was lost.
func (e *ears) split(ctx context.Context, bursts <-chan burst, lost <-chan error) error {
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
			e.tell(e.lines.Feed(b.at, b.data))
			idle.Reset(gap)
		case <-idle.C:
			e.tell(e.lines.FlushIdle())
		}
	}
}

func (e *ears) tell(records []Record) {
	e.ended(len(records))
	for _, r := range records {
		now := time.Now()
		hash := maphash.String(e.seed, r.Text)
		repeat := hash == e.last && now.Sub(e.at) < scanRepeat
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
			e.last, e.at = hash, now
			e.Read(r.Text)
		}
	}
	e.mu.Lock()
	e.counts.Refused = e.lines.Refused
	e.mu.Unlock()
}

// ended tells the lookout that the module may have stopped looking: something it sent has ended.
func (e *ears) ended(records int) {
	if records > 0 {
		e.present()
	}
	if e.look == nil || records == 0 && e.lines.Refused == e.refused {
		return
	}
	e.refused = e.lines.Refused
	if records > 0 {
		e.look.life.Store(true)
	}
	select {
	case e.look.heard <- struct{}{}:
	default:
	}
}

// pump reads the stream until it is lost or closed.
func pump(ctx context.Context, port io.Reader, bursts chan<- burst) error {
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
			// A stream that gives nothing without waiting would be asked for ever.
			if err := pause(ctx, 10*time.Millisecond); err != nil {
				return err
			}
		}
	}
}
