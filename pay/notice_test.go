package pay

import (
	"context"
	"crypto/aes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

var aMoment = time.Date(2026, 3, 2, 4, 5, 6, 0, time.UTC)

// noticesOf is how a house reads notices that knows these orders.
func noticesOf(orders ...sale.Order) *Notices {
	theirs := &V3{PublicKeyID: aPublicID, PublicKey: &keysOf()["public"].PublicKey}
	n := &Notices{Key: aKey, APIv3Key: aKey3, Verify: theirs.Verify, Now: func() time.Time { return aMoment }}
	n.Payee = anOrder(sale.Native).Merchant
	n.Order = func(_ context.Context, no sale.No) (sale.Order, bool, error) {
		for _, o := range orders {
			if o.No == no {
				return o, true, nil
			}
		}
		return sale.Order{}, false, nil
	}
	return n
}

// aPaidNotice is what the gateway posts when an order is paid, signed.
func aPaidNotice(kind string, bend func(in map[string]string)) []byte {
	o := anOrder(sale.Native)
	in := map[string]string{"return_code": "SUCCESS", "appid": o.Merchant.AppID, "mch_id": o.Merchant.MchID, "nonce_str": "n0nce",
		"result_code": "SUCCESS", "is_subscribe": "N", "device_info": "", "an_unheard_of_field": "值 & <值>"}
	maps.Copy(in, usual("micropay", map[string]string{"out_trade_no": string(o.No)}))
	if bend != nil {
		bend(in)
	}
	if _, forged := in["sign"]; !forged {
		in["sign"] = sealOf(in, aKey, kind)
	}
	return write(in)
}

// aRefundNotice is what the gateway posts when a refund is through: sealed, not signed.
func aRefundNotice(key string, bend func(out, in map[string]string)) []byte {
	o := owing(anOrder(sale.Native))
	out := map[string]string{"return_code": "SUCCESS", "appid": o.Merchant.AppID, "mch_id": o.Merchant.MchID, "nonce_str": "n0nce"}
	in := map[string]string{"out_trade_no": string(o.No), "transaction_id": o.Money.Transaction, "out_refund_no": o.RefundNo,
		"refund_id": "5000", "total_fee": "350", "refund_fee": "350", "settlement_refund_fee": "350", "refund_status": "SUCCESS",
		"success_time": "2026-03-02 12:06:07", "refund_recv_accout": "支付用户零钱", "refund_request_source": "API"}
	if bend != nil {
		bend(out, in)
	}
	plain := strings.NewReplacer("<xml>", "<root>\n", "</xml>", "\n</root>").Replace(string(write(in)))
	if _, forged := out["req_info"]; !forged {
		out["req_info"] = sealRefund(key, plain)
	}
	return write(out)
}

func sealRefund(key, plain string) string {
	sum := md5.Sum([]byte(key))
	block, err := aes.NewCipher([]byte(hex.EncodeToString(sum[:])))
	if err != nil {
		panic(err)
	}
	pad := 16 - len(plain)%16
	data := []byte(plain + strings.Repeat(string(rune(pad)), pad))
	for i := 0; i < len(data); i += 16 {
		block.Encrypt(data[i:], data[i:i+16])
	}
	return base64.StdEncoding.EncodeToString(data)
}

func TestAPaymentNoticeIsRead(t *testing.T) {
	o := anOrder(sale.Native)
	n := noticesOf(o)
	got, err := n.V2(t.Context(), aPaidNotice("HMAC-SHA256", nil))
	if err != nil {
		t.Fatalf("the customer's payment is learnt late: %v", err)
	}
	want := sale.Notice{ID: got.ID, API: "v2", Kind: sale.NoticePaid, No: o.No, Transaction: "4200001234202603020000000001",
		Fen: 350, Currency: "CNY", State: "SUCCESS", At: time.Date(2026, 3, 2, 4, 5, 6, 0, time.UTC)}
	if !want.At.Equal(got.At) {
		t.Errorf("paid at %v", got.At)
	}
	if want.At = got.At; got != want || len(got.ID) != 64 {
		t.Errorf("read %+v", got)
	}
	again, err := n.V2(t.Context(), aPaidNotice("HMAC-SHA256", nil))
	if err != nil || again != got {
		t.Errorf("the same message is not the same notice: %+v, %v", again, err)
	}
	if c := n.Counts(); c["good"] != 2 || len(c) != int(checkCount) {
		t.Errorf("counted %v", c)
	}
}

func TestTheOrderKnowsHowItsNoticeIsSigned(t *testing.T) {
	for _, c := range []struct {
		stored, config, element, signed, fails string
	}{
		{"HMAC-SHA256", "MD5", "", "HMAC-SHA256", ""},
		{"MD5", "HMAC-SHA256", "", "MD5", ""},
		{"HMAC-SHA256", "MD5", "HMAC-SHA256", "HMAC-SHA256", ""},
		{"MD5", "MD5", "MD5", "MD5", ""},
		{"MD5", "MD5", "HMAC-SHA256", "HMAC-SHA256", ""},
		{"HMAC-SHA256", "MD5", "MD5", "MD5", "sign_type"},
		{"HMAC-SHA256", "MD5", "", "MD5", "signature"},
		{"MD5", "MD5", "RSA", "MD5", "sign_type"},
		{"MD5", "MD5", "md5", "MD5", "sign_type"},
	} {
		o := anOrder(sale.Native)
		o.Merchant.SignType = c.stored
		n := noticesOf(o)
		n.Payee.SignType = c.config
		_, err := n.V2(t.Context(), aPaidNotice(c.signed, func(in map[string]string) {
			if c.element != "" {
				in["sign_type"] = c.element
			}
		}))
		failed(t, n, err, c.fails, c)
	}
}

// failed checks which check a notice failed; "" means none.
func failed(t *testing.T, n *Notices, err error, want string, what any) {
	t.Helper()
	if (err == nil) != (want == "") {
		t.Errorf("%+v: %v, should fail %q", what, err, want)
	}
	counts := n.Counts()
	for name, count := range counts {
		if wanted := name == want || want == "" && name == "good"; wanted != (count == 1) && !strings.HasSuffix(name, "_differs") {
			t.Errorf("%+v: counted %s %d times, should have failed %q", what, name, count, want)
		}
	}
	var r *Refusal
	if err != nil && (!errors.As(err, &r) || r.Check != want) {
		t.Errorf("%+v: %v is no refusal by %s", what, err, want)
	}
}

func TestAForgedPaymentNoticeIsRefused(t *testing.T) {
	good := aPaidNotice("HMAC-SHA256", nil)
	set := func(name, value string) []byte {
		return aPaidNotice("HMAC-SHA256", func(in map[string]string) { in[name] = value })
	}
	altered := func(name, value string) []byte { // after it was signed
		in, err := look(good)
		if err != nil {
			t.Fatal(err)
		}
		in[name] = value
		return write(in)
	}
	o := anOrder(sale.Native)
	for what, c := range map[string]struct {
		body  []byte
		check string
	}{
		"no sign":                  {set("sign", ""), "signature"},
		"another's key":            {set("sign", sealOf(map[string]string{"out_trade_no": string(o.No)}, "another", "HMAC-SHA256")), "signature"},
		"MD5 for HMAC":             {aPaidNotice("MD5", nil), "signature"},
		"a lower-case sign":        {altered("sign", strings.ToLower(mustLook(good)["sign"])), "signature"},
		"another sum":              {altered("total_fee", "1"), "signature"},
		"another transaction":      {altered("transaction_id", "4200009"), "signature"},
		"another order":            {altered("out_trade_no", "K0042-000008ABCDEFGHIJKLMNOPQR"), "signature"},
		"a field put in":           {altered("attach", "x"), "signature"},
		"another merchant":         {set("mch_id", "10000101"), "ids"},
		"another app":              {set("appid", "wx2"), "ids"},
		"another's sub-merchant":   {set("sub_mch_id", "1900000109"), "ids"},
		"no merchant":              {set("mch_id", ""), "ids"},
		"a failure":                {set("result_code", "FAIL"), "result"},
		"no result":                {set("result_code", ""), "result"},
		"no return code":           {set("return_code", ""), "return_code"},
		"a return FAIL":            {set("return_code", "FAIL"), "return_code"},
		"no number":                {set("out_trade_no", ""), "number"},
		"a number that is SQL":     {set("out_trade_no", "'; DROP TABLE orders"), "number"},
		"no transaction":           {set("transaction_id", ""), "fields"},
		"no sum":                   {set("total_fee", ""), "fields"},
		"a broken sum":             {set("total_fee", "3.50"), "fields"},
		"a negative sum":           {set("total_fee", "-350"), "fields"},
		"a broken time":            {set("time_end", "2026-03-02"), "fields"},
		"a doubled field":          {[]byte(strings.Replace(string(good), "<total_fee>", "<total_fee>1</total_fee><total_fee>", 1)), "shape"},
		"a DOCTYPE":                {append([]byte(`<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]>`), good...), "shape"},
		"a million laughs":         {[]byte(`<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><xml><a>&b;</a></xml>`), "shape"},
		"a long body":              {[]byte("<xml><a>" + strings.Repeat("x", 10<<20) + "</a></xml>"), "shape"},
		"nothing":                  {nil, "shape"},
		"JSON":                     {[]byte(`{"id":"x"}`), "shape"},
		"a number not in the book": {set("out_trade_no", "K0042-000008ABCDEFGHIJKLMNOPQR"), "unknown_order"},
	} {
		n := noticesOf(o)
		_, err := n.V2(t.Context(), c.body)
		failed(t, n, err, c.check, what)
	}
}

func mustLook(body []byte) map[string]string {
	in, err := look(body)
	if err != nil {
		panic(err)
	}
	return in
}

func TestAStrangersPaymentComesAgainAndCanBeAskedAfter(t *testing.T) {
	n := noticesOf()
	got, err := n.V2(t.Context(), aPaidNotice("HMAC-SHA256", nil))
	if !errors.Is(err, ErrNotYet) || got.No != anOrder(sale.Native).No || got.Fen != 350 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := n.V2(t.Context(), aPaidNotice("MD5", nil)); errors.Is(err, ErrNotYet) || err == nil {
		t.Errorf("a forged notice about an unknown number: %v", err)
	}
}

func TestABookThatCannotBeReadIsNotTheSendersFault(t *testing.T) {
	n := noticesOf()
	n.Order = func(context.Context, sale.No) (sale.Order, bool, error) {
		return sale.Order{}, false, errors.New("canary")
	}
	_, err := n.V2(t.Context(), aPaidNotice("HMAC-SHA256", nil))
	var r *Refusal
	if !errors.As(err, &r) || r.Refused() || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
	failed(t, n, err, "book", "a book that cannot be read")
}

// Money that does not fit is money all the same: the notice is taken, counted, and the query decides.
func TestMoneyThatDoesNotFitIsCountedAndTaken(t *testing.T) {
	known := owing(anOrder(sale.Native))
	for name, c := range map[string]struct {
		order sale.Order
		bend  func(in map[string]string)
		odd   string
	}{
		"another sum":         {anOrder(sale.Native), func(in map[string]string) { in["total_fee"] = "349" }, "amount_differs"},
		"another currency":    {anOrder(sale.Native), func(in map[string]string) { in["fee_type"] = "USD" }, "currency_differs"},
		"another transaction": {known, func(in map[string]string) { in["transaction_id"] = "4200009" }, "transaction_differs"},
	} {
		n := noticesOf(c.order)
		_, err := n.V2(t.Context(), aPaidNotice("HMAC-SHA256", c.bend))
		if counts := n.Counts(); err != nil || counts[c.odd] != 1 || counts["good"] != 1 {
			t.Errorf("%s: %v, %v", name, err, counts)
		}
	}
}

func TestSubMerchantsNoticesNameThem(t *testing.T) {
	o := anOrder(sale.Native)
	o.Merchant.SubMchID, o.Merchant.SubAppID = "1900000109", "wxsub"
	n := noticesOf(o)
	n.Payee = o.Merchant
	body := aPaidNotice("HMAC-SHA256", func(in map[string]string) { in["sub_mch_id"], in["sub_appid"] = "1900000109", "wxsub" })
	if _, err := n.V2(t.Context(), body); err != nil {
		t.Errorf("a service provider's payment is learnt late: %v", err)
	}
	if _, err := n.V2(t.Context(), aPaidNotice("HMAC-SHA256", nil)); err == nil {
		t.Error("a notice for the provider's other merchants was taken for ours")
	}
}

// The owner has put another appid of the same merchant into the config: what was born before is ours all the same, and its
// notice is signed with our key.
func TestANoticeOfAnOrderOfOursUnderFormerIDsIsTaken(t *testing.T) {
	o := anOrder(sale.Native)
	for what, c := range map[string]struct {
		in    *Notices
		fails string
	}{"in the book": {noticesOf(o), ""}, "not in the book": {noticesOf(), "ids"}} {
		c.in.Payee.AppID = "wx0000000000000001"
		got, err := c.in.V2(t.Context(), aPaidNotice("HMAC-SHA256", nil))
		failed(t, c.in, err, c.fails, what)
		if err == nil && (got.No != o.No || got.Kind != sale.NoticePaid) {
			t.Errorf("%s: %+v", what, got)
		}
	}
	for what, c := range map[string]struct {
		in    *Notices
		fails string
	}{"in the book": {noticesOf(o), ""}, "not in the book": {noticesOf(), "ids"}} {
		c.in.Payee.AppID = "wx0000000000000001"
		h, body := aPaidLetter().post()
		_, err := c.in.V3(t.Context(), h, body)
		failed(t, c.in, err, c.fails, what)
	}
	refund := noticesOf(owing(o))
	refund.Payee.AppID = "wx0000000000000001"
	_, err := refund.V2(t.Context(), aRefundNotice(aKey, nil))
	failed(t, refund, err, "", "a refund")
}

func TestARefundNoticeIsOpened(t *testing.T) {
	o := owing(anOrder(sale.Native))
	n := noticesOf(o)
	got, err := n.V2(t.Context(), aRefundNotice(aKey, nil))
	if err != nil {
		t.Fatalf("the refund is learnt late: %v", err)
	}
	want := sale.Notice{ID: got.ID, API: "v2", Kind: sale.NoticeRefund, No: o.No, Transaction: o.Money.Transaction,
		RefundNo: o.RefundNo, Fen: 350, Currency: "CNY", State: "SUCCESS", At: got.At}
	if got != want || !got.At.Equal(time.Date(2026, 3, 2, 4, 6, 7, 0, time.UTC)) {
		t.Errorf("read %+v", got)
	}
	for _, state := range []string{"CHANGE", "REFUNDCLOSE"} {
		got, err := n.V2(t.Context(), aRefundNotice(aKey, func(_, in map[string]string) {
			in["refund_status"] = state
			delete(in, "success_time")
		}))
		if err != nil || got.State != state || !got.At.IsZero() {
			t.Errorf("%s: %+v, %v", state, got, err)
		}
	}
}

func TestAnAlteredRefundNoticeIsRefused(t *testing.T) {
	inner := func(name, value string) []byte {
		return aRefundNotice(aKey, func(_, in map[string]string) { in[name] = value })
	}
	info := func(text string) []byte {
		return aRefundNotice(aKey, func(out, _ map[string]string) { out["req_info"] = text })
	}
	whole := mustLook(aRefundNotice(aKey, nil))["req_info"]
	raw, err := base64.StdEncoding.DecodeString(whole)
	if err != nil {
		t.Fatal(err)
	}
	swapped := append(append(append([]byte{}, raw[16:32]...), raw[:16]...), raw[32:]...)
	for what, c := range map[string]struct {
		body  []byte
		check string
	}{
		"another's key":        {aRefundNotice("192006250b4c09247ec02edce69f6a2d", nil), "cipher"},
		"broken base64":        {info("*" + whole), "cipher"},
		"half a block":         {info(base64.StdEncoding.EncodeToString(raw[:40])), "cipher"},
		"no padding":           {info(base64.StdEncoding.EncodeToString(raw[:len(raw)-16])), "cipher"},
		"swapped blocks":       {info(base64.StdEncoding.EncodeToString(swapped)), "plaintext"},
		"an xml root":          {info(sealRefund(aKey, "<xml><a>1</a></xml>")), "plaintext"},
		"two roots":            {info(sealRefund(aKey, "<root></root><root></root>")), "plaintext"},
		"an end of xml inside": {info(sealRefund(aKey, "<root></xml><xml></root>")), "plaintext"},
		"another merchant":     {aRefundNotice(aKey, func(out, _ map[string]string) { out["mch_id"] = "1" }), "ids"},
		"an unknown state":     {inner("refund_status", "PROCESSING"), "fields"},
		"no refund number":     {inner("out_refund_no", ""), "fields"},
		"no number":            {inner("out_trade_no", ""), "fields"},
		"a number that is SQL": {inner("out_trade_no", "'; DROP TABLE orders"), "number"},
		"no sum":               {inner("refund_fee", ""), "fields"},
		"no total":             {inner("total_fee", ""), "fields"},
		"a broken time":        {inner("success_time", "yesterday"), "fields"},
		"another total":        {inner("total_fee", "351"), "refund_unfit"},
		"more than was paid":   {inner("refund_fee", "351"), "refund_unfit"},
		"another transaction":  {inner("transaction_id", "4200009"), "refund_unfit"},
		"an unknown order":     {inner("out_trade_no", "K0042-000008ABCDEFGHIJKLMNOPQR"), "unknown_order"},
	} {
		n := noticesOf(owing(anOrder(sale.Native)))
		_, err := n.V2(t.Context(), c.body)
		failed(t, n, err, c.check, what)
	}
}

// A payment's notice and a refund's come to one address: each is told by what it holds.
func TestAPaymentIsNeverTakenForARefund(t *testing.T) {
	n := noticesOf(owing(anOrder(sale.Native)))
	paid, err := n.V2(t.Context(), aPaidNotice("HMAC-SHA256", nil))
	back, backErr := n.V2(t.Context(), aRefundNotice(aKey, nil))
	if err != nil || backErr != nil || paid.Kind != sale.NoticePaid || back.Kind != sale.NoticeRefund || paid.RefundNo != "" {
		t.Errorf("%+v %v, %+v %v", paid, err, back, backErr)
	}
}

// refundVectors are the published notice and two more; see testdata/notices.
func refundVectors(t *testing.T) (vectors []struct {
	Name, Key, KeyHash, ReqInfo string
	Fields                      map[string]string
}) {
	raw, err := os.ReadFile("testdata/notices/refunds.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &vectors); err != nil || len(vectors) != 3 {
		t.Fatalf("%d vectors, %v", len(vectors), err)
	}
	return vectors
}

func TestThePublishedRefundNoticesOpen(t *testing.T) {
	for _, v := range refundVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			sum := md5.Sum([]byte(v.Key))
			if got := hex.EncodeToString(sum[:]); v.KeyHash != "" && got != v.KeyHash {
				t.Errorf("the key's hash is %s, not %s", got, v.KeyHash)
			}
			if v.ReqInfo == "" {
				return
			}
			plain, err := decryptRefund(v.Key, v.ReqInfo)
			if err != nil {
				t.Fatalf("refunds are never learnt of: %v", err)
			}
			got, err := parseFlatRoot(plain)
			if err != nil {
				t.Fatalf("refunds are never learnt of: %v", err)
			}
			for name, want := range v.Fields {
				if got[name] != want {
					t.Errorf("%s is %q, not %q", name, got[name], want)
				}
			}
			if len(v.Fields) < 5 {
				t.Error("the vector says nothing")
			}
		})
	}
}
