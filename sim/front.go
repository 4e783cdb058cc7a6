package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// board is the part of the kiosk's /status.json that the street reads.
type board struct {
	Ready bool            `json:"ready"`
	Why   json.RawMessage `json:"why"`
	Front *struct {
		Screen string `json:"screen"`
		No     string `json:"no"`
		Slot   int    `json:"slot"`
	} `json:"front"`
	Slots []shelf `json:"slots"`
}

// shelf is a slot as the kiosk's page tells of it.
type shelf struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	Fen    int64  `json:"fen"`
	Stock  int    `json:"stock"`
	Fault  string `json:"fault"`
}

// The kiosk's own page answers within this, or counts as silent.
const boardPatience = 2 * time.Second

// askKiosk reads a page of the kiosk; nil if it does not answer.
func (s *Street) askKiosk(ctx context.Context, path string) []byte {
	s.mu.Lock()
	kiosk := s.kiosk
	s.mu.Unlock()
	if kiosk == nil {
		return nil
	}
	ctx, done := context.WithTimeout(ctx, boardPatience)
	defer done()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1"+path, nil)
	if err != nil {
		return nil
	}
	r.RemoteAddr = "127.0.0.1:1"
	page := &caught{status: http.StatusOK, header: http.Header{}}
	kiosk.ServeHTTP(page, r)
	if page.status != http.StatusOK {
		return nil
	}
	return page.body.Bytes()
}

// caught catches what a handler says.
type caught struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (a *caught) Header() http.Header         { return a.header }
func (a *caught) WriteHeader(status int)      { a.status = status }
func (a *caught) Write(b []byte) (int, error) { return a.body.Write(b) }

// acceptsKeys tells whether the front takes this key now: nil, or a Refusal and why.
func (s *Street) acceptsKeys(ctx context.Context, which string) error {
	var b board
	if json.Unmarshal(s.askKiosk(ctx, "/status.json"), &b) != nil {
		return refuseWith(http.StatusConflict, "the kiosk does not answer")
	}
	screen := ""
	if b.Front != nil {
		screen = b.Front.Screen
		if screen == "asking" && b.Front.No == "" {
			screen = "qr" // no order is born yet: the choice can be changed, as beside a code
		}
	}
	switch screen {
	case "qr":
		if which == "cancel" || s.keys[which] == s.Key(b.Front.Slot) {
			return nil
		}
		if !b.takesOrders() {
			return refuseWith(http.StatusConflict, "the kiosk is not selling: %s", b.whyNot())
		}
		return b.sellsSlot(s, which)
	case "", "idle", "thanks", "sorry", "refunding":
		if which == "cancel" && b.Front != nil && b.Front.Screen != "idle" {
			return nil // it puts the screen away
		}
		if which == "cancel" {
			return refuseWith(http.StatusConflict, "there is nothing to cancel")
		}
		if !b.takesOrders() {
			return refuseWith(http.StatusConflict, "the kiosk is not selling: %s", b.whyNot())
		}
		return b.sellsSlot(s, which)
	case "offline", "closed", "maintenance":
		return refuseWith(http.StatusConflict, "the kiosk is not selling: %s", b.whyNot())
	}
	return refuseWith(http.StatusConflict, "the front is busy: %s", screen)
}

// sellsSlot tells whether a slot has goods and no fault; one that the page does not name gets the benefit of the doubt.
func (b board) sellsSlot(s *Street, which string) error {
	for _, x := range b.Slots {
		if s.keys[which] != s.Key(x.Number) {
			continue
		}
		if x.Fault != "" {
			return refuseWith(http.StatusConflict, "slot %d is out of order: %s", x.Number, x.Fault)
		}
		if x.Stock <= 0 {
			return refuseWith(http.StatusConflict, "slot %d is sold out", x.Number)
		}
	}
	return nil
}

// takesOrders tells whether a key is taken: of a kiosk that is ready, and of one whose orders were refused lately.
func (b board) takesOrders() bool {
	var why []struct{ Code string }
	return b.Ready || json.Unmarshal(b.Why, &why) == nil && len(why) == 1 && why[0].Code == "refused"
}

// whyNot is the kiosk's own word on why it does not sell.
func (b board) whyNot() string {
	var why []struct{ Code, Text string }
	if json.Unmarshal(b.Why, &why) != nil || len(why) == 0 {
		return "it gives no reason"
	}
	if why[0].Text != "" {
		return why[0].Text
	}
	return why[0].Code
}

// Key is the key of a slot, for what no finger does to it; nil if there is none.
func (s *Street) Key(slot int) *Key { return s.keys[slotName(slot)] }
