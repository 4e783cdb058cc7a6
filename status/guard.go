package status

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"slices"
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
		h.Set("Cache-Control", "no-store")
		if !p.mine(r.Host) {
			fail(w, r, http.StatusMisdirectedRequest, "host")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// mine tells whether a Host is one of ours. A stranger's name that points here is a browser being used against us.
func (p *Page) mine(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), ".")
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	names := append([]string{"localhost", "kiosk.local", p.Kiosk + ".local"}, p.Hosts...)
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, host) })
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
	if said, ok := errorWords[text]; ok {
		lang := "en"
		if asked := r.URL.Query().Get("lang"); asked == "zh" {
			lang = asked
		}
		text = said.in(lang)
	}
	answer(w, status, map[string]string{"error": text})
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
