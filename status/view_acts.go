package status

import (
	"encoding/json"
	"fmt"
	"strings"

	"kiosk/sale"
)

// actWords are what people did in Chinese, with the value before as %[1]s and the value after as %[2]s. In English it stands
// beside the act, for versions of the program that know no acts: here it would stand twice.
var actWords = map[sale.Act]string{
	sale.ActMaintenanceOn:  "开始维护，停止售卖",
	sale.ActMaintenanceOff: "结束维护，恢复售卖",
	sale.ActOffSale:        "停卖这个货道",
	sale.ActOnSale:         "恢复这个货道",
	sale.ActClearStop:      "解除停机",
	sale.ActClearSlot:      "检查过",
	sale.ActCountStock:     "补到 %[2]s，原有 %[1]s",
	sale.ActEditProduct:    "改为 %[2]s；原为 %[1]s",
	sale.ActTestBegun:      "开始试转",
	sale.ActTested:         "试转没有成功：%[2]s",
	sale.ActSettle:         "了结，%[1]s",
	sale.ActRetry:          "再自动退一次",
	sale.ActSignIn:         "登录",
	sale.ActSignOut:        "退出",
	sale.ActPicture:        "显示测试图 %[2]s",
	sale.ActScanTest:       "试扫，扫到%[2]s",
	sale.ActLocate:         "让机器响和闪",
	sale.ActReconcile:      "对账：%[2]s",
	sale.ActReconcileNot:   "没对成账：%[2]s",
	sale.ActBackup:         "下载：订单簿备份",
	sale.ActBundle:         "下载：证据包",
	sale.ActRestart:        "重启程序",
	sale.ActRestored:       "恢复自备份 %[1]s，共 %[2]s 笔订单",
}

// alarmTexts are the alarms whose words never change, by kind.
var alarmTexts = map[string]string{
	"found":      "微信那边已付款，本机没有这笔订单",
	"late drop":  "货出了，钱也退了",
	"stray drop": "电机没转，光栅却看到了东西",
	"barred":     "账本不接受微信对它的答复：要有人来看",
}

// describeAlarm says an alarm or an audit line in a language, and in which one. A line without an act, of an older version,
// and an alarm that no table knows are shown as they were written, in English.
func describeAlarm(a sale.Alarm, lang string) (text, in string) {
	act, known := actWords[sale.Act(a.Act)]
	alarm := alarmTexts[a.Kind]
	switch {
	case lang == "en":
		return a.Text, "en"
	case known:
		return describeAct(a, act) + signature(a), lang
	case alarm != "":
		return alarm, lang
	}
	return a.Text, "en"
}

func describeAct(a sale.Alarm, text string) string {
	before, after := a.Old, a.New
	switch sale.Act(a.Act) {
	case sale.ActClearSlot:
		return text + describeCleared(a.Old)
	case sale.ActEditProduct:
		before, after = describeListing(a.Old), describeListing(a.New)
	case sale.ActTested:
		return describeTest(a.New, text)
	case sale.ActScanTest:
		if a.New == "" {
			return "试扫：没有扫到"
		}
		after = wordFor(kindWords, a.New, "zh")
	case sale.ActSettle:
		return withNote(fmt.Sprintf(text, wordFor(decisionWords, a.Old, "zh")), a.New)
	case sale.ActRetry:
		return withNote(text, a.New)
	}
	if strings.Contains(text, "%") {
		return fmt.Sprintf(text, before, after)
	}
	return text
}

// describeCleared says which fault and flag were cleared: "jam|double".
func describeCleared(seen string) (text string) {
	fault, flag, _ := strings.Cut(seen, "|")
	if fault != "" {
		text += "，解除故障：" + wordFor(faultWords, fault, "zh")
	}
	if flag != "" {
		text += "，不再提示：" + wordFor(flagWords, flag, "zh")
	}
	return text
}

// describeListing says a listing that an audit line keeps as JSON. Text that is none is shown as it is.
func describeListing(text string) string {
	var l sale.Listing
	if json.Unmarshal([]byte(text), &l) != nil {
		return text
	}
	return fmt.Sprintf("%s，%s，%d 件", l.Name, l.Fen.Yuan(), l.Stock)
}

// describeTest says what a test vend came to: "dropped", "dropped|double", a fault, or that it was given up.
func describeTest(came, failed string) string {
	head, fault, _ := strings.Cut(came, "|")
	switch {
	case came == sale.TestGivenUp:
		return "试转没有开始"
	case head == "dropped" && fault == "":
		return "试转，货掉下来了"
	case head == "dropped":
		return "试转，货掉下来了：" + wordFor(faultWords, fault, "zh")
	}
	return fmt.Sprintf(failed, "", wordFor(faultWords, came, "zh"))
}

// withNote adds what the person wrote, as it was written.
func withNote(text, note string) string {
	if note == "" {
		return text
	}
	return text + ": " + note
}

// signature is who did it, and from where.
func signature(a sale.Alarm) string {
	switch {
	case a.By == "":
		return ""
	case a.From == "":
		return "（" + a.By + "）"
	}
	return "（" + a.By + " · " + a.From + "）"
}
