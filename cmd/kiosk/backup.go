package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/doctor"
	"kiosk/hw"
	"kiosk/status"
	"kiosk/store"
)

const copies = ".backup-" // the folders of copies on their way out, beside the book

// backupTo writes a copy of the book through a file beside it: a browser that is slow must not hold the book.
func (k *kiosk) backupTo(ctx context.Context, w io.Writer) error {
	if err := roomForCopy(&k.conf); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(k.conf.Store.Path), copies)
	if err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	defer os.RemoveAll(dir)
	r, err := store.OpenReader(k.conf.Store.Path)
	if err != nil {
		return err
	}
	defer r.Close()
	path := filepath.Join(dir, "kiosk.db")
	if err := r.Backup(ctx, path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	defer f.Close()
	if _, err := io.Copy(w, f); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	return nil
}

// roomForCopy: a copy that fills the card would stop the sale.
func roomForCopy(c *config.Config) error {
	need := uint64(doctor.LeastDisk)
	for _, part := range []string{"", "-wal"} {
		if info, err := os.Stat(c.Store.Path + part); err == nil {
			need += uint64(info.Size())
		}
	}
	b := hw.ReadBoard(c.Store.Path)
	if b.DiskTotal > 0 && b.DiskFree < need {
		return fmt.Errorf("%w: it needs %d MiB, and %d MiB are free", status.ErrNoRoom, need>>20, b.DiskFree>>20)
	}
	return nil
}

// sweepCopies takes away what a power cut left of a backup: it is as large as the book.
func sweepCopies(c *config.Config) {
	if store.InUse(c.Store.Path) {
		return // the other kiosk's copy is under way
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(c.Store.Path), copies+"*"))
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			say("taking away what a power cut left: " + config.OneLine(err))
		}
	}
}
