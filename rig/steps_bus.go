package main

import (
	"fmt"
	"strings"

	"kiosk/rig/street"
)

// parameters of the module that is the panel's bus.
const busParameters = "/sys/module/kiosk_spi/parameters/"

func (r *rig) setBus(name, value string) error {
	_, err := r.Hand.Ask(street.Message{Do: "write", Path: busParameters + name, Out: value})
	return err
}

// busFails makes every transfer fail for a while. A panel that cannot be reached must not sell, and must be dark:
// nobody is to pay at a code that is no longer meant.
func busFails(r *rig) (string, error) {
	if err := r.setBus("absent", "1"); err != nil {
		return "", err
	}
	if err := r.Press(street.Shelves[0]); err != nil {
		return "", err
	}
	var see street.Sight
	lost, err := r.Await("not ready, and a dark glass", func() (bool, string) {
		var err error
		see, err = r.Page.Look()
		code, _ := r.Page.Status("/readyz")
		return err == nil && code == 503 && strings.Contains(see.Reasons(), "panel") && !r.Glass.Panel.Lit(),
			fmt.Sprint(code, " ", see.Reasons(), " lit: ", r.Glass.Panel.Lit(), err)
	})
	if err != nil {
		return "", err
	}
	if err := r.setBus("absent", "0"); err != nil {
		return "", err
	}
	ready, err := r.AwaitReady()
	if err != nil {
		return "", err
	}
	if err := r.settled(); err != nil {
		return "", err
	}
	after, err := r.leave()
	return fmt.Sprintf("dark and not ready after %.1f s: %s\nready %.1f s after it works again, and %s",
		lost.Seconds(), see.Reasons(), ready.Seconds(), after), err
}

// settled waits until glass and driver agree.
func (r *rig) settled() error {
	_, err := r.Await("the glass to be what the driver believes", func() (bool, string) {
		picture, err := r.Page.Picture()
		return err == nil && r.Glass.Panel.Lit() && street.Differ(picture, r.Glass.Picture()) == 0, fmt.Sprint("it differs ", err)
	})
	return err
}

// leave brings the front back to idle: where a code is shown, the same key gives it up.
func (r *rig) leave() (was string, err error) {
	see, err := r.Page.Look()
	if err != nil || see.Screen() != "qr" {
		return see.Screen(), err
	}
	if _, err := r.Glass.Code(); err != nil {
		return "", fmt.Errorf("a code is meant, and the glass has none: %w", err)
	}
	if err := r.Press(street.Shelves[see.Front.Slot-1]); err != nil {
		return "", err
	}
	_, err = r.Await("an idle front", func() (bool, string) {
		see, err := r.Page.Look()
		_, unread := r.Glass.Code()
		return err == nil && see.Screen() == "idle" && unread != nil, fmt.Sprint(see.Screen(), err, unread)
	})
	if err == nil {
		err = r.settled()
	}
	return "the code is back on the glass", err
}

// transferFails makes one transfer of a screen fail, and sells all the same.
func transferFails(r *rig) (string, error) {
	if err := r.setBus("fail_nth", "3"); err != nil {
		return "", err
	}
	if _, err := r.Choose(street.Shelves[0]); err != nil {
		return "", err
	}
	left, err := r.Hand.Ask(street.Message{Do: "read", Path: busParameters + "fail_nth"})
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(left.Out) != "0" {
		return "", fmt.Errorf("no transfer has failed: %s to go", strings.TrimSpace(left.Out))
	}
	seen, err := sellNative(r)
	return "the third transfer failed, the code came all the same; " + seen, err
}
