package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/doctor"
	"kiosk/sale"
	"kiosk/status"
)

// drawnLately: a panel is drawn on, or asked, every three seconds.
const drawnLately = 20 * time.Second

// thisBuild names the program by its bytes: of two that were stamped alike only one is the one that was installed. The
// link leads to the running one even where another was put in its place.
var thisBuild = sync.OnceValue(func() string {
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

// ownBuild is this program, as kiosk health compares it with the running one.
func ownBuild() doctor.Build {
	own := builtFrom()
	return doctor.Build{Version: own["version"], Commit: own["commit"], Sum: thisBuild()}
}

// tellSelf gives the page what only this process knows of itself.
func (k *kiosk) tellSelf() {
	start := rand.Text()[:8]
	k.page.Self = func() status.Self {
		return status.Self{Commit: builtFrom()["commit"], Build: thisBuild(), Run: start, Busy: k.busy(), Parts: k.ownParts()}
	}
}

// busy says whom a stop of the service would disturb, "" if nobody. A shop that stands still serves nobody.
func (k *kiosk) busy() string {
	k.trial.mu.Lock()
	scan := k.trial.kind != nil
	k.trial.mu.Unlock()
	switch {
	case k.outputs.RunningOutput() != "":
		return "a motor turns"
	case k.drops.IsVending():
		return "goods are being given out"
	case scan:
		return "a technician tests the scan module"
	case k.clerk.Alive() && k.clerk.Snapshot().Live:
		return "a customer is served"
	}
	return ""
}

// ownParts is how the parts are that goods cannot be sold without.
func (k *kiosk) ownParts() []status.Part {
	why := k.clerk.Snapshot().Why
	fault := func(part string) string {
		if i := slices.IndexFunc(why, func(w sale.Why) bool { return w.Code == part }); i >= 0 {
			return why[i].Text
		}
		return ""
	}
	drawn := k.screen.State()
	panel := status.Part{Part: "panel", Fault: fault("panel"), Answers: drawn.Answers, Text: "draws; it has no wire to read back by"}
	if drawn.Answers {
		panel.Text = "draws and reads back"
	}
	if since := time.Since(drawn.Drawn); panel.Fault == "" && since > drawnLately {
		panel.Fault = "nothing was drawn for " + since.Round(time.Second).String()
		if drawn.Drawn.IsZero() {
			panel.Fault = "nothing was drawn yet"
		}
	}
	parts := []status.Part{panel}
	if k.scanner != nil {
		parts = append(parts, k.scanPart(fault("scanner")))
	}
	n, err := k.outputs.SelfTest()
	pins := status.Part{Part: "pins", Answers: err == nil, Text: fmt.Sprintf("%d outputs are off and answer", n)}
	if on := k.outputs.RunningOutput(); on != "" {
		pins.Text += ", " + on + " is on for a vend"
	}
	if err != nil {
		pins.Fault = config.OneLine(err)
	}
	return append(parts, pins)
}

func (k *kiosk) scanPart(fault string) status.Part {
	st := k.scanner.State()
	p := status.Part{Part: "scanner", Fault: fault, Answers: fault == "" && st.Model != 0, Text: "its line is open"}
	switch {
	case p.Answers:
		p.Text = fmt.Sprintf("model %02x answers", st.Model)
	case k.conf.Scanner.Dialect != "zone":
		p.Text += "; it cannot be asked in its dialect"
	case st.Warn != "":
		p.Text += ", but " + st.Warn
	default:
		p.Text += "; it has not answered yet"
	}
	return p
}
