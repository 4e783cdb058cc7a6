//go:build sim

package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

// other is a gateway of another making: a few pages of the protocol, from its published description, with
// its own key, signer and XML. It shares nothing with pay or with the street's gateway.
type other struct {
	t          *testing.T
	appid, key string // whose it is
	base       string

	mu     sync.Mutex
	orders map[string]*bill
	codes  map[string]string        // what a QR code says, to the order it is for
	forge  func(*reply) *raw        // spoils what is said of one order's money; nil: honest
	victim string                   // the order
	forged map[string]int           // how many spoiled answers left, by order
	asked  map[string]int           // calls, by path
	bad    []string                 // what the kiosk did wrong
	charge func(code string) string // what a charge comes to: SUCCESS, or an err_code
}

type bill struct {
	no, transaction, state string
	fen, paid, back        int64
	refundNo               string
}

// reply is an answer before it is signed and written.
type reply struct {
	path   string
	no     string
	fields [][2]string
	kind   string // how it is signed
}

// raw is an answer as it leaves.
type raw struct {
	status int
	body   string
	to     string // a redirect
}

const otherKey = "another-gateway-another-key-0001"

func newOther(t *testing.T) *other {
	t.Helper()
	g := &other{t: t, key: otherKey, appid: "wx1234567890abcdef", orders: map[string]*bill{}, codes: map[string]string{}, forged: map[string]int{}, asked: map[string]int{},
		charge: func(string) string { return "SUCCESS" }}
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	g.base = s.URL + "/gw"
	t.Cleanup(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, b := range g.bad {
			t.Errorf("the other gateway objects: %s", b)
		}
	})
	return g
}

func seal(fields [][2]string, key, kind string) string {
	var parts []string
	for _, f := range fields {
		if f[1] != "" && f[0] != "sign" {
			parts = append(parts, f[0]+"="+f[1])
		}
	}
	sort.Strings(parts)
	text := strings.Join(append(parts, "key="+key), "&")
	if kind == "MD5" {
		return fmt.Sprintf("%X", md5.Sum([]byte(text)))
	}
	mac := hmac.New(sha256.New, []byte(key))
	io.WriteString(mac, text)
	return fmt.Sprintf("%X", mac.Sum(nil))
}

// written is the XML: now CDATA, now plain, with a line for each element.
func written(fields [][2]string) string {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n")
	for i, f := range fields {
		if i%2 == 0 {
			fmt.Fprintf(&b, "  <%s><![CDATA[%s]]></%s>\n", f[0], f[1], f[0])
			continue
		}
		var esc bytes.Buffer
		_ = xml.EscapeText(&esc, []byte(f[1]))
		fmt.Fprintf(&b, "  <%s>%s</%s>\n", f[0], esc.String(), f[0])
	}
	b.WriteString("</xml>\n")
	return b.String()
}

func (r *reply) signed(key string) *raw {
	sign := seal(r.fields, key, r.kind)
	return &raw{status: 200, body: written(append(append([][2]string{}, r.fields...), [2]string{"sign", sign}))}
}

func (r *reply) set(name, value string) *reply {
	for i := range r.fields {
		if r.fields[i][0] == name {
			r.fields[i][1] = value
			return r
		}
	}
	r.fields = append(r.fields, [2]string{name, value})
	return r
}

func (g *other) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err != nil {
		return
	}
	a := g.answer(r.Method, strings.TrimPrefix(r.URL.Path, "/gw"), body)
	if a.to != "" {
		http.Redirect(w, r, a.to, a.status)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(a.status)
	io.WriteString(w, a.body)
}

func (g *other) answer(method, path string, body []byte) *raw {
	in := map[string]string{}
	var list [][2]string
	d := xml.NewDecoder(bytes.NewReader(body))
	name := ""
	for {
		tok, err := d.Token()
		if err != nil {
			break
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			name = tok.Name.Local
		case xml.CharData:
			if name != "xml" && name != "" {
				in[name] += string(tok)
			}
		case xml.EndElement:
			name = ""
		}
	}
	for k, v := range in {
		list = append(list, [2]string{k, v})
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked[path]++
	if method != "POST" || in["sign"] != seal(list, g.key, "HMAC-SHA256") || in["sign_type"] != "HMAC-SHA256" {
		g.bad = append(g.bad, fmt.Sprintf("%s %s is not signed by its key", method, path))
		return &raw{status: 200, body: "<xml><return_code>FAIL</return_code><return_msg>sign error</return_msg></xml>"}
	}
	if in["appid"] != g.appid || in["mch_id"] != "1600000001" || in["nonce_str"] == "" || in["out_trade_no"] == "" {
		g.bad = append(g.bad, path+" comes from a stranger")
	}
	rep := &reply{path: path, no: in["out_trade_no"], kind: "HMAC-SHA256", fields: [][2]string{{"return_code", "SUCCESS"}, {"appid", in["appid"]},
		{"mch_id", in["mch_id"]}, {"nonce_str", fmt.Sprintf("n%d", len(g.asked)*1000+g.asked[path])}, {"result_code", "SUCCESS"}}}
	claims := g.serve(path, in, rep)
	if g.forge != nil && claims && rep.no == g.victim {
		g.forged[rep.no]++
		return g.forge(rep)
	}
	return rep.signed(g.key)
}

func (r *reply) fail(code string) { r.set("result_code", "FAIL").set("err_code", code) }

// serve does what is asked; it tells whether the answer says something of an order's money.
func (g *other) serve(path string, in map[string]string, r *reply) bool {
	b := g.orders[r.no]
	if b == nil && path != "/pay/unifiedorder" && path != "/pay/micropay" {
		r.fail("ORDERNOTEXIST")
		return false
	}
	switch path {
	case "/pay/unifiedorder":
		if in["trade_type"] != "NATIVE" || in["notify_url"] == "" || in["body"] == "" || in["spbill_create_ip"] == "" {
			g.bad = append(g.bad, "an ask lacks something")
		}
		b = &bill{no: r.no, state: "NOTPAY"}
		fmt.Sscan(in["total_fee"], &b.fen)
		g.orders[r.no] = b
		url := fmt.Sprintf("weixin://wxpay/bizpayurl?pr=other%04d", len(g.orders))
		g.codes[url] = r.no
		r.set("trade_type", "NATIVE").set("prepay_id", "wx0001").set("code_url", url)
	case "/pay/micropay":
		b = &bill{no: r.no, state: "NOTPAY"}
		fmt.Sscan(in["total_fee"], &b.fen)
		if g.orders[r.no] != nil {
			g.bad = append(g.bad, "a code was charged twice: "+r.no)
		}
		g.orders[r.no] = b
		if word := g.charge(in["auth_code"]); word != "SUCCESS" {
			b.state = word
			r.fail(word)
			return true
		}
		g.pay(b)
		g.tellMoney(b, r)
		return true
	case "/pay/orderquery":
		r.set("out_trade_no", r.no).set("trade_state", b.state)
		if b.paid > 0 {
			g.tellMoney(b, r)
		}
		return true
	case "/pay/closeorder":
		if b.paid > 0 {
			r.fail("ORDERPAID")
			return false
		}
		b.state = "CLOSED"
	case "/secapi/pay/reverse":
		b.state, b.back = "REVOKED", b.paid
		r.set("recall", "N")
	case "/secapi/pay/refund":
		fen := int64(0)
		fmt.Sscan(in["refund_fee"], &fen)
		if b.refundNo != "" && b.refundNo != in["out_refund_no"] || fen > b.paid || b.paid == 0 {
			g.bad = append(g.bad, "a refund that cannot be: "+r.no)
			r.fail("ERROR")
			return false
		}
		b.refundNo, b.back, b.state = in["out_refund_no"], fen, "REFUND"
		r.set("out_refund_no", b.refundNo).set("out_trade_no", r.no).set("transaction_id", b.transaction).set("refund_fee", fmt.Sprint(fen))
	case "/pay/refundquery":
		if b.refundNo == "" {
			r.fail("REFUNDNOTEXIST")
			return false
		}
		r.set("out_trade_no", r.no).set("transaction_id", b.transaction).set("total_fee", fmt.Sprint(b.paid)).set("refund_count", "1").
			set("out_refund_no_0", b.refundNo).set("refund_fee_0", fmt.Sprint(b.back)).set("refund_status_0", "SUCCESS")
	default:
		g.bad = append(g.bad, "nobody serves "+path)
		r.fail("NOAUTH")
	}
	return false
}

func (g *other) pay(b *bill) {
	b.state, b.paid, b.transaction = "SUCCESS", b.fen, fmt.Sprintf("77%026d", len(g.orders))
}

func (g *other) tellMoney(b *bill, r *reply) {
	at := time.Now().UTC().Add(8 * time.Hour).Format("20060102150405")
	r.set("out_trade_no", b.no).set("transaction_id", b.transaction).set("total_fee", fmt.Sprint(b.paid)).set("cash_fee", fmt.Sprint(b.paid)).
		set("fee_type", "CNY").set("time_end", at).set("trade_type", "NATIVE").set("openid", "other-openid").set("is_subscribe", "N").set("bank_type", "OTHERS")
}

// paidBy is a customer of this gateway who has read a code from the glass.
func (g *other) paidBy(text string) string {
	g.t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.orders[g.codes[text]]
	if b == nil {
		g.t.Fatalf("the glass shows %q, which is no code of this gateway", text)
	}
	g.pay(b)
	return b.no
}

func (g *other) spoil(no string, how func(*reply) *raw) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.victim, g.forge = no, how
}

func (g *other) spoiled(no string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.forged[no]
}

func (g *other) bill(no string) bill {
	g.mu.Lock()
	defer g.mu.Unlock()
	if b := g.orders[no]; b != nil {
		return *b
	}
	return bill{}
}
