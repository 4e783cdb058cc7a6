package pay

import (
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

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
	return g.nameMissingKey(serial, key.verifySignature(ctx, ok, signature, message))
}

// exchangeSigned sends one request about an order and returns its verified answer, or the outcome of a verified refusal.
func (g *V3) exchangeSigned(ctx context.Context, e endpoint, o sale.Order, path string, body any) (object, sale.Answer, error) {
	if err := checkOrder(o, "v3"); err != nil {
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
		in := object{}
		return in, said, in.verifyFor(o, e.names)
	case r.status == http.StatusOK:
		in, err := readObject(r.body)
		if word := in.text("code"); word != "" {
			err = errors.New("read the answer: it says success and " + sanitizeWord(word))
		}
		return in, said, cmp.Or(err, in.verifyFor(o, e.names))
	case r.status == http.StatusAccepted && !e.once:
		said.Outcome, said.Code = sale.OutcomeAgain, "ACCEPTED"
		return nil, said, nil
	case r.status < http.StatusBadRequest:
		return nil, said, fmt.Errorf("read the answer: HTTP status %d", r.status)
	}
	said, err = e.readRefusal(r, o)
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
		return r, readUnsigned3(r)
	case err != nil:
		return r, err
	}
	return r, g.verifyMessage(ctx, forAnswer, s.serial, s.sign, s.text)
}

// skewMost is how many seconds the time of a message may be from ours, either way. The header holds whole seconds, so
// ours are counted the same way.
const skewMost = 300

// probeMark begins the signatures that the gateway forges itself, to test whether we check.
const probeMark = "WECHATPAY/SIGNTEST/"

var (
	errUnsigned = errors.New("believe the answer: it is not signed")
	errSignKind = errors.New("believe the answer: it is signed in an unknown way")
	errProbe    = errors.New("believe the answer: its signature is a probe, meant to be refused")
	errSkew     = errors.New("believe the answer: its time is more than five minutes from ours: check the clock")
)

// signedMessage is an answer, a notice or a list of certificates as its headers say it was signed.
type signedMessage struct {
	serial, sign string
	text         []byte // that the signature is over: the time, the nonce and the body, each with a line feed behind it
}

// readSigned reads the headers of a message. Its time must be ours, and its signature no probe; whether the signature
// is right is for the key of the serial to say.
func readSigned(h http.Header, body []byte, now time.Time) (s signedMessage, err error) {
	stamp, nonce := singleHeader(h, consts.WechatPayTimestamp), singleHeader(h, consts.WechatPayNonce)
	s.serial, s.sign = singleHeader(h, consts.WechatPaySerial), singleHeader(h, consts.WechatPaySignature)
	at, ok := parseDigits(stamp)
	if !ok || nonce == "" || s.serial == "" || s.sign == "" {
		return s, errUnsigned
	}
	if kind := h.Get("Wechatpay-Signature-Type"); kind != "" && kind != "WECHATPAY2-SHA256-RSA2048" {
		return s, errSignKind
	}
	if d := now.Unix() - at; d > skewMost || d < -skewMost {
		return s, errSkew
	}
	if strings.HasPrefix(s.sign, probeMark) {
		return s, errProbe
	}
	s.text = []byte(stamp + "\n" + nonce + "\n" + string(body) + "\n")
	return s, nil
}

// singleHeader is a header that is there once; of two, each reader could take another.
func singleHeader(h http.Header, name string) string {
	if all := h.Values(name); len(all) == 1 {
		return all[0]
	}
	return ""
}

const apiKeyLen = 32

var (
	errAPIv3Key  = errors.New("open what is sealed: the APIv3 key has not 32 characters")
	errAlgorithm = errors.New("open what is sealed: its algorithm is unknown")
	errSealed    = errors.New("open what is sealed: it was not sealed with our APIv3 key, or was altered")
)

// unseal opens AEAD_AES_256_GCM. That it opens proves nothing about who sent it: only a signature does.
func unseal(key, algorithm, aad, nonce string, sealed []byte) ([]byte, error) {
	if algorithm != "AEAD_AES_256_GCM" {
		return nil, errAlgorithm
	}
	if len(key) != apiKeyLen {
		return nil, errAPIv3Key
	}
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return nil, errAPIv3Key
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil || len(nonce) != gcm.NonceSize() { // the cipher would panic
		return nil, errSealed
	}
	text, err := gcm.Open(nil, []byte(nonce), sealed, []byte(aad))
	if err != nil {
		return nil, errSealed
	}
	return text, nil
}
