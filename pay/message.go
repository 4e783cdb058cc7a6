package pay

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"sync"
)

// message is a v2 message that was read: its bytes, and where in them each field lies. It holds no copy, so
// what is to outlive the bytes is taken out by get.
type message struct {
	raw   []byte
	marks []mark // sorted by name
}

// mark is where a field lies. Two words travel in registers; a struct of small numbers does not.
type mark struct {
	head  uint64 // the first eight bytes of the name: they nearly always tell the order
	place uint64 // where the name and the value begin and end, sixteen bits each: a body has 64 KiB at most
}

func markOf(head uint64, name, nameEnd, value, valueEnd int) mark {
	return mark{head, uint64(name)<<48 | uint64(nameEnd)<<32 | uint64(value)<<16 | uint64(valueEnd)}
}

func (k mark) name() (from, to int) { return int(k.place >> 48), int(k.place >> 32 & 0xFFFF) }

func (k mark) value() (from, to int) { return int(k.place >> 16 & 0xFFFF), int(k.place & 0xFFFF) }

// messages are kept for the notices, which come in crowds.
var messages = sync.Pool{New: func() any { return &message{marks: make([]mark, 0, 2*usualFields)} }}

// drop gives a message back; its bytes are somebody else's again.
func (m *message) drop() {
	m.raw = nil
	messages.Put(m)
}

func (m *message) nameOf(k mark) []byte {
	from, to := k.name()
	return m.raw[from:to]
}

func (m *message) valueOf(k mark) []byte {
	from, to := k.value()
	return m.raw[from:to]
}

// add puts a field where it belongs, and refuses a name that is there already.
func (m *message) add(k mark) bool {
	at := len(m.marks)
	if at == maxFields {
		return false
	}
	m.marks = append(m.marks, k)
	return at == 0 || m.marks[at-1].head < k.head || m.sift(at)
}

// sift moves the last field down to where it belongs.
func (m *message) sift(at int) bool {
	k := m.marks[at]
	for ; at > 0; at-- {
		was := m.marks[at-1]
		if was.head < k.head {
			break
		}
		if was.head == k.head {
			order := bytes.Compare(m.nameOf(was), m.nameOf(k))
			if order == 0 {
				return false
			}
			if order < 0 {
				break
			}
		}
		m.marks[at] = was
	}
	m.marks[at] = k
	return true
}

// headOf is the first eight bytes of a name as a number; nothing stands for what a short one lacks.
func headOf(name string) (head uint64) {
	if len(name) >= 8 {
		return uint64(name[7]) | uint64(name[6])<<8 | uint64(name[5])<<16 | uint64(name[4])<<24 |
			uint64(name[3])<<32 | uint64(name[2])<<40 | uint64(name[1])<<48 | uint64(name[0])<<56
	}
	for i := range len(name) {
		head |= uint64(name[i]) << (56 - 8*i)
	}
	return head
}

// see is the value of a field where it lies; nil if there is none.
func (m *message) see(name string) []byte {
	head, at := headOf(name), 0
	for at < len(m.marks) && m.marks[at].head < head {
		at++
	}
	for ; at < len(m.marks) && m.marks[at].head == head; at++ {
		if k := m.marks[at]; string(m.nameOf(k)) == name {
			return m.valueOf(k)
		}
	}
	return nil
}

// get is the value of a field, for keeps; "" if there is none.
func (m *message) get(name string) string { return string(m.see(name)) }

// is tells whether a field has that value; one that is absent is "".
func (m *message) is(name, value string) bool { return string(m.see(name)) == value }

// signed tells whether sign is the signature of the message, in constant time.
func (m *message) signed(sign []byte, key, signType string) bool {
	p := pads.Get().(*pad)
	defer pads.Put(p)
	m.lay(p, key)
	var want [2 * sha256.Size]byte
	n, err := p.seal(key, signType, &want)
	return err == nil && len(sign) == n && subtle.ConstantTimeCompare(want[:n], sign) == 1
}

// id is the digest of what a signature is made over, without the key: however that is written, it is one message.
func (m *message) id() string {
	p := pads.Get().(*pad)
	defer pads.Put(p)
	m.lay(p, "")
	sum := sha256.Sum256(p.text)
	return hex.EncodeToString(sum[:])
}

const signHead = uint64('s'<<24|'i'<<16|'g'<<8|'n') << 32

// lay writes the text that is signed.
func (m *message) lay(p *pad, key string) {
	room := len(m.raw) + len(m.marks)*len("=&") + len("key=") + len(key) + strip
	text, n := slices.Grow(p.text[:0], room)[:room:room], 0
	for _, k := range m.marks {
		from, to := k.value()
		if from == to || k.head == signHead {
			continue
		}
		name, nameEnd := k.name()
		n = put(text, n, m.raw, name, nameEnd)
		text[n] = '='
		n = put(text, n+1, m.raw, from, to)
		text[n] = '&'
		n++
	}
	p.text = append(append(text[:n], "key="...), key...)
}

const strip = 32

// put copies raw[from:end] to text[at:], and says where it ends there. A short piece goes as a whole strip with
// whatever stands behind it, which costs a third of counting it out: the next piece is written over what is too much.
func put(text []byte, at int, raw []byte, from, end int) int {
	if end-from <= strip && from+strip <= len(raw) {
		*(*[strip]byte)(text[at : at+strip : at+strip]) = [strip]byte(raw[from : from+strip : from+strip])
	} else {
		copy(text[at:], raw[from:end])
	}
	return at + end - from
}
