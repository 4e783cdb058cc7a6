package record

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"kiosk/sale"
)

// format is the form of a recording. A program replays its own form only.
const format = 2

// line is one line of a recording: a step, or a point at which a replay can begin, or a view that the clerk showed by itself.
// A pressed key, shortened:
//
//	{"n":3,"t":1000000000,"w":"2027-01-15T16:00:01+08:00","trusted":true,"in":"pressed","is":{"Slot":2,"Draw":"6QMA…"},
//	 "did":"write K1-0000016QMAMX7 new+chosen=asking; ask K1-0000016QMAMX7; show asking","sum":"37a1afc44812650a","seal":"6972b381"}
type line struct {
	N       int             `json:"n"`                 // steps since the recorder began; State and Aside belong after that one
	Begin   string          `json:"begin,omitempty"`   // beginAwake, beginState
	Format  int             `json:"format,omitempty"`  // with Begin
	Program string          `json:"program,omitempty"` // with Begin: what recorded it
	Shop    *sale.Shop      `json:"shop,omitempty"`    // with Begin: only its exported fields are read, which no step changes
	Lost    int             `json:"lost,omitempty"`    // with Begin: steps for which the recorder had no room
	State   *sale.ShopState `json:"state,omitempty"`   // with beginState
	Aside   *sale.View      `json:"aside,omitempty"`

	sale.Instant
	Kind   string          `json:"in,omitempty"`
	Input  json.RawMessage `json:"is,omitempty"`
	Deeds  string          `json:"did,omitempty"`  // for people
	Digest string          `json:"sum,omitempty"`  // of every deed, to the last field
	Fell   string          `json:"fell,omitempty"` // why there are no deeds: the shop panicked

	// The writer makes Kind, Input, Deeds and Digest of these: the shop does not wait for JSON.
	in      sale.Input
	deeds   []sale.Deed
	flushed chan struct{} // with nothing else: Flush waits for it
}

const (
	beginAwake = "awake" // a life begins
	beginState = "state" // all that the shop remembers: a replay needs nothing from before
)

// seal begins the end of each line: its checksum shows a later change.
const seal = `,"seal":"`

// encodeLine returns the line as it stands in a recording.
func (l *line) encodeLine() ([]byte, error) {
	b, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	b = b[:len(b)-1]
	return fmt.Appendf(b, `%s%08x"}`+"\n", seal, crc32.ChecksumIEEE(b)), nil
}

// readLine reads one line: whole if it is one, sealed if it is as it was written. A member that this program does not
// know makes it unreadable: a shop without that part of its memory would go astray much later.
func readLine(b []byte) (l line, whole, sealed bool) {
	i := bytes.LastIndex(b, []byte(seal))
	if i < 0 {
		return l, false, false
	}
	d := json.NewDecoder(bytes.NewReader(append(bytes.Clone(b[:i]), '}')))
	d.DisallowUnknownFields()
	whole = d.Decode(&l) == nil
	return l, whole, string(b[i:]) == fmt.Sprintf(`%s%08x"}`, seal, crc32.ChecksumIEEE(b[:i]))
}

// kinds reads each input by its name.
var kinds = byKind(
	readInput[sale.Awake], readInput[sale.Pressed], readInput[sale.GaveUp], readInput[sale.Scanned], readInput[sale.Answered],
	readInput[sale.Vended], readInput[sale.Edge], readInput[sale.Beam], readInput[sale.Health], readInput[sale.Unshown],
	readInput[sale.Barred], readInput[sale.Nudged], readInput[sale.DecideOrder], readInput[sale.ClearSlot], readInput[sale.CountStock],
	readInput[sale.ClearStop], readInput[sale.SetMaintenance], readInput[sale.SetOnSale], readInput[sale.EditProduct],
	readInput[sale.BeginTestVend], readInput[sale.EndTestVend], readInput[sale.NoteAct], readInput[sale.CloseTrial], readInput[sale.Located],
	readInput[sale.BookDamaged], readInput[sale.AcceptBook], readInput[sale.Tick],
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

// digestDeeds is one number for everything that deeds say. A deed with a time after the year 9999 has no JSON: then its words count.
func digestDeeds(deeds []sale.Deed) string {
	h := sha256.New()
	for _, d := range deeds {
		fmt.Fprint(h, summarizeDeeds(0, []sale.Deed{d}), " ")
		_ = json.NewEncoder(h).Encode(d)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// summarizeDeeds says in a few words what deeds do: a difference prints them, the digest decides. Sixteen
// characters of an order number are enough to find it again.
func summarizeDeeds(now time.Duration, deeds []sale.Deed) string {
	var out []string
	for _, d := range deeds {
		switch d := d.(type) {
		case sale.Write:
			out = append(out, "write "+summarizeBatch(d.Batch))
		case sale.Call:
			out = append(out, fmt.Sprintf("%s %.16s", d.Kind, d.Order.No))
		case sale.Vend:
			out = append(out, fmt.Sprintf("vend %d for %.16s", d.Order.Slot, d.Order.No))
		case sale.Show:
			out = append(out, "show "+summarizeView(d.View))
		case sale.Arm:
			out = append(out, fmt.Sprint("arm ", d.On))
		case sale.Forget:
			out = append(out, "forget "+string(d.Code))
		case sale.Reply:
			out = append(out, "reply "+cmp.Or(string(d.Refusal), "done"))
		case sale.Alarmed:
			out = append(out, fmt.Sprint("again in ", (d.At-now).Round(time.Millisecond)))
		}
	}
	return strings.Join(out, "; ")
}

func summarizeBatch(p sale.Batch) string {
	var out []string
	for _, m := range p.Moves {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%.16s %s+%s=%s %s", m.Order.No, m.From, m.Event, m.Order.State, m.Order.Reason)))
	}
	for _, h := range p.Slots {
		out = append(out, strings.TrimSpace(fmt.Sprintf("shelf %d: %d %s%s", h.Slot, h.Stock, h.Fault, h.Flag)))
	}
	for _, a := range p.Alarms {
		out = append(out, a.Kind)
	}
	return strings.Join(out, ", ")
}

func summarizeView(v sale.View) string {
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
