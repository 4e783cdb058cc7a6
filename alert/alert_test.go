package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"kiosk/sale"
)

// robot is a group's robot as WeCom runs it, and whatever stands in its way.
type robot struct {
	mu     sync.Mutex
	took   []string
	at     []time.Time
	tries  int
	answer func(try int) (status int, body string, err error) // nil: it takes everything
}

var noon = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC) // in Beijing

// reasons are some of the page's words.
var reasons = map[string][2]sale.Text{
	"offline": {{ZH: "连不上微信支付", EN: "WeChat Pay does not answer"}, {ZH: "检查网线", EN: "Check cable"}},
	"panel":   {{ZH: "屏幕没有反应", EN: "The panel does not answer"}, {ZH: "检查排线和供电", EN: "Check its cable and power"}},
	"clock":   {{ZH: "时钟还没校准", EN: "The clock is not set"}, {ZH: "请检查网络和 NTP", EN: "Check network and NTP"}},
	"beat":    {{ZH: "程序没有心跳", EN: "The shop's own beat has stopped"}, {ZH: "等看门狗重启", EN: "Wait for the watchdog"}},
	"book":    {{ZH: "订单簿写不进去", EN: "The order book cannot be written"}, {ZH: "换卡", EN: "Replace the card"}},
	"empty":   {{ZH: "没有一个货道能卖", EN: "No slot can sell"}, {ZH: "补货", EN: "Fill the slots"}},
}

const robotURL = "https://qyapi.example/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"

func (r *robot) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries++
	status, said := 200, `{"errcode":0,"errmsg":"ok"}`
	if r.answer != nil {
		if status, said, err = r.answer(r.tries); err != nil {
			return nil, err
		}
	}
	var m struct {
		Msgtype string
		Text    struct{ Content string }
	}
	switch wrong := json.Unmarshal(body, &m); {
	case wrong != nil || m.Msgtype != "text" || m.Text.Content == "" || !utf8.ValidString(m.Text.Content) || len(m.Text.Content) > 2048:
		said = `{"errcode":40008,"errmsg":"invalid message type"}`
		r.took = append(r.took, "malformed: "+string(body))
	case req.Method != "POST" || req.URL.String() != robotURL || !strings.HasPrefix(req.Header.Get("Content-Type"), "application/json"):
		r.took = append(r.took, fmt.Sprintf("strange: %s %v", req.Method, req.Header))
	case status == 200 && strings.Contains(said, `"errcode":0`):
		r.took, r.at = append(r.took, m.Text.Content), append(r.at, time.Now())
	}
	h := http.Header{}
	if status/100 == 3 {
		h.Set("Location", "http://elsewhere.example/")
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(said)), Request: req}, nil
}

func (r *robot) does(answer func(int) (int, string, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func (r *robot) says(status int, body string) {
	r.does(func(int) (int, string, error) { return status, body, nil })
}

// heard takes what the group has read since the last look.
func (r *robot) heard() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.took
	r.took = nil
	return out
}

func (r *robot) tried() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tries
}

// owner is a kiosk with an owner's group, in a bubble.
type owner struct {
	*Watcher
	*testing.T
	robot   *robot
	mu      sync.Mutex
	sight   sale.Snapshot
	board   sale.Facts
	bill    *sale.Reconciliation
	ends    map[string]time.Time
	alive   bool
	guessed bool
	lines   []string
	file    string
	stop    func()
}

func (o *owner) turn(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
}

func newOwner(t *testing.T) *owner {
	o := &owner{T: t, robot: &robot{}, alive: true, file: filepath.Join(t.TempDir(), "alert.json")}
	o.sight = sale.Snapshot{Ready: true, Clock: true, Cloud: sale.Cloud{Reachable: true}, Products: []sale.Product{
		{Slot: 1, Name: "可乐", NameEN: "Coke", Fen: 350, Stock: 10}, {Slot: 2, Name: "水", Fen: 200, Stock: 5}}}
	return o
}

// begin starts a life of the kiosk.
func (o *owner) begin(lang string) {
	o.Watcher = &Watcher{
		URL: robotURL, Kiosk: "K0042", Language: lang, Transport: o.robot, File: o.file,
		Look:   func() sale.Snapshot { o.mu.Lock(); defer o.mu.Unlock(); return o.sight },
		Alive:  func() bool { o.mu.Lock(); defer o.mu.Unlock(); return o.alive },
		Board:  func() sale.Facts { o.mu.Lock(); defer o.mu.Unlock(); return o.board },
		Reason: func(code string) (what, remedy sale.Text) { return reasons[code][0], reasons[code][1] },
		Stall:  func(why string) sale.Text { return sale.Text{ZH: why + ", said", EN: why} },
		Refused: func(r sale.OrderRefusal) sale.Text {
			return sale.Text{ZH: "下单被拒：" + r.Code + r.Unsigned, EN: r.Code + r.Unsigned}
		},
		Fault: func(fault string) sale.Text {
			return map[string]sale.Text{"jam": {ZH: "卡住，没转到位", EN: "jammed"}, "no-drop": {ZH: "没出货", EN: "turned, nothing fell"}}[fault]
		},
		Guessed:      func() bool { o.mu.Lock(); defer o.mu.Unlock(); return o.guessed },
		Bill:         func() *sale.Reconciliation { o.mu.Lock(); defer o.mu.Unlock(); return o.bill },
		Certificates: func() map[string]time.Time { o.mu.Lock(); defer o.mu.Unlock(); return maps.Clone(o.ends) },
		WarmFrom:     8,
		Now:          func() time.Time { return noon },
		Log:          func(line string) { o.turn(func() { o.lines = append(o.lines, line) }) },
	}
	ctx, cancel := context.WithCancel(o.Context())
	done := make(chan error, 1)
	go func() { done <- o.Watcher.Run(ctx) }()
	o.stop = func() {
		cancel()
		if err := <-done; err != nil {
			o.Errorf("the kiosk ends because of its alerts: %v", err)
		}
	}
}

// after sleeps, and gives what the group has read meanwhile; every message begins with the kiosk.
func (o *owner) after(d time.Duration) []string {
	o.Helper()
	time.Sleep(d)
	synctest.Wait()
	got := o.robot.heard()
	for _, m := range got {
		if !strings.HasPrefix(m, "【售货机 K0042】") && !strings.HasPrefix(m, "[Kiosk K0042]") {
			o.Errorf("nobody knows which machine says %q", m)
		}
	}
	return got
}

// hears fails unless the group reads exactly one message, with all of these words.
func (o *owner) hears(d time.Duration, words ...string) {
	o.Helper()
	got := o.after(d)
	if len(got) != 1 {
		o.Errorf("%d messages instead of one: %q", len(got), got)
		return
	}
	for _, w := range words {
		if !strings.Contains(got[0], w) {
			o.Errorf("the group does not read %q in %q", w, got[0])
		}
	}
}

func (o *owner) silent(d time.Duration) {
	o.Helper()
	if got := o.after(d); len(got) > 0 {
		o.Errorf("the group is disturbed by %q", got)
	}
}

func (o *owner) off(codes ...string) {
	o.turn(func() {
		o.sight.Why = nil
		for _, c := range codes {
			o.sight.Why = append(o.sight.Why, sale.Why{Code: c, Text: "no text of an error goes out: 4200001"})
		}
		o.sight.Ready = len(codes) == 0
	})
}

func (o *owner) fault(slot int, fault string) {
	o.turn(func() {
		o.sight.Products = slices.Clone(o.sight.Products)
		o.sight.Products[slot-1].Fault = fault
	})
}

// inOwners runs a test in a bubble, with a kiosk that sells and a group that knows nothing yet.
func inOwners(t *testing.T, lang string, do func(o *owner)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := newOwner(t)
		o.begin(lang)
		o.silent(10 * time.Minute)
		do(o)
		o.stop()
		for _, line := range o.lines {
			if strings.Contains(line, "693a91f6") || strings.Contains(line, "webhook") {
				t.Errorf("the log tells the robot's key: %s", line)
			}
		}
	})
}

func TestEachChangeIsToldOnce(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		o.off("offline", "panel")
		o.silent(50 * time.Second)
		o.hears(time.Hour, "【售货机 K0042】 03-01 12:00:00\n不能售卖", "· 连不上微信支付：检查网线", "· 屏幕没有反应：检查排线和供电")
		o.off("panel")
		o.hears(time.Hour, "不能售卖", "屏幕没有反应")
		o.off()
		o.hears(time.Hour, "又能售卖了")
		o.turn(func() { o.sight.Owed = 1 })
		o.hears(time.Hour, "有 1 笔欠款要人处理", "在商户平台退款或付现金")
		o.turn(func() { o.sight.Owed = 2 })
		o.hears(time.Hour, "有 2 笔")
		o.turn(func() { o.sight.Owed = 0 })
		o.hears(time.Hour, "没有欠款了")
		o.turn(func() { o.sight.Stalled = []sale.Stall{{No: "K0042-000017", Why: sale.ReasonSilent}} })
		o.hears(time.Hour, "有 1 笔订单要人看一眼", "· K0042-000017：no answer, said")
		o.turn(func() { o.sight.Stalled = append(o.sight.Stalled, sale.Stall{No: "K0042-000018", Why: sale.StallWord}) })
		o.hears(time.Hour, "有 2 笔订单要人看一眼", "K0042-000018：unknown word, said")
		o.turn(func() { o.sight.Stalled = nil })
		o.hears(time.Hour, "没有订单要人看了")
		o.fault(1, "jam")
		o.hears(time.Hour, "1 号货道停卖：可乐，卡住，没转到位", "恢复售卖")
		o.fault(1, "")
		o.hears(time.Hour, "1 号货道恢复售卖：可乐")
		o.off(sale.NotReadyClock)
		o.hears(time.Hour, "时钟还没校准", "NTP")
		o.off()
		o.hears(time.Hour, "又能售卖了")
		skew := -70 * time.Second
		o.turn(func() { o.sight.Skew = &skew })
		o.hears(time.Hour, "时钟与微信支付相差 1 分")
		o.turn(func() { near := time.Second; o.sight.Skew = &near })
		o.hears(time.Hour, "时钟与微信支付一致了")
		o.turn(func() { o.board = sale.Facts{PowerLow: new(true), Celsius: new(60.0)} })
		o.hears(time.Hour, "供电不足")
		o.turn(func() { o.board = sale.Facts{PowerLow: new(false), Celsius: new(82.4)} })
		o.hears(time.Hour, "供电恢复正常", "主板过热，82 °C")
		o.turn(func() { o.board = sale.Facts{PowerLow: new(false), Celsius: new(77.0), LowVends: new(3)} })
		o.hears(time.Hour, "一天里有 3 次出货时供电不足") // and 77 °C is not cool yet
		o.turn(func() { o.board = sale.Facts{PowerLow: new(false), Celsius: new(70.0), LowVends: new(0)} })
		o.hears(time.Hour, "供电恢复正常", "主板温度恢复正常")
		o.turn(func() { o.alive = false })
		o.hears(time.Hour, "程序没有心跳")
	})
}

func TestTheGroupReadsWhatOrdersAreRefusedWith(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		o.turn(func() { o.sight.Refused = []sale.OrderRefusal{{Deed: sale.KindAsk, Code: "NOAUTH"}} })
		o.off(sale.NotReadyRefused)
		o.hears(time.Hour, "不能售卖", "· "+sale.NotReadyRefused, "下单被拒：NOAUTH")
		o.off()
		o.hears(time.Hour, "又能售卖了")
	})
}

func TestTheGroupReadsWhatWantsAVisitSoon(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		lasts := func(merchant, page int) {
			o.turn(func() {
				o.ends = map[string]time.Time{"merchant": noon.AddDate(0, 0, merchant), "page": noon.AddDate(0, 0, page)}
			})
		}
		o.fault(2, sale.NotReadyEmpty)
		o.hears(time.Hour, "2 号货道售完：水", "请补货")
		o.fault(2, "")
		o.hears(time.Hour, "2 号货道又有货了：水")
		day := time.Date(2026, 2, 28, 0, 0, 0, 0, sale.Beijing)
		o.turn(func() { o.bill = &sale.Reconciliation{Day: day, Findings: make([]sale.Finding, 2)} })
		o.hears(time.Hour, "02-28 的账单与本机有 2 处不一致", "对账")
		o.turn(func() { o.bill = &sale.Reconciliation{Day: day.AddDate(0, 0, 1), Findings: make([]sale.Finding, 2)} })
		o.hears(time.Hour, "03-01 的账单与本机有 2 处不一致") // another day's
		o.turn(func() { o.bill = &sale.Reconciliation{Day: day.AddDate(0, 0, 2)} })
		o.hears(time.Hour, "账单与本机一致")
		lasts(31, 400)
		o.silent(2 * time.Hour)
		lasts(29, 400)
		o.hears(2*time.Hour, "商户证书 2026-03-30 到期")
		lasts(6, 400)
		o.hears(2*time.Hour, "商户证书 2026-03-07 到期", "退款会失败")
		o.silent(24 * time.Hour)
		lasts(-1, 20)
		o.hears(2*time.Hour, "商户证书 2026-02-28 到期", "网页证书 2026-03-21 到期")
		lasts(2000, 400)
		o.hears(2*time.Hour, "商户证书有效", "网页证书有效")
		o.turn(func() { o.board = sale.Facts{Goods: new(8.5)} })
		o.hears(time.Hour, "货仓太热，8 °C", "制冷")
		o.turn(func() { o.board = sale.Facts{Goods: new(7.0)} }) // not cool yet
		o.silent(time.Hour)
		o.turn(func() { o.board = sale.Facts{Goods: new(5.5)} })
		o.hears(time.Hour, "货仓温度恢复正常")
	})
}

func TestTheGroupReadsItsLanguage(t *testing.T) {
	inOwners(t, "en", func(o *owner) {
		o.off("offline", "sprocket")
		o.fault(1, "no-drop")
		o.turn(func() { o.sight.Owed = 1; o.sight.Clock = false })
		o.hears(time.Hour, "[Kiosk K0042]\nIt cannot sell\n· WeChat Pay does not answer: Check cable", "· sprocket", "1 orders are owed", "Slot 1 is set aside: Coke, turned, nothing fell")
	})
	said := []sale.Text{words.Colon, words.Header, words.Changed, words.Wavers, words.Missed}
	for kind, p := range words.Phrases {
		said = append(said, p.Name, p.Ill)
		if kind != "sags" { // which end as "power" does
			said = append(said, p.Well)
		}
	}
	for _, w := range said {
		if w.ZH == "" || w.EN == "" || strings.Count(w.ZH, "{") != strings.Count(w.EN, "{") {
			t.Errorf("%q is not said in both languages", w)
		}
	}
}

func TestAnAttackOnTheSecretIsTold(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		o.turn(func() { o.guessed = true })
		o.hears(time.Hour, "有人在猜技师密码")
		o.silent(time.Hour)
		o.turn(func() { o.guessed = false })
		o.hears(time.Hour, "没有人再猜技师密码了")
	})
}

// A slot that a person took off sale on purpose is no news.
func TestASlotTakenOffSaleIsNotTold(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		o.fault(1, sale.FaultOffSale)
		o.silent(time.Hour)
	})
}

func TestNoTextOfAnErrorGoesOut(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		o.off("book", "disk", "sprocket")
		if got := o.after(time.Hour); len(got) != 1 || strings.Contains(got[0], "4200001") || strings.Contains(got[0], "error") {
			t.Errorf("a robot elsewhere is told %q", got)
		}
	})
}

func TestWhatDoesNotLastIsNotTold(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		for range 3 { // a restart of the router, now and then
			o.off("offline")
			time.Sleep(40 * time.Second)
			o.off()
			o.silent(20 * time.Minute)
		}
	})
}

func TestFlappingIsSummedUp(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		for range 60 { // a loose cable: half an hour of it
			o.off("offline")
			time.Sleep(15 * time.Second)
			o.off()
			time.Sleep(15 * time.Second)
		}
		o.hears(0, "能否售卖反复变化", "次\n· 请到现场看看")
		o.hears(time.Hour, "又能售卖了（其间变了 ")
		for range 300 { // two hours and a half
			o.off("offline")
			time.Sleep(15 * time.Second)
			o.off()
			time.Sleep(15 * time.Second)
		}
		if n := len(o.after(0)); n < 2 || n > 3 {
			t.Errorf("hours of flapping are told %d times", n)
		}
		for range 4 { // it ends as it does not work at all
			o.off()
			time.Sleep(10 * time.Second)
			o.off("offline")
			time.Sleep(10 * time.Second)
		}
		o.hears(time.Hour, "不能售卖（其间变了 ", "连不上微信支付")
	})
}

func TestAMessageIsTriedUntilItIsTaken(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		failures := []func(int) (int, string, error){
			func(int) (int, string, error) {
				return 0, "", fmt.Errorf("dial %s: no route", robotURL)
			},
			func(int) (int, string, error) { return 502, "<html>", nil },
			func(int) (int, string, error) { return 200, `{"errcode":-1,"errmsg":"system busy"}`, nil },
		}
		for i, f := range failures {
			o.robot.does(f)
			o.turn(func() { o.sight.Owed = i + 1 })
			before := o.robot.tried()
			o.silent(2 * time.Hour)
			if n := o.robot.tried() - before; n < 12 || n > 20 {
				t.Errorf("%d tries in two hours: 5 s, doubled up to ten minutes, are about 18", n)
			}
			o.robot.does(nil)
			o.hears(11*time.Minute, fmt.Sprintf("有 %d 笔", i+1))
		}
		if n := len(o.lines); n != 2*len(failures) {
			t.Errorf("%d lines in the log: once when it fails, once when it works again: %q", n, o.lines)
		}
	})
}

func TestTheRobotsWishesAreKept(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		o.robot.says(200, `{"errcode":45009,"errmsg":"api freq out of limit"}`)
		o.turn(func() { o.sight.Owed = 1 })
		o.silent(10 * time.Minute)
		if n := o.robot.tried(); n < 9 || n > 10 {
			t.Errorf("a robot that was asked too often is asked %d times in nine minutes", n)
		}
		o.robot.says(429, "")
		o.silent(10 * time.Minute)
		if n := o.robot.tried(); n < 19 || n > 20 {
			t.Errorf("429 is no wish: %d tries", n)
		}
		o.robot.does(nil)
		o.hears(time.Minute, "有 1 笔")
	})
}

func TestWhatTheRobotRefusesDoesNotHoldUpTheRest(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		for i, answer := range []struct {
			status int
			body   string
		}{{200, `{"errcode":93000,"errmsg":"invalid webhook url"}`}, {404, ""}, {307, ""}, {302, `{"errcode":0}`}} {
			o.robot.says(answer.status, answer.body)
			o.turn(func() { o.sight.Owed = i + 1 })
			before := o.robot.tried()
			o.silent(time.Hour)
			if n := o.robot.tried() - before; n != 1 {
				t.Errorf("%v: tried %d times, and a redirect would carry the key elsewhere", answer, n)
			}
		}
		if c := o.Counts(); c["refused"] != 4 || c["taken"] != 0 {
			t.Errorf("counted %v", c)
		}
		o.robot.does(nil)
		o.turn(func() { o.sight.Owed = 0 })
		o.hears(time.Hour, "没有欠款了", "另有 4 条消息没有送到")
		o.turn(func() { o.sight.Owed = 1 })
		if got := o.after(time.Hour); len(got) != 1 || strings.Contains(got[0], "没有送到") {
			t.Errorf("what was lost is told twice: %q", got)
		}
		if len(o.lines) != 2 {
			t.Errorf("the log: %q", o.lines)
		}
	})
}

func TestARobotThatSpeaksNoErrcodeIsBelievedByItsStatus(t *testing.T) {
	for _, body := range []string{"", "ok", `{"code":0}`, `[]`, `{"errcode":"0"}`} {
		if got, _ := readAnswer(204, []byte(body)); got != taken {
			t.Errorf("%q is not taken", body)
		}
	}
}

func TestTheLineIsBounded(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		o.robot.does(func(int) (int, string, error) { return 0, "", errors.New("no route") })
		for i := range 50 {
			o.turn(func() { o.sight.Owed = i + 1 })
			time.Sleep(90 * time.Second)
		}
		synctest.Wait()
		n := len(o.queue)
		if c := o.Counts(); n != 32 || c["dropped"] != 18 {
			t.Errorf("%d wait and %v: 32 may, the 18 oldest give way", n, c)
		}
		o.robot.does(nil)
		got := o.after(3 * time.Hour)
		if len(got) != 32 || !strings.Contains(got[0], "有 19 笔") || !strings.Contains(got[0], "另有 18 条") || !strings.Contains(got[31], "有 50 笔") {
			t.Errorf("the group reads %d messages, from %q to %q", len(got), got[0], got[len(got)-1])
		}
		for i, at := range o.robot.at {
			if i >= 20 && at.Sub(o.robot.at[i-20]) < time.Hour {
				t.Errorf("messages %d to %d come within %v: more than 20 an hour", i-20, i, at.Sub(o.robot.at[i-20]))
			}
		}
	})
}

func TestAStartTellsOnlyWhatHasChanged(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		again := func() { o.stop(); o.begin("zh") }
		o.off("empty")
		o.fault(1, "jam")
		o.hears(time.Hour, "没有一个货道能卖", "1 号货道停卖")
		wares := o.sight.Products
		for range 3 { // brown-outs: each start the book is read late
			again()
			o.turn(func() { o.sight.Products, o.sight.Owed = nil, 0 })
			o.off(sale.NotReadyStarting)
			time.Sleep(30 * time.Second)
			o.turn(func() { o.sight.Products = wares })
			o.off("empty")
			o.silent(20 * time.Minute)
		}
		o.stop()
		o.off() // mended while it was off
		o.fault(1, "")
		o.begin("zh")
		o.hears(time.Hour, "又能售卖了", "1 号货道恢复售卖")
		o.turn(func() { o.sight.Owed = 1 })
		o.robot.does(func(int) (int, string, error) { return 0, "", errors.New("no route") })
		o.silent(10 * time.Minute)
		again() // what nobody took is told after the start
		o.robot.does(nil)
		o.hears(time.Hour, "有 1 笔")
		o.turn(func() { o.sight.Owed = 0; o.sight.Products = nil })
		o.off("book") // what a kiosk without its book does not know it does not tell
		if got := o.after(time.Hour); len(got) != 1 || !strings.Contains(got[0], "订单簿写不进去") || strings.Contains(got[0], "欠款") {
			t.Errorf("a book that cannot be read owes nobody: %q", got)
		}
	})
}

func TestAlertsAreStoppedAtOnce(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		o.robot.does(func(int) (int, string, error) { return 0, "", errors.New("no route") })
		o.turn(func() { o.sight.Owed = 1 })
		o.silent(30 * time.Minute)
		began := time.Now()
		o.stop()
		if d := time.Since(began); d > 0 {
			t.Errorf("the service's stop waits %v for a robot", d)
		}
		o.begin("zh")
	})
}

func TestAMessageFitsTheRobot(t *testing.T) {
	inOwners(t, "zh", func(o *owner) {
		o.robot.says(404, "")
		o.turn(func() { o.sight.Owed = 1 })
		o.silent(time.Hour)
		o.robot.does(nil)
		o.turn(func() {
			o.sight.Products = nil
			for i := range 60 {
				o.sight.Products = append(o.sight.Products, sale.Product{Slot: sale.Slot(i + 1), Name: strings.Repeat("长", 40), Fault: "jam"})
			}
		})
		o.hears(time.Hour, "1 号货道停卖", "…\n（另有 1 条消息没有送到）")
	})
}

func TestTheAddressOfARobot(t *testing.T) {
	for _, good := range []string{robotURL, "https://10.0.0.1/x", "http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:8/"} {
		if err := CheckURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"http://qyapi.example/send?key=s3cret", "s3cret", "ftp://127.0.0.1/s3cret", "https:///s3cret", "https://a b/s3cret", "http://127.0.0.1.example/s3cret", "://s3cret", "http://192.168.1.1/s3cret"} {
		if err := CheckURL(bad); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestWhatTheOwnerWasToldIsKeptWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "alert.json")
	w := &Watcher{File: file}
	if told := w.readTold(); len(told) != 0 {
		t.Errorf("before the first start the owner was told %v", told)
	}
	for _, want := range []map[string]string{{"sell": "offline", "slot 1": "jam"}, {}} {
		w.told = want
		if err := w.keepTold(); err != nil {
			t.Fatal(err)
		}
		if got := w.readTold(); len(got) != len(want) || got["sell"] != want["sell"] || got["slot 1"] != want["slot 1"] {
			t.Errorf("%v is read as %v", want, got)
		}
	}
	if left, _ := filepath.Glob(file + "?*"); len(left) > 0 {
		t.Errorf("%v is left behind", left)
	}
	for _, torn := range []string{"", `{"sell":"off`, "[]", "null", "\x00\x00"} {
		if err := os.WriteFile(file, []byte(torn), 0o600); err != nil {
			t.Fatal(err)
		}
		if told := w.readTold(); told == nil || len(told) != 0 {
			t.Errorf("%q is read as %v", torn, told)
		}
	}
	if err := (&Watcher{File: filepath.Join(file, "no folder")}).keepTold(); err == nil {
		t.Error("a file that cannot be kept is not told of")
	}
}
