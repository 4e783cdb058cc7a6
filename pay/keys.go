package pay

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

// A key of WeChat Pay that every message of API v3 may be signed with: it verifies and never signs. It is made
// from the gateway's public key or from a certificate of the gateway's encrypted list, and from nothing else.
type platformKey struct {
	public *rsa.PublicKey
	until  time.Time // of a certificate
}

// verifySignature returns an error if the key is not held, or did not sign the message.
func (k platformKey) verifySignature(ctx context.Context, held bool, sign string, message []byte) error {
	switch {
	case !held:
		return errNoKey
	case verifiers.NewSHA256WithRSAPubkeyVerifier("", *k.public).Verify(ctx, "", string(message), sign) != nil:
		return errSignature
	}
	return nil
}

const (
	publicKeyMark = "PUB_KEY_ID_"
	leastBits     = 2048
)

// ReadMerchant reads the merchant's API certificate and its private key, both PEM. Only the certificate's serial
// is kept, so that it can never be taken for one of the gateway's.
func ReadMerchant(cert, key []byte) (serial string, own *rsa.PrivateKey, err error) {
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return "", nil, errors.New("read the merchant certificate: it and its key are not PEM, or do not belong together")
	}
	own, ok := pair.PrivateKey.(*rsa.PrivateKey)
	if !ok || own.N.BitLen() < leastBits {
		return "", nil, errors.New("read the merchant certificate: its key is not RSA of 2048 bits or more")
	}
	return utils.GetCertificateSerialNumber(*pair.Leaf), own, nil
}

// ReadPublicKey reads WeChat Pay's public key. A certificate is refused: the merchant's is mistaken for it too often.
func ReadPublicKey(text []byte) (*rsa.PublicKey, error) {
	block, _ := pem.Decode(text)
	switch {
	case block == nil:
		return nil, errors.New("read WeChat Pay's public key: it is not PEM")
	case block.Type == "CERTIFICATE":
		return nil, errors.New("read WeChat Pay's public key: it is a certificate; the merchant platform offers the key itself")
	}
	key, err := utils.LoadPublicKey(string(text))
	if err != nil || key.N.BitLen() < leastBits {
		return nil, errors.New("read WeChat Pay's public key: it is not an RSA public key of 2048 bits or more")
	}
	return key, nil
}

// normalizeSerial makes the two ways to write one serial alike: public key ids are compared exactly, hex as numbers.
func normalizeSerial(text string) (string, bool) {
	if strings.HasPrefix(text, publicKeyMark) {
		return text, len(text) > len(publicKeyMark)
	}
	n, ok := new(big.Int).SetString(text, 16)
	if !ok || len(text) > 64 || n.Sign() <= 0 || strings.Trim(text, "0123456789abcdefABCDEF") != "" {
		return "", false
	}
	return strings.ToUpper(n.Text(16)), true
}

// refuseOwnKey refuses the merchant's own key in place of the gateway's. An owner mistakes the one for the other easily,
// and everybody with the key file could then write answers that we believe.
func refuseOwnKey(k *rsa.PublicKey, own *rsa.PrivateKey) error {
	if own != nil && own.PublicKey.Equal(k) {
		return errors.New("hold a key of WeChat Pay's: it is the merchant's own")
	}
	return nil
}

// errCerts does not say which row or field is odd: the list is sealed, and nothing of it may reach a log.
var errCerts = errors.New("fetch the certificates: the list cannot be read")

// readCertificates opens the gateway's list and gives the certificates that are good now, by serial.
func readCertificates(body []byte, apiKey string, own *rsa.PrivateKey, now time.Time) (map[string]platformKey, error) {
	list, err := readObject(body)
	if err != nil {
		return nil, err
	}
	rows, _ := list["data"].([]any)
	if len(rows) == 0 || len(rows) > certsMost {
		return nil, errCerts
	}
	held := map[string]platformKey{}
	for _, row := range rows {
		o, _ := row.(object)
		serial, k, err := openCertificate(o, apiKey, own)
		if err != nil {
			return nil, err
		}
		if now.Before(k.until) {
			held[serial] = k
		}
	}
	if len(held) == 0 {
		return nil, errCerts
	}
	return held, nil
}

// openCertificate opens one row of the list. The serial beside it must be the certificate's own.
func openCertificate(row object, apiKey string, own *rsa.PrivateKey) (serial string, k platformKey, err error) {
	sealed := row.within("encrypt_certificate")
	raw, err := base64.StdEncoding.DecodeString(sealed.text("ciphertext"))
	if err != nil {
		return "", k, errSealed
	}
	text, err := unseal(apiKey, sealed.text("algorithm"), sealed.text("associated_data"), sealed.text("nonce"), raw)
	if err != nil {
		return "", k, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return "", k, errCerts
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", k, errCerts
	}
	public, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok || public.N.BitLen() < leastBits || leaf.SerialNumber.Sign() <= 0 {
		return "", k, errCerts
	}
	serial, _ = normalizeSerial(leaf.SerialNumber.Text(16))
	if said, ok := normalizeSerial(row.text("serial_no")); !ok || said != serial {
		return "", k, errCerts
	}
	return serial, platformKey{public: public, until: leaf.NotAfter}, refuseOwnKey(public, own)
}
