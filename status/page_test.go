package status

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

// plain is what a reader without script, style or colours gets.
func plain(page string) string {
	page = regexp.MustCompile(`(?s)<head>.*?</head>`).ReplaceAllString(page, "")
	page = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")
	return strings.Join(strings.Fields(page), " ")
}

func (h *house) reads(path string) string { return plain(h.get(path).Body.String()) }

// technician is the page for somebody who is signed in.
func (h *house) technician(path string) string {
	w := httptest.NewRecorder()
	h.sessions.SignIn(w, ask("GET", path), "anna")
	return h.do(with(ask("GET", path), w.Result().Cookies()[0])).Body.String()
}

func tells(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("the technician does not read %q in: %s", w, text)
		}
	}
}

func TestThePageAnswersThreeQuestionsWithoutScript(t *testing.T) {
	h := newHouse()
	h.sight.Products = h.sight.Products[:1]
	tells(t, h.reads("/"), "✓ 机器在运行", "✓ 可以售卖", "✓ 微信支付连得上 03-01 12:00:00 起", "没有人在买", "可口可乐 330ml", "10 库存")
	tells(t, h.reads("/?lang=en"), "✓ It is running", "✓ It can sell", "✓ WeChat Pay answers since 03-01 12:00:00", "Nobody is buying", "Coke 330ml")

	h.sight.Ready, h.sight.Cloud.Reachable = false, false
	h.sight.Why = []sale.Why{{Code: "offline", Text: "the gateway does not answer"}, {Code: "bees", Text: "a swarm in the chute"}}
	tells(t, h.reads("/"), "✓ 机器在运行", "✕ 不能售卖 连不上微信支付 检查网线", "bees a swarm in the chute", "✕ 微信支付连不上", "不用重启")
	h.alive = false
	tells(t, h.reads("/"), "✕ 程序停住了", "断电再上电", "✕ 不能售卖")
}

func TestOneSlotAsideIsNotTheWholeKiosk(t *testing.T) {
	tells(t, newHouse().reads("/"), "! 可以售卖，有货道停卖 货道 3 · 卡住，没转到位 维护 → 开门取出卡住的货", "货道 2 · 售空 补货", "! 售空", "✕ 卡住，没转到位")
	tells(t, newHouse().reads("/?lang=en"), "! It can sell, but not every slot slot 3 · jammed, did not come home Maintenance, free the spiral", "slot 2 · sold out Fill them")
}

func TestBeforeTheFirstAskTheCloudIsNotBlamed(t *testing.T) {
	h := newHouse()
	h.sight.Ready, h.sight.Cloud.Reachable, h.sight.Why = false, false, []sale.Why{{Code: "starting"}}
	text := h.reads("/")
	tells(t, text, "! 还没问过微信支付", "✕ 不能售卖 正在启动")
	if strings.Contains(text, "连不上") {
		t.Error("a kiosk that has not asked yet sends the technician after the network")
	}
}

func TestEveryReasonSaysWhatToDoInBothLanguages(t *testing.T) {
	for _, code := range []string{
		"beat", "starting", "stopped", "config", "offline", "clock", "busy", "empty", "book", "damaged", "disk", "panel", "scanner",
	} {
		r, ok := words.Reasons[code]
		if !ok {
			t.Errorf("%s is shown as a bare code", code)
		}
		for _, w := range []word{r.What, r.Do} {
			if w[0] == "" || w[1] == "" {
				t.Errorf("%s lacks words: %+v", code, r)
			}
		}
	}
	for _, table := range []map[string]word{words.Labels, words.Errors, words.Faults, words.States, words.Events, words.Means, words.Screens, words.Causes, words.Decisions,
		words.FaultRemedies, words.Advice, words.Parts, words.Network, words.Alarms, words.Refusals, words.Done, words.Kinds, words.Counts, words.Flags} {
		for key, w := range table {
			if w[0] == "" || w[1] == "" {
				t.Errorf("%s lacks a language: %+v", key, w)
			}
		}
	}
	spoken := func(table map[string]word, key string) {
		if _, ok := table[key]; !ok {
			t.Errorf("%q is shown as a bare code", key)
		}
	}
	for _, s := range sale.States {
		spoken(words.States, string(s))
		if !s.Over() && s != sale.New {
			spoken(words.Advice, string(s))
		}
	}
	for _, e := range sale.Events {
		spoken(words.Events, string(e))
	}
	for _, f := range append([]string{"doubt", sale.FaultOffSale}, sale.Faults...) {
		spoken(words.Faults, f)
		spoken(words.FaultRemedies, f)
	}
	for _, f := range []string{sale.FaultDouble, sale.FlagNoisy, sale.FlagRestored} {
		spoken(words.Flags, f)
	}
	for key, m := range measures {
		if m.what[0] == "" || m.what[1] == "" {
			t.Errorf("the board's figure %d has no name", key)
		}
	}
	if facts := reflect.TypeFor[sale.Facts]().NumField(); len(measures) != facts {
		t.Errorf("%d of the board's %d figures stand on the page", len(measures), facts)
	}
	for _, s := range sale.Screens {
		spoken(words.Screens, s)
	}
	for _, why := range []string{sale.ReasonBalance, sale.ReasonConfig, sale.ReasonOverdue, sale.ReasonSilent, sale.ReasonUnknown, sale.ReasonDenied,
		sale.ReasonForeign, sale.ReasonNotice, sale.ReasonBarred, sale.StallWord} {
		spoken(words.Causes, why)
	}
	for _, no := range []sale.Refusal{sale.RefusedSettled, sale.RefusedEarly, sale.RefusedMerchant, sale.RefusedOurs, sale.RefusedUnpaid, sale.RefusedPaid,
		sale.RefusedSoon, sale.RefusedReason} {
		if refusalText(string(no), "zh") == string(no) || refusalText(string(no), "en") == string(no) {
			t.Errorf("a technician reads the bare refusal %q", no)
		}
	}
	for _, h := range settleMethods {
		spoken(words.Decisions, h)
	}
}

func TestEveryWordThePageAsksForExists(t *testing.T) {
	var keys [][]string
	for _, name := range []string{"page.html", "service.html", "slots.html", "orders.html", "machine.html"} {
		page, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, regexp.MustCompile(`\.T "([^"]+)"`).FindAllStringSubmatch(string(page), -1)...)
	}
	if len(keys) < 80 {
		t.Fatalf("found only %d words", len(keys))
	}
	for _, k := range keys {
		if _, ok := words.Labels[k[1]]; !ok {
			t.Errorf("the page prints the bare key %q", k[1])
		}
	}
}

func TestOpenOrdersShowTheirJournal(t *testing.T) {
	h := newHouse()
	e := order1(sale.Owed)
	e.RefundNo, e.RefundFen, e.Why, e.Journal[1].Trusted = string(e.No)+"R1", 650, "stuck", false
	sold := order1(sale.Sold)
	sold.No = sale.Number("K0042", 8, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	h.entries, h.sight.Open, h.sight.Owed = []sale.Entry{sold, e}, 1, 1
	text := h.reads("/")
	tells(t, text, "✕ 欠顾客的钱：1 笔", "✕ 欠款 货道 3 · 薯片", "¥6.50", string(e.No), "4200001", "没有出货", "先在商户平台退款或付现金", "12:00:00 顾客选货 → 下单中", "12:00:01 微信已下单 → 等付款 · &#43;1.0 s", "12:01:30 已付款 → 出货中 · &#43;1 分", "当时时钟未校准", "✓ 已售出")
	if n := strings.Count(text, string(e.No)+" "); n != 1 {
		t.Errorf("an open order stands on the page %d times", n)
	}
	page := h.technician("/")
	if !strings.Contains(page, `name="no" value="`+string(e.No)+`"`) || strings.Contains(page, `value="`+string(sold.No)+`"`) {
		t.Error("not exactly the owed order can be settled")
	}
	h.damaged = true
	tells(t, h.reads("/"), "现在读不到订单簿")
}

// When that is, the shop alone knows: TestAnOrderInClosingIsSettledOnlyAfterAWeekOrAMonth holds it.
func TestAClosingOrderIsOfferedToAPersonWhenTheShopSaysSo(t *testing.T) {
	e := order1(sale.Closing)
	if orderViewOf(e, "zh", waitingOrders{}).Yours || orderViewOf(e, "zh", waitingOrders{settleable: []sale.No{"K0042-000009"}}).Yours {
		t.Error("a person may settle what the machine still settles by itself")
	}
	if !orderViewOf(e, "zh", waitingOrders{settleable: []sale.No{e.No}}).Yours {
		t.Error("an order that nobody answers for is never settled")
	}
}

func TestAStoppedKioskOffersTheWayOut(t *testing.T) {
	h := newHouse()
	const clear = `action="/service/clear?lang=zh"`
	if strings.Contains(h.technician("/"), clear) {
		t.Error("a kiosk that sells asks to be cleared")
	}
	h.sight.Ready, h.sight.Doubts = false, sale.Doubts{Count: 3, Stopped: "three doubts"}
	h.sight.Why = []sale.Why{{Code: "stopped", Text: "three doubts"}}
	if !strings.Contains(h.technician("/"), clear) {
		t.Error("a stopped kiosk cannot be cleared")
	}
	tells(t, h.reads("/"), "恢复售卖", "3 / 3")
}

func TestADamagedBookOffersTheWayOut(t *testing.T) {
	h := newHouse()
	const accept = `action="/service/accept-book?lang=zh"`
	if strings.Contains(h.technician("/"), accept) {
		t.Error("a kiosk with a sound book asks whether it may sell")
	}
	h.sight.Ready, h.sight.Why = false, []sale.Why{{Code: sale.NotReadyDamaged, Text: "it is behind its head"}}
	if !strings.Contains(h.technician("/"), accept) {
		t.Error("a kiosk whose book was damaged never sells again")
	}
	if strings.Contains(h.reads("/"), accept) {
		t.Error("a stranger may let it sell")
	}
	tells(t, h.reads("/"), "不能售卖", "账本损坏过")
	tells(t, h.reads("/?lang=en"), "The order book was damaged")
	must(t, h.do(form("/service/accept-book", "pin", secret)), 200, "")
	if want := []sale.Command{sale.AcceptBook{By: by, From: from}}; !reflect.DeepEqual(h.taken, want) {
		t.Errorf("the shop was told %+v", h.taken)
	}
}

func TestThePageShowsTheHeadOfTheBook(t *testing.T) {
	h := newHouse()
	h.Head = func() *BookHead { return &BookHead{1234, "ab12cd34", time.Unix(1_760_000_000, 0)} }
	tells(t, h.reads("/"), "账本末行", "第 1234 行", "ab12cd34", "10-09 16:53:20")
	tells(t, h.reads("/?lang=en"), "line 1234 · seal ab12cd34")
	if text := h.get("/status.json").Body.String(); !strings.Contains(text, `"book_head":{"line":1234,"seal":"ab12cd34","at":`) {
		t.Errorf("a script reads %s", text)
	}
}

func TestHostileNamesStayText(t *testing.T) {
	evil := `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.Pin}}`
	h := newHouse()
	e := order1(sale.Owed)
	e.Name, e.Note, e.GatewayCode, e.Misfit, e.Reason, e.Fault, e.Money.Transaction = evil, evil, evil, evil, evil, evil, evil
	e.No = sale.No(evil)
	h.entries, h.sight.Open, h.sight.Owed = []sale.Entry{e}, 1, 1
	h.sight.Products = []sale.Product{{Slot: 1, Name: evil, Fen: 1, Fault: evil}}
	h.sight.Why = []sale.Why{{Code: evil, Text: evil}}
	h.sight.Ready, h.sight.Front = false, &sale.Front{Screen: evil, No: sale.No(evil), Slot: 1}
	h.sight.Strays = map[string]int{evil: 1}
	h.Kiosk, h.Version = "K"+evil, evil
	h.Notes = func() []Note { return []Note{{EN: evil}, {ZH: evil}} }
	h.Board = func() sale.Facts { return sale.Facts{Model: evil, BootID: evil, Warning: &evil} }
	for _, path := range []string{"/", "/?lang=en", "/?lang=" + "%22%3E%3Cscript%3E"} {
		page := h.get(path).Body.String()
		if strings.Contains(page, "<script>") || strings.Contains(page, "<img src=x") || strings.Contains(page, secret) {
			t.Errorf("%s: a product's name runs in the technician's browser", path)
		}
		if n := strings.Count(page, "<script"); n != 1 {
			t.Errorf("%s: %d scripts instead of our own one", path, n)
		}
	}
	for _, path := range []string{"/status.json", "/orders.json"} {
		if body := h.get(path).Body.String(); strings.Contains(body, "<script") {
			t.Errorf("%s: a product's name is markup", path)
		}
	}
}

func TestThePageLoadsNothingFromOutside(t *testing.T) {
	h := newHouse()
	for _, path := range []string{"/", "/page.css", "/page.js"} {
		body := h.get(path).Body.String()
		if regexp.MustCompile(`(?i)(src|href|action|url\(|import|fetch\()[="'( ]*(https?:)?//`).MatchString(body) {
			t.Errorf("%s loads from outside: blank on a kiosk without internet", path)
		}
		if regexp.MustCompile(`(?i)\son[a-z]+=|style=|<style|javascript:`).MatchString(body) && path == "/" {
			t.Errorf("%s holds what its own policy forbids", path)
		}
	}
}

func TestThePageIsWellFormed(t *testing.T) {
	h := newHouse()
	h.entries, h.sight.Open, h.sight.Owed = []sale.Entry{order1(sale.Owed)}, 1, 1
	h.sight.Front = &sale.Front{Screen: "qr", No: "K0042-1", Slot: 1, Fen: 350}
	h.sight.Maintenance, h.sight.Doubts.Stopped = "anna", "three doubts"
	h.furnish()
	live := []string{"stale", "top", "glass", "front", "shelf", "open", "recent", "sales", "waits", "parts", "board", "network", "deeds", "machine", "words"}
	for _, page := range []string{h.get("/").Body.String(), h.get("/?lang=en").Body.String()} {
		wellFormed(t, page, append(live, "door")...)
	}
	for _, page := range []string{h.technician("/"), h.technician("/?lang=en&slot=3&done=slot")} {
		wellFormed(t, page, append(live, "duty", "bench", "keep", "fill")...)
	}
}

// wellFormed reads a page as a strict reader does, and finds each name on it once.
func wellFormed(t *testing.T, page string, want ...string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	ids := map[string]bool{}
	depth := 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			depth++
			for _, a := range e.Attr {
				if a.Name.Local == "id" && ids[a.Value] {
					t.Errorf("two elements are called %q", a.Value)
				} else if a.Name.Local == "id" {
					ids[a.Value] = true
				}
			}
		case xml.EndElement:
			depth--
		}
	}
	if depth != 0 {
		t.Errorf("%d elements are not closed", depth)
	}
	for _, id := range want {
		if !ids[id] {
			t.Errorf("the live page looks for %q in vain", id)
		}
	}
}

func TestAFullPageIsSmall(t *testing.T) {
	h := newHouse()
	h.sight.Products, h.sight.Open, h.sight.Owed = nil, 3, 3
	for i := range 24 {
		h.sight.Products = append(h.sight.Products, sale.Product{Slot: sale.Slot(i + 1), Name: "农夫山泉饮用天然水 550ml", NameEN: "Water", Fen: 200, Stock: 8})
	}
	for i := range 15 {
		e := order1(sale.Sold)
		if i < 3 {
			e = order1(sale.Owed)
			e.RefundNo, e.Why, e.GatewayCode = "R", "stuck", "USER_ACCOUNT_ABNORMAL"
		}
		e.No = sale.Number("K0042", i, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		h.entries = append(h.entries, e)
	}
	h.furnish()
	h.sight.Maintenance = "anna"
	all := 0
	for _, path := range []string{"/page.css", "/page.js", "/icon.svg", "/panel.png"} {
		all += h.get(path).Body.Len()
	}
	page := max(len(h.technician("/")), len(h.technician("/?lang=en")))
	t.Logf("the page of 24 slots and 15 orders, signed in: %d bytes, with what it loads %d", page, all+page)
	if all+page > 60<<10 {
		t.Errorf("the page with all it needs is %d bytes, %d of them the page itself; a phone on a bad link waits", all+page, page)
	}
	if len(h.asked) == 0 || strings.HasPrefix(h.asked[len(h.asked)-1], "0 ") {
		t.Errorf("the book was asked for %v", h.asked)
	}
}

func TestTheLanguageIsTheConfigsUnlessAskedFor(t *testing.T) {
	for _, c := range []struct{ config, path, want string }{
		{"", "/", "zh-CN"}, {"en", "/", "en"}, {"zh", "/?lang=en", "en"}, {"en", "/?lang=zh", "zh-CN"}, {"en", "/?lang=fr", "en"},
	} {
		h := newHouse()
		h.Language = c.config
		if page := h.get(c.path).Body.String(); !strings.Contains(page, fmt.Sprintf(`<html lang="%s">`, c.want)) {
			t.Errorf("config %q, %s: not in %s", c.config, c.path, c.want)
		}
	}
}

func TestLeftOutPartsLeaveAWholePage(t *testing.T) {
	h := newHouse()
	h.Panel, h.Board, h.Notes, h.Do = nil, nil, nil, nil
	must(t, h.get("/"), 200, "")
	tells(t, h.reads("/"), "屏幕还没有画面", "只读")
}

func TestUptimeReadsLikeAPersonSaysIt(t *testing.T) {
	for d, want := range map[time.Duration]string{
		5 * time.Second: "5 s", 61 * time.Second: "1 min", 3*time.Hour + 4*time.Minute: "3 h 4 min", 50 * time.Hour: "2 d 2 h",
	} {
		if got := sale.Span(d).EN; got != want {
			t.Errorf("%v is %q", d, got)
		}
	}
}

func TestNotesSpeakTheReadersLanguage(t *testing.T) {
	h := newHouse()
	h.Notes = func() []Note { return []Note{{ZH: "证书快到期", EN: "it ends soon"}, {EN: "only in English"}} }
	for path, want := range map[string][]string{
		"/":         {"<li>证书快到期</li>", `<li lang="en">only in English</li>`},
		"/?lang=en": {"<li>it ends soon</li>", "<li>only in English</li>"},
	} {
		page := h.get(path).Body.String()
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("%s does not say %s", path, w)
			}
		}
	}
}

func TestATechnicianAloneReadsTheNewestRequestThatFailed(t *testing.T) {
	const text = "ask for a code: the gateway refuses the signature: check pay.key_file and pay.sign_type (unsigned: \"签名错误，请检查后再试\")"
	h := newHouse()
	h.furnish()
	h.sight.Cloud.Trouble = text
	tells(t, plain(h.technician("/")), "最近一次没有成功的请求 "+html.EscapeString(text))
	if page := h.reads("/"); strings.Contains(page, "签名错误") || strings.Contains(h.get("/status.json").Body.String(), "签名错误") {
		t.Error("a stranger reads what the gateway refuses us with")
	}
}
