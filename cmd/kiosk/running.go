package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
	"kiosk/status"
)

// running is the kiosk that runs on this machine, spoken to over its page. Only what anybody may read is asked.
type running struct {
	kiosk, address string
	get            func(ctx context.Context, path string) (code int, body []byte, err error)
}

// seen is what a running kiosk says of itself in /status.json.
type seen struct {
	Kiosk   string      `json:"kiosk"`
	Version string      `json:"version"`
	Uptime  int64       `json:"uptime_s"`
	Alive   bool        `json:"alive"`
	Ready   bool        `json:"ready"`
	Why     []sale.Why  `json:"why"`
	Front   *sale.Front `json:"front"`
	Slots   []struct {
		Number sale.Slot `json:"number"`
		Fault  string    `json:"fault"`
	} `json:"slots"`
	status.Self

	Violations *int `json:"book_violations"` // in a file of kiosk health -o
	text       []byte
}

const askFor = 5 * time.Second

// running finds the page at status.listen, whatever that is.
func findRunning(c *config.Config) (*running, error) {
	host, port, err := net.SplitHostPort(c.Status.Listen)
	if err != nil || port == "0" {
		return nil, config.Usage(fmt.Errorf("status.listen = %q: say a port, so that the running kiosk can be asked", c.Status.Listen))
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http://"
	if c.Status.CertFile != "" {
		scheme = "https://"
	}
	address := net.JoinHostPort(host, port)
	client := &http.Client{Timeout: askFor, Transport: &http.Transport{
		DisableKeepAlives: true, // a restart is met at once
		// It is this very machine, nothing secret is asked, and a certificate that has ended is no fault of a version.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec
	}}
	get := func(ctx context.Context, path string) (int, []byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+address+path, nil)
		if err != nil {
			return 0, nil, err
		}
		r.Host = "localhost" // a name that every kiosk answers to
		a, err := client.Do(r)
		var full *url.Error // it says everything twice
		if errors.As(err, &full) {
			err = full.Err
		}
		if err != nil {
			return 0, nil, err
		}
		defer a.Body.Close()
		body, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
		return a.StatusCode, body, err
	}
	return &running{c.Kiosk, scheme + address, get}, nil
}

// look asks the running kiosk how it is.
func (r *running) look(ctx context.Context) (*seen, error) {
	code, body, err := r.get(ctx, "/status.json")
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", r.address, err)
	}
	s := &seen{text: body}
	if err := json.Unmarshal(body, s); err != nil || code != http.StatusOK || s.Kiosk != r.kiosk {
		return nil, fmt.Errorf("what answers at %s is not kiosk %s (status %d): see status.listen", r.address, r.kiosk, code)
	}
	if code, _, err = r.get(ctx, "/healthz"); err != nil {
		return nil, fmt.Errorf("asking %s: %w", r.address, err)
	}
	s.Alive = s.Alive && code == http.StatusOK
	return s, nil
}

func (s *seen) why(code string) string {
	for _, w := range s.Why {
		if w.Code == code {
			return w.Text
		}
	}
	return ""
}

func (s *seen) part(name string) (status.Part, bool) {
	for _, p := range s.Parts {
		if p.Part == name {
			return p, true
		}
	}
	return status.Part{}, false
}
