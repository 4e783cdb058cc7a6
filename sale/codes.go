package sale

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// codes holds payment codes in memory, behind handles; nothing else ever sees one.
type codes struct {
	mu   sync.Mutex
	salt []byte
	held map[Handle]string
}

const maxCodes = 16

// keepCode stores a code and gives its handle: salted, with the first and last two digits.
func (c *codes) keepCode(code string) Handle {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.salt == nil {
		c.salt = make([]byte, 32)
		rand.Read(c.salt)
		c.held = map[Handle]string{}
	}
	sum := hmac.New(sha256.New, c.salt)
	sum.Write([]byte(code))
	ends := "…"
	if len(code) >= 8 {
		ends = code[:2] + "…" + code[len(code)-2:]
	}
	h := Handle(ends + "#" + hex.EncodeToString(sum.Sum(nil)[:8]))
	if len(c.held) >= maxCodes {
		clear(c.held) // nobody is about to charge that many: they were never asked for
	}
	c.held[h] = code
	return h
}

// takeCode gives a code once: a charge is never repeated.
func (c *codes) takeCode(h Handle) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	code, ok := c.held[h]
	delete(c.held, h)
	return code, ok
}

func (c *codes) forgetCode(h Handle) { c.takeCode(h) }

// Handle stands for a payment code: salted per life, with its first and last two digits.
type Handle string

// What a scanned code looks like.
const (
	KindWeChat = "wechat"
	KindAlipay = "alipay"
	KindOther  = "other"
	KindUnread = "unread" // something that the scan module could not read as a code: there is none behind the handle
)
