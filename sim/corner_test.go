package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"periph.io/x/conn/v3/gpio"

	"kiosk/sim/gateway"
)

// fakeTill is a gateway for one order.
type fakeTill struct {
	mode, held, paid, shower string
	asks                     bool
}

func (g *fakeTill) Pay(codeURL, do string) (string, string, error) {
	if codeURL != shownURL {
		return "", "", errors.New("a strange code")
	}
	g.paid = do
	return "K-1", "paid", nil
}
func (g *fakeTill) CodeOf(customer string, ask bool) string {
	g.shower, g.asks = customer, ask
	return shownCode
}
func (g *fakeTill) Hold(code string, _ bool) { g.held = code }
func (g *fakeTill) Mode(how string) error    { g.mode = how; return nil }
func (g *fakeTill) ModeNow() string          { return g.mode }
func (g *fakeTill) Orders() []gateway.Order {
	return []gateway.Order{{OutTradeNo: "K-1", State: "NOTPAY", Fen: 350}}
}
func (g *fakeTill) Password(do string) (string, error) {
	if do == "cancel" {
		return "", errors.New("no phone waits")
	}
	return "K-1", nil
}

const shownURL = "weixin://wxpay/bizpayurl?pr=aBcDeF0"

// corner is a street with a fake kiosk behind it.
type corner struct {
	t *testing.T
	*Street
	till   *fakeTill
	status string // what /status.json says; "" is a dead kiosk
	web    http.Handler
}

const idle = `{"ready":true,"front":null,"slots":[{"number":1,"stock":3},{"number":2,"stock":0},{"number":3,"stock":1,"fault":"jam"}]}`

func newCorner(t *testing.T, dir string) *corner {
	t.Helper()
	c := &corner{t: t, till: &fakeTill{mode: "up"}, status: idle}
	s, err := OpenStreet(Plan{
		Dir: dir, Cancel: "GPIO6", DC: "GPIO24", Reset: "GPIO25", Backlight: "GPIO18", Turn: 90, Till: c.till,
		Slots: []Wires{
			{Number: 1, Key: "GPIO5", Motor: "GPIO17", Home: "GPIO27", Drop: "GPIO22"},
			{Number: 2, Key: "GPIO12", Motor: "GPIO23", Home: "", Drop: "GPIO22"},
			{Number: 3, Key: "GPIO13", Motor: "GPIO19", Home: "", Drop: ""},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c.Street, c.web = s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = "127.0.0.1:8080" // as make run prints it; httptest says example.com
		s.Handler().ServeHTTP(w, r)
	})
	s.Meet(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/status.json" || c.status == "" {
			http.Error(w, "no", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, c.status)
	}))
	s.Pin("GPIO5").In(gpio.PullUp, gpio.BothEdges)
	return c
}

// post sends a form, "a=b&c=d", and reads the answer.
func (c *corner) post(path, form string) (int, map[string]any) {
	c.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/street/"+path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.do(r)
}

func (c *corner) do(r *http.Request) (int, map[string]any) {
	c.t.Helper()
	w := httptest.NewRecorder()
	c.web.ServeHTTP(w, r)
	var a map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		c.t.Fatalf("%s answered %q, which is no JSON", r.URL.Path, w.Body)
	}
	if _, told := a["error"]; told != (w.Code >= 400) {
		c.t.Errorf("%s answered %d with %v", r.URL.Path, w.Code, a)
	}
	return w.Code, a
}

func (c *corner) state() (st struct {
	Front   *struct{ Screen string }
	Gateway struct{ Orders []gateway.Order }
	Slots   []struct {
		SlotCounts
		Stock int
	}
	Network    string
	Troubles   []Switch
	Violations []string
}) {
	c.t.Helper()
	w := httptest.NewRecorder()
	c.web.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/street/state.json", nil))
	if err := json.Unmarshal(w.Body.Bytes(), &st); err != nil {
		c.t.Fatal(err)
	}
	return st
}
