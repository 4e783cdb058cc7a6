package status

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

// signIn comes back with the browser's cookie.
func (h *house) signIn(t *testing.T, name string, old ...*http.Cookie) *http.Cookie {
	t.Helper()
	r := form("/service/sign-in", "pin", secret, "name", name)
	for _, c := range old {
		r.AddCookie(c)
	}
	w := h.do(r)
	must(t, w, 200, `{"ok":true}`+"\n")
	got := w.Result().Cookies()
	if len(got) != 1 {
		t.Fatalf("signing in sets %v", got)
	}
	return got[0]
}

func with(r *http.Request, c *http.Cookie) *http.Request {
	r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	return r
}

func (h *house) as(c *http.Cookie, path string, pairs ...string) *httptest.ResponseRecorder {
	return h.do(with(form(path, pairs...), c))
}

func TestATechnicianSignsInOnceAndItIsWrittenWhoItWas(t *testing.T) {
	h := newHouse()
	c := h.signIn(t, " 安娜 ")
	must(t, h.as(c, "/service/slot", "slot", "1", "stock", "7"), 200, "")
	if want := (sale.CountStock{Slot: 1, Stock: 7, Was: 10, By: "安娜", From: "192.168.1.7"}); len(h.taken) != 1 || h.taken[0] != want {
		t.Errorf("the shop was told %v", h.taken)
	}
	must(t, h.as(c, "/service/sign-out"), 200, "")
	must(t, h.as(c, "/service/clear"), 401, `{"error":"sign in first: no session, or it has ended"}`+"\n")
}

func TestTheCookieIsForThisKioskAlone(t *testing.T) {
	h := newHouse()
	c := h.signIn(t, "anna")
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.Secure || c.MaxAge != 0 || !c.Expires.IsZero() || len(c.Value) < 26 {
		t.Errorf("a script, another site or another host may use the session: %v", c)
	}
	r := form("https://192.168.1.20/service/sign-in", "pin", secret, "name", "anna")
	if r.TLS == nil {
		t.Fatal("this is no request under TLS")
	}
	w := h.do(r)
	if c := w.Result().Cookies()[0]; !c.Secure || c.Name != "__Host-kiosk" || c.Path != "/" || c.Domain != "" {
		t.Errorf("under TLS: %v", c)
	}
	plain := form("https://192.168.1.20/service/clear")
	plain.AddCookie(&http.Cookie{Name: "kiosk", Value: w.Result().Cookies()[0].Value})
	must(t, h.do(plain), 401, "") // whoever sets cookies over plain HTTP sets none that counts
}

func TestASessionEnds(t *testing.T) {
	for name, c := range map[string]struct {
		wait    time.Duration
		between func(h *house, c *http.Cookie)
		want    int
	}{
		"still at work":      {9 * time.Minute, nil, 200},
		"idle":               {10 * time.Minute, nil, 401},
		"only looks":         {10 * time.Minute, func(h *house, c *http.Cookie) { h.do(with(ask("GET", "/"), c)) }, 401},
		"works on":           {10 * time.Minute, func(h *house, c *http.Cookie) { h.as(c, "/service/clear") }, 200},
		"another secret now": {time.Second, func(h *house, _ *http.Cookie) { _ = h.SetPin("something else") }, 401},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse()
				in := h.signIn(t, "anna")
				time.Sleep(c.wait / 2)
				if c.between != nil {
					c.between(h, in)
				}
				time.Sleep(c.wait / 2)
				must(t, h.as(in, "/service/clear"), c.want, "")
			})
		})
	}
}

func TestNobodyStaysSignedInForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		c := h.signIn(t, "anna")
		for began := time.Now(); time.Since(began) < 8*time.Hour; time.Sleep(5 * time.Minute) {
			must(t, h.as(c, "/service/clear"), 200, "")
		}
		must(t, h.as(c, "/service/clear"), 401, "")
	})
}

func TestTheTokenIsFreshAtEverySignIn(t *testing.T) {
	h := newHouse()
	forced := &http.Cookie{Name: "kiosk", Value: "I-know-this-one-already-1234567890"}
	first := h.signIn(t, "anna", forced)
	if first.Value == forced.Value {
		t.Error("whoever set the cookie before is signed in as well")
	}
	must(t, h.as(forced, "/service/clear"), 401, "")
	second := h.signIn(t, "anna", first)
	if second.Value == first.Value {
		t.Error("signing in again keeps the token")
	}
	must(t, h.as(first, "/service/clear"), 401, "")
	must(t, h.as(second, "/service/clear"), 200, "")
}

func TestOnlySoManyAreSignedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		var all []*http.Cookie
		for i := range 16 + 1 {
			all = append(all, h.signIn(t, fmt.Sprint("technician ", i)))
			time.Sleep(time.Second)
		}
		must(t, h.as(all[0], "/service/clear"), 401, "")
		must(t, h.as(all[1], "/service/clear"), 200, "")
	})
}

func TestANameIsOneLineThatShowsAsWhatItIs(t *testing.T) {
	h := newHouse()
	for _, name := range []string{"", "  ", strings.Repeat("长", 33), "two\nlines", "a\x00b", "\xff", "evil\u202elana", "zero\u200bwidth",
		"Wang, by Li", "Wang at 10.0.0.1", "Wang AT 10.0.0.1", "王，李", "王 · 10.0.0.1", "王（李", "Wang (Li)"} {
		w := h.do(form("/service/sign-in", "pin", secret, "name", name))
		must(t, w, 400, "")
		if len(w.Result().Cookies()) > 0 {
			t.Errorf("%q is signed in", name)
		}
	}
	for _, name := range []string{strings.Repeat("长", 32), "阿依古丽·买买提", "O'Brien-Lee Jr.", "at home", "anna@example.com"} {
		h.signIn(t, name)
	}
	must(t, h.do(form("/service/sign-in", "pin", "wrong", "name", "anna")), 403, `{"error":"wrong secret"}`+"\n")
	must(t, h.do(form("/service/sign-in", "name", "anna")), 403, "")
}

func TestStrangersGuessesDoNotStopWhoeverIsAtWork(t *testing.T) {
	h := newHouse()
	c := h.signIn(t, "anna")
	for i := range 1000 {
		h.guess(fmt.Sprintf("10.0.%d.%d", i/250, i%250), "guess")
	}
	must(t, h.do(form("/service/sign-in", "pin", secret, "name", "bob")), 429, "")
	must(t, h.as(c, "/service/clear"), 200, "")
	must(t, h.as(c, "/service/clear", "pin", "a wrong one in a forgotten field"), 200, "")
}

func TestThePageKnowsWhoReadsIt(t *testing.T) {
	h := newHouse()
	c := h.signIn(t, "安娜")
	if page := h.do(with(ask("GET", "/"), c)).Body.String(); !strings.Contains(page, "安娜") {
		t.Error("the technician does not see whose name stands in the journal")
	}
	if page := h.get("/").Body.String(); strings.Contains(page, "安娜") || strings.Contains(page, "/service/maintenance") {
		t.Error("a stranger sees who is signed in, or is offered what only they can do")
	}
}

func TestNobodySignsInSomebodyElsesName(t *testing.T) {
	h := newHouse()
	must(t, h.do(form("/service/sign-in", "pin", secret, "name", "Wang, by Li")), 400,
		`{"error":"name: who you are, 1 to 32 characters, without comma, bracket, \" at \" or \" · \""}`+"\n")
	r := form("/service/sign-in?lang=zh", "pin", secret, "name", "Wang, by Li")
	r.Header.Set("Accept", "text/html")
	if page := h.get(h.do(r).Header().Get("Location")).Body.String(); !strings.Contains(page, "不能有逗号、括号") {
		t.Error("whoever reads Chinese is not told what is wrong with the name")
	}
}
