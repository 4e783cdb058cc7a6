//go:build sim

package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"kiosk/cmd/kiosk/onsite"
	"kiosk/sale"
	"kiosk/web"
)

// visit is a technician with a phone.
type visit struct {
	b      *bench
	cookie *http.Cookie
}

// does posts a form and holds how it is answered.
func (v *visit) does(want int, says, path string, pairs ...string) {
	v.b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", "http://"+v.b.addr+"/service/"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if v.cookie != nil {
		r.AddCookie(&http.Cookie{Name: v.cookie.Name, Value: v.cookie.Value})
	}
	w := httptest.NewRecorder()
	v.b.web.ServeHTTP(w, r)
	if w.Code != want || !strings.Contains(w.Body.String(), says) {
		v.b.t.Errorf("%s %v: %d %s; want %d, %q", path, pairs, w.Code, w.Body, want, says)
	}
	if got := w.Result().Cookies(); len(got) == 1 {
		v.cookie = got[0]
	}
}

// A whole visit, before the real shop and its book: what the machine does it says, and what it refuses too.
func TestATechniciansVisitIsAnsweredByTheMachineItself(t *testing.T) {
	clear, kept := web.DrawSecret()
	onBench(t, nil, func(b *bench) {
		t := b.t
		if err := b.kiosk.page.SetPin(kept); err != nil {
			t.Fatal(err)
		}
		v := &visit{b: b}
		v.does(401, "sign in", "maintenance", "on", "1")
		v.does(403, "wrong secret", "sign-in", "pin", "guess", "name", "安娜")
		v.does(200, "ok", "sign-in", "pin", clear, "name", "安娜")
		v.does(409, "begin maintenance first", "test-vend", "slot", "1")
		v.does(409, "not in maintenance", "maintenance", "on", "0")

		no := b.showQR(1)
		v.does(409, "a customer is buying", "change", "slot", "1", "fen", "1")
		v.does(200, "ok", "change", "slot", "2", "name", "苏打水", "fen", "210", "stock", "4")
		v.does(409, "does not wait", "order", "no", no, "event", "settled", "how", "cash", "note", "paid at the desk")
		b.phone("pay")
		b.untilEnd(no)

		v.does(200, "ok", "maintenance", "on", "1")
		v.does(409, "already", "maintenance", "on", "1")
		v.does(200, "ok", "fill", "stock", "9")
		v.does(200, "ok", "slot", "slot", "1", "stock", "8")
		v.does(200, "ok", "clear")
		v.does(200, "ok", "change", "slot", "1", "fen", "360")
		v.does(200, "SQLite format 3", "backup")
		v.does(200, "ok", "maintenance", "on", "0")
		v.does(200, "ok", "sign-out")
		v.does(401, "sign in", "clear")

		want := map[sale.Slot][2]int{1: {360, 8}, 2: {210, 9}}
		for _, w := range b.kiosk.clerk.Snapshot().Products {
			if is, ok := want[w.Slot]; ok && is != [2]int{int(w.Fen), w.Stock} {
				t.Errorf("slot %d sells at %d and holds %d: %v", w.Slot, w.Fen, w.Stock, is)
			}
		}
		_, orders := b.get("/orders.json")
		var all []struct{ State string }
		if err := json.Unmarshal([]byte(orders), &all); err != nil || len(all) != 1 || all[0].State != "sold" {
			t.Errorf("%v %s", err, orders)
		}
		deeds, err := b.kiosk.page.Acts(t.Context(), 50)
		if err != nil {
			t.Fatal(err)
		}
		journal := ""
		for _, d := range deeds {
			journal += d.Text + "\n"
		}
		for _, line := range []string{"signed in, by 安娜 at", "took a backup, by 安娜 at", "signed out, by 安娜 at", "out of service, by 安娜 at", "back in service, by 安娜 at", "filled to 8, was 9, by 安娜 at", "cleared the stop, by 安娜 at", "now 苏打水, 2.10, 4 in it"} {
			if !strings.Contains(journal, line) {
				t.Errorf("the journal does not tell %q:\n%s", line, journal)
			}
		}
	})
}

// TestTheStreetCanOweACustomer: whoever learns the page can try what is owed, from the refused refund to the end.
func TestTheStreetCanOweACustomer(t *testing.T) {
	clear, kept := web.DrawSecret()
	onBench(t, nil, func(b *bench) {
		t := b.t
		if err := b.kiosk.page.SetPin(kept); err != nil {
			t.Fatal(err)
		}
		b.trouble("gateway", "no-refunds")
		b.slotTrouble(1, "jam")
		b.slotTrouble(2, "jam")
		owes := func(slot int) string {
			no := b.showQR(slot)
			b.phone("pay")
			b.untilState(no, "owed")
			b.waitReady()
			return no
		}
		first, second := owes(1), owes(2)
		v := &visit{b: b}
		v.does(200, "ok", "order", "pin", clear, "no", first, "event", "settled", "how", "cash", "note", "paid at the desk")
		b.untilState(first, "refunded")
		b.trouble("gateway", "up")
		v.does(200, "ok", "order", "pin", clear, "no", second, "event", "retried")
		b.untilState(second, "refunded")
		b.tested = true // one customer's money came back in cash, which no gateway knows of
	})
}

func TestTheStreetDoesNotNagAboutItsOwnSecret(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		if text, err := onsite.ReadSecret(&b.kiosk.conf); err != nil || text == "" {
			b.t.Fatalf("the street has no secret: %q %v", text, err)
		}
		if notes := b.kiosk.page.Notes(); len(notes) > 0 {
			b.t.Errorf("a newcomer is told to mend what is meant so: %v", notes)
		}
	})
}
