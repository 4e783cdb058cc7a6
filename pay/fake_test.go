package pay

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"kiosk/sale"
)

const (
	aKey  = "8934e7d15453e97507ef794cf7b0519d"
	aCode = "134650720866361395"
)

// sealOf is a signer of the tests' own, as plain as can be.
func sealOf(in map[string]string, key, kind string) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if in[name] != "" && name != "sign" {
			text.WriteString(name + "=" + in[name] + "&")
		}
	}
	text.WriteString("key=" + key)
	if kind == "MD5" {
		return fmt.Sprintf("%X", md5.Sum([]byte(text.String())))
	}
	mac := hmac.New(sha256.New, []byte(key))
	io.WriteString(mac, text.String())
	return fmt.Sprintf("%X", mac.Sum(nil))
}

// look reads a flat message with encoding/xml.
func look(body []byte) (map[string]string, error) {
	d, out, depth, name := xml.NewDecoder(bytes.NewReader(body)), map[string]string{}, 0, ""
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		switch e := tok.(type) {
		case xml.StartElement:
			if depth++; depth == 2 {
				name = e.Name.Local
				out[name] = ""
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 2 {
				out[name] += string(e)
			}
		}
	}
}

func write(in map[string]string) []byte {
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, name := range slices.Sorted(maps.Keys(in)) {
		b.WriteString("<" + name + "><![CDATA[" + in[name] + "]]></" + name + ">")
	}
	b.WriteString("</xml>")
	return b.Bytes()
}

// booth is a small gateway of another making.
type booth struct {
	key, kind string
	says      func(call string, in map[string]string) map[string]string
	bend      func(out map[string]string)                               // before it signs
	forge     func(out map[string]string)                               // after it signed
	send      func(w http.ResponseWriter, r *http.Request, body []byte) // instead of a plain answer

	mu    sync.Mutex
	calls []string
	asked []map[string]string
	bad   []string
}

func (b *booth) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	in, err := look(body)
	call := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	b.mu.Lock()
	b.calls, b.asked = append(b.calls, r.URL.Path), append(b.asked, in)
	if err != nil || in["sign"] != sealOf(in, b.key, b.kind) || in["sign_type"] != b.kind {
		b.bad = append(b.bad, "the gateway cannot verify "+r.URL.Path)
	}
	b.mu.Unlock()
	out := map[string]string{"return_code": "SUCCESS", "return_msg": "OK", "appid": in["appid"], "mch_id": in["mch_id"],
		"sub_appid": in["sub_appid"], "sub_mch_id": in["sub_mch_id"], "nonce_str": "n0nce", "result_code": "SUCCESS"}
	maps.Copy(out, b.says(call, in))
	if b.bend != nil {
		b.bend(out)
	}
	out["sign"] = sealOf(out, b.key, b.kind)
	if b.forge != nil {
		b.forge(out)
	}
	if b.send != nil {
		b.send(w, r, write(out))
		return
	}
	w.Write(write(out))
}

// RoundTrip answers without a socket.
func (b *booth) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	w.Header().Set("Date", "Mon, 02 Mar 2026 04:05:06 GMT")
	b.ServeHTTP(w, r)
	return w.Result(), nil
}

func (b *booth) last() map[string]string { return b.asked[len(b.asked)-1] }

// usual is what a gateway says when all goes well.
func usual(call string, in map[string]string) map[string]string {
	no := in["out_trade_no"]
	paid := map[string]string{"out_trade_no": no, "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "trade_type": "NATIVE",
		"bank_type": "CFT", "total_fee": "350", "cash_fee": "300", "coupon_fee": "50", "fee_type": "CNY",
		"transaction_id": "4200001234202603020000000001", "time_end": "20260302120506"}
	switch call {
	case "unifiedorder":
		return map[string]string{"trade_type": "NATIVE", "prepay_id": "wx2016", "code_url": "weixin://wxpay/bizpayurl?pr=abc&x=<1>"}
	case "micropay":
		return paid
	case "orderquery":
		paid["trade_state"] = "SUCCESS"
		return paid
	case "reverse":
		return map[string]string{"recall": "N"}
	case "refund":
		return map[string]string{"out_trade_no": no, "out_refund_no": in["out_refund_no"], "refund_id": "5000",
			"refund_fee": in["refund_fee"], "total_fee": in["total_fee"], "refund_channel": ""}
	case "refundquery":
		return map[string]string{"out_trade_no": no, "transaction_id": paid["transaction_id"], "total_fee": "350",
			"refund_count": "1", "out_refund_no_0": no + "R1", "refund_id_0": "5000", "refund_fee_0": "350", "refund_status_0": "SUCCESS"}
	}
	return nil
}

func anOrder(means sale.Means) sale.Order {
	return sale.Order{
		No: "K0042-000007ABCDEFGHIJKLMNOPQR", Means: means, Slot: 3, Name: "可口可乐 330ml", Fen: 350, State: sale.Waiting,
		Merchant: sale.Merchant{API: "v2", AppID: "wxd930ea5d5a258f4f", MchID: "10000100", SignType: "HMAC-SHA256", Key: Fingerprint(aKey)},
	}
}

func owing(o sale.Order) sale.Order {
	o.State, o.RefundNo, o.Round, o.RefundFen = sale.Refunding, string(o.No)+"R1", 1, 350
	o.Money = sale.Money{Transaction: "4200001234202603020000000001", Fen: 350, Currency: "CNY"}
	return o
}

// meet builds a client whose wire ends at a booth.
func meet(t *testing.T) (*V2, *booth) {
	t.Helper()
	b := &booth{key: aKey, kind: "HMAC-SHA256", says: usual}
	t.Cleanup(func() {
		for _, text := range b.bad {
			t.Error(text)
		}
	})
	c := &http.Client{Transport: b}
	return &V2{URL: "http://gateway", Payee: anOrder(sale.Native).Merchant, Key: aKey, NotifyURL: "https://pay.example/notify", IP: "10.1.2.3", Plain: c, Secapi: c}, b
}

// each is every deed at the gateway, by the call it leads to.
var each = map[string]func(ctx context.Context, g *V2) (sale.Answer, error){
	"unifiedorder": func(ctx context.Context, g *V2) (sale.Answer, error) { return g.Ask(ctx, anOrder(sale.Native)) },
	"micropay":     func(ctx context.Context, g *V2) (sale.Answer, error) { return g.Charge(ctx, anOrder(sale.Code), aCode) },
	"orderquery":   func(ctx context.Context, g *V2) (sale.Answer, error) { return g.Query(ctx, anOrder(sale.Native)) },
	"closeorder":   func(ctx context.Context, g *V2) (sale.Answer, error) { return g.Cancel(ctx, anOrder(sale.Native)) },
	"reverse":      func(ctx context.Context, g *V2) (sale.Answer, error) { return g.Cancel(ctx, anOrder(sale.Code)) },
	"refund": func(ctx context.Context, g *V2) (sale.Answer, error) {
		return g.Refund(ctx, owing(anOrder(sale.Native)))
	},
	"refundquery": func(ctx context.Context, g *V2) (sale.Answer, error) {
		return g.Query(ctx, owing(anOrder(sale.Native)))
	},
}
