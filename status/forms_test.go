package status

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

// The person of a script that says the secret with its form.
const by, from = "technician", "192.168.1.7"

func TestATechnicianFillsASlot(t *testing.T) {
	for _, c := range []struct {
		stock string
		want  sale.Command
	}{{"12", sale.CountStock{Slot: 3, Stock: 12, Was: 4, By: by, From: from}}, {"0", sale.CountStock{Slot: 3, Was: 4, By: by, From: from}}, {"", sale.ClearSlot{Slot: 3, Fault: "jam", By: by, From: from}}} {
		h := newHouse()
		must(t, h.do(form("/service/slot", "pin", secret, "slot", "3", "stock", c.stock)), 200, `{"ok":true}`+"\n")
		if want := []sale.Command{c.want}; !reflect.DeepEqual(h.taken, want) {
			t.Errorf("the shop was told %v instead of %v", h.taken, want)
		}
	}
}

func TestATechnicianClearsTheKiosk(t *testing.T) {
	h := newHouse()
	must(t, h.do(form("/service/clear", "pin", secret)), 200, "")
	if want := []sale.Command{sale.ClearStop{By: by, From: from}}; !reflect.DeepEqual(h.taken, want) {
		t.Errorf("the shop was told %v instead of %v", h.taken, want)
	}
}

func TestATechnicianSettlesAnOwedOrder(t *testing.T) {
	h := newHouse()
	e := order1(sale.Owed)
	h.entries = []sale.Entry{e}
	must(t, h.do(form("/service/order", "pin", secret, "no", string(e.No), "event", "settled", "how", "cash", "note", " 给了 6.50 ")), 200, "")
	h.entries = []sale.Entry{e}
	must(t, h.do(form("/service/order", "pin", secret, "no", string(e.No), "event", "retried", "how", "cash")), 200, "")
	want := []sale.Command{
		sale.DecideOrder{No: e.No, Event: sale.Settled, By: by, From: from, How: "cash", Note: "给了 6.50"},
		sale.DecideOrder{No: e.No, Event: sale.Retried, By: by, From: from},
	}
	if !reflect.DeepEqual(h.taken, want) {
		t.Errorf("the shop was told %v instead of %v", h.taken, want)
	}
}

func TestATechnicianHandsAnOrderOver(t *testing.T) {
	h := newHouse()
	e := order1(sale.Closing)
	e.Reason, e.Merchant = sale.ReasonForeign, sale.Merchant{MchID: "1900000109", AppID: "wx1"}
	h.entries, h.sight.Open, h.sight.Foreign = []sale.Entry{e}, 1, []sale.No{e.No}
	h.sight.Ready, h.sight.Why = false, []sale.Why{{Code: sale.NotReadyMerchant, Text: "1 orders are still open"}}
	const button = `name="event" value="handed"`
	if page := h.technician("/"); strings.Count(page, button) != 1 || !strings.Contains(page, "mchid 1900000109 · appid wx1") || strings.Contains(page, `value="settled"`) {
		t.Error("the page offers no way out, or another one")
	}
	tells(t, h.reads("/?lang=en"), "hand each order over", "hand it over")
	say := func(note string) *httptest.ResponseRecorder {
		return h.do(form("/service/order", "pin", secret, "no", string(e.No), "event", "handed", "how", "cash", "note", note))
	}
	must(t, say(""), 400, "")
	must(t, say(" anna asks there "), 200, "")
	want := []sale.Command{sale.DecideOrder{No: e.No, Event: sale.Handed, By: by, From: from, Note: "anna asks there"}}
	if !reflect.DeepEqual(h.taken, want) {
		t.Errorf("the shop was told %v instead of %v", h.taken, want)
	}
	h.sight.Foreign, h.sight.Owed, h.sight.Open = nil, 1, 0
	h.entries[0].State, h.entries[0].Last, h.entries[0].Money = sale.Owed, sale.Handed, sale.Money{}
	if page := h.technician("/"); strings.Contains(page, button) || strings.Contains(page, `value="retried"`) || !strings.Contains(page, `value="never paid"`) {
		t.Error("nobody knows of a payment: it can be settled as never paid, and not refunded")
	}
	h.entries[0].Last, h.entries[0].Money = sale.Found, sale.Money{Transaction: "4200001", Fen: 650}
	if page := h.technician("/"); !strings.Contains(page, `value="retried"`) || strings.Contains(page, `value="never paid"`) || !strings.Contains(page, words.Labels["note.found"][0]) {
		t.Error("a payment that nobody knew: it may go back for a reason, and was paid")
	}
	tells(t, h.reads("/?lang=en"), "its goods may have fallen")
}

func TestAnOrderThatWantsALookIsNamed(t *testing.T) {
	h := newHouse()
	e := order1(sale.Refunding)
	e.Reason = sale.ReasonOverdue
	h.entries, h.sight.Open, h.sight.Stalled = []sale.Entry{e}, 1, []sale.Stall{{No: e.No, Why: sale.ReasonOverdue}}
	tells(t, h.technician("/?lang=en"), "Orders that want a look: 1", string(e.No), "look at it on the merchant platform")
	h.sight.Stalled = nil
	tells(t, h.reads("/?lang=en"), "It is being paid back by itself")
}

func TestAnOrderThatWaitsForNobodyIsNotSettled(t *testing.T) {
	for _, c := range []struct {
		state sale.State
		event string
		want  int
	}{
		{sale.Sold, "settled", 409}, {sale.Refunding, "settled", 409}, {sale.Waiting, "retried", 409},
		{sale.Closing, "retried", 409}, {sale.Closing, "settled", 200}, {sale.Owed, "retried", 200},
	} {
		h := newHouse()
		e := order1(c.state)
		h.entries, h.sight.Settleable = []sale.Entry{e}, []sale.No{e.No}
		w := h.do(form("/service/order", "pin", secret, "no", string(e.No), "event", c.event, "how", "platform", "note", "x"))
		must(t, w, c.want, "")
		if c.want != 200 && len(h.taken) > 0 {
			t.Errorf("%s %s: the shop was told %v", c.state, c.event, h.taken)
		}
	}
}

func TestWhatCannotBeUnderstoodIsNotDone(t *testing.T) {
	h := newHouse()
	e := order1(sale.Owed)
	h.entries = []sale.Entry{e}
	no := string(e.No)
	for _, pairs := range [][]string{
		{"/service/slot", "slot", "9"}, {"/service/slot", "slot", ""}, {"/service/slot", "slot", "x"},
		{"/service/slot", "slot", "1", "stock", "-1"}, {"/service/slot", "slot", "1", "stock", "1000"}, {"/service/slot", "slot", "1", "stock", "two"},
		{"/service/order", "no", "x", "event", "settled", "how", "cash", "note", "x"}, {"/service/order", "no", no, "event", "paid", "how", "cash", "note", "x"},
		{"/service/order", "no", no, "event", "settled", "note", "x"}, {"/service/order", "no", no, "event", "settled", "how", "magic", "note", "x"},
		{"/service/order", "no", no, "event", "settled", "how", "cash"}, {"/service/order", "no", no, "event", "settled", "how", "cash", "note", " \u3000 "},
		{"/service/order", "no", no, "event", "settled", "how", "cash", "note", strings.Repeat("长", 201)},
		{"/service/order", "no", no, "event", "settled", "how", "cash", "note", "two\nlines"},
		{"/service/order", "no", no, "event", "settled", "how", "cash", "note", "\xff"},
	} {
		w := h.do(form(pairs[0], append(pairs[1:], "pin", secret)...))
		must(t, w, 400, "")
		oneLine(t, w)
	}
	must(t, h.do(form("/service/slot", "pin", secret, "slot", "1", "junk", strings.Repeat("x", formBytes))), 400, "")
	if len(h.taken) > 0 {
		t.Errorf("the shop was told %v", h.taken)
	}
}

func TestTheShopsRefusalIsTold(t *testing.T) {
	h := newHouse()
	h.refuse = errors.New("the book cannot be written")
	must(t, h.do(form("/service/clear", "pin", secret)), 409, `{"error":"the kiosk could not do it: look at how it stands: the book cannot be written"}`+"\n")
}

func TestWithoutASecretThePageIsReadOnly(t *testing.T) {
	h := newHouse()
	h.Password.Kept = ""
	for _, path := range []string{"/service/slot", "/service/clear", "/service/order"} {
		must(t, h.do(form(path, "pin", "", "slot", "1")), 403, `{"error":"read-only: no technician's secret is set"}`+"\n")
	}
	if page := h.get("/").Body.String(); strings.Contains(page, "<form") {
		t.Error("a page that may change nothing offers a form")
	}
	if len(h.taken) > 0 {
		t.Errorf("anybody may change the kiosk: %v", h.taken)
	}
}

func TestTheSecretIsReadFromTheFormOnly(t *testing.T) {
	h := newHouse()
	must(t, h.do(form("/service/clear?pin="+secret)), 401, "")
	if len(h.taken) > 0 {
		t.Errorf("a secret in an address, which proxies and histories keep, opens the door: %v", h.taken)
	}
}

func TestABrowserWithoutScriptComesBackToThePage(t *testing.T) {
	h := newHouse()
	r := form("/service/clear?lang=en", "pin", secret)
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	w := h.do(r)
	if w.Code != 303 || w.Header().Get("Location") != "/?lang=en&done=cleared" {
		t.Errorf("the technician is left on a bare line: %d %s", w.Code, w.Header().Get("Location"))
	}
}

func TestARefusalSpeaksTheReadersLanguage(t *testing.T) {
	must(t, newHouse().do(form("/service/clear?lang=zh", "pin", "no")), 403, `{"error":"密码不对"}`+"\n")
}

func (h *house) guess(from, pin string) int {
	r := form("/service/clear", "pin", pin)
	r.RemoteAddr = from + ":5000"
	if addr, err := netip.ParseAddr(strings.Trim(from, "[]")); err == nil && addr.IsLoopback() {
		r.Host = "localhost:8080" // on the machine itself nobody asks for another name
	}
	return h.do(r).Code
}

func TestOneAddressGuessesTenTimesAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		for i := range 10 {
			if got := h.guess("192.168.1.9", fmt.Sprint("guess", i)); got != 403 {
				t.Fatalf("guess %d: %d", i, got)
			}
		}
		if a, b := h.guess("192.168.1.9", "guess"), h.guess("192.168.1.9", secret); a != 429 || b != 429 {
			t.Errorf("after ten wrong secrets a wrong one is answered %d and the right one %d: the guessing goes on", a, b)
		}
		if got := h.guess("192.168.1.10", secret); got != 200 {
			t.Errorf("a neighbour's guesses lock the technician out: %d", got)
		}
		time.Sleep(time.Minute)
		if got := h.guess("192.168.1.9", secret); got != 200 {
			t.Errorf("a minute later the right secret is still refused: %d", got)
		}
	})
}

func TestAllAddressesTogetherGuessAHundredTimesAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, looked := newHouse(), 0
		for i := range 100_000 {
			from := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
			if h.Password.Check("a guess", from) == web.Wrong {
				looked++
			}
		}
		if looked != 100 {
			t.Errorf("%d of 100000 guesses were looked at in an hour", looked)
		}
		if got := h.guess("192.168.1.7", secret); got != 429 {
			t.Errorf("while the door is shut the right secret is answered %d, which tells it apart", got)
		}
		if a, b := h.guess("127.0.0.1", secret), h.guess("[::1]", secret); a != 200 || b != 200 {
			t.Errorf("strangers lock the technician out of the machine itself: %d, %d", a, b)
		}
		for range 10 {
			h.guess("127.0.0.1", "wrong")
		}
		if got := h.guess("127.0.0.1", "wrong"); got != 429 {
			t.Errorf("whoever sits at the machine may guess for ever: %d", got)
		}
		time.Sleep(time.Hour)
		if got := h.guess("192.168.1.7", secret); got != 200 {
			t.Errorf("an hour later the right secret is still refused: %d", got)
		}
	})
}

func TestGuessesAtOnceAreNoMoreThanOneAfterAnother(t *testing.T) {
	h := newHouse()
	var all sync.WaitGroup
	var mu sync.Mutex
	counts := map[int]int{}
	for range 200 {
		all.Go(func() {
			got := h.guess("10.0.0.1", "guess")
			mu.Lock()
			counts[got]++
			mu.Unlock()
		})
	}
	all.Wait()
	if h.Password.GuessesCompared() > 10 || counts[429] == 0 || counts[200] > 0 {
		t.Errorf("200 at once: %d looked at, answers %v", h.Password.GuessesCompared(), counts)
	}
}

func TestWhoHoldsTheServiceKeyIsNotLockedOut(t *testing.T) {
	h := newHouse()
	for i := range 300 {
		h.guess(fmt.Sprintf("10.0.%d.1", i), "guess")
	}
	if got := h.guess("192.168.1.7", secret); got != 429 {
		t.Fatalf("the door is open: %d", got)
	}
	h.ResetAttempts()
	if got := h.guess("192.168.1.7", secret); got != 200 {
		t.Errorf("a stranger's guesses keep the technician out who stands at the machine: %d", got)
	}
}

func TestOneHouseIsOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, looked := newHouse(), 0
		for i := range 50 {
			if h.guess(fmt.Sprintf("[2001:db8:1:2::%x]", i+1), "wrong") == 403 {
				looked++
			}
		}
		if looked != 10 {
			t.Errorf("a house with as many IPv6 addresses as it likes made %d guesses in a minute", looked)
		}
	})
}

func TestAClaimedAddressIsNotBelieved(t *testing.T) {
	h := newHouse()
	r := form("/service/clear", "pin", secret)
	r.Header.Set("X-Forwarded-For", "127.0.0.1")
	h.do(r)
	if len(h.taken) != 1 || h.taken[0] != (sale.ClearStop{By: by, From: from}) {
		t.Errorf("a header said who came: %v", h.taken)
	}
}
