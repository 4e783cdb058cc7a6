package hw

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	wechat = "134567890123456789"
	alipay = "281234567890123456"
	ack    = "\x02\x00\x00\x01\x00\x33\x31"
	model  = "\x02\x00\x00\x01\x05\x63\x94"
)

var noon = time.Unix(0, 0)

// lineCases are bursts as the module sends them; an empty burst is an idle line.
var lineCases = []struct {
	name   string
	bursts []string
	want   []string
	lost   Refused
}{
	{"CR", []string{wechat + "\r"}, []string{wechat}, Refused{}},
	{"LF", []string{wechat + "\n"}, []string{wechat}, Refused{}},
	{"CRLF", []string{wechat + "\r\n"}, []string{wechat}, Refused{}},
	{"TAB", []string{wechat + "\t"}, []string{wechat}, Refused{}},
	{"NUL", []string{wechat + "\x00"}, []string{wechat}, Refused{}},
	{"no tail", []string{wechat, ""}, []string{wechat}, Refused{}},
	{"two codes", []string{wechat + "\r" + alipay + "\r"}, []string{wechat, alipay}, Refused{}},
	{"glued", []string{wechat + alipay + "\r"}, nil, Refused{Glued: 1}},
	{"glued, no tail", []string{wechat + alipay, ""}, nil, Refused{Glued: 1}},
	{"frame before", []string{ack + wechat + "\r"}, []string{wechat}, Refused{}},
	{"frame after", []string{wechat + ack + "\r"}, []string{wechat}, Refused{}},
	{"frame inside", []string{wechat[:7] + model + wechat[7:] + "\r"}, []string{wechat}, Refused{}},
	{"frame after the tail", []string{wechat + "\r" + ack + alipay + "\r"}, []string{wechat, alipay}, Refused{}},
	{"frames only", []string{ack + model, ""}, nil, Refused{}},
	{"frame with a wrong sum", []string{"\x02\x00\x00\x01\x05\x11\x11" + wechat + "\r"}, nil, Refused{Garbage: 1, Sums: 1}},
	{"frame of a clone", []string{"\x02\x00\x00\x01\x05\x33\x31" + wechat + "\r"}, []string{wechat}, Refused{}},
	{"frame longer than any", []string{"\x02\x00\x00\xfe\r" + wechat + "\r"}, []string{wechat}, Refused{Garbage: 2}},
	{"frame cut off", []string{ack[:5], "", wechat + "\r"}, []string{wechat}, Refused{Garbage: 1}},
	{"no frame after all", []string{"\x02\x00" + wechat + "\r"}, []string{wechat}, Refused{Garbage: 1}},
	{"start of text", []string{"\x02" + wechat + "\r" + wechat + "\r"}, []string{wechat, wechat}, Refused{}},
	{"start and end of text", []string{"\x02" + wechat + "\x03\r"}, []string{wechat}, Refused{}},
	{"start and end of text, no tail", []string{"\x02" + wechat + "\x03", ""}, []string{wechat}, Refused{}},
	{"a control character inside", []string{wechat[:9] + "\x1d" + wechat[9:] + "\r"}, nil, Refused{Garbage: 1}},
	{"two codes in controls", []string{"\x02" + wechat + "\x03" + alipay + "\r"}, nil, Refused{Garbage: 1}},
	{"controls only", []string{"\x11\x13\r"}, nil, Refused{Garbage: 1}},
	{"byte order mark", []string{"\xef\xbb\xbf" + wechat + "\r"}, []string{wechat}, Refused{}},
	{"half a byte order mark", []string{"\xef\xbb" + wechat + "\r"}, nil, Refused{Garbage: 1}},
	{"AIM identifier", []string{"]C0" + wechat + "\r"}, []string{wechat}, Refused{}},
	{"AIM identifier of a QR code", []string{"]Q1" + wechat + "\r"}, []string{wechat}, Refused{}},
	{"letter for the kind", []string{"Q" + wechat + "\r"}, []string{wechat}, Refused{}},
	{"escape of an ECI", []string{`\000026` + wechat + "\r"}, []string{wechat}, Refused{}},
	{"trailing blank", []string{wechat + " \r"}, []string{wechat}, Refused{}},
	{"groups of four", []string{"1345 6789 0123 4567 89\r"}, []string{wechat}, Refused{}},
	{"two codes and a blank", []string{wechat + " " + wechat + "\r"}, []string{wechat + " " + wechat}, Refused{}},
	{"digits of an AIM identifier are not taken for the code's", []string{"]C0" + wechat[:16] + "\r"}, []string{"]C0" + wechat[:16]}, Refused{}},
	{"floating line", []string{"\x00\x00\xff\xff\x00", wechat + "\r"}, []string{wechat}, Refused{Garbage: 1}},
	{"noise inside", []string{wechat[:5] + "\xff" + wechat[5:] + "\r"}, nil, Refused{Garbage: 1}},
	{"noise that cuts", []string{wechat[:6] + "\xff\x00" + wechat[6:] + "\r", wechat + "\r"}, []string{wechat}, Refused{Garbage: 1, Fragments: 1}},
	{"UTF-8", []string{"可口可乐可口可乐\r" + wechat + "\r"}, []string{wechat}, Refused{Garbage: 1}},
	{"GBK", []string{"\xbf\xc9\xbf\xda\xbf\xc9\xc0\xd6\r"}, nil, Refused{Garbage: 1}},
	{"2 kB", []string{strings.Repeat("https://a", 256) + "\r" + wechat + "\r"}, []string{wechat}, Refused{Overflows: 1}},
	{"2 kB, no tail", []string{strings.Repeat("7", 2048), "", wechat + "\r"}, []string{wechat}, Refused{Overflows: 1}},
	{"as long as may be", []string{strings.Repeat("a", 512) + "\r"}, []string{strings.Repeat("a", 512)}, Refused{}},
	{"one too long", []string{strings.Repeat("a", 513) + "\r"}, nil, Refused{Overflows: 1}},
	{"too short", []string{"1234567\r" + "12345678\r"}, []string{"12345678"}, Refused{Fragments: 1}},
	{"cut in half", []string{wechat[:9], "", wechat[9:] + "\r", wechat + "\r"}, []string{wechat}, Refused{Fragments: 2}},
	{"a link without tail", []string{"https://example.com", ""}, []string{"https://example.com"}, Refused{}},
	{"idle for nothing", []string{"", "", "\r\n", ""}, nil, Refused{}},
}

func read(l *RecordSplitter, bursts ...string) (got []string) {
	for _, b := range bursts {
		records := l.FlushIdle
		if b != "" {
			records = func() []Record { return l.Feed(noon, []byte(b)) }
		}
		for _, r := range records() {
			got = append(got, r.Text)
		}
	}
	return got
}

func TestLinesAreReadHoweverTheyCome(t *testing.T) {
	for _, c := range lineCases {
		t.Run(c.name, func(t *testing.T) {
			var l RecordSplitter
			if got := read(&l, c.bursts...); !slices.Equal(got, c.want) || l.Refused != c.lost {
				t.Errorf("a customer's code was lost or made up\n got %q %+v\nwant %q %+v", got, l.Refused, c.want, c.lost)
			}
		})
	}
}

func TestLinesMayBeSplitAtEveryByte(t *testing.T) {
	for _, c := range lineCases {
		for cut := range len(strings.Join(c.bursts, "")) {
			var l RecordSplitter
			var split []string
			for _, b := range c.bursts {
				if cut > 0 && cut < len(b) {
					split = append(split, b[:cut], b[cut:])
				} else {
					split = append(split, b)
				}
				cut -= len(b)
			}
			if got := read(&l, split...); !slices.Equal(got, c.want) || l.Refused != c.lost {
				t.Fatalf("%s, as %q: got %q %+v", c.name, split, got, l.Refused)
			}
		}
	}
}

func TestAModuleWithoutRepliesSendsNoFrames(t *testing.T) {
	l := RecordSplitter{Plain: true}
	got := read(&l, "\x02\x00"+wechat+"\r")
	if !slices.Equal(got, []string{wechat}) || l.Refused != (Refused{Garbage: 1}) || l.HasPending() {
		t.Errorf("noise before a code was taken for a frame: got %q, %+v", got, l.Refused)
	}
}

func TestARecordKnowsWhenItBegan(t *testing.T) {
	var l RecordSplitter
	l.Feed(noon, []byte(wechat[:4]))
	l.Feed(noon.Add(time.Second), []byte(ack))
	got := l.Feed(noon.Add(2*time.Second), []byte(wechat[4:]+"\r"+alipay+"\r"))
	if len(got) != 2 || !got[0].Began.Equal(noon) || !got[1].Began.Equal(noon.Add(2*time.Second)) {
		t.Errorf("a code of the last customer passes for one of the next: %+v", got)
	}
}

func TestKindOfCode(t *testing.T) {
	for text, want := range map[string]string{
		"100000000000000000": "wechat", "159999999999999999": "wechat",
		"090000000000000000": "other", "160000000000000000": "other",
		"10000000000000000": "other", "1000000000000000000": "other",
		"2500000000000000": "alipay", "309999999999999999999999": "alipay",
		"250000000000000": "other", "3000000000000000000000000": "other",
		"2400000000000000": "other", "3100000000000000": "other",
		"6200000000000000000": "other", "": "other", "13456789012345678x": "other",
		"https://wx.tenpay.com/f2f?t=A": "other",
	} {
		if got := CodeKind(text); got != want {
			t.Errorf("%q is %s to us, and %s in truth", text, got, want)
		}
	}
}

func FuzzLines(f *testing.F) {
	for _, c := range lineCases {
		f.Add([]byte(strings.Join(c.bursts, "")), uint16(3), false)
		f.Add([]byte(strings.Join(c.bursts, "\r")), uint16(7), true)
	}
	f.Fuzz(func(t *testing.T, stream []byte, step uint16, plain bool) {
		whole, parts := RecordSplitter{Plain: plain}, RecordSplitter{Plain: plain}
		want := append(whole.Feed(noon, stream), whole.FlushIdle()...)
		var got []Record
		for p := range slices.Chunk(stream, 1+int(step)%64) {
			got = append(got, parts.Feed(noon, p)...)
		}
		got = append(got, parts.FlushIdle()...)
		if !slices.Equal(got, want) || whole.Refused != parts.Refused {
			t.Fatalf("split otherwise it reads otherwise:\n%q %+v\n%q %+v", want, whole.Refused, got, parts.Refused)
		}
		for _, r := range got {
			if len(r.Text) < 8 || len(r.Text) > 512 || bytes.ContainsFunc([]byte(r.Text), func(c rune) bool { return c < 0x20 || c > 0x7E }) {
				t.Fatalf("accepted %q", r.Text)
			}
		}
		if whole.HasPending() || parts.HasPending() {
			t.Fatal("an idle line leaves something open")
		}
	})
}
