package web

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// ContentPolicy: everything a page loads comes from its own server, and no script runs but its own.
const ContentPolicy = "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Guard stands before every path. It checks which host is asked for and which site asks, and says how a browser may treat the answer.
type Guard struct {
	Hosts  func() []string // names that are ours; addresses always are
	Refuse Refuser
}

// Wrap puts the guard before a handler.
func (g *Guard) Wrap(next http.Handler) http.Handler {
	same := http.NewCrossOriginProtection()
	same.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.Refuse(w, r, http.StatusForbidden, "cross-site")
	}))
	next = same.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setSecurityHeaders(w.Header(), r)
		switch {
		case !g.allowsHost(r.Host):
			g.Refuse(w, r, http.StatusMisdirectedRequest, "host")
		case r.TLS != nil && strings.HasPrefix(r.Header.Get("Origin"), "http:"):
			g.Refuse(w, r, http.StatusForbidden, "cross-site") // anybody on the wire can serve our own name over plain HTTP
		case r.Method != http.MethodPost && (r.ContentLength != 0 || len(r.TransferEncoding) > 0):
			w.Header().Set("Connection", "close") // the bytes that follow must not be taken for a request
			g.Refuse(w, r, http.StatusBadRequest, "form")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func setSecurityHeaders(h http.Header, r *http.Request) {
	h.Set("Content-Security-Policy", ContentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	h.Set("Cache-Control", "no-store")
	if r.TLS != nil && wantsHSTS(r.Host) {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// allowsHost reports whether a Host is one of ours. A stranger's name that resolves to us is a browser used against us (DNS rebinding).
func (g *Guard) allowsHost(host string) bool {
	host, ok := splitHostname(host)
	if _, err := netip.ParseAddr(host); err == nil || !ok {
		return ok
	}
	return slices.ContainsFunc(g.Hosts(), func(n string) bool { return strings.EqualFold(n, host) })
}

// splitHostname takes port, brackets and a last dot off a Host.
func splitHostname(host string) (string, bool) {
	if h, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil && port != "" {
			return "", false
		}
		host = h
	}
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), "."), true
}

// wantsHSTS reports whether a browser should remember that a host speaks TLS only. Not for .local: another machine, without
// a certificate, may have the same name on the next network. Not for addresses: a browser cannot remember them.
func wantsHSTS(host string) bool {
	host, _ = splitHostname(host)
	_, err := netip.ParseAddr(host)
	return err != nil && strings.Contains(host, ".") && !strings.HasSuffix(strings.ToLower(host), ".local")
}

// RedirectTLS leads browsers from plain HTTP to the same page under TLS at a port. It takes nothing that could hold a secret.
func (g *Guard) RedirectTLS(port string) http.Handler {
	return g.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Connection", "close")
			g.Refuse(w, r, http.StatusForbidden, "https")
			return
		}
		name, _ := splitHostname(r.Host)
		host := strings.TrimSuffix(net.JoinHostPort(name, cmp.Or(port, "443")), ":443") // with brackets around an IPv6 address
		// Only path and query: of an opaque target, RequestURI is whatever the client wrote, another host included.
		to := url.URL{Scheme: "https", Host: host, Path: "/" + strings.TrimLeft(r.URL.Path, "/"), RawPath: "/" + strings.TrimLeft(r.URL.RawPath, "/"), RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, to.String(), http.StatusTemporaryRedirect)
	}))
}

// RemoteAddr is the address at the other end of the wire. Headers that claim another one are not believed.
func RemoteAddr(r *http.Request) netip.Addr { return parseAddr(r.RemoteAddr) }

func parseAddr(text string) netip.Addr {
	host, _, err := net.SplitHostPort(text)
	if err != nil {
		host = text
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// prefix64 is what limits count: one IPv6 household owns a whole /64, with as many addresses as it likes.
func prefix64(a netip.Addr) netip.Addr {
	if a.Is6() && !a.IsLoopback() {
		if net64, err := a.Prefix(64); err == nil {
			return net64.Addr()
		}
	}
	return a
}
