package hw

import (
	"testing"
)

func TestWhatAModulePutsAroundItsCodesIsNamed(t *testing.T) {
	for sent, want := range map[string]Wrapping{
		wechat + "\r":                             {},
		"]C0" + wechat + "\r":                     {"]C0", true},
		"]Q1" + wechat + "\r":                     {"]Q1", true},
		"j" + wechat + "\r":                       {"j", true},
		`\000026` + wechat + "\r":                 {`\000026`, true},
		wechat + " \r":                            {"blanks", true},
		"1345 6789 0123 4567 89\r":                {"blanks", true},
		"\x02" + wechat + "\x03\r":                {"STX ETX", true},
		"\x1d" + wechat + "\r":                    {"GS", true},
		"\xef\xbb\xbf" + wechat + "\r":            {"BOM", true},
		"<QR>" + wechat + "\r":                    {"<QR>", false},
		"https://example.com/?c=" + wechat + "\r": {},
		"https://example.com\r":                   {},
		"]C0134567890123456\r":                    {},
	} {
		var l RecordSplitter
		got := read(&l, sent)
		if l.Wrapping != want {
			t.Errorf("%q is said to be wrapped in %+v, not %+v", sent, l.Wrapping, want)
		}
		if want.Read && (len(got) != 1 || got[0] != wechat) {
			t.Errorf("%q is read as %q: a customer with the right code stands there", sent, got)
		}
		if !want.Read && want.Around != "" && (len(got) != 1 || CodeKind(got[0]) != "other") {
			t.Errorf("%q is read as %q: nobody knows what that is", sent, got)
		}
	}
	var l RecordSplitter
	read(&l, "]C0"+wechat+"\r", wechat+"\r")
	if l.Wrapping != (Wrapping{}) {
		t.Errorf("the module was set right, and is still said to send %+v", l.Wrapping)
	}
}

// No two codes, no half of one and no byte of noise can become a code by what is taken away.
func TestNothingIsMadeACodeByWhatIsTakenAway(t *testing.T) {
	for _, sent := range []string{wechat[:17] + " \r", "]C0" + wechat[:17] + "\r", wechat + " " + wechat + "\r", "AB" + wechat + "\r", wechat + "A\r",
		wechat[:9] + "]C0" + wechat[9:] + "\r", "\x02" + wechat[:9] + "\x03" + wechat[9:] + "\r", wechat[:5] + "\x11" + wechat[5:] + "\r", `\00002` + wechat + "\r",
		"1\x02" + wechat[1:] + "\r", "\xff" + wechat + "\r"} {
		var l RecordSplitter
		for _, got := range read(&l, sent) {
			if CodeKind(got) != "other" {
				t.Errorf("%q became the code %q", sent, got)
			}
		}
	}
}
