package pay

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
)

// The two ways to sign that API v2 knows.
const (
	signMD5  = "MD5"
	signHMAC = "HMAC-SHA256"
)

var errSignType = errors.New("choose the sign type: it must be MD5 or HMAC-SHA256")

// field is one parameter of a message.
type field struct{ name, value string }

// Sign computes the signature of a v2 message: upper-case hex over its fields in byte order of their
// names, without empty ones and without one named sign. signType is MD5 or HMAC-SHA256.
func Sign(fields map[string]string, key, signType string) (string, error) {
	list := make([]field, 0, len(fields))
	for name, value := range fields {
		list = append(list, field{name, value})
	}
	sortFields(list)
	var hexed [2 * sha256.Size]byte
	n, err := digest(list, key, signType, &hexed)
	return string(hexed[:n]), err
}

// Fingerprint is a short one-way mark of a key, to tell keys apart without holding them.
func Fingerprint(key string) string {
	sum := sha256.Sum256([]byte("kiosk key mark\x00" + key))
	return hex.EncodeToString(sum[:8])
}

func sortFields(list []field) {
	slices.SortFunc(list, func(a, b field) int { return strings.Compare(a.name, b.name) })
}

// digest writes the signature of sorted fields into out and says how long it is.
func digest(sorted []field, key, signType string, out *[2 * sha256.Size]byte) (int, error) {
	var room [2048]byte // a usual answer fits: nothing is allocated for the text to sign
	text := room[:0]
	for _, f := range sorted {
		if f.value == "" || f.name == "sign" {
			continue
		}
		text = append(text, f.name...)
		text = append(text, '=')
		text = append(text, f.value...)
		text = append(text, '&')
	}
	text = append(text, "key="...)
	text = append(text, key...)
	n := 0
	switch signType {
	case signMD5:
		sum := md5.Sum(text)
		n = hex.Encode(out[:], sum[:])
	case signHMAC:
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(text)
		var sum [sha256.Size]byte
		n = hex.Encode(out[:], mac.Sum(sum[:0]))
	default:
		return 0, errSignType
	}
	upper(out[:n])
	return n, nil
}

func upper(hexed []byte) {
	for i, c := range hexed {
		if 'a' <= c && c <= 'f' {
			hexed[i] = c - 'a' + 'A'
		}
	}
}

// signed tells whether sign is the signature of the sorted fields, in constant time.
func signed(sorted []field, sign, key, signType string) bool {
	var want [2 * sha256.Size]byte
	n, err := digest(sorted, key, signType, &want)
	return err == nil && subtle.ConstantTimeCompare(want[:n], []byte(sign)) == 1
}
