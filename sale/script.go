package sale

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"
)

// scriptFormat is the form of a recording. A program replays its own form only.
const scriptFormat = 1

// Setup is what a shop is told before its first step.
type Setup struct {
	Kiosk                 string
	Merchant              Merchant
	Choice, Expiry, Probe time.Duration
}

func (s *Shop) setup() Setup { return Setup{s.Kiosk, s.Merchant, s.Choice, s.Expiry, s.Probe} }

func (u Setup) shop() *Shop {
	return &Shop{Kiosk: u.Kiosk, Merchant: u.Merchant, Choice: u.Choice, Expiry: u.Expiry, Probe: u.Probe}
}

// line is one line of a recording: a step, or where a replay may begin, or a view that the clerk showed by itself.
type line struct {
	N       int             `json:"n"`                 // steps since the recorder began; the memory and the aside belong after that one
	Begin   string          `json:"begin,omitempty"`   // beginAwake, beginMemory
	Format  int             `json:"format,omitempty"`  // with Begin
	Program string          `json:"program,omitempty"` // with Begin: what recorded it
	Setup   *Setup          `json:"setup,omitempty"`   // with Begin
	Lost    int             `json:"lost,omitempty"`    // with Begin: steps the recorder had no room for
	Memory  json.RawMessage `json:"memory,omitempty"`
	Aside   *View           `json:"aside,omitempty"`

	Mono   time.Duration   `json:"t,omitempty"`
	Wall   time.Time       `json:"w,omitzero"`
	Doubt  bool            `json:"doubt,omitempty"` // the wall is not trusted
	Kind   string          `json:"in,omitempty"`
	Input  json.RawMessage `json:"is,omitempty"`
	Deeds  string          `json:"did,omitempty"`  // for people
	Digest string          `json:"sum,omitempty"`  // of every deed, to the last field
	Fell   string          `json:"fell,omitempty"` // why there are no deeds: the shop fell over the input
}

const (
	beginAwake  = "awake"  // a life begins
	beginMemory = "memory" // all that the shop knows: what came before is not needed
)

// seal is what each line ends with, so that one that was changed since is known.
const seal = `,"seal":"`

var errTorn = errors.New("the line is torn")

// bytes is the line as it stands in a recording.
func (l *line) bytes() ([]byte, error) {
	b, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	b = b[:len(b)-1]
	return fmt.Appendf(b, `%s%08x"}`+"\n", seal, crc32.ChecksumIEEE(b)), nil
}

// readLine reads one line; sealed tells whether it is as it was written.
func readLine(b []byte) (l line, sealed bool, err error) {
	i := bytes.LastIndex(b, []byte(seal))
	if i < 0 {
		return l, false, errTorn
	}
	if err := json.Unmarshal(append(bytes.Clone(b[:i]), '}'), &l); err != nil {
		return l, false, errTorn
	}
	return l, string(b[i:]) == fmt.Sprintf(`%s%08x"}`, seal, crc32.ChecksumIEEE(b[:i])), nil
}

// kinds are the inputs by the name a recording calls them.
var kinds = map[string]func([]byte) (Input, error){
	"awake": input[Awake], "pressed": input[Pressed], "gaveup": input[GaveUp], "scanned": input[Scanned], "answered": input[Answered],
	"vended": input[Vended], "edge": input[Edge], "beam": input[Beam], "health": input[Health], "unshown": input[Unshown],
	"nudged": input[Nudged], "decideorder": input[DecideOrder], "clearslot": input[ClearSlot], "countstock": input[CountStock], "clearstop": input[ClearStop],
	"setmaintenance": input[SetMaintenance], "setonsale": input[SetOnSale], "editproduct": input[EditProduct], "begintestvend": input[BeginTestVend], "endtestvend": input[EndTestVend], "noteact": input[NoteAct], "located": input[Located], "tick": input[Tick],
}

func input[T Input](b []byte) (Input, error) {
	var in T
	if len(b) == 0 {
		return in, nil
	}
	err := json.Unmarshal(b, &in)
	return in, err
}

// kindOf is what a recording calls an input or a deed.
func kindOf(v any) string { return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", v), "sale.")) }

func (l *line) input() (Input, error) {
	read, ok := kinds[l.Kind]
	if !ok {
		return nil, fmt.Errorf("%q is no input that this program knows", l.Kind)
	}
	return read(l.Input)
}

func (l *line) instant() Instant { return Instant{Mono: l.Mono, Wall: l.Wall, Trusted: !l.Doubt} }

// digest is one number for everything that deeds say.
func (l lean) digest(deeds []Deed) (string, error) {
	h := sha256.New()
	for _, d := range deeds {
		b, err := l.text(d)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %s\n", kindOf(d), b)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// telling is what deeds say in a few words.
func telling(now time.Duration, deeds []Deed) string {
	var out []string
	for _, d := range deeds {
		switch d := d.(type) {
		case Write:
			out = append(out, "write "+d.Batch.telling())
		case Call:
			out = append(out, d.Kind+" "+tail(d.Order.No))
		case Vend:
			out = append(out, fmt.Sprintf("vend %d for %s", d.Order.Slot, tail(d.Order.No)))
		case Show:
			out = append(out, "show "+d.View.telling())
		case Arm:
			out = append(out, fmt.Sprint("arm ", d.On))
		case Forget:
			out = append(out, "forget "+string(d.Code))
		case Alarmed:
			out = append(out, fmt.Sprint("again in ", (d.At-now).Round(time.Millisecond)))
		}
	}
	return strings.Join(out, "; ")
}

func (p Batch) telling() string {
	var out []string
	for _, m := range p.Moves {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s+%s=%s %s", tail(m.Order.No), m.From, m.Event, m.Order.State, m.Order.Reason)))
	}
	for _, h := range p.Slots {
		out = append(out, strings.TrimSpace(fmt.Sprintf("shelf %d: %d %s%s", h.Slot, h.Stock, h.Fault, h.Flag)))
	}
	if p.Doubts != nil {
		out = append(out, fmt.Sprintf("doubts %d", p.Doubts.Count))
	}
	for _, a := range p.Alarms {
		out = append(out, a.Kind)
	}
	if p.Maintenance != nil {
		out = append(out, "maintenance")
	}
	return strings.Join(out, ", ")
}

func (v View) telling() string {
	out := []string{v.Screen}
	for _, w := range v.Why {
		out = append(out, w.Code)
	}
	if v.Note != "" {
		out = append(out, v.Note)
	}
	if v.Left > 0 {
		out = append(out, v.Left.String())
	}
	return strings.Join(out, " ")
}

// tail is enough of an order number to find it again.
func tail(no No) string {
	const head = 16
	if len(no) > head {
		return string(no[:head])
	}
	return string(no)
}
