package pay

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"kiosk/sale"
)

var downloadbill = endpoint{what: "download the bill", path: "/pay/downloadbill"}

// Bill downloads the trade bill of a day, Beijing time. ErrNoBill and ErrBillNotReady are answers of the gateway;
// it signs neither them nor the bill.
func (g *V2) Bill(ctx context.Context, day time.Time) (sale.Bill, error) {
	body, err := g.paper(ctx, downloadbill, g.Payee.SignType, message{
		"bill_date": day.Format("20060102"), "bill_type": "ALL", "tar_type": "GZIP"})
	if err != nil {
		return sale.Bill{}, fmt.Errorf("%s: %w", downloadbill.what, err)
	}
	bill, err := ReadBill(day, body)
	if err != nil {
		return sale.Bill{}, fmt.Errorf("%s: %w", downloadbill.what, err)
	}
	return bill, nil
}

// paper asks for a file, of both hosts in turn: it may be asked for as often as one likes.
func (g *V2) paper(ctx context.Context, e endpoint, signType string, ask message) ([]byte, error) {
	body, err := g.signedBody(g.Payee, signType, ask)
	if err != nil {
		return nil, err
	}
	client, err := g.client(e)
	if err != nil {
		return nil, err
	}
	r, err := g.hosts.ask(ctx, client, basesOf(g.URL, g.StandbyURL), question{
		method: http.MethodPost, path: e.path, body: body, most: billMost,
		head: func(*url.URL) (http.Header, error) {
			return http.Header{"Content-Type": {"text/xml; charset=utf-8"}}, nil
		},
		takes: func(status int) bool { return status == http.StatusOK },
	})
	return r.body, err
}
