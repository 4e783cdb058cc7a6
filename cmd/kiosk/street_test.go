//go:build sim

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// machine is a kiosk in its street: one process, spoken to over HTTP only.
type machine struct {
	t    *testing.T
	addr string
	dir  string   // -data
	args []string // before run
	env  []string // beside the test's own
	cmd  *exec.Cmd
	done chan struct{} // the process has ended
	said *journal
	lies bool         // a switch or a barrier says nothing: the spiral may leave home once more before anybody knows
	web  http.Handler // a kiosk inside a bubble, where sockets cannot be used
}

// journal is what the process printed.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// aMachine starts a kiosk in a street of its own and waits until it sells.
func aMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, addr: freeAddr(t), dir: t.TempDir()}
	m.args = []string{"-data", m.dir, "-addr", m.addr}
	m.start()
	m.waitReady()
	return m
}

// withConfig starts one from a config file; it may never get ready.
func withConfig(t *testing.T, addr, dir, file string) *machine {
	t.Helper()
	m := &machine{t: t, addr: addr, dir: dir, args: []string{"-config", file}}
	m.start()
	return m
}

// start starts the process and waits until it serves.
func (m *machine) start() {
	m.t.Helper()
	m.startUnasked()
	m.until("the kiosk serves its page", func() bool {
		select {
		case <-m.done:
			m.t.Fatalf("the kiosk ended at once: %s", m.said)
		default:
		}
		status, _ := m.get("/healthz")
		return status != 0
	})
}

// startUnasked starts the process, again if it was killed.
func (m *machine) startUnasked() {
	m.t.Helper()
	m.said = &journal{}
	m.cmd = exec.Command(program, append(slices.Clone(m.args), "run")...)
	m.cmd.Stdout, m.cmd.Stderr = m.said, m.said
	m.cmd.Env = append(os.Environ(), m.env...)
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	cmd, done, said := m.cmd, make(chan struct{}), m.said
	m.done = done
	go func() { _ = cmd.Wait(); close(done) }()
	m.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
		told := said.String()
		if strings.Contains(told, "DATA RACE") || strings.Contains(told, "panic: ") {
			m.t.Error("the program has a race or fell over itself")
		}
		if m.t.Failed() {
			m.t.Logf("the process at %s said:\n%s", m.addr, told)
		}
	})
}

// until waits for a condition; what stands for it in the failure. It says how long it took.
func (m *machine) until(what string, ok func() bool) time.Duration {
	m.t.Helper()
	return m.within(patience, what, ok)
}

func (m *machine) within(most time.Duration, what string, ok func() bool) time.Duration {
	m.t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > most {
			_, state := m.get("/street/state.json")
			_, orders := m.get("/orders.json")
			m.t.Fatalf("waited %v, and never: %s\nstreet: %s\norders: %s", most, what, state, orders)
		}
		time.Sleep(glance)
	}
	return time.Since(began)
}

func (m *machine) waitReady() {
	m.t.Helper()
	m.until("the kiosk sells", func() bool { status, _ := m.get("/readyz"); return status == 200 })
}

var browser = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// get asks for a path: status 0 if nobody answers.
func (m *machine) get(path string) (int, string) {
	if m.web != nil {
		r := httptest.NewRequest("GET", "http://127.0.0.1"+path, nil)
		r.RemoteAddr = "127.0.0.1:1" // as on the machine itself: a stranger sees no whole order number
		return m.ask(r)
	}
	return spoke(browser.Get("http://" + m.addr + path))
}

// post sends a form to the street.
func (m *machine) post(path, form string) (int, string) {
	if m.web != nil {
		r := httptest.NewRequest("POST", "http://"+m.addr+"/street/"+path, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return m.ask(r)
	}
	return spoke(browser.Post("http://"+m.addr+"/street/"+path, "application/x-www-form-urlencoded", strings.NewReader(form)))
}

// ask hands a request to the kiosk inside the bubble.
func (m *machine) ask(r *http.Request) (int, string) {
	w := httptest.NewRecorder()
	m.web.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func spoke(r *http.Response, err error) (int, string) {
	if err != nil {
		return 0, err.Error()
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, err.Error()
	}
	return r.StatusCode, string(b)
}

// must posts what has to be taken, and reads the answer.
func (m *machine) must(path, form string) map[string]any {
	m.t.Helper()
	status, body := m.post(path, form)
	if status != 200 {
		m.t.Fatalf("POST %s %s: %d %s", path, form, status, body)
	}
	var a map[string]any
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		m.t.Fatalf("POST %s %s answered no JSON: %q", path, form, body)
	}
	return a
}

func (m *machine) trouble(what, how string) {
	m.t.Helper()
	m.must("trouble", url.Values{"what": {what}, "how": {how}}.Encode())
}

func (m *machine) slotTrouble(slot int, how string) {
	m.t.Helper()
	m.must("trouble", fmt.Sprintf("what=slot&slot=%d&how=%s", slot, how))
}

// street is the part of state.json that the contract names.
type street struct {
	Front   *front
	Gateway struct {
		Orders []struct {
			No       string `json:"out_trade_no"`
			State    string
			Fen      int64
			Refunded int64 `json:"refunded_fen"`
		}
	}
	Slots []struct {
		Number, Turned, Dropped, Started int
		Turning                          bool
	}
	Network    string
	Violations []string
}

type front struct {
	Screen, No string
	Slot       int
	Fen        int64
}

type bought struct {
	No, State, Means string
	Slot             int
	Fen              int64
	Created, Updated time.Time
	Transaction      string `json:"transaction_id"`
	Why              string
	Journal          []struct {
		Event, State string
		At           time.Time
	}
}

// been tells whether the order was ever in a state.
func (b bought) been(state string) (n int) {
	for _, l := range b.Journal {
		if l.State == state && l.Event != "remark" {
			n++
		}
	}
	return n
}

func (m *machine) read(path string, into any) {
	m.t.Helper()
	status, body := m.get(path)
	for began := time.Now(); status == 503 && path != "/readyz" && time.Since(began) < patience; status, body = m.get(path) {
		time.Sleep(glance) // the page says "not now" rather than wait for long
	}
	if status != 200 && path != "/readyz" {
		m.t.Fatalf("GET %s: %d %s", path, status, body)
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		m.t.Fatalf("GET %s answered %q: %v", path, body, err)
	}
}

func (m *machine) street() (s street) { m.t.Helper(); m.read("/street/state.json", &s); return s }

func (m *machine) orders() (o []bought) {
	m.t.Helper()
	m.read("/orders.json?limit=1000", &o)
	return o
}

// order is the newest one.
func (m *machine) order() bought {
	m.t.Helper()
	all := m.orders()
	if len(all) == 0 {
		return bought{}
	}
	return all[0]
}

// screen is the front's; "" while nobody is served.
func (m *machine) screen() string { m.t.Helper(); return m.front().Screen }

// front is what a customer sees; empty while nobody is served.
func (m *machine) front() front {
	m.t.Helper()
	var s struct{ Front *front }
	m.read("/status.json", &s)
	if s.Front == nil {
		return front{}
	}
	return *s.Front
}

// stocked is how many the kiosk believes to be in a slot.
func (m *machine) stocked(slot int) int {
	m.t.Helper()
	var s struct{ Slots []struct{ Number, Stock int } }
	m.read("/status.json", &s)
	for _, x := range s.Slots {
		if x.Number == slot {
			return x.Stock
		}
	}
	m.t.Fatalf("status.json knows no slot %d", slot)
	return 0
}

type readiness struct {
	Ready bool
	Why   []struct{ Code, Text string }
}

func (r readiness) has(code string) bool {
	for _, w := range r.Why {
		if w.Code == code && w.Text != "" {
			return true
		}
	}
	return false
}

// untilNot waits until the kiosk does not sell for this reason.
func (m *machine) untilNot(code string) {
	m.t.Helper()
	m.until("not ready, and "+code+" is why", func() bool {
		status, body := m.get("/readyz")
		var r readiness
		return json.Unmarshal([]byte(body), &r) == nil && status == 503 && !r.Ready && r.has(code)
	})
}

// showQR presses a key and waits for the code on the glass. A customer whose press was not seen presses again: on a busy
// machine the kiosk may look at a key only after it was let go.
func (m *machine) showQR(slot int) string {
	m.t.Helper()
	press := func() { m.must("press", fmt.Sprintf("slot=%d", slot)) }
	press()
	pressed, no := time.Now(), ""
	m.until("a QR code is shown", func() bool {
		s := m.street()
		if time.Since(pressed) > 15*time.Second && (s.Front == nil || s.Front.Screen == "idle") {
			m.t.Logf("slot %d: nothing came of the press, pressed again", slot)
			press()
			pressed = time.Now()
		}
		if s.Front != nil && s.Front.Screen == "qr" && s.Front.Slot == slot {
			no = s.Front.No
		}
		return no != ""
	})
	return no
}

// phone does something with the code on the glass and answers the order it paid.
func (m *machine) phone(do string) string {
	m.t.Helper()
	a := m.must("phone", "do="+do)
	text, _ := a["text"].(string)
	no, _ := a["out_trade_no"].(string)
	if text == "" {
		m.t.Fatalf("the phone read %v", a)
	}
	return no
}

// untilState waits until the book has an order in a state, and the front has left a vend that has ended: the shop writes first,
// then shows.
func (m *machine) untilState(no, state string) time.Duration {
	m.t.Helper()
	return m.until("order "+no+" is "+state, func() bool {
		there := slices.ContainsFunc(m.orders(), func(o bought) bool { return o.No == no && o.State == state })
		f := m.front()
		return there && (state == "vending" || f.Screen != "vending" || f.No != no)
	})
}

// pull pulls the plug and waits for the process to die of it.
func (m *machine) pull() {
	m.t.Helper()
	m.post("plug", "")
	m.ended("the plug was pulled, and the process lives")
	if st, ok := m.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !st.Signaled() || st.Signal() != syscall.SIGKILL {
		m.t.Fatalf("the plug was pulled, and the process ended with %v", m.cmd.ProcessState)
	}
}

func (m *machine) ended(what string) {
	m.t.Helper()
	select {
	case <-m.done:
	case <-time.After(patience):
		m.t.Fatal(what)
	}
}

// stop ends the service as the service manager does.
func (m *machine) stop() {
	m.t.Helper()
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		m.t.Fatal(err)
	}
	m.ended("told to stop, and it never ends")
	if m.cmd.ProcessState.ExitCode() != 0 {
		m.t.Errorf("told to stop, it ended with %v: %s", m.cmd.ProcessState, m.said)
	}
}

// does calls another command on the same data.
func (m *machine) does(args ...string) spoken {
	m.t.Helper()
	return kioskDoes(m.t, append(slices.Clone(m.args), args...)...)
}

// picture reads a PNG.
func (m *machine) picture(path string) (image.Image, error) {
	ctx, cancel := context.WithTimeout(m.t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.addr+path, nil)
	if err != nil {
		return nil, err
	}
	a, err := browser.Do(r)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "image/png" {
		return nil, errors.New(path + ": " + a.Status)
	}
	return png.Decode(a.Body)
}

// fair is the judge: by the book, the gateway and the shelves, never by the screen.
func (m *machine) fair() {
	m.t.Helper()
	s, book := m.street(), map[string]bought{}
	vends := map[int]int{}
	for _, o := range m.orders() {
		book[o.No] = o
		vends[o.Slot] += o.been("vending")
		if o.been("vending") > 1 {
			m.t.Errorf("%s went twice to the motor: %+v", o.No, o.Journal)
		}
		young := o.State == "closing" && time.Since(o.Updated) < 6*time.Minute
		if !slices.Contains([]string{"sold", "closed", "refunded"}, o.State) && !young {
			m.t.Errorf("%s is no end: %s since %v", o.No, o.State, o.Updated)
		}
	}
	sold := map[int]int{}
	for _, g := range s.Gateway.Orders {
		o, known := book[g.No]
		paid := (g.State == "SUCCESS" || g.State == "REFUND") && g.Refunded < g.Fen
		switch {
		case !known:
			m.t.Errorf("the gateway has an order %s that the book does not know", g.No)
		case paid && o.State == "sold":
			sold[o.Slot]++
		case paid:
			m.t.Errorf("%s: kept the money (%d fen, %d back) and gave no goods: it is %s", g.No, g.Fen, g.Refunded, o.State)
		case o.State == "sold":
			m.t.Errorf("%s: sold, but the gateway says %s, %d of %d fen back", g.No, g.State, g.Refunded, g.Fen)
		}
	}
	for _, x := range s.Slots {
		if !m.lies && (x.Started > vends[x.Number] || x.Turned > vends[x.Number]) {
			m.t.Errorf("slot %d started %d times and turned %d times for %d paid orders", x.Number, x.Started, x.Turned, vends[x.Number])
		}
		if x.Dropped < sold[x.Number] {
			m.t.Errorf("slot %d: %d sold, %d dropped: somebody paid for nothing", x.Number, sold[x.Number], x.Dropped)
		}
	}
	if len(s.Violations) > 0 {
		m.t.Errorf("real parts would have taken this badly: %q", s.Violations)
	}
	if got := m.does("audit"); got.code != 0 {
		m.t.Errorf("audit: %+v", got)
	}
}

// counts are what a slot did.
func (m *machine) counts(slot int) (turned, dropped int) {
	m.t.Helper()
	for _, x := range m.street().Slots {
		if x.Number == slot {
			return x.Turned, x.Dropped
		}
	}
	m.t.Fatalf("the street has no slot %d", slot)
	return 0, 0
}
