package status

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestNoticesAreCounted(t *testing.T) {
	h := newHouse()
	h.Notices = func() map[string]int {
		return map[string]int{"good": 41, "signature": 2, "probe": 0, "of tomorrow": 1, "method": 1, "size": 1, "flood": 0, "slow": 0}
	}
	tells(t, h.reads("/"), "收到的微信通知 41", "通知 · 签名不对 2", "通知 · 不是 POST 1", "通知 · 太长 1", "通知 · of tomorrow 1")
	text := h.reads("/?lang=en")
	tells(t, text, "WeChat notices taken 41", "notices · wrong signature 2")
	if strings.Contains(text, "probe") {
		t.Error("a check that nothing failed is told of")
	}
	var doc struct{ Notices map[string]int }
	if err := json.Unmarshal(h.get("/status.json").Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]int{"good": 41, "signature": 2, "probe": 0, "method": 1, "size": 1, "flood": 0, "slow": 0} {
		if got, there := doc.Notices[name]; !there || got != n {
			t.Errorf("%s is %d in the document, %v, and not %d", name, got, there, n)
		}
	}
}

func TestTheGatewaysClockIsComparedWithOurs(t *testing.T) {
	h := newHouse()
	for _, c := range []struct {
		apart  time.Duration
		zh, en string
		json   string
	}{
		{1400 * time.Millisecond, "✓ 已校准 · 与微信支付一致", "✓ trusted · agrees with WeChat Pay", `{"trusted":true,"skew_s":1}`},
		{-2 * time.Second, "与微信支付一致", "agrees", `{"trusted":true,"skew_s":-2}`},
		{17 * time.Second, "比微信支付快 17 秒", "17 s ahead of WeChat Pay", `{"trusted":true,"skew_s":17}`},
		{-70 * time.Second, "! 比微信支付慢 1 分：请检查对时", "! 1 min behind WeChat Pay: look at its synchronisation", `{"trusted":true,"skew_s":-70}`},
		{56 * 365 * 24 * time.Hour, "! 比微信支付快 20440 天", "! 20440 d", `{"trusted":true,"skew_s":1766016000}`},
	} {
		h.sight.Skew = &c.apart
		tells(t, h.reads("/"), c.zh)
		tells(t, h.reads("/?lang=en"), c.en)
		if doc := h.get("/status.json").Body.String(); !strings.Contains(doc, `"clock":`+c.json) {
			t.Errorf("%v apart: %s", c.apart, doc)
		}
	}
}

func TestTheClocksDifferenceAloneWakesNoWatcher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		w, done := h.watch(t.Context())
		w.heard()
		for i := range 4 {
			apart := time.Duration(i) * time.Second
			h.turn(func() { h.sight.Skew = &apart })
			time.Sleep(3 * time.Second)
		}
		if got := w.heard(); len(got) != 0 {
			t.Errorf("a watcher hears every second of the gateway's clock: %q", got)
		}
		time.Sleep(5 * time.Second)
		if got := fmt.Sprint(w.heard()); !strings.Contains(got, `"skew_s":3`) {
			t.Errorf("the heartbeat does not bring it: %s", got)
		}
		w.mu.Lock()
		w.cut = true
		w.mu.Unlock()
		<-done
	})
}
