package pay

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

// aLetter is a v3 notice before it is sealed and signed.
type aLetter struct {
	inside   map[string]any
	envelope map[string]any
	resource map[string]any
	head     map[string]string // put over the genuine headers
	key      string
	who      string // whose key signs
	at       time.Time
}

func aPaidLetter() aLetter {
	o := anOrder(sale.Native)
	return letterOf("TRANSACTION.SUCCESS", "transaction", map[string]any{"appid": o.Merchant.AppID, "mchid": o.Merchant.MchID,
		"out_trade_no": string(o.No), "transaction_id": aPayment, "trade_type": "NATIVE", "trade_state": "SUCCESS",
		"trade_state_desc": "支付成功", "bank_type": "CFT", "attach": "", "success_time": "2026-03-02T12:05:06+08:00",
		"payer":  map[string]any{"openid": anOpenID},
		"amount": map[string]any{"total": 350, "payer_total": 300, "currency": "CNY", "payer_currency": "CNY"}})
}

func aRefundLetter() aLetter {
	o := owing(anOrder(sale.Native))
	return letterOf("REFUND.SUCCESS", "refund", map[string]any{"mchid": o.Merchant.MchID, "out_trade_no": string(o.No),
		"transaction_id": aPayment, "out_refund_no": o.RefundNo, "refund_id": "5000", "refund_status": "SUCCESS",
		"success_time": "2026-03-02T12:06:07+08:00", "user_received_account": "支付用户零钱",
		"amount": map[string]any{"total": 350, "refund": 350, "payer_total": 300, "payer_refund": 300}})
}

func letterOf(event, kind string, inside map[string]any) aLetter {
	return aLetter{inside: inside, key: aKey3, who: "public", at: aMoment, head: map[string]string{},
		envelope: map[string]any{"id": "EV-2018022511223320873", "create_time": "2026-03-02T12:05:07+08:00", "event_type": event,
			"resource_type": "encrypt-resource", "summary": "支付成功"},
		resource: map[string]any{"algorithm": "AEAD_AES_256_GCM", "nonce": "fdasflkja484", "associated_data": kind, "original_type": kind}}
}

// post seals and signs.
func (l aLetter) post() (http.Header, []byte) {
	plain, _ := json.Marshal(l.inside)
	aad, _ := l.resource["associated_data"].(string)
	nonce, _ := l.resource["nonce"].(string)
	if _, forged := l.resource["ciphertext"]; !forged {
		l.resource["ciphertext"] = seal3(l.key, aad, (nonce + "000000000000")[:12], string(plain))
	}
	l.envelope["resource"] = l.resource
	body, _ := json.Marshal(l.envelope)
	stamp := fmt.Sprint(l.at.Unix())
	h := http.Header{}
	h.Set("Wechatpay-Timestamp", stamp)
	h.Set("Wechatpay-Nonce", "c5ac7061fccab6bf")
	h.Set("Wechatpay-Serial", aPublicID)
	h.Set("Wechatpay-Signature", sign3(keysOf()[l.who], stamp+"\nc5ac7061fccab6bf\n"+string(body)+"\n"))
	h.Set("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")
	for name, value := range l.head {
		h.Set(name, value)
		if value == "" {
			h.Del(name)
		}
	}
	return h, body
}

func TestAV3PaymentNoticeIsRead(t *testing.T) {
	n := noticesOf(anOrder(sale.Native))
	h, body := aPaidLetter().post()
	got, err := n.V3(t.Context(), h, body)
	if err != nil {
		t.Fatalf("the customer's payment is learnt late: %v", err)
	}
	want := sale.Notice{ID: "EV-2018022511223320873", API: "v3", Kind: sale.NoticePaid, No: anOrder(sale.Native).No,
		Transaction: aPayment, Fen: 350, Currency: "CNY", State: "SUCCESS", At: got.At}
	if got != want || !got.At.Equal(aMoment) {
		t.Errorf("read %+v", got)
	}
}

func TestAV3RefundNoticeIsRead(t *testing.T) {
	for event, state := range map[string]string{"REFUND.SUCCESS": "SUCCESS", "REFUND.CLOSED": "CLOSED", "REFUND.ABNORMAL": "ABNORMAL"} {
		l := aRefundLetter()
		l.envelope["event_type"], l.inside["refund_status"] = event, state
		if state != "SUCCESS" {
			delete(l.inside, "success_time")
		}
		n := noticesOf(owing(anOrder(sale.Native)))
		h, body := l.post()
		got, err := n.V3(t.Context(), h, body)
		want := sale.Notice{ID: "EV-2018022511223320873", API: "v3", Kind: sale.NoticeRefund, No: anOrder(sale.Native).No,
			Transaction: aPayment, RefundNo: string(anOrder(sale.Native).No) + "R1", Fen: 350, Currency: "CNY", State: state, At: got.At}
		if err != nil || got != want || (state == "SUCCESS") == got.At.IsZero() {
			t.Errorf("%s: %+v, %v", event, got, err)
		}
	}
}

func TestAV3NoticeMayLeaveOutWhatIsOptional(t *testing.T) {
	l := aPaidLetter()
	l.head["Wechatpay-Signature-Type"] = ""
	delete(l.resource, "associated_data")
	l.envelope["a_new_name"] = []any{1, "2"}
	l.inside["promotion_detail"] = []any{map[string]any{"amount": 50}}
	h, body := l.post()
	if _, err := noticesOf(anOrder(sale.Native)).V3(t.Context(), h, body); err != nil {
		t.Errorf("the customer's payment is learnt late: %v", err)
	}
}

func TestAServiceProvidersV3NoticesNameTheSubMerchant(t *testing.T) {
	o := anOrder(sale.Native)
	o.Merchant.SubMchID, o.Merchant.SubAppID = "1900000109", "wxsub"
	l := aPaidLetter()
	delete(l.inside, "appid")
	delete(l.inside, "mchid")
	maps.Copy(l.inside, map[string]any{"sp_appid": o.Merchant.AppID, "sp_mchid": o.Merchant.MchID, "sub_appid": "wxsub", "sub_mchid": "1900000109"})
	n := noticesOf(o)
	n.Payee = o.Merchant
	h, body := l.post()
	if _, err := n.V3(t.Context(), h, body); err != nil {
		t.Errorf("a service provider's payment is learnt late: %v", err)
	}
	h, body = aPaidLetter().post()
	if _, err := n.V3(t.Context(), h, body); err == nil {
		t.Error("a direct merchant's notice was taken for a sub-merchant's")
	}
	if _, err := noticesOf(anOrder(sale.Native)).V3(t.Context(), h, append(body, ' ')); err == nil {
		t.Error("a body with a blank more was believed")
	}
}

func TestAForgedV3NoticeIsRefused(t *testing.T) {
	type bend = func(l *aLetter)
	head := func(name, value string) bend { return func(l *aLetter) { l.head["Wechatpay-"+name] = value } }
	sealedAs := func(name string, value any) bend { return func(l *aLetter) { l.resource[name] = value } }
	envelope := func(name string, value any) bend { return func(l *aLetter) { l.envelope[name] = value } }
	inside := func(name string, value any) bend { return func(l *aLetter) { l.inside[name] = value } }
	clock := func(d time.Duration) bend { return func(l *aLetter) { l.at = l.at.Add(d) } }
	for what, c := range map[string]struct {
		bend  bend
		check string
	}{
		"no signature":            {head("Signature", ""), "headers"},
		"no serial":               {head("Serial", ""), "headers"},
		"no nonce":                {head("Nonce", ""), "headers"},
		"no time":                 {head("Timestamp", ""), "headers"},
		"a time in words":         {head("Timestamp", "now"), "headers"},
		"another signature type":  {head("Signature-Type", "WECHATPAY2-SM2-WITH-SM3"), "headers"},
		"over five minutes old":   {clock(-301 * time.Second), "timestamp"},
		"over five minutes early": {clock(301 * time.Second), "timestamp"},
		"a year old":              {clock(-365 * 24 * time.Hour), "timestamp"},
		"a probe":                 {head("Signature", "WECHATPAY/SIGNTEST/8Q0jWqJAQnFvbo0sZnE2pE6Wf=="), "probe"},
		"no base64":               {head("Signature", "%%%"), "signature"},
		"half a signature":        {head("Signature", "QUJD"), "signature"},
		"a stranger's key":        {func(l *aLetter) { l.who = "stranger" }, "signature"},
		"the merchant's key":      {func(l *aLetter) { l.who = "merchant" }, "signature"},
		"another nonce":           {head("Nonce", "d5ac7061fccab6bf"), "signature"},
		"another time":            {head("Timestamp", fmt.Sprint(aMoment.Unix()+1)), "signature"},
		"an unknown serial":       {head("Serial", "PUB_KEY_ID_0119"), "signature"},
		"no id":                   {envelope("id", ""), "shape"},
		"a number for an id":      {envelope("id", 7), "shape"},
		"an unknown event":        {envelope("event_type", "TRANSACTION.CLOSED"), "event"},
		"a refund's event":        {envelope("event_type", "REFUND.SUCCESS"), "event"},
		"an unknown resource":     {envelope("resource_type", "plain-resource"), "event"},
		"a refund's type":         {sealedAs("original_type", "refund"), "event"},
		"an unknown algorithm":    {sealedAs("algorithm", "AEAD_SM4_GCM"), "algorithm"},
		"a short nonce":           {sealedAs("nonce", "fdasflkja48"), "cipher"},
		"a long nonce":            {sealedAs("nonce", "fdasflkja4844"), "cipher"},
		"an empty nonce":          {sealedAs("nonce", ""), "cipher"},
		"no ciphertext":           {sealedAs("ciphertext", ""), "cipher"},
		"a ciphertext of a byte":  {sealedAs("ciphertext", "QQ=="), "cipher"},
		"no base64 inside":        {sealedAs("ciphertext", "%"), "shape"},
		"sealed with another key": {func(l *aLetter) { l.key = "0123456789abcdef0123456789ABCDEF" }, "cipher"},
		"other associated data": {func(l *aLetter) {
			l.resource["ciphertext"] = seal3(aKey3, "refund", "fdasflkja484", "{}")
		}, "cipher"},
		"no JSON inside": {func(l *aLetter) {
			l.resource["ciphertext"] = seal3(aKey3, "transaction", "fdasflkja484", "<xml/>")
		}, "plaintext"},
		"a sum in words":     {inside("amount", map[string]any{"total": "350"}), "plaintext"},
		"a broken sum":       {inside("amount", map[string]any{"total": 3.5}), "plaintext"},
		"no sum":             {inside("amount", map[string]any{}), "fields"},
		"a negative sum":     {inside("amount", map[string]any{"total": -350}), "fields"},
		"no transaction":     {inside("transaction_id", ""), "fields"},
		"no number":          {inside("out_trade_no", ""), "number"},
		"no time inside":     {inside("success_time", ""), "fields"},
		"a v2 time":          {inside("success_time", "20260302120506"), "fields"},
		"not paid":           {inside("trade_state", "NOTPAY"), "fields"},
		"another merchant":   {inside("mchid", "10000101"), "ids"},
		"another app":        {inside("appid", "wx2"), "ids"},
		"no merchant":        {inside("mchid", ""), "ids"},
		"a sub-merchant":     {inside("sub_mchid", "1900000109"), "ids"},
		"a number of SQL":    {inside("out_trade_no", "'; DROP TABLE orders"), "number"},
		"an unknown order":   {inside("out_trade_no", "K0042-000008ABCDEFGHIJKLMNOPQR"), "unknown_order"},
		"a long body":        {envelope("summary", strings.Repeat("x", 64<<10)), "shape"},
		"a refund's insides": {func(l *aLetter) { l.inside = aRefundLetter().inside }, "ids"},
	} {
		l := aPaidLetter()
		c.bend(&l)
		n := noticesOf(anOrder(sale.Native))
		h, body := l.post()
		_, err := n.V3(t.Context(), h, body)
		failed(t, n, err, c.check, what)
	}
}

func TestAV3NoticeIsReadOnlyAfterItsSignature(t *testing.T) {
	for _, body := range []string{"", "{", "null", `{"id":"x"}`, "<xml/>", strings.Repeat("[", 60000)} {
		n := noticesOf(anOrder(sale.Native))
		h, _ := aPaidLetter().post()
		_, err := n.V3(t.Context(), h, []byte(body))
		failed(t, n, err, "signature", body[:min(len(body), 9)])
	}
	n := noticesOf(anOrder(sale.Native))
	n.APIv3Key = "short"
	h, body := aPaidLetter().post()
	_, err := n.V3(t.Context(), h, body)
	failed(t, n, err, "key", "a short key")
	n = noticesOf(anOrder(sale.Native))
	n.Verify = nil
	_, err = n.V3(t.Context(), h, body)
	failed(t, n, err, "headers", "no way to verify")
}

func TestAStrangersV3PaymentCanBeAskedAfter(t *testing.T) {
	h, body := aPaidLetter().post()
	got, err := noticesOf().V3(t.Context(), h, body)
	if !errors.Is(err, ErrNotYet) || got.No != anOrder(sale.Native).No {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestNoRefusalTellsASecret(t *testing.T) {
	n := noticesOf(anOrder(sale.Native))
	for _, name := range []string{"out_trade_no", "mchid", "success_time", "trade_state", "transaction_id"} {
		l := aPaidLetter()
		l.inside[name] = "canary"
		h, body := l.post()
		_, v3 := n.V3(t.Context(), h, body)
		_, v2 := n.V2(t.Context(), aPaidNotice("HMAC-SHA256", func(in map[string]string) {
			in[map[string]string{"mchid": "mch_id", "success_time": "time_end", "trade_state": "result_code"}[name]] = "canary"
		}))
		_, back := n.V2(t.Context(), aRefundNotice(aKey, func(_, in map[string]string) { in["refund_status"] = "canary" + anOpenID }))
		for _, err := range []error{v3, v2, back} {
			if err != nil && (strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), anOpenID) || strings.Contains(err.Error(), aKey)) {
				t.Errorf("an error sings: %v", err)
			}
		}
	}
}

// BenchmarkNotifyV3 takes a notice. Beside it stands what no one can do without, in the same run: the RSA
// verification, the opening and the reading of both JSON texts; x-raw is how many times that it takes.
func BenchmarkNotifyV3(b *testing.B) {
	public := &keysOf()["public"].PublicKey
	n := noticesOf(anOrder(sale.Native))
	h, body := aPaidLetter().post()
	take := func() {
		if _, err := n.V3(b.Context(), h, body); err != nil {
			b.Fatal(err)
		}
	}
	text := []byte(h.Get("Wechatpay-Timestamp") + "\nc5ac7061fccab6bf\n" + string(body) + "\n")
	sign, _ := base64.StdEncoding.DecodeString(h.Get("Wechatpay-Signature"))
	raw := func() {
		sum := sha256.Sum256(text)
		err := rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], sign)
		var e noticeEnvelope
		var in noticeInside
		err = errors.Join(err, json.Unmarshal(body, &e))
		block, _ := aes.NewCipher([]byte(aKey3))
		gcm, _ := cipher.NewGCM(block)
		plain, bad := gcm.Open(nil, []byte(e.Resource.Nonce), e.Resource.Ciphertext, []byte(e.Resource.AssociatedData))
		if errors.Join(err, bad, json.Unmarshal(plain, &in)) != nil {
			b.Fatal("the floor gives way")
		}
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		take()
	}
	b.StopTimer()
	b.ReportMetric(float64(quickest(take))/float64(quickest(raw)), "x-raw")
}

// quickest is the time of a call where nothing else ran.
func quickest(do func()) time.Duration {
	least := time.Hour
	for range 300 {
		start := time.Now()
		for range 10 {
			do()
		}
		least = min(least, time.Since(start))
	}
	return least
}

func FuzzNoticeV3(f *testing.F) {
	h, body := aPaidLetter().post()
	f.Add(body, h.Get("Wechatpay-Signature"), h.Get("Wechatpay-Timestamp"))
	h, body = aRefundLetter().post()
	f.Add(body, h.Get("Wechatpay-Signature"), h.Get("Wechatpay-Timestamp"))
	f.Add([]byte("{}"), "WECHATPAY/SIGNTEST/AAAA", "1")
	heads := h
	genuine := map[string]bool{string(body): true}
	_, paid := aPaidLetter().post()
	genuine[string(paid)] = true
	f.Fuzz(func(t *testing.T, body []byte, sign, stamp string) {
		h := heads.Clone()
		h.Set("Wechatpay-Signature", sign)
		h.Set("Wechatpay-Timestamp", stamp)
		n := noticesOf(owing(anOrder(sale.Native)))
		if _, err := n.V3(t.Context(), h, body); err == nil && !genuine[string(body)] {
			t.Errorf("a body that nobody signed was believed: %q", body)
		}
		// The envelope behind the signature must not break the reader either.
		n.Verify = func(_ context.Context, _, _ string, _ []byte) error { return nil }
		h.Set("Wechatpay-Timestamp", fmt.Sprint(aMoment.Unix()))
		h.Set("Wechatpay-Signature", "x")
		if got, err := n.V3(t.Context(), h, body); err == nil && (got.ID == "" || got.Fen <= 0 || got.Transaction == "") {
			t.Errorf("half a notice was taken: %+v", got)
		}
	})
}

// Payments and refunds alike are verified by the key whose serial they name, whichever of them that is.
func TestNoticesAreVerifiedByTheKeyTheyName(t *testing.T) {
	g, b := meet3(t)
	n := noticesOf(owing(anOrder(sale.Native)))
	n.Verify, n.Now = g.Verify, time.Now
	b.certs = []string{"old", "new"}
	for _, who := range []string{"public", "old", "new"} {
		for kind, l := range map[string]aLetter{"payment": aPaidLetter(), "refund": aRefundLetter()} {
			l.who, l.at = who, time.Now()
			if who != "public" {
				l.head["Wechatpay-Serial"] = serial3(who)
			}
			h, body := l.post()
			if _, err := n.V3(t.Context(), h, body); err != nil {
				t.Errorf("a %s signed by the %s key is learnt late: %v", kind, who, err)
			}
			l.head["Wechatpay-Serial"] = map[string]string{"public": serial3("old"), "old": serial3("new"), "new": aPublicID}[who]
			h, body = l.post()
			if _, err := n.V3(t.Context(), h, body); err == nil {
				t.Errorf("a %s signed by the %s key was believed under another's serial", kind, who)
			}
		}
	}
	if c := b.count3("certificates"); c != 1 {
		t.Errorf("the list was fetched %d times", c)
	}
}

// Each interface has a key of its own, and a notice of one never meets the key of the other.
func TestTheTwoInterfacesKeysAreNotMistaken(t *testing.T) {
	h, body := aPaidLetter().post()
	n := noticesOf(anOrder(sale.Native))
	n.Key, n.APIv3Key = n.APIv3Key, n.Key
	if _, err := n.V2(t.Context(), aPaidNotice("HMAC-SHA256", nil)); err == nil {
		t.Error("a v2 notice was verified with the APIv3 key")
	}
	if _, err := n.V3(t.Context(), h, body); err == nil {
		t.Error("a v3 notice was opened with the APIv2 key")
	}
	n.Key = ""
	if _, err := n.V2(t.Context(), aPaidNotice("HMAC-SHA256", func(in map[string]string) { in["sign"] = sealOf(in, "", "HMAC-SHA256") })); err == nil {
		t.Error("a kiosk without an APIv2 key believes whoever signs with none")
	}
	if _, err := n.V2(t.Context(), aRefundNotice("", nil)); err == nil {
		t.Error("a kiosk without an APIv2 key opens what was sealed with none")
	}
}
