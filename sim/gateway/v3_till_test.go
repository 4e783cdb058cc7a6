package gateway

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// desk is a v3 client of another making: it signs, verifies and reads in its own words.
type desk struct {
	*till
	key    *rsa.PrivateKey
	trust  map[string]*rsa.PublicKey
	header map[string]string // added to every request; "-" takes one away
	spoil  func(map[string]string)
	base   string
}

func (c *till) desk() *desk {
	c.t.Helper()
	d := &desk{till: c, trust: map[string]*rsa.PublicKey{}, header: map[string]string{}, base: "https://api.mch.weixin.qq.com"}
	_, keyPEM := c.g.Merchant()
	block, _ := pem.Decode(keyPEM)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		c.t.Fatal(err)
	}
	d.key = key.(*rsa.PrivateKey)
	id, public := c.g.PlatformPublicKey()
	block, _ = pem.Decode(public)
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		c.t.Fatal(err)
	}
	d.trust[id] = pub.(*rsa.PublicKey)
	for _, text := range c.g.PlatformCertificates() {
		d.trusts(text)
	}
	return d
}

func (d *desk) trusts(certPEM []byte) string {
	d.t.Helper()
	block, _ := pem.Decode(certPEM)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		d.t.Fatal(err)
	}
	serial := fmt.Sprintf("%X", cert.SerialNumber)
	d.trust[serial] = cert.PublicKey.(*rsa.PublicKey)
	return serial
}

// v3Answer is what came back.
type v3Answer struct {
	status int
	header http.Header
	body   []byte
	json   map[string]any
}

// send signs and posts; nothing is verified.
func (d *desk) send(ctx context.Context, method, path, body string) (*v3Answer, error) {
	res, err := d.g.RoundTrip(d.request(ctx, d.base, method, path, body))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	a := &v3Answer{status: res.StatusCode, header: res.Header, json: map[string]any{}}
	if a.body, err = io.ReadAll(res.Body); err != nil {
		return nil, err
	}
	json.Unmarshal(a.body, &a.json) // what is not JSON stays bytes
	return a, nil
}

// request is a signed one.
func (d *desk) request(ctx context.Context, base, method, path, body string) *http.Request {
	d.nth++
	part := map[string]string{"mchid": testMch, "nonce_str": fmt.Sprint("NONCE", d.nth), "timestamp": fmt.Sprint(time.Now().Unix()),
		"serial_no": d.g.MerchantSerial(), "path": path, "body": body}
	if d.spoil != nil {
		d.spoil(part)
	}
	sum := sha256.Sum256([]byte(method + "\n" + part["path"] + "\n" + part["timestamp"] + "\n" + part["nonce_str"] + "\n" + part["body"] + "\n"))
	sig, err := rsa.SignPKCS1v15(nil, d.key, crypto.SHA256, sum[:])
	if err != nil {
		d.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(ctx, method, base+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", fmt.Sprintf(`WECHATPAY2-SHA256-RSA2048 mchid="%s",nonce_str="%s",timestamp="%s",serial_no="%s",signature="%s"`,
		part["mchid"], part["nonce_str"], part["timestamp"], part["serial_no"], base64.StdEncoding.EncodeToString(sig)))
	for name, value := range d.header {
		if r.Header.Set(name, value); value == "-" {
			r.Header.Del(name)
		}
	}
	return r
}

// over sends it through a socket.
func (d *desk) over(base, method, path, body string) (*http.Response, error) {
	res, err := http.DefaultClient.Do(d.request(d.t.Context(), base, method, path, body))
	if err == nil {
		d.t.Cleanup(func() { res.Body.Close() })
	}
	return res, err
}

// verify says why an answer, or a notice, cannot be believed; "" when it can.
func (d *desk) verify(h http.Header, body []byte) string {
	seconds, _ := strconv.ParseInt(h.Get("Wechatpay-Timestamp"), 10, 64)
	key := d.trust[h.Get("Wechatpay-Serial")]
	sig, err := base64.StdEncoding.DecodeString(h.Get("Wechatpay-Signature"))
	sum := sha256.Sum256([]byte(h.Get("Wechatpay-Timestamp") + "\n" + h.Get("Wechatpay-Nonce") + "\n" + string(body) + "\n"))
	switch {
	case h.Get("Wechatpay-Signature") == "":
		return "no signature"
	case strings.HasPrefix(h.Get("Wechatpay-Signature"), "WECHATPAY/SIGNTEST/"):
		return "probe"
	case time.Since(time.Unix(seconds, 0)).Abs() > 300*time.Second:
		return "clock"
	case key == nil:
		return "unknown serial"
	case err != nil || rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) != nil:
		return "wrong signature"
	}
	return ""
}

// ask demands a signed answer, of errors too.
func (d *desk) ask(method, path, body string) *v3Answer {
	d.t.Helper()
	a, err := d.send(d.t.Context(), method, path, body)
	if err != nil {
		d.t.Fatalf("%s gave no answer: %v", path, err)
	}
	if why := d.verify(a.header, a.body); why != "" {
		d.t.Errorf("%s answered %d with %s: %s", path, a.status, why, a.body)
	}
	if a.header.Get("Request-ID") == "" {
		d.t.Errorf("%s answered without Request-ID", path)
	}
	return a
}

// word is the answer in one word: the status and the code without underscores, or the state.
func (a *v3Answer) word() string {
	if code, ok := a.json["code"].(string); ok {
		return fmt.Sprint(a.status, " ", strings.ReplaceAll(code, "_", ""))
	}
	if state, ok := a.json["trade_state"].(string); ok {
		return state
	}
	if state, ok := a.json["status"].(string); ok {
		return state
	}
	return fmt.Sprint(a.status)
}

func (a *v3Answer) text(path ...string) string {
	var at any = a.json
	for _, name := range path {
		m, _ := at.(map[string]any)
		at = m[name]
	}
	if at == nil {
		return ""
	}
	return fmt.Sprint(at)
}

func (d *desk) order(kind, no, extra string) *v3Answer {
	d.t.Helper()
	return d.ask("POST", "/v3/pay/transactions/"+kind, `{"appid":"`+testApp+`","mchid":"`+testMch+`","description":"可乐","out_trade_no":"`+no+
		`","notify_url":"https://example.com/notify/v3","amount":{"total":350,"currency":"CNY"}`+extra+`}`)
}

func (d *desk) native3(no string) *v3Answer { d.t.Helper(); return d.order("native", no, "") }

func codepayBody(no, code string) string {
	return `{"appid":"` + testApp + `","mchid":"` + testMch + `","description":"可乐","out_trade_no":"` + no +
		`","payer":{"auth_code":"` + code + `"},"amount":{"total":350,"currency":"CNY"},"scene_info":{"device_ip":"127.0.0.1","store_info":{"out_id":"K1"}}}`
}

func (d *desk) codepay(no, code string) *v3Answer {
	d.t.Helper()
	return d.ask("POST", "/v3/pay/transactions/codepay", codepayBody(no, code))
}

func (d *desk) query3(no string) *v3Answer {
	d.t.Helper()
	return d.ask("GET", "/v3/pay/transactions/out-trade-no/"+no+"?mchid="+testMch, "")
}

func (d *desk) close3(no string) string {
	d.t.Helper()
	return d.ask("POST", "/v3/pay/transactions/out-trade-no/"+no+"/close", `{"mchid":"`+testMch+`"}`).word()
}

func (d *desk) reverse3(no string) string {
	d.t.Helper()
	return d.ask("POST", "/v3/pay/transactions/out-trade-no/"+no+"/reverse", `{"appid":"`+testApp+`","mchid":"`+testMch+`"}`).word()
}

func (d *desk) refund3(no, refundNo string, fen int) *v3Answer {
	d.t.Helper()
	return d.ask("POST", "/v3/refund/domestic/refunds", fmt.Sprintf(`{"out_trade_no":"%s","out_refund_no":"%s","notify_url":"https://example.com/notify/v3","amount":{"refund":%d,"total":350,"currency":"CNY"}}`, no, refundNo, fen))
}

func (d *desk) pay3(no string) {
	d.t.Helper()
	if _, text, err := d.g.Pay(d.native3(no).text("code_url"), "pay"); err != nil || text != PhonePaid {
		d.t.Fatalf("%s could not be paid: %s %v", no, text, err)
	}
}
