package status

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Everything the page loads comes from the kiosk itself, and nothing runs that does not.
const policy = "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard stands before every path: who is asked for, who asks from where, and how a browser may treat the answer.
func (p *Page) guard(next http.Handler) http.Handler {
	same := http.NewCrossOriginProtection()
	same.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fail(w, r, http.StatusForbidden, "cross-site")
	}))
	next = same.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if r.TLS != nil && strict(r.Host) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		switch {
		case !p.mine(r.Host):
			fail(w, r, http.StatusMisdirectedRequest, "host")
		case r.TLS != nil && strings.HasPrefix(r.Header.Get("Origin"), "http:"):
			fail(w, r, http.StatusForbidden, "cross-site") // our own name over plain HTTP is whoever sits on the wire
		case r.Method != http.MethodPost && (r.ContentLength != 0 || len(r.TransferEncoding) > 0):
			h.Set("Connection", "close") // whatever follows is not taken for a request
			fail(w, r, http.StatusBadRequest, "form")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// mine tells whether a Host is one of ours. A stranger's name that points here is a browser being used against us.
func (p *Page) mine(host string) bool {
	host, ok := hostname(host)
	if _, err := netip.ParseAddr(host); err == nil || !ok {
		return ok
	}
	names := append([]string{"localhost", "kiosk.local", p.Kiosk + ".local"}, p.Hosts...)
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, host) })
}

// hostname takes port, brackets and a last dot off a Host.
func hostname(host string) (string, bool) {
	if h, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil && port != "" {
			return "", false
		}
		host = h
	}
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), "."), true
}

// strict tells whether a browser should remember that this name speaks TLS only. Another machine, without a certificate,
// answers to the same kiosk.local in the next basement; and addresses cannot be remembered.
func strict(host string) bool {
	host, _ = hostname(host)
	_, err := netip.ParseAddr(host)
	return err != nil && strings.Contains(host, ".") && !strings.HasSuffix(strings.ToLower(host), ".local")
}

// only lets one method in; whoever may GET may HEAD.
func only(method string, h http.HandlerFunc) http.HandlerFunc {
	allow := method
	if method == http.MethodGet {
		allow = "GET, HEAD"
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method && (method != http.MethodGet || r.Method != http.MethodHead) {
			w.Header().Set("Allow", allow)
			fail(w, r, http.StatusMethodNotAllowed, "method")
			return
		}
		h(w, r)
	}
}

// fail answers with one line of JSON, in the words of the reader's language where we have them.
func fail(w http.ResponseWriter, r *http.Request, status int, text string) {
	lang := "en"
	if asked := r.URL.Query().Get("lang"); asked == "zh" {
		lang = asked
	}
	answer(w, status, map[string]string{"error": refusedIn(text, lang)})
}

func answer(w http.ResponseWriter, status int, doc any) {
	body, err := json.Marshal(doc)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}
