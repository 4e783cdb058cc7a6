package display

import (
	"image/color"

	"kiosk/sale"
)

// said is a sentence in both languages.
type said struct{ zh, en string }

// page is what a screen without a code shows.
type page struct {
	icon    icon
	tint    color.RGBA
	title   said
	body    said
	contact bool // a person may be needed
}

// pages are the screens, before any note.
var pages = map[string]page{
	sale.ScreenIdle:        {iconDots, ink, said{"请按键选购", "Press a key to buy"}, said{"仅支持微信支付", "WeChat Pay only"}, false},
	sale.ScreenAsking:      {iconDots, blue, said{"请稍候", "One moment"}, said{"正在生成二维码", "Making your QR code"}, false},
	sale.ScreenQR:          {iconPhone, green, said{"微信扫码付款", "Scan with WeChat"}, said{"或将付款码对准扫码口", "or hold your payment code to the reader"}, false},
	sale.ScreenCharging:    {iconScan, blue, said{"正在收款", "Taking payment"}, said{"请稍候", "Please wait"}, false},
	sale.ScreenPassword:    {iconLock, indigo, said{"请在手机上输入支付密码", "Enter password on phone"}, said{"不买可在手机上取消", "Or cancel it there"}, false},
	sale.ScreenVending:     {iconTray, teal, said{"正在出货", "Here it comes"}, said{"请在取货口等候", "Please wait at the tray"}, false},
	sale.ScreenThanks:      {iconCheck, green, said{"谢谢惠顾", "Thank you"}, said{"请取走您的商品", "Please take your item"}, false},
	sale.ScreenSorry:       {iconCross, red, said{"很抱歉", "Sorry"}, said{"本次购买没有完成", "The purchase failed"}, true},
	sale.ScreenRefunding:   {iconReturn, plum, said{"正在退款", "Refunding"}, said{"款项会自动退回", "Your money comes back by itself"}, true},
	sale.ScreenOffline:     {iconOffline, slate, said{"网络中断", "No network"}, said{"恢复后自动开放销售", "Selling again once it is back"}, false},
	sale.ScreenClosed:      {iconPause, slate, said{"暂停销售", "Not selling now"}, said{"请稍后再来", "Please come back later"}, true},
	sale.ScreenMaintenance: {iconGear, amber, said{"设备维护中", "Under maintenance"}, said{"请稍后再来", "Please come back later"}, true},
}

// notes are what a note changes about a page.
var notes = map[string]page{
	sale.NoteMayFail:   {iconAlert, amber, said{"付款可能失败", "Payment may fail"}, said{"可以按键一试", "You may still press a key"}, false},
	sale.NotePaced:     {iconHourglass, blue, said{"请稍候", "One moment"}, wordKeys, false},
	sale.NoteFinish:    {iconPhone, green, said{"请在手机上完成", "Finish on your phone"}, said{"未付款请再按一次", "Not paid? Press the key again"}, false},
	sale.NoteChecking:  {iconHourglass, blue, said{"正在核对付款", "Checking payment"}, said{"请稍候", "Please wait"}, false},
	sale.NoteAlipay:    {iconAlert, red, said{"请用微信付款码", "WeChat only"}, said{"本机暂不支持支付宝", "Alipay does not work here"}, false},
	sale.NoteForeign:   {iconAlert, red, said{"不是付款码", "Not a payment code"}, said{"请出示微信付款码", "Show your WeChat payment code"}, false},
	sale.NoteUnread:    {iconAlert, red, said{"读不出来", "Could not read it"}, said{"请调亮手机屏幕再出示", "Turn your screen up and show it again"}, false},
	sale.NoteUsed:      {iconAlert, red, said{"付款码已用过", "Code already used"}, said{"请刷新后再出示", "Please show a fresh code"}, false},
	sale.NoteEmpty:     {iconEmpty, slate, said{"已售完", "Sold out"}, said{"请选择其他商品", "Please choose another item"}, false},
	sale.NoteFault:     {iconAlert, amber, said{"货道故障", "Out of order"}, said{"请选择其他商品", "Please choose another item"}, false},
	sale.NoteBusy:      {iconHourglass, blue, said{"请稍后再试", "Please wait"}, said{"之前的付款正在处理", "Earlier payments are still closing"}, false},
	sale.NoteUnknown:   {iconAlert, amber, said{"暂时无法核对", "Could not check"}, said{"此付款码没有扣款", "This code was not charged"}, false},
	sale.NoteExpired:   {iconClock, red, said{"付款码已过期", "Code expired"}, said{"请刷新后再出示", "Please show a fresh code"}, false},
	sale.NoteBalance:   {iconCross, red, said{"余额不足", "Balance too low"}, said{"请换一张卡支付", "Please use another card"}, false},
	sale.NoteDeclined:  {iconCross, red, said{"付款被拒绝", "Payment refused"}, said{"请换一种方式支付", "Please pay another way"}, false},
	sale.NoteLate:      {iconClock, slate, said{"已超时", "Time's up"}, said{"如已付款会自动退款", "If you paid, you will be refunded"}, true},
	sale.NoteConfig:    {iconAlert, amber, said{"暂不能收款", "No payments now"}, said{"请联系工作人员", "Please contact us"}, true},
	sale.NoteUnshown:   {iconAlert, amber, said{"二维码无法显示", "QR code cannot be shown"}, said{"请联系工作人员", "Please contact us"}, true},
	sale.NoteCancelled: {iconCross, slate, said{"已取消", "Cancelled"}, said{"欢迎再次选购", "Choose again any time"}, false},
	sale.NoteReturned:  {iconReturn, plum, said{"正在退款", "Refund under way"}, said{"款项正在退回原账户", "Your money is on its way back"}, true},
	sale.NotePaidBack:  {iconCheck, green, said{"已退款", "Refunded"}, said{"款项已退回原账户", "Your money is back"}, true},
	sale.NoteOwed:      {iconAlert, red, said{"退款未成功", "Refund failed"}, said{"请联系客服", "Please call us"}, true},
	sale.NoteGap:       {iconOffline, slate, said{"网络中断", "No network"}, said{"二维码稍后恢复，已付款请稍候", "The QR code will be back. Paid? Please wait"}, true},
	sale.NoteUnsettled: {iconAlert, amber, said{"付款结果未知", "Payment unclear"}, said{"如已扣款会自动退回", "If money was taken, it comes back by itself"}, true},
}

// Why money goes back, by the fault that kept the goods or by the refund's own reason.
var (
	wordNotVended = said{"出货失败", "Not vended"}
	causes        = map[string]said{
		sale.FaultNoDrop: nothingFell, sale.FaultJam: nothingFell, sale.FaultNoMotor: nothingFell, sale.FaultOff: nothingFell, sale.FaultUnknown: nothingFell,
		sale.FaultBlocked: {"取货口有遮挡", "The tray was blocked"},
		sale.FaultDoor:    {"机门没有关好", "The door was open"},
	}
	refundReasons = map[string]said{
		sale.RefundForWoke:   {"出货时断电", "The power failed"},
		sale.RefundForLate:   {"付款时已停止出货", "It had stopped vending"},
		sale.RefundForMisfit: {"付款金额不符", "The sum did not fit"},
	}
	nothingFell = said{"商品没有掉落", "Nothing fell"}
)

// reasons are the codes of /readyz as a customer reads them. Other codes are for the technician.
var reasons = map[string]said{
	"starting":    {"正在启动", "Starting up"},
	"stopped":     {"等待检修", "Waiting for service"},
	"damaged":     {"账本待核对", "Order book to be checked"},
	"config":      {"收款设置有误", "Payment set-up is wrong"},
	"merchant":    {"收款设置有变动", "Payment set-up has changed"},
	"offline":     {"无法连接支付服务", "Payment service unreachable"},
	"refused":     {"收款被拒", "Payments are refused"},
	"clock":       {"正在校准时间", "Setting the clock"},
	"busy":        {"之前的付款正在处理", "Earlier payments are closing"},
	"empty":       {"商品已售完", "Everything is sold out"},
	"book":        {"交易记录不可用", "Order book unavailable"},
	"panel":       {"显示屏故障", "Display trouble"},
	"scanner":     {"扫码器故障", "Reader trouble"},
	"pins":        {"控制线路故障", "Wiring trouble"},
	"keys":        {"按键故障", "Key trouble"},
	"slots":       {"货道故障", "Slot trouble"},
	"drop":        {"取货口有遮挡", "The tray is blocked"},
	"disk":        {"存储空间故障", "Storage trouble"},
	"board":       {"设备状态异常", "Machine trouble"},
	"maintenance": {"由工作人员停用", "Taken out of service"},
	"door":        {"机门未关", "The door is open"},
	"operator":    {"暂停使用", "Closed by the operator"},
	"dispenser":   {"出货装置故障", "Vending trouble"},
}

// remedies are what a technician does about a reason, in Chinese. In English the shop says it with the reason.
var remedies = map[string]string{
	sale.NotReadyStopped: "出货存疑太多：检查货道和光栅，再到网页上恢复售卖",
	sale.NotReadyDoor:    "关好机门；关着仍这样，检查门开关的接线",
	sale.NotReadyConfig:  "核对商户号、appid、密钥和证书",
	"book":               "检查存储卡是否已满或只读",
	"disk":               "清出空间，或换存储卡",
	"scanner":            "检查扫码模块的接线和串口",
	"pins":               "检查控制线路；运行 kiosk check",
	"keys":               "检查按键接线；运行 kiosk check",
	"motor":              "检查驱动板和电机接线",
}

// trouble is the word for every other reason.
var trouble = said{"设备故障", "Machine trouble"}

// Further words of the screens.
var (
	wordSoldOut = said{"售完", "Sold out"}
	wordFault   = said{"故障", "Faulty"}
	wordOff     = said{"停售", "Not sold"}
	wordContact = said{"客服", "Help"}
	wordOrder   = said{"订单号 · 后六位", "Order · last six"}
	wordMore    = said{"更多商品见货架标签", "More on the shelf labels"}
	wordService = said{"维修人员", "Technicians"}
	wordScan    = said{"微信扫码或付款码", "Pay with WeChat"}
	wordKeys    = said{"按其他键换商品，再按一次取消", "Other key: change. Same key: cancel"}
	wordKiosk   = said{"自助售货", "Vending"}
	wordSeconds = said{"秒", "s"}
)
