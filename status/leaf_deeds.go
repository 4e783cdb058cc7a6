package status

import (
	"regexp"
	"strings"
)

// deedLines are how the book tells what a technician did, by how such a line begins; what follows is looked up as well.
var deedLines = []struct {
	line string
	zh   string
	rest map[string]word
}{
	{"out of service", "开始维护，停止售卖", nil},
	{"back in service", "结束维护，恢复售卖", nil},
	{"taken off sale", "停卖这个货道", nil},
	{"put back on sale", "恢复这个货道", nil},
	{"cleared the stop", "解除停机", nil},
	{"test vend: dropped, ", "试转，货掉下来了：", faultWords},
	{"test vend: dropped", "试转，货掉下来了", nil},
	{"test vend begun", "开始试转", nil},
	{"test vend: given up before the motor turned", "试转没有开始", nil},
	{"test vend: ", "试转没有成功：", faultWords},
	{"looked at, cleared of ", "检查过，解除故障：", faultWords},
	{"looked at", "检查过", nil},
	{"filled to ", "补到 ", nil},
	{"now ", "改为 ", nil},
	{"signed in", "登录", nil},
	{"signed out", "退出", nil},
	{"showed the test picture ", "显示测试图 ", nil},
	{"scan test: nothing read", "试扫：没有扫到", nil},
	{"scan test: read a code of kind ", "试扫，扫到", kindWords},
	{"made it beep and blink", "让机器响和闪", nil},
	{"compared the bill of ", "对账：", nil},
	{"the bill of ", "没对成账：", nil},
	{"took a ", "下载：", nil},
	{"paid there, unknown here", "微信那边已付款，本机没有这笔订单", nil},
	{"goods and money both went out", "货出了，钱也退了", nil},
	{"the light barrier saw something while no motor ran", "电机没转，光栅却看到了东西", nil},
	{"the book refuses what the gateway says of it: a person must look", "账本不接受微信对它的答复：要有人来看", nil},
	{"settled, platform", "了结，商户平台已退", asItIs},
	{"settled, cash", "了结，付了现金", asItIs},
	{"settled, goods", "了结，补了货", asItIs},
	{"settled, never paid", "了结，顾客没付过钱", asItIs},
	{"sent back for another refund", "再自动退一次", asItIs},
	{"restarted the program", "重启程序", nil},
}

// asItIs is for what a person wrote: nothing in it is looked up.
var asItIs = map[string]word{}

// deedParts are what may stand within such a line.
var deedParts = strings.NewReplacer(", cleared of ", "，解除故障：", ", was ", "，原有 ", " in it; was ", " 件；原为 ", " could not be compared", "", "backup", "订单簿备份", "bundle", "证据包")

// restored is the line of a restoring; in it stands the name of a file, which may be anything.
var restored = regexp.MustCompile(`^restored from (.*) with (\d+) orders$`)

// deedIn says a line of the book in a language. What no table knows is shown as it is, rather than hidden.
func deedIn(text, lang string) string {
	if lang == "en" {
		return text
	}
	if m := restored.FindStringSubmatch(text); m != nil {
		return "恢复自备份 " + m[1] + "，共 " + m[2] + " 笔订单"
	}
	what, by := signature(text)
	what, flag, flagged := strings.Cut(what, ", no longer flagged ")
	for _, d := range deedLines {
		rest, ok := strings.CutPrefix(what, d.line)
		if !ok {
			continue
		}
		if head, fault, cleared := strings.Cut(rest, ", cleared of "); cleared {
			rest = head + ", cleared of " + say(faultWords, fault, lang)
		}
		if rest = say(d.rest, rest, lang); d.rest == nil {
			rest = deedParts.Replace(rest)
		}
		what = d.zh + rest
		break
	}
	if flagged {
		what += "，不再提示：" + say(flagWords, flag, lang)
	}
	if by == "" {
		return what
	}
	return what + "（" + by + "）"
}

// signature parts what was done from who did it. No name holds what stands around it: the last sign is the one.
func signature(text string) (what, by string) {
	i := strings.LastIndex(text, ", by ")
	if i < 0 {
		return text, ""
	}
	name, address := text[i+len(", by "):], ""
	if j := strings.LastIndex(name, " at "); j >= 0 {
		name, address = name[:j], " · "+name[j+len(" at "):]
	}
	if !signs(name) {
		return text, ""
	}
	return text[:i], name + address
}
