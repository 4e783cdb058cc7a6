package doctor

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/display"
	"kiosk/hw"
	"kiosk/sale"
	"kiosk/status"
)

// drawnLately: a panel is drawn on, or asked, every three seconds.
const drawnLately = 20 * time.Second

// ProgramSum names the running program by its bytes. Its link in /proc leads there even after another was put in its place.
var ProgramSum = sync.OnceValue(func() string {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return ""
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
})

// Self is the running kiosk as only its own process sees it: what kiosk idle and kiosk health read in /status.json.
type Self struct {
	Shop interface {
		Alive() bool
		Snapshot() sale.Snapshot
	}
	Outputs    *hw.Outputs // may be driven low, never high
	Dispenser  *hw.Dispenser
	Screen     *display.Screen
	Scanner    *hw.Scanner // nil: there is none
	IsScanTest func() bool // a technician tests the scan module
}

// Busy says whom a stop of the service would disturb; "" if nobody. A shop that stands still serves nobody.
func (s *Self) Busy() string {
	switch {
	case s.Outputs.RunningOutput() != "":
		return "a motor turns"
	case s.Dispenser.IsVending():
		return "goods are being given out"
	case s.IsScanTest():
		return "a technician tests the scan module"
	case s.Shop.Alive() && s.Shop.Snapshot().Live:
		return "a customer is served"
	}
	return ""
}

// IsAttended is Busy, and a customer who still reads how it ended: what kiosk idle finds, from inside.
func (s *Self) IsAttended() bool {
	f := s.Shop.Snapshot().Front
	return s.Busy() != "" || s.Shop.Alive() && f != nil && f.No != ""
}

// ListParts are those that goods cannot be sold without.
func (s *Self) ListParts() []status.Part {
	why := s.Shop.Snapshot().Why
	fault := func(part string) string {
		if i := slices.IndexFunc(why, func(w sale.Why) bool { return w.Code == part }); i >= 0 {
			return why[i].Text
		}
		return ""
	}
	parts := []status.Part{s.describePanel(fault("panel"))}
	if s.Scanner != nil {
		parts = append(parts, s.describeScanner(fault("scanner")))
	}
	return append(parts, s.describePins())
}

// describePanel: a panel without a wire to read back by is believed as long as it is drawn on.
func (s *Self) describePanel(fault string) status.Part {
	drawn := s.Screen.State()
	p := status.Part{Part: "panel", Fault: fault, Answers: drawn.Answers, Text: "draws; it has no wire to read back by"}
	if drawn.Answers {
		p.Text = "draws and reads back"
	}
	if since := time.Since(drawn.Drawn); fault == "" && since > drawnLately {
		p.Fault = "nothing was drawn for " + since.Round(time.Second).String()
		if drawn.Drawn.IsZero() {
			p.Fault = "nothing was drawn yet"
		}
	}
	return p
}

// describeScanner: only one dialect lets a module be asked for its model.
func (s *Self) describeScanner(fault string) status.Part {
	st := s.Scanner.State()
	p := status.Part{Part: "scanner", Fault: fault, Answers: fault == "" && st.Model != 0, Text: "its line is open"}
	switch {
	case p.Answers:
		p.Text = fmt.Sprintf("model %02x answers", st.Model)
	case s.Scanner.Dialect != "zone":
		p.Text += "; it cannot be asked in its dialect"
	case st.Warn != "":
		p.Text += ", but " + st.Warn
	default:
		p.Text += "; it has not answered yet"
	}
	return p
}

// describePins drives what is off to off again: an output that takes that is there.
func (s *Self) describePins() status.Part {
	n, err := s.Outputs.SelfTest()
	p := status.Part{Part: "pins", Answers: err == nil, Text: fmt.Sprintf("%d outputs are off and answer", n)}
	if on := s.Outputs.RunningOutput(); on != "" {
		p.Text += ", " + on + " is on for a vend"
	}
	if err != nil {
		p.Fault = config.OneLine(err)
	}
	return p
}
