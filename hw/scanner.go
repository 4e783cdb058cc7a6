package hw

import (
	"context"
	"hash/maphash"
	"io"
	"strings"
	"sync"
	"time"
)

const (
	scanGap     = 60 * time.Millisecond
	scanSettle  = 50 * time.Millisecond // after arming: what comes sooner was in the module's buffer
	scanRepeat  = 3 * time.Second       // a phone held still is read again and again
	streamLived = 10 * time.Second      // a stream that lasted this long resets the back-off
	backoffMin  = time.Second
	backoffMax  = 10 * time.Second
)

// Scanner reads codes from the scan module's serial stream. It drops what is read while it is not armed, or began
// before it was armed: a code shown by the last customer never pays for the next one. A code's text goes to Read
// and nowhere else.
type Scanner struct {
	// Open opens the stream. Its Close must end a pending Read. A Read may block, or return 0, nil now and then;
	// a Write must return in bounded time.
	Open    func() (io.ReadWriteCloser, error)
	Dialect string             // "zone": the module is configured and made to look; "": its answers are skipped; another: it sends none
	Trigger *TriggerPin        // makes the module look, in place of a command; nil for none
	Always  bool               // the module looks all the time: nothing makes it look or stop
	Gap     time.Duration      // an idle line for this long ends a record; 0 means 60 ms
	Read    func(text string)  // called from Run, one at a time
	Unread  func()             // something was read while a code was wanted, and it is no code; called from Run; may be nil
	Health  func(fault string) // "" works; called when it changes
	Warn    func(text string)  // why it works, but not as it should, or ""; called when it changes, maybe during Read; may be nil

	once       sync.Once
	mu         sync.Mutex
	armed      bool
	since      time.Time
	armChanged chan struct{} // Arm puts a token into it
	counts     Counts
	state      State
	told       *string   // what Health got last
	warned     [2]string // the parts of Warn: settings, trigger
}

// Counts is what a Scanner has dropped since it was made.
type Counts struct {
	Refused
	Unarmed     int // read while no code was wanted
	Repeats     int // the same text again within 3 s
	Vanished    int // how often the stream was lost
	Unsolicited int // answers of the module that belong to no command
	Unanswered  int // commands that the module did not answer, each try counted
}

// State is what is known of the module's settings; all zero in a dialect without any.
type State struct {
	Model      int      // what it answers for its model: 5 is a GM65; 0 until it answers
	Configured bool     // every setting that matters was read and is as it should be
	Saves      int      // how often its flash was written since Run began
	Warn       string   // what Warn got last
	Wrapping   Wrapping // what it put around the newest code
}

// Arm says whether a code is wanted. It never blocks; arming drops what was read before.
func (s *Scanner) Arm(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if on && !s.armed {
		s.since = time.Now().Add(scanSettle)
	}
	s.armed = on
	s.makeChannel()
	trySend(s.armChanged, struct{}{}) // or there is a token already
}

func (s *Scanner) makeChannel() { s.once.Do(func() { s.armChanged = make(chan struct{}, 1) }) }

func (s *Scanner) isArmed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.armed
}

// State returns what is known of the module's settings.
func (s *Scanner) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Counts returns what was dropped so far.
func (s *Scanner) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// Run reads until ctx ends. It opens a stream that fails again after 1 to 10 s.
func (s *Scanner) Run(ctx context.Context) error {
	s.makeChannel()
	reader := &scannerReader{Scanner: s, splitter: RecordSplitter{Plain: s.Dialect != "" && s.Dialect != "zone"}, seed: maphash.MakeSeed()}
	reader.splitter.Reply = reader.handleReply
	back := backoffMin
	for ctx.Err() == nil {
		began := time.Now()
		err := reader.readStream(ctx)
		if ctx.Err() != nil {
			return nil
		}
		s.reportHealth(err.Error())
		if time.Since(began) >= streamLived {
			back = backoffMin
		}
		_ = sleepContext(ctx, back)
		back = min(2*back, backoffMax)
	}
	return nil
}

func (s *Scanner) reportHealth(fault string) {
	s.mu.Lock()
	same := s.told != nil && *s.told == fault
	s.told = &fault
	s.mu.Unlock()
	if !same && s.Health != nil {
		s.Health(fault)
	}
}

func (s *Scanner) reportWarning(about int, text string) {
	s.mu.Lock()
	s.warned[about] = text
	all := strings.Trim(s.warned[0]+"; "+s.warned[1], "; ")
	same := s.state.Warn == all
	s.state.Warn = all
	s.mu.Unlock()
	if !same && s.Warn != nil {
		s.Warn(all)
	}
}
