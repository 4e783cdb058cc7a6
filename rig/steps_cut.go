package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"kiosk/rig/street"
	"kiosk/sim/gateway"
)

// cutAtCode pulls the plug while a code is on the glass; the customer, who has scanned it, pays all the same.
func cutAtCode(r *rig) (string, error) {
	code, err := r.Choose(street.Shelves[0])
	if err != nil {
		return "", err
	}
	r.Cut()
	no, text, err := r.Till.Pay(code, "pay")
	if err == nil && text != gateway.PhonePaid {
		err = fmt.Errorf("the phone says %s", text)
	}
	r.carry(no)
	return "QEMU killed with the code on the glass, then " + no + " paid in the dark", err
}

func afterCutAtCode(r *rig) (string, error) {
	seen, err := run(r)
	if err != nil {
		return seen, err
	}
	o, took, err := r.refunded(r.open)
	if err == nil {
		err = r.NoTurn()
	}
	return fmt.Sprintf("%s\n%s refunded after %.1f s\n%s", seen, o.No, took.Seconds(), o.Path()), err
}

// sellAgain sells over a bus that carries no more than 4096 bytes at once, and with a scan module that is
// only listened to.
func sellAgain(r *rig) (string, error) {
	seen, err := sellByCode(r)
	if err != nil {
		return "", err
	}
	return seen, street.SavePNG(filepath.Join(r.Board.Last, "thanks-4096.png"), r.Glass.Picture())
}

func cutInVend(r *rig) (string, error) {
	no, err := r.Buy(street.Shelves[3])
	if err != nil {
		return "", err
	}
	on := r.Trace.Level(street.Shelves[3].Motor)
	r.Cut()
	if on != 1 {
		return "", fmt.Errorf("the motor was off again before the cut")
	}
	r.carry(no)
	return "QEMU killed while the motor turned for " + no, nil
}

// afterCutInVend: the third doubt in a day stops the sale (a person is to look), but not the refund.
func afterCutInVend(r *rig) (string, error) {
	if _, err := r.off(); err != nil {
		return "", err
	}
	if err := r.start(); err != nil {
		return "", err
	}
	if _, err := r.Await("the status page", func() (bool, string) {
		code, err := r.Page.Status("/healthz")
		return code == 200, fmt.Sprint(code, err)
	}); err != nil {
		return "", err
	}
	o, took, err := r.refunded(r.open)
	if err == nil {
		err = r.NoTurn()
	}
	if err != nil {
		return "", err
	}
	see, err := r.Page.Look()
	if err == nil && (see.Ready || !strings.Contains(see.Reasons(), "three vends")) {
		err = fmt.Errorf("three doubts in a day, and it still sells: %s", see.Reasons())
	}
	return fmt.Sprintf("%s refunded after %.1f s; three doubts in a day: not ready, %s\n%s", o.No, took.Seconds(), see.Reasons(), o.Path()), err
}

func stopped(r *rig) (string, error) {
	began := time.Now()
	e, err := r.stop(int(syscall.SIGTERM))
	if err == nil && e.status != 0 {
		err = fmt.Errorf("it ended with status %d", e.status)
	}
	for _, pin := range street.Actuators() {
		if r.Trace.Level(pin) != 0 {
			err = fmt.Errorf("GPIO%d is high", pin)
		}
	}
	return fmt.Sprintf("SIGTERM, status %d after %.1f s, outputs low", e.status, time.Since(began).Seconds()), err
}

// startsWithMotorOn: the life before has left a motor on, and nobody called kiosk off. A pin that no program holds
// follows what pulls it, so it can be left high without a life that turned it on.
func startsWithMotorOn(r *rig) (string, error) {
	s := street.Shelves[1]
	if err := r.Trouble(s, "jam"); err != nil {
		return "", err
	}
	for _, do := range []street.Message{{Do: "pull", Pin: s.Motor, Level: 1}, {Do: "until", Pin: s.Motor, Level: 1, MS: 1000}} {
		if _, err := r.Hand.Ask(do); err != nil {
			return "", err
		}
	}
	began, err := r.Hand.Ask(street.Message{Do: "ping"})
	if err != nil {
		return "", err
	}
	if err := r.start(); err != nil {
		return "", err
	}
	low, err := r.Hand.Ask(street.Message{Do: "until", Pin: s.Motor, Level: 0, MS: int(offWithin / time.Millisecond)})
	if err != nil {
		return "", err
	}
	if _, err := r.Hand.Ask(street.Message{Do: "pull", Pin: s.Motor, Level: 0}); err != nil {
		return "", err
	}
	seen, err := stopped(r)
	return fmt.Sprintf("GPIO%d low %.3f s after the start of the process; %s", s.Motor, (low.At() - began.At()).Seconds(), seen), err
}
