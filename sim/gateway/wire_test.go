package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

// showCertificate hands the handler requests as a TLS listener would.
func showCertificate(c *till) {
	ask := func(path string, state *tls.ConnectionState) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", path, strings.NewReader(c.message("out_trade_no", "K1-000001")))
		r.TLS = state
		w := httptest.NewRecorder()
		c.g.ServeHTTP(w, r)
		return w
	}
	verified := &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{{}}}}
	if w := ask("/secapi/pay/reverse", &tls.ConnectionState{}); w.Code != 400 || !strings.Contains(w.Body.String(), "<html>") {
		c.t.Errorf("reverse without a certificate: HTTP %d %s", w.Code, w.Body)
	}
	if m := read(ask("/pay/orderquery", &tls.ConnectionState{}).Body.String()); says(m) != "ORDERNOTEXIST" {
		c.t.Errorf("a query needs no certificate, but: %v", m)
	}
	if m := read(ask("/secapi/pay/reverse", verified).Body.String()); says(m) != "ORDERNOTEXIST" {
		c.t.Errorf("with a certificate: %v", m)
	}
	if m := read(ask("/secapi/pay/reverse", nil).Body.String()); says(m) != "ORDERNOTEXIST" {
		c.t.Errorf("on the loopback street: %v", m)
	}
	c.g.Client = func(*tls.ConnectionState) bool { return false }
	if m := read(ask("/secapi/pay/reverse", verified).Body.String()); says(m) != "unsigned" {
		c.t.Errorf("with another merchant's certificate: %v", m)
	}
}

func showForgeries(c *till) {
	c.native("K1-000001")
	time.Sleep(time.Second)
	for _, how := range Forgeries {
		c.script("orderquery", Trouble{Forge: how})
		body, err := c.post(c.t.Context(), "/pay/orderquery", c.message("out_trade_no", "K1-000001"))
		if err != nil {
			c.t.Fatal(err)
		}
		m := read(body)
		genuine := m["sign"] == ownSign(c.kind, m) && m["return_code"] == "SUCCESS"
		odd := strings.Contains(body, "DOCTYPE") || strings.Contains(body, ` x="1"`) || strings.Count(body, "<xml>") != 1 ||
			strings.Count(body, "<trade_state>") > 1 || m["result_code"] == "" || len(body) > 10<<20
		ours := m["appid"] == testApp && m["mch_id"] == testMch && m["out_trade_no"] == "K1-000001"
		money := m["total_fee"] == "350" && (m["fee_type"] == "" || m["fee_type"] == "CNY")
		if genuine && !odd && ours && money && m["trade_state"] == "SUCCESS" {
			c.t.Errorf("%s: nobody could tell this answer from a true one: %s", how, body)
		}
		if genuine && !odd && ours && m["total_fee"] == "" && how != "no-amount" && how != "other-currency" {
			c.t.Errorf("%s: nothing is forged: %s", how, body)
		}
	}
	if o := c.order("K1-000001"); o.State != "NOTPAY" {
		c.t.Errorf("forging answers changed the order to %s", o.State)
	}
	c.g.Script = nil
	c.pay("K1-000002")
	for how, name := range map[string]string{"other-amount": "total_fee", "no-amount": "total_fee", "other-currency": "fee_type",
		"other-number": "out_trade_no", "other-appid": "appid", "other-mchid": "mch_id"} {
		true1 := c.call("/pay/orderquery", "out_trade_no", "K1-000002")
		c.script("orderquery", Trouble{Forge: how})
		false1 := c.call("/pay/orderquery", "out_trade_no", "K1-000002") // call checks that it is genuinely signed
		c.g.Script = nil
		if true1[name] == false1[name] {
			c.t.Errorf("%s left %s as it was: %s", how, name, false1[name])
		}
	}
}

func showTransport(c *till) {
	query := func() (string, error) {
		ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
		defer cancel()
		return c.post(ctx, "/pay/orderquery", c.message("out_trade_no", "K1-000001"))
	}
	c.g.Script = func(call Call) *Trouble {
		if call.Host == "api.mch.weixin.qq.com" {
			return &Trouble{Lose: "request"}
		}
		return nil
	}
	if _, err := query(); !errors.Is(err, syscall.ECONNREFUSED) {
		c.t.Errorf("the first domain refuses: %v", err)
	}
	r, _ := http.NewRequest("POST", "https://api2.mch.weixin.qq.com/pay/orderquery", strings.NewReader(c.message("out_trade_no", "K1-000001")))
	if res, err := c.g.RoundTrip(r); err != nil || res.StatusCode != 200 {
		c.t.Errorf("the second domain does not answer: %v", err)
	}
	for _, status := range []int{500, 502, 503, 504} {
		c.script("orderquery", Trouble{Status: status})
		if body, err := query(); err == nil || !strings.Contains(body, "<html>") {
			c.t.Errorf("HTTP %d came as %q %v", status, body, err)
		}
	}
	c.script("orderquery", Trouble{Cut: true})
	if body, err := query(); !errors.Is(err, io.ErrUnexpectedEOF) || body == "" {
		c.t.Errorf("a cut body came as %q %v", body, err)
	}
	c.script("orderquery", Trouble{Forge: "empty"})
	if body, err := query(); err != nil || body != "" {
		c.t.Errorf("an empty body came as %q %v", body, err)
	}
	for name, t := range map[string]Trouble{"black hole": {Lose: "hang"}, "slow headers": {Late: time.Minute}, "slow body": {Slow: time.Minute}} {
		c.script("orderquery", t)
		if _, err := query(); !errors.Is(err, context.DeadlineExceeded) {
			c.t.Errorf("%s ended with %v, not with the caller's patience", name, err)
		}
	}
	c.script("orderquery", Trouble{Slow: 5 * time.Second})
	if _, err := query(); err != nil {
		c.t.Errorf("a slow body within the caller's patience: %v", err)
	}
}

// On a real socket a lost answer is a cut connection, and what was booked stays booked.
func TestLostAnswersOnASocket(t *testing.T) {
	c := newTill(t)
	server := httptest.NewServer(c.g)
	defer server.Close()
	ask := func(path string, pairs ...string) (map[string]string, error) {
		res, err := http.Post(server.URL+path, "text/xml", strings.NewReader(c.message(pairs...)))
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return read(string(body)), err
	}
	if err := c.g.Mode(ModeLost); err != nil {
		t.Fatal(err)
	}
	if m, err := ask("/pay/micropay", charge("K1-000001", someCode)...); err == nil {
		t.Errorf("an answer arrived while answers are lost: %v", m)
	}
	if err := c.g.Mode(ModeDown); err != nil {
		t.Fatal(err)
	}
	if m, err := ask("/pay/micropay", charge("K1-000002", otherCode)...); err == nil {
		t.Errorf("an answer arrived while the gateway is down: %v", m)
	}
	if err := c.g.Mode(ModeUp); err != nil {
		t.Fatal(err)
	}
	for no, want := range map[string]string{"K1-000001": "SUCCESS", "K1-000002": "ORDERNOTEXIST"} {
		if m, err := ask("/pay/orderquery", "out_trade_no", no); err != nil || says(m) != want {
			t.Errorf("%s: %v %v, want %s", no, m, err, want)
		}
	}
	c.script("orderquery", Trouble{Cut: true})
	if _, err := ask("/pay/orderquery", "out_trade_no", "K1-000001"); err == nil {
		t.Error("a body that breaks off was read to its end")
	}
	c.script("orderquery", Trouble{Slow: time.Millisecond})
	if m, err := ask("/pay/orderquery", "out_trade_no", "K1-000001"); err != nil || says(m) != "SUCCESS" {
		t.Errorf("a slow body: %v %v", m, err)
	}
	if err := c.g.Mode("sideways"); err == nil {
		t.Error("a mode nobody knows was taken")
	}
}
