//go:build sim

package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"kiosk/sim/gateway"
)

// agreement is one of the ways in which a merchant and WeChat Pay may have agreed to speak.
type agreement struct {
	api, keys, merchant string
	pay                 string // what it adds to [pay]
	ownCert             bool   // the merchant's certificate is another than the simulator's
}

// agreements are both APIs, each with its two ways to sign, for a merchant and for one behind a service provider.
func agreements() []agreement {
	id, _ := theOtherSide().PlatformPublicKey()
	v3 := `api = "v3"
cert_file = "merchant.pem"
cert_key_file = "merchant.key"
notify_url = "https://kiosk.example/notify/v3"
`
	publicKey := v3 + fmt.Sprintf("wechatpay_public_key_id = %q\nwechatpay_public_key_file = \"wechatpay.pem\"\n", id)
	sub := "sub_mchid = \"1700000003\"\n"
	subApp := sub + "sub_appid = \"wxabcdef1234567890\"\n"
	v2 := func(kind string) string { return fmt.Sprintf("api = \"v2\"\nsign_type = %q\n", kind) }
	return []agreement{
		{api: "v2", keys: "MD5", merchant: "direct", pay: v2("MD5")},
		{api: "v2", keys: "MD5", merchant: "sub-merchant", pay: v2("MD5") + sub},
		{api: "v2", keys: "HMAC-SHA256", merchant: "direct", pay: v2("HMAC-SHA256")},
		{api: "v2", keys: "HMAC-SHA256", merchant: "sub-merchant", pay: v2("HMAC-SHA256") + subApp},
		{api: "v3", keys: "certificate", merchant: "direct", pay: v3},
		{api: "v3", keys: "certificate", merchant: "sub-merchant", pay: v3 + sub, ownCert: true},
		{api: "v3", keys: "public key", merchant: "direct", pay: publicKey, ownCert: true},
		{api: "v3", keys: "public key", merchant: "sub-merchant", pay: publicKey + subApp},
	}
}

// theOtherSide is a gateway with the test keys that the street's has too.
func theOtherSide() *gateway.Gateway {
	return &gateway.Gateway{AppID: "wx1234567890abcdef", MchID: "1600000001"}
}

// merchantOfItsOwn is a certificate that only its config file knows.
func merchantOfItsOwn(t *testing.T) (certPEM, keyPEM []byte) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	serial, _ := new(big.Int).SetString("0B1D5A7C9E00112233445566778899AABBCCDDEE", 16)
	leaf := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "1600000001"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Now().AddDate(5, 0, 0)}
	cert, err := x509.CreateCertificate(rand.Reader, leaf, leaf, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	own, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: own})
}

// at starts a kiosk that sells under this agreement, at the gateway of its own street.
func (a agreement) at(t *testing.T) *machine {
	t.Helper()
	addr, dir := freeAddr(t), t.TempDir()
	cert, key := theOtherSide().Merchant()
	if a.ownCert {
		cert, key = merchantOfItsOwn(t)
	}
	_, public := theOtherSide().PlatformPublicKey()
	writeFile(t, filepath.Join(dir, "merchant.pem"), string(cert), 0o644)
	writeFile(t, filepath.Join(dir, "merchant.key"), string(key), 0o600)
	writeFile(t, filepath.Join(dir, "wechatpay.pem"), string(public), 0o644)
	file := aConfig(t, dir, addr, "http://"+addr+gatewayPath, otherKey, func(text string) string {
		return strings.Replace(text, "[display]\n", a.pay+"[display]\n", 1)
	})
	m := withConfig(t, addr, dir, file)
	m.waitReady()
	return m
}

func TestTheStreetSellsUnderAllAPIs(t *testing.T) {
	t.Parallel()
	all := agreements()
	rows := make([]string, len(all))
	t.Run("each", func(t *testing.T) {
		for i, a := range all {
			t.Run(strings.Join([]string{a.api, a.keys, a.merchant}, " "), func(t *testing.T) {
				t.Parallel()
				rows[i] = a.sells(t)
			})
		}
	})
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "api\tkeys\tmerchant\tnative\tcode\tjam\tcheck\taudit")
	for i, a := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.api, a.keys, a.merchant, orNothing(rows[i]))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", table.String())
}

func orNothing(row string) string {
	if row == "" {
		return "it did not get that far"
	}
	return row
}

// sells sells by Native and by code, pays a jam back, and answers the row of the table.
func (a agreement) sells(t *testing.T) string {
	m := a.at(t)
	native := m.showQR(1)
	if paid := m.phone("pay"); paid != native {
		t.Fatalf("the phone paid %s, the front serves %s", paid, native)
	}
	byNative := m.untilState(native, "sold")
	m.until("the next customer is welcome", func() bool { return m.screen() != "vending" })
	m.showQR(2)
	m.must("scan", "ask=none")
	byCode := m.until("a code order is sold", func() bool { o := m.order(); return o.Means == "code" && o.State == "sold" })
	code := m.order().No
	m.slotTrouble(1, "jam")
	m.until("the next customer is welcome", func() bool { return m.screen() != "vending" })
	jammed := m.showQR(1)
	m.phone("pay")
	back := m.untilState(jammed, "refunded")

	m.gatewayHas(native, "SUCCESS", "native", 350, 0)
	m.gatewayHas(code, "SUCCESS", "code", 200, 0)
	m.gatewayHas(jammed, "REFUND", "native", 350, 350)
	for slot, want := range map[int]int{1: 1, 2: 1} {
		if _, dropped := m.counts(slot); dropped != want {
			t.Errorf("slot %d dropped %d for %d sold", slot, dropped, want)
		}
	}
	if left1, left2 := m.stocked(1), m.stocked(2); left1 != 9 || left2 != 2 {
		t.Errorf("%d left in slot 1 and %d in slot 2", left1, left2)
	}
	a.wasSpoken(t, m)
	a.wasSigned(t, m)
	m.fair()
	check, audit := m.does("check"), m.does("audit")
	if !slices.ContainsFunc(strings.Split(check.out, "\n"), func(l string) bool { return strings.HasPrefix(l, "ok    gateway ") }) {
		t.Errorf("kiosk check finds no gateway that answers: %+v", check)
	}
	if audit.code != 0 {
		t.Errorf("audit: %+v", audit)
	}
	took := func(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
	return fmt.Sprintf("sold, %s\tsold, %s\trefunded, %s\texit %d\texit %d", took(byNative), took(byCode), took(back), check.code, audit.code)
}

// gatewayHas holds an order against what the gateway says of it.
func (m *machine) gatewayHas(no, state, means string, fen, back int64) {
	m.t.Helper()
	for _, g := range m.street().Gateway.Orders {
		if g.No != no {
			continue
		}
		if g.State != state || g.Fen != fen || g.Refunded != back {
			m.t.Errorf("the gateway has the %s order %s as %s, %d of %d fen back; wanted %s, %d of %d", means, no, g.State, g.Refunded, g.Fen, state, back, fen)
		}
		return
	}
	m.t.Errorf("the gateway knows nothing of the %s order %s", means, no)
}

// wasSpoken reads the gateway's own ledger: the orders came in the agreed API, and nothing came badly signed.
func (a agreement) wasSpoken(t *testing.T, m *machine) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(m.dir, "gateway.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ledger struct {
		Orders []struct{ No, Means, API, Kind string }
		Faults []string
	}
	if err := json.Unmarshal(text, &ledger); err != nil {
		t.Fatal(err)
	}
	means := map[string]int{}
	for _, o := range ledger.Orders {
		means[o.Means]++
		if o.API != a.api || a.api == "v2" && o.Kind != a.keys {
			t.Errorf("%s came by %s %s, not by %s %s", o.No, o.API, o.Kind, a.api, a.keys)
		}
	}
	if means["native"] < 3 || means["code"] != 1 || len(ledger.Faults) > 0 {
		t.Errorf("the gateway saw %v, and these faults: %q", means, ledger.Faults)
	}
}

// wasSigned reads which key the gateway signs with: a kiosk that could fetch certificates would take either.
func (a agreement) wasSigned(t *testing.T, m *machine) {
	t.Helper()
	if a.api != "v3" {
		return
	}
	r, err := browser.Get("http://" + m.addr + gatewayPath + "/v3/certificates")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	by := r.Header.Get("Wechatpay-Serial")
	if by == "" || strings.HasPrefix(by, "PUB_KEY_ID_") != (a.keys == "public key") {
		t.Errorf("agreed was the %s, and the gateway signs with %q", a.keys, by)
	}
}
