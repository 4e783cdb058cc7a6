package gateway

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
	"testing/synctest"
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

// say changes what is answered from now on.
func (in *inbox) say(answer func(*http.Request) (*http.Response, error)) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.answer = answer
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
		answer := in.answer
		in.mu.Unlock()
		defer func() { in.mu.Lock(); in.now--; in.mu.Unlock() }()
		if answer != nil {
			return answer(r)
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
	return d.openLate(p)
}

// openLate opens one that has lain about for longer than its time is good.
func (d *desk) openLate(p posted) (outer, inner map[string]any) {
	d.t.Helper()
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
		in.say(func(*http.Request) (*http.Response, error) { return replyWith(500, "") })
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
		synctest.Wait()
		c.script("unifiedorder", Trouble{Then: "pay", Late: 3 * time.Second})
		start := time.Now()
		c.native("K1-000001")
		if came := in.all(); len(came) != 1 || came[0].at.Sub(start) > 0 {
			c.t.Errorf("the notice did not overtake the answer: %v", came)
		}
		synctest.Wait()
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
		c.g.Rules.PayAfterClose = true
		in := c.listen()
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
		in.say(func(*http.Request) (*http.Response, error) { return replyWith(500, `{"code":"FAIL"}`) })
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
