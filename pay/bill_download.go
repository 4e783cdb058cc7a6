package pay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"kiosk/sale"
)

var (
	downloadbill     = endpoint{what: "download the bill", path: "/pay/downloadbill", most: billMost}
	downloadfundflow = endpoint{what: "download the fund flow", path: "/pay/downloadfundflow", most: billMost, cert: true}
	tradebill        = endpoint{what: "download the bill", path: "/v3/bill/tradebill"}
	fundflowbill     = endpoint{what: "download the fund flow", path: "/v3/bill/fundflowbill"}
)

// Bill downloads the trade bill of a day, Beijing time. ErrNoBill and ErrBillNotReady are answers of the gateway;
// it signs neither them nor the bill.
func (g *V2) Bill(ctx context.Context, day time.Time) (bill sale.Bill, err error) {
	defer wrapError(downloadbill, &bill, &err)
	file, err := g.downloadFile(ctx, downloadbill, g.Payee.SignType, day, message{"bill_type": "ALL"})
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
	file, err := g.downloadFile(ctx, downloadfundflow, signHMAC, day, message{"account_type": "Basic"})
	if err != nil {
		return flow, err
	}
	return ReadFlow(day, file)
}

// downloadFile asks for a file, of both hosts in turn, for it may be asked for any number of times. The file is not signed.
func (g *V2) downloadFile(ctx context.Context, e endpoint, signType string, day time.Time, ask message) ([]byte, error) {
	body, err := g.signedBody(g.Payee, signType, ask, message{"bill_date": day.Format("20060102"), "tar_type": "GZIP"})
	if err != nil {
		return nil, err
	}
	r, err := g.postXML(ctx, e, body)
	return r.body, err
}

// Bill downloads the trade bill of a day, Beijing time. The gateway signs the address and the hash of the file.
func (g *V3) Bill(ctx context.Context, day time.Time) (bill sale.Bill, err error) {
	defer wrapError(tradebill, &bill, &err)
	ask := url.Values{"bill_type": {"ALL"}}
	if g.Payee.SubMchID != "" {
		ask.Set("sub_mchid", g.Payee.SubMchID)
	}
	file, err := g.downloadFile(ctx, tradebill, day, ask)
	if err != nil {
		return bill, err
	}
	return ReadBill(day, file)
}

// FundFlow downloads the account of a day, Beijing time, and holds it against the hash that the gateway has signed.
func (g *V3) FundFlow(ctx context.Context, day time.Time) (flow Flow, err error) {
	defer wrapError(fundflowbill, &flow, &err)
	if g.Payee.SubMchID != "" {
		return flow, errSubFundFlow
	}
	file, err := g.downloadFile(ctx, fundflowbill, day, url.Values{"account_type": {"BASIC"}})
	if err != nil {
		return flow, err
	}
	return ReadFlow(day, file)
}

// downloadFile asks for the address of a file and fetches it. The hash is signed, so the file is as good as signed.
func (g *V3) downloadFile(ctx context.Context, e endpoint, day time.Time, ask url.Values) ([]byte, error) {
	ask.Set("bill_date", day.Format(time.DateOnly))
	ask.Set("tar_type", "GZIP")
	r, err := g.sendVerified(ctx, e, e.path+"?"+ask.Encode(), nil)
	if err != nil {
		return nil, err
	}
	in, err := readObject(r.body)
	if err != nil {
		return nil, err
	}
	if r.status != http.StatusOK {
		return nil, readBillRefusal3(r.status, in.text("code"))
	}
	path, err := readBillPath(in.text("download_url"))
	if err != nil {
		return nil, err
	}
	if r, err = g.sendSigned(ctx, request{method: http.MethodGet, path: path, most: billMost, takes: isOK}); err != nil {
		return nil, err
	}
	return r.body, checkHash(r.body, in.text("hash_type"), in.text("hash_value"))
}

// readBillRefusal3 reads a refusal whose signature was found good.
func readBillRefusal3(status int, code string) error {
	switch normalizeCode(code) {
	case "NOSTATEMENTEXIST":
		return ErrNoBill
	case "STATEMENTCREATING":
		return ErrBillNotReady
	}
	return fmt.Errorf("read the answer: HTTP status %d %s", status, sanitizeWord(code))
}

// readBillPath is the path of the file on the gateway that we already speak to. The host of the address is not used: a
// request of ours carries the merchant's signature, which no other host may see.
func readBillPath(address string) (string, error) {
	at, err := url.Parse(address)
	if err != nil || !strings.Contains(at.Path, "/v3/billdownload/") {
		return "", errors.New("read the answer: its download_url is none of the gateway's")
	}
	uri := at.RequestURI()
	return uri[strings.Index(uri, "/v3/billdownload/"):], nil
}
