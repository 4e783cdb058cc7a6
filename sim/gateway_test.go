package sim

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	testApp   = "wxd930ea5d5a258f4f"
	testMch   = "10000100"
	testKey   = "192006250b4c09247ec02edce69f6a2d"
	someCode  = "134650720866361395"
	otherCode = "120000000000000001"
)

// till is a small client of another making: it signs, reads and checks in its own words.
type till struct {
	t    *testing.T
	g    *Gateway
	kind string
	nth  int
}

func newTill(t *testing.T) *till {
	return &till{t: t, kind: "HMAC-SHA256", g: &Gateway{AppID: testApp, MchID: testMch, Key: testKey, Seed: 7}}
}

func ownSign(kind string, m map[string]string) string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if name != "sign" && m[name] != "" {
			text += name + "=" + m[name] + "&"
		}
	}
	text += "key=" + testKey
	if kind == "HMAC-SHA256" {
		mac := hmac.New(sha256.New, []byte(testKey))
		mac.Write([]byte(text))
		return fmt.Sprintf("%X", mac.Sum(nil))
	}
	return fmt.Sprintf("%X", md5.Sum([]byte(text)))
}

// message is a signed request; pairs override and "-" leaves a parameter out.
func (c *till) message(pairs ...string) string {
	c.nth++
	m := map[string]string{"appid": testApp, "mch_id": testMch, "nonce_str": fmt.Sprint("n", c.nth), "sign_type": c.kind}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
		if pairs[i+1] == "-" {
			delete(m, pairs[i])
		}
	}
	if _, own := m["sign"]; !own {
		m["sign"] = ownSign(m["sign_type"], m)
	}
	var b strings.Builder
	b.WriteString("<xml>")
	for _, name := range slices.Sorted(maps.Keys(m)) {
		b.WriteString("<" + name + ">")
		xml.EscapeText(&b, []byte(m[name]))
		b.WriteString("</" + name + ">")
	}
	return b.String() + "</xml>"
}

// post sends a body as it is.
func (c *till) post(ctx context.Context, path, body string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, "POST", "https://api.mch.weixin.qq.com"+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	res, err := c.g.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.Header.Get("Date") == "" {
		c.t.Error("an answer has no Date: a kiosk without a clock cannot learn the time")
	}
	got, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != 200 {
		err = fmt.Errorf("HTTP %d", res.StatusCode)
	}
	return string(got), err
}

// read is a flat message as a map, the first of two equal names winning.
func read(body string) map[string]string {
	m, name := map[string]string{}, ""
	dec := xml.NewDecoder(strings.NewReader(body))
	for {
		token, err := dec.Token()
		if err != nil {
			return m
		}
		switch x := token.(type) {
		case xml.StartElement:
			name = x.Name.Local
			if _, twice := m[name]; !twice && name != "xml" {
				m[name] = ""
			}
		case xml.CharData:
			if name != "" {
				m[name] += string(x)
			}
		case xml.EndElement:
			name = ""
		}
	}
}

// call asks, and demands an answer that is signed in the till's own kind.
func (c *till) call(path string, pairs ...string) map[string]string {
	c.t.Helper()
	body, err := c.post(c.t.Context(), path, c.message(pairs...))
	if err != nil {
		c.t.Fatalf("%s gave no answer: %v", path, err)
	}
	m := read(body)
	if m["return_code"] == "SUCCESS" && m["sign"] != ownSign(c.kind, m) {
		c.t.Errorf("%s answered with a signature no client can accept: %s", path, body)
	}
	return m
}

// says is the answer in one word: err_code, trade_state or result_code; "unsigned" for a return_code FAIL.
func says(m map[string]string) string {
	switch {
	case m["return_code"] != "SUCCESS":
		return "unsigned"
	case m["err_code"] != "":
		return m["err_code"]
	case m["trade_state"] != "":
		return m["trade_state"]
	}
	return m["result_code"]
}

func (c *till) want(what, got, want string) {
	c.t.Helper()
	if got != want {
		c.t.Errorf("%s: the gateway said %s, the real one says %s", what, got, want)
	}
}

func (c *till) native(no string, pairs ...string) map[string]string {
	return c.call("/pay/unifiedorder", append([]string{"out_trade_no", no, "total_fee", "350", "body", "可乐", "trade_type", "NATIVE",
		"spbill_create_ip", "127.0.0.1", "notify_url", "https://example.com/n", "product_id", "1"}, pairs...)...)
}

func charge(no, code string, pairs ...string) []string {
	return append([]string{"out_trade_no", no, "total_fee", "350", "body", "可乐", "spbill_create_ip", "127.0.0.1", "auth_code", code}, pairs...)
}

func (c *till) micropay(no, code string, pairs ...string) map[string]string {
	return c.call("/pay/micropay", charge(no, code, pairs...)...)
}

func (c *till) query(no string) string {
	return says(c.call("/pay/orderquery", "out_trade_no", no))
}

func (c *till) close(no string) string {
	return says(c.call("/pay/closeorder", "out_trade_no", no))
}

// reverse says the answer and whether to call again, such as "SUCCESS N".
func (c *till) reverse(no string) string {
	m := c.call("/secapi/pay/reverse", "out_trade_no", no)
	return says(m) + " " + m["recall"]
}

func (c *till) refund(no, refundNo, fen string, pairs ...string) string {
	return says(c.call("/secapi/pay/refund", append([]string{"out_trade_no", no, "out_refund_no", refundNo, "total_fee", "350", "refund_fee", fen}, pairs...)...))
}

func (c *till) refunds(no string) map[string]string {
	return c.call("/pay/refundquery", "out_trade_no", no)
}

// script lets trouble befall the calls of one endpoint.
func (c *till) script(endpoint string, t Trouble) {
	c.g.Script = func(call Call) *Trouble {
		if call.Endpoint == endpoint {
			return &t
		}
		return nil
	}
}

func (c *till) order(no string) GatewayOrder {
	c.t.Helper()
	for _, o := range c.g.Orders() {
		if o.OutTradeNo == no {
			return o
		}
	}
	c.t.Fatalf("the gateway has no order %s", no)
	return GatewayOrder{}
}

// lost asks where no answer may come.
func (c *till) lost(path string, pairs ...string) error {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	_, err := c.post(ctx, path, c.message(pairs...))
	if err == nil {
		c.t.Errorf("%s was answered although the answer was to be lost", path)
	}
	return err
}

// item is one entry of the checklist with what shows it.
type item struct {
	n    int
	name string
	show func(c *till)
}

func TestGateway(t *testing.T) {
	all := slices.Concat(protocolItems, codeItems, reverseItems, nativeItems, refundItems)
	shown := map[int]bool{}
	for _, it := range all {
		shown[it.n] = true
		t.Run(fmt.Sprintf("item-%d/%s", it.n, it.name), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { it.show(newTill(t)) })
		})
	}
	for n := 1; n <= 63; n++ {
		if notices := n >= 49 && n <= 54; !shown[n] && !notices {
			t.Errorf("item %d of the checklist is shown by nothing", n)
		}
	}
}

var protocolItems = []item{
	{1, "both-signatures-are-verified", func(c *till) {
		for _, kind := range []string{"MD5", "HMAC-SHA256"} {
			c.kind = kind
			c.want(kind, says(c.call("/pay/orderquery", "out_trade_no", "K1-000000")), "ORDERNOTEXIST")
		}
		c.kind = "MD5"
		c.want("no sign_type", says(c.call("/pay/orderquery", "out_trade_no", "K1-000000", "sign_type", "-")), "ORDERNOTEXIST")
	}},
	{1, "a-wrong-signature-is-refused-unsigned", func(c *till) {
		m := c.call("/pay/orderquery", "out_trade_no", "K1-000000", "sign", "00")
		if m["return_code"] != "FAIL" || m["return_msg"] != "签名错误" || len(m) != 2 {
			c.t.Errorf("answered %v", m)
		}
		if len(c.g.Violations()) != 1 {
			c.t.Error("a wrong signature is not counted")
		}
		c.g.Rules.SignErrorCode = true
		c.want("variant", says(c.call("/pay/orderquery", "out_trade_no", "K1-000000", "sign", "00")), "SIGNERROR")
	}},
	{2, "answers-in-the-kind-of-the-request", func(c *till) {
		with, without := 0, 0
		for i := range 60 { // call checks each signature
			if m := c.call("/pay/orderquery", "out_trade_no", fmt.Sprint("K1-00000", i)); m["sign_type"] != "" {
				with++
			} else {
				without++
			}
		}
		if with == 0 || without == 0 {
			c.t.Errorf("sign_type came %d times and was left out %d times: one of the two is never met", with, without)
		}
	}},
	{3, "shapes-vary-and-stay-signed", func(c *till) {
		found := map[string]bool{}
		for i := range 80 {
			body, _ := c.post(c.t.Context(), "/pay/orderquery", c.message("out_trade_no", fmt.Sprint("K1-00000", i)))
			found["cdata"] = found["cdata"] || strings.Contains(body, "<return_code><![CDATA[")
			found["bare"] = found["bare"] || strings.Contains(body, "<return_code>SUCCESS")
			found["extra"] = found["extra"] || strings.Contains(body, "zz_new_field")
			found["empty"] = found["empty"] || strings.Contains(body, "<promotion_detail></") || strings.Contains(body, "<promotion_detail><![CDATA[]]></")
			found["reordered"] = found["reordered"] || strings.Index(body, "<appid>") < strings.Index(body, "<return_code>")
		}
		if len(found) != 5 || slices.Contains(slices.Collect(maps.Values(found)), false) {
			c.t.Errorf("of the shapes only %v were met", found)
		}
	}},
	{4, "BOM-CRLF-and-blank-line", func(c *till) {
		var bom, crlf, blank bool
		for i := range 80 {
			body, _ := c.post(c.t.Context(), "/pay/orderquery", c.message("out_trade_no", fmt.Sprint("K1-00000", i)))
			bom = bom || strings.HasPrefix(body, "\ufeff")
			crlf = crlf || strings.Contains(body, "\r\n")
			blank = blank || strings.HasPrefix(body, "\n") || strings.HasPrefix(body, "\r\n")
		}
		if !bom || !crlf || !blank {
			c.t.Errorf("BOM %v, CRLF %v, leading blank line %v", bom, crlf, blank)
		}
	}},
	{5, "malformed-requests", func(c *till) {
		for body, want := range map[string]string{"<xml><a>": "XML_FORMAT_ERROR", "": "POST_DATA_EMPTY", "<xml><a>\xbf\xc9</a></xml>": "NOT_UTF8"} {
			got, err := c.post(c.t.Context(), "/pay/orderquery", body)
			if m := read(got); err != nil || m["return_code"] != "FAIL" || !strings.Contains(m["return_msg"], want) {
				c.t.Errorf("%q: %s %v, want %s", body, got, err, want)
			}
		}
		r, _ := http.NewRequest("GET", "https://api.mch.weixin.qq.com/pay/orderquery", nil)
		res, err := c.g.RoundTrip(r)
		if err != nil {
			c.t.Fatal(err)
		}
		if body, _ := io.ReadAll(res.Body); !strings.Contains(string(body), "REQUIRE_POST_METHOD") {
			c.t.Errorf("GET: %s", body)
		}
		c.want("no amount", says(c.native("K1-000001", "total_fee", "-")), "LACK_PARAMS")
		for _, fee := range []string{"3.50", "-1", "0", "350 ", "1e3", "99999999999"} {
			c.want("amount "+fee, says(c.native("K1-000001", "total_fee", fee)), "PARAM_ERROR")
		}
		c.want("short number", says(c.native("K1")), "PARAM_ERROR")
		c.want("notify_url with query", says(c.native("K1-000001", "notify_url", "https://example.com/?a=1")), "PARAM_ERROR")
		if len(c.g.Orders()) != 0 {
			c.t.Error("a malformed request made an order")
		}
	}},
	{6, "the-id-errors", func(c *till) {
		c.want("another's appid", says(c.call("/pay/orderquery", "out_trade_no", "K1-000001", "appid", "wx0000000000000000")), "APPID_MCHID_NOT_MATCH")
		c.want("no such appid", says(c.call("/pay/orderquery", "out_trade_no", "K1-000001", "appid", "hello")), "APPID_NOT_EXIST")
		if m := c.call("/pay/orderquery", "out_trade_no", "K1-000001", "mch_id", "1"); !strings.Contains(m["return_msg"], "MCHID_NOT_EXIST") {
			c.t.Errorf("no such merchant: %v", m)
		}
		c.script("micropay", Trouble{Code: "NOAUTH"})
		c.want("product not open", says(c.micropay("K1-000001", someCode)), "NOAUTH")
		c.g.SubMchID = "10000200"
		c.want("no sub merchant", says(c.call("/pay/orderquery", "out_trade_no", "K1-000001")), "LACK_PARAMS")
		if m := c.call("/pay/orderquery", "out_trade_no", "K1-000001", "sub_mch_id", "10000200"); m["sub_mch_id"] != "10000200" {
			c.t.Errorf("the sub merchant is not echoed: %v", m)
		}
	}},
	{7, "secapi-demands-the-merchants-certificate", showCertificate},
	{8, "forged-answers", showForgeries},
	{9, "transport-troubles", showTransport},
	{10, "connection-cut-after-booking", func(c *till) {
		c.script("micropay", Trouble{Lose: "answer"})
		c.lost("/pay/micropay", charge("K1-000001", someCode)...)
		c.want("the charge", c.query("K1-000001"), "SUCCESS")
	}},
	{11, "connection-cut-before-reading", func(c *till) {
		c.script("micropay", Trouble{Lose: "request"})
		c.lost("/pay/micropay", charge("K1-000001", someCode)...)
		c.want("the charge", c.query("K1-000001"), "ORDERNOTEXIST")
	}},
	{12, "answer-later-than-the-client-waits", func(c *till) {
		c.script("micropay", Trouble{Late: 30 * time.Second})
		if err := c.lost("/pay/micropay", charge("K1-000001", someCode)...); !errors.Is(err, context.DeadlineExceeded) {
			c.t.Errorf("the caller heard %v", err)
		}
		c.want("the charge", c.query("K1-000001"), "SUCCESS")
	}},
	{12, "request-that-arrives-after-its-client-gave-up", func(c *till) {
		c.script("micropay", Trouble{Delay: 20 * time.Second})
		c.lost("/pay/micropay", charge("K1-000001", someCode)...) // gives up after ten
		c.want("before it arrives", c.query("K1-000001"), "ORDERNOTEXIST")
		time.Sleep(11 * time.Second)
		c.want("after it arrived", c.query("K1-000001"), "SUCCESS")
	}},
	{12, "late-requests-arrive-in-their-own-order", func(c *till) {
		for no, delay := range map[string]time.Duration{"K1-000001": time.Minute, "K1-000002": 30 * time.Second} {
			c.script("micropay", Trouble{Delay: delay})
			c.lost("/pay/micropay", charge(no, someCode)...)
		}
		time.Sleep(2 * time.Minute)
		c.want("the first to arrive", c.query("K1-000002"), "SUCCESS")
		c.want("the one that found the code used", c.query("K1-000001"), "ORDERNOTEXIST")
	}},
}
