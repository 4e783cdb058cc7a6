package hw

import (
	"bytes"
	"strings"
	"time"
)

const (
	lineMin   = 8
	lineMax   = 512
	codeMin   = 16 // digits of the shortest payment code of any wallet
	codeMax   = 24 // and of the longest: more digits in a row are two codes glued together
	frameHead = 4  // 02 00, type, length
	frameData = 16 // the module's own replies are shorter than this
)

// RecordSplitter splits the scan module's bytes into records. It has no clock: the caller passes in when bytes came,
// and says when the line was idle. Refused counts what it dropped.
type RecordSplitter struct {
	Plain bool // the module sends no reply frames: 02 00 is noise
	// Reply gets the data of every reply frame with a valid CRC; nil skips them.
	Reply func(data []byte)

	Refused  Refused
	Wrapping Wrapping // of the newest record that may be a payment code

	text     []byte
	edge     []byte // control characters before and after the text
	closed   bool   // some came after it: nothing more belongs to this record
	began    time.Time
	garbage  bool
	overflow bool   // too long: the rest of the record is dropped
	torn     bool   // what may be half of a code was dropped: the other half may follow
	frame    []byte // a reply frame that has begun
}

// Refused counts the records that were dropped, by reason.
type Refused struct {
	Garbage   int // a byte that no code holds
	Fragments int // too short, or digits cut off by an idle line
	Glued     int // two payment codes in one
	Overflows int // too long
	Sums      int // reply frames whose CRC is wrong
}

// Record is one accepted record and when its first byte came.
type Record struct {
	Text  string
	Began time.Time
}

// Feed takes bytes that came at this time and returns the records that they complete.
func (l *RecordSplitter) Feed(at time.Time, p []byte) []Record {
	var out []Record
	for _, c := range p {
		if !l.Plain && (len(l.frame) > 0 || c == 2) {
			out = l.addFrameByte(out, at, c)
		} else {
			out = l.addByte(out, at, c)
		}
	}
	return out
}

// FlushIdle ends a record because nothing came for the gap. A module without a line end needs this; but a code cut in
// half ends like this too, so digits that are no whole payment code are dropped here.
func (l *RecordSplitter) FlushIdle() []Record {
	if len(l.frame) > 0 {
		l.frame, l.garbage = l.frame[:0], true
	}
	if l.isPartialCode() {
		l.Refused.Fragments++
		l.resetRecord()
		l.torn = true
		return nil
	}
	return l.endRecord(nil)
}

// HasPending returns whether a record or a frame has begun and not ended.
func (l *RecordSplitter) HasPending() bool {
	return len(l.text) > 0 || len(l.edge) > 0 || len(l.frame) > 0 || l.garbage || l.overflow
}

func (l *RecordSplitter) addByte(out []Record, at time.Time, c byte) []Record {
	switch c {
	case '\r', '\n', '\t', 0:
		return l.endRecord(out)
	}
	if !l.HasPending() {
		l.began = at
	}
	switch {
	case l.overflow:
	case len(l.text) == lineMax:
		l.overflow = true
	case c < 0x20 || c > 0x7E:
		l.garbage = !l.addEdge(c)
	case l.closed:
		l.garbage = true
	default:
		l.text = append(l.text, c)
	}
	return out
}

// addFrameByte collects a frame of the zone dialect: 02 00, type 00, length, data, CRC. The module may send one in
// the middle of a code. Bytes that turn out to be no frame are read again as text.
func (l *RecordSplitter) addFrameByte(out []Record, at time.Time, c byte) []Record {
	l.frame = append(l.frame, c)
	n := len(l.frame)
	fits := n < 2 || l.frame[1] == 0 && (n < 3 || l.frame[2] == 0) && (n < 4 || l.frame[3] <= frameData)
	if !fits {
		held := append([]byte(nil), l.frame...)
		l.frame = l.frame[:0]
		out = l.addByte(out, at, held[0])
		return append(out, l.Feed(at, held[1:])...)
	}
	if n >= frameHead && n == frameHead+int(l.frame[3])+2 {
		switch {
		case !isFrameValid(l.frame):
			l.Refused.Sums++
			l.garbage = true // it may have swallowed part of a code
		case l.Reply != nil:
			l.Reply(append([]byte(nil), l.frame[frameHead:n-2]...))
		}
		l.frame = l.frame[:0]
	}
	return out
}

func (l *RecordSplitter) endRecord(out []Record) []Record {
	if !l.HasPending() {
		return out
	}
	text, began := string(l.text), l.began
	switch {
	case l.overflow:
		l.Refused.Overflows++
	case l.garbage, len(l.text) == 0, len(l.edge) > 0 && l.edge[0] > 0x7F && !bytes.HasPrefix(l.edge, byteOrderMark):
		l.garbage = true
		l.Refused.Garbage++
	case onlyDigits(l.text) && len(text) > codeMax:
		l.Refused.Glued++
	case len(text) < lineMin, l.torn && l.isPartialCode():
		l.Refused.Fragments++
	default:
		out = append(out, Record{Text: l.unwrapRecord(text), Began: began})
	}
	l.torn = l.garbage && !l.overflow // noise may have cut a code in two
	l.resetRecord()
	return out
}

// unwrapRecord takes away what the module puts around its codes, and notes it.
func (l *RecordSplitter) unwrapRecord(text string) string {
	code, w := unwrapCode(text)
	if edge := l.edgeNames(); edge != "" && CodeKind(code) != "other" {
		w = Wrapping{Around: strings.TrimSpace(edge + " " + w.Around), Read: true}
	}
	if CodeKind(code) != "other" || w.Around != "" {
		l.Wrapping = w
	}
	return code
}

// isPartialCode returns whether the record so far may be half of a payment code.
func (l *RecordSplitter) isPartialCode() bool {
	return onlyDigits(l.text) && len(l.text) <= codeMax && !l.garbage && !l.overflow && CodeKind(string(l.text)) == "other"
}

func (l *RecordSplitter) resetRecord() {
	l.text, l.edge, l.closed, l.garbage, l.overflow = l.text[:0], l.edge[:0], false, false, false
}

func onlyDigits(b []byte) bool { return len(b) > 0 && len(bytes.Trim(b, "0123456789")) == 0 }

// CodeKind returns whose payment code a text looks like: "wechat", "alipay" or "other".
func CodeKind(text string) string {
	if !onlyDigits([]byte(text)) || len(text) < codeMin || len(text) > codeMax {
		return "other"
	}
	switch head := text[:2]; {
	case len(text) == 18 && head >= "10" && head <= "15":
		return "wechat"
	case head >= "25" && head <= "30":
		return "alipay"
	}
	return "other"
}
