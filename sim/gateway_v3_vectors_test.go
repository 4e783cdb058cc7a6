package sim

import (
	"crypto/md5"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

type v3Vectors struct {
	Key    string
	Signs  []struct{ Name, Text, Want string }
	AEAD   []struct{ Origin, Key, Nonce, Extra, Sealed, Text string }
	Refund struct{ Key, Digest, Sealed, Text string }
}

func TestV3SpeaksThePublishedVectors(t *testing.T) {
	body, err := os.ReadFile("testdata/v3_vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v v3Vectors
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Signs) != 5 || len(v.AEAD) != 3 {
		t.Fatalf("%d signatures and %d seals: v3 is anchored to too little", len(v.Signs), len(v.AEAD))
	}
	block, _ := pem.Decode([]byte(v.Key))
	any8, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	key := any8.(*rsa.PrivateKey)
	for _, s := range v.Signs {
		if got := rsaSign(key, s.Text); got != s.Want {
			t.Errorf("%s: signed %s, published is %s", s.Name, got, s.Want)
		}
		if !rsaSigned(&key.PublicKey, s.Text, s.Want) || rsaSigned(&key.PublicKey, s.Text+" ", s.Want) {
			t.Errorf("%s: the published signature is not told from a wrong one", s.Name)
		}
	}
	for _, s := range v.AEAD {
		if got := aeadSeal(s.Key, s.Nonce, s.Extra, s.Text); got != s.Sealed {
			t.Errorf("%s: sealed %s", s.Origin, got)
		}
		if got, err := aeadOpen(s.Key, s.Nonce, s.Extra, s.Sealed); err != nil || got != s.Text {
			t.Errorf("%s: opened %s %v", s.Origin, got, err)
		}
	}
	r := v.Refund
	if got := sealRefund(r.Key, []byte(r.Text)); got != r.Sealed || fmt.Sprintf("%x", md5.Sum([]byte(r.Key))) != r.Digest {
		t.Errorf("a refund is sealed as %s", got)
	}
}

func TestAuthorizationIsFiveQuotedValues(t *testing.T) {
	good := v3Scheme + ` mchid="1",nonce_str="2",timestamp="3",serial_no="4",signature="a=="`
	if part, ok := authorization(good); !ok || part["signature"] != "a==" {
		t.Errorf("%v %v", part, ok)
	}
	for _, bad := range []string{"", v3Scheme, strings.Replace(good, "RSA2048", "SM3", 1), strings.Replace(good, `"1"`, "1", 1), strings.Replace(good, ",", ", ", 1),
		good + `,mchid="1"`, good + `,more="1"`, strings.Replace(good, `timestamp="3",`, "", 1), strings.Replace(good, " ", "  ", 1)} {
		if _, ok := authorization(bad); ok {
			t.Errorf("taken: %s", bad)
		}
	}
}

// A street has its gateway below a path of its own; its clients may sign either path.
func TestV3OnASocketBelowAPath(t *testing.T) {
	c := newTill(t)
	server := httptest.NewServer(http.StripPrefix("/gateway", c.g))
	defer server.Close()
	for _, signs := range []string{"/gateway/v3/certificates", "/v3/certificates"} {
		d := c.desk()
		d.spoil = func(p map[string]string) { p["path"] = signs }
		got, err := d.over(server.URL+"/gateway", "GET", "/v3/certificates", "")
		if err != nil || got.StatusCode != 200 || got.Header.Get("Wechatpay-Signature") == "" {
			t.Errorf("signed %s: %v %v", signs, got, err)
		}
	}
	d := c.desk()
	c.pay("K1-000001")
	c.g.Rules.BillFrom = "00:00"
	tomorrow := time.Now().Add(24 * time.Hour)
	c.g.Now = func() time.Time { return tomorrow }
	d.spoil = func(p map[string]string) { p["timestamp"] = fmt.Sprint(tomorrow.Unix()) }
	day := time.Now().In(beijing).Format(time.DateOnly)
	res, err := d.over(server.URL+"/gateway", "GET", "/v3/bill/tradebill?bill_date="+day, "")
	var said struct {
		Address string `json:"download_url"`
	}
	if err != nil || json.NewDecoder(res.Body).Decode(&said) != nil || !strings.HasPrefix(said.Address, server.URL+"/gateway/v3/billdownload/file?") {
		t.Errorf("the bill of a mounted gateway is at %q (%v)", said.Address, err)
	}
}
