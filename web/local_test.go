package web

import (
	"net/http/httptest"
	"testing"
)

func TestIsLocal(t *testing.T) {
	for _, c := range []struct {
		from, host, header string
		want               bool
	}{
		{"127.0.0.1:1", "127.0.0.1:8080", "", true},
		{"127.0.0.1:1", "localhost", "", true},
		{"127.8.9.1:1", "LocalHost.:80", "", true},
		{"[::1]:1", "[::1]:8080", "", true},
		{"[::ffff:127.0.0.1]:1", "127.0.0.1", "", true},
		{"192.168.1.7:1", "127.0.0.1", "", false},
		{"127.0.0.1:1", "kiosk.local", "", false},
		{"127.0.0.1:1", "192.168.1.20", "", false},
		{"127.0.0.1:1", "", "", false},
		{"127.0.0.1:1", "127.0.0.1:99999999", "", false},
		{"127.0.0.1:1", "127.0.0.1", "X-Forwarded-For", false},
		{"127.0.0.1:1", "127.0.0.1", "x-forwarded-proto", false},
		{"127.0.0.1:1", "127.0.0.1", "Forwarded", false},
		{"127.0.0.1:1", "127.0.0.1", "via", false},
		{"", "127.0.0.1", "", false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Host = c.from, c.host
		if c.header != "" {
			r.Header.Set(c.header, "x")
		}
		if got := IsLocal(r); got != c.want {
			t.Errorf("from %s, asking %s, with %q: %v", c.from, c.host, c.header, got)
		}
	}
}

func TestAProxysRequestsAreLimitedAsOneAddressOfTheirOwn(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr, r.Host = "127.0.0.1:1", "127.0.0.1"
	here := LimitedAddr(r)
	r.Header.Set("Via", "1.1 tunnel")
	if through := LimitedAddr(r); through == here || !here.IsLoopback() || through.IsLoopback() {
		t.Errorf("the machine itself counts as %v, a proxy on it as %v", here, through)
	}
}

func TestABearerMatchesItsTokenAlone(t *testing.T) {
	b := NewBearer("right")
	for said, want := range map[string]bool{"Bearer right": true, "bearer  right ": true, "Bearer wrong": false, "Basic right": false, "Bearer": false, "": false} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", said)
		if got := b.Matches(Token(r)); got != want {
			t.Errorf("%q: %v", said, got)
		}
	}
	if (Bearer{}).Matches("") || NewBearer("").Matches("") {
		t.Error("where there is no token, saying nothing is one")
	}
}
