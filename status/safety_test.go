package status

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

// attack is one thing that somebody on the network tries; it answers what it tried, in words for the table.
type attack func(t *testing.T, h *house) (tried string)

// attacks are named after what is asked of a page of this kind: cross-site requests, rebinding, sessions, what a browser
// may be made to do, what a server may be made to misread, and what may leak.
var attacks = map[string]attack{
	"csrf form of another origin": crossSiteForm, "csrf with a link": crossSiteLink, "csrf by other content types": otherContentTypes,
	"cors": corsProbe, "clickjacking": framed, "mime sniffing": sniffed, "caching": cached, "content security policy": scripted,
	"dns rebinding": rebound, "stored xss": storedXSS, "reflected text": reflected, "response splitting": splitHeader,
	"session fixation": fixation, "cookie theft by another host": cookieTheft, "a stolen token after logout": afterLogout,
	"method override": methodOverride, "method allow-list": methods, "get changes nothing": getChangesNothing,
	"path traversal": traversal, "forwarded headers": forwarded, "NUL and control characters": controls, "invalid UTF-8": badUTF8,
	"huge form": hugeForm, "compressed form": gzipForm, "parameter pollution": pollution, "secrets in answers and logs": leaks,
}

// TestSafety tries them one by one, and holds the machine's state before and after.
func TestSafety(t *testing.T) {
	var told bytes.Buffer
	was := log.Writer()
	log.SetOutput(&told)
	defer log.SetOutput(was)
	var table []string
	for name, try := range attacks {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			h := guardedHouse()
			before := h.digest()
			tried := try(t, h)
			if h.digest() != before {
				t.Errorf("the machine is not as it was: %v, %v", h.taken, h.entries)
			}
			if tried == "" {
				t.Error("nothing was tried")
			}
			table = append(table, fmt.Sprintf("%-30s %s", name, tried))
		})
	}
	slices.Sort(table)
	t.Logf("what was tried; nothing changed:\n%s", strings.Join(table, "\n"))
	if strings.Contains(told.String(), secret) || strings.Contains(told.String(), "canary") {
		t.Errorf("the log holds a secret: %s", told.String())
	}
}

// guardedHouse has everything that can be shown, and every tool.
func guardedHouse() *house {
	h := newHouse()
	h.furnish()
	h.toolbox()
	h.entries = []sale.Entry{order1(sale.Owed)}
	return h
}

// digest is all that an action could change, here and in the shop.
func (h *house) digest() [32]byte {
	h.turning.Lock()
	defer h.turning.Unlock()
	return sha256.Sum256(fmt.Appendf(nil, "%v|%+v|%+v|%v|%v", h.taken, h.sight, h.entries, h.Password.Check(secret, netip.IPv6Loopback()), h.Password.Kept))
}

// services names every path that changes something, with a form that would.
func (h *house) deeds() map[string][]string {
	out := map[string][]string{}
	for path := range h.Page.formRoutes() {
		out[path] = []string{"slot", "1", "stock", "3", "on", "1", "fen", "100", "name", "bars", "date", "2026-01-01",
			"no", string(order1(sale.Owed).No), "event", "settled", "how", "cash"}
	}
	return out
}

func crossSiteForm(t *testing.T, h *house) string {
	in := h.signIn(t, "anna")
	n := 0
	for path, pairs := range h.deeds() {
		for _, heads := range []map[string]string{
			{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.example"}, {"Origin": "null"},
			{"Origin": "http://192.168.1.20:9999"}, {"Sec-Fetch-Site": "cross-site", "Origin": "http://192.168.1.20:8080"},
		} {
			r := with(form(path, append(pairs, "pin", secret)...), in) // the browser would even know the secret
			for k, v := range heads {
				r.Header.Set(k, v)
			}
			if w := h.do(r); w.Code != 403 {
				t.Errorf("%s with %v: answered %d", path, heads, w.Code)
			}
			n++
		}
	}
	r := form("https://192.168.1.20/service/clear", "pin", secret)
	r.Host = "192.168.1.20"
	r.Header.Set("Origin", "http://192.168.1.20")
	must(t, h.do(r), 403, "")
	return fmt.Sprintf("%d posts with a valid session from other origins, ports and schemes: 403", n)
}

func crossSiteLink(t *testing.T, h *house) string {
	in := h.signIn(t, "anna")
	for path, pairs := range h.deeds() {
		q := url.Values{"pin": {secret}}
		for i := 0; i < len(pairs); i += 2 {
			q.Set(pairs[i], pairs[i+1])
		}
		if w := h.do(with(ask("GET", path+"?"+q.Encode()), in)); w.Code != 405 {
			t.Errorf("an image on some page does %s: %d", path, w.Code)
		}
	}
	return fmt.Sprintf("GET with session and secret on %d paths: 405", len(h.deeds()))
}

func otherContentTypes(t *testing.T, h *house) string {
	for _, kind := range []string{"text/plain", "application/json", "multipart/form-data; boundary=x", ""} {
		r := form("/service/maintenance", "pin", secret, "on", "1")
		r.Header.Set("Content-Type", kind)
		if w := h.do(r); w.Code < 400 {
			t.Errorf("%s: answered %d", kind, w.Code)
		}
	}
	return "text/plain, JSON, multipart, none: not read as a form"
}

func corsProbe(t *testing.T, h *house) string {
	n := 0
	for path := range h.Page.readRoutes() {
		if path == "/events" {
			continue
		}
		for _, method := range []string{"GET", "OPTIONS"} {
			r := ask(method, strings.TrimSuffix(path, "{$}"))
			r.Header.Set("Origin", "http://evil.example")
			r.Header.Set("Access-Control-Request-Method", "POST")
			for k := range h.do(r).Header() {
				if strings.HasPrefix(k, "Access-Control-") {
					t.Errorf("%s %s: %s lets another page read the kiosk", method, path, k)
				}
			}
			n++
		}
	}
	return fmt.Sprintf("%d requests from another origin, preflights too: no Access-Control-*", n)
}

// everywhere looks at each answer there is: pages, files, refusals, actions.
func everywhere(h *house, look func(path string, head http.Header)) (n int) {
	paths := []string{"/nowhere", "/service/", "/service/clear"}
	for path := range h.Page.readRoutes() {
		if path != "/events" {
			paths = append(paths, strings.TrimSuffix(path, "{$}"))
		}
	}
	for _, path := range paths {
		look(path, h.get(path).Header())
		look(path, h.do(form(path, "pin", "wrong")).Header())
		n += 2
	}
	return n
}

func framed(t *testing.T, h *house) string {
	n := everywhere(h, func(path string, head http.Header) {
		if head.Get("X-Frame-Options") != "DENY" || !strings.Contains(head.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s can be put under somebody's finger: %v", path, head)
		}
	})
	return fmt.Sprintf("%d answers: none may be framed", n)
}

func sniffed(t *testing.T, h *house) string {
	n := everywhere(h, func(path string, head http.Header) {
		if kind := head.Get("Content-Type"); head.Get("X-Content-Type-Options") != "nosniff" || kind == "" || strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "charset=utf-8") && path != "/metrics" {
			t.Errorf("%s: %q, %q", path, kind, head.Get("X-Content-Type-Options"))
		}
	})
	return fmt.Sprintf("%d answers: typed, with a charset, nosniff", n)
}

func cached(t *testing.T, h *house) string {
	n := everywhere(h, func(path string, head http.Header) {
		if head.Get("Cache-Control") != "no-store" {
			t.Errorf("%s stays in a borrowed phone: %q", path, head.Get("Cache-Control"))
		}
	})
	return fmt.Sprintf("%d answers: no-store", n)
}

func scripted(t *testing.T, h *house) string {
	n := everywhere(h, func(path string, head http.Header) {
		if head.Get("Content-Security-Policy") != web.ContentPolicy || strings.Contains(web.ContentPolicy, "unsafe") {
			t.Errorf("%s: %q", path, head.Get("Content-Security-Policy"))
		}
	})
	page := h.do(with(ask("GET", "/"), h.signIn(t, "anna"))).Body.String()
	for _, inline := range []string{"<script>", "javascript:", " onclick=", " onload=", "style=\"", "<style", "http://", "https://"} {
		if strings.Contains(strings.ReplaceAll(page, "http://192.168.1.20/", ""), inline) { // its own address stands there as text
			t.Errorf("the page needs a weaker policy: it holds %q", inline)
		}
	}
	return fmt.Sprintf("%d answers: one strict policy, and a page without inline script, style or foreign address", n)
}

func rebound(t *testing.T, h *house) string {
	hosts := []string{"evil.example", "evil.example:8080", "kiosk.local.evil.example", "192.168.1.20.evil.example", "localhost.evil.example",
		"", "k0043.local", "kiosk.local:80:80", "kiosk.local:x", "kiosk.local:99999", "kiosk.local..", "[kiosk.local]evil", "127.0.0.1.nip.io", "kiosk.local@evil.example", "0x7f.1"}
	n := 0
	for _, host := range hosts {
		for path, pairs := range h.deeds() {
			r := form(path, append(pairs, "pin", secret)...)
			r.Host = host
			if w := h.do(r); w.Code != http.StatusMisdirectedRequest {
				t.Errorf("Host %q, %s: answered %d", host, path, w.Code)
			}
			n++
		}
	}
	for _, host := range []string{"[fe80::1]:80", "[2001:db8::7]", "10.0.0.7:80", "KIOSK.local.", "kiosk.local:443", "k0042.local:", "[::ffff:10.0.0.7]:80"} {
		r := ask("GET", "/healthz")
		r.Host = host
		if w := h.do(r); w.Code != 200 {
			t.Errorf("Host %q: a technician is turned away with %d", host, w.Code)
		}
	}
	return fmt.Sprintf("%d posts under %d names that are not ours: 421; 7 spellings of ours: 200", n, len(hosts))
}

func fixation(t *testing.T, h *house) string {
	for _, value := range []string{"AAAAAAAAAAAAAAAAAAAAAAAAAA", "", strings.Repeat("A", 5000), "a;b"} {
		forced := &http.Cookie{Name: "kiosk", Value: value}
		if got := h.signIn(t, "anna", forced); got.Value == value {
			t.Errorf("the token %q was taken over", value)
		}
		if w := h.as(forced, "/service/maintenance", "on", "1"); w.Code != 401 {
			t.Errorf("a forced token is signed in: %d", w.Code)
		}
	}
	return "4 tokens set before the sign-in: replaced, worth nothing"
}

func cookieTheft(t *testing.T, h *house) string {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(&url.URL{Scheme: "http", Host: "kiosk.local", Path: "/service/sign-in"}, []*http.Cookie{h.signIn(t, "anna")})
	others := []string{"http://evil.kiosk.local/", "http://local/", "http://k0042.local/", "http://192.168.1.20/"}
	for _, other := range others {
		u, _ := url.Parse(other)
		if got := jar.Cookies(u); len(got) > 0 {
			t.Errorf("%s is given the session: %v", other, got)
		}
	}
	if u, _ := url.Parse("http://kiosk.local/"); len(jar.Cookies(u)) != 1 {
		t.Error("the kiosk itself is not given it, so this proves nothing")
	}
	return fmt.Sprintf("a browser's jar asked for %d other hosts: host-only, no Domain", len(others))
}

func afterLogout(t *testing.T, h *house) string {
	stolen := h.signIn(t, "anna")
	must(t, h.as(stolen, "/service/sign-out"), 200, "")
	n := 0
	for path, pairs := range h.deeds() {
		if strings.HasPrefix(path, "/service/sign-") {
			continue
		}
		if w := h.as(stolen, path, pairs...); w.Code != 401 {
			t.Errorf("%s: %d", path, w.Code)
		}
		n++
	}
	return fmt.Sprintf("%d actions with the token of a session that has ended: 401", n)
}

func methodOverride(t *testing.T, h *house) string {
	in := h.signIn(t, "anna")
	for _, head := range []string{"X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"} {
		r := with(ask("GET", "/service/clear?_method=POST&pin="+secret), in)
		r.Header.Set(head, "POST")
		if w := h.do(r); w.Code != 405 {
			t.Errorf("%s: %d", head, w.Code)
		}
	}
	return "GET that asks to be a POST, by 3 headers and a parameter: 405"
}

func methods(t *testing.T, h *house) string {
	n := 0
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "post"} {
		for path := range h.Page.formRoutes() {
			if w := h.do(ask(method, path)); w.Code != 405 || w.Header().Get("Allow") != "POST" {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
			n++
		}
	}
	return fmt.Sprintf("%d requests by 8 methods: 405 with Allow", n)
}

func getChangesNothing(t *testing.T, h *house) string {
	in := h.signIn(t, "anna")
	before, s, g := h.digest(), fmt.Sprintf("%v", &h.sessions), fmt.Sprintf("%v", &h.Password.Attempts)
	queries := []string{"", "?done=1&no=x&slot=1&lang=en&limit=5&state=owed", "?on=1&stock=0&event=settled&pin=" + secret}
	n := 0
	for path := range h.Page.readRoutes() {
		for _, q := range queries {
			for _, method := range []string{"GET", "HEAD"} {
				r := with(ask(method, strings.TrimSuffix(path, "{$}")+q), in)
				if path == "/events" {
					gone, leave := contextThatEnds(r.Context(), 10*time.Millisecond)
					r = r.WithContext(gone)
					defer leave()
				}
				h.do(r)
				n++
				if h.digest() != before || fmt.Sprintf("%v", &h.Password.Attempts) != g || h.summed > 1_000 {
					t.Fatalf("%s %s%s changed the machine", method, path, q)
				}
			}
		}
	}
	if now := fmt.Sprintf("%v", &h.sessions); now != s {
		t.Error("a look keeps a session alive, or ends it")
	}
	return fmt.Sprintf("%d GET and HEAD on all %d paths that look, with session and secret: same digest", n, len(h.Page.readRoutes()))
}
