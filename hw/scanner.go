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

const (
	scanGap    = 60 * time.Millisecond
	scanSettle = 50 * time.Millisecond // after arming, what the module still had buffered
	scanRepeat = 3 * time.Second       // a phone held still is read again and again
	scanLived  = 10 * time.Second      // a stream that lasted this long starts the back-off anew
	backoffMin = time.Second
	backoffMax = 10 * time.Second
)

// Scanner reads codes from the scan module's serial stream. What is read while it is not armed,
// or was begun before it was armed, is dropped: a code shown by the last customer never pays
// for the next one. A code's text goes to Read and nowhere else.
type Scanner struct {
	// Open opens the stream. Its Close must end a pending Read. A Read may block, or give 0, nil now and then.
	Open    func() (io.ReadWriteCloser, error)
	Dialect string             // "" or "zone": the module's reply frames are taken out; another: it sends none
	Gap     time.Duration      // an idle line for this long ends a record; 0 means 60 ms
	Read    func(text string)  // called from Run, one at a time
	Health  func(fault string) // "" works; called when it changes

	mu     sync.Mutex
	armed  bool
	since  time.Time
	counts Counts
	told   *string // what Health was told last
}

// Counts is what a Scanner has dropped since it was made.
type Counts struct {
	Refused
	Unarmed  int // read while nobody asked for a code
	Repeats  int // the same text again within 3 s
	Vanished int // how often the stream was lost
}

// Arm opens and shuts the ears. It never blocks; arming drops what was read before.
func (s *Scanner) Arm(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if on && !s.armed {
		s.since = time.Now().Add(scanSettle)
	}
	s.armed = on
}

// Counts tells what was dropped so far.
func (s *Scanner) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// Run reads until ctx ends. A stream that cannot be opened or vanishes is tried again after 1 to 10 s.
func (s *Scanner) Run(ctx context.Context) error {
	ears := &ears{Scanner: s, lines: Lines{Plain: s.Dialect != "" && s.Dialect != "zone"}, seed: maphash.MakeSeed()}
	back := backoffMin
	for ctx.Err() == nil {
		began := time.Now()
		err := ears.listen(ctx)
		if ctx.Err() != nil {
			return nil
		}
		s.health(err.Error())
		if time.Since(began) >= scanLived {
			back = backoffMin
		}
		select {
		case <-ctx.Done():
		case <-time.After(back):
		}
		back = min(2*back, backoffMax)
	}
	return nil
}

func (s *Scanner) health(fault string) {
	s.mu.Lock()
	same := s.told != nil && *s.told == fault
	s.told = &fault
	s.mu.Unlock()
	if !same && s.Health != nil {
		s.Health(fault)
	}
}

// ears is what Run alone touches.
type ears struct {
	*Scanner
	lines Lines
	seed  maphash.Seed
	last  uint64 // what was told last, as a hash: a payment code is kept nowhere in here
	at    time.Time
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
	e.health("")
	bursts, lost, stop := make(chan burst), make(chan error, 1), make(chan struct{})
	go func() { lost <- pump(port, bursts, stop) }()
	err = e.split(ctx, bursts, lost)
	close(stop)
	_ = port.Close() // what a lost stream says at its end helps nobody
	if err == nil {
		<-lost
		return nil
	}
	e.lines.Idle()
	e.mu.Lock()
	e.counts.Vanished++
	e.mu.Unlock()
	return fmt.Errorf("reading the scan module: %w; looking for it again", err)
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
			e.tell(e.lines.Idle())
		}
	}
}

func (e *ears) tell(records []Record) {
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

// pump reads the stream until it is lost or closed.
func pump(port io.Reader, bursts chan<- burst, stop <-chan struct{}) error {
	buf := make([]byte, 256)
	for {
		began := time.Now()
		n, err := port.Read(buf)
		if n > 0 {
			select {
			case bursts <- burst{time.Now(), append([]byte(nil), buf[:n]...)}:
			case <-stop:
				return errors.New("stopped")
			}
		}
		if err != nil {
			return err
		}
		if n == 0 && time.Since(began) < time.Millisecond {
			// A stream that gives nothing without waiting would be asked for ever.
			select {
			case <-time.After(10 * time.Millisecond):
			case <-stop:
				return errors.New("stopped")
			}
		}
	}
}
