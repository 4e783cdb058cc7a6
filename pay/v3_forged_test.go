package pay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

// head3 changes the headers of an answer after it was signed.
func head3(change func(h http.Header)) func(b *booth3) {
	return func(b *booth3) {
		b.forge = func(h http.Header, body []byte) []byte { change(h); return body }
	}
}

// reseal signs an answer anew with headers of the forger's choice.
func reseal(who, serial string, ago time.Duration) func(b *booth3) {
	return func(b *booth3) {
		b.forge = func(h http.Header, body []byte) []byte {
			stamp := fmt.Sprint(time.Now().Add(-ago).Unix())
			h.Set("Wechatpay-Timestamp", stamp)
			h.Set("Wechatpay-Serial", serial)
			h.Set("Wechatpay-Signature", sign3(keysOf()[who], stamp+"\n"+h.Get("Wechatpay-Nonce")+"\n"+string(body)+"\n"))
			return body
		}
	}
}

func body3(change func(body []byte) []byte) func(b *booth3) {
	return func(b *booth3) {
		b.forge = func(_ http.Header, body []byte) []byte { return change(body) }
	}
}

// forged3 are ways to answer that must never count, however right the rest is. 204 has no body to alter.
var forged3 = map[string]func(b *booth3){
	"no signature at all": head3(unsign),
	"no signature":        head3(func(h http.Header) { h.Del("Wechatpay-Signature") }),
	"no serial":           head3(func(h http.Header) { h.Del("Wechatpay-Serial") }),
	"no timestamp":        head3(func(h http.Header) { h.Del("Wechatpay-Timestamp") }),
	"no nonce":            head3(func(h http.Header) { h.Del("Wechatpay-Nonce") }),
	"an odd timestamp":    head3(func(h http.Header) { h.Set("Wechatpay-Timestamp", "now") }),
	"another nonce":       head3(func(h http.Header) { h.Set("Wechatpay-Nonce", "0") }),
	"two signatures":      head3(func(h http.Header) { h.Add("Wechatpay-Signature", h.Get("Wechatpay-Signature")) }),
	"another way to sign": head3(func(h http.Header) { h.Set("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3") }),
	"a signature probe":   head3(func(h http.Header) { h.Set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+h.Get("Wechatpay-Signature")) }),
	"a bare probe":        head3(func(h http.Header) { h.Set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/") }),
	"a probe, unknown key": head3(func(h http.Header) {
		h.Set("Wechatpay-Serial", "FFFF")
		h.Set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/x")
	}),
	"no base64":            head3(func(h http.Header) { h.Set("Wechatpay-Signature", "\u4f60\u597d!") }),
	"a short signature":    head3(func(h http.Header) { h.Set("Wechatpay-Signature", "AAAA") }),
	"another signature":    head3(func(h http.Header) { h.Set("Wechatpay-Signature", sign3(keysOf()["public"], "x")) }),
	"a wrong serial":       head3(func(h http.Header) { h.Set("Wechatpay-Serial", "0A1A") }),
	"a public key like it": head3(func(h http.Header) { h.Set("Wechatpay-Serial", aPublicID+"1") }),
	"its id in lower case": head3(func(h http.Header) { h.Set("Wechatpay-Serial", strings.ToLower(aPublicID)) }),
	"an odd serial":        head3(func(h http.Header) { h.Set("Wechatpay-Serial", "../..") }),
	"our own serial":       reseal("merchant", ourSerial, 0),
	"our own key":          reseal("merchant", aPublicID, 0),
	"a stranger's key":     reseal("stranger", aPublicID, 0),
	"a stranger's serial":  reseal("stranger", "FFFF", 0),
	"six minutes old":      reseal("public", aPublicID, 301*time.Second+time.Millisecond*900),
	"six minutes to come":  reseal("public", aPublicID, -330*time.Second),
	"the year 1970":        reseal("public", aPublicID, time.Duration(time.Now().Unix())*time.Second),
	"one bit":              body3(func(b []byte) []byte { b = bytes.Clone(b); return append(b[:max(len(b)-1, 0)], '\n') }),
	"a byte more":          body3(func(b []byte) []byte { return append(bytes.Clone(b), '\n') }),
	"written anew": body3(func(b []byte) []byte {
		var v any
		json.Unmarshal(b, &v)
		out, _ := json.MarshalIndent(v, "", " ")
		return append(out, ' ')
	}),
	"another order's": body3(func(b []byte) []byte { return append(bytes.Replace(b, []byte("000007"), []byte("000008"), 1), ' ') }),
	"65 KiB": func(b *booth3) {
		b.text = func(body []byte) []byte { return append(body, bytes.Repeat([]byte{' '}, 65<<10)...) }
	},
	"a login page": func(b *booth3) {
		b.send = func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>Wi-Fi login</html>")) }
	},
	"an empty page": func(b *booth3) { b.send = func(http.ResponseWriter, *http.Request) {} },
	"HTTP 502 with a page": func(b *booth3) {
		b.send = func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<html>oops</html>", http.StatusBadGateway)
		}
	},
	"a redirect": func(b *booth3) {
		b.send = func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
		}
	},
}

// bent3 are signed answers that are for somebody else, or can be read in two ways. Only answers with a body have them.
var bent3 = map[string]func(b *booth3){
	"two objects": func(b *booth3) { b.text = func(body []byte) []byte { return append(body, '{', '}') } },
	"an array": func(b *booth3) {
		b.text = func(body []byte) []byte { return append(append([]byte{'['}, body...), ']') }
	},
	"nothing":         func(b *booth3) { b.text = func([]byte) []byte { return nil } },
	"null":            func(b *booth3) { b.text = func([]byte) []byte { return []byte("null") } },
	"half":            func(b *booth3) { b.text = func(body []byte) []byte { return body[:len(body)/2] } },
	"no UTF-8":        func(b *booth3) { b.text = edit3("{", "{\"x\":\"\xff\",") },
	"a doubled name":  func(b *booth3) { b.text = edit3("{", `{"a":1,"a":1,`) },
	"a doubled sum":   func(b *booth3) { b.text = edit3("{", `{"x":{"total":1,"total":350},`) },
	"HTTP 201":        func(b *booth3) { b.says = status3(201) },
	"HTTP 206":        func(b *booth3) { b.says = status3(206) },
	"HTTP 400":        func(b *booth3) { b.says = status3(400) },
	"HTTP 500":        func(b *booth3) { b.says = status3(500) },
	"204 with a body": func(b *booth3) { b.says = status3(204) },
	"another appid":   named3("appid", "wx0000000000000000"),
	"no appid":        named3("appid", nil),
	"an odd appid":    named3("appid", 7),
	"another mchid":   named3("mchid", "10000101"),
	"no mchid":        named3("mchid", nil),
	"a sub_mchid":     named3("sub_mchid", "1900000109"),
	"a sub_appid":     named3("sub_appid", "wxsub"),
	"an sp_mchid":     named3("sp_mchid", "10000100"),
	"another order":   named3("out_trade_no", "K0042-000008ABCDEFGHIJKLMNOPQR"),
	"no order":        named3("out_trade_no", nil),
	"another refund":  named3("out_refund_no", "K0042-000008ABCDEFGHIJKLMNOPQRR1"),
	"no refund":       named3("out_refund_no", nil),
	"another payment": named3("transaction_id", "1"),
}

func status3(status int) func(string, map[string]any) (int, map[string]any) {
	return func(call string, in map[string]any) (int, map[string]any) {
		_, out := usual3(call, in)
		return status, out
	}
}

func named3(name string, value any) func(b *booth3) {
	return func(b *booth3) {
		b.bend = func(out map[string]any) {
			if out[name] = value; value == nil {
				delete(out, name)
			}
		}
	}
}

// tolerated are bendings that an answer does not show, or that its call does not depend on.
func tolerated(what, call string) bool {
	ids := strings.Contains(what, "appid") || strings.Contains(what, "mchid")
	order := strings.HasSuffix(what, " order")
	refunds := strings.HasSuffix(what, " refund")
	switch call {
	case "close":
		return what != "HTTP 201" && what != "HTTP 206" && what != "HTTP 400" && what != "HTTP 500" && what != "nothing"
	case "native", "jsapi": // they may leave the ids and the number out, but not name others
		return strings.HasPrefix(what, "no ") && (ids || order) || refunds || what == "another payment"
	case "codepay", "query", "reverse":
		return refunds || what == "another payment"
	case "refund":
		return strings.HasPrefix(what, "no ") && ids
	case "refundquery":
		return false
	}
	return false
}

func TestAForgedV3AnswerNeverCounts(t *testing.T) {
	n := 0
	for _, table := range []map[string]func(*booth3){forged3, bent3} {
		for what, bend := range table {
			for call, do := range each3 {
				if _, bent := bent3[what]; bent && tolerated(what, call) || call == "close" && what == "nothing" {
					continue
				}
				g, b := meet3(t)
				bend(b)
				n++
				said, err := do(t.Context(), g)
				if err == nil || said != (sale.Answer{}) {
					t.Errorf("%s by %s was taken for %+v: goods or money would go out for nothing", call, what, said)
					continue
				}
				quiet(t, what+" by "+call, err)
				if n := len(b.calls) - b.count3("certificates"); n != 1 && call != "refundquery" {
					t.Errorf("%s by %s was sent %d times", call, what, n)
				}
			}
		}
	}
	if n < 400 {
		t.Errorf("only %d forgeries were tried", n)
	}
}

// The second question of a refund round is held to the same.
func TestAForgedV3RefundqueryNeverCounts(t *testing.T) {
	for what, bend := range forged3 {
		g, first := meet3(t)
		forged := &booth3{who: "public", serial: aPublicID, certs: []string{"old"}, says: usual3}
		bend(forged)
		if what == "another order's" {
			continue // it is told by its signature, as above
		}
		path := "/v3/refund/domestic/refunds/" + itsNo + "R1"
		g.Plain = &http.Client{Transport: crossing{path: forged, "": first}}
		if said, err := g.Query(t.Context(), owing(anOrder3(sale.Native))); err == nil {
			t.Errorf("refunds by %s: %+v", what, said)
		}
		if forged.count3("refundquery") != 1 {
			t.Errorf("refunds by %s: it was not asked", what)
		}
	}
}

func TestFiveMinutesOfSkewAreLetThrough(t *testing.T) {
	at := time.Date(2026, 3, 2, 4, 5, 6, 0, time.UTC)
	for _, c := range []struct {
		skew time.Duration
		good bool
	}{{0, true}, {300, true}, {-300, true}, {301, false}, {-301, false}, {86400, false}} {
		g, b := meet3(t)
		g.Now, b.now = func() time.Time { return at }, func() time.Time { return at.Add(c.skew * time.Second) }
		_, err := g.Query(t.Context(), anOrder3(sale.Native))
		if (err == nil) != c.good || err != nil && !strings.Contains(err.Error(), "check the clock") {
			t.Errorf("a gateway %d s ahead of us: %v", c.skew, err)
		}
	}
}

func TestGoodV3AnswersComeInManyShapes(t *testing.T) {
	for what, bend := range map[string]func(b *booth3){
		"an unknown field":    func(b *booth3) { b.text = edit3("{", `{"zz_new":{"a":[1,{"b":null}],"c":1.5e3},"Appid":"x",`) },
		"no signature type":   head3(func(h http.Header) { h.Del("Wechatpay-Signature-Type") }),
		"blanks":              func(b *booth3) { b.text = edit3("{", " \r\n{\t") },
		"empty ids":           named3("sub_mchid", ""),
		"a null for a string": named3("attach", nil),
	} {
		for call, do := range each3 {
			if call == "close" && what != "no signature type" {
				continue
			}
			g, b := meet3(t)
			bend(b)
			if said, err := do(t.Context(), g); err != nil || said.Outcome == "" {
				t.Errorf("%s with %s is lost: %v", call, what, err)
			}
		}
	}
}

func TestV3SubMerchantsMustBeEchoed(t *testing.T) {
	for _, name := range []string{"sp_appid", "sp_mchid", "sub_appid", "sub_mchid"} {
		for _, value := range []any{nil, "", "another", 7} {
			g, b := meet3(t)
			named3(name, value)(b)
			if said, err := g.Query(t.Context(), sub3(anOrder3(sale.Native))); err == nil {
				t.Errorf("%s %v was taken for %+v", name, value, said)
			}
		}
	}
}

// A canary sits in everything that is secret; no error may sing.
func TestNoV3ErrorTellsASecret(t *testing.T) {
	const page = "canarypage"
	n := 0
	hear := func(what string, err error) {
		if n++; err != nil {
			quiet3(t, what, err)
		}
	}
	for call, do := range each3 {
		for _, bad := range []error{errors.New(page + anOpenID), &net.OpError{Op: page, Err: errors.New(aCode)}, &net.DNSError{Err: page, Name: anOpenID}} {
			g, _ := meet3(t)
			g.URL, g.Plain = "http://gateway/?canaryquery", &http.Client{Transport: broken{bad}}
			_, err := do(t.Context(), g)
			hear(call, err)
		}
		g, _ := meet3(t)
		g.URL = "ht tp://canaryquery"
		_, err := do(t.Context(), g)
		hear(call, err)
		for what, code := range map[string]string{"a word": page + anOpenID, "a code": aCode, "a key": aKey3, "markup": "<" + page + ">"} {
			for _, status := range []int{202, 400, 500} {
				for _, forge := range []func(h http.Header, body []byte) []byte{nil, func(h http.Header, body []byte) []byte { unsign(h); return body }} {
					g, b := meet3(t)
					b.says, b.forge = no3(call, status, code), forge
					_, err := do(t.Context(), g)
					hear(call+" "+what, err)
				}
			}
		}
		for _, raw := range []string{"HTTP/9.9 " + page + "\r\n\r\n", "HTTP/1.1 200 OK\r\n" + page + anOpenID + "\r\n\r\n", "{\"" + page + "\"}"} {
			g, b := meet3(t)
			b.send = func(w http.ResponseWriter, r *http.Request) { garble(raw)(w, r, nil) }
			srv := httptest.NewServer(b)
			g.URL, g.Plain = strings.Replace(srv.URL, "//", "//user:canarypass@", 1), &http.Client{Transport: Transport(Wire{})}
			_, err := do(t.Context(), g)
			srv.Close()
			hear(call+" garbled", err)
		}
	}
	if n < 200 {
		t.Errorf("only %d errors were heard", n)
	}
}

func quiet3(t *testing.T, what string, err error) {
	t.Helper()
	quiet(t, what, err)
	for _, secret := range []string{aKey3, "PRIVATE", "WECHATPAY2", "signature=", "auth_code", "openid"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the log would hold %q: %v", what, secret, err)
		}
	}
}

// FuzzV3Envelope: whatever is accepted must be what encoding/json sees as well, with no name told twice.
func FuzzV3Envelope(f *testing.F) {
	for _, call := range []string{"native", "query", "refund", "reverse"} {
		_, out := usual3(call, map[string]any{})
		text, _ := json.Marshal(out)
		f.Add(text)
	}
	for _, in := range []string{"{}", "[]", "null", `{"a":1,"a":2}`, `{"a":{"b":1,"b":2}}`, `{"a":"\ud800"}`, `{"amount":{"total":350.0}}`, `{"amount":{"total":1e2}}`,
		`{"a":1}{}`, "{\"a\":\"\xff\"}", ` {"a":[1,2,{"c":null}]} `, `{"a":1,}`, `{"":""}`, strings.Repeat(`{"a":`, 20), "\ufeff{}"} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		o, err := readObject(in)
		if err != nil {
			return
		}
		d := json.NewDecoder(bytes.NewReader(in))
		d.UseNumber()
		var want map[string]any
		if err := d.Decode(&want); err != nil {
			t.Fatalf("%q is read as %v; encoding/json refuses it: %v", in, o, err)
		}
		got, _ := json.Marshal(o)
		again, _ := json.Marshal(want)
		if !bytes.Equal(got, again) {
			t.Fatalf("%q is read as %s; encoding/json reads %s", in, got, again)
		}
		if fen, err := o.within("amount").readFen("total"); err == nil && (fen < 0 || fen > 999999999999) {
			t.Fatalf("%q: an amount of %d", in, fen)
		}
		var said sale.Answer
		order := owing(anOrder3(sale.Native))
		_ = o.verifyFor(order, true)
		_, _ = readMoney(o)
		_ = o.addRefund(&said, order)
		_, _ = readCertificates(in, aKey3, nil, time.Now())
	})
}
