package status

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

func TestMaintenanceBeginsAndEndsOnce(t *testing.T) {
	h := newHouse()
	post := func(on string) *httptest.ResponseRecorder {
		return h.do(form("/service/maintenance", "pin", secret, "on", on))
	}
	must(t, post("0"), 409, `{"error":"it is not in maintenance"}`+"\n")
	must(t, post("1"), 200, `{"ok":true}`+"\n")
	must(t, post("1"), 409, `{"error":"it is in maintenance already"}`+"\n")
	must(t, post("0"), 200, "")
	must(t, post("yes"), 400, "")
	if want := []sale.Command{sale.SetMaintenance{On: true, By: by, From: from}, sale.SetMaintenance{By: by, From: from}}; !reflect.DeepEqual(h.taken, want) {
		t.Errorf("the shop was told %v", h.taken)
	}
}

// Rule 18: whoever ends the maintenance while a motor turns would sell under somebody's hands.
func TestMaintenanceDoesNotEndWhileAMotorTurns(t *testing.T) {
	const says = `{"error":"a motor turns for a test vend: end the maintenance when it has stopped"}` + "\n"
	h := newHouse()
	h.sight.Maintenance, h.sight.Testing = "anna", 2
	must(t, h.do(form("/service/maintenance", "pin", secret, "on", "0")), 409, says)
	if len(h.taken) > 0 {
		t.Errorf("the shop took %v", h.taken)
	}
	h.sight.Testing = 0
	do := h.Do
	h.Do = func(ctx context.Context, cmd sale.Command) (sale.Reply, error) { // it began while the form was on its way
		h.sight.Testing = 2
		return do(ctx, cmd)
	}
	must(t, h.do(form("/service/maintenance", "pin", secret, "on", "0")), 409, says)
}

func TestATechnicianChangesWhatASlotSells(t *testing.T) {
	for name, c := range map[string]struct {
		pairs []string
		want  sale.EditProduct
	}{
		"price":     {[]string{"fen", "400"}, sale.EditProduct{Slot: 1, Name: "可口可乐 330ml", NameEN: "Coke 330ml", Fen: 400, Stock: -1, Was: 10}},
		"all of it": {[]string{"name", " 雪碧 ", "name_en", "Sprite", "fen", "300", "stock", "8"}, sale.EditProduct{Slot: 1, Name: "雪碧", NameEN: "Sprite", Fen: 300, Stock: 8, Was: 10}},
		"empty":     {[]string{"stock", "0", "fen", ""}, sale.EditProduct{Slot: 1, Name: "可口可乐 330ml", NameEN: "Coke 330ml", Fen: 350, Was: 10}},
	} {
		h := newHouse()
		must(t, h.do(form("/service/change", append(c.pairs, "pin", secret, "slot", "1")...)), 200, `{"ok":true}`+"\n")
		if c.want.By, c.want.From = by, from; len(h.taken) != 1 || h.taken[0] != sale.Command(c.want) {
			t.Errorf("%s: the shop was told %v", name, h.taken)
		}
	}
}

func TestAPriceThatIsNoneIsNotTaken(t *testing.T) {
	h := newHouse()
	for _, pairs := range [][]string{
		{"slot", "9"}, {"slot", "01"}, {"slot", "1", "fen", "0"}, {"slot", "1", "fen", "-5"}, {"slot", "1", "fen", "10000001"}, {"slot", "1", "fen", "3.50"},
		{"slot", "1", "name", ""}, {"slot", "1", "name", strings.Repeat("长", 41)}, {"slot", "1", "name", "a\u202eb"}, {"slot", "1", "name_en", strings.Repeat("x", 41)},
		{"slot", "1", "stock", "1000"}, {"slot", "1", "stock", "+5"},
	} {
		w := h.do(form("/service/change", append(pairs, "pin", secret)...))
		must(t, w, 400, "")
		oneLine(t, w)
	}
	if len(h.taken) > 0 {
		t.Errorf("the shop was told %v", h.taken)
	}
}

// Whatever the screen says: on the offline screen a customer may have paid all the same.
func TestNothingChangesUnderACustomer(t *testing.T) {
	const says = `{"error":"a customer is buying from that slot: change it when the sale is over"}` + "\n"
	for _, pairs := range [][]string{{"/service/change", "fen", "1"}, {"/service/slot", "stock", "9"}, {"/service/slot"}} {
		h := newHouse()
		h.sight.Front, h.sight.Selling = &sale.Front{Screen: sale.ScreenOffline, No: order1(sale.Waiting).No, Slot: 1, Fen: 350}, 1
		must(t, h.do(form(pairs[0], append(pairs[1:], "pin", secret, "slot", "1")...)), 409, says)
		if len(h.taken) != 0 {
			t.Errorf("%v while the customer pays: %v", pairs, h.taken)
		}
		must(t, h.do(form(pairs[0], append(pairs[1:], "pin", secret, "slot", "2")...)), 200, "")
		h.sight.Front, h.sight.Selling = &sale.Front{Screen: sale.ScreenThanks, Slot: 1}, 0
		must(t, h.do(form(pairs[0], append(pairs[1:], "pin", secret, "slot", "1")...)), 200, "")
	}
}

// A page that was printed before a jam says "+" all the same: counting is not looking.
func TestCountingASlotNeverLetsItSell(t *testing.T) {
	h := newHouse()
	h.sight.Products[2].Flag = sale.FaultDouble
	must(t, h.do(form("/service/slot", "pin", secret, "slot", "3", "stock", "5")), 200, `{"ok":true}`+"\n")
	if w := h.sight.Products[2]; w.Fault != "jam" || w.Flag == "" || w.Stock != 5 {
		t.Errorf("somebody counted a jammed slot, and now it is %+v", w)
	}
	for _, pairs := range [][]string{{"seen", ""}, {"seen", "no-drop"}, {"seen", "jam"}, {"seen", "|double"}} {
		must(t, h.do(form("/service/slot", append(pairs, "pin", secret, "slot", "3")...)), 409, `{"error":"something else came up in that slot meanwhile: look at it before you clear it"}`+"\n")
	}
	must(t, h.do(form("/service/slot", "pin", secret, "slot", "3", "seen", "jam|double")), 200, "")
	want := []sale.Command{sale.CountStock{Slot: 3, Stock: 5, Was: 4, By: by, From: from}, sale.ClearSlot{Slot: 3, Fault: "jam", Flag: "double", By: by, From: from}}
	if !reflect.DeepEqual(h.taken, want) {
		t.Errorf("the shop was told %v", h.taken)
	}
}

// The form carries what it was printed from: what sold since is not brought back.
func TestAPieceThatSoldMeanwhileIsNotCountedAgain(t *testing.T) {
	h := newHouse()
	h.sight.Products[0].Stock = 7 // printed with 8
	const says = `{"error":"it sold meanwhile, or was counted: now 7; nothing was changed"}` + "\n"
	must(t, h.do(form("/service/slot", "pin", secret, "slot", "1", "stock", "9", "was", "8")), 409, says)
	must(t, h.do(form("/service/change", "pin", secret, "slot", "1", "stock", "12", "was", "8", "fen", "400")), 409, says)
	must(t, h.do(form("/service/slot", "pin", secret, "slot", "1", "stock", "9", "was", "x")), 409, says)
	if len(h.taken) != 0 {
		t.Fatalf("a phantom is on the shelf: %v", h.taken)
	}
	must(t, h.do(form("/service/change", "pin", secret, "slot", "1", "stock", "8", "was", "8", "fen", "400")), 200, "")
	must(t, h.do(form("/service/slot", "pin", secret, "slot", "1", "stock", "9", "was", "7")), 200, "")
	want := []sale.Command{
		sale.EditProduct{Slot: 1, Name: "可口可乐 330ml", NameEN: "Coke 330ml", Fen: 400, Stock: -1, Was: 7, By: by, From: from}, // the stock was not touched
		sale.CountStock{Slot: 1, Stock: 9, Was: 7, By: by, From: from},
	}
	if !reflect.DeepEqual(h.taken, want) {
		t.Errorf("the shop was told %v", h.taken)
	}
	tells(t, plain(h.technician("/?no=moved-7")), "✕ 这期间卖出过或有人改过：现在 7 件")
	if page := h.technician("/?no=moved-x&done=left-"); strings.Contains(page, `id="said"`) {
		t.Error("an address puts words on the page")
	}
	if page := h.technician("/?slot=1"); strings.Count(page, `&amp;was=9"`) != 2 || !strings.Contains(page, `?was=1-9_2-0_3-4"`) {
		t.Error("a form does not carry what it was printed from")
	}
}

// The shop looks once more: a sale may begin, or end, after the page looked.
func TestASaleThatComesBetweenIsToldInWords(t *testing.T) {
	for says, change := range map[string]func(*sale.Snapshot){
		"is buying": func(s *sale.Snapshot) { s.Selling = 1 },
		"now 9":     func(s *sale.Snapshot) { s.Products[0].Stock = 9 },
	} {
		for _, pairs := range [][]string{{"/service/slot", "stock", "12"}, {"/service/change", "stock", "12", "fen", "100"}} {
			h := newHouse()
			do := h.Do
			h.Do = func(ctx context.Context, cmd sale.Command) (sale.Reply, error) { change(&h.sight); return do(ctx, cmd) }
			w := h.do(form(pairs[0], append(pairs[1:], "pin", secret, "slot", "1")...))
			if must(t, w, 409, ""); !strings.Contains(w.Body.String(), says) {
				t.Errorf("%v: the technician reads %s instead of %q", pairs, w.Body, says)
			}
		}
	}
}

func TestFillingAllLeavesFaultsAsTheyAre(t *testing.T) {
	h := newHouse()
	must(t, h.do(form("/service/fill", "pin", secret, "stock", "10")), 200, "")
	want := []sale.Command{ // slot 1 is full already
		sale.CountStock{Slot: 2, Stock: 10, By: by, From: from},
		sale.CountStock{Slot: 3, Stock: 10, Was: 4, By: by, From: from},
	}
	if !reflect.DeepEqual(h.taken, want) {
		t.Errorf("the shop was told %v", h.taken)
	}
	if w := h.sight.Products[2]; w.Fault != "jam" || w.Stock != 10 {
		t.Errorf("a jammed slot sells again because somebody filled the machine: %+v", w)
	}
	h = newHouse()
	must(t, h.do(form("/service/fill", "pin", secret, "stock.1", "3", "stock.2", "4")), 200, "")
	if want := []sale.Command{sale.CountStock{Slot: 1, Stock: 3, Was: 10, By: by, From: from}, sale.CountStock{Slot: 2, Stock: 4, By: by, From: from}}; !reflect.DeepEqual(h.taken, want) {
		t.Errorf("the shop was told %v", h.taken)
	}
	for _, pairs := range [][]string{{}, {"stock", "x"}, {"stock.9", "3"}, {"stock.1", "1000"}} {
		must(t, h.do(form("/service/fill", append(pairs, "pin", secret)...)), 400, "")
	}
}

// Somebody buys while the machine is filled: the other slots are filled, and that one is named.
func TestFillingAllLeavesASlotThatIsBeingSold(t *testing.T) {
	for name, prepare := range map[string]func(h *house){
		"buys": func(h *house) { h.sight.Selling = 3 },
		"buys since": func(h *house) {
			do := h.Do
			h.Do = func(ctx context.Context, cmd sale.Command) (sale.Reply, error) {
				h.sight.Selling = 3
				return do(ctx, cmd)
			}
		},
		"bought": func(h *house) { h.sight.Products[2].Stock = 3 }, // printed with 4
	} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse()
			prepare(h)
			must(t, h.do(form("/service/fill", "pin", secret, "stock", "12", "was", "1-10_2-0_3-4")), 200, `{"left":["3"],"ok":true}`+"\n")
			if w := h.sight.Products; w[0].Stock != 12 || w[1].Stock != 12 || w[2].Stock == 12 {
				t.Errorf("%s: filled to %+v", name, w)
			}
			must(t, h.do(form("/service/fill", "pin", secret, "stock", "12", "was", "3-4")), 409,
				`{"error":"slot 3 is left as it was: a customer is buying, or it sold meanwhile; look at it and fill it again","left":["3"]}`+"\n")
		})
	}
	h := newHouse()
	must(t, h.do(form("/service/fill", "pin", secret, "stock", "4", "was", "1-10_2-0_3-2")), 200, `{"ok":true}`+"\n") // slot 3 holds 4 by now
	tells(t, plain(h.technician("/?done=filled-3,12&lang=en")), "✓ Filled, but slot 3, 12 is left as it was")
}

// The answer may be lost: the card is slow, or the book failed under the command. Then the technician must not read "done".
func TestWhatIsNotKnownIsNotCalledDone(t *testing.T) {
	owed := order1(sale.Owed)
	for name, pairs := range map[string][]string{
		"slot":        {"/service/slot", "slot", "3"},
		"change":      {"/service/change", "slot", "1", "fen", "1"},
		"maintenance": {"/service/maintenance", "on", "1"},
		"clear":       {"/service/clear"},
		"fill":        {"/service/fill", "stock", "9"},
		"order":       {"/service/order", "no", string(owed.No), "event", "settled", "how", "cash", "note", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse()
			h.entries, h.refuse = []sale.Entry{owed}, fmt.Errorf("%w: the card is slow", sale.ErrUnknown)
			h.sight.Doubts.Stopped = "three doubts"
			w := h.do(form(pairs[0], append(slices.Clone(pairs[1:]), "pin", secret)...))
			must(t, w, 409, "")
			if name != "fill" { // which names the slots beside
				oneLine(t, w)
			}
			if !strings.Contains(w.Body.String(), "has not done it") {
				t.Errorf("the technician reads %s", w.Body)
			}
		})
	}
}

// Whatever becomes of the order in the same second, the technician reads the shop's own answer to his word.
func TestTheShopsAnswerIsToldWhateverHappensBeside(t *testing.T) {
	owed, closing := order1(sale.Owed), order1(sale.Closing)
	for name, c := range map[string]struct {
		entry sale.Entry
		pairs []string
		reply sale.Refusal
		says  string
	}{
		"too early": {closing, []string{"event", "settled", "how", "cash", "note", "x"}, sale.RefusedEarly, "after 7 days"},
		"foreign":   {owed, []string{"event", "retried"}, sale.RefusedMerchant, "another merchant"},
	} {
		h := newHouse()
		h.entries = []sale.Entry{c.entry}
		h.Do = func(context.Context, sale.Command) (sale.Reply, error) {
			h.turn(func() { // the shop refuses, and the gateway's answer moves the order
				e := &h.entries[0]
				e.State, e.Last, e.Updated = sale.Refunding, sale.Paid, time.Now()
				e.Journal = append(slices.Clone(e.Journal), sale.Line{Event: sale.Paid, State: sale.Refunding, At: time.Now()})
			})
			return sale.Reply{Refusal: c.reply}, nil
		}
		w := h.do(form("/service/order", append(c.pairs, "pin", secret, "no", string(c.entry.No))...))
		if must(t, w, 409, ""); !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: the technician reads %s", name, w.Body)
		}
	}
}

func TestThePageWaitsForTheShopsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		do := h.Do
		h.Do = func(ctx context.Context, cmd sale.Command) (sale.Reply, error) { // the shop is busy for a second
			time.Sleep(time.Second)
			return do(ctx, cmd)
		}
		must(t, h.do(form("/service/maintenance", "pin", secret, "on", "1")), 200, "")
	})
}

func TestABlockedBeamIsToldToWhoeverClears(t *testing.T) {
	h := newHouse()
	h.sight.Products[1].Fault, h.sight.Products[1].Stock = sale.FaultBlocked, 5
	must(t, h.do(form("/service/slot", "pin", secret, "slot", "2")), 200, `{"fault":"blocked","ok":true}`+"\n")
}

func TestARefusalComesBackToThePageInWords(t *testing.T) {
	h := newHouse()
	in := h.signIn(t, "anna")
	browse := func(path string, pairs ...string) string {
		r := with(form(path+"?lang=zh", pairs...), in)
		r.Header.Set("Accept", "text/html")
		w := h.do(r)
		if w.Code != 303 {
			t.Fatalf("%s: answered %d %s", path, w.Code, w.Body)
		}
		return h.do(with(ask("GET", w.Header().Get("Location")), in)).Body.String()
	}
	for _, c := range []struct {
		says  string
		pairs []string
	}{
		{"没有在维护", []string{"/service/maintenance", "on", "0"}}, {"已开始维护", []string{"/service/maintenance", "on", "1"}},
		{"价格以分计", []string{"/service/change", "slot", "1", "fen", "0"}}, {"看过了", []string{"/service/slot", "slot", "3"}},
	} {
		if page := browse(c.pairs[0], c.pairs[1:]...); !strings.Contains(page, c.says) {
			t.Errorf("%v: the technician does not read %s", c.pairs, c.says)
		}
	}
	h.refuse = errors.New("the <book> cannot be written now")
	if page := browse("/service/clear"); !strings.Contains(page, "the &lt;book&gt; cannot be written now") {
		t.Error("the machine's own reason is lost on the way")
	}
	if page := h.get("/?no=said&done=a+stranger+wrote+this&lang=en").Body.String(); strings.Contains(page, "stranger wrote") || strings.Contains(page, "book&gt;") {
		t.Error("an address puts words on the page, or tells a stranger what was said to somebody else")
	}
	for code := range words.Done {
		if !strings.ContainsAny(code, "+.") && doneText(code, "zh") == "" {
			t.Errorf("%s says nothing", code)
		}
	}
	for _, code := range []string{"vend+", "vend.jam", "vend+double", "scan.wechat"} {
		if doneText(code, "en") == "" || doneText(code+"x<b>", "en") != "" {
			t.Errorf("%s: %q, %q", code, doneText(code, "en"), doneText(code+"x<b>", "en"))
		}
	}
}

func TestAFormSaysEachThingOnce(t *testing.T) {
	h := newHouse()
	r := httptest.NewRequest("POST", "/service/slot", strings.NewReader(fmt.Sprintf("pin=%s&slot=1&stock=1&stock=9", secret)))
	r.Host, r.RemoteAddr = "192.168.1.20", "192.168.1.7:1"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	must(t, h.do(r), 400, "")
}

func TestASlotIsTakenOffSaleAndPutBack(t *testing.T) {
	h := newHouse()
	post := func(path string, pairs ...string) *httptest.ResponseRecorder {
		return h.do(form("/service/"+path, append(pairs, "pin", secret)...))
	}
	must(t, post("offer", "slot", "1"), 409, `{"error":"that slot is not off sale"}`+"\n")
	must(t, post("withdraw", "slot", "3"), 409, `{"error":"that slot has a fault and does not sell: look at the fault first"}`+"\n")
	must(t, post("withdraw", "slot", "9"), 400, "")
	h.sight.Selling = 1
	must(t, post("withdraw", "slot", "1"), 409, `{"error":"a customer is buying from that slot: change it when the sale is over"}`+"\n")
	h.sight.Selling = 0
	if page := h.technician("/?slot=1"); strings.Count(page, "/service/withdraw") != 1 || strings.Contains(page, "/service/offer") {
		t.Error("where a slot is changed it is not taken off sale")
	}
	must(t, post("withdraw", "slot", "1"), 200, `{"ok":true}`+"\n")
	must(t, post("withdraw", "slot", "1"), 409, `{"error":"that slot is off sale already"}`+"\n")
	must(t, post("slot", "slot", "1"), 409, `{"error":"that slot was taken off sale by hand: put it back on sale"}`+"\n")
	must(t, post("slot", "slot", "1", "stock", "6"), 200, "")
	must(t, post("fill", "stock", "9"), 200, "")
	if w := h.sight.Products[0]; w.Fault != sale.FaultOffSale || w.Stock != 9 {
		t.Errorf("counting put it back on sale: %+v", w)
	}
	tells(t, plain(h.get("/").Body.String()), "可以售卖，有货道停卖", "货道 1 · 已停卖（技师）", "– 已停卖（技师）")
	tells(t, plain(h.get("/?lang=en").Body.String()), "slot 1 · taken off sale", "Nothing is wrong with it")
	if page := h.technician("/?slot=1"); strings.Count(page, "/service/offer") != 1 || strings.Contains(page, "/service/withdraw") {
		t.Error("a slot that is off sale is not offered its way back")
	}
	h.sight.Products[0].Flag = sale.FaultDouble
	must(t, post("slot", "slot", "1", "seen", "off sale|double"), 200, "") // the flag was looked at; it stays off sale
	must(t, post("offer", "slot", "1"), 200, `{"ok":true}`+"\n")
	if w := h.sight.Products[0]; w.Fault != "" || w.Flag != "" {
		t.Errorf("back on sale: %+v", w)
	}
	if want := []sale.Command{sale.SetOnSale{Slot: 1, By: by, From: from}, sale.SetOnSale{Slot: 1, On: true, By: by, From: from}}; h.taken[0] != want[0] || h.taken[len(h.taken)-1] != want[1] {
		t.Errorf("the shop was told %v", h.taken)
	}
}
