package pay

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"strconv"

	"kiosk/sale"
)

// JSAPI orders for a page in WeChat or a mini program, and gives the prepay_id that PaySign signs. The openid is
// the customer's under sub_appid if the payee has one, else under appid. A refusal is an error that names its word.
func (g *V3) JSAPI(ctx context.Context, o sale.Order, openid string) (prepayID string, err error) {
	defer wrapError(jsapi3, &prepayID, &err)
	if o.Means != sale.JSAPI || openid == "" {
		return "", errors.New("refuse the order: only one of a page, with the customer's openid, has a page to order for")
	}
	payer := fields{"openid": openid}
	switch {
	case o.Merchant.SubAppID != "":
		payer = fields{"sub_openid": openid}
	case o.Merchant.SubMchID != "":
		payer = fields{"sp_openid": openid}
	}
	body := g.pageBody(o)
	body["payer"] = payer
	in, said, err := g.exchangeSigned(ctx, jsapi3, o, ordersPath(o.Merchant)+jsapi3.path, body)
	if err != nil {
		return "", err
	}
	if said.Outcome != "" {
		return "", errors.New("the gateway refuses with " + sanitizeWord(said.Code))
	}
	return in.need("prepay_id")
}

// PageSign is the argument of getBrandWCPayRequest for a page, and without AppID of wx.requestPayment for a mini program.
type PageSign struct {
	AppID     string `json:"appId"`     // the sub-merchant's, if it has one
	TimeStamp string `json:"timeStamp"` // a string: the page refuses a number
	NonceStr  string `json:"nonceStr"`
	Package   string `json:"package"`
	SignType  string `json:"signType"` // RSA
	PaySign   string `json:"paySign"`
}

// PaySign signs the argument with which a page opens the cashier for a prepay_id of the payee's.
func (g *V3) PaySign(ctx context.Context, p sale.Merchant, prepayID string) (PageSign, error) {
	s := PageSign{AppID: cmp.Or(p.SubAppID, p.AppID), TimeStamp: strconv.FormatInt(g.now().Unix(), 10), NonceStr: rand.Text(),
		Package: "prepay_id=" + prepayID, SignType: "RSA"}
	return s, s.signPage(ctx, g)
}

// signPage signs four lines: the app, the time, the nonce and the package.
func (s *PageSign) signPage(ctx context.Context, g *V3) error {
	signed, err := g.signer().Sign(ctx, s.AppID+"\n"+s.TimeStamp+"\n"+s.NonceStr+"\n"+s.Package+"\n")
	if err != nil {
		return errors.New("sign for the page: the merchant's key cannot")
	}
	s.PaySign = signed.Signature
	return nil
}
