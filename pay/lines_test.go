package pay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

// client is either kind, and how it is put on a line.
type client struct {
	g     sale.Gateway
	on    func(url, standby string, way http.RoundTripper)
	booth http.Handler
	calls func() int
	order func(sale.Means) sale.Order
}

func clients(t *testing.T) map[string]func() client {
	return map[string]func() client{
		"v2": func() client {
			g, b := meet(t)
			return client{g, func(url, standby string, way http.RoundTripper) {
				g.URL, g.StandbyURL, g.Plain = url, standby, &http.Client{Transport: way}
				g.Secapi = g.Plain
			}, b, func() int { return len(b.calls) }, anOrder}
		},
		"v3": func() client {
			g, b := meet3(t)
			return client{g, func(url, standby string, way http.RoundTripper) {
				g.URL, g.StandbyURL, g.Plain = url, standby, &http.Client{Transport: way}
			}, b, func() int { return len(b.calls) }, anOrder3}
		},
	}
}

func (c client) deed(ctx context.Context, what string) (sale.Answer, error) {
	return deed(ctx, stall{g: c.g, order: c.order}, what)
}

func TestEitherInterfaceLeavesAHostThatSurelyGotNothing(t *testing.T) {
	for api, open := range clients(t) {
		for what, fail := range troubles {
			for call := range call2 {
				c := open()
				srv := httptest.NewServer(c.booth)
				way := Transport(Wire{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
					if strings.HasPrefix(addr, "primary") {
						return nil, fail()
					}
					return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
				}})
				c.on("http://primary", "http://standby", way)
				if said, err := c.deed(t.Context(), call); err != nil || said.Outcome == "" {
					t.Errorf("%s, %s, %s: the sale is lost although the standby works: %v", api, call, what, err)
				}
				if call == "charge" && c.calls() != 1 {
					t.Errorf("%s: the charge reached the standby %d times", api, c.calls())
				}
				way.CloseIdleConnections()
				srv.Close()
			}
		}
	}
}

func TestEitherInterfaceAsksNobodyElseAfterARequestMayHaveArrived(t *testing.T) {
	for api, open := range clients(t) {
		for what, send := range map[string]func(http.ResponseWriter, *http.Request, []byte){
			"no answer": hangUp(false), "half an answer": hangUp(true), "a redirect": status(302),
		} {
			for call := range call2 {
				c, sent := open(), 0
				one := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					sent++
					send(w, r, body)
				}))
				two := httptest.NewServer(c.booth)
				c.on(one.URL, two.URL, Transport(Wire{}))
				said, err := c.deed(t.Context(), call)
				one.Close()
				two.Close()
				if err == nil || said != (sale.Answer{}) {
					t.Errorf("%s, %s, %s: %+v", api, call, what, said)
				}
				if sent != 1 || c.calls() != 0 {
					t.Errorf("%s, %s, %s: sent %d times to the primary and %d times to the standby: a customer could pay twice", api, call, what, sent, c.calls())
				}
			}
		}
	}
}

func TestEitherInterfaceLeavesAHostWhoseCertificateIsAStrangers(t *testing.T) {
	for api, open := range clients(t) {
		c := open()
		stranger, good := httptest.NewUnstartedServer(c.booth), httptest.NewUnstartedServer(c.booth)
		stranger.Config.ErrorLog = log.New(io.Discard, "", 0)
		stranger.StartTLS()
		good.TLS = &tls.Config{Certificates: []tls.Certificate{*named(t)}}
		good.StartTLS()
		trust := x509.NewCertPool()
		leaf, _ := x509.ParseCertificate(good.TLS.Certificates[0].Certificate[0])
		trust.AddCert(leaf)
		c.on(stranger.URL, good.URL, Transport(Wire{CAs: trust}))
		if said, err := c.deed(t.Context(), "charge"); err != nil || said.Outcome != sale.OutcomePaid || c.calls() != 1 {
			t.Errorf("%s: %+v, %v after %d calls", api, said, err, c.calls())
		}
		stranger.Close()
		good.Close()
	}
}

// lane is a transport that fails to connect while it is down.
type lane struct {
	down *atomic.Bool
	n    *atomic.Int32
	to   http.RoundTripper
}

func (l lane) RoundTrip(r *http.Request) (*http.Response, error) {
	l.n.Add(1)
	if l.down.Load() {
		return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
	}
	return l.to.RoundTrip(r)
}

func TestEitherInterfaceStaysOnTheStandbyAndProbesBack(t *testing.T) {
	for api, open := range clients(t) {
		synctest.Test(t, func(t *testing.T) {
			c := open()
			var down, never atomic.Bool
			var first, second atomic.Int32
			c.on("http://primary", "http://standby", byHost{
				"primary": lane{&down, &first, c.booth.(http.RoundTripper)}, "standby": lane{&never, &second, c.booth.(http.RoundTripper)}})
			ask := func(what string, call string, one, two int32) {
				t.Helper()
				first.Store(0)
				second.Store(0)
				if _, err := c.deed(t.Context(), call); err != nil {
					t.Errorf("%s, %s: %v", api, what, err)
				}
				if first.Load() != one || second.Load() != two {
					t.Errorf("%s, %s: the primary was asked %d times and the standby %d times", api, what, first.Load(), second.Load())
				}
			}
			ask("all is well", "query", 1, 0)
			down.Store(true)
			for range failuresInARow {
				ask("the primary went away", "query", 1, 1)
			}
			ask("it has been away", "query", 0, 1)
			ask("it has been away", "charge", 0, 1)
			time.Sleep(primaryRest)
			ask("a charge is not sent to try it", "charge", 0, 1)
			ask("a query tries it again", "query", 1, 1)
			ask("and only one in a minute", "query", 0, 1)
			down.Store(false)
			time.Sleep(primaryRest)
			ask("it is back", "query", 1, 0)
			ask("and is first again", "charge", 1, 0)
		})
	}
}

func TestAHundredCallsShareTheirConnections(t *testing.T) {
	for api, open := range clients(t) {
		c := open()
		var made atomic.Int32
		srv := httptest.NewUnstartedServer(c.booth)
		srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				made.Add(1)
			}
		}
		srv.Start()
		way := Transport(Wire{})
		c.on(srv.URL, "", way)
		calls := []string{"ask", "query", "charge", "close", "refund"}
		for n := range 100 {
			if _, err := c.deed(t.Context(), calls[n%len(calls)]); err != nil {
				t.Fatal(err)
			}
		}
		way.CloseIdleConnections()
		srv.Close()
		if n := made.Load(); n < 1 || n > 2 {
			t.Errorf("%s: a hundred calls made %d connections", api, n)
		}
	}
}

func TestEitherInterfaceLosesOneMomentToABrokenIPv6(t *testing.T) {
	for api, open := range clients(t) {
		synctest.Test(t, func(t *testing.T) {
			c := open()
			var sixes int
			f := &dualStackDialer{dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
				if network == "tcp6" {
					sixes++
					<-ctx.Done()
					return nil, ctx.Err()
				}
				near, far := net.Pipe()
				srv := &http.Server{Handler: c.booth}
				go srv.Serve(&once{conn: far})
				return near, nil
			}}
			way := Transport(Wire{Dial: f.dialContext})
			way.DisableKeepAlives = true // every call dials
			c.on("http://gateway", "", way)
			start := time.Now()
			for range 20 {
				if _, err := c.deed(t.Context(), "charge"); err != nil {
					t.Fatalf("%s: %v", api, err)
				}
			}
			if took := time.Since(start); took != ipv6HeadStart || sixes != 1 {
				t.Errorf("%s: twenty sales waited %v for IPv6, which was tried %d times", api, took, sixes)
			}
		})
	}
}

func TestEveryVerifiedAnswerTellsTheGatewaysTime(t *testing.T) {
	for call := range call2 {
		for api, open := range map[string]func(*testing.T) stall{"v2": stall2, "v3": stall3} {
			for _, refused := range []bool{false, true} {
				s := open(t)
				if refused && call != "charge" { // of a refused charge API v3 tells nothing
					s.refuse(call, "SYSTEMERROR", 500, "SYSTEM_ERROR")
				}
				said, err := deed(t.Context(), s, call)
				if err != nil || said.Date.IsZero() {
					t.Errorf("%s, %s, refused %v: nobody can tell whether our clock is right: %+v, %v", api, call, refused, said, err)
				}
			}
		}
	}
}

// A clock that is more than five minutes wrong must not go on unnoticed: API v2 tells the gateway's time with every
// answer, API v3 believes nothing any more, and says where to look.
func TestAClockThatIsFarWrongIsNoticedUnderEitherInterface(t *testing.T) {
	for call := range call2 {
		s := stall2(t)
		if said, err := deed(t.Context(), s, call); err != nil || time.Since(said.Date).Abs() < 5*time.Minute {
			t.Errorf("v2, %s: the gateway's time of another year is not told: %v, %v", call, said.Date, err)
		}
		for _, off := range []time.Duration{-(skewMost + 1) * time.Second, (skewMost + 1) * time.Second} {
			g, b := meet3(t)
			now := time.Now().Truncate(time.Second)
			g.Now, b.now = func() time.Time { return now.Add(off) }, func() time.Time { return now }
			said, err := deed(t.Context(), stall{g: g, order: anOrder3}, call)
			if !errors.Is(err, errSkew) || !strings.Contains(err.Error(), "check the clock") || said != (sale.Answer{}) {
				t.Errorf("v3, %s, %v off: %+v, %v", call, off, said, err)
			}
		}
	}
	n := noticesOf(anOrder(sale.Native))
	n.Now = func() time.Time { return aMoment.Add(-(skewMost + 1) * time.Second) }
	h, body := aPaidLetter().post()
	if _, err := n.V3(t.Context(), h, body); err == nil || n.Counts()["timestamp"] != 1 {
		t.Errorf("a notice is taken by a clock that is more than five minutes wrong: %v", err)
	}
}
