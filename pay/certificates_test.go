package pay

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

func TestCertificatesAreFetchedBeforeAnythingIsAsked(t *testing.T) {
	for call, do := range each3 {
		g, b := meetCerts(t)
		if said, err := do(t.Context(), g); err != nil || said.Outcome == "" || b.calls[0] != "certificates" || b.count3("certificates") != 1 {
			t.Errorf("%s: %+v, %v by %v", call, said, err, b.calls)
		}
		if _, err := do(t.Context(), g); err != nil || b.count3("certificates") != 1 {
			t.Errorf("%s again: %v by %v", call, err, b.calls)
		}
	}
}

func TestWithoutAKeyNothingIsSent(t *testing.T) {
	for what, c := range map[string]func(g *V3, b *booth3){
		"no such list":      func(g *V3, b *booth3) { b.says = no3("certificates", 404, "RESOURCE_NOT_EXISTS") },
		"a broken gateway":  func(g *V3, b *booth3) { b.says = no3("certificates", 500, "SYSTEM_ERROR") },
		"an empty list":     func(g *V3, b *booth3) { b.certs = nil },
		"another APIv3 key": func(g *V3, b *booth3) { g.APIv3Key = "b" + aKey3[1:] },
		"the merchant's own": func(g *V3, b *booth3) {
			b.certs, b.who, b.serial = []string{"merchant"}, "merchant", serial3("merchant")
		},
		"signed by a third":    func(g *V3, b *booth3) { b.who = "stranger" },
		"signed by a stranger": func(g *V3, b *booth3) { b.who, b.serial = "stranger", serial3("stranger") },
		"another serial told":  func(g *V3, b *booth3) { b.text = edit3(serial3("old"), serial3("new")) },
		"no signature": func(g *V3, b *booth3) {
			b.forge = func(h http.Header, body []byte) []byte { h.Del("Wechatpay-Signature"); return body }
		},
		"an altered list": func(g *V3, b *booth3) { b.forge = func(_ http.Header, body []byte) []byte { return append(body, ' ') } },
		"no base64":       func(g *V3, b *booth3) { b.text = edit3(`"ciphertext":"`, `"ciphertext":"%`) },
		"half a list":     func(g *V3, b *booth3) { b.text = func(body []byte) []byte { return body[:len(body)/2] } },
		"it has run out":  func(g *V3, b *booth3) { g.Now = func() time.Time { return time.Now().AddDate(2, 0, 0) }; b.now = g.Now },
	} {
		g, b := meetCerts(t)
		c(g, b)
		o := anOrder3(sale.Code)
		o.Merchant.Key = Fingerprint(g.APIv3Key)
		said, err := g.Charge(t.Context(), o, aCode)
		if err == nil || b.count3("codepay") != 0 {
			t.Errorf("%s: %+v by %v: money moves and the answer cannot be read", what, said, b.calls)
		}
		if err != nil {
			quiet(t, what, err)
		}
	}
}

func TestBothCertificatesServeWhileTheyAreChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, b := meetCerts(t)
		ask := func(who string) error {
			b.who, b.serial = who, serial3(who)
			_, err := g.Query(t.Context(), anOrder3(sale.Native))
			return err
		}
		if err := ask("old"); err != nil {
			t.Fatal(err)
		}
		b.certs = []string{"old", "new"} // the new one appears; nobody signs with it yet
		if err := ask("old"); err != nil || b.count3("certificates") != 1 {
			t.Errorf("%v by %v", err, b.calls)
		}
		time.Sleep(2 * time.Minute)
		if err := ask("new"); err != nil || b.count3("certificates") != 2 {
			t.Errorf("the answer under the new certificate is lost: %v by %v", err, b.calls)
		}
		for _, who := range []string{"old", "new", "old"} {
			if err := ask(who); err != nil || b.count3("certificates") != 2 {
				t.Errorf("%s: %v by %v", who, err, b.calls)
			}
		}
		b.certs = []string{"new"}
		time.Sleep(11*time.Hour + time.Minute)
		if err := ask("new"); err != nil || b.count3("certificates") != 3 {
			t.Errorf("after eleven hours: %v by %v", err, b.calls)
		}
		if err := ask("old"); err == nil {
			t.Error("a certificate that was taken away still counts")
		}
	})
}

func TestAnOldListIsNotRenewedWhileACustomerWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, b := meetCerts(t)
		each3["query"](t.Context(), g)
		time.Sleep(12 * time.Hour)
		for _, call := range []string{"codepay", "native"} {
			if _, err := each3[call](t.Context(), g); err != nil || b.count3("certificates") != 1 {
				t.Errorf("%s: %v by %v", call, err, b.calls)
			}
		}
		b.says = no3("certificates", 500, "SYSTEM_ERROR")
		if _, err := each3["query"](t.Context(), g); err != nil || b.count3("certificates") != 2 {
			t.Errorf("what is held serves on: %v by %v", err, b.calls)
		}
	})
}

func TestAnUnknownSerialIsLookedForOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, b := meetCerts(t)
		each3["query"](t.Context(), g)
		b.who, b.serial = "stranger", "FFFF"
		for range 90 {
			time.Sleep(2 * time.Second)
			if said, err := g.Query(t.Context(), anOrder3(sale.Native)); err == nil {
				t.Fatalf("a stranger's answer says %+v", said)
			}
		}
		if n := b.count3("certificates"); n < 3 || n > 4 {
			t.Errorf("in three minutes the list was fetched %d times", n)
		}
	})
}

func TestManyCallsShareOneLook(t *testing.T) {
	g, b := meetCerts(t)
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if _, err := g.Query(t.Context(), anOrder3(sale.Native)); err != nil {
				t.Errorf("a call that had to wait for the certificates is lost: %v", err)
			}
		})
	}
	wait.Wait()
	if n := b.count3("certificates"); n != 1 {
		t.Errorf("the list was fetched %d times", n)
	}
}

func TestAPublicKeyNeedsNoCertificates(t *testing.T) {
	for call, do := range each3 {
		g, b := meet3(t)
		b.says = no3("certificates", 404, "RESOURCE_NOT_EXISTS")
		if said, err := do(t.Context(), g); err != nil || said.Outcome == "" || b.count3("certificates") != 0 {
			t.Errorf("%s: %+v, %v by %v", call, said, err, b.calls)
		}
		b.who, b.serial = "stranger", serial3("stranger")
		if said, err := do(t.Context(), g); err == nil || strings.Contains(err.Error(), "fetch") {
			t.Errorf("%s: a stranger says %+v, %v", call, said, err)
		}
	}
}

func TestBothKindsOfKeyServeWhileAMerchantChanges(t *testing.T) {
	g, b := meet3(t)
	for range 3 {
		for _, who := range []string{"public", "old"} {
			b.who, b.serial = who, map[string]string{"public": aPublicID, "old": strings.ToLower(serial3("old"))}[who]
			for call, do := range each3 {
				if said, err := do(t.Context(), g); err != nil || said.Outcome == "" {
					t.Errorf("%s signed by the %s key: %+v, %v", call, who, said, err)
				}
			}
		}
	}
	if n := b.count3("certificates"); n != 1 {
		t.Errorf("the list was fetched %d times", n)
	}
	b.serial, b.who = aPublicID, "old" // the serial chooses, not whichever fits
	if said, err := g.Query(t.Context(), anOrder3(sale.Native)); err == nil {
		t.Errorf("the serial of one key with the signature of another says %+v", said)
	}
}

func TestTheMerchantsOwnKeyVerifiesNothing(t *testing.T) {
	g, b := meet3(t)
	g.PublicKey = &keysOf()["merchant"].PublicKey
	b.who = "merchant"
	if said, err := g.Query(t.Context(), anOrder3(sale.Native)); err == nil {
		t.Errorf("whoever has the merchant's key says %+v", said)
	}
	for _, serial := range []string{ourSerial, strings.ToLower(ourSerial)} {
		g, b := meetCerts(t)
		b.who, b.serial = "merchant", serial
		if said, err := g.Query(t.Context(), anOrder3(sale.Native)); err == nil {
			t.Errorf("whoever has the merchant's key says %+v", said)
		}
	}
}

func TestAMerchantWithCertificatesIsToldThatThereIsAPublicKey(t *testing.T) {
	const want = "believe the answer: the merchant has a WeChat Pay public key: set pay.wechatpay_public_key_id and its file"
	for call, do := range each3 {
		g, b := meetCerts(t)
		if _, err := each3["query"](t.Context(), g); err != nil { // the certificates are held
			t.Fatal(err)
		}
		b.who, b.serial = "public", aPublicID
		said, err := do(t.Context(), g)
		if err == nil || said != (sale.Answer{}) || !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("%s, answered under a public key: %+v, %v", call, said, err)
		}
		b.serial = "FFFF"
		if _, err := do(t.Context(), g); err == nil || strings.Contains(err.Error(), "public key") {
			t.Errorf("%s, answered under an unknown certificate: %v", call, err)
		}
	}
	g, b := meetCerts(t)
	b.who, b.serial = "public", aPublicID
	if _, err := each3["query"](t.Context(), g); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("a list of certificates under a public key: %v", err)
	}
}
