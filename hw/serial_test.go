package hw

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// hangup names, in the environment of a second process, the tty it is to open and how.
const hangup = "KIOSK_TEST_HANGUP"

// TestUnpluggingSendsNoHangup opens a tty as the first process of a session, as a service is, and
// unplugs it. Opened carelessly it becomes the session's own, and its end is the kiosk's.
func TestUnpluggingSendsNoHangup(t *testing.T) {
	if how := os.Getenv(hangup); how != "" {
		waitForHangup(how)
	}
	for how, want := range map[string]string{"with care": "lost\n", "carelessly": "hung up\n"} {
		master, slave, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		args := append(strings.Fields(os.Getenv("KIOSK_UNDER")), self, "-test.run", "^TestUnpluggingSendsNoHangup$")
		cmd := exec.Command(args[0], args[1:]...) // under an emulator, where this test is for another processor
		cmd.Env = append(os.Environ(), hangup+"="+how+" "+slave.Name())
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		var out bytes.Buffer
		ready, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_ = slave.Close()
		line := make([]byte, 64)
		if n, err := ready.Read(line); err != nil || string(line[:n]) != "open" {
			t.Errorf("%s: %q, %v", how, line[:n], err)
		}
		_ = master.Close() // unplugged
		if err := cmd.Wait(); err != nil || out.String() != want {
			t.Errorf("a tty opened %s and unplugged: the process says %q (%v), not %q", how, out.String(), err, want)
		}
	}
}

// waitForHangup is the second process: it opens the tty, and says what its end does to it.
func waitForHangup(how string) {
	hung := make(chan os.Signal, 1)
	signal.Notify(hung, syscall.SIGHUP)
	care, path, _ := strings.Cut(how, " /")
	lost := make(chan struct{})
	if care == "carelessly" {
		if _, err := unix.Open("/"+path, unix.O_RDWR, 0); err != nil {
			panic(err)
		}
	} else {
		port, err := OpenSerial("/"+path, 9600)
		if err != nil {
			panic(err)
		}
		go func() {
			for err := error(nil); err == nil; _, err = port.Read(make([]byte, 8)) {
			}
			time.Sleep(100 * time.Millisecond) // a signal would be here by now
			close(lost)
		}()
	}
	os.Stderr.WriteString("open")
	select {
	case <-hung:
		os.Stdout.WriteString("hung up\n")
	case <-lost:
		os.Stdout.WriteString("lost\n")
	}
	os.Exit(0)
}

func TestALineThatTakesNothingHoldsNobodyUp(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	port, err := OpenSerial(slave.Name(), 9600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := port.Write(zoneFrame(zoneGet, zoneModel, 1)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 9)
	if n, err := master.Read(got); err != nil || !bytes.Equal(got[:n], unhex("7E 00 07 01 00 E0 01 11 F3")) {
		t.Errorf("the module got % X, %v", got[:n], err)
	}
	for range 1 << 16 { // until the line is full: nobody reads it
		if _, err = port.Write(got); err != nil {
			break
		}
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a full line: %v", err)
	}
	if err := port.Close(); err != nil {
		t.Error(err)
	}
	if _, err := port.Write(got); err == nil {
		t.Error("what is written after the end goes to some other file")
	}
}
