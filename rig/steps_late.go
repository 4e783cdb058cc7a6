package main

import (
	"fmt"
	"strings"
	"syscall"

	"kiosk/rig/street"
)

// lateModules are the drivers of the scan module's line, in the order in which they are loaded. Debian has spidev built in, so of
// the panel's bus the controller comes late: with it comes the node, which is all that the kiosk sees.
var lateModules = []string{"usbserial", "ftdi_sio"}

// busDriver is where the kernel is told to let go of the panel's bus, and to take it again.
const busDriver, busDevice = "/sys/bus/platform/drivers/kiosk-spi/", "spi"

// startsWithoutDrivers: on Raspberry Pi OS the drivers are modules, and udev loads them a moment after the service has started.
func startsWithoutDrivers(r *rig) (string, error) {
	if _, err := r.stop(int(syscall.SIGTERM)); err != nil {
		return "", err
	}
	if err := r.Scan.Unplug(); err != nil {
		return "", err
	}
	for i := range lateModules {
		if err := r.inGuest("rmmod", lateModules[len(lateModules)-1-i]); err != nil {
			return "", err
		}
	}
	if _, err := r.Hand.Ask(street.Message{Do: "write", Path: busDriver + "unbind", Out: busDevice}); err != nil {
		return "", err
	}
	if err := r.start(); err != nil {
		return "", err
	}
	var see street.Sight
	took, err := r.Await("a page that misses panel and scan module", func() (bool, string) {
		var err error
		see, err = r.Page.Look()
		code, _ := r.Page.Status("/readyz")
		return err == nil && code == 503 && strings.Contains(see.Reasons(), "panel: ") && strings.Contains(see.Reasons(), "scanner: "), fmt.Sprint(code, see.Reasons(), err)
	})
	return fmt.Sprintf("no /dev/spidev*, no usbserial; not ready after %.1f s: %s", took.Seconds(), see.Reasons()), err
}

// driversComeLate loads them, and plugs the scan module in for the first time. Nobody restarts anything.
func driversComeLate(r *rig) (string, error) {
	if _, err := r.Hand.Ask(street.Message{Do: "write", Path: busDriver + "bind", Out: busDevice}); err != nil {
		return "", err
	}
	for _, m := range lateModules {
		if err := r.inGuest("insmod", "/lib/modules/"+m+".ko"); err != nil {
			return "", err
		}
	}
	took, err := r.Await("a panel", func() (bool, string) {
		see, err := r.Page.Look()
		return err == nil && r.Glass.Panel.Lit() && !strings.Contains(see.Reasons(), "panel"), fmt.Sprint(see.Reasons(), err)
	})
	if err != nil {
		return "", err
	}
	seen, err := replug(r)
	return fmt.Sprintf("the panel is lit %.1f s after its bus came, in the same life\n%s", took.Seconds(), seen), err
}

// inGuest runs a command that has to work.
func (r *rig) inGuest(argv ...string) error {
	said, err := r.Hand.Call(append([]string{"/bin/busybox"}, argv...)...)
	if err == nil && said.Code != 0 {
		err = fmt.Errorf("%s: status %d: %s", strings.Join(argv, " "), said.Code, said.Err)
	}
	return err
}
