package pay

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
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

// parseFlat reads <xml><name>value</name>…</xml>. It refuses everything that two readers could see differently: nesting,
// attributes, DOCTYPE, comments, doubled names, trailing text. encoding/xml takes all of that, and resolves what it can: a
// signature could then be checked over one reading of a message, and money moved by another.
func parseFlat(body []byte) (message, error) {
	if len(body) > maxBody || !utf8.Valid(body) {
		return nil, errXML
	}
	r, m := xmlReader{s: string(body)}, message{}
	r.readProlog()
	r.want("<xml")
	r.skipBlanks()
	r.want(">")
	for !r.bad {
		r.skipBlanks()
		if r.skip("</") {
			break
		}
		f := r.readField()
		if _, twice := m[f.name]; twice || len(m) == maxFields {
			return nil, errXML
		}
		m[f.name] = f.value
	}
	r.want("xml")
	r.skipBlanks()
	r.want(">")
	r.skipBlanks()
	if r.bad || r.s != "" {
		return nil, errXML
	}
	return m, nil
}

// xmlReader walks through a text. Once bad it stays bad, so that its users need not ask at each step.
type xmlReader struct {
	s   string
	bad bool
}

func (r *xmlReader) skip(p string) bool {
	if !strings.HasPrefix(r.s, p) {
		return false
	}
	r.s = r.s[len(p):]
	return true
}

func (r *xmlReader) want(p string) { r.bad = r.bad || !r.skip(p) }

func (r *xmlReader) skipBlanks() { r.s = strings.TrimLeft(r.s, " \n\r\t") }

// until takes the text before p, and p with it.
func (r *xmlReader) until(p string) string {
	before, after, ok := strings.Cut(r.s, p)
	r.bad = r.bad || !ok
	r.s = after
	return before
}

// declaration is the XML declaration, which may name UTF-8 only.
var declaration = regexp.MustCompile(`^<\?xml[ \t\r\n]+version=("1\.0"|'1\.0')` +
	`([ \t\r\n]+encoding=("(?i:utf-8)"|'(?i:utf-8)'))?([ \t\r\n]+standalone=("(?i:yes)"|'(?i:yes)'))?[ \t\r\n]*\?>`)

// readProlog passes a byte order mark, blanks and the declaration.
func (r *xmlReader) readProlog() {
	r.skip("\ufeff")
	r.skipBlanks()
	r.s = r.s[len(declaration.FindString(r.s)):]
	r.skipBlanks()
}

const cdata = "<![CDATA["

// readField reads one <name>value</name> or <name/>.
func (r *xmlReader) readField() field {
	r.want("<")
	name := r.s[:len(r.s)-len(strings.TrimLeft(r.s, nameBytes))]
	if r.bad = r.bad || strings.TrimLeft(name, "0123456789-.") != name || name == ""; r.bad {
		return field{}
	}
	r.s = r.s[len(name):]
	r.skipBlanks()
	if r.skip("/>") {
		return field{name, ""}
	}
	r.want(">")
	value := r.readValue()
	r.want(name)
	r.skipBlanks()
	r.want(">")
	return field{name, value}
}

// nameBytes are those of ASCII names without a colon: no field of the gateway has a namespace. No name begins with a digit,
// a hyphen or a point.
const nameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-."

// readValue reads text and CDATA up to and with the "</" that ends it.
func (r *xmlReader) readValue() string {
	var whole strings.Builder
	for !r.bad && !r.skip("</") {
		var piece string
		if r.skip(cdata) {
			piece = lineEnds.Replace(r.until("]]>"))
		} else {
			piece = r.readText()
		}
		r.bad = r.bad || !isPrintable(piece)
		whole.WriteString(piece)
	}
	return whole.String()
}

// readText reads plain text up to the next "<" and resolves its references.
func (r *xmlReader) readText() string {
	end := strings.IndexByte(r.s, '<')
	if end <= 0 {
		r.bad = true // the end of the text, or an element inside an element
		return ""
	}
	raw := lineEnds.Replace(r.s[:end])
	r.s = r.s[end:]
	r.bad = strings.Contains(raw, "]]>")
	var b strings.Builder
	for raw != "" && !r.bad {
		before, after, found := strings.Cut(raw, "&")
		b.WriteString(before)
		if !found {
			break
		}
		ref, rest, closed := strings.Cut(after, ";")
		c := readReference(ref)
		r.bad = r.bad || !closed || c < 0
		b.WriteRune(c)
		raw = rest
	}
	return b.String()
}

// lineEnds makes every line end "\n", as XML has it.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

var entities = map[string]rune{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\''}

// readReference is the character of a reference, without its & and ;. It is negative if there is no such character.
func readReference(ref string) rune {
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

// isPrintable returns whether a text holds only characters that XML allows.
func isPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xFFFE || c == 0xFFFF
	})
}

// encodeXML writes fields as an xml message. Everything is escaped, nothing is put in CDATA.
func encodeXML(m message) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, name := range slices.Sorted(maps.Keys(m)) {
		value := m[name]
		if value == "" {
			continue
		}
		if !utf8.ValidString(value) || !isPrintable(value) {
			return nil, errors.New("write the request: " + name + " holds a character that XML forbids")
		}
		b.WriteString("<" + name + ">" + xmlEscaper.Replace(value) + "</" + name + ">")
	}
	b.WriteString("</xml>")
	return b.Bytes(), nil
}

// xmlEscaper escapes line ends and tabs too: a parser may normalize bare ones, and the signature would differ.
var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;", "\n", "&#10;", "\t", "&#9;")

// The two ways to sign that API v2 knows.
const (
	signMD5  = "MD5"
	signHMAC = "HMAC-SHA256"
)

var errSignType = errors.New("choose the sign type: it must be MD5 or HMAC-SHA256")

// Sign computes the signature of a v2 message: upper-case hex over its fields in byte order of their
// names, without empty ones and without one named sign. signType is MD5 or HMAC-SHA256.
func Sign(fields map[string]string, key, signType string) (string, error) {
	text := []byte(signedText(fields) + key)
	switch signType {
	case signMD5:
		sum := md5.Sum(text)
		return strings.ToUpper(hex.EncodeToString(sum[:])), nil
	case signHMAC:
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(text)
		return strings.ToUpper(hex.EncodeToString(mac.Sum(nil))), nil
	}
	return "", errSignType
}

// signedText is the text that a signature is made over, up to the key.
func signedText(m message) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if m[name] != "" && name != "sign" {
			b.WriteString(name + "=" + m[name] + "&")
		}
	}
	return b.String() + "key="
}

// hasSignature returns whether sign is the signature of the message, in constant time: a sender learns nothing from how
// long a wrong one took.
func (m message) hasSignature(sign, key, signType string) bool {
	want, err := Sign(m, key, signType)
	return err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(sign)) == 1
}

// noticeID is the digest of the signed text without the key. The book keeps a notice once by it, in any layout of its XML.
func (m message) noticeID() string {
	sum := sha256.Sum256([]byte(signedText(m)))
	return hex.EncodeToString(sum[:])
}

// Fingerprint is a short one-way mark of a key. The book keeps it with each order, to know keys apart without holding them.
func Fingerprint(key string) string {
	sum := sha256.Sum256([]byte("kiosk key mark\x00" + key))
	return hex.EncodeToString(sum[:8])
}
