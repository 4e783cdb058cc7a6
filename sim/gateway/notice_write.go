package gateway

import (
	"bytes"
	"crypto/aes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// Notice is the payment notice of an order as the gateway would post it now, or one forged in
// the named way: NoticeForgeriesV2, NoticeForgeriesV3, NoticeOddities. Forgeries need no payment.
func (g *Gateway) Notice(outTradeNo, forgery string) (*http.Request, error) {
	now := g.lockNow()
	defer g.mu.Unlock()
	o := g.memo.byNo[outTradeNo]
	switch {
	case o == nil:
		return nil, errors.New("write a notice: no such order")
	case !o.isPaid() && forgery == "":
		return nil, errors.New("write a notice: the order is not paid")
	}
	g.memo.times["notice "+o.No]++
	call := Call{At: now, API: orWord(o.API, "v2"), Endpoint: "notice", No: o.No, Fen: o.Fen, Nth: 1000 + g.memo.times["notice "+o.No]}
	return g.noticeRequest(call, &Trouble{Forge: forgery}, now), nil
}

// RefundNotice is the same for a refund; forged as in RefundForgeriesV2 and NoticeForgeriesV3.
func (g *Gateway) RefundNotice(outRefundNo, forgery string) (*http.Request, error) {
	now := g.lockNow()
	defer g.mu.Unlock()
	o := g.memo.byRefund[outRefundNo]
	if o == nil || o.findRefund(outRefundNo) == nil {
		return nil, errors.New("write a notice: no such refund")
	}
	r := o.findRefund(outRefundNo)
	g.memo.times["refundnotice "+o.No]++
	call := Call{At: now, API: orWord(r.API, "v2"), Endpoint: "refundnotice", No: o.No, RefundNo: r.No, Fen: r.Fen,
		Nth: 1000 + g.memo.times["refundnotice "+o.No]}
	return g.noticeRequest(call, &Trouble{Forge: forgery}, now), nil
}

// noticeRequest writes one copy. It is called with the lock held.
func (g *Gateway) noticeRequest(call Call, t *Trouble, now time.Time) *http.Request {
	q := &request{Call: call, t: t, now: now}
	o := g.paymentOf(call.No, call.Paid)
	url := o.URL
	if call.RefundNo != "" {
		url = o.findRefund(call.RefundNo).URL
	}
	header := map[string]string{"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0"}
	var body []byte
	switch {
	case call.API == "v3":
		a := g.noticeV3(q, o)
		body, header["Content-Type"] = a.body, "application/json"
		for name, value := range a.header {
			header[name] = value
		}
	case call.RefundNo != "":
		body = g.refundNoticeV2(q, o)
	default:
		body = g.noticeV2(q, o)
	}
	r, err := http.NewRequest(http.MethodPost, orWord(url, "https://kiosk.invalid/notify/"+call.API), bytes.NewReader(body))
	if err != nil {
		panic(err) // its address was checked when it was given
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	return r
}

// noticeV2 is the signed XML of a payment.
func (g *Gateway) noticeV2(q *request, o *order) []byte {
	dice, kind := g.random(o.No, fmt.Sprint("notice ", q.Nth)), orWord(o.Kind, signMD5)
	how := drawShape(dice)
	if g.Rules.Plain {
		how = manualShape
	}
	fields := g.noticeFields(g.asPaid(o, q.now), dice)
	if !g.Rules.Plain {
		fields = slices.DeleteFunc(addOddFields(fields, kind, dice), func(e element) bool { return e.Name == "sign_type" })
	}
	if told := dice.IntN(2) == 0; g.Rules.SignType == "always" || g.Rules.SignType == "" && told {
		fields = append(fields, element{"sign_type", kind})
	}
	if q.t.Forge == "" {
		return writeXML(signFields(fields, kind, g.Key), how)
	}
	return g.forgeNoticeV2(q, fields, kind, how)
}

// noticeFields are those of a payment, which a query would answer as well.
func (g *Gateway) noticeFields(o *order, dice *rand.Rand) []element {
	fields := append(g.noticeIDs(dice), element{"result_code", "SUCCESS"})
	if o.Device != "" {
		fields = append(fields, element{"device_info", o.Device})
	}
	return append(fields, g.paidFields(o)...)
}

// noticeIDs are the fields that every v2 notice begins with.
func (g *Gateway) noticeIDs(dice *rand.Rand) []element {
	fields := []element{{"return_code", "SUCCESS"}, {"appid", g.AppID}, {"mch_id", g.MchID}}
	if g.SubMchID != "" {
		fields = append(fields, element{"sub_mch_id", g.SubMchID})
	}
	if g.SubAppID != "" {
		fields = append(fields, element{"sub_appid", g.SubAppID})
	}
	return append(fields, element{"nonce_str", drawLetters(dice, 32, base62)})
}

// refundNoticeV2 carries no signature; its req_info is sealed with the digest of the key.
func (g *Gateway) refundNoticeV2(q *request, o *order) []byte {
	dice, r := g.random(q.RefundNo, fmt.Sprint("notice ", q.Nth)), o.findRefund(q.RefundNo)
	how := drawShape(dice)
	if g.Rules.Plain {
		how = manualShape
	}
	plain := g.refundRoot(o, r, q.now)
	key := g.Key
	if q.t.Forge == "wrong-key" {
		key = otherMerchantKey
	}
	fields := append(g.noticeIDs(dice), element{"req_info", sealRefund(key, plain)})
	if q.t.Forge != "" {
		return g.forgeRefundV2(q, fields, plain, how)
	}
	return writeXML(fields, how)
}

// refundRoot is the text inside req_info: its outer element is root, not xml.
func (g *Gateway) refundRoot(o *order, r *refunding, now time.Time) []byte {
	state := r.stateAt(now)
	fields := []element{{"transaction_id", o.TransactionID}, {"out_trade_no", o.No}, {"refund_id", r.ID}, {"out_refund_no", r.No},
		{"total_fee", formatInt(o.Fen)}, {"settlement_total_fee", formatInt(o.Fen - o.Coupon)}, {"refund_fee", formatInt(r.Fen)},
		{"settlement_refund_fee", formatInt(r.Fen - o.couponShare(r))}, {"refund_status", state}, {"refund_recv_accout", "支付用户零钱"},
		{"refund_account", "REFUND_SOURCE_UNSETTLED_FUNDS"}, {"refund_request_source", orWord(r.Source, "API")}}
	if state == success {
		fields = append(fields, element{"success_time", r.Ends.In(beijing).Format(time.DateTime)})
	}
	text := writeXML(fields, shape{cdata: func(element) bool { return true }})
	text = bytes.Replace(text, []byte("<xml>"), []byte("<root>"), 1)
	return bytes.Replace(text, []byte("</xml>"), []byte("</root>"), 1)
}

// sealRefund is AES-256 in single blocks under the lower-case hex of the key's MD5, as 32 letters.
func sealRefund(key string, plain []byte) string {
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	return sealBlocks(key, append(slices.Clone(plain), bytes.Repeat([]byte{byte(pad)}, pad)...))
}

// sealBlocks encrypts each block by itself (ECB), as the documents have it: equal blocks look equal and may change places.
func sealBlocks(key string, padded []byte) string {
	sum := md5.Sum([]byte(key))
	block, err := aes.NewCipher([]byte(hex.EncodeToString(sum[:])))
	if err != nil {
		panic(err) // 32 letters are a key
	}
	out := make([]byte, len(padded))
	for i := 0; i < len(padded); i += aes.BlockSize {
		block.Encrypt(out[i:], padded[i:])
	}
	return base64.StdEncoding.EncodeToString(out)
}

// drawUUID has the form of a UUID, drawn from the chance of one order.
func drawUUID(dice *rand.Rand) string {
	hexes := drawLetters(dice, 32, "0123456789abcdef")
	return hexes[:8] + "-" + hexes[8:12] + "-" + hexes[12:16] + "-" + hexes[16:20] + "-" + hexes[20:]
}

// swapBlocks exchanges two blocks of the ciphertext, which nothing in this seal forbids.
func swapBlocks(sealed string) string {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(raw) < 5*aes.BlockSize {
		return sealed
	}
	a, b := raw[aes.BlockSize:2*aes.BlockSize], raw[3*aes.BlockSize:4*aes.BlockSize]
	first := slices.Clone(a)
	copy(a, b)
	copy(b, first)
	return base64.StdEncoding.EncodeToString(raw)
}
