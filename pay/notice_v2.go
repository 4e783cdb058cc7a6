package pay

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"kiosk/sale"
)

// V2 reads a notice of API v2 from the bytes as they came. A payment is signed; a refund is not, so
// it must fit the book in every field or it is refused.
func (n *Notices) V2(ctx context.Context, body []byte) (sale.Notice, error) {
	m, err := parseFlat(body)
	if err != nil {
		return sale.Notice{}, n.refuse(checkShape, "it is not one flat xml element")
	}
	a := answer{message: m}
	if a.get("return_code") != "SUCCESS" {
		return sale.Notice{}, n.refuse(checkReturn, "its return_code is not SUCCESS")
	}
	got := sale.Notice{API: "v2"}
	if a.get("req_info") != "" {
		return n.readRefundV2(ctx, a, got)
	}
	return n.readPaymentV2(ctx, a, got)
}

// readPaymentV2 reads a signed payment. The order is looked up before the signature, for it knows how it was signed.
func (n *Notices) readPaymentV2(ctx context.Context, a answer, got sale.Notice) (sale.Notice, error) {
	no := a.get("out_trade_no")
	o, known, err := n.findOrder(ctx, no) // before the signature: the order knows how it must be signed
	if err != nil {
		return sale.Notice{}, err
	}
	way := n.Payee.SignType
	if known {
		way = o.Merchant.SignType
	}
	if err := n.verifySignatureV2(a, way); err != nil {
		return sale.Notice{}, err
	}
	if !n.isForUsV2(a) {
		return sale.Notice{}, n.refuse(checkIDs, "it is for another merchant")
	}
	if a.get("result_code") != "SUCCESS" {
		return sale.Notice{}, n.refuse(checkResult, "its result_code is not SUCCESS")
	}
	m, err := a.readMoney()
	if err != nil {
		return sale.Notice{}, n.refuse(checkFields, "it lacks a field, or one is malformed")
	}
	got.ID, got.Kind, got.No, got.State = a.noticeID(), sale.NoticePaid, sale.No(no), "SUCCESS"
	got.Transaction, got.Fen, got.Currency, got.At = m.Transaction, m.Fen, m.Currency, m.At
	return n.finish(o, known, got)
}

// verifySignatureV2 checks the signature the way the order was signed. A notice may name a stronger way, never a weaker one.
func (n *Notices) verifySignatureV2(a answer, way string) error {
	switch named := a.get("sign_type"); {
	case named == "" || named == way:
	case named == signHMAC:
		way = signHMAC
	default:
		return n.refuse(checkSignType, "it is signed a weaker way than the order")
	}
	if sign := a.get("sign"); sign == "" || n.Key == "" || !a.hasSignature(sign, n.Key, way) {
		return n.refuse(checkSign, "its signature is wrong")
	}
	return nil
}

func (n *Notices) isForUsV2(a answer) bool {
	for _, id := range merchantIDs(n.Payee) {
		if a.get(id.name) != id.value {
			return false
		}
	}
	return true
}

// readRefundV2 opens a refund notice. Its cipher does not prove its sender: ECB blocks can be exchanged without the key.
func (n *Notices) readRefundV2(ctx context.Context, a answer, got sale.Notice) (sale.Notice, error) {
	if !n.isForUsV2(a) {
		return sale.Notice{}, n.refuse(checkIDs, "it is for another merchant")
	}
	plain, err := decryptRefund(n.Key, a.get("req_info"))
	if err != nil {
		return sale.Notice{}, n.refuse(checkCipher, "its req_info cannot be opened")
	}
	m, err := parseFlatRoot(plain)
	if err != nil {
		return sale.Notice{}, n.refuse(checkPlain, "its req_info holds no flat xml element")
	}
	in := answer{message: m}
	got.ID = in.noticeID()
	if err := readRefund(in, &got); err != nil {
		return sale.Notice{}, n.refuse(checkFields, "its req_info lacks a field, or one is malformed")
	}
	o, known, err := n.findOrder(ctx, string(got.No))
	if err != nil {
		return sale.Notice{}, err
	}
	if known && !refundFitsOrder(o, in, got) {
		return sale.Notice{}, n.refuse(checkRefund, "it does not fit the order")
	}
	return n.finish(o, known, got)
}

// refundFitsOrder returns whether an unsigned refund agrees with everything that the book knows of the payment.
func refundFitsOrder(o sale.Order, in answer, got sale.Notice) bool {
	paid := o.Fen
	if o.Money.Fen != 0 {
		paid = o.Money.Fen
	}
	total, err := in.readFen("total_fee")
	return err == nil && total == paid && got.Fen <= total &&
		(o.Money.Transaction == "" || got.Transaction == "" || o.Money.Transaction == got.Transaction)
}

// readRefund reads the content of a refund notice. Its total must be there, to be compared with the payment.
func readRefund(in answer, got *sale.Notice) (err error) {
	got.Kind, got.Currency = sale.NoticeRefund, "CNY"
	got.State, got.Transaction = in.get("refund_status"), in.get("transaction_id")
	if got.State != "SUCCESS" && got.State != "CHANGE" && got.State != "REFUNDCLOSE" {
		return errors.New("read the refund: its status is unknown")
	}
	no, err := in.need("out_trade_no")
	if err != nil {
		return err
	}
	got.No = sale.No(no)
	if got.RefundNo, err = in.need("out_refund_no"); err != nil {
		return err
	}
	if got.Fen, err = in.readFen("refund_fee"); err != nil {
		return err
	}
	if _, err = in.readFen("total_fee"); err != nil {
		return err
	}
	if at := in.get("success_time"); at != "" { // absent unless the money arrived
		got.At, err = parseInBeijing(time.DateTime, at)
	}
	return err
}

var errCipher = errors.New("open the refund: it was not sealed with our key")

// decryptRefund decrypts req_info: AES-256-ECB with PKCS#7, under the MD5 of the key written as 32 lower-case digits.
func decryptRefund(key, info string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(info)
	if err != nil || len(data) == 0 || len(data)%aes.BlockSize != 0 || key == "" {
		return nil, errCipher
	}
	sum := md5.Sum([]byte(key))
	block, err := aes.NewCipher([]byte(hex.EncodeToString(sum[:])))
	if err != nil {
		return nil, errCipher
	}
	for at := 0; at < len(data); at += aes.BlockSize {
		block.Decrypt(data[at:at+aes.BlockSize], data[at:at+aes.BlockSize])
	}
	pad := int(data[len(data)-1])
	if pad < 1 || pad > aes.BlockSize || !bytes.HasSuffix(data, bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, errCipher
	}
	return data[:len(data)-pad], nil
}

// parseFlatRoot is parseFlat for a text whose element is named root.
func parseFlatRoot(plain []byte) (message, error) {
	inner, begins := bytes.CutPrefix(bytes.TrimSpace(plain), []byte("<root>"))
	inner, ends := bytes.CutSuffix(inner, []byte("</root>"))
	if !begins || !ends {
		return nil, errXML
	}
	return parseFlat(bytes.Join([][]byte{[]byte("<xml>"), inner, []byte("</xml>")}, nil))
}
