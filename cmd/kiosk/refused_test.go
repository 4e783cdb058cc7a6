//go:build sim

package main

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/doctor"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/sale"
)

// unwilling is the gateway of another making, which takes no orders of this merchant but answers queries.
type unwilling struct {
	*other
	refuse func(in map[string]string, fail *reply) *raw // nil: it takes them
}

// pages are what the gateway serves.
var gatewayPages = []string{"/pay/unifiedorder", "/pay/micropay", "/pay/orderquery", "/pay/closeorder", "/secapi/pay/reverse", "/secapi/pay/refund", "/pay/refundquery"}

func (g *unwilling) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if path := strings.TrimPrefix(r.URL.Path, "/gw"); path == "/pay/unifiedorder" && g.refuse != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		in := map[string]string{}
		for _, m := range flatField.FindAllStringSubmatch(string(body), -1) {
			in[m[1]] = m[2] + m[3]
		}
		fail := &reply{path: path, no: in["out_trade_no"], kind: "HMAC-SHA256", fields: [][2]string{{"return_code", "SUCCESS"}, {"nonce_str", "n"}, {"result_code", "FAIL"}}}
		if said := g.refuse(in, fail); said != nil {
			g.mu.Lock()
			g.asked[path]++
			g.mu.Unlock()
			w.Header().Set("Content-Type", "text/xml")
			fmt.Fprint(w, said.body)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	g.other.ServeHTTP(w, r)
}

// flatField is a field of the flat XML that the kiosk writes.
var flatField = regexp.MustCompile(`<(\w+)>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))</`)

// unsigned is a refusal as a gateway writes it that cannot verify us.
func unsigned(text string) *raw {
	return &raw{body: "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[" + text + "]]></return_msg></xml>"}
}

// waysToRefuse are what was seen of gateways, and the words that a technician must read.
var waysToRefuse = []struct {
	name   string
	refuse func(in map[string]string, fail *reply) *raw
	reads  []string // nil: the kiosk mends it by itself
}{
	{"NOAUTH, signed, without ids", func(_ map[string]string, fail *reply) *raw {
		return fail.set("err_code", "NOAUTH").set("err_code_des", "该商户涉嫌违规，收款功能已被限制").signed(otherKey)
	}, []string{"NOAUTH", "没有这个产品的权限", "产品中心"}},
	{"an unsigned sentence of today", func(map[string]string, *reply) *raw {
		return unsigned("商户号该产品权限未开通，请前往商户平台>产品中心检查后重试")
	}, []string{"NOAUTH", "产品中心", "未签名", "商户号该产品权限未开通"}},
	{"bytes", func(in map[string]string, _ *reply) *raw {
		if len(in["body"]) <= 16 {
			return nil
		}
		return unsigned(fmt.Sprintf("商品描述 字节数 %d，大于最大值 16", len(in["body"])))
	}, []string{"PARAM_ERROR", "把商品名改短", "字节数"}},
	{"expiry", func(in map[string]string, fail *reply) *raw {
		at, err := time.ParseInLocation("20060102150405", in["time_expire"], time.FixedZone("", 8*3600))
		if err == nil && time.Until(at) > 5*time.Minute {
			return nil
		}
		return fail.set("err_code", "PARAM_ERROR").set("err_code_des", "time_expire时间过短，刷卡至少1分钟，其他5分钟").signed(otherKey)
	}, nil},
}

func TestAMerchantWhoseOrdersAreRefusedIsToldInChinese(t *testing.T) {
	for _, way := range waysToRefuse {
		t.Run(way.name, func(t *testing.T) {
			owners := &group{}
			g := &unwilling{refuse: way.refuse, other: &other{t: t, key: otherKey, appid: "wx1234567890abcdef", orders: map[string]*bill{}, codes: map[string]string{},
				forged: map[string]int{}, asked: map[string]int{}, charge: func(string) string { return "SUCCESS" }}}
			internet := map[string]http.Handler{groupPath: owners}
			for _, page := range gatewayPages {
				internet["/gw"+page] = g
			}
			onBenchWith(t, internet, func(conf *config.Config) {
				withRobot(conf)
				conf.Pay.URL, conf.Pay.StandbyURL, conf.Key = "http://127.0.0.1:8080/gw", "", otherKey
				conf.Pay.Expiry = config.Duration(5 * time.Minute) // the edge of a rule that some gateways keep
				conf.Pay.AppID, conf.Pay.MchID = "wx1234567890abcdef", "1600000001"
			}, func(b *bench) {
				b.tested = true // the street's own gateway sees none of it
				b.isToldOfRefusals(g, owners, way.reads)
			})
			for _, what := range g.bad {
				t.Errorf("the other gateway objects: %s", what)
			}
		})
	}
}

// isToldOfRefusals lets two customers press a key, and reads what page, panel, group and kiosk check say of it.
func (b *bench) isToldOfRefusals(g *unwilling, owners *group, reads []string) {
	for slot := 1; slot <= 2; slot++ {
		b.must("press", fmt.Sprint("slot=", slot))
		time.Sleep(100 * time.Second)
	}
	time.Sleep(time.Minute)
	code, ready := b.get("/readyz")
	said := map[string]string{"page": b.technicianReads(), "group": strings.Join(owners.heard(), "\n"), "check": b.checkSays()}
	view := b.kiosk.clerk.Snapshot().View
	b.t.Logf("/readyz %d %s\npanel: %s %s\npage: %s\ngroup: %s\nkiosk check -try:\n%s", code, ready, view.Screen, view.Note, said["page"], said["group"], said["check"])
	if reads == nil {
		if code != 200 || view.Note != "" || said["group"] != "" || !strings.Contains(said["check"], "ok    trial order") {
			b.t.Error("an expiry that is too near is not mended by the kiosk itself")
		}
		return
	}
	if code != 503 || !strings.Contains(ready, `"code":"refused"`) || view.Screen != sale.ScreenIdle || view.Note != sale.NoteMayFail {
		b.t.Errorf("two orders in a row are refused: /readyz is %d %s, the panel says %s %s", code, ready, view.Screen, view.Note)
	}
	for where, text := range said {
		for _, word := range reads {
			if !strings.Contains(text, word) {
				b.t.Errorf("%s does not say %q", where, word)
			}
		}
	}
	if _, page := b.get("/"); strings.Contains(page, "原文") {
		b.t.Error("a stranger reads a text that nobody signed")
	}
	before := g.asks()
	time.Sleep(time.Hour)
	if n := g.asks() - before; n < 5 || n > 6 {
		b.t.Errorf("%d orders in an hour without customers: a trial every ten minutes", n)
	}
	g.mu.Lock()
	g.refuse = nil
	g.mu.Unlock()
	time.Sleep(12 * time.Minute)
	code, ready = b.get("/readyz")
	heard := strings.Join(owners.heard(), "\n")
	b.t.Logf("once an order is taken: /readyz %d %s\ngroup: %s", code, ready, heard)
	if code != 200 || !strings.Contains(heard, "又能售卖了") {
		b.t.Errorf("a trial order was taken, and /readyz is %d, the group reads %q", code, heard)
	}
	b.showQR(1)
	b.closesItsTrials()
}

func (g *unwilling) asks() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked["/pay/unifiedorder"]
}

// technicianReads is the top of the page for somebody who has signed in, without its markup.
func (b *bench) technicianReads() string {
	b.t.Helper()
	text := b.pageSignedIn()
	text = regexp.MustCompile(`(?s)<(script|style).*?</(script|style)>|<[^>]*>`).ReplaceAllString(text, " ")
	text = html.UnescapeString(strings.Join(strings.Fields(text), " "))
	from, to := strings.Index(text, "不能售卖"), strings.Index(text, "✓ 微信支付连得上")
	if from < 0 {
		return ""
	}
	if to < from {
		to = len(text)
	}
	return text[from:min(to, from+1200)]
}

// pageSignedIn is the page for somebody who has signed in.
func (b *bench) pageSignedIn() string {
	b.t.Helper()
	ask := func(method, path, form string, with ...*http.Cookie) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://"+b.addr+path, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range with {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		b.web.ServeHTTP(w, r)
		return w
	}
	in := ask(http.MethodPost, "/service/sign-in", "name=anna&pin="+streetSecret)
	if len(in.Result().Cookies()) == 0 {
		b.t.Fatalf("nobody can sign in: %d %s", in.Code, in.Body)
	}
	return ask(http.MethodGet, "/", "", in.Result().Cookies()[0]).Body.String()
}

// checkSays is the gateway's part of kiosk check -try, in a process of its own but for the wire.
func (b *bench) checkSays() string {
	b.t.Helper()
	gateway, payee, err := newGateway(&b.conf, b.kiosk.wires.dial)
	if err != nil {
		b.t.Fatal(err)
	}
	trial := &onsite.Trial{Book: b.conf.Store.Path, Kiosk: b.conf.Kiosk, Gateway: gateway, Merchant: payee, Name: b.conf.Slots[0].Name}
	began := time.Now()
	said, asked, err := trial.Ask(b.t.Context())
	if said.CodeURL != "" {
		b.t.Error("the code of a trial order is seen")
	}
	var out bytes.Buffer
	if err := doctor.WriteReport(&out, []doctor.Finding{doctor.DescribeTrial(said, asked, err, time.Since(began))}, false, b.conf.Language); err != nil {
		b.t.Fatal(err)
	}
	return out.String()
}

// closesItsTrials fails unless the kiosk has taken up what kiosk check left, and closes every order.
func (b *bench) closesItsTrials() {
	b.t.Helper()
	time.Sleep(30 * time.Minute)
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(b.conf.Store.Path), ".trial-*"))
	tried := 0
	for _, o := range b.orders() {
		if o.State != "closed" {
			b.t.Errorf("%s is left %s", o.No, o.State)
		}
		if o.Slot == 0 {
			tried++
		}
	}
	if len(left) != 0 || tried < 2 {
		b.t.Errorf("%d files of trial orders are left, %d such orders are in the book", len(left), tried)
	}
}
