package doctor

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
	"slices"
	"syscall"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
)

// askPatience is for one request to this very machine, which may be serving a customer meanwhile.
const askPatience = 5 * time.Second

// Running is the kiosk that runs on this machine, spoken to over its page. Only what anybody may read is asked.
type Running struct {
	Kiosk, Address string // its id, and the URL that it is asked at
	Manager        Manager
	Get            func(ctx context.Context, path string) (code int, body []byte, err error)
}

// Status is what a running kiosk says of itself in /status.json, or said when kiosk health -o kept it in a file.
type Status struct {
	Kiosk   string      `json:"kiosk"`
	Version string      `json:"version"`
	Uptime  int64       `json:"uptime_s"`
	Alive   bool        `json:"alive"` // the shop's own beat, too
	Ready   bool        `json:"ready"`
	Why     []sale.Why  `json:"why"`
	Front   *sale.Front `json:"front"` // what a customer sees; nil: an older version does not say
	Slots   []struct {
		Number sale.Slot `json:"number"`
		Fault  string    `json:"fault"` // why it does not sell
	} `json:"slots"`
	status.Self

	Violations *int   `json:"book_violations"` // in a file of kiosk health -o
	text       []byte // as it was answered, for Save
}

// Manager is what starts and stops the kiosk, in the words that a person types.
type Manager struct{ Look, Stop string }

// Systemd is the manager of a machine.
var Systemd = Manager{Look: "systemctl status kiosk", Stop: "systemctl stop kiosk"}

// FindRunning finds the page at status.listen, however that is written.
func FindRunning(c *config.Config, m Manager) (*Running, error) {
	host, port, err := net.SplitHostPort(c.Status.Listen)
	if err != nil || port == "0" {
		return nil, config.UsageError(fmt.Errorf("status.listen = %q: say a port, so that the running kiosk can be asked", c.Status.Listen))
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	address := "http://" + net.JoinHostPort(host, port)
	if c.Status.CertFile != "" {
		address = "https://" + net.JoinHostPort(host, port)
	}
	return &Running{c.Kiosk, address, m, getFrom(address)}, nil
}

// getFrom returns how to ask at an address.
func getFrom(address string) func(context.Context, string) (int, []byte, error) {
	client := &http.Client{Timeout: askPatience, Transport: &http.Transport{
		DisableKeepAlives: true, // so that a restart is noticed at once
		// It is this very machine, nothing secret is asked, and a certificate that has ended is no fault of a version.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec
	}}
	return func(ctx context.Context, path string) (int, []byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+path, nil)
		if err != nil {
			return 0, nil, err
		}
		r.Host = "localhost" // a name that every kiosk answers to
		a, err := client.Do(r)
		var full *url.Error // repeats the address that our own message names already
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
}

// ReadStatus asks the running kiosk how it is. A page that answers while the shop stands still is not alive.
func (r *Running) ReadStatus(ctx context.Context) (*Status, error) {
	code, body, err := r.Get(ctx, "/status.json")
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", r.Address, err)
	}
	s := &Status{text: body}
	if err := json.Unmarshal(body, s); err != nil || code != http.StatusOK || s.Kiosk != r.Kiosk {
		return nil, fmt.Errorf("what answers at %s is not kiosk %s (status %d): see status.listen", r.Address, r.Kiosk, code)
	}
	if code, _, err = r.Get(ctx, "/healthz"); err != nil {
		return nil, fmt.Errorf("asking %s: %w", r.Address, err)
	}
	s.Alive = s.Alive && code == http.StatusOK
	return s, nil
}

// Reason is the text of one reason not to sell; "" if that reason does not hold.
func (s *Status) Reason(code string) string {
	if i := slices.IndexFunc(s.Why, func(w sale.Why) bool { return w.Code == code }); i >= 0 {
		return s.Why[i].Text
	}
	return ""
}

// findPart: a machine reports only the parts that it has.
func (s *Status) findPart(name string) (status.Part, bool) {
	if i := slices.IndexFunc(s.Parts, func(p status.Part) bool { return p.Part == name }); i >= 0 {
		return s.Parts[i], true
	}
	return status.Part{}, false
}

// WaitIdle waits until the running kiosk can be stopped without disturbing anybody, and says why it may. The error
// says whom a stop would disturb.
func (r *Running) WaitIdle(ctx context.Context, book string, wait time.Duration) (said string, err error) {
	for end := time.Now().Add(wait); ; {
		said, idle := r.IsIdle(ctx, func() bool { return store.InUse(book) })
		switch {
		case idle:
			return said, nil
		case ctx.Err() != nil || !time.Now().Before(end):
			return "", errors.New(said)
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(askAgain, time.Until(end))):
		}
	}
}

// IsIdle asks once. A refused connection means that no kiosk runs, unless held says that one has the book open.
func (r *Running) IsIdle(ctx context.Context, held func() bool) (said string, idle bool) {
	s, err := r.ReadStatus(ctx)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED) && !held():
		return "no kiosk runs at " + r.Address + ": nobody is served", true
	case err != nil:
		return config.OneLine(err) + ": it is not known whether anybody is served; if nobody is there, " + r.Manager.Stop + " and say it again", false
	case s.Busy != "":
		return s.Busy, false
	case !s.Alive:
		return "the shop's own beat has stopped: nobody can be served, and nothing turns", true
	case s.Front != nil && s.Front.No != "":
		return fmt.Sprintf("a customer is before the %s screen", s.Front.Screen), false
	case s.Front != nil:
		return "nobody is served, the screen says " + s.Front.Screen, true
	}
	return "nobody is served", true
}
