package web

import (
	"crypto/tls"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// Certificate is a page's own, in two PEM files. It is read again when they change: a renewal needs no restart.
type Certificate struct {
	Cert, Key string       // paths
	Log       func(string) // hears once of a renewed pair that cannot be used; the old one stays. May be nil

	mu    sync.Mutex
	pair  *tls.Certificate
	state string // of both files, when they were last read
}

// LoadConfig reads the pair, and is how to serve with it.
func (c *Certificate) LoadConfig() (*tls.Config, error) {
	if _, err := c.reload(); err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, CipherSuites: sealedSuites(), NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.reload() },
	}, nil
}

// sealedSuites are TLS 1.2's with authenticated encryption: Go would also take CBC with SHA-1. TLS 1.3 has no others.
func sealedSuites() (ids []uint16) {
	for _, s := range tls.CipherSuites() {
		if !strings.Contains(s.Name, "_CBC_") {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// ExpiresAt is when the certificate in use ends; zero before LoadConfig.
func (c *Certificate) ExpiresAt() time.Time {
	pair, err := c.reload()
	if err != nil || pair.Leaf == nil {
		return time.Time{}
	}
	return pair.Leaf.NotAfter
}

func (c *Certificate) reload() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	state := FileState(c.Cert) + FileState(c.Key)
	if state == c.state && c.pair != nil {
		return c.pair, nil
	}
	pair, err := c.loadPair()
	if err != nil && c.pair == nil {
		return nil, fmt.Errorf("no pair that can be used: give a certificate chain and its key, both in PEM (%w)", err)
	}
	c.state = state // a bad pair is not tried again until it changes
	switch {
	case err == nil:
		c.pair = &pair
	case c.Log != nil:
		c.Log("the renewed certificate cannot be used, the old one stays: " + err.Error())
	}
	return c.pair, nil
}

// loadPair refuses a pipe: it would wait at it for ever, and every client with it.
func (c *Certificate) loadPair() (tls.Certificate, error) {
	for _, file := range []string{c.Cert, c.Key} {
		if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
			return tls.Certificate{}, fmt.Errorf("%s is no regular file", file)
		}
	}
	return tls.LoadX509KeyPair(c.Cert, c.Key)
}

// FileState changes whenever the file does.
func FileState(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "?"
	}
	return fmt.Sprint(info.ModTime().UnixNano(), info.Size(), ";")
}
