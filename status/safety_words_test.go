package status

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

func contextThatEnds(ctx context.Context, after time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, after)
}

const nasty = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.Pin}}&lt;`

func storedXSS(t *testing.T, h *house) string {
	e := order1(sale.Owed)
	e.Name, e.NameEN, e.Note, e.GatewayCode, e.Fault, e.Reason, e.Misfit, e.How, e.Why = nasty, nasty, nasty, nasty, nasty, nasty, nasty, nasty, nasty
	e.Money.Transaction, e.RefundNo = nasty, nasty
	h.entries = []sale.Entry{e}
	h.sight.Open, h.sight.Owed = 1, 1
	h.sight.Products[0].Name, h.sight.Products[0].NameEN, h.sight.Products[2].Fault = nasty, nasty, nasty
	h.sight.Why, h.sight.Ready = []sale.Why{{Code: nasty, Text: nasty}}, false
	h.sight.Maintenance, h.sight.Strays = nasty, map[string]int{nasty: 1}
	h.Notes = func() []Note { return []Note{{EN: nasty}, {ZH: nasty}} }
	h.Board = func() sale.Facts { return sale.Facts{Model: nasty, Warning: new(nasty)} }
	h.Acts = func(context.Context, int) ([]sale.Alarm, error) {
		return []sale.Alarm{{At: noon, Kind: nasty, Text: nasty}}, nil
	}
	h.Tools.Pictures = []Picture{{nasty, nasty, nasty}}
	in := h.signIn(t, "<b>anna</b>&")
	h.sessions.SetFlash(with(ask("GET", "/"), in), nasty)
	shown := 0
	for _, path := range []string{"/?lang=zh&no=said", "/?lang=en&no=said&slot=1", "/status.json", "/orders.json", "/metrics"} {
		w := h.do(with(ask("GET", path), in))
		body, kind := w.Body.String(), w.Header().Get("Content-Type")
		if strings.HasPrefix(kind, "text/html") && (strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") || strings.Contains(body, "<b>anna")) {
			t.Errorf("%s runs what somebody wrote into a name", path)
		}
		shown += strings.Count(body, "alert(1)")
	}
	h.entries, h.sight.Products = []sale.Entry{order1(sale.Owed)}, newHouse().sight.Products // as it was
	h.sight = newHouse().sight
	if shown < 10 {
		t.Errorf("only %d of them are shown at all, so this proves little", shown)
	}
	return fmt.Sprintf("script in names, notes, faults, words.Reasons, journal, board, pictures, a technician's name: shown %d times, run never", shown)
}

func reflected(t *testing.T, h *house) string {
	q := url.QueryEscape(nasty)
	paths := []string{"/?lang=" + q, "/?done=" + q, "/?no=" + q, "/?slot=" + q, "/?sign-in=" + q, "/orders.json?state=" + q, "/orders.json?limit=" + q, "/" + url.PathEscape(nasty)}
	for _, path := range paths {
		if w := h.get(path); strings.Contains(w.Body.String(), "alert(1)") {
			t.Errorf("%s comes back: %s", path, w.Body)
		}
	}
	w := h.do(form("/service/sign-in?lang="+q, "pin", nasty, "name", nasty))
	if strings.Contains(w.Body.String()+w.Header().Get("Location"), "alert") {
		t.Errorf("a form comes back: %s", w.Body)
	}
	return fmt.Sprintf("script in %d addresses and a form: not repeated", len(paths))
}

func splitHeader(t *testing.T, h *house) string {
	bad := "en\r\nSet-Cookie: kiosk=evil"
	for _, path := range []string{"/service/sign-in?lang=" + url.QueryEscape(bad), "/service/clear?lang=" + url.QueryEscape(bad)} {
		r := form(path, "pin", "wrong", "name", bad, "slot", bad)
		r.Header.Set("Accept", "text/html")
		w := h.do(r)
		if len(w.Result().Cookies()) > 0 || strings.ContainsAny(w.Header().Get("Location"), "\r\n") || strings.Contains(w.Header().Get("Location"), "evil") {
			t.Errorf("%s: %v", path, w.Header())
		}
	}
	return "line ends in language, name and slot of a form that is led back: none in the answer's head"
}

func traversal(t *testing.T, h *house) string {
	paths := []string{"/../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/page.css/../../go.mod", "/page.go", "//etc/passwd", "/./page.html",
		"/page.css%00.html", `/..\..\etc\passwd`, "/.git/config", "/service.html", "/page.html", "/service/../service/clear", "/page.css/"}
	for _, path := range paths {
		r := ask("GET", "/")
		u, err := url.Parse(path)
		if err != nil {
			u = &url.URL{Path: path}
		}
		if strings.HasPrefix(path, "//") {
			u = &url.URL{Path: path}
		}
		r.URL = u
		w := h.do(r)
		if body := w.Body.String(); w.Code == 200 || strings.Contains(body, "root:") || strings.Contains(body, "{{") || strings.Contains(body, "package status") {
			t.Errorf("%s: answered %d %.60s", path, w.Code, body)
		}
	}
	return fmt.Sprintf("%d ways out of the page's files: none leads anywhere", len(paths))
}

func forwarded(t *testing.T, h *house) string {
	n := 0
	for range 10 {
		h.guess("10.0.0.9", "guess")
	}
	for _, head := range []string{"X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "X-Client-IP"} {
		for _, value := range []string{"127.0.0.1", "for=127.0.0.1", "10.1.2.3"} {
			r := form("/service/clear", "pin", "guess")
			r.RemoteAddr = "10.0.0.9:1"
			r.Header.Set(head, value)
			r.Header.Set("X-Forwarded-Host", "kiosk.local")
			r.Header.Set("X-Forwarded-Proto", "https")
			if w := h.do(r); w.Code != 429 {
				t.Errorf("%s: %s buys another guess: %d", head, value, w.Code)
			}
			n++
		}
	}
	return fmt.Sprintf("%d guesses that claim to come from elsewhere: still 429", n)
}

func controls(t *testing.T, h *house) string {
	n := 0
	for _, c := range []string{"\x00", "\x1b[2J", "\r\n", "\u0085", "\x7f"} {
		for path, pairs := range h.deeds() {
			if w := h.do(form(path, append(pairs, "pin", secret, "note", "a"+c+"b")...)); w.Code != 400 {
				t.Errorf("%q at %s: %d", c, path, w.Code)
			}
			if w := h.do(form(path, append(pairs, "pin", secret, "note"+c, "x")...)); w.Code != 400 {
				t.Errorf("%q in a field's name at %s: %d", c, path, w.Code)
			}
			n += 2
		}
	}
	return fmt.Sprintf("%d forms with NUL, escape, line ends, DEL in names and values: 400", n)
}

func badUTF8(t *testing.T, h *house) string {
	n := 0
	for _, text := range []string{"\xff", "\xc0\xaf", "\xed\xa0\x80", "ab\xf8"} {
		for path, pairs := range h.deeds() {
			if w := h.do(form(path, append(pairs, "pin", secret, "note", text)...)); w.Code != 400 {
				t.Errorf("%q at %s: %d", text, path, w.Code)
			}
			n++
		}
	}
	return fmt.Sprintf("%d forms with overlong, surrogate and cut bytes: 400", n)
}

func hugeForm(t *testing.T, h *house) string {
	was := h.Password.GuessesCompared()
	for name, body := range map[string]string{
		"one byte too many": "pin=" + secret + "&on=1&x=" + strings.Repeat("y", formBytes), "100,000 fields": "pin=" + secret + strings.Repeat("&a=", 100_000),
		"a megabyte of one field": "on=1&pin=" + strings.Repeat("p", 1<<20), "a deep escape": "on=1&pin=" + strings.Repeat("%2525", 10_000),
	} {
		r := httptest.NewRequest("POST", "/service/maintenance", strings.NewReader(body))
		r.Host, r.RemoteAddr = "kiosk.local", "192.168.1.7:1"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if w := h.do(r); w.Code != 400 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if n := h.Password.GuessesCompared() - was; n > 0 {
		t.Errorf("%d of them were held against the secret", n)
	}
	return "4 forms of 4 KiB and a byte, 300 KB and 1 MiB: 400, and no secret looked at"
}

func gzipForm(t *testing.T, h *house) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte("pin=" + secret + "&on=1&x=" + strings.Repeat("0", 10<<20)))
	_ = z.Close()
	for _, how := range []string{"gzip", "deflate", "br", "identity, gzip"} {
		r := httptest.NewRequest("POST", "/service/maintenance", bytes.NewReader(b.Bytes()))
		r.Host, r.RemoteAddr = "kiosk.local", "192.168.1.7:1"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Content-Encoding", how)
		if w := h.do(r); w.Code != http.StatusUnsupportedMediaType {
			t.Errorf("%s: %d", how, w.Code)
		}
	}
	return fmt.Sprintf("10 MiB in %d bytes, under 4 encodings: 415, never unpacked", b.Len())
}

func pollution(t *testing.T, h *house) string {
	for _, body := range []string{"pin=x&pin=" + secret + "&on=1", "on=0&on=1&pin=" + secret, "slot=1&slot=2&stock=1&pin=" + secret} {
		r := httptest.NewRequest("POST", "/service/maintenance?pin="+secret+"&on=1", strings.NewReader(body))
		r.Host, r.RemoteAddr = "kiosk.local", "192.168.1.7:1"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if w := h.do(r); w.Code != 400 {
			t.Errorf("%s: %d", body, w.Code)
		}
	}
	if w := h.do(form("/service/maintenance?on=1&pin="+secret, "x", "y")); w.Code != 401 {
		t.Errorf("the address is read as a form: %d", w.Code)
	}
	return "fields said twice, and in the address instead of the form: 400, 401"
}

// leaks plants values that can be recognised and looks for them in every answer there is.
func leaks(t *testing.T, h *house) string {
	clear, kept := web.DrawSecret()
	in := h.signIn(t, "anna")
	if err := h.SetPin(kept); err != nil {
		t.Fatal(err)
	}
	again := form("/service/sign-in", "pin", clear, "name", "anna")
	w := h.do(again)
	must(t, w, 200, "")
	token := w.Result().Cookies()[0]
	canaries := []string{secret, clear, kept, kept[strings.LastIndex(kept, "$")+1:], in.Value, token.Value, "canary-guess"}
	n := 0
	look := func(what string, w *httptest.ResponseRecorder) {
		n++
		text := w.Body.String() + fmt.Sprint(w.Header())
		for _, c := range canaries {
			if strings.Contains(text, c) {
				t.Errorf("%s tells %q", what, c)
			}
		}
	}
	for path := range h.Page.readRoutes() {
		for _, q := range []string{"", "?pin=canary-guess", "?lang=en&done=1&token=" + "x"} {
			r := with(ask("GET", strings.TrimSuffix(path, "{$}")+q), token)
			if path == "/events" {
				ctx, end := contextThatEnds(r.Context(), 10*time.Millisecond)
				defer end()
				r = r.WithContext(ctx)
			}
			look(path, h.do(r))
		}
	}
	before, sight, entries := len(h.taken), h.sight, slices.Clone(h.entries)
	for path, pairs := range h.deeds() {
		if path == "/service/sign-in" || path == "/service/sign-out" {
			continue
		}
		look(path, h.do(form(path, append(pairs, "pin", "canary-guess")...)))
		look(path, h.as(token, path, pairs...))
		r := with(form(path, pairs...), token)
		r.Header.Set("Accept", "text/html")
		look(path, h.do(r))
		h.ResetAttempts()
	}
	if len(h.taken) == before {
		t.Error("nothing was done, so this proves little")
	}
	h.taken, h.sight, h.entries = h.taken[:before], sight, entries
	if err := h.SetPin(secret); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d answers searched for the secret, its hash, tokens and guesses: none", n)
}
