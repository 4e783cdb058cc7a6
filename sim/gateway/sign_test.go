package gateway

import (
	"encoding/json"
	"os"
	"testing"
)

func TestSignatureIsThePublishedOne(t *testing.T) {
	body, err := os.ReadFile("testdata/sign_vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Key     string
		Vectors []struct {
			Name, Kind, Want string
			Params           map[string]string
		}
	}
	if err := json.Unmarshal(body, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) < 12 {
		t.Fatalf("only %d vectors: the gateway's signature is anchored to nothing", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			if got := signature(v.Kind, file.Key, v.Params); got != v.Want {
				t.Errorf("signed %s, published is %s", got, v.Want)
			}
		})
	}
}
