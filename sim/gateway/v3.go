package gateway

import (
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"embed"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// The kinds of key the platform may sign with, for V3.Mode.
const (
	CertificateMode = "certificate" // certificates, to be fetched from /v3/certificates
	PublicKeyMode   = "public-key"  // one key known beforehand; /v3/certificates answers 404
	BothMode        = "both"        // a merchant in the middle of changing over: each answer may carry either
)

// V3 is what both sides of API v3 know of each other. All fields may stay empty: then the
// keys are the committed test keys, which protect nothing.
type V3 struct {
	Mode           string         // "" is CertificateMode
	APIv3Key       string         // 32 bytes; "": TestAPIv3Key
	MerchantSerial string         // of the merchant's certificate, upper-case hex; "": the test certificate's
	MerchantKey    *rsa.PublicKey // what requests are verified with; nil: the test merchant's
	PublicKeyID    string         // "": PUB_KEY_ID_0 and the merchant number, filled up with zeros
}

// TestAPIv3Key is the APIv3 key of a gateway that was given none.
const TestAPIv3Key = "sim-only-APIv3-key-32-bytes-long"

//go:embed testkeys/*.pem
var testKeys embed.FS

// The test keys, and the serials their certificates have.
const (
	merchantSerial = "3A5C6B7D8E9F00112233445566778899AABBCCDD"
	oldSerial      = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
	newSerial      = "62C8E1A0D3B4F5061728394A5B6C7D8E9FA0B1C2"
)

// signer is one key with the name it goes by in Wechatpay-Serial.
type signer struct {
	name string
	key  *rsa.PrivateKey
	cert []byte // PEM; nil for the public key
}

// keyring is what the gateway holds; it is read once, when v3 is first spoken.
type keyring struct {
	merchant         signer
	old, new, public signer
}

// keyRing reads the keys when v3 is first spoken: tests of v2 do not pay for its certificates.
func (g *Gateway) keyRing() *keyring {
	if g.memo.keys == nil {
		g.memo.keys = &keyring{
			merchant: testSigner("merchant", merchantSerial, g.MchID, g.MchID),
			old:      testSigner("platform-old", oldSerial, "Tenpay.com sign", "Tenpay.com Root CA"),
			new:      testSigner("platform-new", newSerial, "Tenpay.com sign", "Tenpay.com Root CA"),
			public:   signer{name: g.publicKeyID(), key: keyFile("public-key")},
		}
	}
	return g.memo.keys
}

// publicKeyID has the form of a real one: the prefix, and 28 digits that begin with the merchant's number.
func (g *Gateway) publicKeyID() string {
	if g.V3.PublicKeyID != "" {
		return g.V3.PublicKeyID
	}
	return "PUB_KEY_ID_" + ("0" + g.MchID + strings.Repeat("0", 28))[:28]
}

func (g *Gateway) apiV3Key() string { return orWord(g.V3.APIv3Key, TestAPIv3Key) }

// Merchant is the test merchant's certificate and private key, PEM: what a kiosk signs v3 requests with.
func (g *Gateway) Merchant() (certPEM, keyPEM []byte) {
	g.lockNow()
	defer g.mu.Unlock()
	m := g.keyRing().merchant
	der, err := x509.MarshalPKCS8PrivateKey(m.key)
	if err != nil {
		panic(err) // it was read a moment ago
	}
	return m.cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// MerchantSerial is the serial the gateway expects in Authorization.
func (g *Gateway) MerchantSerial() string { return orWord(g.V3.MerchantSerial, merchantSerial) }

// PlatformPublicKey is what a merchant in public-key mode is given, by id and as PEM.
func (g *Gateway) PlatformPublicKey() (id string, pemBytes []byte) {
	g.lockNow()
	defer g.mu.Unlock()
	p := g.keyRing().public
	der, err := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
	if err != nil {
		panic(err) // an RSA key can always be written
	}
	return p.name, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// PlatformCertificates are both certificates of the platform, PEM, the old one first.
func (g *Gateway) PlatformCertificates() [][]byte {
	g.lockNow()
	defer g.mu.Unlock()
	return [][]byte{g.keyRing().old.cert, g.keyRing().new.cert}
}

// Rotate brings in the platform's second certificate: for a day it is only listed, for
// another each answer may be signed by either, then by the new one alone.
func (g *Gateway) Rotate() error {
	now := g.lockNow()
	defer g.mu.Unlock()
	g.kept.Rotated, g.memo.dirty = now, true
	return g.saveState()
}

// listedCertificates are the certificates a merchant may fetch now.
func (g *Gateway) listedCertificates(now time.Time) []signer {
	k, since := g.keyRing(), now.Sub(g.kept.Rotated)
	switch {
	case g.kept.Rotated.IsZero():
		return []signer{k.old}
	case since < 72*time.Hour:
		return []signer{k.new, k.old}
	}
	return []signer{k.new}
}

// testSigner makes a certificate around a committed key. The root's signature is not a root's: no client of ours checks the chain,
// since the APIv3 key has already proven who sent it.
func testSigner(file, serial, subject, issuer string) signer {
	key := keyFile(file)
	number, _ := new(big.Int).SetString(serial, 16)
	leaf := &x509.Certificate{SerialNumber: number, Subject: pkix.Name{CommonName: subject}, Issuer: pkix.Name{CommonName: issuer},
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2049, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature}
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: issuer}}
	der, err := x509.CreateCertificate(nil, leaf, root, &key.PublicKey, key)
	if err != nil {
		panic(fmt.Sprintf("test certificate %s: %v", file, err))
	}
	return signer{name: serial, key: key, cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

// keyFile reads one of the embedded keys; that they can be read is a matter of the build.
func keyFile(file string) *rsa.PrivateKey {
	text, err := testKeys.ReadFile("testkeys/" + file + ".pem")
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		panic("test key " + file + " is not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(fmt.Sprintf("test key %s: %v", file, err))
	}
	return key.(*rsa.PrivateKey)
}
