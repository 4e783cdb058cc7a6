package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"kiosk/sale"
)

// format is the form of a recording. A program replays its own form only.
const format = 2

// line is one line of a recording: a step, or a point at which a replay can begin, or a view that the clerk showed by itself.
// A pressed key, shortened:
//
//	{"n":3,"t":1000000000,"w":"2027-01-15T16:00:01+08:00","in":"pressed","is":{"Draw":"6QMA…","Slot":2},
//	 "did":"write K1-0000016QMAMX7 new+chosen=asking; ask K1-0000016QMAMX7; show asking","sum":"37a1afc44812650a","seal":"6972b381"}
type line struct {
	N       int             `json:"n"`                 // steps since the recorder began; state and aside belong after that one
	Begin   string          `json:"begin,omitempty"`   // beginAwake, beginState
	Format  int             `json:"format,omitempty"`  // with Begin
	Program string          `json:"program,omitempty"` // with Begin: what recorded it
	Shop    *sale.Shop      `json:"shop,omitempty"`    // with Begin: the shop as it was before its first step
	Lost    int             `json:"lost,omitempty"`    // with Begin: steps for which the recorder had no room
	State   json.RawMessage `json:"state,omitempty"`   // with beginState
	Aside   *sale.View      `json:"aside,omitempty"`

	Mono   time.Duration   `json:"t,omitempty"`
	Wall   time.Time       `json:"w,omitzero"`
	Doubt  bool            `json:"doubt,omitempty"` // the wall is not trusted
	Kind   string          `json:"in,omitempty"`
	Input  json.RawMessage `json:"is,omitempty"`
	Deeds  string          `json:"did,omitempty"`  // for people
	Digest string          `json:"sum,omitempty"`  // of every deed, to the last field
	Fell   string          `json:"fell,omitempty"` // why there are no deeds: the shop panicked
}

const (
	beginAwake = "awake" // a life begins
	beginState = "state" // all that the shop remembers: what came before is not needed
)

// seal is what each line ends with, so that a line that was changed since is known.
const seal = `,"seal":"`

var errTorn = errors.New("the line is torn")

// encodeLine returns the line as it stands in a recording.
func (l *line) encodeLine() ([]byte, error) {
	b, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	b = b[:len(b)-1]
	return fmt.Appendf(b, `%s%08x"}`+"\n", seal, crc32.ChecksumIEEE(b)), nil
}

// readLine reads one line; sealed reports whether it is as it was written.
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

func (l *line) instant() sale.Instant {
	return sale.Instant{Mono: l.Mono, Wall: l.Wall, Trusted: !l.Doubt}
}

func (l *line) input() (sale.Input, error) {
	read, ok := kinds[l.Kind]
	if !ok {
		return nil, fmt.Errorf("%q is no input that this program knows", l.Kind)
	}
	return read(l.Input)
}

// kinds reads each input by its name.
var kinds = byKind(
	readInput[sale.Awake], readInput[sale.Pressed], readInput[sale.GaveUp], readInput[sale.Scanned], readInput[sale.Answered], readInput[sale.Vended],
	readInput[sale.Edge], readInput[sale.Beam], readInput[sale.Health], readInput[sale.Unshown], readInput[sale.Nudged], readInput[sale.DecideOrder],
	readInput[sale.ClearSlot], readInput[sale.CountStock], readInput[sale.ClearStop], readInput[sale.SetMaintenance], readInput[sale.SetOnSale],
	readInput[sale.EditProduct], readInput[sale.BeginTestVend], readInput[sale.EndTestVend], readInput[sale.NoteAct], readInput[sale.Located], readInput[sale.Tick],
)

// reader decodes an input; without any text it returns the zero input, whose Kind is known.
type reader func([]byte) (sale.Input, error)

func byKind(readers ...reader) map[string]reader {
	all := map[string]reader{}
	for _, r := range readers {
		in, _ := r(nil)
		all[in.Kind()] = r
	}
	return all
}

func readInput[T sale.Input](b []byte) (sale.Input, error) {
	var in T
	if len(b) == 0 {
		return in, nil
	}
	err := json.Unmarshal(b, &in)
	return in, err
}

// digestDeeds is one number for everything that deeds say.
func digestDeeds(deeds []sale.Deed, hide func(string) string) (string, error) {
	h := sha256.New()
	for _, d := range deeds {
		b, err := compactJSON(d, hide)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %s\n", summarizeDeeds(0, []sale.Deed{d}), b)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}
