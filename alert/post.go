package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	hourMost     = 20 // messages an hour
	postTimeout  = 10 * time.Second
	firstBackoff = 5 * time.Second // before a message is tried again; doubled each time
	mostBackoff  = 10 * time.Minute
	limitedFor   = time.Minute // what the robot wants when it was asked too often
	textBytes    = 2048        // of a message, in WeCom's words

	// The robot's error codes, of WeCom's page for group robots.
	codeBusy    = -1
	codeLimited = 45009
)

// CheckURL returns what is wrong with the address of a robot, without repeating it.
func CheckURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("it is no address of a robot: say https://…, as the group's robot shows it")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return errors.New("http:// is only for this machine itself: say https://…")
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// outcome is what became of a try, or of a message.
type outcome int

const (
	taken   outcome = iota
	refused         // and would be again
	limited         // come again in a minute
	unknown         // nobody knows whether the group has it
	dropped         // it gave way to newer ones
)

// deliverQueue posts the queue, until the robot wants a pause.
func (w *Watcher) deliverQueue(ctx context.Context) {
	for len(w.queue) > 0 && w.mayTry(time.Now()) {
		m := w.queue[0]
		how, why := w.postMessage(ctx, m.text)
		if ctx.Err() != nil {
			return
		}
		w.logChange(how, why)
		switch how {
		case limited:
			w.backoff, w.nextTry = 0, time.Now().Add(limitedFor)
		case unknown:
			w.backoff = min(max(2*w.backoff, firstBackoff), mostBackoff)
			w.nextTry = time.Now().Add(w.backoff)
		default: // a refused message goes too: it would be refused again, and others wait behind it
			w.backoff = 0
			w.takeOldest(how)
		}
		if how == taken {
			w.sent = append(w.sent, time.Now())
			w.keepStates(m.states)
		}
	}
}

// mayTry reports whether the robot's pause is over, and the hour not full.
func (w *Watcher) mayTry(now time.Time) bool {
	for len(w.sent) > 0 && now.Sub(w.sent[0]) >= time.Hour {
		w.sent = w.sent[1:]
	}
	return !now.Before(w.nextTry) && len(w.sent) < hourMost
}

// keepStates keeps what the group knows now.
func (w *Watcher) keepStates(states map[string]string) {
	maps.Copy(w.told, states)
	maps.DeleteFunc(w.told, func(_, state string) bool { return state == "" })
	if err := w.keepTold(); err != nil {
		w.Log(err.Error())
	}
}

// postMessage tries a message once. It follows no redirect, which would carry the key elsewhere.
func (w *Watcher) postMessage(ctx context.Context, text string) (outcome, string) {
	ctx, cancel := context.WithTimeout(ctx, postTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(w.messageBody(text)))
	if err != nil {
		return refused, "the address cannot be used"
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	c := http.Client{Transport: w.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		return unknown, w.redactAddress(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 16<<10))
	if err != nil {
		return unknown, w.redactAddress(err)
	}
	return readAnswer(resp.StatusCode, answer)
}

// readAnswer understands the robot. One that sends no errcode is read by its status alone.
func readAnswer(status int, text []byte) (outcome, string) {
	var said struct{ Errcode *int }
	why := "the robot answered " + strconv.Itoa(status)
	switch {
	case status == http.StatusTooManyRequests:
		return limited, why
	case status == http.StatusRequestTimeout || status >= 500:
		return unknown, why
	case status < 200 || status > 299:
		return refused, why
	case json.Unmarshal(text, &said) != nil || said.Errcode == nil:
		return taken, ""
	}
	why = "the robot answered errcode " + strconv.Itoa(*said.Errcode)
	switch *said.Errcode {
	case 0:
		return taken, ""
	case codeLimited:
		return limited, why
	case codeBusy:
		return unknown, why
	}
	return refused, why
}

// messageBody is a message in the robot's form, with a line on those that were lost before it.
func (w *Watcher) messageBody(text string) []byte {
	tail := ""
	if w.lost > 0 {
		tail = "\n" + w.fillIn(missed, "{n}", strconv.Itoa(w.lost))
	}
	content := map[string]string{"content": clipBytes(text, textBytes-len(tail)) + tail}
	out, _ := json.Marshal(map[string]any{"msgtype": "text", "text": content}) // strings always marshal
	return out
}

// clipBytes cuts a text to so many bytes, between two characters.
func clipBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	const dots = "…"
	n := most - len(dots)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + dots
}

// redactAddress takes the address out of an error: the client's own say it in full.
func (w *Watcher) redactAddress(err error) string {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	text := err.Error()
	if u, bad := url.Parse(w.URL); bad != nil || strings.Contains(text, w.URL) || len(u.RequestURI()) > 1 && strings.Contains(text, u.RequestURI()) {
		return "no answer"
	}
	return text
}

// logChange says once when deliveries begin to fail, and once when they work again.
func (w *Watcher) logChange(how outcome, why string) {
	switch fails := how != taken; {
	case fails && !w.failing:
		w.Log("alert: a message was not taken: " + why)
	case !fails && w.failing:
		w.Log("alert: the robot takes messages again")
	}
	w.failing = how != taken
}
