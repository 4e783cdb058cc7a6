package pay

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

// slowList is a wire on which the list of certificates takes its time.
type slowList struct {
	http.RoundTripper
	takes time.Duration
}

func (s slowList) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, certsPath) {
		select {
		case <-time.After(s.takes):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return s.RoundTripper.RoundTrip(r)
}

// atTheDoor is a notice of nobody we know, for which the door has 900 ms.
func atTheDoor(t *testing.T, g *V3, serial string) error {
	t.Helper()
	ctx, off := context.WithTimeout(t.Context(), 900*time.Millisecond)
	defer off()
	start := time.Now()
	err := g.Verify(ctx, serial, "AAAA", []byte("x"))
	if err == nil || time.Since(start) > 900*time.Millisecond {
		t.Errorf("a stranger's notice: %v after %v", err, time.Since(start))
	}
	return err
}

func TestANoticeThatCannotWaitLeavesTheLookToTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, b := meetCerts(t)
		g.Plain = &http.Client{Transport: slowList{b, 1200 * time.Millisecond}}
		if _, err := g.Query(t.Context(), anOrder3(sale.Native)); err != nil {
			t.Fatal(err)
		}
		b.certs, b.who, b.serial = []string{"old", "new"}, "new", serial3("new")
		if err := atTheDoor(t, g, serial3("new")); !errors.Is(err, errNoKey) && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the door was left with %v", err)
		}
		time.Sleep(time.Second)
		if _, held := g.findKey(serial3("new")); !held || b.count3("certificates") != 2 {
			t.Errorf("the look ended with the notice that began it: asked for %d times", b.count3("certificates"))
		}
		if _, err := g.Query(t.Context(), anOrder3(sale.Native)); err != nil || b.count3("certificates") != 2 {
			t.Errorf("the new certificate is not believed: %v by %v", err, b.calls)
		}
	})
}

func TestStrangersNoticesDoNotKeepTheNewCertificateAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, b := meetCerts(t)
		wire := &slowList{b, time.Second}
		g.Plain = &http.Client{Transport: wire}
		if _, err := g.Query(t.Context(), anOrder3(sale.Native)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * fetchPause)
		wire.takes = time.Hour
		atTheDoor(t, g, "ABCDEF")
		time.Sleep(fetchTimeout) // the look has failed, whoever waited for it
		synctest.Wait()
		wire.takes = time.Second
		b.certs, b.who, b.serial = []string{"old", "new"}, "new", serial3("new")
		if _, err := g.Query(t.Context(), anOrder3(sale.Native)); err != nil {
			t.Errorf("a stranger's notice keeps the kiosk from learning the new certificate: %v", err)
		}
	})
}

func TestStrangersNoticesLookOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, b := meetCerts(t)
		g.Query(t.Context(), anOrder3(sale.Native))
		b.who, b.serial = "stranger", "FFFF"
		for range 90 { // answers and notices, each under a serial that nobody has
			time.Sleep(2 * time.Second)
			atTheDoor(t, g, "ABCDEF")
			if said, err := g.Query(t.Context(), anOrder3(sale.Native)); err == nil {
				t.Fatalf("a stranger's answer says %+v", said)
			}
		}
		if n := b.count3("certificates"); n < 6 || n > 8 {
			t.Errorf("in three minutes the list was fetched %d times", n)
		}
	})
}

func TestALookEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, b := meetCerts(t)
		g.Plain = &http.Client{Transport: slowList{b, time.Hour}}
		errs := make(chan error, 1) // another joins, and hears how it went: nothing is sent without a key
		go func() {
			time.Sleep(time.Second / 2)
			_, err := g.Query(t.Context(), anOrder3(sale.Native))
			errs <- err
		}()
		ctx, off := context.WithTimeout(t.Context(), time.Second)
		defer off()
		if _, err := g.Query(ctx, anOrder3(sale.Native)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the call did not end with its deadline: %v", err)
		}
		time.Sleep(fetchTimeout - time.Second)
		synctest.Wait()
		if err := <-errs; err == nil || b.count3("query") != 0 || g.certificates.fetching != nil {
			t.Errorf("the look goes on, or something was sent without a key: %v by %v", err, b.calls)
		}
	})
}
