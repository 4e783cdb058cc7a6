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
	for text, zh := range map[string]string{
		"out of service, by anna at 192.168.1.9":                              "开始维护，停止售卖（anna · 192.168.1.9）",
		"back in service, by anna":                                            "结束维护，恢复售卖（anna）",
		"filled to 12, by anna":                                               "补到 12（anna）",
		"filled to 12, cleared of jam, by anna":                               "补到 12，解除故障：卡住，没转到位（anna）",
		"taken off sale, by anna":                                             "停卖这个货道（anna）",
		"put back on sale, by anna":                                           "恢复这个货道（anna）",
		"filled to 12, was 3, by anna":                                        "补到 12，原有 3（anna）",
		"looked at, no longer flagged double, by anna":                        "检查过，不再提示：曾一次掉下两件：看看弹簧和货（anna）",
		"looked at, cleared of jam, no longer flagged double, by anna":        "检查过，解除故障：卡住，没转到位，不再提示：曾一次掉下两件：看看弹簧和货（anna）",
		"looked at, cleared of no-drop, by anna":                              "检查过，解除故障：转了一圈没出货（anna）",
		"test vend: dropped, by anna":                                         "试转，货掉下来了（anna）",
		"test vend begun, by anna":                                            "开始试转（anna）",
		"test vend: jam, by anna":                                             "试转没有成功：卡住，没转到位（anna）",
		"now 可乐, 3.50, 9 in it; was Sprite, by Coca, 3.00, 8, by anna at ::1": "改为 可乐, 3.50, 9 件；原为 Sprite, by Coca, 3.00, 8（anna · ::1）",
		"scan test: read a code of kind wechat, by anna":                      "试扫，扫到微信付款码（anna）",
		"took a backup, by anna":                                              "下载：订单簿备份（anna）",
		"restarted the program, by anna at 192.168.1.9":                       "重启程序（anna · 192.168.1.9）",
		"settled, cash: paid 6.50, was a backup, by anna at ::1":              "了结，付了现金: paid 6.50, was a backup（anna · ::1）",
		"sent back for another refund, by anna":                               "再自动退一次（anna）",
		"signed in, by anna":                                                  "登录（anna）",
		"restored from backup, by x with 1 orders.db with 4 orders":           "恢复自备份 backup, by x with 1 orders.db，共 4 笔订单",
		"paid there, unknown here":                                            "微信那边已付款，本机没有这笔订单",
		"goods and money both went out":                                       "货出了，钱也退了",
		"the light barrier saw something while no motor ran":                  "电机没转，光栅却看到了东西",
		"something new":                                                       "something new",
	} {
		if got := deedIn(text, "zh"); got != zh {
			t.Errorf("%q is told as %q, not as %q", text, got, zh)
		}
		if got := deedIn(text, "en"); got != text {
			t.Errorf("%q is told as %q in English", text, got)
		}
	}
}

func TestAPriceIsReadAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string]sale.Fen{
		"3": 300, "3.5": 350, "3.50": 350, "0.01": 1, "03.05": 305, "1000": 100000,
		"": -1, ".5": -1, "3.": -1, "3.505": -1, "-3": -1, "+3": -1, "3,50": -1, "3e2": -1, "3.-5": -1, "3.5 ": -1, "99999999999999999999": -1, "100001": -1,
	} {
		if got := fenOf(text); got != want {
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
	h.Deeds = func(context.Context, int) ([]sale.Alarm, error) {
		return []sale.Alarm{{At: noon, Slot: 3, No: no, Kind: sale.AlarmService, Text: "settled, cash: met him, by bo"}}, nil
	}
	tells(t, plain(h.get("/?lang=en").Body.String()), "settled, cash: met him, by bo · "+string(no))
}
