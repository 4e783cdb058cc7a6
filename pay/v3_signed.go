package pay

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
)

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
