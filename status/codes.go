package status

import "kiosk/sale"

// reason is why the kiosk cannot sell, and what the reader can do about it.
type reason struct{ what, do word }

// reasons are the codes of /readyz.
var reasons = map[string]reason{
	"beat":                   {word{"程序没有心跳", "The shop's own beat has stopped"}, word{"等看门狗重启；一分钟后仍这样，请断电再上电", "Wait for the watchdog; if it lasts a minute, switch the power off and on"}},
	sale.NotReadyStarting:    {word{"正在启动", "It is starting"}, word{"请等几秒", "Wait some seconds"}},
	sale.NotReadyStopped:     {word{"存疑的出货太多，已停机", "Too many doubtful vends: it stopped itself"}, word{"检查货道、出货口和光栅，再按“恢复售卖”", "Look at spirals, chute and light barrier, then let it sell again"}},
	sale.NotReadyConfig:      {word{"微信支付不认本机的配置", "WeChat Pay refuses our configuration"}, word{"核对商户号、appid、密钥和证书；在机器上运行 kiosk check", "Check merchant number, appid, key and certificate; run kiosk check"}},
	sale.NotReadyOffline:     {word{"连不上微信支付", "WeChat Pay does not answer"}, word{"检查网线、SIM 卡、路由器；恢复后自动售卖", "Check cable, SIM card, router; it sells again by itself"}},
	"cloud":                  {word{"连不上微信支付", "WeChat Pay does not answer"}, word{"检查网线、SIM 卡、路由器；恢复后自动售卖", "Check cable, SIM card, router; it sells again by itself"}},
	sale.NotReadyClock:       {word{"时钟还没校准", "The clock is not set"}, word{"联网后自动对时；久等不好，请检查网络和 NTP", "It is set over the network; if it stays so, check network and NTP"}},
	sale.NotReadyBusy:        {word{"还有太多付款在收尾", "Too many earlier payments are still being closed"}, word{"会自己好；若超过十分钟，请检查网络", "It passes by itself; after ten minutes check the network"}},
	sale.NotReadyEmpty:       {word{"没有一个货道能卖", "No slot can sell"}, word{"补货，或解除货道故障", "Fill the slots, or clear their faults"}},
	sale.NotReadyMaintenance: {word{"维护中", "In maintenance"}, word{"完成后结束维护", "End maintenance when done"}},
	sale.NotReadyDoor:        {word{"柜门开着", "The door is open"}, word{"关好柜门；关着仍这样，请检查门开关的接线", "Shut it; if it is shut, check the wires of its switch"}},
	"book":                   {word{"订单簿写不进去", "The order book cannot be written"}, word{"检查存储卡是否已满或只读；必要时换卡", "Is the card full or read-only? Replace it if need be"}},
	"disk":                   {word{"存储卡已满或只读", "The disk is full or read-only"}, word{"清出空间，或换卡", "Free some space, or replace the card"}},
	"panel":                  {word{"屏幕没有反应", "The panel does not answer"}, word{"检查排线和供电", "Check its cable and power"}},
	"scanner":                {word{"扫码模块没有反应", "The scan module does not answer"}, word{"检查接线和串口设置", "Check its wires and the serial port"}},
	"motor":                  {word{"电机接线有问题", "The motors' wires have failed"}, word{"检查驱动板和接线", "Check driver board and wires"}},
	"pins":                   {word{"引脚不可用", "The pins cannot be used"}, word{"检查接线；在机器上运行 kiosk check", "Check the wires; run kiosk check"}},
	"keys":                   {word{"按键不可用", "The keys cannot be used"}, word{"检查接线；在机器上运行 kiosk check", "Check the wires; run kiosk check"}},
}

// ReasonWords are what the page calls a code of /readyz, and what it advises; nothing for a code it does not know.
func ReasonWords(code string) (what, remedy sale.Text) {
	r := reasons[code]
	return sale.Text{ZH: r.what.zh, EN: r.what.en}, sale.Text{ZH: r.do.zh, EN: r.do.en}
}

// FaultWords are what the page calls a slot's fault; one that it does not know is shown as it is.
func FaultWords(fault string) sale.Text {
	if w, known := faultWords[fault]; known {
		return sale.Text{ZH: w.zh, EN: w.en}
	}
	return sale.Text{EN: fault}
}

// faultWords are why one slot is set aside.
var faultWords = map[string]word{
	sale.FaultBlocked: {"光栅被挡住", "light barrier blocked"},
	sale.FaultJam:     {"卡住，没转到位", "jammed, did not come home"},
	sale.FaultNoMotor: {"电机没有转", "motor did not turn"},
	sale.FaultNoDrop:  {"转了一圈没出货", "turned, nothing fell"},
	sale.FaultDoor:    {"出货时柜门开着", "the door was open"},
	sale.FaultDouble:  {"掉了两件", "two items fell"},
	sale.FaultOff:     {"转到一半被断开", "switched off half way"},
	sale.FaultUnknown: {"接线故障", "wires failed"},
	sale.FaultOffSale: {"已停卖（技师）", "taken off sale"},
	"doubt":           {"断电时正在出货", "power failed during a vend"},
}

// flagWords are what to look at in a slot that sells.
var flagWords = map[string]word{
	sale.FaultDouble:  {"曾一次掉下两件：看看弹簧和货", "two fell at once: look at the spiral and the goods"},
	sale.FlagRestored: {"账本是从备份恢复的：请清点库存", "the book was restored: count the stock"},
}

var stateWords = map[string]word{
	"new":       {"未建", "new"},
	"asking":    {"下单中", "asking"},
	"waiting":   {"等付款", "waiting"},
	"vending":   {"出货中", "vending"},
	"closing":   {"关单中", "closing"},
	"refunding": {"退款中", "refunding"},
	"owed":      {"欠款", "owed"},
	"sold":      {"已售出", "sold"},
	"refunded":  {"已退款", "refunded"},
	"closed":    {"已关闭", "closed"},
}

var eventWords = map[string]word{
	"":          {"备注", "remark"},
	"chosen":    {"顾客选货", "chosen"},
	"found":     {"查到一笔不认识的付款", "an unknown payment found"},
	"asked":     {"微信已下单", "order accepted"},
	"paid":      {"已付款", "paid"},
	"misfit":    {"付款对不上", "payment does not fit"},
	"refused":   {"被拒绝", "refused"},
	"late":      {"过时或放弃", "late or given up"},
	"gone":      {"微信确认已关", "gone at the gateway"},
	"dropped":   {"货已掉下", "goods dropped"},
	"stuck":     {"没有出货", "stuck"},
	"repaid":    {"钱已退回", "money is back"},
	"bounced":   {"退款被关闭", "refund bounced"},
	"unpayable": {"退不回去", "cannot be repaid"},
	"settled":   {"人工了结", "settled by a person"},
	"retried":   {"人工重试", "sent back by a person"},
	"woke":      {"断电后醒来", "woke after a power cut"},
}

var meansWords = map[string]word{
	"native": {"扫屏幕的码", "QR on the panel"},
	"code":   {"付款码", "payment code"},
	"jsapi":  {"手机网页", "phone page"},
}

var screenWords = map[string]word{
	sale.ScreenIdle:        {"空闲", "idle"},
	sale.ScreenAsking:      {"正在下单", "asking for a QR code"},
	sale.ScreenQR:          {"显示二维码，等付款", "showing the QR code"},
	sale.ScreenCharging:    {"正在扣款", "charging"},
	sale.ScreenPassword:    {"请顾客输密码", "customer enters the password"},
	sale.ScreenVending:     {"正在出货", "vending"},
	sale.ScreenThanks:      {"谢谢", "thanks"},
	sale.ScreenSorry:       {"抱歉", "sorry"},
	sale.ScreenRefunding:   {"退款", "refund"},
	sale.ScreenOffline:     {"没有网络", "offline"},
	sale.ScreenClosed:      {"暂停售卖", "closed"},
	sale.ScreenMaintenance: {"维护中", "maintenance"},
}

// causeWords are why an order is refunded, and why it does not move.
var causeWords = map[string]word{
	sale.RefundForStuck:  {"没有出货", "stuck"},
	sale.RefundForWoke:   {"出货时断电", "power cut during the vend"},
	sale.RefundForLate:   {"付得太晚", "paid too late"},
	sale.RefundForMisfit: {"付款对不上", "payment does not fit"},
	sale.ReasonBalance:   {"商户余额不足，请充值", "merchant balance low: top it up"},
	sale.ReasonConfig:    {"配置有误", "configuration is wrong"},
	sale.ReasonOverdue:   {"拖得太久", "overdue"},
	sale.ReasonSilent:    {"微信支付一直没有回答", "the gateway has not answered since"},
	sale.ReasonUnknown:   {"微信支付说没有这一单", "the gateway says there is no such order"},
	sale.ReasonDenied:    {"微信支付说没有这笔付款", "the gateway denies the payment"},
}

// decisionWords are what a person can do to an order, and how it was settled.
var decisionWords = map[string]word{
	"settled":    {"已了结", "settled"},
	"retried":    {"再自动退一次", "try the refund again"},
	"platform":   {"商户平台已退", "refunded on the platform"},
	"cash":       {"付了现金", "paid in cash"},
	"goods":      {"补了货", "gave the goods"},
	"never paid": {"顾客没付过钱", "never paid"},
}

// setAside is a light barrier that was blocked when a customer had paid: it may be clear by now, and a person must look.
const setAside = sale.FaultBlocked + " then"

// faultDo is what hands do about a slot that is set aside.
var faultDo = map[string]word{
	sale.FaultBlocked: {"清开出货口，擦净光栅；通了就自动恢复", "Clear the chute, wipe the light barrier; it sells again by itself"},
	setAside:          {"清开出货口，擦净光栅，再“修好了，开卖”", "Clear the chute, wipe the light barrier, then let it sell"},
	sale.FaultJam:     {"维护 → 开门取出卡住的货 → 试转 → “修好了，开卖”", "Maintenance, free the spiral, test vend, then \"Mended, sell again\""},
	sale.FaultNoMotor: {"检查电机插头和驱动板，试转一次", "Check the motor's plug and driver, then a test vend"},
	sale.FaultNoDrop:  {"看货是否挂住、货道是否已空；改库存，再“修好了，开卖”", "Is an item stuck, or the spiral empty? Correct the stock, then let it sell"},
	sale.FaultDoor:    {"关好柜门，再“修好了，开卖”", "Shut the door, then let it sell"},
	sale.FaultDouble:  {"重新摆货，一格一件，再试转", "Load one item to a coil, then a test vend"},
	sale.FaultOff:     {"转盘停在半路：试转一次让它回位", "The spiral stands half way: a test vend brings it home"},
	sale.FaultUnknown: {"检查接线，试转一次；在机器上运行 kiosk check", "Check its wires, then a test vend; run kiosk check"},
	sale.FaultOffSale: {"没有故障；要卖时按“恢复这个货道”", "Nothing is wrong with it; put it back on sale when it may sell"},
	"doubt":           {"看货是否掉了；试转一次，再“修好了，开卖”", "See whether it fell; test vend, then let it sell"},
}

// adviceWords are what becomes of an order that is not at an end, and what the reader does.
var adviceWords = map[string]word{
	"owed":             {"先在商户平台退款或付现金，再登记怎样了结的；也可以再自动退一次", "Refund on the merchant platform or pay cash, then say how; or try the refund again"},
	"found":            {"收到一笔本机不认识的付款：找到顾客后在商户平台退款，再登记", "A payment this kiosk does not know: find the customer, refund on the platform, then say so"},
	"refunding":        {"机器正在自动退款，会一直重试，不用做什么", "It is being paid back by itself and retried; nothing to do"},
	"closing":          {"机器正向微信确认没有付款，不用做什么", "It makes sure that nothing was paid; nothing to do"},
	"asking":           {"正在向微信下单", "WeChat Pay is being asked for a code"},
	"waiting":          {"等顾客付款，到时自动关闭", "The customer may pay; it ends by itself"},
	"vending":          {"正在出货", "Goods are on their way"},
	sale.ReasonBalance: {"商户余额不足：充值后机器自动继续退款", "The merchant's balance is low: top it up, the refund goes on by itself"},
	sale.ReasonConfig:  {"微信不认本机的配置：核对密钥和证书后自动继续", "WeChat Pay refuses our configuration: mend keys and certificate, it goes on by itself"},
}

// partWords are what hangs on the board, by the codes of their faults.
var partWords = map[string]word{
	"panel":   {"屏幕", "panel"},
	"scanner": {"扫码模块", "scan module"},
	"keys":    {"按键", "keys"},
	"door":    {"柜门", "door"},
	"motor":   {"电机", "motors"},
	"book":    {"订单簿", "order book"},
	"disk":    {"存储卡", "card"},
}

var netWords = map[string]word{
	NetInterface: {"网卡", "interface"},
	NetRouter:    {"路由器", "router"},
	NetPage:      {"本页地址", "this page"},
}

// alarmWords are the kinds of what is written down beside the orders.
var alarmWords = map[string]word{
	sale.AlarmService: {"技师", "technician"},
	"owed":            {"欠款", "owed"},
	"found":           {"不认识的付款", "unknown payment"},
	"late drop":       {"货晚掉", "late drop"},
	"stray drop":      {"没转也掉货", "stray drop"},
	"double drop":     {"掉两件", "double drop"},
	"refund held":     {"退款被挡", "refund held"},
	"barred":          {"被拒", "barred"},
	"unshown":         {"没能显示", "not shown"},
}
