package gateway

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// v3Scheme names the algorithm, in Authorization as in Wechatpay-Signature-Type.
const v3Scheme = "WECHATPAY2-SHA256-RSA2048"

// signedLines joins what is signed in v3: every line has an end, the last one too.
func signedLines(parts ...string) string { return strings.Join(parts, "\n") + "\n" }

// rsaSign is base64 of RSA PKCS#1 v1.5 over SHA-256; the same text always gives the same signature.
func rsaSign(key *rsa.PrivateKey, text string) string {
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(fmt.Sprintf("sign with a 2048-bit key: %v", err))
	}
	return base64.StdEncoding.EncodeToString(sig)
}

// rsaSigned verifies what rsaSign signs.
func rsaSigned(key *rsa.PublicKey, text, signature string) bool {
	sig, err := base64.StdEncoding.DecodeString(signature)
	sum := sha256.Sum256([]byte(text))
	return err == nil && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) == nil
}

// aead is AES-GCM with key, nonce and additional data as raw strings.
func aead(key, nonce string) (cipher.AEAD, error) {
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return nil, err
	}
	if nonce == "" {
		return nil, errors.New("empty nonce")
	}
	return cipher.NewGCMWithNonceSize(block, len(nonce))
}

// aeadSeal encrypts for whoever has the APIv3 key. The nonce is given, so the same seed gives the same bytes.
func aeadSeal(key, nonce, extra, text string) string {
	c, err := aead(key, nonce)
	if err != nil {
		panic(fmt.Sprintf("the APIv3 key must have 32 bytes: %v", err))
	}
	return base64.StdEncoding.EncodeToString(c.Seal(nil, []byte(nonce), []byte(text), []byte(extra)))
}

// aeadOpen is the other way; only the tests need it, against the published vectors.
func aeadOpen(key, nonce, extra, sealed string) (string, error) {
	c, err := aead(key, nonce)
	if err != nil {
		return "", err
	}
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return "", err
	}
	text, err := c.Open(nil, []byte(nonce), raw, []byte(extra))
	return string(text), err
}

// parseAuthorization takes the header apart; ok is false for anything but five quoted values under the scheme.
func parseAuthorization(header string) (part map[string]string, ok bool) {
	rest, ok := strings.CutPrefix(header, v3Scheme+" ")
	if !ok {
		return nil, false
	}
	part = map[string]string{}
	for _, field := range strings.Split(rest, ",") {
		name, value, ok := strings.Cut(field, "=")
		if !ok || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' || part[name] != "" {
			return nil, false
		}
		part[name] = value[1 : len(value)-1]
	}
	for _, name := range []string{"mchid", "nonce_str", "timestamp", "serial_no", "signature"} {
		if part[name] == "" {
			return nil, false
		}
	}
	return part, len(part) == 5
}
