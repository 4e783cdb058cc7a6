package sale

import (
	"errors"
	"sync"
)

// ErrBusy is returned by Do while the shop has more to take in than it can hold.
var ErrBusy = errors.New("the kiosk has too much to do: try again in a moment")

// errNoBook is returned while no shop is awake: its book cannot be read or written.
var errNoBook = errors.New("the book cannot be written now: try again when it can")

// ErrUnknown is returned for a command whose reply never came: what became of it is not known.
var ErrUnknown = errors.New("it is not known whether the kiosk has done it: look at how it stands before you try again")

// inbox holds what happened until the shop takes it. What came back from a deed of an earlier life is dropped.
type inbox struct {
	mu    sync.Mutex
	queue []message
	epoch int  // one for each life
	awake bool // a shop is awake, and takes commands
	bell  chan struct{}
}

// message is an input, and where the reply to it goes if it is a command that somebody waits for.
type message struct {
	in    Input
	reply chan<- Reply
}

// dropReply ends the waiting for a reply that will not come.
func (m message) dropReply() {
	if m.reply != nil {
		close(m.reply)
	}
}

const maxInbox = 256

func (b *inbox) open() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bell == nil {
		b.bell = make(chan struct{}, 1)
	}
}

// beginEpoch begins a new life: what was told to the old one is gone.
func (b *inbox) beginEpoch() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.epoch++
	b.dropReplies()
	b.queue = nil
}

// takeCommands opens the inbox for commands, or shuts it: then nobody waits for a reply any more.
func (b *inbox) takeCommands(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.awake = on; !on {
		b.dropReplies()
	}
}

// dropReplies ends the waiting of everybody who sent a command.
func (b *inbox) dropReplies() {
	for i := range b.queue {
		b.queue[i].dropReply()
		b.queue[i].reply = nil
	}
}

// sendCommand takes a command that waits for its reply.
func (b *inbox) sendCommand(m message) error {
	b.mu.Lock()
	awake := b.awake
	b.mu.Unlock()
	switch {
	case !awake:
		return errNoBook
	case !b.addMessage(m, false):
		return ErrBusy
	}
	return nil
}

func (b *inbox) currentEpoch() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.epoch
}

// putAnswer takes what came back from a deed, unless a new life has begun since the deed.
func (b *inbox) putAnswer(in Input, epoch int) {
	b.mu.Lock()
	old := epoch != b.epoch
	b.mu.Unlock()
	if !old {
		b.putInput(in, true)
	}
}

// putInput never blocks. Only answers of deeds are taken without limit: there are as many as there were deeds.
func (b *inbox) putInput(in Input, always bool) bool { return b.addMessage(message{in: in}, always) }

// addMessage takes a message, and returns false if there is no room. A reply that nobody will send is dropped.
func (b *inbox) addMessage(m message, always bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bell == nil || !always && len(b.queue) >= maxInbox {
		return false
	}
	if !b.awake {
		m.dropReply()
		m.reply = nil
	}
	b.queue = append(b.queue, m)
	select {
	case b.bell <- struct{}{}:
	default:
	}
	return true
}

func (b *inbox) takeNext() (message, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return message{}, false
	}
	m := b.queue[0]
	b.queue = b.queue[1:]
	return m, true
}

func (b *inbox) isEmpty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.queue) == 0
}
