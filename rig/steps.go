package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"kiosk/rig/street"
)

const (
	bufsizGood = 65536
	bufsizPoor = 4096 // what a board has whose cmdline.txt says nothing
)

// scenario is the whole run.
var scenario = []step{
	{"power on", powerOn(bufsizGood, "zone")},
	{"kiosk off", allOff},
	{"edges, read late", lateEdges},
	{"kiosk check, fresh card", checkFresh},
	{"kiosk check, a missing pin", checkPin},
	{"kiosk run", run},
	{"kiosk check, beside it", checkBeside},
	{"it starts before its drivers", startsWithoutDrivers},
	{"drivers, scan module come late", driversComeLate},
	{"a key, the code on the glass", showCode},
	{"a phone pays, goods fall", sellNative},
	{"a sale by payment code", sellByCode},
	{"a drop, read late", lateDrop},
	{"a sale, and the motor sparks", sellWithSpark},
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
	{"how long street.Actuators were on", onTimes},
}

func powerOn(bufsiz int, dialect string) func(*rig) (string, error) {
	return func(r *rig) (string, error) {
		began := time.Now()
		r.dialect, r.conf = dialect, confOf(dialect)
		r.Scan = street.NewScanModule() // a module that was told to read on command would stay so
		if err := r.boot(bufsiz); err != nil {
			return "", err
		}
		v, err := r.Hand.Call("/kiosk", "version")
		if err != nil || v.Code != 0 {
			return "", fmt.Errorf("kiosk version: status %d: %s %w", v.Code, v.Err, err)
		}
		kernel, err := r.Hand.Ask(street.Message{Do: "read", Path: "/proc/sys/kernel/osrelease"})
		return fmt.Sprintf("the agent is there after %.1f s, Linux %s\n%s", time.Since(began).Seconds(),
			strings.TrimSpace(kernel.Out), v.Out), err
	}
}

// run starts the kiosk and waits until it can sell.
func run(r *rig) (string, error) {
	if err := r.start(); err != nil {
		return "", err
	}
	up, err := r.Await("the status page", func() (bool, string) {
		code, err := r.Page.Status("/healthz")
		return code == 200, fmt.Sprint(code, err)
	})
	if err != nil {
		return "", err
	}
	ready, err := r.AwaitReady()
	return fmt.Sprintf("page after %.1f s, ready %.1f s later, glass lit: %v", up.Seconds(), ready.Seconds(), r.Glass.Panel.Lit()), err
}

func showCode(r *rig) (string, error) {
	began := time.Now()
	code, err := r.Choose(street.Shelves[0])
	if err != nil {
		return "", err
	}
	took := time.Since(began)
	png := filepath.Join(r.Board.Last, "qr.png")
	if err := street.SavePNG(png, r.Glass.Picture()); err != nil {
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

func sellNative(r *rig) (string, error) {
	no, err := r.Pay()
	if err != nil {
		return "", err
	}
	return r.Sold(no, street.Shelves[0], time.Now())
}
