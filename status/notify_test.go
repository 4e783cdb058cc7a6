package status

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// doubt is an error that says whose fault it is.
type doubt bool

func (d doubt) Error() string { return "canary" }
func (d doubt) Refused() bool { return bool(d) }

func post(path, body string) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Host, r.RemoteAddr = "pay.shop.example", "101.226.103.7:40000"
	return r
}

const (
	yesV2 = "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"
	noV2  = "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[FAIL]]></return_msg></xml>"
)

func TestTheGatewayIsToldYesOnlyOnceTheNoticeIsStored(t *testing.T) {
	var stored []byte
	var fault error
	take := func(_ context.Context, _ http.Header, body []byte) error {
		stored = body
		return fault
	}
	for _, c := range []struct {
		path   string
		door   http.Handler
		err    error
		status int
		body   string
	}{
		{"/notify/v2", NotifyV2(take), nil, 200, yesV2},
		{"/notify/v2", NotifyV2(take), doubt(true), 400, noV2},
		{"/notify/v2", NotifyV2(take), doubt(false), 500, noV2},
		{"/notify/v2", NotifyV2(take), errors.New("canary: the card is full"), 500, noV2},
		{"/notify/v3", NotifyV3(take), nil, 204, ""},
		{"/notify/v3", NotifyV3(take), fmt.Errorf("take it: %w", doubt(true)), 400, `{"code":"FAIL","message":"Bad Request"}`},
		{"/notify/v3", NotifyV3(take), errors.New("canary"), 500, `{"code":"FAIL","message":"Internal Server Error"}`},
	} {
		h := newHouse()
		if c.path == "/notify/v2" {
			h.NotifyV2 = c.door
		} else {
			h.NotifyV3 = c.door
		}
		h.h, fault, stored = h.Handler(), c.err, nil
		w := h.do(post(c.path, "as it came \xff"))
		if w.Code != c.status || w.Body.String() != c.body || string(stored) != "as it came \xff" {
			t.Errorf("%s, %v: answered %d %q, stored %q", c.path, c.err, w.Code, w.Body, stored)
		}
		if strings.Contains(w.Body.String(), "canary") {
			t.Errorf("%s: a stranger is told what failed: %s", c.path, w.Body)
		}
	}
}

func TestANoticeComesUnderAnyNameAndFromNoBrowser(t *testing.T) {
	h := newHouse()
	taken := 0
	h.NotifyV2 = NotifyV2(func(context.Context, http.Header, []byte) error { taken++; return nil })
	h.h = h.Handler()
	for _, site := range []string{"", "cross-site"} {
		r := post("/notify/v2", "<xml/>")
		r.Header.Set("Sec-Fetch-Site", site)
		r.Header.Set("Origin", "https://pay.weixin.qq.com")
		if w := h.do(r); w.Code != 200 {
			t.Errorf("the bank's notice is refused: %d %s", w.Code, w.Body)
		}
	}
	for _, path := range []string{"/notify/v3", "/notify/v2/", "/notify/", "/notify", "/service/clear", "/"} {
		if w := h.do(post(path, "<xml/>")); w.Code < 400 {
			t.Errorf("%s under a stranger's name: %d", path, w.Code)
		}
	}
	if taken != 2 {
		t.Errorf("%d notices were taken", taken)
	}
}

func TestANoticeIsPostedAndShort(t *testing.T) {
	h := newHouse()
	h.NotifyV2 = NotifyV2(func(_ context.Context, _ http.Header, body []byte) error {
		if len(body) > noticeBytes {
			t.Errorf("read %d bytes", len(body))
		}
		return nil
	})
	h.h = h.Handler()
	long := string(bytes.Repeat([]byte("x"), noticeBytes))
	for _, c := range []struct {
		r      *http.Request
		status int
	}{
		{post("/notify/v2", long), 200},
		{post("/notify/v2", long+"x"), 413},
		{post("/notify/v2", strings.Repeat(long, 160)), 413},
		{ask("GET", "/notify/v2"), 405},
		{ask("PUT", "/notify/v2"), 405},
	} {
		w := h.do(c.r)
		if w.Code != c.status || c.status == 405 && w.Header().Get("Allow") != "POST" {
			t.Errorf("%s: answered %d, not %d", c.r.Method, w.Code, c.status)
		}
	}
}

func TestAFloodOfNoticesIsTurnedAwayBeforeItCostsAnything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		taken := 0
		door := NotifyV3(func(context.Context, http.Header, []byte) error { taken++; return nil })
		send := func(from string, times int) (yes int) {
			for range times {
				r := post("/notify/v3", "{}")
				r.RemoteAddr = from + ":1"
				w := httptest.NewRecorder()
				door.ServeHTTP(w, r)
				if w.Code == http.StatusNoContent {
					yes++
				} else if w.Code != http.StatusTooManyRequests {
					t.Errorf("answered %d", w.Code)
				}
			}
			return yes
		}
		if yes := send("10.0.0.1", 500); yes != noticesEach {
			t.Errorf("%d of one address's flood were let in", yes)
		}
		if yes := send("10.0.0.2", 1); yes != 1 {
			t.Error("one address's flood shuts the others out")
		}
		for i := range 50 {
			send(fmt.Sprintf("10.0.1.%d", i), 20)
		}
		if taken != noticesTotal {
			t.Errorf("%d notices in one second", taken)
		}
		time.Sleep(time.Second)
		if yes := send("10.0.0.1", 1); yes != 1 {
			t.Error("the door stays shut after the flood")
		}
	})
}

// TestABookThatHangsDoesNotHoldTheGateway: one that listens to its deadline, and one that listens to nobody.
func TestABookThatHangsDoesNotHoldTheGateway(t *testing.T) {
	for name, hang := range map[string]func(context.Context, chan struct{}){
		"until it is told to stop": func(ctx context.Context, _ chan struct{}) { <-ctx.Done() },
		"for good":                 func(_ context.Context, free chan struct{}) { <-free },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				free := make(chan struct{})
				door := NotifyV2(func(ctx context.Context, _ http.Header, _ []byte) error {
					hang(ctx, free)
					return ctx.Err()
				})
				began := time.Now()
				w := httptest.NewRecorder()
				door.ServeHTTP(w, post("/notify/v2", "<xml/>"))
				if took := time.Since(began); took > time.Second || w.Code != 500 || w.Body.String() != noV2 {
					t.Errorf("after %v answered %d %s", took, w.Code, w.Body)
				}
				if n := door.(*notify).Counts()["slow"]; n != 1 {
					t.Errorf("that the book was slow is counted %d times", n)
				}
				close(free)
			})
		})
	}
}

// TestHungNoticesAreBounded: while the book hangs, those who wait for it are counted, not piled up.
func TestHungNoticesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free, under := make(chan struct{}), 0
		var mu sync.Mutex
		door := NotifyV3(func(context.Context, http.Header, []byte) error {
			mu.Lock()
			under++
			mu.Unlock()
			<-free
			return nil
		})
		said := map[int]int{}
		knock := func(i int) {
			r := post("/notify/v3", "{}")
			r.RemoteAddr = fmt.Sprintf("10.0.0.%d:1", i)
			w := httptest.NewRecorder()
			door.ServeHTTP(w, r)
			mu.Lock()
			defer mu.Unlock()
			said[w.Code]++
		}
		for i := range 50 {
			go knock(i)
		}
		time.Sleep(2 * time.Second)
		mu.Lock()
		if under != noticesOpen || said[500] != noticesOpen || said[503] != 50-noticesOpen {
			t.Errorf("%d notices wait for the book, and the answers were %v", under, said)
		}
		mu.Unlock()
		close(free)
		synctest.Wait()
		knock(1)
		if said[204] != 1 {
			t.Errorf("after the book came back nothing is taken: %v", said)
		}
	})
}

// TestANoticeThatBreaksItsReaderBreaksNothingElse: whoever finds bytes that do stops no sale with them.
func TestANoticeThatBreaksItsReaderBreaksNothingElse(t *testing.T) {
	door := NotifyV3(func(context.Context, http.Header, []byte) error { panic("index out of range") })
	w := httptest.NewRecorder()
	door.ServeHTTP(w, post("/notify/v3", "{}"))
	if n := door.(*notify).Counts()["broke"]; w.Code != 500 || n != 1 {
		t.Errorf("answered %d, counted %d times", w.Code, n)
	}
}
