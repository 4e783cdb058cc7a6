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

var tradebill = endpoint{what: "download the bill", path: "/v3/bill/tradebill"}

// Bill downloads the trade bill of a day, Beijing time. The gateway signs where it is and what it must hash to,
// and not the file itself.
func (g *V3) Bill(ctx context.Context, day time.Time) (sale.Bill, error) {
	bill, err := g.bill(ctx, day)
	if err != nil {
		return sale.Bill{}, fmt.Errorf("%s: %w", tradebill.what, err)
	}
	return bill, nil
}

func (g *V3) bill(ctx context.Context, day time.Time) (sale.Bill, error) {
	ask := url.Values{"bill_date": {day.Format(time.DateOnly)}, "bill_type": {"ALL"}, "tar_type": {"GZIP"}}
	if g.Payee.SubMchID != "" {
		ask.Set("sub_mchid", g.Payee.SubMchID)
	}
	f, err := g.sheet(ctx, tradebill, ask)
	if err != nil {
		return sale.Bill{}, err
	}
	return ReadHashedBill(day, f.body, f.hashType, f.hash)
}

// hashedFile is a file and what the gateway has signed that it hashes to.
type hashedFile struct {
	body           []byte
	hashType, hash string
}

// sheet asks where a bill is and fetches it.
func (g *V3) sheet(ctx context.Context, e endpoint, ask url.Values) (f hashedFile, err error) {
	r, err := g.talk(ctx, e, e.path+"?"+ask.Encode(), nil)
	if err != nil {
		return f, err
	}
	in, err := readObject(r.body)
	if err != nil {
		return f, err
	}
	if r.status != http.StatusOK {
		return f, noBill3(r.status, in.text("code"))
	}
	path, err := billPath(in.text("download_url"))
	if err != nil {
		return f, err
	}
	f.hashType, f.hash = in.text("hash_type"), in.text("hash_value")
	f.body, err = g.billFile(ctx, path)
	return f, err
}

// noBill3 reads a refusal whose signature was found good.
func noBill3(status int, code string) error {
	switch squeeze(code) {
	case "NOSTATEMENTEXIST":
		return ErrNoBill
	case "STATEMENTCREATING":
		return ErrBillNotReady
	}
	return fmt.Errorf("read the answer: HTTP status %d %s", status, plain(code))
}

// billPath is where the file is on the gateway we already speak to: another host is not gone to.
func billPath(address string) (string, error) {
	at, err := url.Parse(address)
	if err != nil || !strings.Contains(at.Path, "/v3/billdownload/") {
		return "", errors.New("read the answer: its download_url is none of the gateway's")
	}
	uri := at.RequestURI()
	return uri[strings.Index(uri, "/v3/billdownload/"):], nil
}

// billFile fetches a file by a signed request; the file is not signed, its hash was.
func (g *V3) billFile(ctx context.Context, path string) ([]byte, error) {
	r, err := g.hosts.ask(ctx, g.own.client(g.Plain), basesOf(g.URL, g.StandbyURL), question{
		method: http.MethodGet, path: path, most: billMost,
		head:  func(at *url.URL) (http.Header, error) { return g.head(ctx, http.MethodGet, at, nil) },
		takes: func(status int) bool { return status == http.StatusOK },
	})
	return r.body, err
}
