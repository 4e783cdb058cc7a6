package pay

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"kiosk/sale"
)

// An answer, a notice and the list of certificates are believed by the same clocks: five minutes apart, counted in
// whole seconds, and not one more.
func TestAllThreeDoorsAgreeOnFiveMinutes(t *testing.T) {
	for off, good := range map[int]bool{0: true, 299: true, 300: true, 301: false, -299: true, -300: true, -301: false} {
		for _, fraction := range []time.Duration{0, time.Millisecond, 999 * time.Millisecond} {
			stamp := time.Now().Truncate(time.Second)
			now := stamp.Add(time.Duration(off)*time.Second + fraction)
			ours, theirs := func() time.Time { return now }, func() time.Time { return stamp }

			g, b := meet3(t)
			g.Now, b.now = ours, theirs
			_, answer := g.Query(t.Context(), anOrder3(sale.Native))

			l := aPaidLetter()
			l.at = stamp
			h, body := l.post()
			n := noticesOf(anOrder(sale.Native))
			n.Now = ours
			_, notice := n.V3(t.Context(), h, body)

			g, b = meetCerts(t)
			g.Now, b.now = ours, theirs
			_, list := g.fetchCertificates(t.Context())

			for door, err := range map[string]error{"an answer": answer, "a notice": notice, "the certificates": list} {
				if (err == nil) != good {
					t.Errorf("our clock is %d s and %v ahead of %s: %v", off, fraction, door, err)
				}
			}
			if !good && (!errors.Is(answer, errSkew) || !errors.Is(list, errSkew) || n.Counts()["timestamp"] != 1) {
				t.Errorf("%d s: refused for something else than the clock: %v; %v; %v", off, answer, notice, list)
			}
		}
	}
}

func TestAProbeForAListOfCertificatesIsRefused(t *testing.T) {
	g, b := meetCerts(t)
	head3(func(h http.Header) { h.Set("Wechatpay-Signature", probeMark+h.Get("Wechatpay-Signature")) })(b)
	if held, err := g.fetchCertificates(t.Context()); !errors.Is(err, errProbe) {
		t.Errorf("%d certificates, %v", len(held), err)
	}
}
