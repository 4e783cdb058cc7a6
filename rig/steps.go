package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"kiosk/sim"
)

const (
	bufsizGood = 65536
	bufsizPoor = 4096 // what a board has whose cmdline.txt says nothing
)

// scenario is the whole run.
var scenario = []step{
	{"power on", powerOn(bufsizGood, "zone")},
	{"kiosk off", allOff},
	{"kiosk check, fresh card", checkFresh},
	{"kiosk check, a missing pin", checkPin},
	{"kiosk run", run},
	{"kiosk check, beside it", checkBeside},
	{"a key, the code on the glass", showCode},
	{"a phone pays, goods fall", sellNative},
	{"a sale by payment code", sellByCode},
	{"a spiral jams", jam},
	{"the scan module is pulled", unplug},
	{"and put back", replug},
	{"the panel's bus fails", busFails},
	{"one transfer fails, a sale", transferFails},
	{"kill -9 in mid-vend, off", killed},
	{"the kiosk runs again", afterKill},
	{"power cut at the code", cutAtCode},
	{"power on, bufsiz 4096", powerOn(bufsizPoor, "none")},
	{"kiosk check, bufsiz 4096", checkBufsiz},
	{"paid in the dark: refunded", afterCutAtCode},
	{"a sale by code, as it is", sellAgain},
	{"power cut, motor on", cutInVend},
	{"power on", powerOn(bufsizGood, "zone")},
	{"refunded, nothing turned", afterCutInVend},
	{"the kiosk stops when told", stopped},
	{"a motor left on, it starts", startsWithMotorOn},
	{"kiosk check, at rest", checkAtRest},
	{"kiosk audit", audit},
	{"money and goods", judge},
	{"how long actuators were on", onTimes},
}

func powerOn(bufsiz int, dialect string) func(*rig) (string, error) {
	return func(r *rig) (string, error) {
		began := time.Now()
		r.dialect, r.conf = dialect, confOf(dialect)
		r.scan = newScanModule() // a module that was told to read on command would stay so
		if err := r.boot(bufsiz); err != nil {
			return "", err
		}
		v, err := r.hand.call("/kiosk", "version")
		if err != nil || v.Code != 0 {
			return "", fmt.Errorf("kiosk version: status %d: %s %w", v.Code, v.Err, err)
		}
		kernel, err := r.hand.ask(message{Do: "read", Path: "/proc/sys/kernel/osrelease"})
		return fmt.Sprintf("the agent is there after %.1f s, Linux %s\n%s", time.Since(began).Seconds(),
			strings.TrimSpace(kernel.Out), v.Out), err
	}
}

// run starts the kiosk and waits until it can sell.
func run(r *rig) (string, error) {
	if err := r.start(); err != nil {
		return "", err
	}
	up, err := r.await("the status page", func() (bool, string) {
		code, err := r.page.status("/healthz")
		return code == 200, fmt.Sprint(code, err)
	})
	if err != nil {
		return "", err
	}
	ready, err := r.awaitReady()
	return fmt.Sprintf("page after %.1f s, ready %.1f s later, glass lit: %v", up.Seconds(), ready.Seconds(), r.glass.panel.Lit()), err
}

func (r *rig) awaitReady() (time.Duration, error) {
	return r.await("the kiosk to be ready", func() (bool, string) {
		s, err := r.page.look()
		code, _ := r.page.status("/readyz")
		return err == nil && s.Ready && code == 200, fmt.Sprint(code, " ", s.reasons(), err)
	})
}

// A customer whose press is not taken presses again.
const (
	pressFor   = 200 * time.Millisecond
	pressAgain = 6 * time.Second
)

// choose presses a slot's key and reads the code that then is on the glass.
func (r *rig) choose(s shelf) (code string, err error) {
	var pressed time.Time
	_, err = r.await("a code on the glass", func() (bool, string) {
		see, err := r.page.look()
		if err == nil && (pressed.IsZero() || see.screen() == "idle" && time.Since(pressed) > pressAgain) {
			if !pressed.IsZero() {
				fmt.Fprintf(r.log, "rig: pressing the key of slot %d again\n", s.number)
			}
			if _, err := r.hand.ask(message{Do: "press", Pin: s.key, MS: int(pressFor / time.Millisecond)}); err != nil {
				return false, err.Error()
			}
			pressed = time.Now()
			return false, "pressed"
		}
		if err != nil || see.screen() != "qr" || see.Front.Slot != s.number {
			return false, fmt.Sprintf("screen %s, %s %v", see.screen(), see.reasons(), err)
		}
		picture, err := r.page.picture()
		if err != nil || differ(picture, r.glass.picture()) > 0 {
			return false, "the glass is not what the driver believes"
		}
		code, err = r.glass.code()
		return err == nil, fmt.Sprint("glass: ", err)
	})
	return code, err
}

func showCode(r *rig) (string, error) {
	began := time.Now()
	code, err := r.choose(shelves[0])
	if err != nil {
		return "", err
	}
	took := time.Since(began)
	png := filepath.Join(r.board.last, "qr.png")
	if err := savePNG(png, r.glass.picture()); err != nil {
		return "", err
	}
	out, err := exec.Command("zbarimg", "-q", "--raw", png).Output()
	if err != nil {
		return "", fmt.Errorf("zbarimg reads nothing from %s: %w", png, err)
	}
	if strings.TrimSpace(string(out)) != code {
		return "", fmt.Errorf("zbarimg reads %q, the phone %q", strings.TrimSpace(string(out)), code)
	}
	return fmt.Sprintf("%s after %.1f s; zbarimg and phone read the same, glass and /panel.png are one", png, took.Seconds()), nil
}

// pay lets a phone scan the glass and pay.
func (r *rig) pay() (no string, err error) {
	code, err := r.glass.code()
	if err != nil {
		return "", err
	}
	no, text, err := r.till.Pay(code, "pay")
	if err == nil && text != sim.PhonePaid {
		err = fmt.Errorf("the phone says %s", text)
	}
	return no, err
}

// awaitOrder waits until the book has an order in a state.
func (r *rig) awaitOrder(no, state string) (o bookOrder, took time.Duration, err error) {
	took, err = r.await("order "+no+" to be "+state, func() (bool, string) {
		all, err := r.page.orders()
		for _, o = range all {
			if o.No == no {
				return o.State == state, o.path()
			}
		}
		return false, fmt.Sprint(len(all), " orders, not this one ", err)
	})
	return o, took, err
}

// thanks waits for the thanks screen, by word and by glass.
func (r *rig) thanks(slot int) error {
	_, err := r.await("the thanks screen", func() (bool, string) {
		s, err := r.page.look()
		if err != nil || s.screen() != "thanks" || s.Front.Slot != slot {
			return false, fmt.Sprint(s.screen(), err)
		}
		picture, err := r.page.picture()
		return err == nil && differ(picture, r.glass.picture()) == 0, "the glass is not what the driver believes"
	})
	if err != nil {
		return err
	}
	if code, err := r.glass.code(); err == nil {
		return fmt.Errorf("a code is still on the glass: %s", code)
	}
	return savePNG(filepath.Join(r.board.last, "thanks.png"), r.glass.picture())
}

func sellNative(r *rig) (string, error) {
	no, err := r.pay()
	if err != nil {
		return "", err
	}
	return r.sold(no, shelves[0], time.Now())
}

// sold waits for the goods of a paid order.
func (r *rig) sold(no string, s shelf, paid time.Time) (string, error) {
	r.turned[s.number]++
	if _, err := r.await("the motor", func() (bool, string) {
		return r.trace.starts(s.motor) == r.turned[s.number], fmt.Sprint(r.trace.starts(s.motor), " starts")
	}); err != nil {
		return "", err
	}
	motor := time.Since(paid)
	if err := r.thanks(s.number); err != nil {
		return "", err
	}
	thanks := time.Since(paid)
	o, _, err := r.awaitOrder(no, "sold")
	return fmt.Sprintf("%s %s; motor %.1f s after the payment, thanks after %.1f s\n%s", o.Means, no, motor.Seconds(), thanks.Seconds(), o.path()), err
}
