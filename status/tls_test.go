package status

import (
	"strings"
	"testing"
)

func TestANameOfOnesOwnIsRememberedAsTLSOnly(t *testing.T) {
	h := newHouse()
	h.Hosts = []string{"kiosk7.shop.example"}
	for host, want := range map[string]bool{"kiosk7.shop.example": true, "kiosk7.shop.example:8443": true, "kiosk.local": false, "192.168.1.20": false, "[fe80::1]": false, "localhost": false} {
		r := ask("GET", "https://x/healthz")
		r.Host = host
		if got := h.do(r).Header().Get("Strict-Transport-Security") != ""; got != want {
			t.Errorf("%s: %v: the next basement's kiosk.local has no certificate", host, got)
		}
	}
	if h.get("/healthz").Header().Get("Strict-Transport-Security") != "" {
		t.Error("it is said over plain HTTP")
	}
}

func TestPlainHTTPLeadsToHTTPSAndTakesNoSecret(t *testing.T) {
	h := newHouse()
	h.h = h.Redirect("8443")
	// A path that begins with two slashes could be read as another host's address: it leads to the path alone.
	for path, want := range map[string]string{"/": "/", "/?lang=en": "/?lang=en", "//evil.example/": "/evil.example/"} {
		r := ask("GET", "/")
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(path, "?")
		w := h.do(r)
		if got := w.Header().Get("Location"); w.Code != 307 || got != "https://192.168.1.20:8443"+want {
			t.Errorf("%s leads to %q with %d", path, got, w.Code)
		}
	}
	w := h.do(form("/service/sign-in", "pin", secret, "name", "anna"))
	must(t, w, 403, `{"error":"use https"}`+"\n")
	if w.Header().Get("Connection") != "close" || h.Password.GuessesCompared() > 0 {
		t.Error("a secret is taken in clear")
	}
	r := ask("GET", "/")
	r.Host = "evil.example"
	must(t, h.do(r), 421, "")
	h.h = h.Redirect("443")
	r = ask("GET", "/")
	r.Host = "[2001:db8::1]:80"
	if got := h.do(r).Header().Get("Location"); got != "https://[2001:db8::1]/" {
		t.Errorf("an IPv6 address leads to %q", got)
	}
}
