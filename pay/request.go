package pay

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"kiosk/sale"
)

// defaults are made once by a V2 or V3 whose fields are left zero.
type defaults struct {
	once  sync.Once
	plain *http.Client
	ip    atomic.Pointer[string]
}

// callGateway sends one request and reads its result_code.
func (g *V2) callGateway(ctx context.Context, e endpoint, o sale.Order, ask message) (answer, sale.Answer, error) {
	a, err := g.exchangeSigned(ctx, e, o, ask)
	if err != nil {
		return a, sale.Answer{}, err
	}
	said, err := e.readResult(a)
	return a, said, err
}

// exchangeSigned sends one signed request about an order and returns an answer that is surely about it.
func (g *V2) exchangeSigned(ctx context.Context, e endpoint, o sale.Order, ask message) (answer, error) {
	if err := checkOrder(o, "v2"); err != nil {
		return answer{}, err
	}
	o.Merchant.SignType = g.Payee.SignType // the way of today: it goes with the key of today
	body, err := g.signedBody(o.Merchant, o.Merchant.SignType, ask, tradeID(o))
	if err != nil {
		return answer{}, err
	}
	r, err := g.postXML(ctx, e, body)
	if err != nil {
		return answer{}, err
	}
	m, err := parseFlat(r.body)
	if err != nil {
		return answer{}, err
	}
	a := answer{message: m, date: r.date}
	return a, a.verifyFor(e, o, g.Key)
}

// tradeID is how the gateway finds the payment: by our number, a second payment of that number by the gateway's own.
func tradeID(o sale.Order) message {
	if o.No.IsSecond() {
		return message{"transaction_id": o.Money.Transaction}
	}
	return message{"out_trade_no": string(o.No)}
}

// signedBody is the XML of a request: its fields, the ids of the merchant, and the signature over all of it.
func (g *V2) signedBody(p sale.Merchant, signType string, parts ...message) ([]byte, error) {
	m := message{"sign_type": signType, "nonce_str": rand.Text()}
	for _, part := range parts {
		maps.Copy(m, part)
	}
	for _, id := range merchantIDs(p) {
		m[id.name] = id.value
	}
	var err error
	if m["sign"], err = Sign(m, g.Key, signType); err != nil {
		return nil, err
	}
	return encodeXML(m)
}

// checkOrder refuses an order that cannot be asked about here. The key is today's, whichever the order was born under: the
// gateway takes no other one once the merchant has set a new one.
func checkOrder(o sale.Order, api string) error {
	switch {
	case o.Merchant.API != api:
		return errors.New("refuse the order: it was not born under API " + api)
	case o.Merchant.AppID == "" || o.Merchant.MchID == "":
		return errors.New("refuse the order: it names no appid or mchid")
	case len(o.No) < 6 || len(o.No) > 32:
		return errors.New("refuse the order: its number has not 6 to 32 characters")
	case o.No.IsSecond() && (o.Money.Transaction == "" || o.Choice == ""):
		return errors.New("refuse the order: a second payment without its transaction id, or the number it was paid under")
	}
	return nil
}

// orderFields are the fields that ask and charge share. Nothing in them changes when they are sent again.
func (g *V2) orderFields(o sale.Order, more message) message {
	m := message{
		"device_info":      clipBytes(cmp.Or(g.DeviceInfo, o.No.Kiosk()), 32),
		"body":             phoneText(g.Goods, o.Name, 128),
		"total_fee":        strconv.FormatInt(int64(o.Fen), 10),
		"spbill_create_ip": g.own.localAddress(g.IP),
	}
	maps.Copy(m, more)
	return m
}

// phoneText is the line that the customer's phone shows, in at most the bytes that the gateway takes.
func phoneText(goods, name string, most int) string {
	goods = cmp.Or(goods, "自助售货机")
	if name != "" {
		goods += "-" + name
	}
	goods = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7F || c == 0xFFFE || c == 0xFFFF {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(goods, ""))
	return clipBytes(strings.TrimSpace(goods), most)
}

// clipBytes cuts a text between two characters: the gateway counts bytes, and a Chinese character has three of them.
func clipBytes(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for !utf8.RuneStart(text[most]) {
		most--
	}
	return strings.TrimSpace(text[:most])
}

// localAddress finds ours without sending anything, and keeps it: a request sent again must not differ.
func (p *defaults) localAddress(given string) string {
	if given != "" {
		return given
	}
	if found := p.ip.Load(); found != nil {
		return *found
	}
	c, err := net.Dial("udp4", "192.0.2.1:9") // a documentation address: only the route is looked up
	if err != nil {
		return "127.0.0.1"
	}
	defer c.Close()
	found := c.LocalAddr().(*net.UDPAddr).IP.String()
	p.ip.CompareAndSwap(nil, &found)
	return *p.ip.Load()
}

// mayAsk, mayCharge and mayRefund refuse an order that the call is not for, before anything is sent.
func mayAsk(o sale.Order) error {
	if o.Means != sale.Native {
		return errors.New("refuse the order: only a native one has a code to ask for")
	}
	return nil
}

func mayCharge(o sale.Order, code string) error {
	switch {
	case o.Means != sale.Code:
		return errors.New("refuse the order: only a code one can be charged")
	case len(code) != 18 || code[0] != '1' || code[1] > '5' || !onlyDigits(code): // 10 to 15, and sixteen digits more
		return errors.New("refuse the code: it is no WeChat payment code")
	}
	return nil
}

func mayRefund(o sale.Order) error {
	if o.RefundNo == "" || o.RefundFen < 1 || o.RefundFen > o.Money.Fen {
		return errors.New("refuse the order: its refund has no number, or not a sum that was paid")
	}
	return nil
}

func onlyDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
