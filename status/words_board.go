package status

import (
	"fmt"
	"strconv"
	"time"
)

// measure is how one of the board's figures is told.
type measure struct {
	what word
	unit string
	say  func(v any, lang string) (text, mark string) // nil: the figure and its unit
	part bool                                         // it is about a part, not about the board
}

// measures are the board's figures, by their keys in /status.json.
var measures = map[string]measure{
	"model":                {what: word{"型号", "model"}},
	"boot_id":              {what: word{"开机编号", "boot"}, say: firstOf},
	"board_uptime_s":       {what: word{"系统已运行", "system up"}, say: seconded},
	"memory_free_mib":      {what: word{"可用内存", "free memory"}, unit: "MiB"},
	"disk_free_mib":        {what: word{"存储卡剩余", "free on the card"}, unit: "MiB"},
	"disk_read_only":       {what: word{"存储卡只读", "card is read-only"}, say: alas},
	"temperature_c":        {what: word{"主板温度", "board temperature"}, say: celsius},
	"power_low":            {what: word{"正在欠压", "undervoltage now"}, say: alas},
	"power_was_low":        {what: word{"开机后欠压过", "undervoltage since boot"}, say: alas},
	"throttled":            {what: word{"降频", "throttled"}, say: alas},
	"storage_worn_percent": {what: word{"存储卡磨损", "card worn"}, unit: "%"},
	"power_cuts":           {what: word{"断电次数", "power cuts"}},
	"crashes":              {what: word{"异常退出次数", "unclean exits"}},
	"low_voltage_vends":    {what: word{"一天内出货时欠压", "vends under low voltage, a day"}},
	"scanner_garbage":      {what: word{"扫到的乱码", "garbage scanned"}, part: true},
	"scanner_vanished":     {what: word{"扫码模块掉线次数", "scan module went away"}, part: true},
	"scanner_settled":      {what: word{"扫码模块设置", "scan module set"}, say: settled, part: true},
	"scanner_warn":         {what: word{"扫码模块", "scan module"}, say: warned, part: true},
	"goods_c":              {what: word{"柜内温度", "goods temperature"}, unit: "°C", part: true},
}

// fact is the figure in the reader's words; none where there is nothing to say.
func (m measure) fact(v any, lang string) []fact {
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

// alas is a yes that is bad news.
func alas(v any, lang string) (string, string) {
	if yes, _ := v.(bool); yes {
		return word{"是", "yes"}.in(lang), bad
	}
	return word{"否", "no"}.in(lang), good
}

func settled(v any, lang string) (string, string) {
	if yes, _ := v.(bool); yes {
		return word{"已核对", "confirmed"}.in(lang), good
	}
	return word{"未核对", "not confirmed"}.in(lang), warn
}

func warned(v any, _ string) (string, string) { return fmt.Sprint(v), warn }

func firstOf(v any, _ string) (string, string) {
	s := fmt.Sprint(v)
	return s[:min(8, len(s))], ""
}

func seconded(v any, lang string) (string, string) {
	n, ok := number(v)
	if !ok {
		return fmt.Sprint(v), ""
	}
	return span(time.Duration(n)*time.Second, lang), ""
}

const boardHot = 80 // °C: from here on the processor slows itself down

func celsius(v any, _ string) (string, string) {
	n, ok := number(v)
	if !ok {
		return fmt.Sprint(v), ""
	}
	mark := good
	if n >= boardHot {
		mark = bad
	}
	return strconv.FormatFloat(n, 'f', 1, 64) + " °C", mark
}
