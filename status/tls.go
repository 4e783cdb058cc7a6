package status

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"
)

// Certificate is the page's own, in two PEM files. It is read again when they change: a renewal needs no restart.
type Certificate struct {
	Cert, Key string       // paths
	Log       func(string) // told once when a renewed pair cannot be used; the old one stays. May be nil

	mu    sync.Mutex
	pair  *tls.Certificate
	state string // of both files, when they were last read
}

// Config reads the pair and is how to serve with it.
func (c *Certificate) Config() (*tls.Config, error) {
	if _, err := c.current(); err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current() },
	}, nil
}

// Ends is when the certificate in use ends; zero before Config.
func (c *Certificate) Ends() time.Time {
	pair, err := c.current()
	if err != nil || pair.Leaf == nil {
		return time.Time{}
	}
	return pair.Leaf.NotAfter
}

func (c *Certificate) current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	state := fileState(c.Cert) + fileState(c.Key)
	if state == c.state && c.pair != nil {
		return c.pair, nil
	}
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil && c.pair == nil {
		return nil, fmt.Errorf("status.cert_file and status.key_file are no pair that can be used: give a certificate chain and its key, both in PEM (%w)", err)
	}
	c.state = state // a bad pair is not tried again until it changes
	switch {
	case err == nil:
		c.pair = &pair
	case c.Log != nil:
		c.Log("status page: the renewed certificate cannot be used, the old one stays: " + err.Error())
	}
	return c.pair, nil
}

func fileState(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "?"
	}
	return fmt.Sprint(info.ModTime().UnixNano(), info.Size(), ";")
}

// Redirect leads browsers from plain HTTP to the page under TLS at a port. It takes nothing that could hold a secret.
func (p *Page) Redirect(port string) http.Handler {
	return p.guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Connection", "close")
			fail(w, r, http.StatusForbidden, "https")
			return
		}
		host, _ := hostname(r.Host)
		if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
			host = "[" + host + "]"
		}
		if port != "443" && port != "" {
			if h, _ := hostname(r.Host); h != "" {
				host = net.JoinHostPort(h, port)
			}
		}
		http.Redirect(w, r, "https://"+host+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	}))
}
