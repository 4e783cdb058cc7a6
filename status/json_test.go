package status

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

func TestStatusKeepsItsShape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.Boot = time.Now()
		time.Sleep(61*time.Second + time.Millisecond)
		must(t, h.get("/status.json"), 200, `{"kiosk":"K0042","version":"v1","uptime_s":61,"alive":true,"ready":true,"why":[],`+
			`"cloud":{"reachable":true,"since":"2026-03-01T12:00:00+08:00"},"clock":{"trusted":true},"front":null,`+
			`"open_orders":0,"owed_orders":0,"slots":[`+
			`{"number":1,"name":"可口可乐 330ml","name_en":"Coke 330ml","fen":350,"stock":10,"fault":""},`+
			`{"number":2,"name":"水","fen":200,"stock":0,"fault":""},`+
			`{"number":3,"name":"薯片","fen":650,"stock":4,"fault":"jam"}],"board":{}}`+"\n")
	})
}

func TestStatusTellsTheFrontAndTheReasons(t *testing.T) {
	h := newHouse()
	h.sight = sale.Snapshot{
		Why:  []sale.Why{{Code: "offline", Text: "the gateway does not answer"}},
		Open: 3, Owed: 1, Front: &sale.Front{Screen: "qr", No: "K0042-1", Slot: 1, Fen: 350},
	}
	h.Board = func() sale.Facts { return sale.Facts{Celsius: new(51.5)} }
	must(t, h.get("/status.json"), 200, `{"kiosk":"K0042","version":"v1","uptime_s":0,"alive":true,"ready":false,`+
		`"why":[{"code":"offline","text":"the gateway does not answer"}],"cloud":{"reachable":false,"since":null},"clock":{"trusted":false},`+
		`"front":{"screen":"qr","no":"K0042-1","slot":1,"fen":350},"open_orders":3,"owed_orders":1,"slots":[],"board":{"temperature_c":51.5}}`+"\n")
}

func TestHealthAsksOnlyForTheBeat(t *testing.T) {
	h := newHouse()
	h.sight.Ready, h.sight.Cloud.Reachable = false, false
	must(t, h.get("/healthz"), 200, "alive\n")
	h.alive = false
	must(t, h.get("/healthz"), 503, "the shop's own beat has stopped\n")
}

func TestReadySaysWhyNot(t *testing.T) {
	h := newHouse()
	must(t, h.get("/readyz"), 200, `{"ready":true,"why":[]}`+"\n")
	h.sight.Ready, h.sight.Why = false, []sale.Why{{Code: "clock", Text: "the clock is not trusted"}}
	must(t, h.get("/readyz"), 503, `{"ready":false,"why":[{"code":"clock","text":"the clock is not trusted"}]}`+"\n")
}

func TestAShopThatStandsStillIsNotReady(t *testing.T) {
	h := newHouse()
	h.alive = false
	must(t, h.get("/readyz"), 503, `{"ready":false,"why":[{"code":"beat","text":"the shop's own beat has stopped"}]}`+"\n")
}

func TestOrdersKeepTheirShape(t *testing.T) {
	want := `[{"no":"K0042-000007ABCDEFGHIJKLMNOPQR","state":"vending","means":"native","slot":3,"name":"薯片","fen":650,` +
		`"created":"2026-03-01T12:00:00+08:00","updated":"2026-03-01T12:01:30+08:00","transaction_id":"4200001",` +
		`"journal":[{"event":"chosen","state":"asking","at":"2026-03-01T12:00:00+08:00"},` +
		`{"event":"asked","state":"waiting","at":"2026-03-01T12:00:01+08:00"},` +
		`{"event":"paid","state":"vending","at":"2026-03-01T12:01:30+08:00"}]}]` + "\n"
	h := newHouse()
	h.entries = []sale.Entry{order1(sale.Vending)}
	w := h.get("/orders.json")
	must(t, w, 200, want)
	printed, err := OrdersJSON(h.entries)
	if err != nil || !bytes.Equal(printed, w.Body.Bytes()) {
		t.Errorf("`kiosk orders -json` and /orders.json tell different stories: %s, %v", printed, err)
	}
}

func TestAnOwedOrderTellsItsWholeStory(t *testing.T) {
	e := order1(sale.Owed)
	e.RefundNo, e.RefundFen, e.Why, e.GatewayCode, e.Fault = string(e.No)+"R1", 650, "stuck", "TRADE_OVERDUE", "no-drop"
	e.Reason, e.How, e.Note, e.GoodsToo, e.Journal = "overdue", "cash", "给了现金", true, nil
	got, err := OrdersJSON([]sale.Entry{e})
	want := `[{"no":"K0042-000007ABCDEFGHIJKLMNOPQR","state":"owed","means":"native","slot":3,"name":"薯片","fen":650,` +
		`"created":"2026-03-01T12:00:00+08:00","updated":"2026-03-01T12:01:30+08:00","transaction_id":"4200001",` +
		`"refund_no":"K0042-000007ABCDEFGHIJKLMNOPQRR1","refund_fen":650,"why":"stuck","word":"TRADE_OVERDUE","fault":"no-drop",` +
		`"goods_too":true,"reason":"overdue","how":"cash","note":"给了现金","journal":[]}]` + "\n"
	if err != nil || string(got) != want {
		t.Errorf("a person cannot see what is owed\n got %s\nwant %s", got, want)
	}
}

func TestNoOrdersAreAnEmptyList(t *testing.T) {
	must(t, newHouse().get("/orders.json"), 200, "[]\n")
	if got, err := OrdersJSON(nil); err != nil || string(got) != "[]\n" {
		t.Errorf("no orders are %q, %v", got, err)
	}
}

func TestOrdersTakeALimitAndAState(t *testing.T) {
	h := newHouse()
	h.entries = []sale.Entry{order1(sale.Sold), order1(sale.Owed), order1(sale.Sold)}
	for path, n := range map[string]int{
		"/orders.json?limit=1": 1, "/orders.json?state=owed": 1, "/orders.json?state=sold&limit=1000": 2, "/orders.json?limit=&state=": 3,
	} {
		var list []map[string]any
		if err := json.Unmarshal(h.get(path).Body.Bytes(), &list); err != nil || len(list) != n {
			t.Errorf("%s: %d orders instead of %d, %v", path, len(list), n, err)
		}
	}
	for _, bad := range []string{"limit=0", "limit=1001", "limit=-1", "limit=x", "limit=99999999999999999999", "state=new", "state=SOLD", "state=sold'--"} {
		w := h.get("/orders.json?" + bad)
		must(t, w, 400, "")
		oneLine(t, w)
	}
}

func TestABookThatCannotBeReadIsNoEmptyBook(t *testing.T) {
	h := newHouse()
	h.damaged = true
	must(t, h.get("/orders.json"), 503, `{"error":"the order book cannot be read now"}`+"\n")
}

func TestThePanelIsAPicture(t *testing.T) {
	h := newHouse()
	w := h.get("/panel.png")
	img, err := png.Decode(w.Body)
	if err != nil || img.Bounds() != h.panel.Bounds() || w.Header().Get("Content-Type") != "image/png" {
		t.Fatalf("the technician does not see the panel: %v, %s", err, w.Header().Get("Content-Type"))
	}
	h.panel = nil
	must(t, h.get("/panel.png"), 404, `{"error":"the panel shows nothing yet"}`+"\n")
	h.Panel = nil
	must(t, h.get("/panel.png"), 404, "")
}

// oneLine holds a refusal to its shape: one line of JSON with one word for people.
func oneLine(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	var doc map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || doc["error"] == "" || len(doc) != 1 || bytes.Count(w.Body.Bytes(), []byte("\n")) != 1 {
		t.Errorf("a refusal is not one line of JSON: %q", w.Body)
	}
}
