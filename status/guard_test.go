package status

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

var reads = []string{"/", "/page.css", "/page.js", "/icon.svg", "/healthz", "/readyz", "/status.json", "/orders.json", "/panel.png"}

func TestAStrangersNameIsNotOurs(t *testing.T) {
	h := newHouse()
	h.Hosts = []string{"shop7.lan"}
	gone, leave := context.WithCancel(t.Context())
	leave() // nobody stays to watch
	for host, ok := range map[string]bool{
		"192.168.1.20": true, "192.168.1.20:8080": true, "[fe80::1]:8080": true, "[::1]": true, "localhost:8080": true,
		"k0042.local": true, "K0042.LOCAL.:8080": true, "kiosk.local": true, "shop7.lan:80": true,
		"evil.example": false, "evil.example:8080": false, "kiosk.local.evil.example": false, "192.168.1.20.evil.example": false,
		"": false, "localhost.evil.example": false, "k0043.local": false, "[evil]": false,
	} {
		for _, path := range append([]string{"/events", "/service/clear"}, reads...) {
			r := ask("GET", path)
			if path == "/service/clear" {
				r = form(path, "pin", secret)
			}
			r.Host = host
			r = r.WithContext(gone)
			w := h.do(r)
			if got := w.Code != http.StatusMisdirectedRequest; got != ok {
				t.Errorf("Host %q, %s: answered %d: a page of a stranger reads the kiosk through its visitor's browser", host, path, w.Code)
			}
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	h := newHouse()
	for _, path := range append([]string{"/nowhere", "/../etc/passwd", "/page.go"}, reads...) {
		head := h.get(path).Header()
		for key, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
		} {
			if head.Get(key) != want {
				t.Errorf("%s: %s is %q", path, key, head.Get(key))
			}
		}
		csp := head.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy lacks %s: %s", path, want, csp)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") {
			t.Errorf("%s: the policy lets strangers in: %s", path, csp)
		}
		// The page itself may say to the kiosk, and to nobody else, where a form comes from.
		want := "no-referrer"
		if path == "/" {
			want = "same-origin"
		}
		if got := head.Get("Referrer-Policy"); got != want {
			t.Errorf("%s: Referrer-Policy is %q", path, got)
		}
	}
}

func TestWrongMethodsAreRefused(t *testing.T) {
	h := newHouse()
	for _, path := range append([]string{"/events"}, reads...) {
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"} {
			w := h.do(ask(method, path))
			must(t, w, 405, "")
			oneLine(t, w)
			if w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: allows %q", method, path, w.Header().Get("Allow"))
			}
		}
	}
	for _, path := range []string{"/service/slot", "/service/clear", "/service/order"} {
		for _, method := range []string{"GET", "HEAD", "PUT"} {
			must(t, h.do(ask(method, path+"?pin="+secret+"&slot=1")), 405, "")
		}
	}
	if len(h.taken) > 0 {
		t.Errorf("a link changed the kiosk: %v", h.taken)
	}
	for _, path := range reads {
		must(t, h.do(ask("HEAD", path)), 200, "")
	}
	must(t, h.get("/nowhere"), 404, `{"error":"nothing here"}`+"\n")
}

func TestOtherSitesCannotPost(t *testing.T) {
	h := newHouse()
	for _, heads := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
		{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://192.168.1.20:9999"},
	} {
		r := form("/service/clear", "pin", secret)
		for k, v := range heads {
			r.Header.Set(k, v)
		}
		w := h.do(r)
		must(t, w, 403, `{"error":"requests from other sites are refused"}`+"\n")
	}
	if len(h.taken) > 0 {
		t.Errorf("another site changed the kiosk: %v", h.taken)
	}
	for _, heads := range []map[string]string{{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://192.168.1.20:8080"}} {
		r := form("/service/clear", "pin", secret)
		for k, v := range heads {
			r.Header.Set(k, v)
		}
		must(t, h.do(r), 200, "")
	}
}

func TestNoSecretComesBack(t *testing.T) {
	h := newHouse()
	var all []*httptest.ResponseRecorder
	for _, path := range reads {
		all = append(all, h.get(path))
	}
	all = append(all, h.do(form("/service/slot", "pin", "canary-guess", "slot", "1")), h.do(form("/service/slot", "pin", secret, "slot", "77")),
		h.do(form("/service/slot", "pin", secret, "slot", "1", "stock", "5")), h.get("/?pin=canary-guess"))
	for _, w := range all {
		text := w.Body.String() + w.Header().Get("Location")
		if strings.Contains(text, secret) || strings.Contains(text, "canary-guess") {
			t.Errorf("a secret is written where others read: %s", text)
		}
	}
}
