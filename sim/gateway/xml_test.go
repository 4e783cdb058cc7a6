package gateway

import (
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestGatewayRefusesWhatTheRealOneWould(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"nothing", " \r\n", "POST_DATA_EMPTY"},
		{"half a message", "<xml><a>1</a>", "XML_FORMAT_ERROR"},
		{"no message", "hello", "XML_FORMAT_ERROR"},
		{"JSON", `{"a":1}`, "XML_FORMAT_ERROR"},
		{"another root", "<root><a>1</a></root>", "XML_FORMAT_ERROR"},
		{"a name twice", "<xml><a>1</a><a>1</a></xml>", "XML_FORMAT_ERROR"},
		{"nested", "<xml><a><b>1</b></a></xml>", "XML_FORMAT_ERROR"},
		{"an attribute", `<xml><a b="1">1</a></xml>`, "XML_FORMAT_ERROR"},
		{"a doctype", `<!DOCTYPE xml [<!ENTITY x "y">]><xml><a>1</a></xml>`, "XML_FORMAT_ERROR"},
		{"two messages", "<xml><a>1</a></xml><xml><b>1</b></xml>", "XML_FORMAT_ERROR"},
		{"words between", "<xml>x<a>1</a></xml>", "XML_FORMAT_ERROR"},
		{"another instruction", "<?php ?><xml><a>1</a></xml>", "XML_FORMAT_ERROR"},
		{"GBK", "<xml><a>\xbf\xc9\xc0\xd6</a></xml>", "NOT_UTF8"},
		{"plain", "<xml><a>1</a></xml>", ""},
		{"CDATA", "<?xml version=\"1.0\"?>\n<xml>\n<a><![CDATA[<1&2>]]></a>\n</xml>\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, got := parseXML([]byte(c.body)); got != c.want {
				t.Errorf("said %q, the gateway says %q", got, c.want)
			}
		})
	}
}

func TestEveryShapeSaysTheSame(t *testing.T) {
	said := []element{{"return_code", "SUCCESS"}, {"body", `可乐 & 薯片<1> "x"`}, {"total_fee", "350"}, {"empty", ""}, {"odd", "a]]>b"}}
	for seed := range uint64(500) {
		body := writeXML(said, drawShape(rand.New(rand.NewPCG(seed, 1))))
		got, refusal := parseXML(body)
		if refusal != "" || !maps.Equal(got, asMap(said)) {
			t.Fatalf("seed %d: %s: read back as %v %s", seed, body, got, refusal)
		}
	}
}

func FuzzParseXML(f *testing.F) {
	f.Add("<xml><a>1</a></xml>")
	f.Add("<xml><a><![CDATA[x]]></a><b/></xml>")
	f.Add("\ufeff\r\n<xml><a>&amp;</a></xml>")
	f.Fuzz(func(t *testing.T, body string) {
		params, refusal := parseXML([]byte(body))
		if refusal != "" {
			return
		}
		var again []element
		for name, value := range params {
			if strings.ContainsRune(value, '\r') {
				return // XML itself folds line ends
			}
			again = append(again, element{name, value})
		}
		back, refusal := parseXML(writeXML(again, manualShape))
		if refusal != "" || !maps.Equal(back, params) {
			t.Fatalf("%q was read as %v, written, and read as %v %s", body, params, back, refusal)
		}
	})
}
