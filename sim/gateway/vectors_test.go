package gateway

import (
	"crypto/md5"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// published are the vectors that the world agrees on, and ours that were checked against them. Both sides of the wire,
// which share no code, are held to each.
var published = []string{
	"V1a", "V1b", "V1c MD5", "V1c HMAC", "V2a", "V2b", "V3 MD5", "V3 HMAC", "V4 MD5", "V4 HMAC", "V5a", "V5b",
	"R0", "R1", "R2", "R3", "R4", "Authorization GET", "Authorization POST",
	"AEAD of wechatpay-go", "AEAD of wechatpay-java", "AEAD of EasyWeChat", "AEAD ours", "R-A", "R-B", "R-C",
}

// everyVector prints the table, and misses none.
func everyVector(t *testing.T, ok map[string]error) {
	t.Helper()
	var table strings.Builder
	for _, name := range published {
		err, held := ok[name]
		switch {
		case !held:
			t.Errorf("%s is held by nothing", name)
		case err != nil:
			t.Errorf("%s: %v", name, err)
		default:
			fmt.Fprintf(&table, "%-24s ok\n", name)
		}
	}
	if len(ok) != len(published) {
		t.Errorf("%d vectors are held, %d are published", len(ok), len(published))
	}
	t.Logf("%d vectors:\n%s", len(published), table.String())
}

type v3Vectors struct {
	Key            string
	Signs          []struct{ Name, Text, Want string }
	AEAD           []struct{ Name, Key, Nonce, Extra, Sealed, Text string }
	Refunds        []struct{ Name, Key, Digest, Sealed, Text string }
	Authorizations []struct{ Name, Method, Path, Body, Signed string }
}

func differs(got, want string) error {
	if got != want {
		return errors.New("it comes out as " + got)
	}
	return nil
}

func TestEveryPublishedVectorHoldsInTheGateway(t *testing.T) {
	ok := map[string]error{}
	var v2 struct {
		Key     string
		Vectors []struct {
			Name, Kind, Want string
			Params           map[string]string
		}
	}
	body, err := os.ReadFile("testdata/sign_vectors.json")
	if err = errors.Join(err, json.Unmarshal(body, &v2)); err != nil {
		t.Fatal(err)
	}
	for _, v := range v2.Vectors {
		ok[v.Name] = differs(signature(v.Kind, v2.Key, v.Params), v.Want)
	}
	var v v3Vectors
	body, err = os.ReadFile("testdata/v3_vectors.json")
	if err = errors.Join(err, json.Unmarshal(body, &v)); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(v.Key))
	any8, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	key := any8.(*rsa.PrivateKey)
	for _, s := range v.Signs {
		ok[s.Name] = differs(rsaSign(key, s.Text), s.Want)
		if !rsaSigned(&key.PublicKey, s.Text, s.Want) || rsaSigned(&key.PublicKey, s.Text+" ", s.Want) {
			ok[s.Name] = errors.New("it is not told from a wrong one")
		}
	}
	for _, a := range v.Authorizations {
		ok[a.Name] = differs(signedLines(a.Method, a.Path, "1624523846", "A1B2C3D4E5F6G7", a.Body), a.Signed)
	}
	for _, s := range v.AEAD {
		got, err := aeadOpen(s.Key, s.Nonce, s.Extra, s.Sealed)
		ok[s.Name] = errors.Join(err, differs(got, s.Text), differs(aeadSeal(s.Key, s.Nonce, s.Extra, s.Text), s.Sealed))
	}
	for _, r := range v.Refunds {
		if r.Digest != "" {
			ok[r.Name] = differs(fmt.Sprintf("%x", md5.Sum([]byte(r.Key))), r.Digest)
		}
		if r.Sealed != "" {
			ok[r.Name] = differs(sealRefund(r.Key, []byte(r.Text)), r.Sealed)
		}
	}
	everyVector(t, ok)
}
