package status

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"kiosk/sale"
)

func TestWhatATechnicianDidIsToldInTheReadersLanguage(t *testing.T) {
	sold, was := `{"name":"可乐","fen":350,"stock":9}`, `{"name":"Sprite, by Coca","fen":300,"stock":8}`
	told := map[sale.Act]bool{}
	for _, c := range []struct {
		act            sale.Act
		old, now, from string
		zh             string
	}{
		{sale.ActMaintenanceOn, "", "", "192.168.1.9", "开始维护，停止售卖（anna · 192.168.1.9）"},
		{sale.ActMaintenanceOff, "", "", "", "结束维护，恢复售卖（anna）"},
		{sale.ActOffSale, "", "", "", "停卖这个货道（anna）"},
		{sale.ActOnSale, "", "", "", "恢复这个货道（anna）"},
		{sale.ActClearStop, "", "", "", "解除停机（anna）"},
		{sale.ActAcceptBook, "gone", "", "", "看过账本，恢复售卖（anna）"},
		{sale.ActCountStock, "3", "12", "", "补到 12，原有 3（anna）"},
		{sale.ActClearSlot, "", "", "", "检查过（anna）"},
		{sale.ActClearSlot, "|double", "", "", "检查过，不再提示：曾一次掉下两件：看看弹簧和货（anna）"},
		{sale.ActClearSlot, "jam|double", "", "", "检查过，解除故障：卡住，没转到位，不再提示：曾一次掉下两件：看看弹簧和货（anna）"},
		{sale.ActClearSlot, "no-drop", "", "", "检查过，解除故障：转了一圈没出货（anna）"},
		{sale.ActTestBegun, "", "", "", "开始试转（anna）"},
		{sale.ActTested, "", "dropped", "", "试转，货掉下来了（anna）"},
		{sale.ActTested, "", "dropped|double", "", "试转，货掉下来了：" + words.Faults["double"][0] + "（anna）"},
		{sale.ActTested, "", "jam", "", "试转没有成功：卡住，没转到位（anna）"},
		{sale.ActTested, "", sale.TestGivenUp, "", "试转没有开始（anna）"},
		{sale.ActEditProduct, was, sold, "::1", "改为 可乐，3.50，9 件；原为 Sprite, by Coca，3.00，8 件（anna · ::1）"},
		{sale.ActScanTest, "", "wechat", "", "试扫，扫到微信付款码（anna）"},
		{sale.ActScanTest, "", "", "", "试扫：没有扫到（anna）"},
		{sale.ActPicture, "", "bars", "", "显示测试图 bars（anna）"},
		{sale.ActLocate, "", "", "", "让机器响和闪（anna）"},
		{sale.ActReconcile, "", "2026-02-28", "", "对账：2026-02-28（anna）"},
		{sale.ActReconcileNot, "", "2026-02-28", "", "没对成账：2026-02-28（anna）"},
		{sale.ActBackup, "", "", "", "下载：订单簿备份（anna）"},
		{sale.ActBundle, "", "", "", "下载：证据包（anna）"},
		{sale.ActRestart, "", "", "192.168.1.9", "重启程序（anna · 192.168.1.9）"},
		{sale.ActEndSession, "", "李雷", "", "让 李雷 退出登录（anna）"},
		{sale.ActGuesses, "", "12|40|192.168.1.9 10.0.0.7", "", "技师密码错了 12 次，另有 40 次被拦下，来自 192.168.1.9 10.0.0.7（anna）"},
		{sale.ActSettle, "cash", "paid 6.50%, was a backup", "::1", "了结，付了现金: paid 6.50%, was a backup（anna · ::1）"},
		{sale.ActRetry, "", "", "", "再自动退一次（anna）"},
		{sale.ActRetry, "", "card is back", "", "再自动退一次: card is back（anna）"},
		{sale.ActHand, "", "asks there", "", "交给人处理: asks there（anna）"},
		{sale.ActSignIn, "", "", "", "登录（anna）"},
		{sale.ActSignOut, "", "", "", "退出（anna）"},
		{sale.ActRestored, "backup, by x.db", "4", "", "恢复自备份 backup, by x.db，共 4 笔订单（anna）"},
	} {
		a := sale.Alarm{Kind: sale.AlarmService, Act: string(c.act), Old: c.old, New: c.now, By: "anna", From: c.from, Text: "in English, as every version reads it"}
		told[c.act] = true
		for lang, want := range map[string]string{"zh": c.zh, "en": a.Text} {
			if got, in := describeAlarm(a, lang); got != want || in != lang {
				t.Errorf("%s %q %q is told as %q (%s), not as %q", c.act, c.old, c.now, got, in, want)
			}
		}
	}
	if len(told) != len(words.Acts) {
		t.Errorf("%d acts have words, %d were tried", len(words.Acts), len(told))
	}
}

func TestAnAlarmIsToldInTheReadersLanguageAndAnOlderLineAsItIs(t *testing.T) {
	for kind, zh := range map[string]string{
		"found": "微信那边已付款，本机没有这笔订单", "late drop": "货出了，钱也退了", "stray drop": "电机没转，光栅却看到了东西",
	} {
		a := sale.Alarm{Kind: kind, Text: "as it was written"}
		if got, in := describeAlarm(a, "zh"); got != zh || in != "zh" {
			t.Errorf("%s is told as %q (%s)", kind, got, in)
		}
		if got, in := describeAlarm(a, "en"); got != a.Text || in != "en" {
			t.Errorf("%s is told in English as %q (%s)", kind, got, in)
		}
	}
	old := sale.Alarm{Kind: sale.AlarmService, Text: "filled to 12, was 3, by anna"}
	if got, in := describeAlarm(old, "zh"); got != old.Text || in != "en" {
		t.Errorf("a line of an older version is told as %q (%s)", got, in)
	}
}

func TestAPriceIsReadAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string]sale.Fen{
		"3": 300, "3.5": 350, "3.50": 350, "0.01": 1, "03.05": 305, "1000": 100000,
		"": -1, ".5": -1, "3.": -1, "3.505": -1, "-3": -1, "+3": -1, "3,50": -1, "3e2": -1, "3.-5": -1, "3.5 ": -1, "99999999999999999999": -1, "100001": -1,
	} {
		if got := parseYuan(text); got != want {
			t.Errorf("%q is read as %d fen, not %d", text, got, want)
		}
	}
	h := newHouse()
	must(t, h.do(form("/service/change", "pin", secret, "slot", "1", "yuan", "4.2.0")), 400, `{"error":"yuan: the price in yuan, like 3.50"}`+"\n")
	must(t, h.do(form("/service/change", "pin", secret, "slot", "1", "yuan", "4.2")), 200, "")
	if got := h.sight.Products[0].Fen; got != 420 {
		t.Errorf("4.2 yuan became %d fen", got)
	}
}

func TestOlderOrdersAreALinkAwayAndLight(t *testing.T) {
	h := newHouse()
	asked := 0
	h.Orders = func(_ context.Context, limit int, state string) (out []sale.Entry, _ error) {
		asked = max(asked, limit)
		for i := range limit {
			at := noon.Add(-time.Duration(i) * time.Hour)
			o := sale.Order{No: sale.No(fmt.Sprintf("K0042-%06dABCDEFGHIJKLM%03d", i, i*7%1000)), State: sale.Sold, Slot: sale.Slot(1 + i%4), Name: "可口可乐 330ml", Fen: 350, Means: sale.Native, Created: at,
				Money: sale.Money{Transaction: fmt.Sprintf("42000020261121%014d", i*7919), At: at}}
			e := sale.Entry{Order: o}
			for j, step := range []sale.Event{sale.Chosen, sale.Asked, sale.Paid, sale.Dropped} {
				e.Journal = append(e.Journal, sale.Line{Event: step, State: sale.Sold, At: at.Add(time.Duration(j*(i+300)) * time.Millisecond), Trusted: true})
			}
			out = append(out, e)
		}
		return out, nil
	}
	if tells(t, h.reads("/"), "更早的订单"); asked != soldBefore {
		t.Errorf("a look at the page reads %d orders", asked)
	}
	r := httptest.NewRequest(http.MethodGet, "http://kiosk.local/?more=1", nil)
	r.Header.Set("Authorization", "Bearer "+scriptToken) // a stranger gets no long list
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, r)
	if n := w.Body.Len(); w.Code != http.StatusOK || n < 4<<10 || n > 30<<10 {
		t.Errorf("a hundred orders come as %d with %d bytes over the air", w.Code, n)
	}
}

// An order remembers the last word on it: who said what before stands beside, with the number.
func TestEachWordOnAnOrderIsToldWithItsNumber(t *testing.T) {
	h := newHouse()
	no := order1(sale.Owed).No
	h.Acts = func(context.Context, int) ([]sale.Alarm, error) {
		return []sale.Alarm{{At: noon, Slot: 3, No: no, Kind: sale.AlarmService, Act: "settle", Old: "cash", New: "met him", By: "bo", Text: "settled, cash: met him, by bo"}}, nil
	}
	tells(t, plain(h.get("/?lang=en").Body.String()), "settled, cash: met him, by bo · "+string(no))
}
