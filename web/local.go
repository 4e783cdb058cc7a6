package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// IsLocal reports whether a request comes from the machine itself: over a loopback address, to a loopback Host, and past no
// proxy. A proxy or a tunnel that ends on this machine has a loopback address as well, and brings everybody's requests.
func IsLocal(r *http.Request) bool {
	if !RemoteAddr(r).IsLoopback() || hasProxyHeader(r.Header) {
		return false
	}
	host, ok := splitHostname(r.Host)
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	return ok && strings.EqualFold(host, "localhost")
}

// hasProxyHeader reports whether a proxy has said that it is one.
func hasProxyHeader(h http.Header) bool {
	for name := range h {
		if name == "Forwarded" || name == "Via" || strings.HasPrefix(name, "X-Forwarded-") {
			return true
		}
	}
	return false
}

// proxied stands for everybody who comes through a proxy on this machine: their own addresses are not known for certain.
var proxied = netip.IPv4Unspecified()

// LimitedAddr is the address that limits count a request under: its /64, or one address for everybody behind a proxy.
func LimitedAddr(r *http.Request) netip.Addr {
	from := RemoteAddr(r)
	if from.IsLoopback() && !IsLocal(r) {
		return proxied
	}
	return prefix64(from)
}
