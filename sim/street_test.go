package sim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

func TestAPressIsAnsweredAsTheFrontTakesIt(t *testing.T) {
	front := func(screen string, slot int) string {
		return fmt.Sprintf(`{"ready":true,"front":{"screen":%q,"no":"K-1","slot":%d},"slots":[{"number":1,"stock":3},{"number":2,"stock":0}]}`, screen, slot)
	}
	for _, c := range []struct {
		name, status, slot string
		want               int
	}{
		{"idle", idle, "1", 200},
		{"sold out", idle, "2", 409},
		{"out of order", idle, "3", 409},
		{"not there", idle, "9", 404},
		{"no slot", idle, "", 400},
		{"orders refused lately", `{"ready":false,"why":[{"code":"refused"}],"front":null,"slots":[{"number":1,"stock":3}]}`, "1", 200},
		{"orders refused and offline", `{"ready":false,"why":[{"code":"offline"},{"code":"refused"}],"front":null,"slots":[{"number":1,"stock":3}]}`, "1", 409},
		{"not selling", `{"ready":false,"front":null,"slots":[{"number":1,"stock":3}]}`, "1", 409},
		{"dead", "", "1", 409},
		{"thanks", front("thanks", 1), "1", 200},
		{"sorry", front("sorry", 2), "1", 200},
		{"refunding", front("refunding", 1), "1", 200},
		{"qr of the same", front("qr", 2), "2", 200},
		{"qr, another", front("qr", 2), "1", 200},
		{"qr, another sold out", front("qr", 1), "2", 409},
		{"qr, another, not selling", strings.Replace(front("qr", 2), "true", "false", 1), "1", 409},
		{"qr of the same, not selling", strings.Replace(front("qr", 1), "true", "false", 1), "1", 200},
		{"qr, cancel", front("qr", 1), "cancel", 200},
		{"idle, cancel", idle, "cancel", 409},
		{"asking", front("asking", 1), "1", 409},
		{"waiting for its turn", strings.Replace(front("asking", 2), "K-1", "", 1), "1", 200},
		{"waiting for its turn, sold out", strings.Replace(front("asking", 1), "K-1", "", 1), "2", 409},
		{"waiting for its turn, cancel", strings.Replace(front("asking", 1), "K-1", "", 1), "cancel", 200},
		{"charging", front("charging", 1), "1", 409},
		{"password", front("password", 1), "1", 409},
		{"vending", front("vending", 1), "cancel", 409},
		{"offline", front("offline", 0), "1", 409},
		{"closed", front("closed", 0), "1", 409},
		{"maintenance", front("maintenance", 0), "1", 409},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newCorner(t, "")
				k.status = c.status
				presses := k.Wire("GPIO5").Counts().Falls
				if got, a := k.post("press", "slot="+c.slot); got != c.want {
					t.Errorf("the press was answered %d %v, not %d", got, a, c.want)
				}
				if c.slot != "1" {
					return
				}
				if k.Wire("GPIO5").Counts().Falls == presses {
					t.Error("the key never went down")
				}
				if k.Wire("GPIO5").Level() != gpio.High {
					t.Error("the answer came before the key was let go")
				}
			})
		})
	}
}

func TestAScanAnswersTheCodeThatWasShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCorner(t, t.TempDir())
		line, _ := c.Scanner.Open()
		defer line.Close()
		got, _ := reader(t, line)
		if status, a := c.post("scan", "ask=password&customer=Li"); status != 200 || a["code"] != shownCode || !c.till.asks || c.till.shower != "Li" {
			t.Errorf("a fresh code: %d %v", status, a)
		}
		if status, a := c.post("scan", "code=289999999999999999&ask=none"); status != 200 || a["code"] != "289999999999999999" || c.till.held != "289999999999999999" {
			t.Errorf("a code by hand: %d %v", status, a)
		}
		if want := shownCode + "\r289999999999999999\r"; got() != want {
			t.Errorf("the line brought %q", got())
		}
		for form, want := range map[string]int{"ask=maybe": 400, "code=" + strings.Repeat("1", 600): 400, "code=" + url.QueryEscape("1\r2"): 400} {
			if status, _ := c.post("scan", form); status != want {
				t.Errorf("scan with %.20s: %d", form, status)
			}
		}
		c.post("trouble", "what=scanner&how=gone")
		if status, _ := c.post("scan", ""); status != 409 {
			t.Errorf("an unplugged module read a code: %d", status)
		}
	})
}

func TestAPasswordGoesToTheGateway(t *testing.T) {
	c := newCorner(t, "")
	if status, a := c.post("password", "do=enter"); status != 200 || a["out_trade_no"] != "K-1" {
		t.Errorf("a password: %d %v", status, a)
	}
	if status, _ := c.post("password", "do=cancel"); status != 409 {
		t.Errorf("nobody waits, but: %d", status)
	}
}

func TestEverySwitchIsListedAndWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCorner(t, t.TempDir())
		n := 0
		for _, was := range c.state().Troubles {
			for _, how := range was.Can {
				n++
				form := url.Values{"what": {was.What}, "how": {how}}
				if was.Slot > 0 {
					form.Set("slot", fmt.Sprint(was.Slot))
				}
				if status, a := c.post("trouble", form.Encode()); status != 200 {
					t.Errorf("%v: %d %v", form, status, a)
				}
				for _, is := range c.state().Troubles {
					if is.What == was.What && is.Slot == was.Slot && is.How != how {
						t.Errorf("%s was set to %s and is %s", was.What, how, is.How)
					}
				}
			}
		}
		if want := 3 + 5 + 4 + 2 + 3 + 2 + 1 + 3*len(SlotTroubles); n != want {
			t.Errorf("there are %d positions, not %d", n, want)
		}
		for form, want := range map[string]int{
			"what=weather&how=rain": 400, "what=network&how=wet": 400, "what=slot&how=jam": 400, "what=slot&how=jam&slot=9": 404,
			"what=slot&how=wet&slot=1": 400,
		} {
			if status, _ := c.post("trouble", form); status != want {
				t.Errorf("%s: %d", form, status)
			}
		}
	})
}

func TestTheStreetOutlivesTheKiosk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		c := newCorner(t, dir)
		c.Pin("GPIO17").Out(gpio.High)
		time.Sleep(950 * time.Millisecond) // the plug is pulled right after the drop, before the turn ends
		c.Close()
		c = newCorner(t, dir)
		if got := c.state().Slots[0]; got.Turned != 1 || got.Dropped != 1 || got.Stock != 3 {
			t.Errorf("after the plug the street remembers %+v: somebody's goods are forgotten", got)
		}
		if c.Wire("GPIO27").Level() != gpio.Low {
			t.Error("the spiral was not found at home")
		}
		c.post("trouble", "what=clock&how=1970")
		c.post("trouble", "what=slot&how=jam&slot=2")
		c.Scanner.Module().Hear([]byte("\x7E\x00\x08\x01\x00\x03\x02\x01\x88\x7E\x00\x09\x01\x00\x00\x00\xDE\xC8")) // setup codes off, save
		c.Close()
		c = newCorner(t, dir)
		if c.Clock.Synced() || c.Slot(2).CurrentTrouble() != SlotJam || c.Slot(2).Done().Turned != 0 {
			t.Error("pulling the plug mended the street")
		}
		if c.Scanner.Zone(3) != 2 || c.Scanner.Zone(0x3F) != 1 {
			t.Error("the scan module forgot what its flash held")
		}
	})
}

func TestTheStateTellsWhatTheContractNames(t *testing.T) {
	c := newCorner(t, "")
	c.status = `{"ready":true,"front":{"screen":"qr","no":"K-1","slot":1,"fen":350},"slots":[]}`
	st := c.state()
	if st.Front == nil || st.Front.Screen != "qr" || st.Network != "on" || len(st.Slots) != 3 || len(st.Gateway.Orders) != 1 {
		t.Errorf("the state is %+v", st)
	}
	c.status = ""
	if st := c.state(); st.Front != nil {
		t.Error("a dead kiosk has a front")
	}
}

func TestFormsOnlyAndTheRightMethod(t *testing.T) {
	c := newCorner(t, "")
	for _, path := range []string{"press", "scan", "phone", "password", "plug"} {
		if status, _ := c.do(httptest.NewRequest(http.MethodGet, "/street/"+path, nil)); status != 405 {
			t.Errorf("GET of %s: %d", path, status)
		}
	}
	for _, path := range []string{"state.json", "glass.png"} {
		if status, _ := c.post(path, ""); status != 405 {
			t.Errorf("POST to %s: %d", path, status)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/street/press", strings.NewReader(`{"slot":1}`))
	r.Header.Set("Content-Type", "application/json")
	if status, _ := c.do(r); status != 415 {
		t.Errorf("JSON was taken for a form: %d", status)
	}
	if status, _ := c.do(httptest.NewRequest(http.MethodGet, "/street/nothing", nil)); status != 404 {
		t.Errorf("a place that is not there: %d", status)
	}
}

func TestThePlugIsPulled(t *testing.T) {
	c := newCorner(t, "")
	pulled := false
	c.plan.Unplug = func() { pulled = true }
	if status, _ := c.post("plug", ""); status != 200 || !pulled {
		t.Errorf("the plug is still in: %d", status)
	}
}

func TestThePageNeedsNothingFromElsewhere(t *testing.T) {
	c := newCorner(t, "")
	w := httptest.NewRecorder()
	c.web.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/street", nil))
	page := w.Body.String()
	if w.Code != 200 || strings.Contains(page, "/*CSS*/") || strings.Contains(page, "/*JS*/") {
		t.Errorf("the page is %d and not whole", w.Code)
	}
	for _, far := range []string{"https://", "src=\"http", "@import", "<link rel=\"stylesheet\""} {
		if strings.Contains(page, far) {
			t.Errorf("the page asks the network for something: %s", far)
		}
	}
}

func TestTheKiosksMisuseOfAWireIsTold(t *testing.T) {
	c := newCorner(t, "")
	c.Pin("GPIO17").Out(gpio.Low)
	c.Pin("GPIO17").Read()
	if v := c.state().Violations; len(v) != 1 || !strings.Contains(v[0], "GPIO17") {
		t.Errorf("an output was read, and the street says %q", v)
	}
	if c.Pin("") != nil || c.Pin("GPIO99") == nil {
		t.Error("a wire with a name is there, one without is not")
	}
}

// TestNoOtherSitePullsThePlug: a developer has make run open, and some web page in the other tab.
func TestNoOtherSitePullsThePlug(t *testing.T) {
	c := newCorner(t, "")
	for name, from := range map[string]struct {
		host, header, value string
		status              int
	}{
		"the street's own page":  {"127.0.0.1:8080", "Origin", "http://127.0.0.1:8080", 200},
		"a script":               {"localhost:8080", "User-Agent", "curl", 200},
		"another site":           {"127.0.0.1:8080", "Origin", "http://evil.example", 403},
		"a site that hides":      {"127.0.0.1:8080", "Sec-Fetch-Site", "cross-site", 403},
		"a name that leads here": {"evil.example:8080", "Origin", "http://evil.example:8080", 421},
	} {
		r := httptest.NewRequest(http.MethodPost, "/street/press", strings.NewReader("slot=1"))
		r.Host = from.host
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(from.header, from.value)
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, r)
		if w.Code != from.status {
			t.Errorf("%s is answered %d, want %d: %s", name, w.Code, from.status, w.Body)
		}
	}
}
