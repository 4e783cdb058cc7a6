package pay

import (
	"context"
	"crypto/rand"
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
	body, err := g.billRequest(day)
	if err == nil {
		body, err = g.download(ctx, body)
	}
	if err != nil {
		return sale.Bill{}, fmt.Errorf("%s: %w", downloadbill.what, err)
	}
	bill, err := ReadBill(day, body)
	if err != nil {
		return sale.Bill{}, fmt.Errorf("%s: %w", downloadbill.what, err)
	}
	return bill, nil
}

func (g *V2) billRequest(day time.Time) ([]byte, error) {
	list := append(ids(g.Payee),
		field{"bill_date", day.Format("20060102")}, field{"bill_type", "ALL"}, field{"tar_type", "GZIP"},
		field{"sign_type", g.Payee.SignType}, field{"nonce_str", rand.Text()})
	sortFields(list)
	var sign [64]byte
	n, err := digest(list, g.Key, g.Payee.SignType, &sign)
	if err != nil {
		return nil, err
	}
	return envelope(append(list, field{"sign", string(sign[:n])}))
}

// download asks both hosts in turn: a bill may be asked for as often as one likes.
func (g *V2) download(ctx context.Context, body []byte) ([]byte, error) {
	client, err := g.client(downloadbill)
	if err != nil {
		return nil, err
	}
	r, err := g.hosts.ask(ctx, client, basesOf(g.URL, g.StandbyURL), question{
		method: http.MethodPost, path: downloadbill.path, body: body, most: billMost,
		head: func(*url.URL) (http.Header, error) {
			return http.Header{"Content-Type": {"text/xml; charset=utf-8"}}, nil
		},
		takes: func(status int) bool { return status == http.StatusOK },
	})
	return r.body, err
}
