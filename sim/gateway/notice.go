package gateway

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// noticeDelays is how long after each attempt the next one follows: 15 times again, 24 h 4 min in all.
var noticeDelays = []time.Duration{
	15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute,
	30 * time.Minute, 30 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 3 * time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour,
}

// noticePatience is how long the gateway waits for a kiosk's answer before the attempt counts as failed.
const noticePatience = 5 * time.Second

// pendingNotice is one notice on its way. It is kept, so that a gateway started again goes on with it.
type pendingNotice struct {
	ID     string    `json:"id"` // v3: the same on every attempt
	No     string    `json:"no"`
	Paid   string    `json:"paid,omitempty"` // the transaction, if it is a second payment of the number
	Refund string    `json:"refund,omitempty"`
	Due    time.Time `json:"due"`
	Tries  int       `json:"tries,omitempty"`
	busy   bool
}

// queueNotice queues the notice of a payment. A code payment has no address to notify: its charge was answered.
func (g *Gateway) queueNotice(o *order, at time.Time) {
	if o.URL != "" && o.Means != byCode {
		g.enqueue(&pendingNotice{ID: g.newID(o.chance(), ""), No: o.No, Paid: o.second(), Due: at})
	}
}

// queueRefundNotice queues the notice of a refund for the time when it ends.
func (g *Gateway) queueRefundNotice(o *order, r *refunding) {
	if r.URL != "" && r.End != processing {
		g.enqueue(&pendingNotice{ID: g.newID(o.chance(), r.No), No: o.No, Paid: o.second(), Refund: r.No, Due: r.Ends})
	}
}

// enqueue adds a notice to those under way, and lets Run know.
func (g *Gateway) enqueue(l *pendingNotice) {
	if g.Post == nil {
		return // there is no post: nothing piles up
	}
	g.kept.Letters, g.memo.dirty = append(g.kept.Letters, l), true
	g.wakeRun()
}

// wakeRun tells Run to look again.
func (g *Gateway) wakeRun() {
	select {
	case g.memo.wake <- struct{}{}:
	default:
	}
}

// payByScript lets a phone pay a new order by itself, if the script says so.
func (g *Gateway) payByScript(o *order, q *request) {
	switch {
	case q.t.Then != "pay":
	case q.t.In <= 0:
		g.moveOrder(o, success, q.now)
	default:
		o.Turns, o.Turn = q.now.Add(q.t.In), success
		g.wakeRun()
	}
}

// Run delivers the notices that are due through Post until ctx ends, and waits for those it
// has begun. One Run at a time; the attempts are in the Log as notice and refundnotice.
func (g *Gateway) Run(ctx context.Context) error {
	var out sync.WaitGroup
	defer out.Wait()
	for {
		due, next, wake := g.dueNotices()
		for _, l := range due {
			out.Go(func() { g.deliverNotice(ctx, l) })
		}
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// dueNotices is what is due, and how long until there may be more.
func (g *Gateway) dueNotices() (due []*pendingNotice, next time.Duration, wake chan struct{}) {
	now := g.lockNow()
	defer g.mu.Unlock()
	next = time.Hour
	if g.Post == nil || g.kept.Mode == ModeDown {
		return nil, next, g.memo.wake
	}
	for _, l := range g.kept.Letters {
		switch {
		case l.busy:
		case l.Due.After(now):
			next = min(next, l.Due.Sub(now))
		default:
			l.busy = true
			due = append(due, l)
		}
	}
	for _, o := range g.kept.Orders {
		if !o.Turns.IsZero() {
			next = min(next, max(o.Turns.Sub(now), 0))
		}
	}
	return due, next, g.memo.wake
}

// deliverNotice makes one attempt, under the script's trouble.
func (g *Gateway) deliverNotice(ctx context.Context, l *pendingNotice) {
	call, t := g.describeNotice(l)
	if g.Script != nil {
		if told := g.Script(call); told != nil {
			t = told
		}
	}
	if sleepContext(ctx, t.Delay) != nil {
		g.finishAttempt(l, call, false, "")
		return
	}
	call.At = g.lockNow()
	g.mu.Unlock()
	if t.Lose == "request" {
		g.finishAttempt(l, call, false, "not sent")
		return
	}
	ok, outcome := g.postCopies(ctx, call, t)
	if ctx.Err() != nil && !ok {
		g.finishAttempt(l, call, false, "")
		return
	}
	if ok && t.Forge != "" && !slices.Contains(NoticeOddities, t.Forge) {
		ok = false
		if t.Forge != "replay" && t.Forge != "other-event" && t.Forge != "fail" {
			g.reportViolation("a forged notice (" + t.Forge + ") of " + call.No + " was taken")
		}
	}
	if t.Lose == "answer" {
		ok, outcome = false, outcome+", answer lost"
	}
	g.finishAttempt(l, call, ok, outcome)
}

// postCopies posts as often as the script says; one that is taken is enough.
func (g *Gateway) postCopies(ctx context.Context, call Call, t *Trouble) (taken bool, outcome string) {
	var second bool
	var other sync.WaitGroup
	if t.Twice == "together" {
		other.Go(func() { second, _ = g.postNotice(ctx, call, t) })
	}
	taken, outcome = g.postNotice(ctx, call, t)
	other.Wait()
	if t.Twice == "after" {
		second, _ = g.postNotice(ctx, call, t)
	}
	return taken || second, outcome
}

// reportViolation is addViolation for a caller that does not hold the lock.
func (g *Gateway) reportViolation(text string) {
	g.lockNow()
	defer g.mu.Unlock()
	g.addViolation(text)
	g.keepOrFault()
}

// describeNotice describes the attempt to a script and to the log.
func (g *Gateway) describeNotice(l *pendingNotice) (Call, *Trouble) {
	now := g.lockNow()
	defer g.mu.Unlock()
	o := g.paymentOf(l.No, l.Paid)
	c := Call{At: now, API: orWord(o.API, "v2"), Endpoint: "notice", No: l.No, Paid: l.Paid, Fen: o.Fen, Nth: l.Tries + 1}
	if l.Refund != "" {
		r := o.findRefund(l.Refund)
		c.Endpoint, c.RefundNo, c.Fen, c.API = "refundnotice", l.Refund, r.Fen, orWord(r.API, "v2")
	}
	return c, &Trouble{}
}

// findRefund is the refund of that out_refund_no, or nil.
func (o *order) findRefund(no string) *refunding {
	i := slices.IndexFunc(o.Refunds, func(r *refunding) bool { return r.No == no })
	if i < 0 {
		return nil
	}
	return o.Refunds[i]
}

// finishAttempt books what an attempt came to; an empty outcome is one that did not happen.
func (g *Gateway) finishAttempt(l *pendingNotice, call Call, ok bool, outcome string) {
	g.lockNow()
	defer g.mu.Unlock()
	l.busy = false
	if outcome == "" {
		return
	}
	g.appendCall(call, outcome)
	l.Tries++
	switch {
	case ok || l.Tries > len(noticeDelays): // taken, or given up
		i := slices.Index(g.kept.Letters, l)
		g.kept.Letters = slices.Delete(g.kept.Letters, i, i+1)
	default:
		l.Due = call.At.Add(noticeDelays[l.Tries-1])
	}
	g.keepOrFault()
	g.wakeRun()
}

// postNotice sends one copy. Taken means v2's SUCCESS in XML, or v3's status 200 or 204.
func (g *Gateway) postNotice(ctx context.Context, call Call, t *Trouble) (taken bool, outcome string) {
	ctx, cancel := context.WithTimeout(ctx, noticePatience)
	defer cancel()
	now := g.lockNow()
	r := g.noticeRequest(call, t, now)
	g.mu.Unlock()
	res, err := g.Post(r.WithContext(ctx))
	if err != nil {
		return false, "no answer"
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, bodyLimit))
	switch {
	case err != nil || ctx.Err() != nil:
		return false, "no answer"
	case call.API == "v3" && (res.StatusCode == http.StatusOK || res.StatusCode == http.StatusNoContent):
		return true, success
	case res.StatusCode != http.StatusOK || call.API == "v3":
		return false, fmt.Sprint("HTTP ", res.StatusCode)
	}
	if said, refusal := parseXML(body); refusal != "" || said["return_code"] != "SUCCESS" {
		return false, "refused"
	}
	return true, success
}
