package display

import (
	"fmt"
	"image"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"

	"kiosk/sale"
)

// Slip is a page for the technician at the service key. Its secret goes to the glass and nowhere else: into no view, no
// recording and no picture of the panel.
type Slip struct {
	Kind    SlipKind
	Will    []Promise     // SlipHolding: what comes of it
	Secret  string        // SlipSecret: the technician's; SlipHotspot: the network's
	Name    string        // SlipHotspot: the network's
	Address string        // of the status page, as in a view
	Trouble Trouble       // why there is no secret, or no hotspot; "": there is one
	Text    string        // its cause in full, in English, for small print
	Left    time.Duration // how long it stays; 0: until it is taken away

	web bool // SlipHotspot: the turn of the page's address
}

// SlipKind says what a slip is about. Of several the first one is shown.
type SlipKind int

// The kinds. A hotspot's slip is the one of its opening, of the open network, and of why there is none.
const (
	SlipHolding SlipKind = iota
	SlipSecret
	SlipHotspot
	slipKinds
)

// Promise is something that holding the service key does.
type Promise int

// The promises.
const (
	WillStop Promise = iota // sales stop for service
	WillSell                // service ends, sales begin again
	WillTell                // the technician's secret is shown
	WillOpen                // the hotspot opens
	WillWait                // nothing yet: a motor turns
)

var promises = [...]said{
	WillStop: {"停止销售，开始维护", "Out of service"},
	WillSell: {"恢复销售", "Back in service"},
	WillTell: {"显示维修密码", "Shows the technician's secret"},
	WillOpen: {"打开维修热点", "Opens a Wi-Fi hotspot"},
	WillWait: {"电机在转，等它停下", "A motor turns: wait for it"},
}

// The pages of slips.
var slips = map[string]page{
	"holding": {iconGear, amber, said{"请按住不放", "Keep holding"}, said{"松开则不变", "Let go, and nothing happens"}, false},
	"secret":  {iconLock, plum, said{"维修密码", "Technician's secret"}, said{"只显示这一次，请抄下", "Shown this once: write it down"}, false},
	"opening": {iconHourglass, blue, said{"正在打开热点", "Opening the hotspot"}, said{"请稍候", "One moment"}, false},
	"hotspot": {iconWaves, blue, said{"扫码连接热点", "Join this Wi-Fi"}, said{}, false},
	"web":     {iconWaves, blue, said{"再扫码打开网页", "Then open the page"}, said{}, false},
	"untold":  {iconAlert, red, said{"无法显示密码", "No secret yet"}, said{}, false},
	"none":    {iconAlert, red, said{"无法打开热点", "No hotspot"}, said{}, false},
}

// Trouble is why there is no secret, or no hotspot.
type Trouble string

// The troubles.
const (
	TroubleNoManager  Trouble = "no manager"  // no nmcli
	TroubleManagerOff Trouble = "manager off" // NetworkManager does not run
	TroubleNoWiFi     Trouble = "no wifi"
	TroubleWiFiOff    Trouble = "wifi off"
	TroubleForbidden  Trouble = "forbidden" // NetworkManager refuses the service's user
	TroubleRadio      Trouble = "radio"     // anything else about the hotspot
	TroubleOwnPage    Trouble = "own page"  // the page listens on this machine alone
	TroubleUnkept     Trouble = "unkept"    // the secret cannot be kept
	TroubleUnread     Trouble = "unread"    // the secret cannot be shown
)

// troubles say what is wrong, and what to do.
var troubles = map[Trouble]said{
	TroubleNoManager:  {"缺少 nmcli：请安装 network-manager", "nmcli is missing: install network-manager"},
	TroubleManagerOff: {"NetworkManager 没有运行，请执行 systemctl enable --now NetworkManager", "NetworkManager does not run: systemctl enable --now NetworkManager"},
	TroubleNoWiFi:     {"没有可用的 Wi-Fi 网卡：请插上一个，或查看 nmcli device", "No Wi-Fi device to use: plug one in, or look at nmcli device"},
	TroubleWiFiOff:    {"Wi-Fi 已关闭：用 raspi-config 设好国家，再执行 rfkill unblock wifi 和 nmcli radio wifi on", "Wi-Fi is switched off: set its country with raspi-config, then rfkill unblock wifi and nmcli radio wifi on"},
	TroubleForbidden:  {"NetworkManager 不许本程序使用：请把 60-kiosk.rules 装到 /usr/share/polkit-1/rules.d", "NetworkManager refuses the service's user: install 60-kiosk.rules into /usr/share/polkit-1/rules.d"},
	TroubleRadio:      {"热点没能打开：请再按住维修键，或查看日志", "It did not open: hold the service key again, or look at the log"},
	TroubleOwnPage:    {"网页只对本机开放：请在 [status] 下设 listen = \":80\"", "The page listens on this machine alone: set listen = \":80\" under [status]"},
	TroubleUnkept:     {"密码存不下来：请在 status.pin_file 里写一个可写的文件", "It cannot be kept: name a file in status.pin_file that can be written"},
	TroubleUnread:     {"屏幕没能显示密码：请再按住维修键", "The panel could not show it: hold the service key again"},
}

// Further words of slips.
var (
	wordSignIn = said{"登录", "Sign in at"}
	wordWiFi   = said{"热点", "Wi-Fi"}
	wordSecret = said{"密码", "Secret"}
	wordShuts  = said{"%d 分钟后关闭", "closes in %d min"}
)

// dots replace a secret in pictures of the panel.
const dots = "·····"

// Slip draws a slip, and the version without its secret for pictures of the panel; veil is nil if there is none to hide.
func (r Renderer) Slip(slip Slip) (f, veil *Frame, err error) {
	s, err := r.drawSlip(slip)
	if err != nil {
		return nil, nil, err
	}
	if slip.Secret == "" || slip.web {
		return s.Frame, nil, nil
	}
	slip.Secret = dots
	hidden, err := r.drawSlip(slip)
	if err != nil {
		return nil, nil, err
	}
	return s.Frame, hidden.Frame, nil
}

func (r Renderer) drawSlip(slip Slip) (*sheet, error) {
	s, err := r.sheet(sale.View{})
	if err != nil {
		return nil, err
	}
	if slip.Kind != SlipHotspot {
		s.view.Left = slip.Left
	}
	switch {
	case slip.Kind == SlipHolding:
		s.paper(slips["holding"], slipPage{s}.promised(slip))
	case slip.Trouble != "":
		p := slips["none"]
		if slip.Kind == SlipSecret {
			p = slips["untold"]
		}
		s.paper(p, slipPage{s}.explained(slip))
	case slip.Kind == SlipSecret:
		slipPage{s}.secret(slip)
	case slip.Secret == "":
		s.paper(slips["opening"], []para{s.leadBody(slips["opening"].body, ink), s.otherLine(slips["opening"].body, soft)})
	default:
		slipPage{s}.hotspot(slip)
	}
	return s, nil
}

// slipPage lays out the pages of the service key.
type slipPage struct{ *sheet }

// explained is what is wrong and what to do; the cause in full stands below it in small print.
func (s slipPage) explained(slip Slip) []para {
	styles := pick(s.Renderer, []style{large, small, small, small}, []style{{1, 15, "medium"}, {1, 13, "medium"}, {1, 12, "medium"}, {1, 10, "medium"}})
	out := []para{{text: s.lead(troubles[slip.Trouble]), styles: styles, lines: 9, colour: ink, gap: 6}}
	if slip.Text != "" && !strings.EqualFold(slip.Text, troubles[slip.Trouble].en) {
		out = append(out, para{text: slip.Text, styles: []style{{1, 13, "medium"}, {1, 12, "medium"}, {1, 12, "medium"}, {1, 10, "medium"}}, lines: 6, colour: soft, gap: 6, spare: 1})
	}
	return out
}

func (s slipPage) promised(slip Slip) []para {
	var out []para
	for i, w := range slip.Will {
		out = append(out, s.leadBody(promises[w], ink), s.otherLine(promises[w], soft))
		if out[2*i].gap = s.hand.margin / 2; i == 0 {
			out[0].gap = s.hand.margin
		}
	}
	body := slips["holding"].body
	return append(out, para{text: s.lead(body) + "  " + s.second(body), styles: []style{s.hand.note}, lines: 3, colour: soft, gap: s.hand.margin, spare: 1, whole: true})
}

// secret writes the technician's secret as large as the glass has room for.
func (s slipPage) secret(slip Slip) {
	p := slips["secret"]
	s.merged = s.lead(p.title)
	s.header(p.tint)
	room := s.room(p)
	words := []para{{}, s.leadBody(p.body, ink), s.otherLine(p.body, soft)}
	words[1].whole = true
	if slip.Address != "" {
		words = append(words, s.small(wordSignIn), s.value(slip.Address, "medium", room.Dx()))
		words[4].spare = 2
	}
	for _, plan := range []struct{ bare, least int }{{0, s.W / 6}, {1, s.W / 6}, {2, 14}} {
		for px := 72; px >= plan.least; px -= 4 {
			for _, text := range []string{slip.Secret, strings.ReplaceAll(slip.Secret, "-", "- ")} {
				words[0] = para{text: text, styles: []style{{1, px, "mono"}}, lines: strings.Count(text, " ") + 1, colour: ink}
				for level := 1; level < levels; level++ {
					t := try{level, plan.bare}
					if _, ok := fits(t.of(words), level, room); ok {
						s.settle(room, centre, []try{t}, words)
						return
					}
				}
			}
		}
	}
	s.settle(room, centre, []try{{3, 2}}, words[:1])
}

// small is a label, value what stands below one and must not be cut.
func (s slipPage) small(w said) para {
	return para{text: s.lead(w) + " " + s.second(w), styles: []style{s.hand.note}, lines: 1, colour: soft, gap: 4, spare: 1}
}

func (s slipPage) value(text, ttf string, width int) para {
	p := para{text: text, lines: 1, colour: ink, gap: 1}
	for _, most := range []int{s.hand.call.px + 5, 20, 16, 12} {
		p.styles = append(p.styles, fitting(text, width, down(style{1, most, ttf}, 10)))
	}
	if p.styles[0].width(text) > width {
		p.text, p.lines = text[:len(text)/2]+" "+text[len(text)/2:], 2
		if before, after, ok := strings.Cut(text, "-"); ok {
			p.text = before + "- " + after
		}
		p.styles = []style{{1, 12, ttf}, {1, 10, ttf}}
	}
	return p
}

// hotspot shows the network's name, its secret and a code that joins it; then the address of the page, and its code.
func (s slipPage) hotspot(slip Slip) {
	p, content := slips["hotspot"], joins(slip.Name, slip.Secret)
	words := func(width int) []para {
		out := []para{s.small(wordWiFi), s.value(slip.Name, "medium", width), s.small(wordSecret), s.value(slip.Secret, "mono", width)}
		if slip.web {
			out = []para{s.small(wordService), s.value(slip.Address, "medium", width)}
		}
		if m := int((slip.Left + time.Minute - 1) / time.Minute); m > 0 {
			out = append(out, para{text: fmt.Sprintf(s.lead(wordShuts), m), styles: []style{s.hand.note}, lines: 2, colour: soft, gap: 4, spare: 1})
		}
		return out
	}
	if slip.web {
		p, content = slips["web"], link(slip.Address)
	}
	k, err := encodeAt(content, qrcode.Low, 0)
	s.merged = s.lead(p.title)
	for _, plan := range []struct{ head, bare, least int }{{1, 0, 5}, {1, 0, goodModule}, {1, 1, goodModule}, {0, 1, goodModule}, {1, 1, leastModule}, {0, 1, leastModule}} {
		room := s.Bounds()
		if room.Min.Y = plan.head * s.barHeight(); err == nil && slip.Secret != dots && s.paired(room, k, plan.bare, plan.least, words) {
			if plan.head > 0 {
				s.header(p.tint)
			}
			return
		}
	}
	s.header(p.tint)
	s.settle(s.room(p), centre, []try{{0, 0}, {1, 0}, {2, 1}, {3, 1}}, words(s.W-2*s.hand.margin))
}

// paired sets a code with words above it on a tall glass, and at its right on a wide one, if both find room.
func (s slipPage) paired(room image.Rectangle, k code, bare, least int, words func(width int) []para) bool {
	for k.scale = 7; k.scale >= least; k.scale-- {
		text, at := room, image.Pt(0, room.Min.Y+(room.Dy()-k.side())/2)
		if s.W > s.H {
			text.Min.X = k.side()
		} else {
			at = image.Pt((s.W-k.side())/2, s.H-k.side())
			text.Max.Y = at.Y
		}
		text = text.Inset(2)
		ps := words(text.Dx())
		for level := range levels {
			t := try{level, bare}
			if _, ok := fits(t.of(ps), level, text); !ok || k.side() > min(room.Dx(), room.Dy()) {
				continue
			}
			s.settle(text, centre, []try{t}, ps)
			s.code(k, at)
			return k.prove(s.Frame, at) == nil
		}
	}
	return false
}

// joins is what a telephone's camera takes for a Wi-Fi network with WPA.
func joins(ssid, secret string) string {
	return "WIFI:T:WPA;S:" + escaped.Replace(ssid) + ";P:" + escaped.Replace(secret) + ";;"
}

// escaped: these have a meaning of their own in such a code.
var escaped = strings.NewReplacer(`\`, `\\`, `;`, `\;`, `,`, `\,`, `:`, `\:`, `"`, `\"`)

// link is the address of the status page as a browser opens it.
func link(address string) string {
	if strings.Contains(address, "://") {
		return address + "/"
	}
	return "http://" + address + "/"
}
