package pay

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"
)

// The two ways to sign that API v2 knows.
const (
	signMD5  = "MD5"
	signHMAC = "HMAC-SHA256"
)

var errSignType = errors.New("choose the sign type: it must be MD5 or HMAC-SHA256")

// Sign computes the signature of a v2 message: upper-case hex over its fields in byte order of their
// names, without empty ones and without one named sign. signType is MD5 or HMAC-SHA256.
func Sign(fields map[string]string, key, signType string) (string, error) {
	text := []byte(signedText(fields) + key)
	switch signType {
	case signMD5:
		sum := md5.Sum(text)
		return strings.ToUpper(hex.EncodeToString(sum[:])), nil
	case signHMAC:
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(text)
		return strings.ToUpper(hex.EncodeToString(mac.Sum(nil))), nil
	}
	return "", errSignType
}

// signedText is the text that a signature is made over, up to the key.
func signedText(m message) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if m[name] != "" && name != "sign" {
			b.WriteString(name + "=" + m[name] + "&")
		}
	}
	return b.String() + "key="
}

// hasSignature returns whether sign is the signature of the message, in constant time: a sender learns nothing from how
// long a wrong one took.
func (m message) hasSignature(sign, key, signType string) bool {
	want, err := Sign(m, key, signType)
	return err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(sign)) == 1
}

// noticeID is the digest of the signed text without the key. The book keeps a notice once by it, in any layout of its XML.
func (m message) noticeID() string {
	sum := sha256.Sum256([]byte(signedText(m)))
	return hex.EncodeToString(sum[:])
}

// Fingerprint is a short one-way mark of a key. The book keeps it with each order, to know keys apart without holding them.
func Fingerprint(key string) string {
	sum := sha256.Sum256([]byte("kiosk key mark\x00" + key))
	return hex.EncodeToString(sum[:8])
}
