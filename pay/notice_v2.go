package pay

import (
	"bytes"
	"cmp"
	"context"
	"crypto/aes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
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
	if a.text("return_code") != "SUCCESS" {
		return sale.Notice{}, n.refuse(checkReturn, "its return_code is not SUCCESS")
	}
	if a.text("req_info") != "" {
		return n.readRefundV2(ctx, a)
	}
	return n.readPaymentV2(ctx, a)
}

// readPaymentV2 reads a signed payment. The order is looked up before the signature, for it knows how it was signed.
func (n *Notices) readPaymentV2(ctx context.Context, a answer) (sale.Notice, error) {
	no := a.text("out_trade_no")
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
	if !n.isForUsV2(a, o, known) {
		return sale.Notice{}, n.refuse(checkIDs, "it is for another merchant")
	}
	if a.text("result_code") != "SUCCESS" {
		return sale.Notice{}, n.refuse(checkResult, "its result_code is not SUCCESS")
	}
	m, err := readMoney(a)
	if err != nil {
		return sale.Notice{}, n.refuse(checkFields, "it lacks a field, or one is malformed")
	}
	return n.finish(o, known, sale.Notice{API: "v2", ID: a.noticeID(), Kind: sale.NoticePaid, No: sale.No(no), State: "SUCCESS",
		Transaction: m.Transaction, Fen: m.Fen, Currency: m.Currency, At: m.At})
}

// verifySignatureV2 checks the signature the way the order was signed. A notice may name a stronger way, never a weaker one.
func (n *Notices) verifySignatureV2(a answer, way string) error {
	switch named := a.text("sign_type"); {
	case named == "" || named == way:
	case named == signHMAC:
		way = signHMAC
	default:
		return n.refuse(checkSignType, "it is signed a weaker way than the order")
	}
	if sign := a.text("sign"); sign == "" || n.Key == "" || !a.hasSignature(sign, n.Key, way) {
		return n.refuse(checkSign, "its signature is wrong")
	}
	return nil
}

func (n *Notices) isForUsV2(a answer, o sale.Order, known bool) bool {
	return slices.ContainsFunc(n.payees(o, known), func(p sale.Merchant) bool {
		return !slices.ContainsFunc(merchantIDs(p), func(id field) bool { return a.text(id.name) != id.value })
	})
}

// readRefundV2 opens a refund notice. Its cipher does not prove its sender: ECB blocks can be exchanged without the key.
func (n *Notices) readRefundV2(ctx context.Context, a answer) (sale.Notice, error) {
	plain, err := decryptRefund(n.Key, a.text("req_info"))
	if err != nil {
		return sale.Notice{}, n.refuse(checkCipher, "its req_info cannot be opened")
	}
	m, err := parseFlatRoot(plain)
	if err != nil {
		return sale.Notice{}, n.refuse(checkPlain, "its req_info holds no flat xml element")
	}
	in := answer{message: m}
	got := sale.Notice{API: "v2"}
	if !readRefund(in, &got) {
		return sale.Notice{}, n.refuse(checkFields, "its req_info lacks a field, or one is malformed")
	}
	// Blocks of a caught notice make others without the key, so the book keeps one row for what a refund can come to.
	got.ID = message{"out_trade_no": string(got.No), "out_refund_no": got.RefundNo, "refund_status": got.State}.noticeID()
	o, known, err := n.findOrder(ctx, string(got.No))
	if err != nil {
		return sale.Notice{}, err
	}
	if !n.isForUsV2(a, o, known) {
		return sale.Notice{}, n.refuse(checkIDs, "it is for another merchant")
	}
	if known && got.Transaction != "" && got.Transaction != o.Money.Transaction { // a second payment has a row of its own
		second, entered, err := n.findOrder(ctx, string(sale.SecondNumber(got.No.Kiosk(), got.Transaction)))
		if err != nil {
			return sale.Notice{}, err
		}
		if entered {
			o = second
		}
	}
	if known && !refundFitsOrder(o, in, got) {
		return sale.Notice{}, n.refuse(checkRefund, "it does not fit the order")
	}
	return n.finish(o, known, got)
}

// refundFitsOrder returns whether an unsigned refund agrees with everything that the book knows of the payment, and has a
// number that we asked for.
func refundFitsOrder(o sale.Order, in answer, got sale.Notice) bool {
	total, err := in.readFen("total_fee")
	return err == nil && isOwnRefund(o, got.RefundNo) && total == cmp.Or(o.Money.Fen, o.Fen) && got.Fen <= total &&
		(o.Money.Transaction == "" || got.Transaction == "" || o.Money.Transaction == got.Transaction)
}

// isOwnRefund returns whether a refund number is the order's, of this round or of one before.
func isOwnRefund(o sale.Order, no string) bool {
	base, found := strings.CutSuffix(o.RefundNo, strconv.Itoa(o.Round))
	for round := 1; round <= o.Round && found; round++ {
		if no == base+strconv.Itoa(round) {
			return true
		}
	}
	return no != "" && no == o.RefundNo
}

// readRefund reads the content of a refund notice, and returns whether all of it is there. Its total must be there, to be
// compared with the payment.
func readRefund(in answer, got *sale.Notice) bool {
	got.Kind, got.Currency = sale.NoticeRefund, "CNY"
	got.State, got.Transaction = in.text("refund_status"), in.text("transaction_id")
	got.No, got.RefundNo = sale.No(in.text("out_trade_no")), in.text("out_refund_no")
	var noSum, noTotal, noTime error
	got.Fen, noSum = in.readFen("refund_fee")
	_, noTotal = in.readFen("total_fee")
	if at := in.text("success_time"); at != "" { // absent unless the money arrived
		got.At, noTime = parseInBeijing(time.DateTime, at)
	}
	return slices.Contains([]string{"SUCCESS", "CHANGE", "REFUNDCLOSE"}, got.State) && got.No != "" && got.RefundNo != "" &&
		noSum == nil && noTotal == nil && noTime == nil
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
