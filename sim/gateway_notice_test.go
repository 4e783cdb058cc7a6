package sim

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// inbox is the kiosk's end of notices: it remembers what came and answers as it is told.
type inbox struct {
	mu     sync.Mutex
	came   []posted
	now    int // being read at this moment
	most   int
	answer func(r *http.Request) (*http.Response, error) // nil: takes it
	stop   func()
}

type posted struct {
	at     time.Time
	header http.Header
	url    string
	body   []byte
}

func reply200(body string) (*http.Response, error) { return replyWith(200, body) }

func replyWith(status int, body string) (*http.Response, error) {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

const takenV2 = "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"

// listen runs the gateway's post office until the test has ended.
func (c *till) listen() *inbox {
	in := &inbox{}
	c.g.Post = func(r *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(r.Body)
		in.mu.Lock()
		in.came = append(in.came, posted{time.Now(), r.Header, r.URL.String(), body})
		in.now++
		in.most = max(in.most, in.now)
		in.mu.Unlock()
		defer func() { in.mu.Lock(); in.now--; in.mu.Unlock() }()
		if in.answer != nil {
			return in.answer(r)
		}
		time.Sleep(10 * time.Millisecond)
		return reply200(takenV2)
	}
	in.run(c)
	return in
}

func (in *inbox) run(c *till) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	g := c.g
	go func() { defer close(done); g.Run(ctx) }()
	in.stop = func() { cancel(); <-done }
	c.t.Cleanup(in.stop)
}

func (in *inbox) all() []posted {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.came)
}

// open is what a v3 notice says inside; it must be genuine.
func (d *desk) open(p posted) (outer, inner map[string]any) {
	d.t.Helper()
	if why := d.verify(p.header, p.body); why != "" {
		d.t.Fatalf("a genuine notice came with %s", why)
	}
	if err := json.Unmarshal(p.body, &outer); err != nil {
		d.t.Fatal(err)
	}
	r := outer["resource"].(map[string]any)
	extra, _ := r["associated_data"].(string)
	text, err := aeadOpen(TestAPIv3Key, r["nonce"].(string), extra, r["ciphertext"].(string))
	if err != nil {
		d.t.Fatalf("a genuine notice cannot be opened: %v", err)
	}
	if err := json.Unmarshal([]byte(text), &inner); err != nil {
		d.t.Fatal(err)
	}
	return outer, inner
}

// openRefund opens req_info in other words than it was sealed with.
func openRefund(key, sealed string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(raw)%16 != 0 || len(raw) == 0 {
		return "", errors.Join(err, errors.New("not whole blocks"))
	}
	block, _ := aes.NewCipher(fmt.Appendf(nil, "%x", md5.Sum([]byte(key))))
	for i := 0; i < len(raw); i += 16 {
		block.Decrypt(raw[i:i+16], raw[i:i+16])
	}
	pad := int(raw[len(raw)-1])
	if pad < 1 || pad > 16 || !bytes.HasSuffix(raw, bytes.Repeat([]byte{byte(pad)}, pad)) {
		return "", errors.New("bad padding")
	}
	return string(raw[:len(raw)-pad]), nil
}

// rootMap reads the inside of req_info.
func rootMap(text string) map[string]string {
	return read(strings.NewReplacer("<root>", "<xml>", "</root>", "</xml>").Replace(text))
}

var noticeItems = []item{
	{49, "the-whole-ladder", showLadder},
	{49, "an-answer-that-ends-it", showNoticeAnswers},
	{49, "the-ladder-goes-on-after-a-restart", func(c *till) {
		c.g.Path = filepath.Join(c.t.TempDir(), "gateway.json")
		in := c.listen()
		in.answer = func(*http.Request) (*http.Response, error) { return replyWith(500, "") }
		c.pay("K1-000001")
		time.Sleep(59 * time.Second)
		in.stop()
		before := len(in.all())
		c = c.again()
		in.run(c)
		time.Sleep(25 * time.Hour)
		if n := len(in.all()); before != 3 || n != 16 {
			c.t.Errorf("%d attempts before and %d in all, not 3 and 16", before, n)
		}
	}},
	{50, "twice-together-late-never", showTroubledNotices},
	{50, "before-the-order-is-answered", func(c *till) {
		in := c.listen()
		c.script("unifiedorder", Trouble{Then: "pay", Late: 3 * time.Second})
		start := time.Now()
		c.native("K1-000001")
		if came := in.all(); len(came) != 1 || came[0].at.Sub(start) > 0 {
			c.t.Errorf("the notice did not overtake the answer: %v", came)
		}
		c.script("unifiedorder", Trouble{Then: "pay", In: time.Minute})
		c.native("K1-000002")
		time.Sleep(time.Minute + time.Second)
		if n := len(in.all()); n != 2 {
			c.t.Errorf("a phone that pays by itself after a minute: %d notices", n)
		}
	}},
	{50, "the-refund-before-the-payment", func(c *till) {
		d := c.desk()
		c.script("notice", Trouble{Delay: time.Minute})
		in := c.listen()
		d.pay3("K1-000001")
		d.refund3("K1-000001", "R1", 350)
		time.Sleep(2 * time.Minute)
		came := in.all()
		if len(came) != 2 {
			c.t.Fatalf("%d notices, not two", len(came))
		}
		first, r := d.open(came[0])
		second, p := d.open(came[1])
		c.want("first", fmt.Sprint(first["event_type"], " ", r["refund_status"]), "REFUND.SUCCESS SUCCESS")
		c.want("second", fmt.Sprint(second["event_type"], " ", p["trade_state"]), "TRANSACTION.SUCCESS SUCCESS")
		c.want("whose", fmt.Sprint(r["out_refund_no"], " ", r["mchid"]), "R1 "+testMch)
	}},
	{51, "forged-in-v2", showForgedNotices},
	{52, "sign-type-now-and-then", func(c *till) {
		for _, kind := range []string{"MD5", "HMAC-SHA256"} {
			c.kind = kind
			with := 0
			for i := range 20 {
				no := fmt.Sprint("K1-", kind[:3], "00", i)
				c.pay(no)
				m := c.notice(no, "")
				if m["sign"] != ownSign(kind, m) {
					c.t.Errorf("the notice of a %s order is signed otherwise", kind)
				}
				if m["sign_type"] != "" {
					with++
				}
			}
			if with == 0 || with == 20 {
				c.t.Errorf("%s: sign_type came with %d of 20", kind, with)
			}
		}
		for how, want := range map[string]string{"always": "HMAC-SHA256", "never": ""} {
			c.g.Rules.SignType = how
			c.want(how, c.notice("K1-HMA001", "")["sign_type"], want)
		}
	}},
	{53, "genuine-and-wrong", func(c *till) {
		d := c.desk()
		c.pay("K1-000001")
		d.pay3("K1-000002")
		is := c.notice("K1-000001", "")
		two, more := c.notice("K1-000001", "other-transaction"), c.notice("K1-000001", "other-amount")
		if two["transaction_id"] == is["transaction_id"] || more["total_fee"] != "351" {
			c.t.Errorf("nothing is odd about %v and %v", two, more)
		}
		for _, m := range []map[string]string{two, more} {
			if m["sign"] != ownSign(c.kind, m) {
				c.t.Error("an oddity is to be genuinely signed")
			}
		}
		_, was := d.open(c.raw("K1-000002", ""))
		_, other := d.open(c.raw("K1-000002", "other-transaction"))
		_, amount := d.open(c.raw("K1-000002", "other-amount"))
		if was["transaction_id"] == other["transaction_id"] || fmt.Sprint(amount["amount"].(map[string]any)["total"]) != "351" {
			c.t.Errorf("nothing is odd about %v and %v", other, amount)
		}
	}},
	{53, "paid-after-the-kiosk-gave-up", func(c *till) {
		in := c.listen()
		c.g.Rules.PayAfterClose = true
		qr := c.native("K1-000001")["code_url"]
		time.Sleep(5 * time.Minute)
		c.close("K1-000001")
		c.phone(qr, "pay")
		time.Sleep(time.Second)
		if n := len(in.all()); n != 1 {
			c.t.Errorf("a payment of a closed order gave %d notices", n)
		}
	}},
	{54, "refund-notices-of-v2", showRefundNotices},
	{69, "forged-in-v3", showForgedV3Notices},
	{69, "one-id-for-every-copy", func(c *till) {
		d, in := c.desk(), c.listen()
		in.answer = func(*http.Request) (*http.Response, error) { return replyWith(500, `{"code":"FAIL"}`) }
		d.pay3("K1-000001")
		time.Sleep(2 * time.Minute)
		ids, nonces := map[any]bool{}, map[string]bool{}
		for _, p := range in.all() {
			outer, _ := d.open(posted{header: p.header, body: p.body, at: p.at})
			ids[outer["id"]], nonces[p.header.Get("Wechatpay-Nonce")] = true, true
			c.want("where to", p.url, "https://example.com/notify/v3")
		}
		if len(ids) != 1 || len(nonces) != 4 {
			c.t.Errorf("four copies have the ids %v and the nonces %v", ids, nonces)
		}
	}},
}

// raw is the order's notice as it would be posted.
func (c *till) raw(no, forgery string) posted {
	c.t.Helper()
	r, err := c.g.Notice(no, forgery)
	if err != nil {
		c.t.Fatal(err)
	}
	body, _ := io.ReadAll(r.Body)
	return posted{time.Now(), r.Header, r.URL.String(), body}
}

func (c *till) notice(no, forgery string) map[string]string {
	c.t.Helper()
	return read(string(c.raw(no, forgery).body))
}

func showLadder(c *till) {
	in := c.listen()
	in.answer = func(*http.Request) (*http.Response, error) { return nil, errors.New("nobody there") }
	c.pay("K1-000001")
	start := time.Now()
	time.Sleep(48 * time.Hour)
	want := []time.Duration{0, 15 * time.Second, 30 * time.Second, time.Minute, 4 * time.Minute, 14 * time.Minute, 34 * time.Minute, 64 * time.Minute,
		94 * time.Minute, 124 * time.Minute, 184 * time.Minute, 364 * time.Minute, 544 * time.Minute, 724 * time.Minute, 1084 * time.Minute, 24*time.Hour + 4*time.Minute}
	var got []time.Duration
	for _, p := range in.all() {
		got = append(got, p.at.Sub(start))
	}
	if !slices.Equal(got, want) {
		c.t.Errorf("the attempts were at\n%v, not at\n%v", got, want)
	}
}

func showNoticeAnswers(c *till) {
	in, d := c.listen(), c.desk()
	pays := map[string]func(string){"v2": c.pay, "v3": d.pay3}
	for i, t := range []struct {
		api    string
		answer func(*http.Request) (*http.Response, error)
		taken  bool
	}{
		{"v2", func(*http.Request) (*http.Response, error) { return reply200(takenV2) }, true},
		{"v2", func(*http.Request) (*http.Response, error) {
			return reply200("<xml><return_code>SUCCESS</return_code></xml>")
		}, true},
		{"v2", func(*http.Request) (*http.Response, error) {
			return reply200("<xml><return_code>FAIL</return_code></xml>")
		}, false},
		{"v2", func(*http.Request) (*http.Response, error) { return reply200("success") }, false},
		{"v2", func(*http.Request) (*http.Response, error) { return replyWith(500, takenV2) }, false},
		{"v2", func(*http.Request) (*http.Response, error) { return replyWith(302, takenV2) }, false},
		{"v2", func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }, false},
		{"v2", func(*http.Request) (*http.Response, error) {
			time.Sleep(5001 * time.Millisecond)
			return reply200(takenV2)
		}, false},
		{"v3", func(*http.Request) (*http.Response, error) { return replyWith(204, "") }, true},
		{"v3", func(*http.Request) (*http.Response, error) { return reply200(`{"code":"FAIL"}`) }, true},
		{"v3", func(*http.Request) (*http.Response, error) { return replyWith(401, `{"code":"FAIL"}`) }, false},
		{"v3", func(*http.Request) (*http.Response, error) { return replyWith(302, "") }, false},
	} {
		before := len(in.all())
		in.answer = t.answer
		pays[t.api](fmt.Sprintf("K1-%06d", i))
		time.Sleep(14 * time.Second)
		in.answer = func(*http.Request) (*http.Response, error) { return reply200(takenV2) }
		time.Sleep(48 * time.Hour)
		if n := len(in.all()) - before; (n == 1) != t.taken {
			c.t.Errorf("answer %d in %s: posted %d times", i, t.api, n)
		}
	}
}

func showTroubledNotices(c *till) {
	in := c.listen()
	count := func(no string, t Trouble, during time.Duration) int {
		c.script("notice", t)
		before := len(in.all())
		c.pay(no)
		time.Sleep(during)
		return len(in.all()) - before
	}
	in.most = 0
	if n := count("K1-000001", Trouble{Twice: "after"}, time.Hour); n != 2 || in.most != 1 {
		c.t.Errorf("one after the other: %d, %d at once", n, in.most)
	}
	if n := count("K1-000002", Trouble{Twice: "together"}, time.Hour); n != 2 || in.most != 2 {
		c.t.Errorf("together: %d, %d at once", n, in.most)
	}
	if n := count("K1-000003", Trouble{Lose: "request"}, 48*time.Hour); n != 0 {
		c.t.Errorf("never: %d", n)
	}
	if n := count("K1-000004", Trouble{Lose: "answer"}, 48*time.Hour); n != 16 {
		c.t.Errorf("taken, and nobody heard: %d", n)
	}
	if n := count("K1-000005", Trouble{Delay: 25 * time.Hour}, 25*time.Hour-time.Second); n != 0 {
		c.t.Errorf("a day late: %d too early", n)
	}
	time.Sleep(2 * time.Second)
	if came := in.all(); read(string(came[len(came)-1].body))["out_trade_no"] != "K1-000005" {
		c.t.Error("the notice that was to come a day late did not come")
	}
}

func showForgedNotices(c *till) {
	c.native("K1-000002") // open, so a thief would like it paid
	c.pay("K1-000001")
	honest := c.notice("K1-000001", "")
	for _, how := range NoticeForgeriesV2 {
		p := c.raw("K1-000001", how)
		m := read(string(p.body))
		genuine := m["sign"] != "" && m["sign"] == ownSign(c.kind, m) && !strings.Contains(string(p.body), "DOCTYPE") && strings.Count(string(p.body), "<xml>") == 1 &&
			!strings.Contains(string(p.body), ` x="1"`) && strings.Count(string(p.body), "<total_fee>") == 1 && len(p.body) < 1<<20
		if allowed := how == "replay" || how == "fail"; genuine != allowed {
			c.t.Errorf("%s: genuine is %v: %.300s", how, genuine, p.body)
		}
	}
	for name, pair := range map[string][2]string{"altered-fee": {"total_fee", "351"}, "altered-number": {"out_trade_no", "K1-000002"}, "fail": {"result_code", "FAIL"},
		"other-merchant": {"mch_id", "1000000000"}, "replay": {"out_trade_no", "K1-000001"}} {
		c.want(name, c.notice("K1-000001", name)[pair[0]], pair[1])
	}
	if n := len(c.raw("K1-000001", "huge").body); n < 10<<20 {
		c.t.Errorf("ten megabytes are %d", n)
	}
	if sham := c.notice("K1-000002", "wrong-key"); sham["out_trade_no"] != "K1-000002" || sham["transaction_id"] == "" || sham["transaction_id"] == honest["transaction_id"] {
		c.t.Errorf("a thief's notice of an unpaid order: %v", sham)
	}
	in := c.listen()
	c.script("notice", Trouble{Forge: "altered-fee"})
	c.pay("K1-000003")
	time.Sleep(10 * time.Second)
	if v := c.g.Violations(); len(in.all()) != 2 || len(v) != 2 { // K1-000001's was still to be delivered
		c.t.Errorf("a client that takes forged notices is to be noticed: %v", v)
	}
}

func showRefundNotices(c *till) {
	in := c.listen()
	c.g.Key = "37381208bbce2acddc69e6aa2c6597d8" // its MD5 begins with a zero
	o := &order{No: "K1-000001", Means: byNative, API: "v2", Fen: 350, Created: time.Now()}
	c.g.enter()
	c.g.kept.Orders = append(c.g.kept.Orders, o)
	c.g.list(o)
	c.g.turn(o, success, time.Now())
	r := c.g.giveBack(o, "R1", 350, time.Now(), time.Now().Add(2*time.Second))
	r.URL = "https://example.com/refunds"
	c.g.announceRefund(o, r)
	c.g.mu.Unlock()
	time.Sleep(3 * time.Second)
	came := in.all()
	if len(came) != 1 || came[0].url != "https://example.com/refunds" {
		c.t.Fatalf("the refund was told %v", came)
	}
	m := read(string(came[0].body))
	text, err := openRefund(c.g.Key, m["req_info"])
	inner := rootMap(text)
	if err != nil || m["sign"] != "" || inner["refund_status"] != "SUCCESS" || inner["out_refund_no"] != "R1" || inner["refund_fee"] != "350" || inner["refund_recv_accout"] == "" {
		c.t.Errorf("the refund was told as %v: %v %v", m, inner, err)
	}
	for _, how := range RefundForgeriesV2 {
		req, err := c.g.RefundNotice("R1", how)
		if err != nil {
			c.t.Fatal(err)
		}
		body, _ := io.ReadAll(req.Body)
		m := read(string(body))
		text, err := openRefund(c.g.Key, m["req_info"])
		whole := err == nil && rootMap(text)["refund_fee"] == "350" && rootMap(text)["out_refund_no"] == "R1" && strings.HasSuffix(text, "</root>") &&
			strings.HasPrefix(text, "<root><transaction_id>") && !strings.Contains(string(body), "DOCTYPE") && len(body) < 1<<20 && m["mch_id"] == testMch
		if whole {
			c.t.Errorf("%s: nothing is forged: %s", how, text)
		}
	}
}

func showForgedV3Notices(c *till) {
	d := c.desk()
	d.native3("K1-000002")
	d.pay3("K1-000001")
	d.open(c.raw("K1-000001", ""))
	want := map[string]string{"no-sign": "no signature", "wrong-key": "wrong signature", "altered-fee": "wrong signature", "altered-number": "wrong signature",
		"replay": "clock", "unknown-serial": "unknown serial", "signtest": "probe", "skew-past": "clock", "skew-future": "clock", "huge": "wrong signature",
		"duplicate": "wrong signature", "empty": "wrong signature", "garbage": "wrong signature"}
	for _, how := range NoticeForgeriesV3 {
		p := c.raw("K1-000001", how)
		c.want(how, d.verify(p.header, p.body), want[how])
		var outer struct {
			Event    string `json:"event_type"`
			Resource struct {
				Algorithm, Nonce, Ciphertext string
				Extra                        string `json:"associated_data"`
			}
		}
		json.Unmarshal(p.body, &outer) // some are not JSON at all
		r := outer.Resource
		text, err := aeadOpen(TestAPIv3Key, orWord(r.Nonce, "-"), r.Extra, r.Ciphertext)
		odd := map[string]bool{"bad-aad": err != nil, "bad-tag": err != nil, "other-merchant": err != nil, "other-algorithm": r.Algorithm != "AEAD_AES_256_GCM",
			"other-event": outer.Event != "TRANSACTION.SUCCESS", "fail": strings.Contains(text, "PAYERROR"),
			"altered-fee": strings.Contains(text, `"total":351`), "altered-number": strings.Contains(text, "K1-000002")}
		if is, named := odd[how]; named && !is {
			c.t.Errorf("%s: nothing is forged: %s %s %v", how, p.body, text, err)
		}
	}
	d.refund3("K1-000001", "R1", 350)
	for _, how := range []string{"wrong-key", "signtest", "bad-tag", "huge"} {
		if _, err := c.g.RefundNotice("R1", how); err != nil {
			c.t.Error(err)
		}
	}
}

func TestNoticesNeedTheirOrder(t *testing.T) {
	c := newTill(t)
	c.native("K1-000001")
	for _, err := range []error{
		func() error { _, err := c.g.Notice("K1-000001", ""); return err }(),
		func() error { _, err := c.g.Notice("K1-000009", "replay"); return err }(),
		func() error { _, err := c.g.RefundNotice("R1", ""); return err }(),
	} {
		if err == nil {
			t.Error("a notice was written of nothing")
		}
	}
}
