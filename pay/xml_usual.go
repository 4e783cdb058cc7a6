package pay

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// usual reads a message laid out as the gateway nearly always does: fields of one text without references or one
// CDATA each. At anything else it says no and leaves all to flatSlowly, which alone decides what is refused.
func (m *message) usual(b []byte) bool {
	m.raw, m.marks = b[:len(b):len(b)], m.marks[:0]
	if !bytes.HasPrefix(b, []byte("<xml>")) {
		return false
	}
	for at := len("<xml>"); ; {
		for at < len(b) && (b[at] == '\n' || b[at] == '\r' || b[at] == ' ') {
			at++
		}
		if at+1 < len(b) && b[at+1] == '/' {
			end, is := bytes.CutPrefix(b[at:], []byte("</xml>"))
			return is && len(bytes.Trim(end, "\r\n ")) == 0
		}
		k, next := usualField(b, at)
		if next == 0 || !m.add(k) {
			return false
		}
		at = next
	}
}

// slack is what comes behind the name of the shortest field: a word may be looked at there.
const slack = len("></a></xml>")

// usualField reads one <name>value</name>, and says where the next begins; 0 if it is not of the usual kind.
func usualField(b []byte, at int) (k mark, next int) {
	if at+slack > len(b) || b[at] != '<' || b[at+1] <= '9' {
		return k, 0
	}
	at++
	first := word(b, at)
	end := nameEnd(b, at, first)
	n := end - at
	if n == 0 || end+slack > len(b) || b[end] != '>' {
		return k, 0
	}
	from, to := end+1, 0
	if word(b, from) == cdataWord && b[from+8] == '[' {
		from += len(cdata)
		to = cdataEnd(b, from)
		if end = to + len("]]>"); to+8 > len(b) || word(b, to)&(1<<40-1) != cdataClose {
			return k, 0
		}
	} else {
		for to = from; to < len(b) && usualBytes[b[to]]; to++ {
		}
		if end = to; to+2 > len(b) || b[to] != '<' || b[to+1] != '/' {
			return k, 0
		}
	}
	next = end + len("</>") + n
	if next+len("</xml>") > len(b) || b[next-1] != '>' || !same(b, at, end+2, n) {
		return k, 0
	}
	if n < 8 {
		first &= 1<<(8*n) - 1
	}
	return markOf(bits.ReverseBytes64(first), at, at+n, from, to), next
}

const (
	cdataWord  = '<' | '!'<<8 | '['<<16 | 'C'<<24 | 'D'<<32 | 'A'<<40 | 'T'<<48 | 'A'<<56
	cdataClose = ']' | ']'<<8 | '>'<<16 | '<'<<24 | '/'<<32
)

func word(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at : at+8 : at+8]) }

// same tells whether n bytes stand at both places. Behind each at least eight bytes more are there.
func same(b []byte, one, two, n int) bool {
	switch {
	case n <= 8:
		return (word(b, one)^word(b, two))<<(64-8*n) == 0
	case n <= 16:
		return word(b, one) == word(b, two) && word(b, one+n-8) == word(b, two+n-8)
	}
	return string(b[one:one+n]) == string(b[two:two+n])
}

const ones, tops = 0x0101010101010101, 0x8080808080808080

// nameEnd is where the name that begins with first ends.
func nameEnd(b []byte, at int, first uint64) int {
	for w := first; ; w = word(b, at) {
		letter := (w + 0x1F*ones) &^ (w + 0x05*ones)
		digit := (w + 0x50*ones) &^ (w + 0x46*ones)
		good := (letter | digit | ^(w ^ '_'*ones + 0x7F*ones)) &^ w & tops
		if good != tops {
			return at + bits.TrailingZeros64(good^tops)/8
		}
		if at += 8; at+8 > len(b) {
			return len(b)
		}
	}
}

// cdataEnd is where a CDATA ends, or where something stands that XML forbids or reads another way.
func cdataEnd(b []byte, at int) int {
	for at+8 <= len(b) {
		w := word(b, at)
		good := (w + 0x60*ones) & (w ^ ']'*ones + 0x7F*ones) &^ w & tops // a byte beyond ASCII spoils the sums behind it only
		if good == tops {
			at += 8
			continue
		}
		at += bits.TrailingZeros64(good^tops) / 8
		if b[at] < utf8.RuneSelf {
			return at
		}
		c, size := utf8.DecodeRune(b[at:])
		if c == utf8.RuneError && size == 1 || c == 0xFFFE || c == 0xFFFF {
			return at
		}
		at += size
	}
	return len(b)
}

// usualBytes are those of a bare value that mean only themselves.
var usualBytes = func() (is [utf8.RuneSelf * 2]bool) {
	for c := byte(' '); c < utf8.RuneSelf; c++ {
		is[c] = c != '<' && c != '&' && c != ']'
	}
	return is
}()
