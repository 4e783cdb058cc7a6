package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"kiosk/rig/street"
)

const diskMiB = 96

// makeDisk formats the card on which the book will be.
func makeDisk(last string) error {
	path := filepath.Join(last, "disk.img")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(diskMiB<<20), f.Close()); err != nil {
		return err
	}
	tool, err := exec.LookPath("mkfs.ext4")
	if err != nil {
		tool = "/usr/sbin/mkfs.ext4" // not in everybody's path
	}
	if out, err := exec.Command(tool, "-q", "-F", "-L", "kiosk", path).CombinedOutput(); err != nil {
		return fmt.Errorf("formatting the card: %w: %s", err, out)
	}
	return nil
}

// boot powers the board on. bufsiz is spidev's longest transfer.
func (r *rig) boot(bufsiz int) error {
	r.exits = make(chan street.Message, 8)
	return r.Boot(
		"-append", fmt.Sprintf("console=ttyAMA0 quiet rdinit=/init panic=-1 spidev.bufsiz=%d", bufsiz),
		"-drive", "if=none,id=disk,format=raw,file="+filepath.Join(r.Board.Last, "disk.img"),
		"-netdev", fmt.Sprintf("user,id=net,hostfwd=tcp:127.0.0.1:%d-%s:%d", r.port, street.GuestIs, guestPage))
}
