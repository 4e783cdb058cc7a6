package display

import (
	"image"
	"image/color"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The colours. Text stands on them at a contrast of at least 4.5 to 1; no colour is the only sign of anything.
var (
	white  = color.RGBA{0xff, 0xff, 0xff, 0xff}
	black  = color.RGBA{0x00, 0x00, 0x00, 0xff}
	ink    = color.RGBA{0x12, 0x1b, 0x26, 0xff} // text
	soft   = color.RGBA{0x54, 0x60, 0x6e, 0xff} // text that matters less
	mist   = color.RGBA{0xee, 0xf2, 0xf6, 0xff} // ground of the foot bar, and of goods that are not for sale
	rule   = color.RGBA{0xcf, 0xd6, 0xde, 0xff} // lines, and the second language on a dark bar
	green  = color.RGBA{0x06, 0x7d, 0x45, 0xff} // pay, and done
	blue   = color.RGBA{0x1a, 0x5f, 0xb4, 0xff} // work under way
	indigo = color.RGBA{0x4a, 0x3f, 0xb0, 0xff} // the customer's password
	teal   = color.RGBA{0x0a, 0x6e, 0x78, 0xff} // goods come
	red    = color.RGBA{0xb0, 0x32, 0x2a, 0xff} // refused
	plum   = color.RGBA{0x7d, 0x32, 0x78, 0xff} // money goes back
	slate  = color.RGBA{0x44, 0x51, 0x60, 0xff} // closed
	amber  = color.RGBA{0x96, 0x58, 0x00, 0xff} // a technician
)

// canvas draws on a frame. What would fall outside is never drawn, and counted for the tests.
type canvas struct {
	*Frame
	spilt int       // pixels that would have fallen outside
	cut   int       // lines that were left out for want of room
	short int       // lines that were shortened
	owed  int       // amounts that found no room
	least int       // pixels of the smallest letters
	wrote []written // lines that nothing was painted over
}

// written is a line of text and the pixels it touched.
type written struct {
	ink  image.Rectangle
	text string
}

// fill paints a rectangle.
func (c *canvas) fill(r image.Rectangle, col color.RGBA) {
	if !r.In(c.Bounds()) {
		c.spilt++
	}
	r = r.Intersect(c.Bounds())
	if r.Empty() {
		return
	}
	c.wrote = slices.DeleteFunc(c.wrote, func(w written) bool { return w.ink.In(r) })
	v := pack(col)
	row := c.Pix[2*(r.Min.Y*c.W+r.Min.X) : 2*(r.Min.Y*c.W+r.Max.X)]
	for i := 0; i < len(row); i += 2 {
		row[i], row[i+1] = byte(v>>8), byte(v)
	}
	for y := r.Min.Y + 1; y < r.Max.Y; y++ {
		copy(c.Pix[2*(y*c.W+r.Min.X):], row)
	}
}

// blend lays a colour over a pixel.
func (c *canvas) blend(x, y int, col color.RGBA, alpha uint8) {
	if alpha == 0 {
		return
	}
	if !(image.Point{X: x, Y: y}).In(c.Bounds()) {
		c.spilt++
		return
	}
	under := c.At(x, y)
	mix := func(a, b uint8) uint8 { return uint8((int(a)*(255-int(alpha)) + int(b)*int(alpha) + 127) / 255) }
	v := pack(color.RGBA{R: mix(under.R, col.R), G: mix(under.G, col.G), B: mix(under.B, col.B)})
	i := 2 * (y*c.W + x)
	c.Pix[i], c.Pix[i+1] = byte(v>>8), byte(v)
}

// height is the line height of a style: the letters, and some air.
func (s style) height() int { return max(15*s.scale, s.px*5/4) }

// rise is the distance from the top of a line to its baseline.
func (s style) rise() int { return max(11*s.scale, s.px*9/10) }

func (s style) width(text string) int {
	w := 0
	for _, r := range text {
		w += letters().glyph(s, r).advance
	}
	return w
}

// text writes one line with its top left at x, y, and returns where the next letter would stand.
func (c *canvas) text(x, y int, s style, text string, col color.RGBA) int {
	var ink image.Rectangle
	for _, r := range text {
		g := letters().glyph(s, r)
		ink = ink.Union(g.ink.Add(image.Pt(x, y+s.rise())))
		if size := s.size(r); c.least == 0 || size < c.least {
			c.least = size
		}
		for i, a := range g.alpha {
			c.blend(x+g.box.Min.X+i%g.box.Dx(), y+s.rise()+g.box.Min.Y+i/g.box.Dx(), col, a)
		}
		x += g.advance
	}
	c.wrote = append(c.wrote, written{ink, text})
	return x
}

// size is the pixels of a letter, as its face counts them.
func (s style) size(r rune) int {
	if r >= latin {
		return 12 * s.scale
	}
	return s.px
}

// align is where a line stands in its room.
type align int

const (
	left align = iota
	centre
	right
)

// line writes one line into a room, shortened if it is too long.
func (c *canvas) line(room image.Rectangle, s style, a align, text string, col color.RGBA) {
	whole := plain(text)
	if text = shorten(s, whole, room.Dx()); text != whole {
		c.short++
	}
	x := room.Min.X
	switch a {
	case centre:
		x += (room.Dx() - s.width(text)) / 2
	case right:
		x = room.Max.X - s.width(text)
	}
	c.text(x, room.Min.Y, s, text, col)
}

// mid writes one line into the middle of a room's height, as the eye measures it: capitals or whole signs.
func (c *canvas) mid(room image.Rectangle, s style, a align, text string, col color.RGBA) {
	body := s.px * 73 / 100
	if strings.IndexFunc(text, func(r rune) bool { return r >= latin }) >= 0 {
		body = 9 * s.scale
	}
	baseline := (room.Min.Y + room.Max.Y + body) / 2
	c.line(image.Rect(room.Min.X, baseline-s.rise(), room.Max.X, baseline), s, a, text, col)
}

// shorten cuts a text that is too wide, between letters, and says so with an ellipsis.
func shorten(s style, text string, width int) string {
	text = plain(text)
	if s.width(text) <= width {
		return text
	}
	used := s.width("…")
	for i, r := range text {
		if used += letters().glyph(s, r).advance; used <= width {
			continue
		}
		if i == 0 {
			return ""
		}
		return strings.TrimRight(text[:i], " ") + "…"
	}
	return text
}

// plain makes one line of a text.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Mn, r):
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}

// lineUp fills lines of a width with words: Chinese breaks anywhere but before a closing mark, Latin between words.
func lineUp(s style, words []string, width int) []string {
	var lines []string
	line := ""
	for _, w := range words {
		if line != "" && s.width(strings.TrimRight(line+w, " ")) > width {
			lines = append(lines, strings.TrimRight(line, " "))
			line = ""
		}
		line += w
	}
	return append(lines, strings.TrimRight(line, " "))
}

// closers may not begin a line.
const closers = "，。、！？；：）》”’…,.!?;:)%"

// compounds are words of our own sentences that a line's end should not tear; longer ones first.
var compounds = strings.Fields("设备维护中 付款码 扫码口 取货口 支付宝 工作人员 谢谢惠顾 正在 微信 扫码 付款 收款 扣款 款项 退款 退回 自动 账户 准备 " +
	"确认 手机 完成 支付 方式 密码 商品 选择 其他 选购 欢迎 销售 开放 恢复 处理 之前 没有 无法 暂时 核对 显示 结果 未知 " +
	"故障 已用过 已过期 刷新 出示 再试 稍后 稍候 等候 对准 联系 设备 维护 检修 等待 服务 连接 校准 时间 中断 网络 请求 " +
	"拒绝 不足 余额 超时 迟到 取走 您的 出货 货道 购买 本次 抱歉 技术 维修 客服 请抄下 则不变 热点 密码")

// compound is how many letters of a compound a text begins with; 0 if none.
func compound(text string) int {
	for _, c := range compounds {
		if strings.HasPrefix(text, c) {
			return utf8.RuneCountInString(c)
		}
	}
	return 0
}

// words cuts a text where a line may end, compounds whole or not.
func words(text string, whole bool) []string {
	var out []string
	breakable := true
	together := 0 // letters of a compound still to come
	for i, r := range text {
		alone := r >= latin
		if together--; together > 0 {
			out[len(out)-1] += string(r)
			continue
		}
		if whole {
			together = compound(text[i:])
		}
		if n := len(out); n > 0 && (!(breakable || alone) || r == ' ' || strings.ContainsRune(closers, r)) {
			out[n-1] += string(r)
		} else {
			out = append(out, string(r))
		}
		breakable = alone || r == ' '
	}
	return out
}
