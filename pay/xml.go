package pay

import (
	"bytes"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of an answer. A usual one has twenty fields and under two kilobytes.
const (
	maxBody   = 64 << 10
	maxFields = 256
)

// message is a v2 message: its fields by name. One that is absent is "", as one that is empty.
type message map[string]string

// field is one element of a message.
type field struct{ name, value string }

var errXML = errors.New("refuse the answer: it is not one flat xml element")

// flat reads <xml><name>value</name>…</xml>. It refuses whatever two readers could see differently: nesting,
// attributes, DOCTYPE, comments, doubled names, trailing text.
func flat(body []byte) (message, error) {
	if len(body) > maxBody || !utf8.Valid(body) {
		return nil, errXML
	}
	r, m := reader{s: string(body)}, message{}
	r.prolog()
	r.want("<xml")
	r.blank()
	r.want(">")
	for !r.bad {
		r.blank()
		if r.skip("</") {
			break
		}
		f := r.child()
		if _, twice := m[f.name]; twice || len(m) == maxFields {
			return nil, errXML
		}
		m[f.name] = f.value
	}
	r.want("xml")
	r.blank()
	r.want(">")
	r.blank()
	if r.bad || r.s != "" {
		return nil, errXML
	}
	return m, nil
}

// reader walks through a text. Once bad it stays bad, so that its users need not ask at each step.
type reader struct {
	s   string
	bad bool
}

func (r *reader) skip(p string) bool {
	if !strings.HasPrefix(r.s, p) {
		return false
	}
	r.s = r.s[len(p):]
	return true
}

func (r *reader) want(p string) { r.bad = r.bad || !r.skip(p) }

func (r *reader) blank() { r.s = strings.TrimLeft(r.s, " \n\r\t") }

// until takes what stands before p, and p with it.
func (r *reader) until(p string) string {
	before, after, ok := strings.Cut(r.s, p)
	r.bad = r.bad || !ok
	r.s = after
	return before
}

// declaration is the XML declaration, which may name UTF-8 only.
var declaration = regexp.MustCompile(`^<\?xml[ \t\r\n]+version=("1\.0"|'1\.0')` +
	`([ \t\r\n]+encoding=("(?i:utf-8)"|'(?i:utf-8)'))?([ \t\r\n]+standalone=("(?i:yes)"|'(?i:yes)'))?[ \t\r\n]*\?>`)

// prolog passes a byte order mark, blanks and the declaration.
func (r *reader) prolog() {
	r.skip("\ufeff")
	r.blank()
	r.s = r.s[len(declaration.FindString(r.s)):]
	r.blank()
}

const cdata = "<![CDATA["

// child reads one <name>value</name> or <name/>.
func (r *reader) child() field {
	r.want("<")
	n := 0
	for n < len(r.s) && nameByte(r.s[n], n == 0) {
		n++
	}
	r.bad = r.bad || n == 0
	if r.bad {
		return field{}
	}
	name := r.s[:n]
	r.s = r.s[n:]
	r.blank()
	if r.skip("/>") {
		return field{name, ""}
	}
	r.want(">")
	value := r.value()
	r.want(name)
	r.blank()
	r.want(">")
	return field{name, value}
}

func nameByte(c byte, first bool) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		return true
	case '0' <= c && c <= '9', c == '-', c == '.':
		return !first
	}
	return false
}

// value reads text and CDATA up to and with the "</" that ends it.
func (r *reader) value() string {
	var whole strings.Builder
	for !r.bad && !r.skip("</") {
		var piece string
		if r.skip(cdata) {
			piece = lines(r.until("]]>"))
		} else {
			piece = r.text()
		}
		r.bad = r.bad || !printable(piece)
		whole.WriteString(piece)
	}
	return whole.String()
}

// text reads plain text up to the next "<" and puts in what its references stand for.
func (r *reader) text() string {
	end := strings.IndexByte(r.s, '<')
	if end <= 0 {
		r.bad = true // the end of the text, or an element inside an element
		return ""
	}
	raw := r.s[:end]
	r.s = r.s[end:]
	if strings.Contains(raw, "]]>") {
		r.bad = true
		return ""
	}
	raw = lines(raw)
	if strings.IndexByte(raw, '&') < 0 {
		return raw
	}
	var b strings.Builder
	for raw != "" {
		before, after, found := strings.Cut(raw, "&")
		b.WriteString(before)
		if !found {
			break
		}
		ref, rest, closed := strings.Cut(after, ";")
		c := reference(ref)
		r.bad = r.bad || !closed || c < 0
		b.WriteRune(c)
		raw = rest
	}
	return b.String()
}

// lines makes every line end "\n", as XML has it.
func lines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

var entities = map[string]rune{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\''}

// reference says what stands between & and ; or a negative number.
func reference(ref string) rune {
	if c, ok := entities[ref]; ok {
		return c
	}
	digits, base := strings.TrimPrefix(ref, "#"), 10
	if digits == ref || len(digits) > 9 {
		return -1
	}
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 31)
	if err != nil || !utf8.ValidRune(rune(n)) {
		return -1
	}
	return rune(n)
}

// printable tells whether a text holds only characters that XML allows.
func printable(s string) bool {
	for _, c := range s {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xFFFE || c == 0xFFFF {
			return false
		}
	}
	return true
}

// envelope writes fields as an xml message. Everything is escaped, nothing is put in CDATA.
func envelope(m message) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, name := range slices.Sorted(maps.Keys(m)) {
		value := m[name]
		if value == "" {
			continue
		}
		if !utf8.ValidString(value) || !printable(value) {
			return nil, errors.New("write the request: " + name + " holds a character that XML forbids")
		}
		b.WriteString("<" + name + ">" + escape.Replace(value) + "</" + name + ">")
	}
	b.WriteString("</xml>")
	return b.Bytes(), nil
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;", "\n", "&#10;", "\t", "&#9;")
