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
	tradebill    = endpoint{what: "download the bill", path: "/v3/bill/tradebill"}
	fundflowbill = endpoint{what: "download the fund flow", path: "/v3/bill/fundflowbill"}
)

// Bill downloads the trade bill of a day, Beijing time. The gateway signs the address and the hash of the file.
func (g *V3) Bill(ctx context.Context, day time.Time) (bill sale.Bill, err error) {
	defer wrapError(tradebill, &bill, &err)
	ask := url.Values{"bill_date": {day.Format(time.DateOnly)}, "bill_type": {"ALL"}, "tar_type": {"GZIP"}}
	if g.Payee.SubMchID != "" {
		ask.Set("sub_mchid", g.Payee.SubMchID)
	}
	f, err := g.downloadFile(ctx, tradebill, ask)
	if err != nil {
		return bill, err
	}
	return ReadHashedBill(day, f.body, f.hashType, f.hash)
}

// FundFlow downloads the account of a day, Beijing time, and holds it against the hash that the gateway has signed.
func (g *V3) FundFlow(ctx context.Context, day time.Time) (flow Flow, err error) {
	defer wrapError(fundflowbill, &flow, &err)
	if g.Payee.SubMchID != "" {
		return flow, errSubFundFlow
	}
	f, err := g.downloadFile(ctx, fundflowbill, url.Values{"bill_date": {day.Format(time.DateOnly)}, "account_type": {"BASIC"}, "tar_type": {"GZIP"}})
	if err == nil {
		err = checkHash(f.body, f.hashType, f.hash)
	}
	if err != nil {
		return flow, err
	}
	return ReadFlow(day, f.body)
}

// hashedFile is a file and what the gateway has signed that it hashes to.
type hashedFile struct {
	body           []byte
	hashType, hash string
}

// downloadFile asks for the address of a file and fetches it. The hash is signed, so the file is as good as signed.
func (g *V3) downloadFile(ctx context.Context, e endpoint, ask url.Values) (f hashedFile, err error) {
	r, err := g.sendVerified(ctx, e, e.path+"?"+ask.Encode(), nil)
	if err != nil {
		return f, err
	}
	in, err := readObject(r.body)
	if err != nil {
		return f, err
	}
	if r.status != http.StatusOK {
		return f, readBillRefusal3(r.status, in.text("code"))
	}
	path, err := readBillPath(in.text("download_url"))
	if err != nil {
		return f, err
	}
	if r, err = g.sendSigned(ctx, request{method: http.MethodGet, path: path, most: billMost, takes: isOK}); err != nil {
		return f, err
	}
	return hashedFile{r.body, in.text("hash_type"), in.text("hash_value")}, nil
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
