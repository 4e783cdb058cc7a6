package alert

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
)

// condition is one thing that may change: how it stands, and how that is said.
type condition struct {
	key, state string // "": as it should be
	name, text string
}

// phrases are what the owner's group reads of each kind of condition. {…} is a place that is filled in.
var phrases = map[string]struct{ name, well, ill sale.Text }{
	"sell": {name: sale.Text{ZH: "能否售卖", EN: "Whether it can sell"},
		well: sale.Text{ZH: "又能售卖了", EN: "It can sell again"},
		ill:  sale.Text{ZH: "不能售卖", EN: "It cannot sell"}},
	"owed": {name: sale.Text{ZH: "欠顾客的钱", EN: "What customers are owed"},
		well: sale.Text{ZH: "没有欠款了", EN: "Nothing is owed any more"},
		ill: sale.Text{ZH: "有 {n} 笔欠款要人处理\n· 顾客的钱没能自动退回：请在商户平台退款或付现金，再在订单里登记",
			EN: "{n} orders are owed and need a person\n· The money did not go back by itself: refund on the merchant platform or pay cash, then say so at the order"}},
	"slot": {name: sale.Text{ZH: "{slot} 号货道", EN: "Slot {slot}"},
		well: sale.Text{ZH: "{slot} 号货道恢复售卖：{name}", EN: "Slot {slot} sells again: {name}"},
		ill: sale.Text{ZH: "{slot} 号货道停卖：{name}，{fault}\n· 检查货道、出货口和光栅，再在状态页上按“恢复售卖”",
			EN: "Slot {slot} is set aside: {name}, {fault}\n· Look at spiral, chute and light barrier, then let it sell again on its page"}},
	"clock": {name: sale.Text{ZH: "时钟", EN: "The clock"},
		well: sale.Text{ZH: "时钟与微信支付一致了", EN: "The clock agrees with WeChat Pay again"},
		ill:  sale.Text{ZH: "时钟与微信支付相差 {skew}\n· 请检查网络和对时", EN: "The clock is {skew} off WeChat Pay's\n· Check network and NTP"}},
	"power": {name: supply,
		well: sale.Text{ZH: "供电恢复正常", EN: "The supply is as it should be again"},
		ill: sale.Text{ZH: "供电不足，低于 4.63 V\n· 换功率更足的电源，或更短更粗的电源线",
			EN: "The supply is under 4.63 V\n· Use a stronger power supply, or a shorter cable"}},
	"sags": {name: supply, // it ends as "power" does
		ill: sale.Text{ZH: "一天里有 {n} 次出货时供电不足\n· 给电机单独供电",
			EN: "{n} times in a day the supply was too low while a motor ran\n· Give the motors a supply of their own"}},
	"heat": {name: sale.Text{ZH: "主板温度", EN: "The board's temperature"},
		well: sale.Text{ZH: "主板温度恢复正常", EN: "The board is cool again"},
		ill:  sale.Text{ZH: "主板过热，{celsius} °C\n· 检查通风和风扇", EN: "The board is hot, {celsius} °C\n· Check its air and its fan"}},
}

var (
	supply = sale.Text{ZH: "供电", EN: "The supply"}
	colon  = sale.Text{ZH: "：", EN: ": "}

	header  = sale.Text{ZH: "【售货机 {kiosk}】", EN: "[Kiosk {kiosk}]"}
	changed = sale.Text{ZH: "（其间变了 {n} 次）", EN: " (it changed {n} times before)"}
	wavers  = sale.Text{ZH: "{name}反复变化，{n} 次\n· 请到现场看看", EN: "{name} keeps changing, {n} times\n· Have a look"}
	missed  = sale.Text{ZH: "（另有 {n} 条消息没有送到）", EN: "({n} more messages did not get through)"}
)

// fillIn says a text in the owner's language.
func (w *Watcher) fillIn(t sale.Text, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(t.In(w.Language))
}

// readConditions are all that the group hears of. One that is not known now is left out.
func (w *Watcher) readConditions(s sale.Snapshot) []condition {
	var codes []string
	for _, why := range s.Why {
		codes = append(codes, why.Code)
	}
	if !w.Alive() {
		codes = append(codes, "beat")
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	out := []condition{w.sellingCondition(codes)}
	// Without its book the kiosk knows neither debts nor slots.
	if !slices.Contains(codes, "book") && !slices.Contains(codes, sale.NotReadyStarting) {
		n := strconv.Itoa(s.Owed)
		out = append(out, w.describeCondition("owed", "owed", s.Owed > 0, n, "{n}", n))
		for _, p := range s.Products {
			out = append(out, w.slotCondition(p))
		}
	}
	if s.Clock && s.Skew != nil { // a clock that is not trusted is a reason not to sell
		skew := s.Skew.Abs()
		out = append(out, w.describeCondition("clock", "clock", skew >= time.Minute, "off", "{skew}", sale.Span(skew).In(w.Language)))
	}
	return append(out, w.boardConditions(w.Board())...)
}

// describeCondition says how one stands, in the phrases of its kind. The state names what is ill about it.
func (w *Watcher) describeCondition(key, kind string, ill bool, state string, fill ...string) condition {
	p := phrases[kind]
	text := p.ill
	if !ill {
		state, text = "", p.well
	}
	return condition{key, state, w.fillIn(p.name, fill...), w.fillIn(text, fill...)}
}

// sellingCondition is whether it can sell, and every reason why not. A reason is told by its code alone: its text is for the page.
func (w *Watcher) sellingCondition(codes []string) condition {
	c := w.describeCondition("sell", "sell", len(codes) > 0, strings.Join(codes, ","))
	for _, code := range codes {
		what, remedy := w.Reason(code)
		c.text += "\n· " + cmp.Or(what.In(w.Language), code)
		if what != (sale.Text{}) {
			c.text += colon.In(w.Language) + remedy.In(w.Language)
		}
	}
	return c
}

// slotCondition is whether a slot is set aside. One that is only sold out is not, and one off sale a person knows of.
func (w *Watcher) slotCondition(p sale.Product) condition {
	n, name := strconv.Itoa(int(p.Slot)), p.Name
	if w.Language == "en" {
		name = cmp.Or(p.NameEN, p.Name)
	}
	aside := p.Fault != "" && p.Fault != sale.NotReadyEmpty && p.Fault != sale.FaultOffSale
	return w.describeCondition("slot "+n, "slot", aside, p.Fault, "{slot}", n, "{name}", name, "{fault}", w.Fault(p.Fault).In(w.Language))
}

// boardConditions are what the board measures. The firmware slows the processor down from 80 °C on; five degrees between hot
// and cool keep a board that is nearly as hot from being told again and again.
func (w *Watcher) boardConditions(b sale.Facts) (out []condition) {
	low := 0
	if b.LowVends != nil {
		low = *b.LowVends
	}
	switch {
	case b.PowerLow != nil && *b.PowerLow:
		out = append(out, w.describeCondition("power", "power", true, "low"))
	case low >= 3:
		out = append(out, w.describeCondition("power", "sags", true, "sags", "{n}", strconv.Itoa(low)))
	case b.PowerLow != nil || low > 0:
		out = append(out, w.describeCondition("power", "power", false, ""))
	}
	if b.Celsius != nil {
		was := w.marks["heat"]
		hot := *b.Celsius >= 80 || *b.Celsius > 75 && was != nil && was.now != ""
		out = append(out, w.describeCondition("heat", "heat", hot, "hot", "{celsius}", strconv.Itoa(int(*b.Celsius))))
	}
	return out
}
