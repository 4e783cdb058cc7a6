package status

// word is one thing said in the two languages of the page.
type word struct{ zh, en string }

func (w word) in(lang string) string {
	if lang == "en" {
		return w.en
	}
	return w.zh
}

// say looks a code up; one that no table knows is shown as it is, rather than hidden.
func say(table map[string]word, code, lang string) string {
	if w, ok := table[code]; ok {
		return w.in(lang)
	}
	return code
}

// labels are the page's own words.
var labels = map[string]word{
	"title":      {"售货机", "Kiosk"},
	"asof":       {"截至", "as of"},
	"refresh":    {"刷新", "Refresh"},
	"stale":      {"与机器的连接断了，下面是旧的状态", "The kiosk does not answer: what you see is old"},
	"since":      {"自", "since"},
	"answers":    {"现在怎样", "How it stands"},
	"alive+":     {"机器在运行", "It is running"},
	"alive-":     {"程序停住了", "It has stopped working"},
	"alive.do":   {"看门狗会重启它；一分钟后仍这样，请断电再上电", "The watchdog restarts it; if this lasts a minute, switch the power off and on"},
	"up":         {"已运行", "up"},
	"sell+":      {"可以售卖", "It can sell"},
	"sell!":      {"可以售卖，有货道停卖", "It can sell, but not every slot"},
	"sell!.do":   {"停卖的货道", "Slots that do not sell"},
	"sell-":      {"不能售卖", "It cannot sell"},
	"cloud+":     {"微信支付连得上", "WeChat Pay answers"},
	"cloud-":     {"微信支付连不上", "WeChat Pay does not answer"},
	"cloud?":     {"还没问过微信支付", "WeChat Pay is not asked yet"},
	"cloud.do":   {"机器会自己一直重试，不用重启；请检查网络", "It keeps trying by itself, no restart needed; check the network"},
	"owed":       {"要人处理的订单", "Orders that need a person"},
	"owed.do":    {"顾客的钱没能自动退回：请在商户平台退款或付现金，再在订单里登记", "The money did not go back by itself: refund on the merchant platform or pay cash, then say so at the order"},
	"notes":      {"留意", "Please note"},
	"panel":      {"屏幕", "Panel"},
	"panel.alt":  {"顾客现在看到的屏幕", "what the customer sees now"},
	"panel.none": {"屏幕还没有画面", "the panel shows nothing yet"},
	"front":      {"顾客", "Customer"},
	"front.idle": {"没有人在买", "Nobody is buying"},
	"slots":      {"货道", "Slots"},
	"slots.none": {"还没有货道", "No slots yet"},
	"sells":      {"在卖", "sells"},
	"low":        {"快卖完", "low"},
	"empty":      {"售空", "sold out"},
	"stock":      {"库存", "stock"},
	"pick":       {"点选一个货道，补货或解除故障", "Tap a slot to fill it or to clear its fault"},
	"newstock":   {"补到几件", "Stock now"},
	"newstock.h": {"空着 = 不改库存", "empty: as it is"},
	"pin":        {"技师密码", "Technician's secret"},
	"fill":       {"补好了，开卖", "Done, let it sell"},
	"clear":      {"恢复售卖", "Let it sell again"},
	"clear.h":    {"先查清原因：出货口、货道、光栅", "Find the cause first: chute, spirals, light barrier"},
	"done":       {"已交给机器", "Handed to the kiosk"},
	"sent":       {"正在发送…", "Sending…"},
	"lost":       {"没有送到，请再试", "It did not get through, try again"},
	"open":       {"未了结的订单", "Open orders"},
	"open.none":  {"没有未了结的订单", "Nothing is open"},
	"recent":     {"最近的订单", "Recent orders"},
	"recent.no":  {"还没有订单", "No orders yet"},
	"more":       {"全部订单 (JSON)", "All orders (JSON)"},
	"decide.h":   {"点选一笔订单来登记", "Tap an order to settle it"},
	"retry":      {"再自动退一次", "Refund again"},
	"how":        {"怎样了结", "How"},
	"note":       {"备注", "Note"},
	"decide":     {"登记了结", "Settle it"},
	"pick.order": {"选这笔来登记", "settle this one"},
	"slot":       {"货道", "slot"},
	"trans":      {"微信单号", "transaction"},
	"refund":     {"退款", "refund"},
	"stalled":    {"卡在", "held up by"},
	"fault":      {"故障", "fault"},
	"misfit":     {"对不上", "does not fit"},
	"word":       {"微信答复", "gateway said"},
	"goods":      {"货", "goods"},
	"goodstoo":   {"货也出了", "goods went out too"},
	"clock?":     {"当时时钟未校准", "the clock was not trusted then"},
	"machine":    {"机器", "Machine"},
	"version":    {"版本", "version"},
	"clock":      {"时钟", "clock"},
	"clock+":     {"✓ 已校准", "✓ trusted"},
	"clock-":     {"✕ 未校准", "✕ not trusted"},
	"doubts":     {"存疑的出货", "doubtful vends"},
	"alarms":     {"本次开机的警报", "alarms since start"},
	"strays":     {"不认识的事件", "stray events"},
	"readonly":   {"只读：没有设置技师密码 (status.pin_file)", "Read-only: no technician's secret is set (status.pin_file)"},
	"nobook":     {"✕ 现在读不到订单簿", "✕ The order book cannot be read now"},
}

// errorWords are why a request was refused.
var errorWords = map[string]word{
	"nothing here": {"没有这个页面", "nothing here"},
	"method":       {"此路径不接受这种方法", "this path does not take that method"},
	"host":         {"这不是本机的名字", "this is not a name of the kiosk; use its address, or list the name in the config"},
	"cross-site":   {"不接受来自别的网站的请求", "requests from other sites are refused"},
	"read-only":    {"只读：没有设置技师密码", "read-only: no technician's secret is set"},
	"form":         {"表单无法读取", "the form cannot be read"},
	"pin":          {"密码不对", "wrong secret"},
	"guesses":      {"错得太多，请等一分钟", "too many wrong secrets, wait a minute"},
	"slot":         {"没有这个货道", "slot: no such slot"},
	"stock":        {"库存应是 0 到 999", "stock: a number from 0 to 999"},
	"no":           {"订单号不对", "no: not an order number"},
	"event":        {"只能了结或重试", "event: settled or retried"},
	"settled":      {"这笔订单不等人处理", "that order does not wait for a person"},
	"how":          {"请选怎样了结", "how: platform, cash, goods or never paid"},
	"note":         {"备注最多 200 字，一行", "note: one line, at most 200 characters"},
	"limit":        {"limit 应是 1 到 1000", "limit: a number from 1 to 1000"},
	"state":        {"没有这个状态", "state: one of asking waiting vending closing refunding owed sold closed refunded"},
	"book":         {"现在读不到订单簿", "the order book cannot be read now"},
	"no panel":     {"屏幕还没有画面", "the panel shows nothing yet"},
	"watchers":     {"看的人太多", "too many watchers"},
}
