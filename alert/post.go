package alert

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// CheckURL returns what is wrong with the address of a robot, without repeating it.
func CheckURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("it is no address of a robot: say https://…, as the group's robot shows it")
	case u.Scheme == "https" || u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback():
		return nil
	}
	return errors.New("http:// is only for this machine itself: say https://…")
}

// outcome is what became of a try.
type outcome string

const (
	taken   outcome = "taken"
	refused outcome = "refused" // and would be again
	limited outcome = "limited" // come again in a minute
	unknown outcome = "unknown" // nobody knows whether the group has it
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
			w.backoff, w.nextTry = 0, time.Now().Add(time.Minute)
		case unknown:
			w.backoff = min(max(2*w.backoff, 5*time.Second), 10*time.Minute)
			w.nextTry = time.Now().Add(w.backoff)
		case refused: // it would be again, and others wait behind it
			w.backoff = 0
			w.takeOldest(&w.counts.refused)
		case taken:
			w.backoff = 0
			w.takeOldest(&w.counts.taken)
			w.lost, w.sent = 0, append(w.sent, time.Now())
			maps.Copy(w.told, m.states)
			if err := w.keepTold(); err != nil {
				w.Log(err.Error())
			}
		}
	}
}

// mayTry reports whether the robot's pause is over, and the hour not full: 20 messages an hour are as many as a group reads.
func (w *Watcher) mayTry(now time.Time) bool {
	for len(w.sent) > 0 && now.Sub(w.sent[0]) >= time.Hour {
		w.sent = w.sent[1:]
	}
	return !now.Before(w.nextTry) && len(w.sent) < 20
}

// postMessage tries a message once. A client would follow redirects, which carry the key elsewhere, and name the address in
// its errors: the bare transport does neither.
func (w *Watcher) postMessage(ctx context.Context, text string) (outcome, string) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(w.messageBody(text)))
	if err != nil {
		return refused, "the address cannot be used"
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := w.Transport.RoundTrip(req)
	if err != nil {
		return unknown, redactAddress(err, req.URL)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 16<<10))
	if err != nil {
		return unknown, redactAddress(err, req.URL)
	}
	return readAnswer(resp.StatusCode, answer)
}

// robotCodes are those errcodes of WeCom's page for group robots that do not refuse a message for good.
var robotCodes = map[int]outcome{0: taken, -1: unknown, 45009: limited}

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
		return taken, why
	}
	return cmp.Or(robotCodes[*said.Errcode], refused), "the robot answered errcode " + strconv.Itoa(*said.Errcode)
}

// messageBody is a message in the robot's form, at most 2048 bytes of text, with a line on those that were lost before it.
func (w *Watcher) messageBody(text string) []byte {
	tail := ""
	if w.lost > 0 {
		tail = "\n" + w.fillIn(words.Missed, "{n}", strconv.Itoa(w.lost))
	}
	content := map[string]string{"content": clipBytes(text, 2048-len(tail)) + tail}
	out, _ := json.Marshal(map[string]any{"msgtype": "text", "text": content}) // strings always marshal
	return out
}

// clipBytes cuts a text to so many bytes, between two characters.
func clipBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	const dots = "…"
	return strings.ToValidUTF8(s[:most-len(dots)], "") + dots
}

// redactAddress hides an error that says the robot's key all the same.
func redactAddress(err error, u *url.URL) string {
	if key := u.RequestURI(); len(key) > 1 && strings.Contains(err.Error(), key) {
		return "no answer"
	}
	return err.Error()
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
