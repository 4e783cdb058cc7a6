package pay

import (
	"crypto/hmac"
	"crypto/sha256"
	"maps"
	"testing"

	"kiosk/sale"
)

func aPaidAnswer() ([]byte, sale.Order) {
	o := anOrder(sale.Native)
	out := map[string]string{"return_code": "SUCCESS", "return_msg": "OK", "appid": o.Payee.AppID, "mch_id": o.Payee.MchID, "nonce_str": "n0nce", "result_code": "SUCCESS"}
	maps.Copy(out, usual("orderquery", map[string]string{"out_trade_no": string(o.No)}))
	out["sign"] = sealOf(out, aKey, "HMAC-SHA256")
	return write(out), o
}

func BenchmarkReadAndVerify(b *testing.B) {
	body, o := aPaidAnswer()
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		list, err := flat(body)
		if err != nil {
			b.Fatal(err)
		}
		if err := (answer{fields: list}).verify(o, aKey); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHashAlone is the floor of the above: the bare hash over as many bytes as are signed.
func BenchmarkHashAlone(b *testing.B) {
	body, _ := aPaidAnswer()
	list, err := flat(body)
	if err != nil {
		b.Fatal(err)
	}
	n := len("key=" + aKey)
	for _, f := range list {
		if f.name != "sign" {
			n += len(f.name) + len(f.value) + 2
		}
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		mac := hmac.New(sha256.New, []byte(aKey))
		mac.Write(body[:n])
		mac.Sum(nil)
	}
}
