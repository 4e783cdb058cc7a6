package status

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

// furnish gives the house everything that the page can tell of.
func (h *house) furnish() {
	h.Sales = func(_ context.Context, from, to time.Time, bucket time.Duration) (out []sale.SalesBucket, err error) {
		h.summed++
		for at := from; at.Before(to); at = at.Add(bucket) {
			out = append(out, sale.SalesBucket{From: at})
		}
		out[len(out)-1] = sale.SalesBucket{From: out[len(out)-1].From, Sold: 12, SoldFen: 4200, Returned: 1, BackFen: 350}
		return out, nil
	}
	h.Acts = func(_ context.Context, limit int) ([]sale.Alarm, error) {
		return []sale.Alarm{{At: noon, Slot: 3, Kind: sale.AlarmService, Act: "count-stock", Old: "2", New: "7", By: "anna", Text: "filled to 7, was 2, by anna"}, {At: noon, Kind: "owed", Text: "USER_ACCOUNT_ABNORMAL"}}, nil
	}
	h.Network = func() []NetworkFact {
		return []NetworkFact{{NetPage, "", "http://192.168.1.20/", true}, {NetInterface, "wlan0", "192.168.1.20/24", true},
			{NetInterface, "eth0", "", false}, {NetRouter, "", "192.168.1.1", false}}
	}
	h.Board = func() sale.Facts {
		return sale.Facts{Celsius: new(61.5), MemoryFree: new(uint64(210)), PowerLow: new(true), DiskReadOnly: new(false), Goods: new(7.25),
			Settled: new(false), BoardUptime: new(int64(7260))}
	}
	h.Waits = func() []Wait {
		return []Wait{{"tap-qr", 1, 340 * time.Millisecond, 340 * time.Millisecond}, {"paid-motor", 0, 0, 0},
			{"motor-drop", 1, 1900 * time.Millisecond, 1900 * time.Millisecond}}
	}
	h.Parts, h.Installed = []string{"panel", "scanner", "door"}, noon
	for i := range 120 {
		h.boardHistory.addSample(sampleOf(h.Board(), time.Now().Add(time.Duration(i-120)*time.Minute)))
	}
	h.Tools = Tools{
		TestVend: func(context.Context, int, Person) (bool, string, error) { return true, "", nil },
		Pictures: []Picture{{"bars", "彩条", "bars"}}, Picture: func(string) error { return nil },
		ScanTest: func(context.Context) (string, error) { return "wechat", nil }, Locate: func() {},
		Reconcile: func(context.Context, time.Time) ([]sale.Finding, error) { return nil, nil },
		Backup:    func(context.Context, io.Writer) error { return nil }, Bundle: func(context.Context, io.Writer) error { return nil },
		Restart: func(context.Context, Person) (func(), error) { return func() {}, nil },
	}
}

func TestThePageTellsOfTheWholeMachine(t *testing.T) {
	h := newHouse()
	h.furnish()
	tells(t, h.reads("/"), "今天 12 件 · ¥42.00 □ 退款 1 笔 · ¥3.50", "近七天", "按键 → 二维码 340 ms 340 ms 1", "电机 → 掉货 1.9 s", "扫码模块 ✓ 正常", "柜门 ✓ 正常",
		"光栅 ✓ 通畅", "扫码模块设置 ! 未核对", "柜内温度 7.2 °C", "主板温度 ✓ 61.5 °C", "正在欠压 ✕ 是", "系统已运行 2 小时 1 分",
		"24 小时内欠压 120 分钟", "网卡 wlan0 ✓ 192.168.1.20/24", "网卡 eth0 – 没有接上", "路由器 ✕ 192.168.1.1 没有应答", "上次更新 2026-03-01 12:00",
		"货道 3 技师 补到 7，原有 2（anna）", "欠款 顾客的账户异常（USER_ACCOUNT_ABNORMAL）")
	tells(t, h.reads("/?lang=en"), "Today 12 sold · ¥42.00 □ 1 paid back · ¥3.50", "key → QR code 340 ms", "scan module ✓ well", "undervoltage for 120 minutes",
		"router ✕ 192.168.1.1 does not answer", "last update 2026-03-01 12:00")
	h.sight.Why, h.sight.Ready = []sale.Why{{Code: "door", Text: "the door is open"}}, false
	h.sight.Products[0].Fault = sale.FaultBlocked
	tells(t, h.reads("/"), "柜门 ✕ 柜门开着", "光栅 ✕ 被挡住：货道 1")
}

func TestAPictureOfSalesHasItsNumbersBeside(t *testing.T) {
	h := newHouse()
	h.furnish()
	page := h.get("/").Body.String()
	if n := strings.Count(page, `<svg class="chart"`); n != 2 {
		t.Errorf("%d pictures of sales", n)
	}
	if !strings.Contains(page, `aria-label="今天: 12 件 · ¥42.00 退款 1 笔 · ¥3.50"`) || !strings.Contains(page, `<th scope="row">23:00</th><td>12</td><td>42.00</td><td>1</td>`) {
		t.Errorf("who cannot see the bars is not told the numbers: %s", page)
	}
	h.Sales = func(context.Context, time.Time, time.Time, time.Duration) ([]sale.SalesBucket, error) {
		return nil, errors.New("read the book: malformed")
	}
	h.salesCache.at = time.Time{}
	must(t, h.get("/"), 200, "")
}

func TestTheHighestBarIsFullAndNoneSticksOut(t *testing.T) {
	l := viewModel{Lang: "zh"}
	c := l.drawBars("week", []sale.SalesBucket{{Sold: 3}, {Sold: 1000, Returned: 1}, {}}, func(time.Time) string { return "" }, 1)
	if c.Bars != "M1 64h94v2h-94zM97 14h47v52h-47z" || c.Back != "M144 64h47v2h-47z" || c.Top.Text != "1000" {
		t.Errorf("drawn %q and %q, the top is %+v", c.Bars, c.Back, c.Top)
	}
	if c := l.drawBars("week", []sale.SalesBucket{{}, {}}, func(time.Time) string { return "" }, 1); c.Bars != "" || c.Top != nil {
		t.Errorf("a day without sales shows %q", c.Bars)
	}
}

func TestNoBarHidesAnother(t *testing.T) {
	l := viewModel{Lang: "zh"}
	read := func(path string) (out [][4]int) {
		for _, p := range strings.SplitAfter(path, "z") {
			var x, y, wide, tall int
			if n, _ := fmt.Sscanf(p, "M%d %dh%dv%d", &x, &y, &wide, &tall); n == 4 {
				out = append(out, [4]int{x, y, wide, tall})
			}
		}
		return out
	}
	for _, of := range []int{7, 24} {
		days := make([]sale.SalesBucket, of)
		days[2], days[3], days[4] = sale.SalesBucket{Sold: 2, Returned: 3}, sale.SalesBucket{Sold: 5, Returned: 5}, sale.SalesBucket{Sold: 1}
		days[5] = sale.SalesBucket{Returned: 2}
		c := l.drawBars("week", days, func(time.Time) string { return "" }, 1)
		sold, back := read(c.Bars), read(c.Back)
		if len(sold) != 3 || len(back) != 3 {
			t.Fatalf("%d and %d bars of three each: %q %q", len(sold), len(back), c.Bars, c.Back)
		}
		for _, a := range sold {
			for _, b := range back {
				if a[0] < b[0]+b[2] && b[0] < a[0]+a[2] {
					t.Errorf("of %d: what was sold, %v, stands behind what went back, %v", of, a, b)
				}
			}
			if a[2] < 4 {
				t.Errorf("of %d: nobody sees %v", of, a)
			}
		}
	}
}

func TestAPageAsksTheBookLittleHoweverLongItIs(t *testing.T) {
	h := newHouse()
	h.furnish()
	for i := range 3000 {
		e := order1(sale.Sold)
		e.No = sale.Number("K0042", i, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		h.entries = append(h.entries, e)
	}
	h.sight.Open, h.sight.Owed = 30, 30
	for range 5 {
		h.asked = nil
		h.get("/")
		if len(h.asked) > 8 {
			t.Errorf("one page asks the book %d times: %v", len(h.asked), h.asked)
		}
		for _, a := range h.asked {
			var limit int
			if fmt.Sscan(a, &limit); limit < 1 || limit > soldBefore {
				t.Errorf("a page reads without bounds: %q", a)
			}
		}
	}
	if h.summed != 2 {
		t.Errorf("five pages at once added the sales up %d times", h.summed)
	}
}

func TestEachSlotTellsWhenGoodsLastFell(t *testing.T) {
	h := newHouse()
	e := order1(sale.Sold)
	e.Journal = append(e.Journal, sale.Line{Event: sale.Dropped, State: sale.Sold, At: noon.Add(2 * time.Minute), Trusted: true})
	h.entries = []sale.Entry{e}
	tells(t, h.reads("/"), "薯片 ¥6.50 · 上次出货 03-01 12:02")
	e.Journal = append(e.Journal[:3:3], sale.Line{Event: sale.Dropped, State: sale.Sold, At: noon.Add(time.Hour), Trusted: true})
	h.entries = []sale.Entry{e}
	tells(t, h.reads("/"), "薯片 ¥6.50 · 上次出货 03-01 13:00")
}

func TestADayOfTheBoardIsKeptAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, looks := newHouse(), 0
		h.Board = func() sale.Facts {
			looks++
			return sale.Facts{Celsius: new(float64(looks%50 + 20)), MemoryFree: new(uint64(100))}
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- h.Run(ctx) }()
		time.Sleep(30*time.Hour + time.Second)
		synctest.Wait()
		if n := len(h.boardHistory.kept); n != samplesKept || looks != 30*60+1 {
			t.Errorf("%d samples are kept of %d looks", n, looks)
		}
		all := h.boardHistory.samplesSince(time.Now().Add(-24*time.Hour - time.Second))
		for i := range all[1:] {
			if !all[i].at.Before(all[i+1].at) {
				t.Fatal("the day runs backwards")
			}
		}
		if len(all) != samplesKept {
			t.Errorf("the last day has %d minutes", len(all))
		}
		for _, s := range h.boardHistory.drawSparks("en") {
			if s.Key == "g.heat" && (s.Range != "20 °C … 69 °C" || strings.Count(s.Path, "L") != sparkBins-1) {
				t.Errorf("the line is %+v", s)
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestOnlyWhoIsSignedInIsOfferedADeed(t *testing.T) {
	h := newHouse()
	h.furnish()
	h.entries, h.sight.Open, h.sight.Owed = []sale.Entry{order1(sale.Owed)}, 1, 1
	h.sight.Maintenance = "bo"
	if n := strings.Count(h.get("/").Body.String(), "<form"); n != 1 {
		t.Errorf("a stranger is offered %d forms instead of the way in", n)
	}
	page := h.technician("/?slot=1")
	for _, path := range []string{"sign-out", "maintenance", "locate", "scan-test", "picture", "reconcile", "backup", "bundle", "restart", "slot", "fill", "change", "test-vend", "order"} {
		if !strings.Contains(page, `action="/service/`+path) {
			t.Errorf("a technician is not offered %s", path)
		}
	}
	tells(t, plain(page), "已登录： anna", "维护中，不售卖 · bo")
}

func TestADeedIsOfferedWhereItMakesSense(t *testing.T) {
	h := newHouse()
	h.furnish()
	offers := func(what string, want bool) {
		t.Helper()
		if got := strings.Contains(h.technician("/"), what); got != want {
			t.Errorf("%s is offered: %v", what, got)
		}
	}
	for _, path := range []string{"test-vend", "scan-test", "picture"} {
		offers("/service/"+path, false) // in service a motor turns for money only
	}
	offers(`name="on" value="1"`, true)
	h.sight.Maintenance = "anna"
	offers(`name="on" value="0"`, true)
	offers("/service/test-vend", true)
	h.Tools = Tools{}
	for _, path := range []string{"test-vend", "scan-test", "picture", "locate", "reconcile", "backup", "bundle", "restart"} {
		offers("/service/"+path, false)
	}
	page := h.technician("/")
	if n := strings.Count(page, words.Labels["slot.clear"][0]); n != 2 { // its button, and the line that says to press it
		t.Errorf("%d times somebody is told to let a slot sell again, and one is set aside", n)
	}
	if !strings.Contains(page, `name="seen" value="jam"><button name="slot" value="3">`+words.Labels["slot.clear"][0]) {
		t.Error("the button does not say which fault was looked at")
	}
	if !strings.Contains(page, `name="stock" value="9"`) || !strings.Contains(page, `name="stock" value="11"`) || !strings.Contains(page, `name="stock" value="0" disabled`) {
		t.Error("one tap does not add or take one")
	}
}

func TestASlotThatSellsSaysWhatToLookAtAndIsLookedAtByATap(t *testing.T) {
	h := newHouse()
	h.furnish()
	h.sight.Products[0].Flag = sale.FaultDouble
	h.sight.Products[1].Flag = sale.FlagRestored
	tells(t, plain(h.get("/").Body.String()), "两件", "请清点库存")
	tells(t, plain(h.get("/?lang=en").Body.String()), "two fell at once", "count the stock")
	if n := strings.Count(h.technician("/"), words.Labels["slot.seen"][0]); n != 2 {
		t.Errorf("%d slots can be looked at with a tap, and two want it", n)
	}
	if body := h.get("/status.json").Body.String(); !strings.Contains(body, `"fault":"","flag":"double"`) || strings.Count(body, `"flag"`) != 2 {
		t.Errorf("a script reads of the flags: %s", body)
	}
}

func TestARefusalStandsOnThePageThatItLeadsBackTo(t *testing.T) {
	h := newHouse()
	tells(t, plain(h.technician("/?no=in+service")), "✕ 机器还在营业：先开始维护")
	tells(t, plain(h.technician("/?done=vend%2B&lang=en")), "✓ Test vend: it dropped; put it back, or press −")
	tells(t, plain(h.technician("/?done=vend%2B")), "✓ 测试出货：掉下来了。货请放回去；没放回就按 −")
	tells(t, plain(h.technician("/?done=vend%2Bdouble&lang=en")), "✓ Test vend: it dropped: two items fell; put it back, or press −")
	if page := h.technician("/?done=vend.jam&lang=en"); strings.Contains(page, "put it back") {
		t.Error("nothing fell, and somebody is told to put it back")
	}
	if page := h.get("/?no=evil&done=evil").Body.String(); strings.Contains(page, "evil") || strings.Contains(page, `id="said"`) {
		t.Error("an address puts words on the page")
	}
	if !strings.Contains(h.get("/?no=pin").Body.String(), `<details id="door" open>`) {
		t.Error("who mistyped the secret has to look for the form again")
	}
}

func TestABrowserGetsThePagePackedAndTheSame(t *testing.T) {
	h := newHouse()
	for _, path := range []string{"/", "/page.css", "/page.js", "/icon.svg"} {
		plain := h.get(path)
		for _, c := range []struct {
			says string
			want bool
		}{{"gzip, deflate", true}, {"br;q=1, gzip;q=0.5", true}, {"gzip;q=0", false}, {"gzip; q=0.0", false}, {"br", false}, {"", false}} {
			r := ask("GET", path)
			r.Header.Set("Accept-Encoding", c.says)
			w := h.do(r)
			if got := w.Header().Get("Content-Encoding") == "gzip"; got != c.want {
				t.Errorf("%s for %q: packed is %v", path, c.says, got)
				continue
			}
			if !c.want {
				continue
			}
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(z)
			if err != nil || w.Header().Get("Content-Type") != plain.Header().Get("Content-Type") || w.Header().Get("Vary") == "" {
				t.Errorf("%s: %v, %v", path, err, w.Header())
			}
			if path != "/" && string(body) != plain.Body.String() {
				t.Errorf("%s is another when it is packed", path)
			}
		}
	}
}

func TestASlotSaysThatItSellsOnlyWhereItDoes(t *testing.T) {
	h := newHouse()
	tells(t, h.reads("/"), "¥3.50 10 库存 ✓ 在卖")
	h.sight.Maintenance = "anna"
	tells(t, h.reads("/"), "¥3.50 10 库存 – 有货", "库存 ! 售空", "✕ 卡住，没转到位")
	tells(t, h.reads("/?lang=en"), "¥3.50 10 stock – in stock")
	h.sight.Maintenance, h.sight.Ready, h.sight.Why = "", false, []sale.Why{{Code: sale.NotReadyOffline}}
	tells(t, h.reads("/"), "¥3.50 10 库存 – 有货")
	h.sight.Ready, h.sight.Products[0].Flag = true, sale.FlagRestored
	if page := h.reads("/"); !strings.Contains(page, "在卖 · ") {
		t.Errorf("the state and the remark run into each other: %s", page)
	}
}

func TestFillAllProposesWhatASlotWasFilledToAndElseAsks(t *testing.T) {
	h := newHouse()
	in := h.signIn(t, "anna")
	field := func() string {
		page := h.do(with(ask("GET", "/"), in)).Body.String()
		_, form, _ := strings.Cut(page, `id="fill"`)
		form, _, _ = strings.Cut(form, "</form>")
		return form
	}
	if f := field(); !strings.Contains(f, `name="stock"`) || strings.Contains(f, "value=") {
		t.Errorf("nobody has filled a slot yet, and what stands there is a guess: %s", f)
	}
	lines := []sale.Alarm{
		{Kind: sale.AlarmService, Slot: 1, Act: "count-stock", New: "4"}, {Kind: sale.AlarmService, Slot: 3, Act: "count-stock", New: "12"},
		{Kind: sale.AlarmService, Slot: 1, Act: "tested", New: "99"}, {Kind: "owed", Slot: 1, Text: "filled to 98"},
	}
	h.Acts = func(_ context.Context, limit int) ([]sale.Alarm, error) { return lines[:min(limit, len(lines))], nil }
	if f := field(); !strings.Contains(f, `value="12"`) {
		t.Errorf("slots were filled to 12, and it proposes %s", f)
	}
}
