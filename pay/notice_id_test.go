package pay

import (
	"bytes"
	"encoding/base64"
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
	other, err := noticesOf(o).V2(t.Context(), aRefundNotice(aKey, func(_, in map[string]string) { in["refund_status"] = "CHANGE" }))
	if err != nil || ids[other.ID] {
		t.Errorf("the notice of another end has the same number (%v)", err)
	}
}

// The cipher's blocks can be exchanged without the key: every notice that one caught notice can be made into is refused, or
// has the number of the caught one.
func TestAnAlteredRefundNoticeHasNoNumberOfItsOwn(t *testing.T) {
	o := owing(anOrder(sale.Native))
	caught := aRefundNotice(aKey, nil)
	want, err := noticesOf(o).V2(t.Context(), caught)
	if err != nil {
		t.Fatal(err)
	}
	in := mustLook(caught)
	sealed, err := base64.StdEncoding.DecodeString(in["req_info"])
	if err != nil {
		t.Fatal(err)
	}
	const block = 16
	opened := 0
	for from := 0; from < len(sealed); from += block {
		for to := 0; to < len(sealed); to += block {
			for _, rest := range []int{to, to + block} { // between two blocks, or in the place of one
				bent := slices.Concat(sealed[:to], sealed[from:from+block], sealed[rest:])
				in["req_info"] = base64.StdEncoding.EncodeToString(bent)
				got, err := noticesOf(o).V2(t.Context(), write(in))
				if err != nil {
					continue
				}
				if opened++; got.ID != want.ID || got.No != o.No || got.RefundNo != o.RefundNo {
					t.Errorf("block %d at %d makes another notice without the key: %+v", from/block, to/block, got)
				}
			}
		}
	}
	t.Logf("%d altered notices were taken for the caught one", opened)
	if opened == 0 {
		t.Error("no altered notice opened: nothing was tried")
	}
}

func TestARefundNoticeOfANumberThatWeNeverAskedForIsRefused(t *testing.T) {
	o := owing(anOrder(sale.Native))
	o.Round, o.RefundNo = 2, string(o.No)+"R2"
	for no, own := range map[string]bool{string(o.No) + "R1": true, string(o.No) + "R2": true, string(o.No) + "R3": false, string(o.No): false,
		"another": false, string(o.No) + "R02": false} {
		body := aRefundNotice(aKey, func(_, in map[string]string) { in["out_refund_no"] = no })
		if _, err := noticesOf(o).V2(t.Context(), body); (err == nil) != own {
			t.Errorf("refund %s of an order in its second round: %v", no, err)
		}
	}
	sold := anOrder(sale.Native)
	if _, err := noticesOf(sold).V2(t.Context(), aRefundNotice(aKey, nil)); err == nil {
		t.Error("a refund is taken of an order that asked for none")
	}
}
