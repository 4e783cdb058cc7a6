package sale

import (
	"fmt"
	"strings"
	"time"
)

// Text is one thing said in the two languages of the people who use a kiosk.
type Text struct{ ZH, EN string }

// In picks the language: "en" is English, anything else Chinese, which a text may lack.
func (t Text) In(lang string) string {
	if lang == "en" || t.ZH == "" {
		return t.EN
	}
	return t.ZH
}

// Span says how long something takes, in its two largest units.
func Span(d time.Duration) Text {
	in := func(day, hour, minute, second string) string {
		days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
		switch {
		case days > 0:
			return strings.TrimSpace(fmt.Sprint(days, day, hours, hour))
		case hours > 0:
			return strings.TrimSpace(fmt.Sprint(hours, hour, minutes, minute))
		case minutes > 0:
			return strings.TrimSpace(fmt.Sprint(minutes, minute))
		}
		return fmt.Sprint(int(d.Seconds()), second)
	}
	return Text{ZH: in(" 天 ", " 小时 ", " 分 ", " 秒"), EN: in(" d ", " h ", " min ", " s")}
}

// When says a moment as people in Beijing read it. Every kiosk stands there, and a minimal image has no zone files.
func When(t time.Time) string { return t.In(time.FixedZone("CST", 8*3600)).Format("01-02 15:04:05") }
