package pay

import (
	"bytes"
	"encoding/xml"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var readable = map[string]map[string]string{
	"<xml><a>1</a><b><![CDATA[2]]></b></xml>":                                   {"a": "1", "b": "2"},
	"\ufeff\r\n <?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<xml></xml>":      {},
	"<?xml version='1.0' encoding='UTF-8' standalone=\"yes\" ?><xml></xml>\n\n": {},
	"<xml >\r\n<a >x</a >\n<b/><c /><d></d>\n</xml >\r\n":                       {"a": "x", "b": "", "c": "", "d": ""},
	"<xml><a>&lt;&amp;&gt;&quot;&apos;&#65;&#x4f60;&#x4F60;</a></xml>":          {"a": "<&>\"'A你你"},
	"<xml><a>x<![CDATA[<b>&amp;]]>y<![CDATA[]]]]><![CDATA[>]]></a></xml>":       {"a": "x<b>&amp;y]]>"},
	"<xml><a> 1\r\n2\r3&#13; </a></xml>":                                        {"a": " 1\n2\n3\r "},
	"<xml><a_1.b-c>自动售货机</a_1.b-c></xml>":                                       {"a_1.b-c": "自动售货机"},
	"<xml><B>1</B><a>2</a><b>3</b></xml>":                                       {"a": "2", "B": "1", "b": "3"},
}

var unreadable = map[string]string{
	"nothing":                "",
	"blank":                  " \n",
	"a web page":             "<html><body>502 Bad Gateway</body></html>",
	"no element":             "hello",
	"another root":           "<root><a>1</a></root>",
	"a longer root":          "<xmls><a>1</a></xmls>",
	"a root cut short":       "<xml><a>1</a>",
	"an element cut short":   "<xml><a>1",
	"a tag cut short":        "<xml><a",
	"an end cut short":       "<xml><a>1</a></xm",
	"CDATA cut short":        "<xml><a><![CDATA[1</a></xml>",
	"trailing text":          "<xml></xml>x",
	"a second root":          "<xml><a>1</a></xml><xml><a>2</a></xml>",
	"text between":           "<xml>x<a>1</a></xml>",
	"CDATA between":          "<xml><![CDATA[x]]><a>1</a></xml>",
	"a doubled name":         "<xml><a>1</a><b>2</b><a>1</a></xml>",
	"a doubled empty name":   "<xml><a/><a>1</a></xml>",
	"a nested element":       "<xml><a><b>1</b></a></xml>",
	"an attribute":           "<xml><a b=\"1\">1</a></xml>",
	"an attribute at root":   "<xml a=\"1\"><a>1</a></xml>",
	"a namespace":            "<xml><x:a>1</x:a></xml>",
	"DOCTYPE":                "<!DOCTYPE xml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><xml><a>&x;</a></xml>",
	"a late DOCTYPE":         "<xml><!DOCTYPE a><a>1</a></xml>",
	"an entity of its own":   "<xml><a>&nbsp;</a></xml>",
	"an open entity":         "<xml><a>1 & 2</a></xml>",
	"an unending entity":     "<xml><a>&amp</a></xml>",
	"an empty reference":     "<xml><a>&#;</a></xml>",
	"a hex-less reference":   "<xml><a>&#x;</a></xml>",
	"a signed reference":     "<xml><a>&#-5;</a></xml>",
	"hex in decimal":         "<xml><a>&#6f;</a></xml>",
	"a zero character":       "<xml><a>&#0;</a></xml>",
	"half a character":       "<xml><a>&#xD800;</a></xml>",
	"beyond unicode":         "<xml><a>&#x110000;</a></xml>",
	"a huge reference":       "<xml><a>&#4294967361;</a></xml>",
	"a comment":              "<xml><!-- 1 --><a>1</a></xml>",
	"a comment in a value":   "<xml><a>1<!-- 2 -->3</a></xml>",
	"a comment behind":       "<xml></xml><!-- 1 -->",
	"an instruction":         "<xml><?php 1 ?><a>1</a></xml>",
	"a style sheet":          "<?xml-stylesheet href=\"a\"?><xml></xml>",
	"two declarations":       "<?xml version=\"1.0\"?><?xml version=\"1.0\"?><xml></xml>",
	"a late declaration":     "<xml></xml><?xml version=\"1.0\"?>",
	"another charset":        "<?xml version=\"1.0\" encoding=\"GBK\"?><xml></xml>",
	"another version":        "<?xml version=\"1.1\"?><xml></xml>",
	"an odd declaration":     "<?xml version=\"1.0\" x=\"1\"?><xml></xml>",
	"an unequal end":         "<xml><a>1</b></xml>",
	"a longer end":           "<xml><a>1</ab></xml>",
	"a number for a name":    "<xml><1>1</1></xml>",
	"no name":                "<xml><>1</></xml>",
	"an open CDATA end":      "<xml><a>1]]>2</a></xml>",
	"a control character":    "<xml><a>\x01</a></xml>",
	"a zero byte":            "<xml><a>\x00</a></xml>",
	"bytes that are no text": "<xml><a>\xd6\xd0</a></xml>",
	"gzip":                   "\x1f\x8b\x08\x00\x00",
}

func TestPlainAnswersAreRead(t *testing.T) {
	for in, want := range readable {
		got, err := parseFlat([]byte(in))
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("a good answer is lost: %q read as %q (%v), not %q", in, got, err, want)
		}
	}
}

func TestAnswersThatTwoReadersCouldReadTwoWaysAreRefused(t *testing.T) {
	for what, in := range unreadable {
		if got, err := parseFlat([]byte(in)); err == nil {
			t.Errorf("%s was read as %q: what is verified and what is used could differ", what, got)
		}
	}
}

func TestAnAnswerHasAMostOfFieldsAndBytes(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString("<a" + strconv.Itoa(i) + ">1</a" + strconv.Itoa(i) + ">")
		}
		return "<xml>" + b.String() + "</xml>"
	}
	if got, err := parseFlat([]byte(many(maxFields))); err != nil || len(got) != maxFields {
		t.Errorf("%d fields: %v", maxFields, err)
	}
	if _, err := parseFlat([]byte(many(maxFields + 1))); err == nil {
		t.Errorf("%d fields are read", maxFields+1)
	}
	long := "<xml><a>" + strings.Repeat("x", maxBody) + "</a></xml>"
	if _, err := parseFlat([]byte(long)); err == nil {
		t.Errorf("%d bytes are read", len(long))
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	want := message{"a": "自动售货机-可乐 & 薯片<1>", "b": "]]>\r\n\t\"'", "d": " x "}
	given := maps.Clone(want)
	given["c"] = ""
	body, err := encodeXML(given)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parseFlat(body); err != nil || !maps.Equal(got, want) {
		t.Errorf("%s is read as %q (%v)", body, got, err)
	}
	if got, err := look(body); err != nil || !maps.Equal(got, want) {
		t.Errorf("%s: encoding/xml reads %q (%v)", body, got, err)
	}
	for _, value := range []string{"\x00", "\xff", "\ufffe"} {
		if _, err := encodeXML(message{"a": value}); err == nil {
			t.Errorf("%q can be sent", value)
		}
	}
}

func TestTheCommittedCorpusIsThere(t *testing.T) {
	seeds, err := filepath.Glob("testdata/fuzz/FuzzXML/*")
	if err != nil || len(seeds) < 5 {
		t.Fatalf("the fuzz corpus holds %d seeds (%v)", len(seeds), err)
	}
	for _, name := range seeds {
		if text, err := os.ReadFile(name); err != nil || !strings.HasPrefix(string(text), "go test fuzz v1\n") {
			t.Errorf("%s is no seed (%v)", name, err)
		}
	}
}

func TestTheGatewaysLayoutsAreReadLikeEncodingXMLReadsThem(t *testing.T) {
	long := strings.Repeat("0123456789", 7)
	for _, layout := range []string{
		"<xml><a><![CDATA[1]]></a>%s</xml>",
		"<xml>\n<total_fee>350</total_fee>\r\n%s\n</xml>\n",
		"<xml><attach><![CDATA[支付测试 & <a> \"1\">]]></attach>%s</xml>",
		"<xml><coupon_id_10>1</coupon_id_10><coupon_id_1>2</coupon_id_1>%s</xml>",
		"<xml><name_of_many_letters_0><![CDATA[" + long + "]]></name_of_many_letters_0>%s</xml>",
		"<xml><a><![CDATA[1]2]]></a>%s</xml>",
		"<xml><a>1&amp;2</a>%s</xml>",
		"<xml><a>支付</a>%s</xml>",
		"<xml><a/>%s</xml>",
		"<?xml version=\"1.0\"?><xml><A>1</A>%s</xml>",
	} {
		in := []byte(strings.Replace(layout, "%s", "<nonce_str><![CDATA[5d2b6c2a8db53831f7eda20af46e531c]]></nonce_str>", 1))
		got, err := parseFlat(in)
		want, bad := look(in)
		if err != nil || bad != nil || !maps.Equal(got, want) {
			t.Errorf("%s is read as %q (%v), not as %q (%v)", in, got, err, want, bad)
		}
	}
	for what, in := range unreadable {
		for _, tail := range []string{"", long} {
			in := []byte(strings.Replace(in, "</xml>", "<z><![CDATA["+tail+"]]></z></xml>", 1))
			if got, err := parseFlat(in); err == nil {
				t.Errorf("%s: %q is read as %q", what, in, got)
			}
		}
	}
}

// FuzzXML: whatever is accepted must be what encoding/xml sees as well.
func FuzzXML(f *testing.F) {
	for in := range readable {
		f.Add([]byte(in))
	}
	for _, in := range unreadable {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := parseFlat(in)
		if err != nil {
			return
		}
		want, err := look(in)
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("%q is read as %q; encoding/xml reads %q (%v)", in, got, want, err)
		}
		if n := elements(in); n != len(got) {
			t.Fatalf("%q: %d elements are read as %d fields: a doubled name was let through", in, n, len(got))
		}
	})
}

// elements counts the elements inside the root.
func elements(body []byte) (n int) {
	for d := xml.NewDecoder(bytes.NewReader(body)); ; {
		switch tok, _ := d.Token(); tok.(type) {
		case nil:
			return n - 1
		case xml.StartElement:
			n++
		}
	}
}
