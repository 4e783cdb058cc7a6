package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/xml"
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

func (c *till) order(no string) Order {
	c.t.Helper()
	for _, o := range c.g.Orders() {
		if o.OutTradeNo == no {
			return o
		}
	}
	c.t.Fatalf("the gateway has no order %s", no)
	return Order{}
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

func checklist() []item {
	return slices.Concat(protocolItems, codeItems, reverseItems, nativeItems, jsapiItems, noticeItems, refundItems, billItems, v3Items)
}

func TestGateway(t *testing.T) {
	all := checklist()
	shown := map[int]bool{}
	for _, it := range all {
		shown[it.n] = true
		t.Run(fmt.Sprintf("item-%d/%s", it.n, it.name), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { it.show(newTill(t)) })
		})
	}
	for n := 1; n <= 69; n++ {
		if !shown[n] {
			t.Errorf("item %d of the checklist is shown by nothing", n)
		}
	}
}
