package pay

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"kiosk/sale"
)

// The gateway forges a few of its own messages, to see whether we look. Such a one is refused and forgotten: it is an
// answer not known, it fetches no certificate, blames no host and no clock, and the next genuine one counts.
func TestASignatureProbeIsRefusedQuietly(t *testing.T) {
	for call, do := range each3 {
		for what, serial := range map[string]string{"the key we hold": aPublicID, "a certificate nobody knows": "7132D72A03E93CDDF8C03BBD1F37EEDF"} {
			g, b := meet3(t)
			g.StandbyURL = "http://standby"
			b.forge = func(h http.Header, body []byte) []byte {
				h.Set("Wechatpay-Serial", serial)
				h.Set("Wechatpay-Signature", probeMark+h.Get("Wechatpay-Signature"))
				return body
			}
			for range 3 {
				if said, err := do(t.Context(), g); !errors.Is(err, errProbe) || said != (sale.Answer{}) {
					t.Errorf("%s by %s: %+v, %v", call, what, said, err)
				} else {
					quiet3(t, call, err)
				}
			}
			if n := len(b.calls); n != 3 || b.count3("certificates") != 0 || g.hosts.bad != 0 {
				t.Errorf("%s by %s: %v were asked, the host is blamed %d times", call, what, b.calls, g.hosts.bad)
			}
			b.forge = nil
			if said, err := do(t.Context(), g); err != nil || said.Outcome == "" {
				t.Errorf("%s by %s: after the probe %+v, %v", call, what, said, err)
			}
		}
	}
	n := noticesOf(anOrder(sale.Native))
	h, body := aPaidLetter().post()
	probe := h.Clone()
	probe.Set("Wechatpay-Signature", probeMark+h.Get("Wechatpay-Signature"))
	if _, err := n.V3(t.Context(), probe, body); err == nil || strings.Contains(err.Error(), "SIGNTEST") {
		t.Errorf("%v", err)
	}
	if _, err := n.V3(t.Context(), h, body); err != nil {
		t.Errorf("the genuine notice behind the probe is lost: %v", err)
	}
	if c := n.Counts(); c["probe"] != 1 || c["signature"] != 0 || c["good"] != 1 {
		t.Errorf("counted %v", c)
	}
}

// Two readers of one notice must not see different headers.
func TestANoticesHeadersComeOnce(t *testing.T) {
	for _, name := range []string{"Timestamp", "Nonce", "Serial", "Signature"} {
		n := noticesOf(anOrder(sale.Native))
		h, body := aPaidLetter().post()
		h.Add("Wechatpay-"+name, h.Get("Wechatpay-"+name))
		_, err := n.V3(t.Context(), h, body)
		failed(t, n, err, "headers", "two of "+name)
	}
}
