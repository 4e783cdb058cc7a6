package pay

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/signers"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"kiosk/sale"
)

type book3 struct {
	MchID, Nonce, Timestamp, Serial, Public string
	Key                                     []string
	Signatures                              []struct{ Name, Message, Signature string }
	Authorizations                          []struct{ Name, Method, Path, Body, Signed string }
	Sealed                                  []struct{ Name, Key, Nonce, AAD, Sealed, Text string }
}

func vectors3(t *testing.T) (book book3, key *rsa.PrivateKey) {
	t.Helper()
	raw, err := os.ReadFile("testdata/v3/vectors.json")
	if err == nil {
		err = json.Unmarshal(raw, &book)
	}
	if err == nil {
		key, err = utils.LoadPrivateKey(strings.ReplaceAll(strings.Join(book.Key, "\n"), "TESTING KEY", "PRIVATE KEY"))
	}
	if err != nil || len(book.Signatures) != 5 || len(book.Authorizations) != 2 || len(book.Sealed) != 4 {
		t.Fatalf("the vectors file: %d, %d, %d (%v)", len(book.Signatures), len(book.Authorizations), len(book.Sealed), err)
	}
	return book, key
}

func TestThePublishedV3SignaturesComeOut(t *testing.T) {
	book, key := vectors3(t)
	g := &V3{Payee: sale.Merchant{MchID: book.MchID}, MerchantSerial: book.Serial, Merchant: key}
	public, err := ReadPublicKey([]byte("-----BEGIN PUBLIC KEY-----\n" + book.Public + "\n-----END PUBLIC KEY-----\n"))
	if err != nil || !key.PublicKey.Equal(public) {
		t.Fatalf("the published key is not read: %v", err)
	}
	for _, v := range book.Signatures {
		got, err := g.signer().Sign(t.Context(), v.Message)
		if err != nil || got.Signature != v.Signature {
			t.Errorf("%s: the gateway would refuse every request (%v)", v.Name, err)
		}
		if sign3(key, v.Message) != v.Signature {
			t.Errorf("%s: the signer of these tests is wrong", v.Name)
		}
		k := platformKey{public: public}
		if err := k.verifySignature(t.Context(), true, v.Signature, []byte(v.Message)); err != nil {
			t.Errorf("%s: a genuine answer is refused: %v", v.Name, err)
		}
		if err := k.verifySignature(t.Context(), true, v.Signature, []byte(v.Message+"x")); err == nil {
			t.Errorf("%s: an altered answer is believed", v.Name)
		}
	}
	page := PageSign{AppID: "wxd678efh567hg6787", TimeStamp: "1414561699", NonceStr: "5K8264ILTKCH16CQ2502SI8ZNMTM67VS", Package: "prepay_id=wx201410272009395522657a690389285100"}
	if err := page.signPage(t.Context(), g); err != nil || page.PaySign != book.Signatures[3].Signature {
		t.Errorf("R3: the page would refuse to pay (%v)", err)
	}
}

// echo is a signer that shows what it is given to sign.
type echo struct{ mchid, serial string }

func (e echo) Sign(_ context.Context, text string) (*auth.SignatureResult, error) {
	return &auth.SignatureResult{MchID: e.mchid, CertificateSerialNo: e.serial, Signature: "Sign:" + text}, nil
}
func (echo) Algorithm() string { return "Mock" }

func TestTheAuthorizationIsLaidOutAsPublished(t *testing.T) {
	book, key := vectors3(t)
	for _, v := range book.Authorizations {
		var body []byte
		if v.Body != "" {
			body = []byte(v.Body)
		}
		got, err := authorization(t.Context(), echo{book.MchID, book.Serial}, v.Method, v.Path, book.Timestamp, book.Nonce, body)
		want := `WECHATPAY2-Mock mchid="1234567890",nonce_str="A1B2C3D4E5F6G7",timestamp="1624523846",serial_no="0123456789ABC",signature="Sign:` + v.Signed + `"`
		if err != nil || got != want {
			t.Errorf("%s\nis sent (%v), published is\n%s", got, err, want)
		}
	}
	real := &signers.SHA256WithRSASigner{MchID: book.MchID, CertificateSerialNo: book.Serial, PrivateKey: key}
	got, err := authorization(t.Context(), real, "GET", "/v3/certificates", book.Timestamp, book.Nonce, nil)
	if err != nil || !strings.HasPrefix(got, `WECHATPAY2-SHA256-RSA2048 mchid="1234567890",`) {
		t.Errorf("%s (%v)", got, err)
	}
}

func unseal64(key, algorithm, aad, nonce, sealed string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, err
	}
	return unseal(key, algorithm, aad, nonce, raw)
}

func TestThePublishedSealsOpen(t *testing.T) {
	book, _ := vectors3(t)
	for i, v := range book.Sealed {
		text, err := unseal64(v.Key, "AEAD_AES_256_GCM", v.AAD, v.Nonce, v.Sealed)
		if short := len(v.Key) != 32; short {
			if again, bad := utils.DecryptAES256GCM(v.Key, v.AAD, v.Nonce, v.Sealed); err == nil || bad != nil || again != v.Text {
				t.Errorf("vector %d: a key of 16 characters was taken, or the vector is wrong: %v, %v", i, err, bad)
			}
			continue
		}
		if err != nil || string(text) != v.Text {
			t.Errorf("vector %d: %q (%v)", i, text, err)
		}
		raw, _ := base64.StdEncoding.DecodeString(v.Sealed)
		raw[len(raw)-1] ^= 1
		for what, c := range map[string][5]string{
			"another key":       {"b" + v.Key[1:], "AEAD_AES_256_GCM", v.AAD, v.Nonce, v.Sealed},
			"a short key":       {v.Key[1:], "AEAD_AES_256_GCM", v.AAD, v.Nonce, v.Sealed},
			"another algorithm": {v.Key, "AEAD_AES_128_GCM", v.AAD, v.Nonce, v.Sealed},
			"other data":        {v.Key, "AEAD_AES_256_GCM", v.AAD + "x", v.Nonce, v.Sealed},
			"another nonce":     {v.Key, "AEAD_AES_256_GCM", v.AAD, "000000000000", v.Sealed},
			"a short nonce":     {v.Key, "AEAD_AES_256_GCM", v.AAD, "0", v.Sealed},
			"no nonce":          {v.Key, "AEAD_AES_256_GCM", v.AAD, "", v.Sealed},
			"an altered tag":    {v.Key, "AEAD_AES_256_GCM", v.AAD, v.Nonce, base64.StdEncoding.EncodeToString(raw)},
			"no base64":         {v.Key, "AEAD_AES_256_GCM", v.AAD, v.Nonce, "WECHATPAY/SIGNTEST/"},
			"nothing":           {v.Key, "AEAD_AES_256_GCM", v.AAD, v.Nonce, ""},
		} {
			if text, err := unseal64(c[0], c[1], c[2], c[3], c[4]); err == nil {
				t.Errorf("vector %d with %s opens as %q", i, what, text)
			}
		}
	}
}

func TestSerialsAreComparedAsWhatTheyAre(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"5157F09EFDC096DE15EBE81A47057A7232F1B8E1", "5157f09efdc096de15ebe81a47057a7232f1b8e1", true},
		{"0A17", "a17", true}, {"0A17", "A18", false},
		{aPublicID, aPublicID, true}, {aPublicID, strings.ToLower(aPublicID), false}, {aPublicID, aPublicID + "0", false},
	} {
		a, _ := normalizeSerial(c.a)
		b, ok := normalizeSerial(c.b)
		if same := ok && a == b; same != c.same {
			t.Errorf("%s and %s: the same %v", c.a, c.b, same)
		}
	}
	for _, bad := range []string{"", "0", "00", "-1", "+1", "0x1", "1_0", " 1", "xyz", "PUB_KEY_ID_", strings.Repeat("1", 65)} {
		if s, ok := normalizeSerial(bad); ok {
			t.Errorf("%q is the serial %q", bad, s)
		}
	}
}

func TestTheMerchantsCertificateIsRead(t *testing.T) {
	key := keysOf()["merchant"]
	serial, _ := new(big.Int).SetString("0157F09EFDC096DE15EBE81A47057A7232F1B8E1", 16)
	sheet := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "10000100"}}
	raw, err := x509.CreateCertificate(rand.Reader, sheet, sheet, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})
	pkcs8, _ := x509.MarshalPKCS8PrivateKey(key)
	for what, block := range map[string]*pem.Block{"PKCS#8": {Type: "PRIVATE KEY", Bytes: pkcs8}, "PKCS#1": {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}} {
		got, own, err := ReadMerchant(cert, pem.EncodeToMemory(block))
		if err != nil || got != "0157F09EFDC096DE15EBE81A47057A7232F1B8E1" || !own.Equal(key) {
			t.Errorf("%s: %s, %v", what, got, err)
		}
	}
	other, _ := x509.MarshalPKCS8PrivateKey(keysOf()["stranger"])
	if _, _, err := ReadMerchant(cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: other})); err == nil {
		t.Error("a stranger's key is taken with the merchant's certificate")
	}
	public, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	for what, text := range map[string][]byte{"a certificate": cert, "nothing": nil, "a private key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
		"half a key": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public[:40]})} {
		if k, err := ReadPublicKey(text); err == nil {
			t.Errorf("%s is read as WeChat Pay's public key %v", what, k.N.BitLen())
		}
	}
	if _, err := ReadPublicKey(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})); err != nil {
		t.Error(err)
	}
}
