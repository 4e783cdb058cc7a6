package pay

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"
)

// Limits of an answer. A usual one has twenty fields and under two kilobytes.
const (
	maxBody     = 64 << 10
	maxFields   = 256
	usualFields = 24
)

var errXML = errors.New("refuse the answer: it is not one flat xml element")

// flat reads <xml><name>value</name>…</xml>. It refuses whatever two readers could see differently: nesting,
// attributes, DOCTYPE, comments, doubled names, trailing text.
func flat(body []byte) (message, error) {
	m := message{marks: make([]mark, 0, usualFields)}
	err := m.read(body)
	return m, err
}

// read is flat into a message whose room is used again.
func (m *message) read(body []byte) error {
	if len(body) > maxBody {
		return errXML
	}
	if m.usual(body) {
		return nil
	}
	list, err := flatSlowly(body)
	if err != nil {
		return err
	}
	m.raw, m.marks = make([]byte, 0, len(body)), m.marks[:0]
	for _, f := range list {
		name := len(m.raw)
		m.raw = append(append(m.raw, f.name...), f.value...)
		if !m.add(markOf(headOf(f.name), name, name+len(f.name), name+len(f.name), len(m.raw))) {
			return errXML
		}
	}
	return nil
}

// flatSlowly reads any layout that is allowed.
func flatSlowly(body []byte) ([]field, error) {
	if !utf8.Valid(body) {
		return nil, errXML
	}
	r := reader{s: string(body)}
	r.prolog()
	r.want("<xml")
	r.blank()
	r.want(">")
	list := make([]field, 0, usualFields)
	for !r.bad {
		r.blank()
		if r.skip("</") {
			break
		}
		if len(list) == maxFields {
			return nil, errXML
		}
		list = append(list, r.child())
	}
	r.want("xml")
	r.blank()
	r.want(">")
	r.blank()
	if r.bad || r.s != "" {
		return nil, errXML
	}
	return list, nil
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

func (r *reader) blank() bool {
	n := 0
	for n < len(r.s) && (r.s[n] == ' ' || r.s[n] == '\n' || r.s[n] == '\r' || r.s[n] == '\t') {
		n++
	}
	r.s = r.s[n:]
	return n > 0
}

// until takes what stands before p, and p with it.
func (r *reader) until(p string) string {
	before, after, ok := strings.Cut(r.s, p)
	r.bad = r.bad || !ok
	r.s = after
	return before
}

// prolog passes a byte order mark, blanks and the XML declaration, which may name UTF-8 only.
func (r *reader) prolog() {
	r.skip("\ufeff")
	r.blank()
	if !r.skip("<?xml") {
		return
	}
	d := reader{s: r.until("?>")}
	d.declared("version", "1.0")
	if strings.Contains(d.s, "encoding") {
		d.declared("encoding", "utf-8")
	}
	if strings.Contains(d.s, "standalone") {
		d.declared("standalone", "yes")
	}
	d.blank()
	r.bad = r.bad || d.bad || d.s != ""
	r.blank()
}

// declared passes a blank and name="value" with either quote.
func (r *reader) declared(name, value string) {
	r.bad = r.bad || !r.blank()
	r.want(name + "=")
	quote := `"`
	if strings.HasPrefix(r.s, "'") {
		quote = "'"
	}
	r.want(quote)
	r.bad = r.bad || !strings.EqualFold(r.until(quote), value)
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
	first, whole := "", []byte(nil) // one piece is a substring; only a second piece makes a copy
	for n := 0; !r.bad; n++ {
		var piece string
		if r.skip(cdata) {
			piece = lines(r.until("]]>"))
		} else if r.skip("</") {
			break
		} else {
			piece = r.text()
		}
		r.bad = r.bad || !printable(piece)
		switch n {
		case 0:
			first = piece
		case 1:
			whole = append([]byte(first), piece...)
		default:
			whole = append(whole, piece...)
		}
	}
	if whole != nil {
		return string(whole)
	}
	return first
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
	digits, base := strings.TrimPrefix(ref, "#"), rune(10)
	if digits == ref || len(digits) > 9 {
		return -1
	}
	if digits != "" && digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, some := rune(0), false
	for _, c := range []byte(digits) {
		d := rune(strings.IndexByte("0123456789abcdef0123456789ABCDEF", c)) % 16
		if d < 0 || d >= base || n > utf8.MaxRune {
			return -1
		}
		n, some = n*base+d, true
	}
	if !some || !utf8.ValidRune(n) {
		return -1
	}
	return n
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
func envelope(list []field) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, f := range list {
		if f.value == "" {
			continue
		}
		if !utf8.ValidString(f.value) || !printable(f.value) {
			return nil, errors.New("write the request: " + f.name + " holds a character that XML forbids")
		}
		b.WriteString("<" + f.name + ">")
		b.WriteString(escape.Replace(f.value))
		b.WriteString("</" + f.name + ">")
	}
	b.WriteString("</xml>")
	return b.Bytes(), nil
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;", "\n", "&#10;", "\t", "&#9;")
