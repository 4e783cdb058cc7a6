package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"
)

// The modes of the whole gateway.
const (
	ModeUp   = "up"
	ModeDown = "down"         // nothing is read
	ModeLost = "lost-answers" // everything is booked, no answer arrives
	ModeOwes = "no-refunds"   // no customer's account takes money back: a person must give it
	ModeNone = "no-orders"    // this merchant may not collect: no order and no charge is taken, and queries are answered
)

// What a caller of RoundTrip sees where a socket would have been refused or cut.
var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errCut     = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
)

// bodyLimit bounds what is read of a request: the longest honest one has a few kilobytes.
const bodyLimit = 1 << 20

// wire is a request as it came in, without its connection.
type wire struct {
	method, host, path string
	target, base       string // path and query as they were sent; what stands before our own path in a full address
	header             http.Header
	body               []byte
	noCert, otherCert  bool
}

// lateRequest is a request that outlives its caller's patience.
type lateRequest struct {
	at   time.Time
	wire wire
	call Call
	t    *Trouble
}

// answer is what goes back over the wire.
type answer struct {
	status int
	kind   string
	header map[string]string
	body   []byte
	date   time.Time
	slow   time.Duration
	cut    bool
}

// Mode switches the whole gateway: down, lost-answers, no-refunds, no-orders or up.
func (g *Gateway) Mode(how string) error {
	if !slices.Contains([]string{ModeUp, ModeDown, ModeLost, ModeOwes, ModeNone}, how) {
		return fmt.Errorf("the gateway can be %s, %s, %s, %s or %s, not %q", ModeDown, ModeLost, ModeOwes, ModeNone, ModeUp, how)
	}
	g.lockNow()
	defer g.mu.Unlock()
	g.kept.Mode, g.memo.dirty = how, true
	g.wakeRun()
	return g.saveState()
}

// ModeNow is down, lost-answers, no-refunds, no-orders or up.
func (g *Gateway) ModeNow() string {
	g.lockNow()
	defer g.mu.Unlock()
	return g.kept.Mode
}

// ServeHTTP answers the calls. A lost answer is a connection cut after booking.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	in := wire{method: r.Method, host: r.Host, path: r.URL.Path, target: r.RequestURI, header: r.Header, body: body}
	in.base = "http://" + r.Host + strings.TrimSuffix(r.RequestURI, r.URL.RequestURI())
	if r.TLS != nil {
		in.base = "https" + in.base[len("http"):]
		in.noCert = len(r.TLS.VerifiedChains) == 0
		in.otherCert = !in.noCert && g.Client != nil && !g.Client(r.TLS)
	}
	a, err := g.serve(r.Context(), in)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	h.Set("Date", a.date.UTC().Format(http.TimeFormat))
	h.Set("Content-Type", a.kind)
	for name, value := range a.header {
		h.Set(name, value)
	}
	if a.status != http.StatusNoContent {
		h.Set("Content-Length", fmt.Sprint(len(a.body)))
	}
	w.WriteHeader(a.status)
	half := len(a.body) / 2
	_, err = w.Write(a.body[:half])
	if a.slow > 0 || a.cut {
		err = errors.Join(err, http.NewResponseController(w).Flush(), sleepContext(r.Context(), a.slow))
	}
	if err != nil || a.cut {
		panic(http.ErrAbortHandler)
	}
	w.Write(a.body[half:]) // whoever has gone by now asks again
}

// RoundTrip is the same gateway without sockets. Lost requests and answers are errors.
func (g *Gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	in := wire{method: r.Method, host: r.URL.Host, path: r.URL.Path, target: r.URL.RequestURI(), header: r.Header,
		base: r.URL.Scheme + "://" + r.URL.Host}
	if r.Body != nil {
		body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit))
		r.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("read the request: %w", err)
		}
		in.body = body
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a, err := g.serve(ctx, in)
	if err != nil {
		return nil, err
	}
	res := &http.Response{Status: fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, ContentLength: int64(len(a.body)), Request: r}
	res.Header.Set("Date", a.date.UTC().Format(http.TimeFormat))
	res.Header.Set("Content-Type", a.kind)
	for name, value := range a.header {
		res.Header.Set(name, value)
	}
	res.Body = &slowBody{ctx: ctx, first: bytes.NewReader(a.body[:len(a.body)/2]), pause: a.slow, cut: a.cut,
		rest: bytes.NewReader(a.body[len(a.body)/2:])}
	return res, nil
}

// slowBody gives its first half, pauses, and gives the rest or breaks off.
type slowBody struct {
	ctx         context.Context
	first, rest *bytes.Reader
	pause       time.Duration
	cut         bool
}

// Read blocks at the half, in the middle of an answer, as a bad line does: a client must bound the body and not only the head.
func (b *slowBody) Read(p []byte) (int, error) {
	if b.first.Len() > 0 {
		return b.first.Read(p)
	}
	pause := b.pause
	b.pause = 0
	if err := sleepContext(b.ctx, pause); err != nil {
		return 0, err
	}
	if b.cut {
		return 0, io.ErrUnexpectedEOF
	}
	return b.rest.Read(p)
}

func (b *slowBody) Close() error { return nil }

// serve takes one request through its troubles; an error means the caller gets nothing.
func (g *Gateway) serve(ctx context.Context, in wire) (answer, error) {
	call := g.describeCall(in)
	t := &Trouble{}
	if g.Script != nil {
		if told := g.Script(call); told != nil {
			t = told
		}
	}
	switch t.Lose {
	case "request":
		g.logCall(call, "refused")
		return answer{}, errRefused
	case "hang":
		g.logCall(call, "hung")
		<-ctx.Done()
		return answer{}, ctx.Err()
	}
	if err := sleepContext(ctx, t.Delay); err != nil {
		g.mu.Lock()
		g.memo.onTheWay = append(g.memo.onTheWay, lateRequest{call.At.Add(t.Delay), in, call, t})
		g.mu.Unlock()
		return answer{}, err
	}
	now := g.lockNow()
	a, err := g.carryOut(in, call, t, now)
	g.mu.Unlock()
	if err != nil {
		return answer{}, err
	}
	if err := sleepContext(ctx, t.Late); err != nil {
		return answer{}, err
	}
	return a, nil
}

// carryOutArrived carries out the requests whose callers have gone, at the times they arrive.
func (g *Gateway) carryOutArrived(now time.Time) {
	way := g.memo.onTheWay
	slices.SortStableFunc(way, func(a, b lateRequest) int { return a.at.Compare(b.at) })
	for len(way) > 0 && !way[0].at.After(now) {
		a := way[0]
		way = way[1:]
		for _, o := range g.kept.Orders {
			g.ageOrder(o, a.at)
		}
		g.carryOut(a.wire, a.call, a.t, a.at) // nobody waits for its answer
	}
	g.memo.onTheWay = way
}

// describeCall describes and counts a call before anything is done about it.
func (g *Gateway) describeCall(in wire) Call {
	api, name, params := "v2", endpointOf(in.path), map[string]string(nil)
	if in.v3() {
		read := readV3(in)
		api, name, params = "v3", read.endpoint, read.params
	} else {
		params, _ = parseXML(in.body)
	}
	now := g.lockNow()
	defer g.mu.Unlock()
	c := Call{At: now, Host: in.host, API: api, Endpoint: name, No: params["out_trade_no"], RefundNo: params["out_refund_no"]}
	c.Fen, _ = parseFen(params["total_fee"])
	if params["refund_fee"] != "" {
		c.Fen, _ = parseFen(params["refund_fee"])
	}
	if o := g.memo.byTxn[params["transaction_id"]]; o != nil && c.No == "" {
		c.No = o.No
	}
	if !numberShape.MatchString(c.No) {
		c.No = "" // the log repeats nothing that is not a number
	}
	if !refundShape.MatchString(c.RefundNo) {
		c.RefundNo = ""
	}
	key := c.Endpoint + " " + c.No
	g.memo.times[key]++
	c.Nth = g.memo.times[key]
	return c
}

func (g *Gateway) logCall(c Call, outcome string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.appendCall(c, outcome)
}

// appendCall keeps the last one or two thousand calls: a street runs for days.
func (g *Gateway) appendCall(c Call, outcome string) {
	c.Outcome = outcome
	if len(g.memo.calls) >= 2000 {
		g.memo.calls = slices.Clone(g.memo.calls[1000:])
	}
	g.memo.calls = append(g.memo.calls, c)
}

// sleepContext sleeps without a lock, and not beyond the caller's patience.
func sleepContext(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
