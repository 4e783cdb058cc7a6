package pay

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/signers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"

	"kiosk/sale"
)

var errSignature = errors.New("believe the answer: its signature is wrong")

// sendSigned signs a request and returns the reply. Nothing of it is believed yet.
func (g *V3) sendSigned(ctx context.Context, q request) (reply, error) {
	if g.Merchant == nil || g.MerchantSerial == "" {
		return reply{}, errors.New("sign the request: no merchant certificate is configured (pay.cert_file, pay.cert_key_file)")
	}
	q.head = func(at *url.URL) (http.Header, error) { return g.signHeaders(ctx, q.method, at, q.body) }
	if q.takes == nil { // a refusal is read too: it may be signed
		q.takes = func(status int) bool { return status/100 == 2 || status >= 400 && status <= 599 }
	}
	return g.hosts.sendToEither(ctx, g.own.httpClient(g.Plain), baseURLs(g.URL, g.StandbyURL), q)
}

func (g *V3) signHeaders(ctx context.Context, method string, at *url.URL, body []byte) (http.Header, error) {
	sign, err := authorization(ctx, g.signer(), method, at.RequestURI(), strconv.FormatInt(g.now().Unix(), 10), rand.Text(), body)
	if err != nil {
		return nil, err
	}
	h := http.Header{"Accept": {consts.ApplicationJSON}, "Authorization": {sign}}
	if body != nil || method == http.MethodPost {
		h.Set("Content-Type", consts.ApplicationJSON)
	}
	if g.PublicKey != nil { // the key we want the answer signed with
		h.Set(consts.WechatPaySerial, g.PublicKeyID)
	}
	return h, nil
}

func (g *V3) signer() *signers.SHA256WithRSASigner {
	return &signers.SHA256WithRSASigner{MchID: g.Payee.MchID, CertificateSerialNo: g.MerchantSerial, PrivateKey: g.Merchant}
}

// authorization is the header that signs a request: its five lines are the method, the path with its query, the
// time, the nonce and the body, byte for byte as they are sent.
func authorization(ctx context.Context, by auth.Signer, method, path, stamp, nonce string, body []byte) (string, error) {
	signed, err := by.Sign(ctx, method+"\n"+path+"\n"+stamp+"\n"+nonce+"\n"+string(body)+"\n")
	if err != nil {
		return "", errors.New("sign the request: the merchant's key cannot")
	}
	return fmt.Sprintf(`WECHATPAY2-%s mchid="%s",nonce_str="%s",timestamp="%s",serial_no="%s",signature="%s"`,
		by.Algorithm(), signed.MchID, nonce, stamp, signed.CertificateSerialNo, signed.Signature), nil
}

// Verify holds a notice's message, made of a time, a nonce and a body that end in a line feed each, against a
// signature by the key of that serial; a new serial's certificate is fetched first. An error means: not known to be
// the gateway's. Whether its time is ours is for the caller to ask.
func (g *V3) Verify(ctx context.Context, serial, signature string, message []byte) error {
	return g.verifyMessage(ctx, forNotice, serial, signature, message)
}

// verifyMessage looks the key of the serial up, and fetches the certificates once if it is not held: a new one may have come.
func (g *V3) verifyMessage(ctx context.Context, by requester, serial, signature string, message []byte) error {
	key, ok := g.findKey(serial)
	if !ok && g.renewCertificates(ctx, by, fetchPause) == nil {
		key, ok = g.findKey(serial)
	}
	return key.verifySignature(ctx, ok, signature, message)
}

// exchangeSigned sends one request about an order and returns its verified answer, or the outcome of a verified refusal.
func (g *V3) exchangeSigned(ctx context.Context, e endpoint, o sale.Order, path string, body any) (object, sale.Answer, error) {
	if err := checkOrder(o, "v3", g.APIv3Key); err != nil {
		return nil, sale.Answer{}, err
	}
	if o.Merchant.MchID != g.Payee.MchID {
		return nil, sale.Answer{}, errors.New("refuse the order: it was born under another mchid than the certificate's")
	}
	r, err := g.sendVerified(ctx, e, path, body)
	if err != nil {
		return nil, sale.Answer{}, err
	}
	said := sale.Answer{Date: r.date}
	switch {
	case r.status == http.StatusNoContent && len(r.body) == 0:
		return object{}, said, nil
	case r.status == http.StatusOK:
		in, err := readObject(r.body)
		return in, said, err
	case r.status == http.StatusAccepted && !e.once:
		said.Outcome, said.Code = sale.OutcomeAgain, "ACCEPTED"
		return nil, said, nil
	case r.status < http.StatusBadRequest:
		return nil, said, fmt.Errorf("read the answer: HTTP status %d", r.status)
	}
	said, err = e.readRefusal(r)
	return nil, said, err
}

// sendVerified sends one request, a GET if it has no body, and returns its verified reply, refusals included.
func (g *V3) sendVerified(ctx context.Context, e endpoint, path string, body any) (r reply, err error) {
	method, text := http.MethodGet, []byte(nil)
	if body != nil {
		method = http.MethodPost
		if text, err = json.Marshal(body); err != nil {
			return r, errors.New("write the request: it cannot be put into JSON")
		}
	}
	if err := g.ensureKey(ctx, body == nil); err != nil {
		return r, err
	}
	if r, err = g.sendSigned(ctx, request{method: method, path: path, body: text, once: e.once}); err != nil {
		return r, err
	}
	s, err := readSigned(r.header, r.body, g.now())
	switch {
	case err == errUnsigned && r.status >= http.StatusBadRequest:
		return r, errors.New("believe the answer: an unsigned refusal: " + refusalHint(r))
	case err != nil:
		return r, err
	}
	return r, g.verifyMessage(ctx, forAnswer, s.serial, s.sign, s.text)
}
