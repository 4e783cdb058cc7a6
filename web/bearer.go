package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// Bearer is the token of scripts and scrapers. The zero value is none.
type Bearer struct{ digest tokenDigest }

// NewBearer keeps a token's digest; an empty token is none.
func NewBearer(token string) Bearer {
	if token == "" {
		return Bearer{}
	}
	return Bearer{sha256.Sum256([]byte(token))}
}

// Token is what a request says after "Authorization: Bearer"; "" if it says nothing.
func Token(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// Matches compares in constant time.
func (b Bearer) Matches(token string) bool {
	said := sha256.Sum256([]byte(token))
	return b != Bearer{} && subtle.ConstantTimeCompare(said[:], b.digest[:]) == 1
}
