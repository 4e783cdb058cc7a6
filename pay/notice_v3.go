package pay

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"kiosk/sale"
)

// noticeEnvelope is the envelope of a v3 notice.
type noticeEnvelope struct {
	ID           string `json:"id"`
	EventType    string `json:"event_type"`
	ResourceType string `json:"resource_type"`
	Resource     struct {
		Algorithm      string `json:"algorithm"`
		Ciphertext     []byte `json:"ciphertext"` // base64 in the JSON
		Nonce          string `json:"nonce"`
		AssociatedData string `json:"associated_data"`
		OriginalType   string `json:"original_type"`
	} `json:"resource"`
}

// noticeInside is the sealed content of a notice, of a payment or of a refund, to a merchant or to a service provider.
type noticeInside struct {
	AppID         string `json:"appid"` // these two for a direct merchant
	MchID         string `json:"mchid"`
	SpAppID       string `json:"sp_appid"` // these four for a service provider
	SpMchID       string `json:"sp_mchid"`
	SubAppID      string `json:"sub_appid"`
	SubMchID      string `json:"sub_mchid"`
	OutTradeNo    string `json:"out_trade_no"`
	TransactionID string `json:"transaction_id"`
	TradeState    string `json:"trade_state"`
	OutRefundNo   string `json:"out_refund_no"`
	RefundStatus  string `json:"refund_status"` // of a refund, instead of trade_state
	SuccessTime   string `json:"success_time"`
	Amount        struct {
		Total    int64  `json:"total"` // of the payment, in a refund too
		Refund   int64  `json:"refund"`
		Currency string `json:"currency"`
	} `json:"amount"`
}

// eventStates are the events we know, and the state each must hold.
var eventStates = map[string]string{
	"TRANSACTION.SUCCESS": "SUCCESS",
	"REFUND.SUCCESS":      "SUCCESS",
	"REFUND.CLOSED":       "CLOSED",
	"REFUND.ABNORMAL":     "ABNORMAL",
}

// V3 reads a notice of API v3 from the bytes as they came: first the signature, then the sealed content. No JSON is parsed
// before the signature is found good: a stranger gets as little of our code to play with as can be.
func (n *Notices) V3(ctx context.Context, h http.Header, body []byte) (sale.Notice, error) {
	if len(body) > maxBody {
		return sale.Notice{}, n.refuse(checkShape, "it is longer than 64 KiB")
	}
	if err := n.verifySigned(ctx, h, body); err != nil {
		return sale.Notice{}, err
	}
	var e noticeEnvelope
	if err := json.Unmarshal(body, &e); err != nil || e.ID == "" || len(e.ID) > 64 {
		return sale.Notice{}, n.refuse(checkShape, "it is no envelope with an id")
	}
	state, known := eventStates[e.EventType]
	refund := strings.HasPrefix(e.EventType, "REFUND.")
	kind := e.Resource.OriginalType
	if !known || e.ResourceType != "encrypt-resource" || kind != "" && kind != map[bool]string{false: "transaction", true: "refund"}[refund] {
		return sale.Notice{}, n.refuse(checkEvent, "its event is unknown")
	}
	in, err := n.openResource(e)
	if err != nil {
		return sale.Notice{}, err
	}
	o, inBook, err := n.findOrder(ctx, in.OutTradeNo)
	if err != nil {
		return sale.Notice{}, err
	}
	if !slices.ContainsFunc(n.payees(o, inBook), func(p sale.Merchant) bool { return in.isFor(p, refund) }) {
		return sale.Notice{}, n.refuse(checkIDs, "it is for another merchant")
	}
	got := sale.Notice{ID: e.ID, API: "v3", No: sale.No(in.OutTradeNo), Transaction: in.TransactionID, State: state}
	if !in.fillNotice(&got, refund) {
		return sale.Notice{}, n.refuse(checkFields, "it lacks a field, or one is malformed")
	}
	return n.finish(o, inBook, got)
}

// verifySigned holds the raw body against the key that the header names.
func (n *Notices) verifySigned(ctx context.Context, h http.Header, body []byte) error {
	s, err := readSigned(h, body, n.now())
	switch {
	case err == errSkew:
		return n.refuse(checkSkew, "its time is more than five minutes from ours")
	case err == errProbe:
		return n.refuse(checkProbe, "it is a probe of our checking")
	case err != nil || n.Verify == nil:
		return n.refuse(checkHeaders, "its signature's headers are missing or odd")
	}
	if err := n.Verify(ctx, s.serial, s.sign, s.text); err != nil {
		return n.refuse(checkSign, "its signature is wrong")
	}
	return nil
}

// openResource decrypts the sealed content of the envelope.
func (n *Notices) openResource(e noticeEnvelope) (in noticeInside, err error) {
	r := e.Resource
	plain, err := unseal(n.APIv3Key, r.Algorithm, r.AssociatedData, r.Nonce, r.Ciphertext)
	switch {
	case err == errAlgorithm:
		return in, n.refuse(checkAlgorithm, "it is sealed an unknown way")
	case err == errAPIv3Key:
		return in, n.refuse(checkKey, "our APIv3 key is not 32 bytes long")
	case err != nil:
		return in, n.refuse(checkCipher, "it cannot be opened with our key")
	}
	if err := json.Unmarshal(plain, &in); err != nil {
		return in, n.refuse(checkPlain, "what is sealed inside is no JSON of the kind")
	}
	return in, nil
}

// isFor returns whether the notice is for a merchant. A refund names no appid.
func (in noticeInside) isFor(p sale.Merchant, refund bool) bool {
	want := noticeInside{AppID: p.AppID, MchID: p.MchID}
	if p.SubMchID != "" {
		want = noticeInside{SpAppID: p.AppID, SpMchID: p.MchID, SubAppID: p.SubAppID, SubMchID: p.SubMchID}
	}
	if in.MchID != want.MchID || in.SpMchID != want.SpMchID || in.SubMchID != want.SubMchID {
		return false
	}
	if refund && in.AppID == "" && in.SpAppID == "" && in.SubAppID == "" {
		return true
	}
	return in.AppID == want.AppID && in.SpAppID == want.SpAppID && in.SubAppID == want.SubAppID
}

// fillNotice reads the payment or the refund, and returns whether all of it is there.
func (in noticeInside) fillNotice(got *sale.Notice, refund bool) bool {
	got.Currency = cmp.Or(in.Amount.Currency, "CNY")
	said := in.TradeState
	got.Kind, got.Fen = sale.NoticePaid, sale.Fen(in.Amount.Total)
	if refund {
		said = in.RefundStatus
		got.Kind, got.Fen, got.RefundNo = sale.NoticeRefund, sale.Fen(in.Amount.Refund), in.OutRefundNo
	}
	var err error
	if in.SuccessTime != "" || !refund {
		got.At, err = time.Parse(time.RFC3339, in.SuccessTime)
	}
	return err == nil && said == got.State && got.Fen > 0 && in.Amount.Total >= int64(got.Fen) && in.TransactionID != "" &&
		in.OutTradeNo != "" && (!refund || in.OutRefundNo != "")
}
