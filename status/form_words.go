package status

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"kiosk/web"
)

// refusalWords are why a technician's form was not done, beside errorWords.
var refusalWords = map[string]word{
	"sign-in":     {"请先登录：这次登录已结束", "sign in first: no session, or it has ended"},
	"who":         {"请写你的名字：最多 32 字，不能有逗号、括号、“ at ”、“ · ”", "name: who you are, 1 to 32 characters, without comma, bracket, \" at \" or \" · \""},
	"queue":       {"正在核对别的密码，请稍后再试", "other secrets are being looked at, try again in a minute"},
	"name":        {"品名 1 到 40 字，一行", "name: one line, 1 to 40 characters; name_en at most 40"},
	"reason":      {"请写明原因：怎么了结的、给了谁", "note: say why it is settled, one line"},
	"fen":         {"价格以分计，1 到 10000000", "fen: the price in fen, 1 to 10000000"},
	"yuan":        {"价格以元计，如 3.50", "yuan: the price in yuan, like 3.50"},
	"on":          {"on 应是 1 或 0", "on: 1 to begin maintenance, 0 to end it"},
	"date":        {"日期应是今天之前的一天，如 2026-03-01", "date: a day before today, like 2026-03-01"},
	"picture":     {"没有这张测试图", "name: no such test picture"},
	"no tool":     {"这台机器做不了这个", "this machine has no such tool"},
	"selling":     {"正有顾客在买这个货道，等他买完再改", "a customer is buying from that slot: change it when the sale is over"},
	"other":       {"这期间又出了别的情况：先看一眼，再解除", "something else came up in that slot meanwhile: look at it before you clear it"},
	"out already": {"已经在维护中", "it is in maintenance already"},
	"in already":  {"没有在维护", "it is not in maintenance"},
	"off":         {"这个货道是人停卖的：要卖请按“恢复这个货道”", "that slot was taken off sale by hand: put it back on sale"},
	"off already": {"这个货道已经停卖", "that slot is off sale already"},
	"on already":  {"这个货道没有停卖", "that slot is not off sale"},
	"aside":       {"这个货道有故障，本来就不卖：先看故障", "that slot has a fault and does not sell: look at the fault first"},
	"turning":     {"试转的电机还在转：等它停下再结束维护", "a motor turns for a test vend: end the maintenance when it has stopped"},
	"in service":  {"机器还在营业：先开始维护", "the kiosk is in service: begin maintenance first"},
	"serving":     {"正有顾客在买，或电机在转：等一分钟再试", "a customer is being served, or a motor turns: try again in a minute"},
	"room":        {"存储卡放不下一份备份：先腾出空间，或用 kiosk backup -o 存到 U 盘", "there is no room for a copy of the book: make room, or run kiosk backup -o FILE onto another disk"},
	"busy":        {"上一个操作还没做完，请稍等", "another of these is still under way, wait for it"},
	"early":       {"机器还在自己关这笔单：七天没有答复、或三十天查无此单之后才能人工了结", "the kiosk is still closing it by itself: a person may settle it after 7 days without an answer, or 30 days of \"no such order\""},
	"unmoved":     {"机器没有接受：这笔订单可能属于另一个商户号，或刚刚变了，请再看一眼", "the kiosk did not take it: the order may belong to another merchant number, or has just changed; look again"},
	"unseen":      {"机器还没有照做：先看一眼现在的状态，再决定要不要重试", "the kiosk has not done it yet: look at how it stands before you try again"},
	"https":       {"请用 https 打开", "use https"},
}

// countWords are what carries numbers: how many are in a slot, or which slots were left.
var countWords = map[string]word{
	"moved-":  {"这期间卖出过或有人改过：现在 %s 件，这次什么都没改", "it sold meanwhile, or was counted: now %s; nothing was changed"},
	"left-":   {"%s 号货道没有补：正有顾客在买，或这期间卖出过，请看一眼再补", "slot %s is left as it was: a customer is buying, or it sold meanwhile; look at it and fill it again"},
	"filled-": {"已补好；%s 号货道没有补：正有顾客在买，或这期间卖出过，请看一眼再补", "Filled, but slot %s is left as it was: a customer is buying, or it sold meanwhile; look at it and fill it again"},
}

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

// refusalText says a refusal in a language.
func refusalText(code, lang string) string {
	if text := numberedText(code, lang); text != "" {
		return text
	}
	if w, ok := refusalWords[code]; ok {
		return w.in(lang)
	}
	return wordFor(errorWords, code, lang)
}

// numbered is a code that carries numbers: how many, or which slots.
var numbered = regexp.MustCompile(`^([a-z]+-)([0-9]{1,8}(?:,[0-9]{1,3})*)$`)

// numberedText says a code that carries numbers; "" for one that does not, or that we never give.
func numberedText(code, lang string) string {
	m := numbered.FindStringSubmatch(code)
	if m == nil || countWords[m[1]] == (word{}) {
		return ""
	}
	return fmt.Sprintf(countWords[m[1]].in(lang), strings.ReplaceAll(m[2], ",", ", "))
}

// refusal says why something was not done: a code of errorWords or refusalWords, or a tool's own line.
type refusal struct {
	status int
	word   string
	line   string
	more   map[string]any
}

// refuse is a refusal that the page has a sentence for.
func refuse(status int, word string) *refusal { return &refusal{status: status, word: word} }

// writeError answers with one line of JSON, in the words of the reader's language if we have them.
func writeError(w http.ResponseWriter, r *http.Request, status int, text string) {
	lang := "en"
	if asked := r.URL.Query().Get("lang"); asked == "zh" {
		lang = asked
	}
	web.WriteJSON(w, status, map[string]string{"error": refusalText(text, lang)})
}
