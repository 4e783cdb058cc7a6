package pay

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

func TestThePublishedSignaturesComeOut(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var book struct {
		Key     string
		Vectors []struct {
			Name, Sign string
			SignType   string `json:"sign_type"`
			Fields     map[string]string
		}
	}
	if err := json.Unmarshal(raw, &book); err != nil {
		t.Fatal(err)
	}
	if len(book.Vectors) != 12 {
		t.Fatalf("the vectors file holds %d vectors, not 12", len(book.Vectors))
	}
	for _, v := range book.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			got, err := Sign(v.Fields, book.Key, v.SignType)
			if err != nil || got != v.Sign {
				t.Errorf("the gateway would refuse every request: signed %s (%v), published is %s", got, err, v.Sign)
			}
			if again := sealOf(v.Fields, book.Key, v.SignType); again != v.Sign {
				t.Errorf("the signer of these tests is wrong: %s, published is %s", again, v.Sign)
			}
		})
	}
}

func TestTheOrderOfFieldsDoesNotChangeTheSignature(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	const letters = "aA_z0Z9.-b"
	for range 300 {
		in := map[string]string{}
		for range dice.IntN(30) {
			name := string("abAB_"[dice.IntN(5)])
			for range dice.IntN(6) {
				name += string(letters[dice.IntN(len(letters))])
			}
			in[name] = strings.Repeat("可=&", dice.IntN(3))
		}
		for _, kind := range []string{"MD5", "HMAC-SHA256"} {
			got, err := Sign(maps.Clone(in), "k", kind)
			if want := sealOf(in, "k", kind); err != nil || got != want {
				t.Fatalf("%s over %v: %s (%v), a plain signer says %s", kind, in, got, err, want)
			}
		}
	}
}

func TestAnUnknownSignTypeSignsNothing(t *testing.T) {
	for _, kind := range []string{"", "md5", "SHA256", "RSA"} {
		if got, err := Sign(map[string]string{"a": "b"}, "k", kind); err == nil || got != "" {
			t.Errorf("sign type %q gave %q, %v", kind, got, err)
		}
	}
}

func TestAFingerprintTellsKeysApartAndShowsNone(t *testing.T) {
	a, b := Fingerprint("192006250b4c09247ec02edce69f6a2d"), Fingerprint("192006250b4c09247ec02edce69f6a2e")
	if a == b || len(a) != 16 || a != Fingerprint("192006250b4c09247ec02edce69f6a2d") || strings.Contains(a, "192006") {
		t.Errorf("fingerprints %q and %q", a, b)
	}
}
