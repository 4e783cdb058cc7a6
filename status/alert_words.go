package status

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
)

// alertWords are what the owner's group reads. %s is what a place is for.
var alertWords = map[string]word{
	"head":     {"【售货机 %s】", "[Kiosk %s]"},
	"sell":     {"能否售卖", "Whether it can sell"},
	"sell+":    {"又能售卖了", "It can sell again"},
	"sell-":    {"不能售卖", "It cannot sell"},
	"owed":     {"欠顾客的钱", "What customers are owed"},
	"owed+":    {"没有欠款了", "Nothing is owed any more"},
	"owed-":    {"有 %s 笔欠款要人处理", "%s orders are owed and need a person"},
	"slot":     {"%s 号货道", "Slot %s"},
	"slot+":    {"%s 号货道恢复售卖：%s", "Slot %s sells again: %s"},
	"slot-":    {"%s 号货道停卖：%s，%s", "Slot %s is set aside: %s, %s"},
	"slot.do":  {"检查货道、出货口和光栅，再在状态页上按“恢复售卖”", "Look at spiral, chute and light barrier, then let it sell again on its page"},
	"clock":    {"时钟", "The clock"},
	"clock+":   {"时钟与微信支付一致了", "The clock agrees with WeChat Pay again"},
	"clock-":   {"时钟与微信支付相差 %s", "The clock is %s off WeChat Pay's"},
	"clock.do": {"请检查网络和对时", "Check network and NTP"},
	"power":    {"供电", "The supply"},
	"power+":   {"供电恢复正常", "The supply is as it should be again"},
	"power-":   {"供电不足，低于 4.63 V\n· 换功率更足的电源，或更短更粗的电源线", "The supply is under 4.63 V\n· Use a stronger power supply, or a shorter cable"},
	"sags":     {"一天里有 %s 次出货时供电不足\n· 给电机单独供电", "%s times in a day the supply was too low while a motor ran\n· Give the motors a supply of their own"},
	"heat":     {"主板温度", "The board's temperature"},
	"heat+":    {"主板温度恢复正常", "The board is cool again"},
	"heat-":    {"主板过热，%s °C\n· 检查通风和风扇", "The board is hot, %s °C\n· Check its air and its fan"},
	"flips":    {"（其间变了 %s 次）", " (it changed %s times before)"},
	"waver":    {"%s反复变化，%s 次\n· 请到现场看看", "%s keeps changing, %s times\n· Have a look"},
	"lost":     {"（另有 %s 条消息没有送到）", "(%s more messages did not get through)"},
}

// T is one of them in the group's language, filled in.
func (a *Alert) T(key string, fill ...any) string {
	return fmt.Sprintf(alertWords[key].in(a.Language), fill...)
}

// heading says which kiosk speaks, and when. A wall that nobody trusts is not told.
func (a *Alert) heading(s sale.Snapshot) string {
	h := a.T("head", a.Kiosk)
	if !s.Clock {
		return h
	}
	now := time.Now
	if a.Now != nil {
		now = a.Now
	}
	return h + " " + when(now())
}

// say is one condition's part of a message.
func (a *Alert) say(c condition, told string, flips int) string {
	if told == wavering {
		return a.T("waver", c.name, strconv.Itoa(flips))
	}
	if flips <= 2 {
		return c.text
	}
	first, rest, more := strings.Cut(c.text, "\n")
	first += a.T("flips", strconv.Itoa(flips))
	if more {
		first += "\n" + rest
	}
	return first
}

// sells: whether it can sell, and every reason why not. A reason is told by its code alone: its text is for the page.
func (a *Alert) sells(why []sale.Why) condition {
	c := condition{key: "sell", name: a.T("sell"), text: a.T("sell+")}
	codes := make([]string, 0, len(why))
	for _, w := range why {
		codes = append(codes, w.Code)
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	if len(codes) == 0 {
		return c
	}
	c.state, c.text = strings.Join(codes, ","), a.T("sell-")
	for _, code := range codes {
		r, known := reasons[code]
		if !known {
			c.text += "\n· " + code
			continue
		}
		c.text += "\n· " + r.what.in(a.Language) + a.colon() + r.do.in(a.Language)
	}
	return c
}

func (a *Alert) colon() string { return word{"：", ": "}.in(a.Language) }

func (a *Alert) owes(n int) condition {
	c := condition{key: "owed", name: a.T("owed"), text: a.T("owed+")}
	if n > 0 {
		c.state = strconv.Itoa(n)
		c.text = a.T("owed-", c.state) + "\n· " + labels["owed.do"].in(a.Language)
	}
	return c
}

func (a *Alert) slot(w sale.Product) condition {
	n, name := strconv.Itoa(int(w.Slot)), w.Name
	if a.Language == "en" {
		name = cmp.Or(w.NameEN, w.Name)
	}
	c := condition{key: "slot " + n, name: a.T("slot", n), text: a.T("slot+", n, name)}
	if w.Fault != "" && w.Fault != sale.NotReadyEmpty && w.Fault != sale.FaultOffSale { // a person knows of that one
		c.state = w.Fault
		c.text = a.T("slot-", n, name, say(faultWords, w.Fault, a.Language)) + "\n· " + a.T("slot.do")
	}
	return c
}

// apart: a clock that is believed, and is wrong all the same. One that is not believed is a reason not to sell.
func (a *Alert) apart(skew time.Duration) condition {
	c := condition{key: "clock", name: a.T("clock"), text: a.T("clock+")}
	if skew.Abs() >= apartMuch*time.Second {
		c.state, c.text = "off", a.T("clock-", span(skew.Abs(), a.Language))+"\n· "+a.T("clock.do")
	}
	return c
}
