package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of one guess: argon2id (RFC 9106) with the least memory that OWASP still advises, because half a gigabyte is
// all that the smallest machine has.
const (
	hashMemory = 19 << 10 // KiB
	hashPasses = 2
	hashLanes  = 1
	hashBytes  = 32
	saltBytes  = 16
)

// A secret is typed with a thumb: no letter that looks like another, no shift key.
const (
	secretLetters = "23456789abcdefghjkmnpqrstuvwxyz"
	secretLength  = 10 // 49 bits: for ever, at a hundred guesses an hour
)

// Errors of a secret's file, as the end of a sentence that begins with whose secret it is.
var (
	ErrNoSecret = errors.New("is missing")
	ErrBadHash  = errors.New("begins like an argon2id hash and is none that fits this machine")
)

// DrawSecret makes a secret: in clear, to be shown once and kept nowhere, and as its file keeps it.
func DrawSecret() (clear, kept string) {
	letters := DrawLetters()
	clear = letters[:secretLength/2] + "-" + letters[secretLength/2:]
	h := secretHash{salt: make([]byte, saltBytes), memory: hashMemory, passes: hashPasses, lanes: hashLanes, sum: make([]byte, hashBytes)}
	rand.Read(h.salt)
	h.sum = h.computeHash(clear)
	return clear, h.String()
}

// DrawLetters draws as many letters as a secret has.
func DrawLetters() (drawn string) {
	for range secretLength {
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(secretLetters)))) // uniform; its reader never fails
		drawn += secretLetters[n.Int64() : n.Int64()+1]
	}
	return drawn
}

// CheckSecret reports whether a secret's file is usable, and whether it holds the secret in clear.
func CheckSecret(text string) (plain bool, err error) {
	h, err := parseSecret(text)
	return err == nil && h.sum == nil, err
}

// secretHash is what a guess is compared with.
type secretHash struct {
	plain          [sha256.Size]byte // of the secret, if its file holds it in clear
	salt, sum      []byte            // otherwise; nil: plain
	memory, passes uint32
	lanes          uint8
}

var base64Plain = base64.RawStdEncoding.Strict()

func (h *secretHash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.passes, h.lanes,
		base64Plain.EncodeToString(h.salt), base64Plain.EncodeToString(h.sum))
}

// parseSecret understands a secret's file. It refuses a hash that would take the machine's memory.
func parseSecret(text string) (*secretHash, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, ErrNoSecret
	}
	if !strings.HasPrefix(text, "$argon2") {
		return &secretHash{plain: sha256.Sum256([]byte(text))}, nil
	}
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return nil, ErrBadHash
	}
	var h secretHash
	_, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.lanes)
	salt, saltErr := base64Plain.DecodeString(parts[4])
	sum, sumErr := base64Plain.DecodeString(parts[5])
	h.salt, h.sum = salt, sum
	fits := h.memory >= 8<<10 && h.memory <= 64<<10 && h.passes >= 1 && h.passes <= 10 && h.lanes >= 1 && h.lanes <= 4 &&
		len(h.salt) >= 8 && len(h.salt) <= 64 && len(h.sum) >= 16 && len(h.sum) <= 64
	if errors.Join(err, saltErr, sumErr) != nil || !fits || h.String() != text { // algorithm and version are in the text
		return nil, ErrBadHash
	}
	return &h, nil
}

func (h *secretHash) computeHash(said string) []byte {
	return argon2.IDKey([]byte(said), h.salt, h.passes, h.memory, h.lanes, uint32(len(h.sum)))
}

// matches compares in constant time. A drawn secret may be typed without its dash, or in capitals.
func (h *secretHash) matches(said string) bool {
	if h.sum == nil {
		got := sha256.Sum256([]byte(said))
		return subtle.ConstantTimeCompare(got[:], h.plain[:]) == 1
	}
	return subtle.ConstantTimeCompare(h.computeHash(normalizeSecret(said)), h.sum) == 1
}

// normalizeSecret is a typed secret as it was drawn.
func normalizeSecret(said string) string {
	s := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(strings.TrimSpace(said)))
	if len(s) != secretLength {
		return said
	}
	return s[:secretLength/2] + "-" + s[secretLength/2:]
}
