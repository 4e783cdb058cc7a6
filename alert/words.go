package alert

import (
	"strconv"
	"strings"

	"kiosk/sale"
)

// phrases are what the owner's group reads of each kind of condition. {…} is a place that is filled in.
var phrases = map[string]struct{ name, well, ill sale.Text }{
	"sell": {
		name: sale.Text{ZH: "能否售卖", EN: "Whether it can sell"},
		well: sale.Text{ZH: "又能售卖了", EN: "It can sell again"},
		ill:  sale.Text{ZH: "不能售卖", EN: "It cannot sell"},
	},
	"owed": {
		name: sale.Text{ZH: "欠顾客的钱", EN: "What customers are owed"},
		well: sale.Text{ZH: "没有欠款了", EN: "Nothing is owed any more"},
		ill: sale.Text{ZH: "有 {n} 笔欠款要人处理\n· 顾客的钱没能自动退回：请在商户平台退款或付现金，再在订单里登记",
			EN: "{n} orders are owed and need a person\n· The money did not go back by itself: refund on the merchant platform or pay cash, then say so at the order"},
	},
	"slot": {
		name: sale.Text{ZH: "{slot} 号货道", EN: "Slot {slot}"},
		well: sale.Text{ZH: "{slot} 号货道恢复售卖：{name}", EN: "Slot {slot} sells again: {name}"},
		ill: sale.Text{ZH: "{slot} 号货道停卖：{name}，{fault}\n· 检查货道、出货口和光栅，再在状态页上按“恢复售卖”",
			EN: "Slot {slot} is set aside: {name}, {fault}\n· Look at spiral, chute and light barrier, then let it sell again on its page"},
	},
	"clock": {
		name: sale.Text{ZH: "时钟", EN: "The clock"},
		well: sale.Text{ZH: "时钟与微信支付一致了", EN: "The clock agrees with WeChat Pay again"},
		ill:  sale.Text{ZH: "时钟与微信支付相差 {skew}\n· 请检查网络和对时", EN: "The clock is {skew} off WeChat Pay's\n· Check network and NTP"},
	},
	"power": {
		name: supply,
		well: sale.Text{ZH: "供电恢复正常", EN: "The supply is as it should be again"},
		ill: sale.Text{ZH: "供电不足，低于 4.63 V\n· 换功率更足的电源，或更短更粗的电源线",
			EN: "The supply is under 4.63 V\n· Use a stronger power supply, or a shorter cable"},
	},
	"sags": {
		name: supply,
		ill: sale.Text{ZH: "一天里有 {n} 次出货时供电不足\n· 给电机单独供电",
			EN: "{n} times in a day the supply was too low while a motor ran\n· Give the motors a supply of their own"},
	},
	"heat": {
		name: sale.Text{ZH: "主板温度", EN: "The board's temperature"},
		well: sale.Text{ZH: "主板温度恢复正常", EN: "The board is cool again"},
		ill:  sale.Text{ZH: "主板过热，{celsius} °C\n· 检查通风和风扇", EN: "The board is hot, {celsius} °C\n· Check its air and its fan"},
	},
}

var (
	supply = sale.Text{ZH: "供电", EN: "The supply"}
	colon  = sale.Text{ZH: "：", EN: ": "}

	header  = sale.Text{ZH: "【售货机 {kiosk}】", EN: "[Kiosk {kiosk}]"}
	changed = sale.Text{ZH: "（其间变了 {n} 次）", EN: " (it changed {n} times before)"}
	wavers  = sale.Text{ZH: "{name}反复变化，{n} 次\n· 请到现场看看", EN: "{name} keeps changing, {n} times\n· Have a look"}
	missed  = sale.Text{ZH: "（另有 {n} 条消息没有送到）", EN: "({n} more messages did not get through)"}
)

func (w *Watcher) fillIn(t sale.Text, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(t.In(w.Language))
}

// heading says which kiosk speaks, and when, unless nobody trusts the wall.
func (w *Watcher) heading(s sale.Snapshot) string {
	h := w.fillIn(header, "{kiosk}", w.Kiosk)
	if !s.Clock {
		return h
	}
	return h + " " + sale.When(w.Now())
}

// reportCondition is one condition's part of a message.
func (w *Watcher) reportCondition(c condition, told string, changes int) string {
	n := strconv.Itoa(changes)
	if told == wavering {
		return w.fillIn(wavers, "{name}", c.name, "{n}", n)
	}
	if changes <= 2 {
		return c.text
	}
	first := strings.IndexByte(c.text+"\n", '\n')
	return c.text[:first] + w.fillIn(changed, "{n}", n) + c.text[first:]
}
