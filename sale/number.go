package sale

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
)

// Number builds an order number: the kiosk, a sequence, and at least 55 drawn bits, 30 characters in all (rule 1).
// draw holds upper-case base32 characters, at least 22 of them.
func Number(kiosk string, seq int, draw string) No {
	head := fmt.Sprintf("%s-%06d", kiosk, seq%1_000_000)
	return No(head + draw[:numberLen-len(head)])
}

const numberLen = 30

// Kiosk is the id an order number starts with, up to its first "-".
func (n No) Kiosk() string {
	id, _, _ := strings.Cut(string(n), "-")
	return id
}

// probeDraw holds characters that base32 never draws: no order has this number.
const probeDraw = "000000000000000000000018"

// drawNumber returns the random part of an order number: 130 bits in base32.
func drawNumber() string {
	b := make([]byte, 20)
	rand.Read(b)
	return base32.StdEncoding.EncodeToString(b)
}
