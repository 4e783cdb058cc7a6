package status

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

// posts is a form as a browser without scripts sends it, signed in.
func (h *house) posts(in *http.Cookie, path string, pairs ...string) *httptest.ResponseRecorder {
	r := with(form(path, pairs...), in)
	r.Header.Set("Accept", "text/html")
	return h.do(r)
}

// field is what a form on a page holds.
func field(page, name string) string {
	m := regexp.MustCompile(`name="` + name + `"[^>]* value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return "-"
	}
	return m[1]
}

func TestAPriceFarFromTheOldOneIsAskedAgain(t *testing.T) {
	for _, c := range []struct {
		yuan  string
		asked bool
	}{{"680", true}, {"10.51", true}, {"10.5", false}, {"1.17", false}, {"1.16", true}, {"0.35", true}, {"3.50", false}} { // slot 1 costs 3.50
		h := newHouse()
		in := h.signIn(t, "anna")
		w := h.posts(in, "/service/change?lang=zh&slot=1&was=10", "name", "可口可乐 330ml", "yuan", c.yuan, "stock", "10", "was_fen", "350")
		page := w.Body.String()
		if asked := w.Code == 200 && strings.Contains(page, "要改成"); asked != c.asked || asked == (len(h.taken) > 0) {
			t.Errorf("%s: answered %d, the shop was told %v: a slip of the finger stands on the panel", c.yuan, w.Code, h.taken)
		}
		if !c.asked {
			continue
		}
		if got := field(page, "yuan"); got != c.yuan {
			t.Errorf("%s: what was typed is gone: %q", c.yuan, got)
		}
		sure := field(page, "sure")
		h.posts(in, "/service/change?lang=zh&slot=1&was=10", "name", "可口可乐 330ml", "yuan", "900", "stock", "10", "sure", sure)
		if len(h.taken) > 0 {
			t.Errorf("%s: the yes to it counts for another price: %v", c.yuan, h.taken)
		}
		w = h.posts(in, "/service/change?lang=zh&slot=1&was=10", "name", "可口可乐 330ml", "yuan", c.yuan, "stock", "10", "sure", sure)
		if want := fmt.Sprintf("/?lang=zh&done=changed-%d", parseYuan(c.yuan)); len(h.taken) != 1 || w.Header().Get("Location") != want {
			t.Errorf("%s: said twice and not taken: %v, to %q", c.yuan, h.taken, w.Header().Get("Location"))
		}
	}
}

func TestAScriptIsAskedAboutYuanAndBelievedAboutFen(t *testing.T) {
	h := newHouse()
	must(t, h.do(form("/service/change", "pin", secret, "slot", "1", "yuan", "680")), http.StatusConflict,
		`{"error":"yuan: the price would go from ¥3.50 to ¥680.00: send it again with sure, as told here","sure":"fen-68000"}`+"\n")
	if len(h.taken) > 0 {
		t.Fatalf("the shop was told %v", h.taken)
	}
	must(t, h.do(form("/service/change", "pin", secret, "slot", "1", "yuan", "680", "sure", "fen-68000")), 200, "")
	must(t, h.do(form("/service/change", "pin", secret, "slot", "1", "fen", "350")), 200, "")
	if len(h.taken) != 2 {
		t.Errorf("the shop was told %v", h.taken)
	}
}

func TestAStockOrANameThatLooksLikeASlipIsAskedAgain(t *testing.T) {
	for _, c := range []struct{ path, name, stock, words string }{
		{"/service/change?lang=zh&slot=1&was=10", "可口可乐 330ml", "120", "您填的是 120 件"},
		{"/service/change?lang=zh&slot=1&was=10", "7.20", "10", "没有一个字"},
		{"/service/fill?lang=zh&was=1-10_2-0_3-4", "", "120", "您填的是 120 件"},
	} {
		h := newHouse()
		in := h.signIn(t, "anna")
		pairs := []string{"stock", c.stock}
		if c.name != "" {
			pairs = append(pairs, "name", c.name, "yuan", "3.50", "was_name", "可口可乐 330ml", "was_fen", "350")
		}
		w := h.posts(in, c.path, pairs...)
		if len(h.taken) > 0 || !strings.Contains(w.Body.String(), c.words) {
			t.Errorf("%s %q %s: answered %d, the shop was told %v", c.path, c.name, c.stock, w.Code, h.taken)
		}
		h.posts(in, c.path, append(pairs, "sure", field(w.Body.String(), "sure"))...)
		if len(h.taken) == 0 {
			t.Errorf("%s %q %s: said twice, and not taken", c.path, c.name, c.stock)
		}
	}
}

func TestAPriceThatSomebodyElseHasChangedIsNotOverwritten(t *testing.T) {
	h := newHouse()
	in := h.signIn(t, "anna")
	h.turn(func() { h.sight.Products[0].Fen = 380 })
	typed := []string{"name", "可口可乐 330ml", "name_en", "Coke 330ml", "yuan", "4.00", "stock", "10", "was_name", "可口可乐 330ml", "was_name_en", "Coke 330ml", "was_fen", "350"}
	page := h.posts(in, "/service/change?lang=zh&slot=1&was=10", typed...).Body.String()
	if len(h.taken) > 0 || !strings.Contains(page, "现在是 可口可乐 330ml，¥3.80") || field(page, "yuan") != "4.00" || field(page, "was_fen") != "380" {
		t.Fatalf("the shop was told %v; the form holds %s, made from %s", h.taken, field(page, "yuan"), field(page, "was_fen"))
	}
	typed[len(typed)-1] = "380"
	h.posts(in, "/service/change?lang=zh&slot=1&was=10", typed...)
	if h.sight.Products[0].Fen != 400 {
		t.Errorf("said again, and it is %v", h.sight.Products[0].Fen)
	}
	// Who changes the name alone does not take the other's price back.
	h.turn(func() { h.sight.Products[0].Fen = 380 })
	h.posts(in, "/service/change?lang=zh&slot=1&was=10", "name", "零度可乐", "yuan", "4.00", "stock", "10", "was_name", "可口可乐 330ml", "was_fen", "400")
	if w := h.sight.Products[0]; w.Fen != 380 || w.Name != "零度可乐" {
		t.Errorf("now %q for %v", w.Name, w.Fen)
	}
	must(t, h.do(form("/service/change", "pin", secret, "slot", "1", "fen", "400", "yuan", "4.00", "was_fen", "350")), http.StatusConflict, "")
}

func TestADayThatDiffersSaysSoWhereItIsAsked(t *testing.T) {
	h := newHouse()
	h.toolbox()
	in := h.signIn(t, "anna")
	h.compares(&Bills{Last: &sale.Reconciliation{Day: aDay}})
	for _, c := range []struct {
		found  []sale.Finding
		zh, en string
	}{
		{nil, `class="strip good" role="status"><i aria-hidden="true">✓</i> 2026-02-28：与账单一致`, "2026-02-28: agrees with its bill"},
		{[]sale.Finding{{Fen: 8000}, {Fen: 700, Off: 590}}, `class="strip bad" role="status"><i aria-hidden="true">✕</i> 2026-02-28：2 处不同，差 ¥85.90 <a href="#account">`, "2026-02-28: 2 differences, ¥85.90"},
	} {
		h.Tools.Reconcile = func(context.Context, time.Time) ([]sale.Finding, error) { return c.found, nil }
		to := h.posts(in, "/service/reconcile?lang=zh", "date", "2026-02-28").Header().Get("Location")
		for lang, want := range map[string]string{"zh": c.zh, "en": c.en} {
			if page := h.do(with(ask("GET", strings.Replace(to, "lang=zh", "lang="+lang, 1)), in)).Body.String(); !strings.Contains(page, want) {
				t.Errorf("%s: the page does not say %s", to, want)
			}
		}
	}
	if page := h.get("/?done=differs-1,2").Body.String(); strings.Contains(page, `id="said"`) {
		t.Error("an address that we never give is said")
	}
}

func TestARefundAskedForAgainIsFollowedToItsEnd(t *testing.T) {
	h := newHouse()
	e := order1(sale.Owed)
	e.RefundFen = 650
	h.entries, h.sight.Owed = []sale.Entry{e}, 1
	h.FindOrder = func(_ context.Context, no sale.No) (sale.Order, bool, error) {
		return h.entries[0].Order, no == e.No, nil
	}
	in := h.signIn(t, "anna")
	to := h.posts(in, "/service/order?lang=zh", "no", string(e.No), "event", "retried").Header().Get("Location")
	for state, want := range map[sale.State]string{sale.Refunding: "再退一次：正在退", sale.Refunded: "再退一次：钱已退回 · ¥6.50", sale.Owed: "再退一次：又没退成"} {
		h.entries[0].State = state
		if page := plain(h.do(with(ask("GET", to), in)).Body.String()); !strings.Contains(page, want) {
			t.Errorf("%s: the page does not say %q", state, want)
		}
	}
	if page := h.technician("/"); strings.Contains(page, "再退一次：") {
		t.Error("somebody else's retry is followed")
	}
}

func TestTheKioskIsNotCalledSellingWhenItDoesNot(t *testing.T) {
	h := newHouse()
	h.sight.Ready = false
	in := h.signIn(t, "anna")
	if to := h.posts(in, "/service/clear?lang=zh").Header().Get("Location"); !strings.Contains(plain(h.do(with(ask("GET", to), in)).Body.String()), "停机已解除，但还不能售卖") {
		t.Errorf("went to %q", to)
	}
}

func TestTheLanguageIsTheReaders(t *testing.T) {
	for _, c := range []struct{ config, accepts, kept, path, want string }{
		{"zh", "en-US", "", "/", "en"}, {"zh", "en-US,en;q=0.9", "zh", "/", "zh-CN"}, {"en", "zh-CN,zh;q=0.9,en;q=0.8", "", "/", "zh-CN"},
		{"zh", "fr, en;q=0.3, zh;q=0.7", "", "/", "zh-CN"}, {"zh", "fr;q=1, en;q=x", "", "/", "zh-CN"}, {"en", "*", "", "/", "en"}, {"zh", "en", "en", "/?lang=zh", "zh-CN"}, {"zh", "", "fr", "/", "zh-CN"},
	} {
		h := newHouse()
		h.Language = c.config
		r := ask("GET", c.path)
		r.Header.Set("Accept-Language", c.accepts)
		if c.kept != "" {
			r.AddCookie(&http.Cookie{Name: "lang", Value: c.kept})
		}
		if page := h.do(r).Body.String(); !strings.Contains(page, fmt.Sprintf(`<html lang="%s">`, c.want)) {
			t.Errorf("%+v: the page speaks another language", c)
		}
	}
	kept := newHouse().get("/?lang=en").Result().Cookies()
	if len(kept) != 1 || kept[0].Name != "lang" || kept[0].Value != "en" || kept[0].MaxAge < 1000 {
		t.Errorf("the choice is kept as %v: it is gone with the next visit", kept)
	}
}
