package hw

import (
	"bytes"
	"regexp"
	"strings"
)

// Wrapping is what a scan module puts around the codes that it reads, as some do in their factory setting.
type Wrapping struct {
	Around string // the characters, such as "]C0" or "STX"; "": nothing
	Read   bool   // the codes are read all the same
}

// aroundCode are characters that a module is known to put around a code: an AIM identifier, a letter for the kind of code, the
// escape of an ECI. A code inside of them is whole, so it may be charged.
var aroundCode = regexp.MustCompile(`^(\][A-Za-z][0-9A-Za-z]|[A-Za-z]|\\0000[0-9]{2})?([0-9]+)$`)

// unwrapCode takes a payment code out of what a module put around it. A text that is no payment code then stays as it is; if it
// looks like one in something unknown, that is named, for a technician to set the module.
func unwrapCode(text string) (string, Wrapping) {
	if CodeKind(text) != "other" {
		return text, Wrapping{}
	}
	plain := strings.ReplaceAll(text, " ", "")
	found := aroundCode.FindStringSubmatch(plain)
	if found == nil || CodeKind(found[2]) == "other" {
		return text, Wrapping{Around: guessAround(plain)}
	}
	around := found[1]
	if plain != text {
		around = strings.TrimSpace(around + " blanks")
	}
	return found[2], Wrapping{Around: around, Read: true}
}

// oneCode is a text with one run of as many digits as a WeChat code has, and little around it.
var oneCode = regexp.MustCompile(`^([^0-9]{0,8})1[0-5][0-9]{16}([^0-9]{0,8})$`)

func guessAround(text string) string {
	if found := oneCode.FindStringSubmatch(text); found != nil {
		return found[1] + found[2]
	}
	return ""
}

// edgeBytes are control characters that a module may send before and after a code. Within a code they are noise.
var edgeBytes = map[byte]string{1: "SOH", 2: "STX", 3: "ETX", 4: "EOT", 7: "BEL", 0x11: "XON", 0x13: "XOFF", 0x1D: "GS", 0x1E: "RS"}

// byteOrderMark begins a text in UTF-8 for some modules.
var byteOrderMark = []byte{0xEF, 0xBB, 0xBF}

// addEdge takes a byte that is no character, and reports whether it stands at the edge of a record, where it does no harm.
func (l *RecordSplitter) addEdge(c byte) bool {
	_, known := edgeBytes[c]
	mark := len(l.text) == 0 && len(l.edge) < len(byteOrderMark) && bytes.HasPrefix(byteOrderMark, append(bytes.Clone(l.edge), c))
	if l.garbage || !known && !mark || len(l.edge) >= 8 {
		return false
	}
	l.edge = append(l.edge, c)
	l.closed = len(l.text) > 0
	return true
}

// edgeNames are the control characters around a record, in words.
func (l *RecordSplitter) edgeNames() string {
	if bytes.HasPrefix(l.edge, byteOrderMark) {
		return "BOM"
	}
	var names []string
	for _, c := range l.edge {
		names = append(names, edgeBytes[c])
	}
	return strings.Join(names, " ")
}
