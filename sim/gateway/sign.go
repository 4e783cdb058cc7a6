package gateway

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"sort"
	"strings"
)

// The gateway's two kinds of signature.
const (
	signMD5  = "MD5"
	signHMAC = "HMAC-SHA256"
)

// stringToSign is every non-empty parameter but sign in byte order of the names, with
// their raw values, and the key at the end.
func stringToSign(params map[string]string, key string) string {
	names := make([]string, 0, len(params))
	for name, value := range params {
		if name != "sign" && value != "" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name)
		b.WriteByte('=')
		b.WriteString(params[name])
		b.WriteByte('&')
	}
	b.WriteString("key=")
	b.WriteString(key)
	return b.String()
}

// signature signs the parameters; an unknown kind gives no signature at all.
func signature(kind, key string, params map[string]string) string {
	text := []byte(stringToSign(params, key))
	switch kind {
	case "", signMD5:
		sum := md5.Sum(text)
		return strings.ToUpper(hex.EncodeToString(sum[:]))
	case signHMAC:
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(text)
		return strings.ToUpper(hex.EncodeToString(mac.Sum(nil)))
	}
	return ""
}

// isSigned tells whether the message carries its own right signature.
func isSigned(kind, key string, params map[string]string) bool {
	want := signature(kind, key, params)
	return want != "" && hmac.Equal([]byte(want), []byte(params["sign"]))
}
