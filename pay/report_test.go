package pay

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

// desk takes reports apart from the calls of a booth.
type desk struct {
	of    *booth
	take  func(ctx context.Context) error // how it fares; nil is well
	mu    sync.Mutex
	taken []map[string]string
}

func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/payitil/report") {
		return d.of.RoundTrip(r)
	}
	if d.take != nil {
		if err := d.take(r.Context()); err != nil {
			return nil, err
		}
	}
	other := &booth{key: d.of.key, kind: d.of.kind, says: func(string, map[string]string) map[string]string { return nil }}
	w, err := other.RoundTrip(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of.bad = append(d.of.bad, other.bad...)
	d.taken = append(d.taken, other.last())
	return w, err
}

func (d *desk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.taken)
}

// reportingIn runs reports in a bubble until the test is through.
func reportingIn(t *testing.T, take func(context.Context) error) (*V2, *booth, *desk) {
	g, b := meet(t)
	d := &desk{of: b, take: take}
	g.Plain = &http.Client{Transport: d}
	g.Secapi, g.Report = g.Plain, &Reports{}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- g.Report.Run(ctx, g) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return g, b, d
}

func TestNothingIsReportedUnlessSomebodyAsksForIt(t *testing.T) {
	g, b := meet(t)
	d := &desk{of: b}
	g.Plain = &http.Client{Transport: d}
	g.Secapi = g.Plain
	for _, do := range each {
		if _, err := do(t.Context(), g); err != nil {
			t.Error(err)
		}
	}
	if len(d.taken) != 0 {
		t.Errorf("the gateway was told %v", d.taken)
	}
}

func TestACallIsReportedByWhatItCameTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, b, d := reportingIn(t, nil)
		b.says = func(call string, in map[string]string) map[string]string {
			time.Sleep(1500 * time.Millisecond)
			if call == "closeorder" {
				return map[string]string{"result_code": "FAIL", "err_code": "ORDERPAID"}
			}
			return usual(call, in)
		}
		g.Charge(t.Context(), anOrder(sale.Code), aCode)
		g.Cancel(t.Context(), anOrder(sale.Native))
		b.send = status(502)
		g.Query(t.Context(), anOrder(sale.Native))
		synctest.Wait()
		if len(d.taken) != 3 {
			t.Fatalf("%d of 3 calls were reported", len(d.taken))
		}
		for i, want := range []map[string]string{
			{"interface_url": "https://api.mch.weixin.qq.com/pay/micropay", "return_code": "SUCCESS", "result_code": "SUCCESS", "execute_time": "1500", "err_code": ""},
			{"interface_url": "https://api.mch.weixin.qq.com/pay/closeorder", "return_code": "SUCCESS", "result_code": "FAIL", "err_code": "ORDERPAID"},
			{"interface_url": "https://api.mch.weixin.qq.com/pay/orderquery", "return_code": "FAIL", "result_code": "FAIL", "err_code": ""},
		} {
			want["out_trade_no"], want["user_ip"], want["mch_id"] = theOrder, "10.1.2.3", "10000100"
			for name, value := range want {
				if d.taken[i][name] != value {
					t.Errorf("report %d: %s is %q, not %q", i, name, d.taken[i][name], value)
				}
			}
			for name, value := range d.taken[i] {
				if value == aCode || name == "auth_code" || name == "openid" {
					t.Errorf("report %d tells %s", i, name)
				}
			}
		}
	})
}

func TestAReportNeverDelaysASale(t *testing.T) {
	for what, take := range map[string]func(context.Context) error{
		"never answered": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"refused":        func(context.Context) error { return errClosedDesk },
		"slow":           func(context.Context) error { time.Sleep(3 * time.Second); return nil },
	} {
		synctest.Test(t, func(t *testing.T) {
			g, _, d := reportingIn(t, take)
			start := time.Now()
			const calls = 100
			for range calls {
				if said, err := g.Charge(t.Context(), anOrder(sale.Code), aCode); err != nil || said.Outcome != sale.OutcomePaid {
					t.Fatalf("%s: a sale is lost for its report: %v", what, err)
				}
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("%s: %d sales waited %v for their reports", what, calls, took)
			}
			if room := len(g.Report.notes()); room > reportRoom || g.Report.Dropped() < calls-2*reportRoom {
				t.Errorf("%s: %d reports wait, %d are dropped", what, room, g.Report.Dropped())
			}
			time.Sleep(time.Hour)
			if n := int64(d.count()) + g.Report.Dropped(); n != calls {
				t.Errorf("%s: %d taken and dropped of %d", what, n, calls)
			}
			g.Charge(t.Context(), anOrder(sale.Code), aCode)
			if synctest.Wait(); what == "refused" && g.Report.Dropped() != calls+1 {
				t.Errorf("%s: nobody tries again after an hour", what)
			}
		})
	}
}

var errClosedDesk = errors.New("closed")
