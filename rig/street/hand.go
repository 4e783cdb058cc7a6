package street

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// Message is what host and guest say to each other; rig/agent has the same.
type Message struct {
	ID    int    `json:"id,omitempty"`
	Do    string `json:"do,omitempty"`
	Event string `json:"event,omitempty"`
	Error string `json:"error,omitempty"`

	Name string   `json:"name,omitempty"`
	Argv []string `json:"argv,omitempty"`
	Post []string `json:"post,omitempty"`
	Out  string   `json:"out,omitempty"`
	Err  string   `json:"err,omitempty"`
	Code int      `json:"code"`

	Path string `json:"path,omitempty"`
	Mode uint32 `json:"mode,omitempty"`

	Pin   int     `json:"pin,omitempty"`
	Pins  []int   `json:"pins,omitempty"`
	Level int     `json:"level"`
	MS    int     `json:"ms,omitempty"`
	US    int64   `json:"us,omitempty"`
	Slot  *Spiral `json:"slot,omitempty"`
}

// At is when it was said, by the guest's clock.
func (m Message) At() time.Duration { return time.Duration(m.US) * time.Microsecond }

// Spiral is a slot that hangs on the guest's pins. How is ok, jam, no-drop, or spark: it sells, and the motor sparks on the
// light barrier's wire when it starts.
type Spiral struct {
	Number int    `json:"number"`
	Motor  int    `json:"motor"`
	Home   int    `json:"home"`
	Drop   int    `json:"drop"`
	How    string `json:"how"`
}

// Hand is the host's end of the agent's port.
type Hand struct {
	port  io.ReadWriter
	event func(Message)

	mu    sync.Mutex
	next  int
	calls map[int]chan Message
	lost  error // why nothing is answered any more
}

func NewHand(port io.ReadWriter, event func(Message)) *Hand {
	return &Hand{port: port, event: event, calls: map[int]chan Message{}}
}

// Listen hands every line to who waits for it, until the port is lost.
func (h *Hand) Listen() error {
	in := bufio.NewScanner(h.port)
	in.Buffer(nil, 16<<20)
	err := func() error {
		for in.Scan() {
			var m Message
			if err := json.Unmarshal(in.Bytes(), &m); err != nil {
				return fmt.Errorf("reading the agent's words: %w: %.200q", err, in.Text())
			}
			h.deliver(m)
		}
		return in.Err()
	}()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lost = fmt.Errorf("the guest is gone")
	for id, c := range h.calls {
		close(c)
		delete(h.calls, id)
	}
	return err
}

func (h *Hand) deliver(m Message) {
	if m.ID == 0 {
		h.event(m)
		return
	}
	h.mu.Lock()
	c := h.calls[m.ID]
	delete(h.calls, m.ID)
	h.mu.Unlock()
	if c != nil {
		c <- m
	}
}

const agentPatience = 3 * time.Minute

// Ask lets the agent do something and waits for its answer.
func (h *Hand) Ask(m Message) (Message, error) {
	c := make(chan Message, 1)
	h.mu.Lock()
	if h.lost != nil {
		defer h.mu.Unlock()
		return m, fmt.Errorf("asking the guest to %s: %w", m.Do, h.lost)
	}
	h.next++
	m.ID = h.next
	h.calls[m.ID] = c
	b, err := json.Marshal(m)
	if err == nil {
		_, err = h.port.Write(append(b, '\n'))
	}
	h.mu.Unlock()
	if err != nil {
		return m, fmt.Errorf("asking the guest to %s: %w", m.Do, err)
	}
	select {
	case said, ok := <-c:
		switch {
		case !ok:
			return m, fmt.Errorf("asking the guest to %s: it is gone", m.Do)
		case said.Error != "":
			return said, fmt.Errorf("asking the guest to %s: %s", m.Do, said.Error)
		}
		return said, nil
	case <-time.After(agentPatience):
		return m, fmt.Errorf("asking the guest to %s: no answer in %v", m.Do, agentPatience)
	}
}

// Call runs a command in the guest to its end.
func (h *Hand) Call(argv ...string) (Message, error) {
	return h.Ask(Message{Do: "call", Argv: argv})
}
