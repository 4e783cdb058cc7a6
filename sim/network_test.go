package sim

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// echo is an uplink to a peer that answers every byte with the same.
func echo() *Network {
	return &Network{Through: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() { io.Copy(there, there); there.Close() }()
		return here, nil
	}}
}

func TestTheUplinkIsOnSlowAndOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := echo()
		start := time.Now()
		c, err := n.Dial(t.Context(), "tcp", "gateway:443")
		if err != nil {
			t.Fatal(err)
		}
		ask := func() error {
			if _, err := c.Write([]byte("x")); err != nil {
				return err
			}
			_, err := c.Read(make([]byte, 8))
			return err
		}
		if err := ask(); err != nil || time.Since(start) != 0 {
			t.Errorf("on: %v after %v", err, time.Since(start))
		}
		n.SetTrouble(NetworkSlow)
		start = time.Now()
		if err := ask(); err != nil || time.Since(start) != 1600*time.Millisecond {
			t.Errorf("slow: %v after %v, not 800 ms each way", err, time.Since(start))
		}
		n.SetTrouble(NetworkOff)
		if err := ask(); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("an open connection lives on without a network: %v", err)
		}
		if _, err := n.Dial(t.Context(), "tcp", "gateway:443"); !errors.Is(err, syscall.ENETUNREACH) {
			t.Errorf("dialled without a network: %v", err)
		}
		n.SetTrouble(NetworkOn)
		c, err = n.Dial(t.Context(), "tcp", "gateway:443")
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
	})
}

func TestASlowReadEndsWhenTheNetworkGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := echo()
		n.Latency = time.Hour
		c, _ := n.Dial(t.Context(), "tcp", "gateway:443")
		n.SetTrouble(NetworkSlow)
		time.AfterFunc(time.Minute, func() { n.SetTrouble(NetworkOff) })
		start := time.Now()
		if _, err := c.Write([]byte("x")); err == nil || time.Since(start) != time.Minute {
			t.Errorf("a request on its way when the network went: %v after %v", err, time.Since(start))
		}
	})
}

type always string

func (a always) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(string(a)))}, nil
}

func TestARoundTripperGoesOverTheUplinkToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &Network{}
		rt := n.Over(always("yes"))
		r, _ := http.NewRequestWithContext(t.Context(), "GET", "http://gateway/", nil)
		n.SetTrouble(NetworkSlow)
		start := time.Now()
		if _, err := rt.RoundTrip(r); err != nil || time.Since(start) != 1600*time.Millisecond {
			t.Errorf("slow: %v after %v", err, time.Since(start))
		}
		time.AfterFunc(time.Second, func() { n.SetTrouble(NetworkOff) })
		if _, err := rt.RoundTrip(r); err == nil {
			t.Error("an answer came back over a network that went while it was on its way")
		}
	})
}

func TestTheClockMayBeOutOf1970(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Clock{}
		if !c.Synced() || !c.Wall().Equal(time.Now()) {
			t.Error("a well clock is wrong")
		}
		time.Sleep(time.Hour)
		c.SetTrouble(Clock1970)
		if got := c.Wall().UTC(); c.Synced() || got != time.Date(1970, 1, 1, 1, 0, 0, 0, time.UTC) {
			t.Errorf("an hour after power-on an unset clock says %v", got)
		}
		c.SetTrouble(ClockOK)
		if !c.Synced() || !c.Wall().Equal(time.Now()) {
			t.Error("the clock was not set right again")
		}
	})
}

func TestTheDiskFillsUp(t *testing.T) {
	d := &Disk{}
	for how, want := range map[string]error{DiskFull: syscall.ENOSPC, DiskReadonly: syscall.EROFS, DiskOK: nil} {
		if err := d.SetTrouble(how); err != nil || !errors.Is(d.Err(), want) {
			t.Errorf("%s: %v, %v", how, err, d.Err())
		}
	}
	if d.SetTrouble("wet") == nil {
		t.Error("a disk became wet")
	}
}
