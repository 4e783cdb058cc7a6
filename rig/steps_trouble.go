package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kiosk/rig/street"
)

// offWithin is how soon after the death of the kiosk nothing may turn any more.
const offWithin = 3 * time.Second

func allOff(r *rig) (string, error) {
	took, err := r.off()
	return fmt.Sprintf("status 0 after %.2f s; %s low, %.1f ms after the pins were found", took.Seconds(), names(street.Actuators()), r.offTook), err
}

// offMost is how long kiosk off may take once it has found the pins, in milliseconds.
const offMost = 50

var offSays = regexp.MustCompile(`off, ([0-9.]+) ms after the pins were found`)

// off runs kiosk off and wants every actuator low.
func (r *rig) off() (time.Duration, error) {
	began := time.Now()
	said, err := r.Hand.Call("/kiosk", "-config", r.conf, "off")
	took := time.Since(began)
	if err != nil {
		return took, err
	}
	if said.Code != 0 {
		return took, fmt.Errorf("kiosk off: status %d: %s", said.Code, said.Err)
	}
	m := offSays.FindStringSubmatch(said.Out)
	if m == nil {
		return took, fmt.Errorf("kiosk off does not tell how long it took: %q", said.Out)
	}
	if r.offTook, err = strconv.ParseFloat(m[1], 64); err != nil || r.offTook > offMost {
		return took, fmt.Errorf("the outputs went off %s ms after the pins were found, %d are allowed", m[1], offMost)
	}
	for _, pin := range street.Actuators() {
		v, err := r.Hand.Ask(street.Message{Do: "value", Pin: pin})
		if err != nil {
			return took, err
		}
		if v.Level != 0 {
			return took, fmt.Errorf("kiosk off left GPIO%d high", pin)
		}
	}
	return took, nil
}

func names(pins []int) string {
	var all []string
	for _, p := range pins {
		all = append(all, fmt.Sprint("GPIO", p))
	}
	return strings.Join(all, ", ")
}

// A customer whose code is not taken holds it there again.
const (
	holdAgain = 5 * time.Second
	holds     = 3
)

func sellByCode(r *rig) (string, error) {
	s := street.Shelves[0]
	code, err := r.Choose(s)
	if err != nil {
		return "", err
	}
	before := map[string]bool{}
	orders, err := r.Page.Orders()
	if err != nil {
		return "", err
	}
	for _, o := range orders {
		before[o.No] = true
	}
	shown, held := time.Now(), 0
	payCode, no := r.Till.NewCode(false), ""
	if _, err := r.Await("an order by code", func() (bool, string) {
		if since := time.Since(shown); since >= time.Duration(held)*holdAgain && held < holds {
			held++
			if err := r.Scan.Scan(context.Background(), payCode); err != nil {
				return false, err.Error()
			}
		}
		all, err := r.Page.Orders()
		for _, o := range all {
			if !before[o.No] && o.Means == "code" {
				no = o.No
			}
		}
		return no != "", fmt.Sprintf("%d orders, none by code, held %d times; the glass had %s %v", len(all), held, code, err)
	}); err != nil {
		return "", err
	}
	seen, err := r.Sold(no, s, shown)
	if held > 1 {
		seen += fmt.Sprintf("\nthe code was held to the module %d times", held)
	}
	return seen, err
}

// refunded waits until book and gateway say that the money is back.
func (r *rig) refunded(no string) (street.BookOrder, time.Duration, error) {
	o, took, err := r.AwaitOrder(no, "refunded")
	if err != nil {
		return o, took, err
	}
	g, known := r.Till.Order(no)
	if !known || g.RefundedFen != g.Fen || g.Fen != street.FenOne {
		return o, took, fmt.Errorf("the gateway gave %d of %d fen back for %s", g.RefundedFen, g.Fen, no)
	}
	return o, took, nil
}

func jam(r *rig) (string, error) {
	s := street.Shelves[1]
	if err := r.Trouble(s, "jam"); err != nil {
		return "", err
	}
	no, err := r.Buy(s)
	if err != nil {
		return "", err
	}
	o, took, err := r.refunded(no)
	if err != nil {
		return "", err
	}
	see, err := r.Page.Look()
	if err == nil && see.Fault(s.Number) == "" {
		err = fmt.Errorf("slot %d still sells", s.Number)
	}
	if err == nil && r.Trace.Level(s.Motor) != 0 {
		err = fmt.Errorf("the motor of slot %d is still on", s.Number)
	}
	return fmt.Sprintf("%s: %s, refunded %d fen at the gateway after %.1f s, slot set aside: %s\n%s",
		no, o.Fault, o.Fen, took.Seconds(), see.Fault(s.Number), o.Path()), err
}

func unplug(r *rig) (string, error) {
	if err := r.Scan.Unplug(); err != nil {
		return "", err
	}
	var see street.Sight
	took, err := r.Await("not ready", func() (bool, string) {
		var err error
		see, err = r.Page.Look()
		code, _ := r.Page.Status("/readyz")
		return err == nil && code == 503 && strings.Contains(see.Reasons(), "scan"), fmt.Sprint(code, see.Reasons(), err)
	})
	if err != nil {
		return "", err
	}
	seen, err := r.expect(r.conf, 1, unplugged)
	return fmt.Sprintf("not ready after %.1f s: %s\nkiosk check: %s", took.Seconds(), see.Reasons(), seen), err
}

func replug(r *rig) (string, error) {
	before, err := r.Page.Look()
	if err != nil {
		return "", err
	}
	if err := r.Scan.Plug(); err != nil {
		return "", err
	}
	took, err := r.AwaitReady()
	if err != nil {
		return "", err
	}
	after, err := r.Page.Look()
	if err == nil && after.Uptime < before.Uptime {
		err = fmt.Errorf("the kiosk has been restarted: up for %d s, before %d s", after.Uptime, before.Uptime)
	}
	if err != nil {
		return "", err
	}
	sold, err := sellByCode(r)
	if setup := r.Scan.Zone(street.ZoneSetup); r.dialect == "zone" && setup&street.SetupBits != street.SetupOff && err == nil {
		err = fmt.Errorf("zone 0003 is %02X: any customer may reset the scan module with a printed code", setup)
	}
	return fmt.Sprintf("ready after %.1f s, the same process, up for %d s; mode %02X, setup codes %02X; then\n%s", took.Seconds(),
		after.Uptime, r.Scan.Zone(street.ZoneMode), r.Scan.Zone(street.ZoneSetup), sold), err
}

// killed takes the process away while a motor is on. Its unit calls kiosk off, and so does the agent.
func killed(r *rig) (string, error) {
	s := street.Shelves[2]
	no, err := r.Buy(s)
	if err != nil {
		return "", err
	}
	r.carry(no)
	e, err := r.stop(int(syscall.SIGKILL))
	if err != nil {
		return "", err
	}
	if e.status != 128+int(syscall.SIGKILL) || !slices.Contains(e.on, s.Motor) {
		return "", fmt.Errorf("status %d, and of %v GPIO%d was not on when it had died: this shows nothing", e.status, e.on, s.Motor)
	}
	if _, err := r.Await("the motor's end in the trace", func() (bool, string) { return r.Trace.Level(s.Motor) == 0, "high" }); err != nil {
		return "", err
	}
	seen, low := "", time.Duration(0)
	for _, c := range r.Trace.All() {
		if c.Pin == s.Motor && c.Boot == r.Trace.Boot() {
			seen += "\n" + c.String()
			low = c.At
		}
	}
	for _, pin := range street.Actuators() {
		v, err := r.Hand.Ask(street.Message{Do: "value", Pin: pin})
		if err != nil {
			return "", err
		}
		if v.Level != 0 {
			return "", fmt.Errorf("GPIO%d is high after kiosk off", pin)
		}
	}
	if low-e.told > offWithin {
		err = fmt.Errorf("the motor was low %v after kill -9, not within %v", low-e.told, offWithin)
	}
	return fmt.Sprintf("%s; killed at %.3f s, the pin stayed high, kiosk off had all low %.3f s after the kill and ended %.3f s after it%s",
		no, e.told.Seconds(), (low - e.told).Seconds(), (e.off - e.told).Seconds(), seen), err
}

// carry remembers an order for the step after.
func (r *rig) carry(no string) { r.open = no }

func afterKill(r *rig) (string, error) {
	seen, err := run(r)
	if err != nil {
		return seen, err
	}
	o, took, err := r.refunded(r.open)
	if err == nil {
		err = r.NoTurn()
	}
	return fmt.Sprintf("%s\n%s refunded after %.1f s, no second turn\n%s", seen, o.No, took.Seconds(), o.Path()), err
}
