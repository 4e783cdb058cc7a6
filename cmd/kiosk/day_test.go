//go:build sim

package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/daily"
	"kiosk/sale"
	"kiosk/sim/gateway"
)

func (b *bench) end() {
	b.t.Helper()
	if err := b.stop(); err != nil {
		b.t.Errorf("the kiosk ended badly: %v", err)
	}
	_ = b.metal.Close()
	if got := b.does("audit"); got.code != 0 {
		b.t.Errorf("audit: %+v", got)
	}
	if v := b.gate.Violations(); len(v) > 0 {
		b.t.Errorf("the gateway saw: %q", v)
	}
}

// told is what /status.json says beside the sale.
type told struct {
	Bills struct {
		Last *struct {
			Day, At              string
			Rows, Sales, Refunds int
			SalesFen, RefundsFen sale.Fen
			Findings             []sale.Finding
		}
		Failed *struct{ Day, Error, At, Next string }
	}
	Notices map[string]int
	Clock   struct {
		Skew *int64 `json:"skew_s"`
	}
}

func (b *bench) told() (doc told) {
	b.t.Helper()
	_, body := b.get("/status.json")
	body = strings.NewReplacer("sales_fen", "salesfen", "refunds_fen", "refundsfen").Replace(body)
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		b.t.Fatalf("%v: %s", err, body)
	}
	return doc
}

// inV3 lets a street's kiosk speak API v3, in public-key mode or with certificates.
func inV3(t *testing.T, dir string, public bool) func(*config.Config) {
	other := theOtherSide()
	cert, key := other.Merchant()
	id, text := other.PlatformPublicKey()
	return func(c *config.Config) {
		c.Pay.API, c.Pay.AppID, c.Pay.MchID = "v3", other.AppID, other.MchID
		c.Pay.CertFile = writeFile(t, filepath.Join(dir, "merchant.pem"), string(cert), 0o644)
		c.Pay.CertKey = writeFile(t, filepath.Join(dir, "merchant.key"), string(key), 0o600)
		c.Pay.NotifyURL = strings.NewReplacer("http:", "https:", "v2", "v3").Replace(c.Pay.NotifyURL)
		if public {
			c.Pay.PublicID, c.Pay.PublicFile = id, writeFile(t, filepath.Join(dir, "wechatpay.pem"), string(text), 0o644)
		}
	}
}

func nowhere(c *config.Config) { c.Pay.NotifyURL = "https://kiosk.example/notify" }

// TestTheStreetsNoticesSettleASaleSooner: whoever pays right after the kiosk has asked waits for the next beat, or
// for no more than the notice.
func TestTheStreetsNoticesSettleASaleSooner(t *testing.T) {
	for _, c := range []struct {
		name   string
		edit   func(t *testing.T, dir string) func(*config.Config)
		notice bool
	}{
		{"v2", func(*testing.T, string) func(*config.Config) { return func(*config.Config) {} }, true},
		{"v2, to nobody", func(*testing.T, string) func(*config.Config) { return nowhere }, false},
		{"v3, public key", func(t *testing.T, dir string) func(*config.Config) { return inV3(t, dir, true) }, true},
		{"v3, certificate", func(t *testing.T, dir string) func(*config.Config) { return inV3(t, dir, false) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			edit := c.edit(t, dir)
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, dir, edit)
				b.start()
				b.waitReady()
				no := b.showQR(1)
				b.asksAfter(no)
				began := time.Now()
				b.phone("pay")
				b.until("the goods come", func() bool { return b.screen() == "vending" })
				took := time.Since(began)
				b.untilState(no, "sold")
				good := b.told().Notices["good"]
				b.end()
				if sooner := took < time.Second; sooner != c.notice || good != map[bool]int{true: 1}[c.notice] {
					t.Errorf("it took %v, and %d notices were taken", took, good)
				}
				t.Logf("%-16s paid to motor %v, %d notices", c.name, took.Round(time.Millisecond), good)
			})
		})
	}
}

// asksAfter waits until the kiosk has just asked after an order.
func (b *bench) asksAfter(no string) {
	b.t.Helper()
	count := func() (n int) {
		for _, c := range b.gate.Log() {
			if c.No == no && c.Endpoint == "orderquery" {
				n++
			}
		}
		return n
	}
	was := count()
	b.until("the kiosk asks after it", func() bool { return count() > was })
}

// TestTheNetworkIsTheNoticesToo: what cannot get out cannot get in, and a notice that was lost comes again.
func TestTheNetworkIsTheNoticesToo(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		no := b.showQR(1)
		b.trouble("network", "off")
		b.must("phone", "do=pay")
		time.Sleep(3 * time.Second)
		if n := b.told().Notices["good"]; n != 0 {
			t.Errorf("%d notices came through a cable that is out", n)
		}
		b.trouble("network", "on")
		b.untilState(no, "sold")
		b.until("the notice comes again", func() bool { return b.told().Notices["good"] == 1 })
	})
}

// TestTheDaysBillIsOnThePage: the next morning the bill is asked for, fails, is told of with the reason, and comes half
// an hour later; what was planted stands there, and what was paid by a stranger waits for a person.
func TestTheDaysBillIsOnThePage(t *testing.T) {
	for name, edit := range map[string]func(t *testing.T, dir string) func(*config.Config){
		"v2": func(*testing.T, string) func(*config.Config) { return func(*config.Config) {} },
		"v3": func(t *testing.T, dir string) func(*config.Config) { return inV3(t, dir, true) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			change := edit(t, dir)
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, dir, change)
				b.gate.Script = func(c gateway.Call) *gateway.Trouble {
					if c.Endpoint == "downloadbill" && len(b.asked("downloadbill")) == 0 {
						return &gateway.Trouble{Status: 502}
					}
					return nil
				}
				b.aDay()
				b.end()
			})
		})
	}
}

func (b *bench) asked(endpoint string) (calls []gateway.Call) {
	for _, c := range b.gate.Log() {
		if c.Endpoint == endpoint {
			calls = append(calls, c)
		}
	}
	return calls
}

// aDay is the last hour of one and the first one at which its bill is there; overnight the machine has no power.
func (b *bench) aDay() {
	t := b.t
	t.Helper()
	day := sale.Midnight(time.Now().In(sale.Beijing))
	time.Sleep(time.Until(day.Add(23 * time.Hour)))
	b.start()
	b.waitReady()
	for slot := 1; slot <= 2; slot++ {
		no := b.showQR(slot)
		b.phone("pay")
		b.untilState(no, "sold")
	}
	stranger := string(sale.Number(b.conf.Kiosk, 900_001, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	if err := b.gate.Plant(gateway.Plant{Kind: "paid", OutTradeNo: stranger, Fen: 999}); err != nil {
		t.Fatal(err)
	}
	if doc := b.told(); doc.Bills.Last != nil || doc.Bills.Failed != nil || doc.Clock.Skew == nil {
		t.Errorf("before the first bill: %+v", doc)
	}
	b.pageTells("还没有对过账")
	if err := b.stop(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Until(day.Add(24*time.Hour + daily.ReadyTime)))
	b.start()
	b.waitReady()
	time.Sleep(daily.FirstRound + time.Minute)
	doc := b.told()
	f := doc.Bills.Failed
	if f == nil || doc.Bills.Last != nil || f.Day != day.Format(time.DateOnly) || !strings.Contains(f.Error, "502") || f.Next <= f.At {
		t.Fatalf("a bill that did not come: %+v", doc.Bills)
	}
	b.pageTells("没能取到账单： "+f.Day, "502", "下次尝试")
	time.Sleep(daily.RoundPeriod)
	doc = b.told()
	l := doc.Bills.Last
	if l == nil || doc.Bills.Failed != nil || l.Day != f.Day || l.Sales != 3 || l.SalesFen != 350+200+999 || l.Refunds != 0 || len(l.Findings) != 1 {
		t.Fatalf("the bill: %+v", doc.Bills)
	}
	if got := l.Findings[0]; got.Kind != sale.FindPaidUnknown || string(got.No) != stranger {
		t.Errorf("found %+v", got)
	}
	b.pageTells(l.Day+" 与账单不一致: 1", "本机收款 3 · ¥15.49", "微信收了钱，本机没有这笔订单 ¥9.99 "+stranger)
	b.until("the stranger's payment waits for a person", func() bool { return b.order().No == stranger && b.order().State == "owed" })
	n := len(b.asked("downloadbill"))
	time.Sleep(2 * daily.RoundPeriod)
	if again := len(b.asked("downloadbill")); again != n {
		t.Errorf("a day that was compared is asked for %d times more", again-n)
	}
	if err := b.stop(); err != nil {
		t.Fatal(err)
	}
	b.start()
	if again := b.told().Bills.Last; again == nil || again.At != l.At || again.SalesFen != l.SalesFen {
		t.Errorf("after a restart the page has forgotten the day: %+v", again)
	}
}

// pageTells looks for words on the page as a reader without script sees them.
func (b *bench) pageTells(words ...string) {
	b.t.Helper()
	_, page := b.get("/?lang=zh")
	for i := strings.IndexByte(page, '<'); i >= 0; i = strings.IndexByte(page, '<') {
		page = page[:i] + " " + page[i+strings.IndexByte(page[i:], '>')+1:]
	}
	text := strings.Join(strings.Fields(page), " ")
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.t.Errorf("the technician does not read %q in %s", w, text)
		}
	}
}

// TestEveryStrangersPaymentIsOwed: after a lost book far more is paid there than the shop asks after at once, and a
// restart amid the asking forgets none of it.
func TestEveryStrangersPaymentIsOwed(t *testing.T) {
	for _, again := range []bool{false, true} {
		t.Run(map[bool]string{false: "in one run", true: "over a restart"}[again], func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				const many = 40
				b := newBench(t, dir, nil)
				day := sale.Midnight(time.Now().In(sale.Beijing))
				time.Sleep(time.Until(day.Add(23 * time.Hour)))
				for i := range many {
					no := string(sale.Number(b.conf.Kiosk, 900_001+i, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
					if err := b.gate.Plant(gateway.Plant{Kind: "paid", OutTradeNo: no, Fen: 100}); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Until(day.Add(24*time.Hour + daily.ReadyTime)))
				b.start()
				b.waitReady()
				time.Sleep(daily.FirstRound - time.Minute)
				b.until("the day is compared", func() bool { return b.told().Bills.Last != nil })
				if again {
					if err := b.stop(); err != nil {
						t.Fatal(err)
					}
					b.start()
					b.waitReady()
					if n := b.owed(); n >= many {
						t.Fatalf("%d are owed already: nothing is left to lose", n)
					}
				}
				time.Sleep(5 * time.Minute)
				if n := b.owed(); n != many {
					t.Errorf("%d people paid for nothing, and only %d of them are owed", many, n)
				}
				if n := len(b.kiosk.bills.ListPending()); n != 0 {
					t.Errorf("%d are still looked for", n)
				}
				b.end()
			})
		})
	}
}

func (b *bench) owed() (n int) {
	for _, o := range b.orders() {
		if o.State == "owed" {
			n++
		}
	}
	return n
}

// TestDaysWithoutPowerAreCaughtUp: ten days are all compared, oldest first; of a longer gap the page tells what nobody
// will compare.
func TestDaysWithoutPowerAreCaughtUp(t *testing.T) {
	for _, c := range []struct{ off, compared int }{{10, 10}, {40, daily.MostDays}} {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, dir, nil)
			day := sale.Midnight(time.Now().In(sale.Beijing))
			time.Sleep(time.Until(day.Add(24*time.Hour + daily.ReadyTime)))
			b.start()
			b.waitReady()
			time.Sleep(daily.FirstRound - time.Minute)
			b.until("the first day is compared", func() bool { return b.told().Bills.Last != nil })
			if err := b.stop(); err != nil {
				t.Fatal(err)
			}
			before := len(b.asked("downloadbill"))
			time.Sleep(time.Duration(c.off) * 24 * time.Hour)
			b.start()
			b.waitReady()
			time.Sleep(daily.FirstRound + time.Duration(daily.MostDays)*(daily.DayPause+time.Second))
			last := day.AddDate(0, 0, c.off).Format(time.DateOnly)
			doc := b.told()
			if n := len(b.asked("downloadbill")) - before; n != c.compared || doc.Bills.Last.Day != last {
				t.Errorf("off for %d days: %d were compared, the last %s and not %s", c.off, n, doc.Bills.Last.Day, last)
			}
			gap := ""
			if doc.Bills.Failed != nil {
				gap = doc.Bills.Failed.Error
			}
			want := ""
			if c.off > c.compared {
				want = "not compared: " + day.AddDate(0, 0, 1).Format(time.DateOnly) + " to " + day.AddDate(0, 0, c.off-c.compared).Format(time.DateOnly)
			}
			if !strings.HasPrefix(gap, want) || want == "" && gap != "" {
				t.Errorf("the page tells %q and not %q", gap, want)
			}
			b.end()
		})
	}
}
