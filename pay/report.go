package pay

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kiosk/sale"
)

const (
	reportRoom = 16               // reports that wait; what comes on top is dropped
	reportWait = 5 * time.Second  // for one report
	reportRest = 60 * time.Second // after one that did not arrive: what waits until then is dropped
)

var reporting = endpoint{what: "report the call", path: "/payitil/report"}

// Reports tell the gateway how long its calls took: payitil/report, of API v2 only. A call leaves a note of itself
// and goes on; Run sends them one by one, on a connection that no sale uses. No report is worth a sale: where they pile
// up or do not arrive they are dropped, and nobody is told but Dropped.
type Reports struct {
	once    sync.Once
	queue   chan report
	dropped atomic.Int64
}

// report is one call, and what it came to. It holds no code, no openid and no body.
type report struct {
	payee  sale.Merchant
	no     sale.No
	path   string
	took   time.Duration
	at     time.Time
	said   string // return_code: whether there was an answer
	result string // result_code
	code   string // err_code
}

func (r *Reports) notes() chan report {
	r.once.Do(func() { r.queue = make(chan report, reportRoom) })
	return r.queue
}

// Dropped is how many reports were not sent, or did not arrive.
func (r *Reports) Dropped() int64 { return r.dropped.Load() }

// leave takes a note of a call; it never waits.
func (r *Reports) leave(e endpoint, o sale.Order, start time.Time, a answer, err error) {
	if r == nil {
		return
	}
	n := report{payee: o.Merchant, no: o.No, path: e.path, took: time.Since(start), at: start, said: "FAIL", result: "FAIL"}
	if err == nil {
		n.said, n.result, n.code = "SUCCESS", a.get("result_code"), a.get("err_code")
	}
	select {
	case r.notes() <- n:
	default:
		r.dropped.Add(1)
	}
}

// Run sends reports until told to stop. It returns nil.
func (r *Reports) Run(ctx context.Context, g *V2) error {
	way := g.own.client(g.Plain) // a copy
	if shared, ok := way.Transport.(*http.Transport); ok {
		own := shared.Clone()
		defer own.CloseIdleConnections()
		way.Transport = own
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case n := <-r.notes():
			if r.send(ctx, g, way, n) == nil {
				continue
			}
			r.dropped.Add(1)
			r.idle(ctx)
		}
	}
}

// idle lets a gateway in trouble alone.
func (r *Reports) idle(ctx context.Context) {
	rest := time.NewTimer(reportRest)
	defer rest.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-rest.C:
			return
		case <-r.notes():
			r.dropped.Add(1)
		}
	}
}

// send asks the primary once. The answer is not signed, and nobody reads it.
func (r *Reports) send(ctx context.Context, g *V2, way *http.Client, n report) error {
	ctx, cancel := context.WithTimeout(ctx, reportWait)
	defer cancel()
	body, err := g.signedBody(n.payee, n.payee.SignType, message{
		"interface_url": "https://api.mch.weixin.qq.com" + n.path, "execute_time": strconv.FormatInt(n.took.Milliseconds(), 10),
		"return_code": n.said, "result_code": n.result, "err_code": n.code,
		"out_trade_no": string(n.no), "user_ip": g.ip(), "time": n.at.In(beijing).Format(stamp)})
	if err != nil {
		return err
	}
	q := question{method: http.MethodPost, path: reporting.path, body: body,
		head: func(*url.URL) (http.Header, error) {
			return http.Header{"Content-Type": {"text/xml; charset=utf-8"}}, nil
		},
		takes: func(status int) bool { return status == http.StatusOK },
	}
	_, _, err = q.send(ctx, way, strings.TrimRight(basesOf(g.URL, g.StandbyURL)[primary], "/"))
	return err
}
