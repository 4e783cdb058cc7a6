package house_test

import (
	"net/http"
	"testing"
	"time"

	"kiosk/pay"
	"kiosk/sale"
	"kiosk/sim/gateway"
)

// The ways in which a house and its gateway may have agreed to speak.
const (
	byV2     = "v2"
	byPublic = "v3, public key"
	byCerts  = "v3, certificate"
)

var agreements = []string{byV2, byPublic, byCerts}

// agreedHouse is a house that speaks with its gateway so.
func agreedHouse(dir string, seed uint64, agreed string) *house {
	h := newHouse(dir, seed)
	if h.agreed = agreed; agreed != byV2 {
		h.gate.V3.Mode = map[string]string{byPublic: gateway.PublicKeyMode, byCerts: gateway.CertificateMode}[agreed]
	}
	return h
}

// key is the secret that both sides know under the house's API.
func (h *house) key() string {
	if h.api() == "v3" {
		return gateway.TestAPIv3Key
	}
	return h.secret
}

func (h *house) api() string {
	if h.agreed == byPublic || h.agreed == byCerts {
		return "v3"
	}
	return "v2"
}

func (h *house) payee() sale.Merchant {
	return sale.Merchant{API: h.api(), AppID: h.gate.AppID, MchID: h.gate.MchID, SignType: h.sign, Key: pay.Fingerprint(h.key())}
}

// client is the room that speaks to the gateway, over a wire and by a clock.
func (h *house) client(wire http.RoundTripper, now func() time.Time) (sale.Gateway, error) {
	const url, standby, notify = "http://gateway", "http://standby", "https://pay.example/n"
	line := &http.Client{Transport: wire}
	if h.api() == "v2" {
		return &pay.V2{URL: url, StandbyURL: standby, Payee: h.payee(), Key: h.secret, NotifyURL: notify, IP: "10.1.2.3", Plain: line, Secapi: line}, nil
	}
	serial, own, err := pay.ReadMerchant(h.gate.Merchant())
	if err != nil {
		return nil, err
	}
	g := &pay.V3{URL: url, StandbyURL: standby, Payee: h.payee(), APIv3Key: h.key(), MerchantSerial: serial, Merchant: own,
		NotifyURL: notify, IP: "10.1.2.3", Plain: line, Now: now}
	if h.agreed == byPublic {
		id, text := h.gate.PlatformPublicKey()
		g.PublicKeyID = id
		g.PublicKey, err = pay.ReadPublicKey(text)
	}
	return g, err
}

// overAgreements does the same under every API and key mode, one after the other: each wants the machine for itself.
func overAgreements(t *testing.T, do func(t *testing.T, agreed string)) {
	t.Helper()
	for _, agreed := range agreements {
		t.Run(agreed, func(t *testing.T) { do(t, agreed) })
	}
}
