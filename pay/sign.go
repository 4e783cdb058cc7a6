package pay

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"slices"
	"strings"
	"sync"
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

// pad is the room of one digest, and an HMAC that keeps its key.
type pad struct {
	key  string
	mac  hash.Hash
	text []byte
	sum  [sha256.Size]byte
}

var pads = sync.Pool{New: func() any { return &pad{text: make([]byte, 0, 2048)} }}

// digest writes the signature of sorted fields into out and says how long it is.
func digest(sorted []field, key, signType string, out *[2 * sha256.Size]byte) (int, error) {
	p := pads.Get().(*pad)
	defer pads.Put(p)
	text := p.text[:0]
	for _, f := range sorted {
		if f.value == "" || f.name == "sign" {
			continue
		}
		text = append(append(append(append(text, f.name...), '='), f.value...), '&')
	}
	p.text = append(append(text, "key="...), key...)
	return p.seal(key, signType, out)
}

// seal writes the signature of the text into out and says how long it is.
func (p *pad) seal(key, signType string, out *[2 * sha256.Size]byte) (int, error) {
	switch signType {
	case signMD5:
		sum := md5.Sum(p.text)
		return upperHex(out, sum[:]), nil
	case signHMAC:
		if p.mac == nil || p.key != key {
			p.key, p.mac = key, hmac.New(sha256.New, []byte(key))
		}
		p.mac.Reset()
		p.mac.Write(p.text)
		return upperHex(out, p.mac.Sum(p.sum[:0])), nil
	}
	return 0, errSignType
}

func upperHex(out *[2 * sha256.Size]byte, sum []byte) int {
	const digits = "0123456789ABCDEF"
	for i, c := range sum {
		out[2*i], out[2*i+1] = digits[c>>4], digits[c&15]
	}
	return 2 * len(sum)
}
