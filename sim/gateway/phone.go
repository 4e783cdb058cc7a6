package gateway

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// passwordPrompt is a phone that waits for its owner's password.
type passwordPrompt struct {
	No string    `json:"no"`
	At time.Time `json:"at"`
}

// What a phone shows after a scan.
const (
	PhonePaid     = "支付成功"
	PhoneAsks     = "请输入支付密码"
	PhoneLeft     = "用户取消支付"
	PhoneExpired  = "二维码已过期，请重新获取"
	PhoneTooLate  = "订单已过支付时间"
	PhoneClosed   = "订单已关闭"
	PhoneHasMoney = "订单已支付，请勿重复支付"
)

// Errors of the phones.
var (
	ErrNoSuchQR = errors.New("this QR code is none of this gateway's")
	ErrNoPrompt = errors.New("no phone waits for a password")
	ErrRefused  = errors.New("the payment was refused")
)

// Pay is a customer's phone that has scanned a QR code: do is pay, cancel or wait (at the
// password prompt, for Password). The text is what the phone shows; a payment that cannot
// be made is a text. The errors are a QR code nobody here issued and an unknown do.
func (g *Gateway) Pay(codeURL, do string) (outTradeNo, text string, err error) {
	if !slices.Contains([]string{"pay", "cancel", "wait"}, do) {
		return "", "", fmt.Errorf("a phone can pay, cancel or wait, not %q", do)
	}
	now := g.lockNow()
	defer g.mu.Unlock()
	token, ok := strings.CutPrefix(codeURL, codeURLStart)
	o := g.memo.byTicket[token]
	if !ok || o == nil || o.Means != byNative {
		return "", "", ErrNoSuchQR
	}
	return g.paymentSheet(o, token, do, now)
}

// paymentSheet is the payment sheet on a phone, however it came there. It is called with the lock held.
func (g *Gateway) paymentSheet(o *order, token, do string, now time.Time) (outTradeNo, text string, err error) {
	if why := g.whyUnpayable(o, token, now); why != "" {
		return o.No, why, nil
	}
	switch do {
	case "cancel":
		text = PhoneLeft
	case "wait":
		g.kept.Prompts = append(g.kept.Prompts, passwordPrompt{o.No, now})
		g.memo.dirty = true
		text = PhoneAsks
	case "pay":
		g.moveOrder(o, success, now)
		text = PhonePaid
	}
	return o.No, text, g.saveState()
}

// whyUnpayable says why a phone cannot pay this order now; "" when it can.
func (g *Gateway) whyUnpayable(o *order, token string, now time.Time) string {
	late := g.Rules.PayAfterClose && o.State == closed
	switch {
	case o.isPaid():
		return PhoneHasMoney
	case o.State != notPay && !late:
		return PhoneClosed
	case !o.Expires.IsZero() && now.After(o.Expires):
		return PhoneTooLate
	}
	for _, t := range o.Tickets {
		if (t.Token == token || t.Pre == token) && now.After(t.At.Add(or(g.Rules.QRLives, 2*time.Hour))) {
			return PhoneExpired
		}
	}
	return ""
}

// Password answers the newest open prompt, a phone's or a code's: do is enter, cancel or
// wrong. It is refused where the order cannot be paid any more; a wrong one may be entered again.
func (g *Gateway) Password(do string) (outTradeNo string, err error) {
	if !slices.Contains([]string{"enter", "cancel", "wrong"}, do) {
		return "", fmt.Errorf("a password can be entered, cancelled or wrong, not %q", do)
	}
	now := g.lockNow()
	defer g.mu.Unlock()
	last := len(g.kept.Prompts) - 1
	if last < 0 {
		return "", ErrNoPrompt
	}
	o := g.memo.byNo[g.kept.Prompts[last].No]
	if do == "wrong" {
		return o.No, fmt.Errorf("%w: wrong password", ErrRefused)
	}
	g.kept.Prompts, g.memo.dirty = g.kept.Prompts[:last], true
	switch why := g.promptDead(o, now); {
	case do == "enter" && why != "":
		err = fmt.Errorf("%w: %s", ErrRefused, why)
	case do == "enter":
		g.moveOrder(o, success, now)
	case o.State == userPaying:
		o.Word = "TRADE_ERROR"
		g.moveOrder(o, orWord(g.Rules.Cancelled, payError), now)
	}
	return o.No, errors.Join(err, g.saveState())
}

// promptDead says why the password comes too late; "" when it does not.
func (g *Gateway) promptDead(o *order, now time.Time) string {
	if o.Means != byCode {
		return g.whyUnpayable(o, "", now)
	}
	if o.State == userPaying {
		return ""
	}
	return stateWords[o.State]
}
