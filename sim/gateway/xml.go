package gateway

import (
	"bytes"
	"encoding/xml"
	"io"
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

// element is one child of the root, in the order of the wire.
type element struct{ Name, Value string }

// parseXML reads a flat request. What it refuses it names by the gateway's own word.
func parseXML(body []byte) (params map[string]string, refusal string) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, "POST_DATA_EMPTY"
	}
	if !utf8.Valid(body) {
		return nil, "NOT_UTF8"
	}
	params = map[string]string{}
	dec := xml.NewDecoder(bytes.NewReader(body))
	depth, done, name := 0, false, ""
	var value strings.Builder
	for {
		token, err := dec.Token()
		if err == io.EOF && done {
			return params, ""
		}
		if err != nil {
			return nil, "XML_FORMAT_ERROR"
		}
		ok := true
		switch t := token.(type) {
		case xml.StartElement:
			_, twice := params[t.Name.Local]
			depth++
			ok = len(t.Attr) == 0 && t.Name.Space == "" &&
				(depth == 1 && !done && t.Name.Local == "xml" || depth == 2 && !twice)
			name = t.Name.Local
			value.Reset()
		case xml.EndElement:
			if depth == 2 {
				params[name] = value.String()
			}
			depth--
			done = depth == 0
		case xml.CharData:
			if depth == 2 {
				value.Write(t)
			} else {
				ok = len(bytes.Trim(t, " \t\r\n\ufeff")) == 0
			}
		case xml.ProcInst:
			ok = t.Target == "xml" && depth == 0 && !done
		case xml.Directive: // a DOCTYPE could name entities; nobody honest sends one
			ok = false
		}
		if !ok {
			return nil, "XML_FORMAT_ERROR"
		}
	}
}

// shape is how one answer happens to be written down.
type shape struct {
	declared, bom, blank, crlf bool
	cdata                      func(element) bool
}

// manualShape is how the documents' samples look: CDATA around all that is no number.
var manualShape = shape{cdata: func(e element) bool { return !isNumber(e.Value) }}

// drawShape picks one of the ways real answers have been seen to look.
func drawShape(dice *rand.Rand) shape {
	s := shape{bom: dice.IntN(6) == 0, crlf: dice.IntN(4) == 0}
	switch dice.IntN(5) {
	case 0:
		s.blank = true // an XML declaration after a blank line would be malformed
	case 1:
		s.declared = true
	}
	switch dice.IntN(4) {
	case 0:
		s.cdata = func(element) bool { return false }
	case 1:
		s.cdata = func(element) bool { return true }
	case 2:
		mask := dice.Uint64()
		s.cdata = func(e element) bool { return mask>>(uint(len(e.Name)+len(e.Value))%64)&1 == 1 }
	default:
		s.cdata = manualShape.cdata
	}
	return s
}

// writeXML writes a flat message in the given shape.
func writeXML(elements []element, s shape) []byte {
	var b bytes.Buffer
	line := "\n"
	if s.crlf {
		line = "\r\n"
	}
	if s.bom {
		b.WriteString("\ufeff")
	}
	if s.blank {
		b.WriteString(line)
	}
	if s.declared {
		b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + line)
	}
	b.WriteString("<xml>")
	for _, e := range elements {
		b.WriteString("<" + e.Name + ">")
		if s.cdata(e) && !strings.Contains(e.Value, "]]>") {
			b.WriteString("<![CDATA[" + e.Value + "]]>")
		} else {
			xml.EscapeText(&b, []byte(e.Value)) // a bytes.Buffer never errs
		}
		b.WriteString("</" + e.Name + ">" + line)
	}
	b.WriteString("</xml>")
	return b.Bytes()
}

// isNumber is what the documents' own samples write without CDATA: short runs of digits.
func isNumber(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != "" && len(s) < 12
}
