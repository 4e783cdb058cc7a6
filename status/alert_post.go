package status

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	alertHour    = 20 // messages an hour
	alertWait    = 10 * time.Second
	alertFirst   = 5 * time.Second // before a message is tried again; doubled each time
	alertMost    = 10 * time.Minute
	alertLimited = time.Minute // what the robot wants when it was asked too often
	alertBytes   = 2048        // of text, in WeCom's words

	robotTaken   = 0
	robotBusy    = -1
	robotLimited = 45009
)

// CheckAlertURL tells what is wrong with the address of a robot, without repeating it.
func CheckAlertURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("it is no address of a robot: say https://…, as the group's robot shows it")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return errors.New("http:// is only for this machine itself: say https://…")
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// uptake is what became of a try.
type uptake int

const (
	taken   uptake = iota
	refused        // and would be again
	limited        // come again in a minute
	unheard        // nobody knows
)

// deliver posts what is in the line, one after the other.
func (a *Alert) deliver(ctx context.Context) {
	pause := alertFirst
	for {
		m, wait := a.head(time.Now())
		if m == nil {
			select {
			case <-ctx.Done():
				return
			case <-a.ring:
			}
			continue
		}
		if wait == 0 {
			how, why := a.post(ctx, m)
			if ctx.Err() != nil {
				return
			}
			a.noted(how, why)
			wait, pause = a.after(m, how, pause)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// head is the next message, and how long it must wait because the hour is full.
func (a *Alert) head(now time.Time) (*message, time.Duration) {
	for len(a.sent) > 0 && now.Sub(a.sent[0]) >= time.Hour {
		a.sent = a.sent[1:]
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case len(a.line) == 0:
		return nil, 0
	case len(a.sent) >= alertHour:
		return a.line[0], time.Hour - now.Sub(a.sent[0])
	}
	return a.line[0], 0
}

// after draws the conclusions of a try: how long to wait, and how long after the next one that fails.
func (a *Alert) after(m *message, how uptake, pause time.Duration) (wait, next time.Duration) {
	switch how {
	case limited:
		return alertLimited, alertFirst
	case unheard:
		return pause, min(2*pause, alertMost)
	}
	if how == taken {
		a.sent = append(a.sent, time.Now())
	}
	a.mu.Lock()
	if how == taken {
		a.lost -= m.lost
		a.drop(m, "taken")
	} else {
		a.drop(m, "refused")
	}
	a.mu.Unlock()
	if how == taken && a.Keep != nil {
		maps.Copy(a.kept, m.states)
		maps.DeleteFunc(a.kept, func(_, state string) bool { return state == "" })
		a.Keep(maps.Clone(a.kept))
	}
	return 0, alertFirst
}

// post tries a message once. No redirect is followed: it would carry the key elsewhere.
func (a *Alert) post(ctx context.Context, m *message) (uptake, string) {
	ctx, cancel := context.WithTimeout(ctx, alertWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL, bytes.NewReader(a.body(m)))
	if err != nil {
		return refused, "the address cannot be used"
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	c := http.Client{Transport: a.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		return unheard, a.hide(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 16<<10))
	if err != nil {
		return unheard, a.hide(err)
	}
	return judge(resp.StatusCode, text)
}

// judge reads the robot's answer. One that speaks no errcode is judged by its status alone.
func judge(status int, text []byte) (uptake, string) {
	var said struct{ Errcode *int }
	why := "the robot answered " + strconv.Itoa(status)
	switch {
	case status == http.StatusTooManyRequests:
		return limited, why
	case status == http.StatusRequestTimeout || status >= 500:
		return unheard, why
	case status < 200 || status > 299:
		return refused, why
	case json.Unmarshal(text, &said) != nil || said.Errcode == nil:
		return taken, ""
	}
	why = "the robot answered errcode " + strconv.Itoa(*said.Errcode)
	switch *said.Errcode {
	case robotTaken:
		return taken, ""
	case robotLimited:
		return limited, why
	case robotBusy:
		return unheard, why
	}
	return refused, why
}

// body is a message in the robot's form.
func (a *Alert) body(m *message) []byte {
	a.mu.Lock()
	tail := ""
	if m.lost = a.lost; a.lost > 0 {
		tail = "\n" + a.T("lost", strconv.Itoa(a.lost))
	}
	a.mu.Unlock()
	type text struct {
		Content string `json:"content"`
	}
	out, err := json.Marshal(struct {
		Type string `json:"msgtype"`
		Text text   `json:"text"`
	}{"text", text{clip(m.text, alertBytes-len(tail)) + tail}})
	if err != nil {
		return nil // strings always marshal
	}
	return out
}

// clip cuts a text to so many bytes, between two characters.
func clip(s string, most int) string {
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

// hide takes the address out of an error: the client's own say it in full.
func (a *Alert) hide(err error) string {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	text := err.Error()
	if u, bad := url.Parse(a.URL); bad != nil || strings.Contains(text, a.URL) || len(u.RequestURI()) > 1 && strings.Contains(text, u.RequestURI()) {
		return "no answer"
	}
	return text
}

// noted says when deliveries begin to fail, and when they work again: once each.
func (a *Alert) noted(how uptake, why string) {
	if fails := how != taken; fails != a.failed {
		a.failed = fails
		line := "alert: the robot takes messages again"
		if fails {
			line = fmt.Sprintf("alert: a message was not taken: %s", why)
		}
		if a.Log != nil {
			a.Log(line)
		}
	}
}
