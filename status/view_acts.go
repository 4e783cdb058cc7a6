package status

import (
	"encoding/json"
	"fmt"
	"strings"

	"kiosk/sale"
)

// describeAlarm says an alarm or an audit line in a language, and in which one. A line without an act, of an older version,
// and an alarm that no table knows are shown as they were written, in English.
func describeAlarm(a sale.Alarm, lang string) (text, in string) {
	act, known := words.Acts[sale.Act(a.Act)]
	alarm := words.AlarmTexts[a.Kind]
	switch {
	case lang == "en":
		return a.Text, "en"
	case known:
		return describeAct(a, act) + signature(a), lang
	case alarm != "":
		return alarm, lang
	}
	if text, ok := translateAlarm(a); ok {
		return text, lang
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
		after = wordFor(words.Kinds, a.New, "zh")
	case sale.ActSettle:
		return withNote(fmt.Sprintf(text, wordFor(words.Decisions, a.Old, "zh")), a.New)
	case sale.ActGuesses:
		wrong, blocked, from := sale.SplitGuesses(a.New)
		return fmt.Sprintf(text, wrong, blocked, from)
	case sale.ActRetry, sale.ActHand:
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
		text += "，解除故障：" + wordFor(words.Faults, fault, "zh")
	}
	if flag != "" {
		text += "，不再提示：" + wordFor(words.Flags, flag, "zh")
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
		return "试转，货掉下来了：" + wordFor(words.Faults, fault, "zh")
	}
	return fmt.Sprintf(failed, "", wordFor(words.Faults, came, "zh"))
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
