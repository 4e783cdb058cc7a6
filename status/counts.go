package status

import (
	"fmt"
	"maps"
	"slices"
)

// notices are all that came, by what became of it; nil if none can come.
func (p *Page) notices() map[string]int {
	if p.Notices == nil {
		return nil
	}
	return p.Notices()
}

// noticed tells of the notices: how many were good, and every check that any has failed.
func (l leaf) noticed(counts map[string]int) (out []fact) {
	if counts == nil {
		return nil
	}
	out = []fact{{Name: l.T("notices.good"), Text: times(counts["good"])}}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if counts[name] > 0 && name != "good" {
			out = append(out, fact{Name: l.T("notices.bad") + " · " + say(noticeWords, name, l.Lang), Text: times(counts[name])})
		}
	}
	return out
}

func times(n int) string { return fmt.Sprint(n) }

// noticeWords are the checks that a notice may fail. The last three refuse nothing.
var noticeWords = map[string]word{
	"good":          {"正常", "good"},
	"shape":         {"格式不对", "no message of the gateway's shape"},
	"return_code":   {"不是成功的通信", "return_code is not SUCCESS"},
	"number":        {"订单号不像订单号", "its order number is none"},
	"book":          {"订单簿读不到，请它再发", "the book could not be asked: told to come again"},
	"sign_type":     {"签名方式比订单的弱", "signed a weaker way than the order"},
	"signature":     {"签名不对", "wrong signature"},
	"ids":           {"不是发给本商户的", "for another merchant"},
	"unknown_order": {"订单簿里没有这笔订单，请它再发", "of an order that is not in the book: told to come again"},
	"result":        {"不是付款成功", "not of a payment"},
	"fields":        {"缺字段或字段不对", "a field is missing or malformed"},
	"cipher":        {"解不开", "cannot be opened with our key"},
	"plaintext":     {"解开后格式不对", "opened, and of no known shape"},
	"refund_unfit":  {"退款和订单对不上", "a refund that does not fit its order"},
	"headers":       {"缺签名头", "no signature headers"},
	"timestamp":     {"时间差超过五分钟（本机时钟对吗？）", "more than five minutes from our clock: is it right?"},
	"probe":         {"微信的验签探测（正常）", "the gateway's own probe, as it should be"},
	"event":         {"不认识的事件", "an unknown event"},
	"algorithm":     {"不认识的加密方式", "sealed an unknown way"},
	"key":           {"本机的 APIv3 密钥不对", "our APIv3 key is wrong"},
	"method":        {"不是 POST", "not posted"},
	"flood":         {"来得太快，挡在门外", "too many at once, turned away"},
	"size":          {"太长", "too long"},
	"cut":           {"没有发完", "broke off"},
	"full":          {"存储太慢，等的人太多", "too many wait for the book"},
	"slow":          {"没能在一秒内存好，请它再发", "not stored within a second: told to come again"},
	"broke":         {"读它的程序出错", "broke its reader: tell the maker"},

	"amount_differs":      {"金额和订单不同（照单再查）", "another sum than the order's: asked after"},
	"currency_differs":    {"币种不是人民币（照单再查）", "another currency: asked after"},
	"transaction_differs": {"另一笔微信单号（照单再查）", "another transaction: asked after"},
}

// NoticeWord is what the page calls a check that a notice may fail.
func NoticeWord(check, lang string) string { return say(noticeWords, check, lang) }
