package status

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

const (
	noticeBytes  = 64 << 10
	noticeTime   = 3 * time.Second // the gateway hangs up after five
	noticesEach  = 20              // a second, from one address
	noticesTotal = 100             // a second, from everybody
)

// Take makes a notice durable. Only when it returns nil is the gateway told that we have it. An error with a
// method Refused() bool that says true is the sender's fault; any other is ours, and the notice is to come again.
type Take func(ctx context.Context, head http.Header, body []byte) error

// NotifyV2 answers the notices of API v2 in its words.
func NotifyV2(take Take) http.Handler { return &notify{take: take, answer: answerV2} }

// NotifyV3 answers the notices of API v3 in its words.
func NotifyV3(take Take) http.Handler { return &notify{take: take, answer: answerV3} }

type notify struct {
	take   Take
	answer func(w http.ResponseWriter, status int)

	mu    sync.Mutex
	since time.Time // the second that is counted
	from  map[netip.Addr]int
	total int
}

func (n *notify) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		n.answer(w, http.StatusMethodNotAllowed)
		return
	}
	if !n.room(caller(r)) {
		w.Header().Set("Retry-After", "15")
		n.answer(w, http.StatusTooManyRequests)
		return
	}
	// Whoever cannot be given a deadline, as in a test, is read without one.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(noticeTime))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, noticeBytes))
	if err != nil {
		n.answer(w, unread(err))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), noticeTime)
	defer cancel()
	n.answer(w, outcome(n.take(ctx, r.Header, body)))
}

func unread(err error) int {
	if long := (*http.MaxBytesError)(nil); errors.As(err, &long) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

func outcome(err error) int {
	refused, ok := errors.AsType[interface {
		error
		Refused() bool
	}](err)
	switch {
	case err == nil:
		return http.StatusOK
	case ok && refused.Refused():
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// room counts the notices of this second. A flood is turned away before anything is computed.
func (n *notify) room(from netip.Addr) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now := time.Now(); n.from == nil || now.Sub(n.since) >= time.Second {
		n.since, n.from, n.total = now, map[netip.Addr]int{}, 0
	}
	if n.total >= noticesTotal || n.from[from] >= noticesEach {
		return false
	}
	n.total++
	n.from[from]++
	return true
}

// answerV2 says no more than yes or no: which check failed is nobody's business out there.
func answerV2(w http.ResponseWriter, status int) {
	code, text := "FAIL", "FAIL"
	if status == http.StatusOK {
		code, text = "SUCCESS", "OK"
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, "<xml><return_code><![CDATA["+code+"]]></return_code><return_msg><![CDATA["+text+"]]></return_msg></xml>")
}

func answerV3(w http.ResponseWriter, status int) {
	if status == http.StatusOK {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, `{"code":"FAIL","message":"`+http.StatusText(status)+`"}`)
}

// besides lets the gateway's notices in past the guard: they come under another name than the page, from no
// browser, and prove themselves by their signature.
func (p *Page) besides(page http.Handler) http.Handler {
	doors := map[string]http.Handler{"/notify/v2": p.NotifyV2, "/notify/v3": p.NotifyV3}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		door := doors[r.URL.Path]
		if door == nil {
			page.ServeHTTP(w, r)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		door.ServeHTTP(w, r)
	})
}
