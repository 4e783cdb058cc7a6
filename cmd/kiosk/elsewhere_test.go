//go:build sim

package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func atOther(t *testing.T) (*machine, *other) {
	t.Helper()
	g := newOther(t)
	addr, dir := freeAddr(t), t.TempDir()
	m := withConfig(t, addr, dir, aConfig(t, dir, addr, g.base, otherKey, nil))
	m.waitReady()
	return m, g
}

// readsGlass is a phone that only reads: the gateway is not the street's.
func (m *machine) readsGlass() string {
	m.t.Helper()
	a := m.must("phone", "do=pay")
	if a["out_trade_no"] != "" {
		m.t.Errorf("the street knows orders of another's gateway: %v", a)
	}
	return a["text"].(string)
}

func TestSalesWorkAtAGatewayOfAnotherMaking(t *testing.T) {
	t.Parallel()
	m, g := atOther(t)
	no := m.showQR(1)
	began := time.Now()
	if paid := g.paidBy(m.readsGlass()); paid != no {
		t.Errorf("the glass is for %s, the front serves %s", paid, no)
	}
	m.untilState(no, "sold")
	tellTime(t, "paid at another gateway to sold", time.Since(began))
	if turned, dropped := m.counts(1); turned != 1 || dropped != 1 || m.stocked(1) != 9 {
		t.Errorf("slot 1 turned %d times and dropped %d, %d left", turned, dropped, m.stocked(1))
	}

	m.showQR(2)
	m.must("scan", "code=134567890123456789")
	m.until("the code order is sold", func() bool { o := m.order(); return o.Means == "code" && o.State == "sold" })
	if o := m.order(); g.bill(o.No).paid != 200 || o.Transaction == "" {
		t.Errorf("the gateway took %+v for %+v", g.bill(o.No), o)
	}
	if turned, dropped := m.counts(2); turned != 1 || dropped != 1 {
		t.Errorf("slot 2 turned %d times and dropped %d", turned, dropped)
	}

	no = m.showQR(2)
	g.spoil(no, lies(g)[truth])
	m.untilState(no, "sold")
	g.spoil("", nil)

	m.slotTrouble(1, "no-drop")
	no = m.showQR(1)
	g.paidBy(m.readsGlass())
	m.untilState(no, "refunded")
	if b := g.bill(no); b.back != 350 {
		t.Errorf("the gateway gave back %d of 350", b.back)
	}
	if got := m.does("audit"); got.code != 0 {
		t.Errorf("audit: %+v", got)
	}
}

func TestAPasswordAndARefusalAtAGatewayOfAnotherMaking(t *testing.T) {
	t.Parallel()
	m, g := atOther(t)
	g.charge = func(code string) string {
		if strings.HasSuffix(code, "1") {
			return "USERPAYING"
		}
		return "NOTENOUGH"
	}
	m.showQR(1)
	m.must("scan", "code=134567890123456780")
	m.until("the refused code order is closing", func() bool { o := m.order(); return o.Means == "code" && o.State == "closing" })
	m.showQR(1)
	m.must("scan", "code=134567890123456781")
	m.until("the front asks for the password", func() bool { return m.screen() == "password" })
	no := m.order().No
	g.mu.Lock()
	g.pay(g.orders[no])
	g.mu.Unlock()
	m.untilState(no, "sold")
	if turned, dropped := m.counts(1); turned != 1 || dropped != 1 {
		t.Errorf("slot 1 turned %d times and dropped %d", turned, dropped)
	}
}

// truth is the claim of the lies, signed as it should be: were it not believed, the lies would prove nothing.
const truth = "as it should be"

// lies are answers that claim that the order was paid. None of them may turn a motor.
func lies(g *other) map[string]func(*reply) *raw {
	claim := func(r *reply) *reply { // paid in full, says the answer, whatever is true
		fen := g.orders[r.no].fen
		r.set("trade_state", "SUCCESS").set("result_code", "SUCCESS").set("err_code", "")
		g.tellMoney(&bill{no: r.no, transaction: "7799999999999999999999999999", paid: fen}, r)
		return r
	}
	edit := func(old, new string) func(*reply) *raw {
		return func(r *reply) *raw {
			a := claim(r).signed(g.key)
			was := a.body
			if a.body = strings.Replace(a.body, old, new, 1); a.body == was {
				g.bad = append(g.bad, "a lie that changes nothing: "+old)
			}
			return a
		}
	}
	with := func(name, value string) func(*reply) *raw {
		return func(r *reply) *raw { return claim(r).set(name, value).signed(g.key) }
	}
	return map[string]func(*reply) *raw{
		truth:                 func(r *reply) *raw { return claim(r).signed(g.key) },
		"without a signature": func(r *reply) *raw { return &raw{status: 200, body: written(claim(r).fields)} },
		"with a wrong signature": func(r *reply) *raw {
			claim(r)
			return &raw{status: 200, body: written(append(r.fields, [2]string{"sign", strings.Repeat("A", 64)}))}
		},
		"signed with another key":        func(r *reply) *raw { return claim(r).signed("wrong-wrong-wrong-wrong-wrong-12") },
		"signed with no key":             func(r *reply) *raw { return claim(r).signed("") },
		"signed in another way":          func(r *reply) *raw { claim(r).kind = "MD5"; return r.signed(g.key) },
		"signed in another way, told so": func(r *reply) *raw { claim(r).set("sign_type", "MD5").kind = "MD5"; return r.signed(g.key) },
		"with an empty signature": func(r *reply) *raw {
			return &raw{status: 200, body: written(append(claim(r).fields, [2]string{"sign", ""}))}
		},
		"altered on the way": func(r *reply) *raw {
			r.set("trade_state", "NOTPAY")
			a := claim2(g, r).signed(g.key)
			a.body = strings.NewReplacer("NOTPAY", "SUCCESS").Replace(a.body)
			return a
		},
		"of another appid":             with("appid", "wxffffffffffffffff"),
		"without an appid":             with("appid", ""),
		"of another merchant":          with("mch_id", "1600000002"),
		"of another order":             with("out_trade_no", "T0001-000099AAAAAAAAAAAAAAAAAA"),
		"without a transaction":        with("transaction_id", ""),
		"without an amount":            with("total_fee", ""),
		"with an amount that is none":  with("total_fee", "350.0"),
		"without a result":             with("result_code", ""),
		"with a failed return":         with("return_code", "FAIL"),
		"with a doubled state":         edit("</xml>", "<trade_state>SUCCESS</trade_state></xml>"),
		"with a doubled amount":        edit("</xml>", "<total_fee>350</total_fee></xml>"),
		"with a doubled sign":          edit("</xml>", "<sign></sign></xml>"),
		"with a doubled unknown field": edit("</xml>", "<x>1</x><x>1</x></xml>"),
		"with a nested field":          edit("<xml>", "<xml><more><trade_state>SUCCESS</trade_state></more>"),
		"with an attribute":            edit("<xml>", `<xml paid="yes">`),
		"with a doctype":               edit("<xml>", `<!DOCTYPE xml [<!ENTITY e "1">]><xml>`),
		"with text behind it":          edit("</xml>", "</xml><xml></xml>"),
		"of the status 500":            func(r *reply) *raw { a := claim(r).signed(g.key); a.status = 500; return a },
		"by a redirect":                func(*reply) *raw { return &raw{status: 307, to: g.base + "/elsewhere"} },
		"as a page of a hotel":         func(*reply) *raw { return &raw{status: 200, body: "<html><body>SUCCESS</body></html>"} },
		"of no length":                 func(*reply) *raw { return &raw{status: 200} },
		"too long": func(r *reply) *raw {
			a := claim(r).signed(g.key)
			a.body += strings.Repeat(" ", 1<<20)
			return a
		},
	}
}

func claim2(g *other, r *reply) *reply {
	g.tellMoney(&bill{no: r.no, transaction: "7799999999999999999999999999", paid: g.orders[r.no].fen}, r)
	return r
}

// Each kiosk meets several lies, one customer after the other.
func TestAnAnswerThatIsNotSurelyTheGatewaysNeverVends(t *testing.T) {
	t.Parallel()
	var names []string
	for name := range lies(&other{}) {
		if name != truth {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	const each = 4
	for from := 0; from < len(names); from += each {
		some := names[from:min(from+each, len(names))]
		t.Run(strings.Join(some, ", "), func(t *testing.T) {
			t.Parallel()
			m, g := atOther(t)
			for _, name := range some {
				lieByQR(t, m, g, name)
			}
			m.waitReady()
			no := m.showQR(2) // the truth is still believed
			g.paidBy(m.readsGlass())
			m.untilState(no, "sold")
			lieByCode(t, m, g, some[0])
			for _, o := range m.orders() {
				if o.No != no && (o.been("vending") > 0 || o.Transaction != "") {
					t.Errorf("%s was taken for paid: %+v", o.No, o)
				}
			}
			if got := m.does("audit"); got.code != 0 {
				t.Errorf("audit: %+v", got)
			}
		})
	}
}

func lieByQR(t *testing.T, m *machine, g *other, name string) {
	t.Helper()
	m.waitReady()
	no := m.showQR(1)
	g.spoil(no, lies(g)[name])
	m.until("lies were told: paid, "+name, func() bool { return g.spoiled(no) >= 2 })
	g.spoil("", nil)
	if turned, dropped := m.counts(1); turned != 0 || dropped != 0 {
		t.Fatalf("an answer %s turned a motor: %d turned, %d dropped", name, turned, dropped)
	}
	for _, o := range m.orders() {
		if o.No == no && o.State != "waiting" && o.State != "closing" {
			t.Errorf("an answer %s moved the order to %s", name, o.State)
		}
	}
	m.until("the customer can give up", func() bool {
		status, _ := m.post("press", "slot=cancel")
		return status == 200 || m.screen() != "qr" && m.screen() != "offline"
	})
	m.untilState(no, "closing")
}

// lieByCode charges a code whose every answer lies, and leaves the order open: nobody knows.
func lieByCode(t *testing.T, m *machine, g *other, name string) {
	t.Helper()
	m.waitReady()
	g.mu.Lock()
	g.charge = func(string) string { return "USERPAYING" }
	g.mu.Unlock()
	m.showQR(1)
	m.must("scan", "code=134567890123456789")
	m.until("the code is charged", func() bool { o := m.order(); return o.Means == "code" && g.bill(o.No).no != "" })
	no := m.order().No
	g.spoil(no, lies(g)[name])
	m.until("lies were told of the charge: paid, "+name, func() bool { return g.spoiled(no) >= 2 })
	if turned, dropped := m.counts(1); turned != 0 || dropped != 0 {
		t.Errorf("an answer %s turned a motor: %d turned, %d dropped", name, turned, dropped)
	}
	if o := m.order(); o.State != "asking" && o.State != "waiting" {
		t.Errorf("an answer %s moved the code order to %s", name, o.State)
	}
}

// Signed, and its own order: but another sum was paid. It never vends, and all of it goes back.
func TestAnotherSumNeverVendsAndGoesBack(t *testing.T) {
	t.Parallel()
	for name, fen := range map[string]int64{"less": 1, "more": 351, "ten times": 3500} {
		for _, means := range []string{"native", "code"} {
			t.Run(fmt.Sprint(name, " by ", means), func(t *testing.T) {
				t.Parallel()
				m, g := atOther(t)
				no := m.showQR(1)
				if means == "native" {
					text := m.readsGlass()
					g.mu.Lock()
					b := g.orders[g.codes[text]]
					b.fen = fen
					g.pay(b)
					g.mu.Unlock()
				} else {
					g.mu.Lock()
					g.charge = func(string) string { return "USERPAYING" }
					g.mu.Unlock()
					m.must("scan", "code=134567890123456789")
					m.until("the front asks for the password", func() bool { return m.screen() == "password" })
					no = m.order().No
					g.mu.Lock()
					g.orders[no].fen = fen
					g.pay(g.orders[no])
					g.mu.Unlock()
				}
				m.untilState(no, "refunded")
				if turned, dropped := m.counts(1); turned != 0 || dropped != 0 || m.stocked(1) != 10 {
					t.Errorf("%d fen for goods of 350 turned a motor: %d turned, %d dropped", fen, turned, dropped)
				}
				if b := g.bill(no); b.back != fen {
					t.Errorf("%d fen were paid, %d went back", fen, b.back)
				}
				if got := m.does("audit"); got.code != 0 {
					t.Errorf("audit: %+v", got)
				}
			})
		}
	}
}
