package pay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
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

func posted(path, body string) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.RemoteAddr = "101.226.103.7:40000"
	return r
}

func remote(r *http.Request) netip.Addr { return netip.MustParseAddrPort(r.RemoteAddr).Addr() }

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
	n := &Notices{}
	for _, c := range []struct {
		path   string
		door   http.Handler
		err    error
		status int
		body   string
	}{
		{"/notify/v2", n.WebhookV2(take, remote), nil, 200, yesV2},
		{"/notify/v2", n.WebhookV2(take, remote), doubt(true), 400, noV2},
		{"/notify/v2", n.WebhookV2(take, remote), doubt(false), 500, noV2},
		{"/notify/v2", n.WebhookV2(take, remote), errors.New("canary: the card is full"), 500, noV2},
		{"/notify/v3", n.WebhookV3(take, remote), nil, 204, ""},
		{"/notify/v3", n.WebhookV3(take, remote), fmt.Errorf("take it: %w", doubt(true)), 400, `{"code":"FAIL","message":"Bad Request"}`},
		{"/notify/v3", n.WebhookV3(take, remote), errors.New("canary"), 500, `{"code":"FAIL","message":"Internal Server Error"}`},
	} {
		fault, stored = c.err, nil
		w := httptest.NewRecorder()
		c.door.ServeHTTP(w, posted(c.path, "as it came \xff"))
		if w.Code != c.status || w.Body.String() != c.body || string(stored) != "as it came \xff" {
			t.Errorf("%s, %v: answered %d %q, stored %q", c.path, c.err, w.Code, w.Body, stored)
		}
		if strings.Contains(w.Body.String(), "canary") {
			t.Errorf("%s: a stranger is told what failed: %s", c.path, w.Body)
		}
	}
}

func TestANoticeIsPostedAndShort(t *testing.T) {
	n := &Notices{}
	door := n.WebhookV2(func(_ context.Context, _ http.Header, body []byte) error {
		if len(body) > maxBody {
			t.Errorf("read %d bytes", len(body))
		}
		return nil
	}, remote)
	long := string(bytes.Repeat([]byte("x"), maxBody))
	for _, c := range []struct {
		r      *http.Request
		status int
	}{
		{posted("/notify/v2", long), 200},
		{posted("/notify/v2", long+"x"), 413},
		{posted("/notify/v2", strings.Repeat(long, 160)), 413},
		{httptest.NewRequest("GET", "/notify/v2", nil), 405},
		{httptest.NewRequest("PUT", "/notify/v2", nil), 405},
	} {
		w := httptest.NewRecorder()
		door.ServeHTTP(w, c.r)
		if w.Code != c.status || c.status == 405 && w.Header().Get("Allow") != "POST" {
			t.Errorf("%s: answered %d, not %d", c.r.Method, w.Code, c.status)
		}
	}
	if c := n.Counts(); c["size"] != 2 || c["method"] != 2 {
		t.Errorf("counted %v", c)
	}
}

func TestAFloodOfNoticesIsTurnedAwayBeforeItCostsAnything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		taken := 0
		door := (&Notices{}).WebhookV3(func(context.Context, http.Header, []byte) error { taken++; return nil }, remote)
		send := func(from string, times int) (yes int) {
			for range times {
				r := posted("/notify/v3", "{}")
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
		if yes := send("10.0.0.1", 500); yes != webhookEach {
			t.Errorf("%d of one address's flood were let in", yes)
		}
		if yes := send("10.0.0.2", 1); yes != 1 {
			t.Error("one address's flood shuts the others out")
		}
		for i := range 50 {
			send(fmt.Sprintf("10.0.1.%d", i), 20)
		}
		if taken != webhookTotal {
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
				n := &Notices{}
				door := n.WebhookV2(func(ctx context.Context, _ http.Header, _ []byte) error {
					hang(ctx, free)
					return ctx.Err()
				}, remote)
				began := time.Now()
				w := httptest.NewRecorder()
				door.ServeHTTP(w, posted("/notify/v2", "<xml/>"))
				if took := time.Since(began); took > time.Second || w.Code != 500 || w.Body.String() != noV2 {
					t.Errorf("after %v answered %d %s", took, w.Code, w.Body)
				}
				if n := n.Counts()["slow"]; n != 1 {
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
		door := (&Notices{}).WebhookV3(func(context.Context, http.Header, []byte) error {
			mu.Lock()
			under++
			mu.Unlock()
			<-free
			return nil
		}, remote)
		said := map[int]int{}
		knock := func(i int) {
			r := posted("/notify/v3", "{}")
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
		if under != webhookStoring || said[500] != webhookStoring || said[503] != 50-webhookStoring {
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
	n := &Notices{}
	door := n.WebhookV3(func(context.Context, http.Header, []byte) error { panic("index out of range") }, remote)
	w := httptest.NewRecorder()
	door.ServeHTTP(w, posted("/notify/v3", "{}"))
	if n := n.Counts()["broke"]; w.Code != 500 || n != 1 {
		t.Errorf("answered %d, counted %d times", w.Code, n)
	}
}
