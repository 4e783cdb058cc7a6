package pay

import (
	"bytes"
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kiosk/sale"
)

const (
	aKey3      = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"
	aPublicID  = "PUB_KEY_ID_0110000100202603020000000001"
	anOpenID   = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
	aPayment   = "4200001234202603020000000001"
	ourSerial  = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
	certSerial = 0x0A17
)

// keysOf are the RSA keys of the tests: the merchant's, two of the gateway's certificates, its public key, a stranger's.
var keysOf = sync.OnceValue(func() map[string]*rsa.PrivateKey {
	all := map[string]*rsa.PrivateKey{}
	for _, who := range []string{"merchant", "old", "new", "public", "stranger"} {
		all[who], _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	return all
})

// sign3 is a signer of the tests' own.
func sign3(key *rsa.PrivateKey, text string) string {
	sum := sha256.Sum256([]byte(text))
	raw, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func seal3(key, aad, nonce, text string) string {
	block, _ := aes.NewCipher([]byte(key))
	gcm, _ := cipher.NewGCM(block)
	return base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), []byte(text), []byte(aad)))
}

// booth3 is a small gateway of another making that speaks API v3.
type booth3 struct {
	who    string // whose key signs
	serial string // and under which serial
	certs  []string
	says   func(call string, in map[string]any) (int, map[string]any)
	bend   func(out map[string]any)                     // before it signs
	text   func(body []byte) []byte                     // before it signs
	forge  func(h http.Header, body []byte) []byte      // after it signed
	send   func(w http.ResponseWriter, r *http.Request) // instead of an answer
	now    func() time.Time

	mu    sync.Mutex
	calls []string // what they are called; the paths are in asked
	asked []map[string]any
	bad   []string
}

var authorized = regexp.MustCompile(`^WECHATPAY2-SHA256-RSA2048 mchid="(\d+)",nonce_str="(\w{16,32})",timestamp="(\d+)",serial_no="([0-9A-F]+)",signature="([^"]+)"$`)

// callOf names a call by its method and path.
func callOf(r *http.Request) string {
	last := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	switch {
	case strings.Contains(r.URL.Path, "/refund/"):
		return map[string]string{"GET": "refundquery", "POST": "refund"}[r.Method]
	case r.Method == "GET" && last != "certificates":
		return "query"
	}
	return last
}

func (b *booth3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	call, in := callOf(r), map[string]any{}
	if len(body) > 0 {
		json.Unmarshal(body, &in)
	}
	in["path"] = r.URL.RequestURI()
	if i := strings.Index(r.URL.Path, "/out-trade-no/"); i > 0 {
		in["out_trade_no"], _, _ = strings.Cut(r.URL.Path[i+len("/out-trade-no/"):], "/")
	}
	b.mu.Lock()
	b.calls, b.asked = append(b.calls, call), append(b.asked, in)
	b.check(r, body)
	send, now := b.send, time.Now()
	if b.now != nil {
		now = b.now()
	}
	b.mu.Unlock()
	if send != nil {
		send(w, r)
		return
	}
	status, out := b.says(call, in)
	var text []byte
	if call == "certificates" && out == nil {
		status, text = 200, b.list()
	} else if status != http.StatusNoContent {
		if b.bend != nil {
			b.bend(out)
		}
		text, _ = json.Marshal(out)
	}
	if b.text != nil {
		text = b.text(text)
	}
	stamp := strconv.FormatInt(now.Unix(), 10)
	h := w.Header()
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Wechatpay-Timestamp", stamp)
	h.Set("Wechatpay-Nonce", "c5ac7061fccab6bf3e254dcf98995b8c")
	h.Set("Wechatpay-Serial", b.serial)
	h.Set("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")
	h.Set("Wechatpay-Signature", sign3(keysOf()[b.who], stamp+"\nc5ac7061fccab6bf3e254dcf98995b8c\n"+string(text)+"\n"))
	if b.forge != nil {
		text = b.forge(h, text)
	}
	w.WriteHeader(status)
	w.Write(text)
}

// check verifies a request as the gateway does.
func (b *booth3) check(r *http.Request, body []byte) {
	f := authorized.FindStringSubmatch(r.Header.Get("Authorization"))
	if f == nil {
		b.bad = append(b.bad, "the gateway cannot read the authorization of "+r.URL.Path)
		return
	}
	text := r.Method + "\n" + r.URL.RequestURI() + "\n" + f[3] + "\n" + f[2] + "\n" + string(body) + "\n"
	sum := sha256.Sum256([]byte(text))
	raw, err := base64.StdEncoding.DecodeString(f[5])
	if err != nil || rsa.VerifyPKCS1v15(&keysOf()["merchant"].PublicKey, crypto.SHA256, sum[:], raw) != nil || f[4] != ourSerial || f[1] != "10000100" {
		b.bad = append(b.bad, "the gateway cannot verify "+r.URL.Path)
	}
	if r.Header.Get("Accept") != "application/json" || r.Header.Get("User-Agent") == "" {
		b.bad = append(b.bad, "the gateway misses a header of "+r.URL.Path)
	}
	if (r.Header.Get("Content-Type") != "application/json") != (r.Method == "GET") {
		b.bad = append(b.bad, "the content type of "+r.URL.Path)
	}
}

// cert3 makes a certificate of the gateway's; its number tells old from new.
func cert3(who string, until time.Time) (serial, text string) {
	n := big.NewInt(certSerial + int64(len(who)))
	if who == "new" {
		n.SetInt64(0xC0FFEE)
	}
	sheet := &x509.Certificate{SerialNumber: n, Subject: pkix.Name{CommonName: "Tenpay.com " + who}, NotBefore: until.AddDate(-5, 0, 0), NotAfter: until}
	key := keysOf()[who]
	raw, err := x509.CreateCertificate(rand.Reader, sheet, sheet, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%040X", n), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

func serial3(who string) string {
	s, _ := cert3(who, time.Now().AddDate(1, 0, 0))
	return s
}

// list is the answer of /v3/certificates.
func (b *booth3) list() []byte {
	rows := []any{}
	for _, who := range b.certs {
		serial, text := cert3(who, time.Now().AddDate(1, 0, 0))
		rows = append(rows, map[string]any{"serial_no": serial, "effective_time": "2025-01-01T00:00:00+08:00", "expire_time": "2030-01-01T00:00:00+08:00",
			"encrypt_certificate": map[string]any{"algorithm": "AEAD_AES_256_GCM", "nonce": "61f9c719728a", "associated_data": "certificate",
				"ciphertext": seal3(aKey3, "certificate", "61f9c719728a", text)}})
	}
	out, _ := json.Marshal(map[string]any{"data": rows})
	return out
}

// RoundTrip answers without a socket.
func (b *booth3) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w.Result(), nil
}

func (b *booth3) last() map[string]any { return b.asked[len(b.asked)-1] }

// count3 tells how often a call was made.
func (b *booth3) count3(call string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.calls {
		if c == call {
			n++
		}
	}
	return n
}

// usual3 is what a gateway says when all goes well.
func usual3(call string, in map[string]any) (int, map[string]any) {
	no := in["out_trade_no"]
	if no == nil {
		no = string(anOrder(sale.Native).No)
	}
	paid := map[string]any{"out_trade_no": no, "transaction_id": aPayment, "trade_type": "NATIVE", "trade_state": "SUCCESS", "trade_state_desc": "支付成功",
		"bank_type": "CFT", "attach": "", "success_time": "2026-03-02T12:05:06+08:00", "payer": map[string]any{"openid": anOpenID},
		"amount": map[string]any{"total": 350, "payer_total": 300, "currency": "CNY", "payer_currency": "CNY"}, "promotion_detail": []any{}}
	ids := map[string]any{"appid": "wxd930ea5d5a258f4f", "mchid": "10000100"}
	if path := fmt.Sprint(in["path"]); strings.Contains(path, "/partner/") {
		ids = map[string]any{"sp_appid": "wxd930ea5d5a258f4f", "sp_mchid": "10000100", "sub_appid": "wxsub", "sub_mchid": "1900000109"}
	}
	for name, id := range ids {
		paid[name] = id
	}
	switch call {
	case "native":
		return 200, map[string]any{"code_url": "weixin://wxpay/bizpayurl?pr=abc&x=<1>"}
	case "jsapi":
		return 200, map[string]any{"prepay_id": "wx201410272009395522657a690389285100"}
	case "codepay", "query":
		return 200, paid
	case "close":
		return 204, nil
	case "reverse":
		ids["out_trade_no"] = no
		return 200, ids
	case "refund", "refundquery":
		sums := map[string]any{"total": 350, "refund": 350, "payer_total": 300, "payer_refund": 300, "currency": "CNY"}
		if asked, ok := in["amount"].(map[string]any); ok {
			sums["total"], sums["refund"] = asked["total"], asked["refund"]
		}
		return 200, map[string]any{"refund_id": "50000000382019052709732678859", "out_refund_no": string(anOrder(sale.Native).No) + "R1", "transaction_id": aPayment,
			"out_trade_no": string(anOrder(sale.Native).No), "channel": "ORIGINAL", "status": map[string]string{"refund": "PROCESSING", "refundquery": "SUCCESS"}[call],
			"amount": sums}
	}
	return 200, nil
}

// no3 refuses one call with a status and a word, and answers the others as usual.
func no3(call string, status int, code string) func(string, map[string]any) (int, map[string]any) {
	return func(asked string, in map[string]any) (int, map[string]any) {
		if asked == call {
			return status, map[string]any{"code": code, "message": "某个说明", "detail": map[string]any{"field": "/x"}}
		}
		return usual3(asked, in)
	}
}

func anOrder3(means sale.Means) sale.Order {
	o := anOrder(means)
	o.Merchant = sale.Merchant{API: "v3", AppID: "wxd930ea5d5a258f4f", MchID: "10000100", Key: Fingerprint(aKey3)}
	return o
}

// meet3 builds a client with WeChat Pay's public key, whose wire ends at a booth.
func meet3(t testing.TB) (*V3, *booth3) {
	t.Helper()
	b := &booth3{who: "public", serial: aPublicID, certs: []string{"old"}, says: usual3}
	t.Cleanup(func() {
		for _, text := range b.bad {
			t.Error(text)
		}
	})
	return &V3{URL: "http://gateway", Payee: anOrder3(sale.Native).Merchant, APIv3Key: aKey3, MerchantSerial: ourSerial, Merchant: keysOf()["merchant"],
		PublicKeyID: aPublicID, PublicKey: &keysOf()["public"].PublicKey,
		NotifyURL: "https://pay.example/notify", IP: "10.1.2.3", Plain: &http.Client{Transport: b}}, b
}

// meetCerts builds one with certificates only.
func meetCerts(t testing.TB) (*V3, *booth3) {
	g, b := meet3(t)
	g.PublicKeyID, g.PublicKey = "", nil
	b.who, b.serial = "old", serial3("old")
	return g, b
}

// each3 is every deed at the gateway, by the call it leads to.
var each3 = map[string]func(ctx context.Context, g *V3) (sale.Answer, error){
	"native": func(ctx context.Context, g *V3) (sale.Answer, error) { return g.Ask(ctx, anOrder3(sale.Native)) },
	"codepay": func(ctx context.Context, g *V3) (sale.Answer, error) {
		return g.Charge(ctx, anOrder3(sale.Code), aCode)
	},
	"query":   func(ctx context.Context, g *V3) (sale.Answer, error) { return g.Query(ctx, anOrder3(sale.Native)) },
	"close":   func(ctx context.Context, g *V3) (sale.Answer, error) { return g.Cancel(ctx, anOrder3(sale.Native)) },
	"reverse": func(ctx context.Context, g *V3) (sale.Answer, error) { return g.Cancel(ctx, anOrder3(sale.Code)) },
	"refund": func(ctx context.Context, g *V3) (sale.Answer, error) {
		return g.Refund(ctx, owing(anOrder3(sale.Native)))
	},
	"refundquery": func(ctx context.Context, g *V3) (sale.Answer, error) {
		return g.Query(ctx, owing(anOrder3(sale.Native)))
	},
	"jsapi": func(ctx context.Context, g *V3) (sale.Answer, error) {
		id, err := g.JSAPI(ctx, anOrder3(sale.JSAPI), anOpenID)
		if err != nil {
			return sale.Answer{}, err
		}
		return sale.Answer{Outcome: sale.OutcomeAccepted, Code: id}, nil
	},
}

// edit3 replaces something in a body.
func edit3(old, new string) func([]byte) []byte {
	return func(body []byte) []byte { return bytes.Replace(body, []byte(old), []byte(new), 1) }
}
