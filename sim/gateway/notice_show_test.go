package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing/synctest"
	"time"
)

func showLadder(c *till) {
	in := c.listen()
	in.say(func(*http.Request) (*http.Response, error) { return nil, errors.New("nobody there") })
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
		in.say(t.answer)
		pays[t.api](fmt.Sprintf("K1-%06d", i))
		time.Sleep(14 * time.Second)
		in.say(func(*http.Request) (*http.Response, error) { return reply200(takenV2) })
		time.Sleep(48 * time.Hour)
		if n := len(in.all()) - before; (n == 1) != t.taken {
			c.t.Errorf("answer %d in %s: posted %d times", i, t.api, n)
		}
	}
}

func showTroubledNotices(c *till) {
	in := c.listen()
	count := func(no string, t Trouble, during time.Duration) int {
		synctest.Wait()
		c.script("notice", t)
		before := len(in.all())
		c.pay(no)
		time.Sleep(during)
		return len(in.all()) - before
	}
	if n := count("K1-000001", Trouble{Twice: "after"}, time.Hour); n != 2 || in.most != 1 {
		c.t.Errorf("one after the other: %d, %d at once", n, in.most)
	}
	if n := count("K1-000002", Trouble{Twice: "together"}, time.Hour); n != 2 || in.most != 2 {
		c.t.Errorf("together: %d, %d at once", n, in.most)
	}
	if n := count("K1-000003", Trouble{Lose: "request"}, 48*time.Hour); n != 0 {
		c.t.Errorf("never: %d", n)
	}
	qr := c.native("K1-000006")["code_url"]
	synctest.Wait()
	c.g.Script = nil
	c.g.Mode(ModeDown)
	c.phone(qr, "pay")
	time.Sleep(time.Second)
	if n := len(in.all()); n != 4 {
		c.t.Errorf("a gateway that is down posted %d notices", n-4)
	}
	c.g.Mode(ModeUp)
	time.Sleep(time.Second)
	if n := len(in.all()); n != 5 {
		c.t.Errorf("of the notice that waited came %d copies", n-4)
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
	c.script("notice", Trouble{Forge: "altered-fee"})
	in := c.listen()
	c.pay("K1-000003")
	time.Sleep(10 * time.Second)
	if v := c.g.Violations(); len(in.all()) != 1 || len(v) != 1 {
		c.t.Errorf("a client that takes forged notices is to be noticed: %v", v)
	}
}

func showRefundNotices(c *till) {
	in := c.listen()
	c.g.Key = "37381208bbce2acddc69e6aa2c6597d8" // its MD5 begins with a zero
	o := &order{No: "K1-000001", Means: byNative, API: "v2", Fen: 350, Created: time.Now()}
	c.g.lockNow()
	c.g.kept.Orders = append(c.g.kept.Orders, o)
	c.g.indexOrder(o)
	c.g.moveOrder(o, success, time.Now())
	r := c.g.giveBack(o, "R1", 350, time.Now(), time.Now().Add(2*time.Second))
	r.URL = "https://example.com/refunds"
	c.g.queueRefundNotice(o, r)
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
