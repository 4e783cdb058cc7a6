package status

import (
	"strings"
)

// doneWords are what became of a form.
var doneWords = map[string]word{
	"signed-in":  {"已登录，十分钟不操作会自动退出", "Signed in; it ends after ten quiet minutes"},
	"signed-out": {"已退出", "Signed out"},
	"stock":      {"库存已记下", "Counted"},
	"slot":       {"看过了，这个货道不再停卖", "Looked at: that slot is no longer set aside"},
	"blocked":    {"看过了，但光栅现在还被挡着：清一下出货口", "Looked at, but its light barrier is blocked right now: clear the chute"},
	"filled":     {"全部已补好；有故障的货道仍停卖", "All filled; slots with a fault stay set aside"},
	"off sale":   {"这个货道已停卖，别的照常", "That slot is off sale; the others sell"},
	"on sale":    {"这个货道恢复售卖", "That slot is back on sale"},
	"changed":    {"已改好", "Changed"},
	"cleared":    {"已恢复售卖", "It sells again"},
	"out":        {"已开始维护", "In maintenance"},
	"in":         {"维护结束，开始营业", "Back in service"},
	"settled":    {"已登记了结", "Settled"},
	"retried":    {"已交给机器再退一次", "Sent back for another refund"},
	"picture":    {"测试图显示半分钟", "The picture stays for half a minute"},
	"located":    {"正在响和闪", "It beeps and blinks"},
	"reconciled": {"已对账", "Compared"},
	"restart":    {"正在重启，请等一分钟", "Restarting, wait a minute"},
	"scan.":      {"扫到了码", "A code was read"},
	"vend+":      {"测试出货：掉下来了", "Test vend: it dropped"},
	"vend+ then": {"。货请放回去；没放回就按 −", "; put it back, or press −"},
	"vend.":      {"测试出货没有成功", "Test vend: it did not drop"},
}

var kindWords = map[string]word{
	"wechat": {"微信付款码", "a WeChat payment code"},
	"alipay": {"支付宝付款码", "an Alipay payment code"},
	"other":  {"别的码", "some other code"},
}

// doneText says what became of a form; "" for a code that we never give: an address must not put words on the page.
func doneText(code, lang string) string {
	for _, table := range []struct {
		head string
		tail map[string]word
	}{{"vend+", faultWords}, {"vend.", faultWords}, {"scan.", kindWords}} {
		tail, ok := strings.CutPrefix(code, table.head)
		if !ok {
			continue
		}
		w, known := table.tail[tail]
		then := doneWords[table.head+" then"].in(lang) // the stock does not know of a test
		switch {
		case tail == "":
			return doneWords[table.head].in(lang) + then
		case known:
			return doneWords[table.head].in(lang) + ": " + w.in(lang) + then
		}
		return ""
	}
	if text := numberedText(code, lang); text != "" {
		return text
	}
	return doneWords[code].in(lang)
}
