package pay

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"kiosk/sale"
)

// ways writes one message in ways that each say the same.
func ways(in map[string]string) (bodies [][]byte) {
	body := write(in)
	for i := range 20 {
		bodies = append(bodies, bytes.Replace(body, []byte("</xml>"), []byte(strings.Repeat(" ", i)+"</xml>"+strings.Repeat("\n", i)), 1))
	}
	var backwards, bare strings.Builder
	names := slices.Sorted(maps.Keys(in))
	slices.Reverse(names)
	for _, name := range names {
		backwards.WriteString("<" + name + "><![CDATA[" + in[name] + "]]></" + name + ">")
		bare.WriteString("<" + name + ">" + strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(in[name]) + "</" + name + ">\n")
	}
	empty := bytes.Replace(body, []byte("<xml>"), []byte("<xml><nothing></nothing>"), 1)
	return append(bodies, []byte("<xml>"+backwards.String()+"</xml>"), []byte("<xml>"+bare.String()+"</xml>"), empty)
}

// A number is kept once. Whoever has caught one notice must not be able to fill the book with it.
func TestOneSignedNoticeHasOneNumberHoweverItIsWritten(t *testing.T) {
	for _, kind := range []string{"HMAC-SHA256", "MD5"} {
		o := anOrder(sale.Native)
		o.Merchant.SignType = kind
		in, err := look(aPaidNotice(kind, nil))
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for _, body := range ways(in) {
			got, err := noticesOf(o).V2(t.Context(), body)
			if err != nil || len(got.ID) != 64 {
				t.Errorf("%q: %+v, %v", body, got, err)
			}
			ids[got.ID] = true
		}
		if len(ids) != 1 {
			t.Errorf("%s: one signed notice has %d numbers", kind, len(ids))
		}
		other, err := noticesOf(o).V2(t.Context(), aPaidNotice(kind, func(in map[string]string) { in["transaction_id"] = "4200009" }))
		if err != nil || ids[other.ID] {
			t.Errorf("%s: the notice of another payment has the same number (%v)", kind, err)
		}
	}
}

// A refund is not signed: what is sealed tells one from another, and nothing around it does.
func TestOneSealedRefundHasOneNumberHoweverItIsWritten(t *testing.T) {
	o := owing(anOrder(sale.Native))
	ids := map[string]bool{}
	in, err := look(aRefundNotice(aKey, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, nonce := range []string{"n0nce", "another"} {
		in["nonce_str"] = nonce
		for _, body := range ways(in) {
			got, err := noticesOf(o).V2(t.Context(), body)
			if err != nil || len(got.ID) != 64 {
				t.Errorf("%q: %+v, %v", body, got, err)
			}
			ids[got.ID] = true
		}
	}
	if len(ids) != 1 {
		t.Errorf("one refund has %d numbers", len(ids))
	}
	other, err := noticesOf(o).V2(t.Context(), aRefundNotice(aKey, func(_, in map[string]string) { in["refund_fee"] = "349" }))
	if err != nil || ids[other.ID] {
		t.Errorf("the notice of another refund has the same number (%v)", err)
	}
}
