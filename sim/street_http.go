package sim

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"image/png"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"kiosk/sim/gateway"
)

//go:embed street_page.html
var pageHTML string

//go:embed street_page.css
var pageCSS string

//go:embed street_page.js
var pageJS string

// A form of the street is short; a code is no longer than a module reads.
const (
	formLimit = 16 << 10
	codeLimit = 512
)

// Handler serves everything under /street.
func (s *Street) Handler() http.Handler {
	page := strings.NewReplacer("/*CSS*/", pageCSS, "/*JS*/", pageJS).Replace(pageHTML)
	m := http.NewServeMux()
	m.HandleFunc("/street", serveGet(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, err := w.Write([]byte(page))
		return err
	}))
	m.HandleFunc("/street/glass.png", serveGet(s.serveGlass))
	m.HandleFunc("/street/state.json", serveGet(func(w http.ResponseWriter, r *http.Request) error {
		return writeJSON(w, s.currentState(r.Context()))
	}))
	m.HandleFunc("/street/press", servePost(s.servePress))
	m.HandleFunc("/street/scan", servePost(s.serveScan))
	m.HandleFunc("/street/phone", servePost(s.servePhone))
	m.HandleFunc("/street/password", servePost(s.servePassword))
	m.HandleFunc("/street/plug", servePost(s.servePlug))
	list, put := serveGet(func(w http.ResponseWriter, r *http.Request) error { return writeJSON(w, s.Switches()) }), servePost(s.serveTrouble)
	m.HandleFunc("/street/trouble", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			put(w, r)
			return
		}
		list(w, r)
	})
	m.HandleFunc("/street/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/street/" {
			http.Redirect(w, r, "/street", http.StatusMovedPermanently)
			return
		}
		writeRefusal(w, refuseWith(http.StatusNotFound, "there is nothing at %s", r.URL.Path))
	})
	return guardSite(m)
}

// guardSite refuses what another web site asks: any page in a developer's browser could pull the plug otherwise.
func guardSite(next http.Handler) http.Handler {
	same := http.NewCrossOriginProtection()
	same.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeRefusal(w, refuseWith(http.StatusForbidden, "another site asks for this: use the street's own page"))
	}))
	next = same.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isOwnHost(r.Host) {
			writeRefusal(w, refuseWith(http.StatusMisdirectedRequest, "%q is no name of the street: use its address, or localhost", r.Host))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isOwnHost is true for addresses, localhost and this machine's name. Another name that leads here is DNS rebinding.
func isOwnHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	own, _ := os.Hostname()
	_, err := netip.ParseAddr(host)
	return err == nil || strings.EqualFold(host, "localhost") || strings.EqualFold(strings.TrimSuffix(host, ".local"), own)
}

// serveGet serves what only shows; act serves a form that does something.
func serveGet(do func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			writeRefusal(w, refuseWith(http.StatusMethodNotAllowed, "%s only shows: use GET", r.URL.Path))
			return
		}
		if err := do(w, r); err != nil {
			writeRefusal(w, err)
		}
	}
}

func servePost(do func(w http.ResponseWriter, r *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", "POST")
			writeRefusal(w, refuseWith(http.StatusMethodNotAllowed, "%s does something: use POST", r.URL.Path))
			return
		}
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if kind != "" && kind != "application/x-www-form-urlencoded" {
			writeRefusal(w, refuseWith(http.StatusUnsupportedMediaType, "send a form (application/x-www-form-urlencoded)"))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, formLimit)
		if err := r.ParseForm(); err != nil {
			writeRefusal(w, refuseWith(http.StatusBadRequest, "the form cannot be read"))
			return
		}
		if err := do(w, r); err != nil {
			writeRefusal(w, err)
		}
	}
}

func writeRefusal(w http.ResponseWriter, err error) {
	status := http.StatusConflict
	var r *Refusal
	if errors.As(err, &r) {
		status = r.Status
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}

func writeJSON(w http.ResponseWriter, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	_, err := w.Write(b.Bytes())
	return err
}

// oneOf is a field of the form that must be one of these; the first one stands for an empty field
// if it is empty itself.
func oneOf(r *http.Request, field string, can ...string) (string, error) {
	got := r.PostForm.Get(field)
	for _, c := range can {
		if got == c {
			return got, nil
		}
	}
	return "", refuseWith(http.StatusBadRequest, "%s=%s: say %s", field, got, strings.TrimPrefix(strings.Join(can, ", "), ", "))
}

func (s *Street) serveGlass(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "image/png")
	return png.Encode(w, s.Glass())
}

func (s *Street) servePress(w http.ResponseWriter, r *http.Request) error {
	slot := r.PostForm.Get("slot")
	if slot == "" {
		return refuseWith(http.StatusBadRequest, "say which key: slot=1, or slot=cancel")
	}
	// A finger does not lift because the caller went away.
	if err := s.Press(context.WithoutCancel(r.Context()), slot); err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"slot": slot})
}

func (s *Street) serveScan(w http.ResponseWriter, r *http.Request) error {
	ask, err := oneOf(r, "ask", "", "none", "password")
	if err != nil {
		return err
	}
	code := r.PostForm.Get("code")
	if len(code) > codeLimit || strings.ContainsAny(code, "\r\n\x00") {
		return refuseWith(http.StatusBadRequest, "a code is one line of at most %d characters", codeLimit)
	}
	code, err = s.Scan(context.WithoutCancel(r.Context()), code, r.PostForm.Get("customer"), ask == "password")
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"code": code})
}

func (s *Street) servePhone(w http.ResponseWriter, r *http.Request) error {
	do, err := oneOf(r, "do", "pay", "cancel", "wait")
	if err != nil {
		return err
	}
	got, err := s.Phone(r.Context(), do)
	if err != nil {
		return err
	}
	return writeJSON(w, got)
}

func (s *Street) servePassword(w http.ResponseWriter, r *http.Request) error {
	do, err := oneOf(r, "do", "enter", "cancel")
	if err != nil {
		return err
	}
	if s.plan.Till == nil {
		return refuseWith(http.StatusConflict, "the gateway is not the street's: no phone here asks for a password")
	}
	no, err := s.plan.Till.Password(do)
	if err != nil {
		return refuseWith(http.StatusConflict, "%v", err)
	}
	return writeJSON(w, map[string]string{"out_trade_no": no})
}

func (s *Street) serveTrouble(w http.ResponseWriter, r *http.Request) error {
	what, how := r.PostForm.Get("what"), r.PostForm.Get("how")
	slot := 0
	if what == "slot" {
		n, err := strconv.Atoi(r.PostForm.Get("slot"))
		if err != nil {
			return refuseWith(http.StatusBadRequest, "say which slot: slot=1")
		}
		slot = n
	}
	if err := s.SetTrouble(what, how, slot); err != nil {
		return err
	}
	said := map[string]any{"what": what, "how": how}
	if slot != 0 {
		said["slot"] = slot
	}
	return writeJSON(w, said)
}

func (s *Street) servePlug(w http.ResponseWriter, r *http.Request) error {
	err := writeJSON(w, map[string]string{"plug": "pulled"})
	_ = http.NewResponseController(w).Flush()
	s.Plug()
	return err
}

// currentState is the street at a glance.
func (s *Street) currentState(ctx context.Context) map[string]any {
	var b struct {
		board
		Front json.RawMessage `json:"front"`
	}
	alive := json.Unmarshal(s.askKiosk(ctx, "/status.json"), &b) == nil
	orders := []gateway.Order{}
	if s.plan.Till != nil {
		orders = append(orders, s.plan.Till.Orders()...)
	}
	sent, transfers := s.Panel.Traffic()
	w, h := s.Glass().Bounds().Dx(), s.Glass().Bounds().Dy()
	said := map[string]any{
		"front": b.Front, "kiosk": map[string]any{"answers": alive, "ready": b.Ready, "why": b.Why, "slots": b.Slots},
		"gateway":  map[string]any{"orders": orders, "here": s.plan.Till != nil},
		"slots":    s.slotStates(b.Slots),
		"network":  s.Network.CurrentTrouble(),
		"troubles": s.Switches(),
		"cancel":   s.plan.Cancel != "",
		"panel":    map[string]any{"width": w, "height": h, "lit": s.Panel.Lit(), "bytes": sent, "transfers": transfers},
		"clock":    map[string]any{"wall": s.Clock.Wall().Format(time.RFC3339), "synced": s.Clock.Synced()},
		"uptime_s": int(time.Since(s.born).Seconds()), "violations": s.Violations(),
	}
	if err := s.Unkept(); err != nil {
		said["unkept"] = err.Error()
	}
	return said
}

// slotStates joins what the street saw of each slot with what the kiosk says of it.
func (s *Street) slotStates(told []shelf) []map[string]any {
	all := []map[string]any{}
	for _, slot := range s.slots {
		c := slot.Done()
		one := map[string]any{
			"number": c.Number, "turned": c.Turned, "dropped": c.Dropped, "started": c.Started,
			"turning": slot.Turning(), "trouble": slot.CurrentTrouble(),
		}
		for _, t := range told {
			if t.Number == c.Number {
				one["name"], one["fen"], one["stock"], one["fault"] = t.Name, t.Fen, t.Stock, t.Fault
			}
		}
		all = append(all, one)
	}
	return all
}
