package status

import (
	"fmt"
	"strconv"
	"time"

	"kiosk/sale"
)

// measure is how one of the board's figures is told.
type measure struct {
	what word
	unit string
	say  func(v any, lang string) (text, mark string) // nil: the figure and its unit
	part bool                                         // it is about a part, not about the board
	of   func(f *sale.Facts) any                      // nil if it is not known
}

// measures are the board's figures, in the order in which the page shows them.
var measures = []measure{
	{what: word{"系统已运行", "system up"}, say: markSeconds, of: figureText(func(f *sale.Facts) *int64 { return f.BoardUptime })},
	{what: word{"开机编号", "boot"}, say: firstValue, of: textFigure(func(f *sale.Facts) string { return f.BootID })},
	{what: word{"异常退出次数", "unclean exits"}, of: figureText(func(f *sale.Facts) *int { return f.Crashes })},
	{what: word{"存储卡剩余", "free on the card"}, unit: "MiB", of: figureText(func(f *sale.Facts) *uint64 { return f.DiskFree })},
	{what: word{"存储卡只读", "card is read-only"}, say: markBad, of: figureText(func(f *sale.Facts) *bool { return f.DiskReadOnly })},
	{what: word{"柜内温度", "goods temperature"}, unit: "°C", part: true, of: figureText(func(f *sale.Facts) *float64 { return f.Goods })},
	{what: word{"一天内出货时欠压", "vends under low voltage, a day"}, of: figureText(func(f *sale.Facts) *int { return f.LowVends })},
	{what: freeMemory, unit: "MiB", of: figureText(func(f *sale.Facts) *uint64 { return f.MemoryFree })},
	{what: word{"型号", "model"}, of: textFigure(func(f *sale.Facts) string { return f.Model })},
	{what: word{"断电次数", "power cuts"}, of: figureText(func(f *sale.Facts) *int { return f.PowerCuts })},
	{what: word{"正在欠压", "undervoltage now"}, say: markBad, of: figureText(func(f *sale.Facts) *bool { return f.PowerLow })},
	{what: word{"开机后欠压过", "undervoltage since boot"}, say: markBad, of: figureText(func(f *sale.Facts) *bool { return f.PowerWasLow })},
	{what: word{"光栅线上的干扰", "sparks on the light barriers"}, part: true, of: figureText(func(f *sale.Facts) *int { return f.Sparks })},
	{what: word{"扫到的乱码", "garbage scanned"}, part: true, of: figureText(func(f *sale.Facts) *int { return f.Garbage })},
	{what: word{"扫码模块设置", "scan module set"}, say: markSettled, part: true, of: figureText(func(f *sale.Facts) *bool { return f.Settled })},
	{what: word{"扫码模块掉线次数", "scan module went away"}, part: true, of: figureText(func(f *sale.Facts) *int { return f.Vanished })},
	{what: word{"扫码模块", "scan module"}, say: markWarn, part: true, of: figureText(func(f *sale.Facts) *string { return f.Warning })},
	{what: word{"存储卡磨损", "card worn"}, unit: "%", of: figureText(func(f *sale.Facts) *int { return f.Worn })},
	{what: word{"主板温度", "board temperature"}, say: celsiusText, of: figureText(func(f *sale.Facts) *float64 { return f.Celsius })},
	{what: word{"降频", "throttled"}, say: markBad, of: figureText(func(f *sale.Facts) *bool { return f.Throttled })},
}

var freeMemory = word{"可用内存", "free memory"}

// figureText reads a figure that may be absent. An absent one is left out of the page rather than shown as zero.
func figureText[T any](of func(*sale.Facts) *T) func(*sale.Facts) any {
	return func(f *sale.Facts) any {
		if v := of(f); v != nil {
			return *v
		}
		return nil
	}
}

// textFigure is figureText for texts, of which the empty one is absent.
func textFigure(of func(*sale.Facts) string) func(*sale.Facts) any {
	return func(f *sale.Facts) any {
		if v := of(f); v != "" {
			return v
		}
		return nil
	}
}

// describe is the figure in the reader's words; none where there is nothing to say.
func (m measure) describe(board *sale.Facts, lang string) []fact {
	v := m.of(board)
	if v == nil {
		return nil
	}
	f := fact{Name: m.what.in(lang)}
	switch {
	case m.say != nil:
		f.Text, f.Mark = m.say(v, lang)
	default:
		f.Text = fmt.Sprint(v)
		if n, ok := v.(float64); ok {
			f.Text = strconv.FormatFloat(n, 'f', 1, 64)
		}
		if m.unit != "" {
			f.Text += " " + m.unit
		}
	}
	if f.Text == "" {
		return nil
	}
	return []fact{f}
}

// markBad is a yes that is bad news.
func markBad(v any, lang string) (string, string) {
	if yes, _ := v.(bool); yes {
		return word{"是", "yes"}.in(lang), bad
	}
	return word{"否", "no"}.in(lang), good
}

// markSettled says whether the scan module's settings were read back from it.
func markSettled(v any, lang string) (string, string) {
	if yes, _ := v.(bool); yes {
		return word{"已核对", "confirmed"}.in(lang), good
	}
	return word{"未核对", "not confirmed"}.in(lang), warn
}

// markWarn is a text that is there only if something is wrong.
func markWarn(v any, _ string) (string, string) { return fmt.Sprint(v), warn }

// firstValue shortens an id to what people compare.
func firstValue(v any, _ string) (string, string) {
	s := fmt.Sprint(v)
	return s[:min(8, len(s))], ""
}

// markSeconds is a number of seconds as days, hours and minutes.
func markSeconds(v any, lang string) (string, string) {
	s, _ := v.(int64)
	return sale.Span(time.Duration(s) * time.Second).In(lang), ""
}

const boardHot = 80 // °C: from here on the processor slows itself down

// celsiusText is a temperature with its mark.
func celsiusText(v any, _ string) (string, string) {
	n, _ := v.(float64)
	mark := good
	if n >= boardHot {
		mark = bad
	}
	return strconv.FormatFloat(n, 'f', 1, 64) + " °C", mark
}
