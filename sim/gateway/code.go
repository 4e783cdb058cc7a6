package gateway

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// payCode is a payment code a phone has shown, known by its digest only.
type payCode struct {
	At   time.Time `json:"at"`
	Asks bool      `json:"asks,omitempty"`
	By   string    `json:"by,omitempty"` // the order that used it up

	Customer string `json:"customer,omitempty"` // whose phone showed it; "": somebody who pays here once
	Asked    bool   `json:"asked,omitempty"`    // its payment needed the password
}

// codeShape is 18 digits that begin with 10 to 15, as the documents have it; other wallets' codes begin otherwise.
var codeShape = regexp.MustCompile(`^1[0-5]\d{16}$`)

// micropay charges a payment code, at once or after the customer's password. One number
// is one charge for ever: the same request again hears the same outcome.
func (g *Gateway) micropay(q *request) reply {
	if g.kept.Mode == ModeNone {
		return failReply("NOAUTH", words["NOAUTH"])
	}
	same, code := g.sameAs(q), g.digest(q.params["auth_code"])
	if o := g.memo.byNo[q.No]; o != nil {
		if o.Code != "" || o.Means != byCode { // else a reverse has made it: this charge is the first
			g.addViolation("order " + q.No + " was charged again")
		}
		return g.repeatCharge(o, same, code)
	}
	if word := q.t.Code; word != "" && !q.t.After {
		return g.scriptedCharge(q, word, same, code)
	}
	if word, text := g.refuseCode(q, code); word != "" {
		return g.bookUnpaid(q, dead, word, text, same, code)
	}
	o := g.charge(q, same, code)
	return g.chargeReply(o)
}

// charge books the order and either takes the money or opens a password prompt.
func (g *Gateway) charge(q *request, same, code string) *order {
	asks := g.needsPassword(q, code)
	o := g.bookOrder(q, byCode, same)
	o.Code = code
	c := g.payCodeOf(code, q.now)
	c.By, c.Asked = o.No, asks
	switch then := q.t.Then; {
	case then == "pay" && q.t.In <= 0, then == "" && !asks:
		g.moveOrder(o, success, q.now)
	case then == "fail" && q.t.In <= 0:
		o.Word = "TRADE_ERROR"
		g.moveOrder(o, payError, q.now)
	default:
		g.moveOrder(o, userPaying, q.now)
		if then == "pay" || then == "fail" {
			o.Turns, o.Turn = q.now.Add(q.t.In), map[string]string{"pay": success, "fail": payError}[then]
		} else {
			g.kept.Prompts = append(g.kept.Prompts, passwordPrompt{o.No, q.now})
		}
	}
	return o
}

// repeatCharge answers a number that has been sent before.
func (g *Gateway) repeatCharge(o *order, same, code string) reply {
	identical := o.Means == byCode && o.Params == same && o.Code == code
	switch {
	case identical && (o.State == success || o.State == userPaying || o.State == payError || o.State == dead || o.State == notPay):
		return g.chargeReply(o)
	case o.State == revoked:
		return failReply("ORDERREVERSED", words["ORDERREVERSED"])
	case o.State == closed:
		return failReply("ORDERCLOSED", words["ORDERCLOSED"])
	case o.isPaid():
		return failReply("ORDERPAID", words["ORDERPAID"])
	case o.Means == byCode && o.Params == same:
		return failReply("AUTH_CODE_INVALID", "101 每个二维码仅限使用一次，请刷新再试")
	}
	word := orWord(g.Rules.OtherParams, "OUT_TRADE_NO_USED")
	return failReply(word, words[word])
}

// chargeReply is what a charge came to, as micropay says it.
func (g *Gateway) chargeReply(o *order) reply {
	switch o.State {
	case success:
		r := successReply()
		r.fields = append(r.fields, g.paidFields(o)...)
		return r
	case userPaying:
		return failReply("USERPAYING", words["USERPAYING"])
	}
	word := orWord(o.Word, "TRADE_ERROR")
	return failReply(word, words[word])
}

// scriptedCharge is a charge that the script answers with an err_code. Unless it says what
// comes about, that follows from the code: some use up the code's number, most do nothing.
func (g *Gateway) scriptedCharge(q *request, word, same, code string) reply {
	switch {
	case q.t.Then != "":
		o := g.charge(q, same, code)
		if o.State == payError {
			o.Word = word
		}
	case slices.Contains([]string{"AUTHCODEEXPIRE", "AUTH_CODE_ERROR", "AUTH_CODE_INVALID"}, word):
		return g.bookUnpaid(q, dead, word, words[word], same, code)
	case slices.Contains([]string{"NOTENOUGH", "NOTSUPPORTCARD", "BUYER_MISMATCH", "TRADE_ERROR", "BANKERROR"}, word):
		return g.bookUnpaid(q, payError, word, words[word], same, code)
	}
	return failReply(word, words[word])
}

// bookUnpaid uses up the number without any money.
func (g *Gateway) bookUnpaid(q *request, state, word, text, same, code string) reply {
	o := g.bookOrder(q, byCode, same)
	o.Code, o.Word = code, word
	if c := g.payCodeOf(code, q.now); state == payError && c.By == "" {
		c.By = o.No
	}
	g.moveOrder(o, state, q.now)
	return failReply(word, text)
}

// refuseCode judges the payment code itself.
func (g *Gateway) refuseCode(q *request, digest string) (word, text string) {
	code := q.params["auth_code"]
	for _, r := range code {
		if r < '0' || r > '9' {
			return "AUTH_CODE_ERROR", words["AUTH_CODE_ERROR"]
		}
	}
	if !codeShape.MatchString(code) {
		return "AUTH_CODE_INVALID", words["AUTH_CODE_INVALID"]
	}
	c := g.payCodeOf(digest, q.now)
	if c.By != "" {
		return "AUTH_CODE_INVALID", "101 每个二维码仅限使用一次，请刷新再试"
	}
	if lives := or(g.Rules.CodeLives, time.Minute); lives > 0 && q.now.Sub(c.At) > lives {
		return "AUTHCODEEXPIRE", words["AUTHCODEEXPIRE"]
	}
	return "", ""
}

// needsPassword tells whether this charge needs the customer's password.
func (g *Gateway) needsPassword(q *request, code string) bool {
	c := g.payCodeOf(code, q.now)
	if c.Asks {
		return true
	}
	if above := or(g.Rules.PasswordAbove, 50_000); above > 0 && q.Fen > above {
		return true
	}
	if n := g.Rules.RiskOneIn; n > 0 && g.random(q.No, "risk").IntN(n) == 0 {
		return true
	}
	most := or(g.Rules.FreePerDay, 5)
	return most > 0 && g.countFree(c.Customer, q.now) >= most
}

// countFree counts what a customer has paid by code today without the password.
func (g *Gateway) countFree(customer string, now time.Time) (free int) {
	if customer == "" {
		return 0
	}
	day := now.In(beijing).Format("20060102")
	for _, c := range g.kept.Codes {
		if c.Customer != customer || c.Asked || c.By == "" {
			continue
		}
		if o := g.memo.byNo[c.By]; o != nil && o.isPaid() && o.PaidAt.In(beijing).Format("20060102") == day {
			free++
		}
	}
	return free
}

// payCodeOf is the payment code with that digest; one never seen is a phone's that just showed it.
func (g *Gateway) payCodeOf(digest string, now time.Time) *payCode {
	c := g.kept.Codes[digest]
	if c == nil {
		c = &payCode{At: now}
		g.kept.Codes[digest] = c
		g.memo.dirty = true
	}
	return c
}

// NewCode is a fresh payment code from the phone of somebody new.
func (g *Gateway) NewCode(askPassword bool) string { return g.CodeOf("", askPassword) }

// CodeOf is a fresh payment code from a customer's phone: 18 digits, never given before. The gateway knows the customer
// again: after so many payments in a day it asks for the password.
func (g *Gateway) CodeOf(customer string, askPassword bool) string {
	now := g.lockNow()
	defer g.mu.Unlock()
	for {
		g.kept.Made++
		dice := g.random("", fmt.Sprint("code ", g.kept.Made))
		text := fmt.Sprint(10+dice.IntN(6)) + drawDigits(dice, 16)
		if digest := g.digest(text); g.kept.Codes[digest] == nil {
			g.kept.Codes[digest] = &payCode{At: now, Asks: askPassword, Customer: customer}
			g.keepOrFault()
			return text
		}
	}
}

// Hold makes a typed code known as if a phone had just shown it. A used code stays used.
func (g *Gateway) Hold(code string, askPassword bool) {
	now := g.lockNow()
	defer g.mu.Unlock()
	c := g.payCodeOf(g.digest(code), now)
	c.Asks = askPassword
	if c.By == "" {
		c.At = now
	}
	g.keepOrFault()
}

// keepOrFault keeps the state where there is nobody to tell that it could not be kept.
func (g *Gateway) keepOrFault() {
	g.memo.dirty = true
	if err := g.saveState(); err != nil {
		g.addViolation(err.Error())
	}
}
