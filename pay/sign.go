package pay

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"hash"
	"slices"
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

// sortFields sorts by name a few fields that are mostly in order already, and tells whether one is doubled.
func sortFields(list []field) (doubled bool) {
	for i := 1; i < len(list); i++ {
		f := list[i]
		if f.name > list[i-1].name {
			continue
		}
		low, high := 0, i-1
		for low < high {
			if mid := (low + high) / 2; list[mid].name <= f.name {
				low = mid + 1
			} else {
				high = mid
			}
		}
		doubled = doubled || f.name == list[low].name || low > 0 && f.name == list[low-1].name
		copy(list[low+1:i+1], list[low:i])
		list[low] = f
	}
	return doubled
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
	room := len("key=") + len(key)
	for i := range sorted {
		room += len(sorted[i].name) + len(sorted[i].value) + len("=&")
	}
	text, n := slices.Grow(p.text[:0], room)[:room], 0
	for i := range sorted {
		f := &sorted[i]
		if f.value == "" || f.name == "sign" {
			continue
		}
		n += copy(text[n:], f.name)
		text[n] = '='
		n += 1 + copy(text[n+1:], f.value)
		text[n] = '&'
		n++
	}
	text = text[:n]
	text = append(append(text, "key="...), key...)
	p.text = text
	switch signType {
	case signMD5:
		sum := md5.Sum(text)
		return upperHex(out, sum[:]), nil
	case signHMAC:
		if p.mac == nil || p.key != key {
			p.key, p.mac = key, hmac.New(sha256.New, []byte(key))
		}
		p.mac.Reset()
		p.mac.Write(text)
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

// signed tells whether sign is the signature of the sorted fields, in constant time.
func signed(sorted []field, sign, key, signType string) bool {
	var want [2 * sha256.Size]byte
	n, err := digest(sorted, key, signType, &want)
	return err == nil && len(sign) == n && subtle.ConstantTimeCompare(want[:n], []byte(sign)) == 1
}
