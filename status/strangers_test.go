package status

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

// secrets are what no stranger may read, each with its own shape.
var private = []string{
	"K0042-1-AAAAAAAAAAAAAAAA", "4200001234567890", "R1-OF-THE-REFUND", "a note that was typed", "a reason that was found", "paid 9.99",
	"anna", "192.168.77.7", "10.9.9.9", "K0042-2-BBBBBBBBBBBBBBBB", "K0042-3-CCCCCCCCCCCCCCCC", "98765",
	"K0042-4-DDDDDDDDDDDDDDDD",
}

// aBusyHouse holds each of them somewhere.
func aBusyHouse() *house {
	h := newHouse()
	h.entries = []sale.Entry{{Order: sale.Order{
		No: "K0042-1-AAAAAAAAAAAAAAAA", State: sale.Owed, Means: sale.Native, Slot: 1, Name: "可乐", Fen: 350,
		Money: sale.Money{Transaction: "4200001234567890", Fen: 350, At: noon}, RefundNo: "R1-OF-THE-REFUND", RefundFen: 350,
		Note: "a note that was typed", Reason: "a reason that was found", By: "anna", Misfit: "paid 9.99", Created: noon, Updated: noon,
	}}}
	h.sight.Front = &sale.Front{Screen: sale.ScreenQR, No: "K0042-2-BBBBBBBBBBBBBBBB", Slot: 1, Fen: 350}
	h.sight.Ready, h.sight.Owed, h.sight.Open = false, 1, 1
	h.sight.Stalled = []sale.Stall{{No: "K0042-4-DDDDDDDDDDDDDDDD", Why: sale.ReasonOverdue}}
	h.sight.Maintenance = "anna at 192.168.77.7"
	h.sight.Why = []sale.Why{{Code: sale.NotReadyMaintenance, Text: "anna at 192.168.77.7"}, {Code: "book", Text: "K0042-3-CCCCCCCCCCCCCCCC is barred"}}
	h.Network = func() []NetworkFact { return []NetworkFact{{NetRouter, "", "10.9.9.9", true}} }
	h.Acts = func(context.Context, int) ([]sale.Alarm, error) {
		return []sale.Alarm{{Kind: sale.AlarmService, At: noon, Act: string(sale.ActLocate), By: "anna", From: "192.168.77.7", Text: "anna at 192.168.77.7"}}, nil
	}
	h.Bills = func() Bills {
		return Bills{Last: &sale.Reconciliation{Day: noon, At: noon, Sold: 98765, Findings: []sale.Finding{{Kind: "amount", No: "K0042-3-CCCCCCCCCCCCCCCC"}}}}
	}
	h.Notes = func() []Note { return []Note{{EN: "K0042-3-CCCCCCCCCCCCCCCC", ZH: "K0042-3-CCCCCCCCCCCCCCCC"}} }
	h.masked = image.NewRGBA(image.Rect(0, 0, 24, 32))
	h.panel.(*image.RGBA).Set(0, 0, color.White)
	return h
}

// everyLook answers each path that only looks; a live page is left after its first word.
func everyLook(h *house, ask func(path string) *http.Request) map[string]string {
	out := map[string]string{}
	for path := range h.readRoutes() {
		path = strings.TrimSuffix(path, "{$}")
		r := ask(path)
		if path == "/events" {
			ctx, cancel := context.WithTimeout(r.Context(), watchEvery/2)
			defer cancel()
			r = r.WithContext(ctx)
		}
		out[path] = h.do(r).Body.String()
	}
	return out
}

func TestAStrangerSeesNothingThatProvesAPaymentOrNamesAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := aBusyHouse()
		looks := everyLook(h, func(path string) *http.Request { return askAsStranger("GET", path) })
		for path, body := range looks {
			for _, canary := range private {
				if strings.Contains(body, canary) {
					t.Errorf("%s tells a stranger %q", path, canary)
				}
			}
		}
		for path, want := range map[string]string{"/": "AAAA", "/orders.json": `"transaction_id":"7890"`, "/status.json": `"no":"BBBB"`, "/readyz": `"code":"maintenance"`} {
			if !strings.Contains(looks[path], want) {
				t.Errorf("%s does not tell a stranger %s:\n%.600s", path, want, looks[path])
			}
		}
	})
}

// Each of them is somebody else, and all see the same.
func TestWhoIsNoStrangerSeesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := aBusyHouse()
		anna := h.signIn(t, "anna")
		for who, ask := range map[string]func(path string) *http.Request{
			"a script with the token": func(path string) *http.Request { return ask("GET", path) },
			"whoever is signed in":    func(path string) *http.Request { return with(askAsStranger("GET", path), anna) },
			"the machine itself":      func(path string) *http.Request { return askFrom("127.0.0.1", "127.0.0.1:8080", path) },
		} {
			looks := everyLook(h, ask)
			for path, canaries := range map[string][]string{
				"/":            {"K0042-1-AAAAAAAAAAAAAAAA", "4200001234567890", "R1-OF-THE-REFUND", "10.9.9.9", "192.168.77.7", "987.65"},
				"/orders.json": {"K0042-1-AAAAAAAAAAAAAAAA", "4200001234567890", "R1-OF-THE-REFUND", "a note that was typed"},
				"/status.json": {"K0042-2-BBBBBBBBBBBBBBBB", "98765"}, "/events": {"K0042-2-BBBBBBBBBBBBBBBB"}, "/metrics": {"anna"},
			} {
				for _, canary := range canaries {
					if !strings.Contains(looks[path], canary) {
						t.Errorf("%s does not tell %s %q", path, who, canary)
					}
				}
			}
			if stranger := h.do(askAsStranger("GET", "/panel.png")).Body.String(); looks["/panel.png"] == stranger {
				t.Errorf("%s sees the stranger's picture", who)
			}
		}
	})
}

func askFrom(from, host, path string, headers ...string) *http.Request {
	r := httptest.NewRequest("GET", path, nil)
	r.RemoteAddr, r.Host = from+":40000", host
	for _, h := range headers {
		r.Header.Set(h, "192.0.2.1")
	}
	return r
}

func TestWhoeverComesThroughAProxyOfThisMachineIsAStranger(t *testing.T) {
	h := aBusyHouse()
	for name, r := range map[string]*http.Request{
		"a tunnel that keeps the public name": askFrom("127.0.0.1", "kiosk.local", "/orders.json"),
		"a proxy with X-Forwarded-For":        askFrom("127.0.0.1", "127.0.0.1:8080", "/orders.json", "X-Forwarded-For"),
		"a proxy with X-Forwarded-Host":       askFrom("127.0.0.1", "localhost", "/orders.json", "X-Forwarded-Host"),
		"a proxy with Forwarded":              askFrom("::1", "[::1]:8080", "/orders.json", "Forwarded"),
		"a proxy with Via":                    askFrom("127.0.0.1", "127.0.0.1", "/orders.json", "Via"),
		"a name that leads to loopback":       askFrom("192.168.1.7", "127.0.0.1", "/orders.json"),
	} {
		if body := h.do(r).Body.String(); strings.Contains(body, "K0042-1-AAAAAAAAAAAAAAAA") || !strings.Contains(body, "AAAA") {
			t.Errorf("%s: %s", name, body)
		}
	}
	proxied := func(pin string) int {
		r := form("/service/clear", "pin", pin)
		r.RemoteAddr, r.Host = "127.0.0.1:5000", "127.0.0.1:8080"
		r.Header.Set("X-Forwarded-For", "192.0.2.1")
		return h.do(r).Code
	}
	for range attemptsOfAMinute {
		proxied("wrong")
	}
	if got := proxied(secret); got != 429 {
		t.Errorf("behind a proxy one may guess for ever: %d", got)
	}
	if got := h.guess("127.0.0.1", secret); got != 200 {
		t.Errorf("guesses behind a proxy lock out whoever sits at the machine: %d", got)
	}
}

const attemptsOfAMinute = 10

func TestATokenReadsAndChangesNothingAndAWrongOneIsCounted(t *testing.T) {
	h := aBusyHouse()
	for path := range h.formRoutes() {
		if path == "/service/sign-out" {
			continue // it ends the reader's own session, if there is one
		}
		r := form(path, "slot", "1", "stock", "5", "was", "10")
		r.Header.Set("Authorization", "Bearer "+scriptToken)
		if got := h.do(r).Code; got < 400 {
			t.Errorf("%s takes the token for a person: %d", path, got)
		}
	}
	if len(h.taken) > 0 {
		t.Errorf("the shop was told %v", h.taken)
	}
	before := h.Password.Guesses.Counts()["wrong"]
	r := askAsStranger("GET", "/orders.json")
	r.Header.Set("Authorization", "Bearer "+scriptToken[1:])
	if body := h.do(r).Body.String(); strings.Contains(body, "4200001234567890") {
		t.Errorf("another token reads all: %s", body)
	}
	if got := h.Password.Guesses.Counts()["wrong"] - before; got != 1 {
		t.Errorf("a wrong token was counted %d times", got)
	}
}

func TestGuessesAreCountedAndStandInTheJournalOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		ctx, stop := context.WithCancel(t.Context())
		go h.Run(ctx)
		defer synctest.Wait()
		defer stop()
		refuse := func(err error) {
			h.turning.Lock()
			defer h.turning.Unlock()
			h.refuse = err
		}
		synctest.Wait()
		for range 12 {
			h.guess("192.168.1.9", "wrong")
		}
		h.guess("192.168.1.8", secret)
		refuse(sale.ErrBusy)
		time.Sleep(time.Minute + time.Second)
		refuse(nil)
		h.guess("192.168.1.7", "wrong")
		time.Sleep(3 * time.Minute)
		for range 5 {
			h.guess("192.168.1.6", "wrong")
		}
		time.Sleep(30 * time.Minute)
		notes := func() []sale.NoteAct {
			h.turning.Lock()
			defer h.turning.Unlock()
			return slices.Clone(h.notes)
		}
		var told []string
		for _, n := range notes() {
			if n.Act == sale.ActGuesses {
				told = append(told, n.What+" by "+n.By)
			}
		}
		if want := "11|2|192.168.1.9 192.168.1.7 by kiosk"; len(told) != 1 || told[0] != want {
			t.Errorf("the journal has %q, not once %q", told, want)
		}
		time.Sleep(time.Hour)
		if all := notes(); all[len(all)-1].What != "5|0|192.168.1.6" {
			t.Errorf("an hour later the journal has %+v", all)
		}
		if got := fmt.Sprint(h.Password.Guesses.Counts()); got != "map[blocked:2 busy:0 right:1 wrong:16]" {
			t.Errorf("counted %s", got)
		}
	})
}

func TestWhoIsSignedInIsSeenAndCanBeSignedOut(t *testing.T) {
	h := newHouse()
	anna, lost := h.signIn(t, "anna"), h.signIn(t, "李雷")
	page := h.do(with(askAsStranger("GET", "/?lang=en"), anna)).Body.String()
	sessions := h.sessions.ListSessions()
	if len(sessions) != 2 || sessions[0].ID == sessions[1].ID || !strings.Contains(page, sessions[1].ID) || !strings.Contains(page, "李雷") {
		t.Fatalf("%+v are not all told", sessions)
	}
	if strings.Contains(page, lost.Value) {
		t.Error("the page holds somebody's cookie")
	}
	if body := h.do(askAsStranger("GET", "/")).Body.String(); strings.Contains(body, "李雷") {
		t.Error("a stranger reads who is signed in")
	}
	var id string
	for _, s := range sessions {
		if s.Name == "李雷" {
			id = s.ID
		}
	}
	must(t, h.as(anna, "/service/end-session", "session", id), 200, "")
	must(t, h.as(lost, "/service/clear"), 401, "")
	must(t, h.as(anna, "/service/end-session", "session", id), 409, "")
	if n := h.notes[len(h.notes)-1]; n.Act != sale.ActEndSession || n.What != "李雷" || n.By != "anna" {
		t.Errorf("the journal has %+v", n)
	}
}

func TestNoticesCanComeInApartFromThePage(t *testing.T) {
	h := newHouse()
	h.NotifyV2 = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "taken") })
	h.NotifyApart = true
	apart := h.NoticeHandler()
	post := func(to http.Handler, path string) string {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", path, nil)
		r.Host = "pay.example.cn"
		to.ServeHTTP(w, r)
		return fmt.Sprint(w.Code, " ", w.Body)
	}
	if got := post(apart, "/notify/v2"); got != "200 taken" {
		t.Errorf("a notice is answered %s", got)
	}
	for _, path := range []string{"/", "/orders.json", "/service/sign-in", "/notify/"} {
		if got := post(apart, path); !strings.HasPrefix(got, "404") {
			t.Errorf("%s is answered there: %s", path, got)
		}
	}
	if got := post(h.Handler(), "/notify/v2"); strings.Contains(got, "taken") {
		t.Errorf("the page still takes notices: %s", got)
	}
}

// A list of all orders with their prices would be the takings.
func TestAStrangerSeesTheNewestOrdersAlone(t *testing.T) {
	h := newHouse()
	for i := range 3 * recentOrders {
		h.entries = append(h.entries, sale.Entry{Order: sale.Order{No: sale.No(fmt.Sprintf("K0042-%06dAAAAAAAAAAAAAAAA", i)), State: sale.Sold, Slot: 1, Fen: 350, Created: noon, Updated: noon,
			GatewayCode: "USER_ACCOUNT_ABNORMAL"}})
	}
	count := func(r *http.Request) int { return strings.Count(h.do(r).Body.String(), `"no":`) }
	if all, few := count(ask("GET", "/orders.json?limit=1000")), count(askAsStranger("GET", "/orders.json?limit=1000")); all != 3*recentOrders || few != recentOrders {
		t.Errorf("of %d orders a stranger sees %d", all, few)
	}
	page := h.do(askAsStranger("GET", "/?more=1")).Body.String()
	if n := strings.Count(page, `<details id="o-`); n != recentOrders || strings.Contains(page, "USER_ACCOUNT_ABNORMAL") || strings.Contains(page, "more=1#recent") {
		t.Errorf("the page shows a stranger %d orders", n)
	}
}
