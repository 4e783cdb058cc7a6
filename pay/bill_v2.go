package pay

import (
	"context"
	"time"

	"kiosk/sale"
)

var (
	downloadbill     = endpoint{what: "download the bill", path: "/pay/downloadbill", most: billMost}
	downloadfundflow = endpoint{what: "download the fund flow", path: "/pay/downloadfundflow", most: billMost, cert: true}
)

// Bill downloads the trade bill of a day, Beijing time. ErrNoBill and ErrBillNotReady are answers of the gateway;
// it signs neither them nor the bill.
func (g *V2) Bill(ctx context.Context, day time.Time) (bill sale.Bill, err error) {
	defer wrapError(downloadbill, &bill, &err)
	file, err := g.downloadFile(ctx, downloadbill, g.Payee.SignType, message{
		"bill_date": day.Format("20060102"), "bill_type": "ALL", "tar_type": "GZIP"})
	if err != nil {
		return bill, err
	}
	return ReadBill(day, file)
}

// FundFlow downloads the account of a day, Beijing time. It is asked for with the merchant's certificate, and always
// signed by HMAC-SHA256. ErrNoBill and ErrBillNotReady are answers of the gateway.
func (g *V2) FundFlow(ctx context.Context, day time.Time) (flow Flow, err error) {
	defer wrapError(downloadfundflow, &flow, &err)
	if g.Payee.SubMchID != "" {
		return flow, errSubFundFlow
	}
	file, err := g.downloadFile(ctx, downloadfundflow, signHMAC, message{
		"bill_date": day.Format("20060102"), "account_type": "Basic", "tar_type": "GZIP"})
	if err != nil {
		return flow, err
	}
	return ReadFlow(day, file)
}

// downloadFile asks for a file, of both hosts in turn, for it may be asked for any number of times. The file is not signed.
func (g *V2) downloadFile(ctx context.Context, e endpoint, signType string, ask message) ([]byte, error) {
	body, err := g.signedBody(g.Payee, signType, ask)
	if err != nil {
		return nil, err
	}
	r, err := g.postXML(ctx, e, body)
	return r.body, err
}
