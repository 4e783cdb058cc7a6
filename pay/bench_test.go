package pay

import (
	"strings"
	"testing"

	"kiosk/sale"
)

// aNoticeV2 is a payment notice as the gateway lays it out.
func aNoticeV2(kind string) ([]byte, sale.Order) {
	o := anOrder(sale.Native)
	o.Merchant.SignType = kind
	rows := [][2]string{{"appid", o.Merchant.AppID}, {"attach", "支付测试"}, {"bank_type", "CFT"}, {"cash_fee", "350"}, {"fee_type", "CNY"}, {"is_subscribe", "Y"},
		{"mch_id", o.Merchant.MchID}, {"nonce_str", "5d2b6c2a8db53831f7eda20af46e531c"}, {"openid", "oUpF8uMEb4qRXf22hE3X68TekukE"}, {"out_trade_no", string(o.No)},
		{"result_code", "SUCCESS"}, {"return_code", "SUCCESS"}, {"sign", ""}, {"time_end", "20260302120506"}, {"total_fee", "350"},
		{"coupon_fee_0", "50"}, {"coupon_count", "1"}, {"coupon_type_0", "CASH"}, {"coupon_id_0", "10000"}, {"trade_type", "NATIVE"}, {"transaction_id", aPayment}}
	in := map[string]string{}
	for _, row := range rows {
		in[row[0]] = row[1]
	}
	in["sign"] = sealOf(in, aKey, kind)
	var b strings.Builder
	b.WriteString("<xml>\n")
	for _, row := range rows {
		b.WriteString("<" + row[0] + "><![CDATA[" + in[row[0]] + "]]></" + row[0] + ">\n")
	}
	b.WriteString("</xml>")
	return []byte(b.String()), o
}

func TestANoticeInTheGatewaysLayoutIsBelieved(t *testing.T) {
	for _, kind := range []string{"HMAC-SHA256", "MD5"} {
		body, o := aNoticeV2(kind)
		if got, err := noticesOf(o).V2(t.Context(), body); err != nil || got.No != o.No || got.Fen != 350 {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
	}
}

func BenchmarkNoticeV2(b *testing.B) {
	for _, kind := range []string{"HMAC-SHA256", "MD5"} {
		b.Run(kind, func(b *testing.B) {
			body, o := aNoticeV2(kind)
			n := noticesOf(o)
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if _, err := n.V2(b.Context(), body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
