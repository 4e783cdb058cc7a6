package pay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

const (
	webhookRead    = 3 * time.Second        // for a sender to send all of a notice
	webhookStore   = 900 * time.Millisecond // for us to store it: the gateway wants its answer within a second
	webhookStoring = 32                     // notices being stored at once, hung ones too
	webhookEach    = 20                     // notices a second, from one address
	webhookTotal   = 100                    // notices a second, from everybody
)

// Take makes a notice durable. The gateway gets its yes only when Take returns nil. An error with a method
// Refused() bool that returns true is the sender's fault; any other is ours, and the notice is to come again.
type Take func(ctx context.Context, head http.Header, body []byte) error

// WebhookV2 answers the notices of API v2 in its words. remote gives the sender's address, which the limits go by.
func (n *Notices) WebhookV2(take Take, remote func(*http.Request) netip.Addr) http.Handler {
	return &webhook{notices: n, take: take, remote: remote, answer: answerV2, storing: make(chan struct{}, webhookStoring)}
}

// WebhookV3 answers the notices of API v3 in its words.
func (n *Notices) WebhookV3(take Take, remote func(*http.Request) netip.Addr) http.Handler {
	return &webhook{notices: n, take: take, remote: remote, answer: answerV3, storing: make(chan struct{}, webhookStoring)}
}

// webhook stands before a reader of notices. It turns away a notice that would cost too much to read or to store, and
// answers in time. None is lost by that: the gateway sends a notice again, for a day and a night, until it hears a yes.
type webhook struct {
	notices *Notices // counts why
	take    Take
	remote  func(*http.Request) netip.Addr
	answer  func(w http.ResponseWriter, status int)
	storing chan struct{}

	mu    sync.Mutex
	since time.Time // the second that is counted
	from  map[netip.Addr]int
	total int
}

func (h *webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		h.refuse(w, checkMethod, http.StatusMethodNotAllowed)
		return
	}
	if !h.admitFrom(h.remote(r)) {
		w.Header().Set("Retry-After", "15")
		h.refuse(w, checkFlood, http.StatusTooManyRequests)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(webhookRead)) // a recorder in a test has no deadline
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if long := (*http.MaxBytesError)(nil); errors.As(err, &long) {
		h.refuse(w, checkSize, http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		h.refuse(w, checkCut, http.StatusBadRequest)
		return
	}
	h.storeInTime(w, r, body)
}

// storeInTime answers once the notice is stored, or when the gateway has waited long enough.
func (h *webhook) storeInTime(w http.ResponseWriter, r *http.Request, body []byte) {
	select {
	case h.storing <- struct{}{}:
	default:
		h.refuse(w, checkFull, http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), webhookStore)
	defer cancel()
	select {
	case err := <-h.startTake(ctx, r.Header.Clone(), body):
		h.answer(w, statusOf(err))
	case <-ctx.Done():
		h.refuse(w, checkSlow, http.StatusInternalServerError)
	}
}

// startTake takes a notice in a goroutine of its own, for a write under way cannot be called back: a notice that is
// stored after we denied it only comes once more. A take that hangs keeps its place in storing.
func (h *webhook) startTake(ctx context.Context, head http.Header, body []byte) <-chan error {
	over := make(chan error, 1)
	go func() {
		defer func() {
			if why := recover(); why != nil { // as net/http does for its handlers
				h.notices.counts[checkBroke].Add(1)
				over <- fmt.Errorf("take the notice: %v", why)
			}
			<-h.storing
		}()
		over <- h.take(ctx, head, body)
	}()
	return over
}

// refuse counts why, and answers.
func (h *webhook) refuse(w http.ResponseWriter, why noticeCheck, status int) {
	h.notices.counts[why].Add(1)
	h.answer(w, status)
}

// admitFrom counts the notices of this second. A flood is turned away before anything is computed.
func (h *webhook) admitFrom(from netip.Addr) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := time.Now(); h.from == nil || now.Sub(h.since) >= time.Second {
		h.since, h.from, h.total = now, map[netip.Addr]int{}, 0
	}
	if h.total >= webhookTotal || h.from[from] >= webhookEach {
		return false
	}
	h.total++
	h.from[from]++
	return true
}

// statusOf is 400 for a notice that is refused for good, and 500 for one that is to come again.
func statusOf(err error) int {
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

// answerV2 says no more than yes or no: a stranger does not learn which check failed.
func answerV2(w http.ResponseWriter, status int) {
	code, text := "FAIL", "FAIL"
	if status == http.StatusOK {
		code, text = "SUCCESS", "OK"
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, "<xml><return_code><![CDATA["+code+"]]></return_code><return_msg><![CDATA["+text+"]]></return_msg></xml>")
}

// answerV3 needs no body for a yes: API v3 reads the status alone.
func answerV3(w http.ResponseWriter, status int) {
	if status == http.StatusOK {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, `{"code":"FAIL","message":"`+http.StatusText(status)+`"}`)
}
