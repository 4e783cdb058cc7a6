package onsite

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"kiosk/cmd/kiosk/config"
	"kiosk/hw"
	"kiosk/status"
	"kiosk/store"
)

// copyFolders begins the names of the folders that copies are made in: beside the book, on a card whose room is known.
const copyFolders = ".backup-"

// WriteBackup writes a copy of the book through a file beside it: a slow browser must not hold the book.
func WriteBackup(ctx context.Context, book string, w io.Writer) error {
	if err := checkRoom(book); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(book), copyFolders)
	if err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	defer os.RemoveAll(dir)
	r, err := store.OpenReader(book)
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

// checkRoom refuses a copy that would fill the card: that would stop the sale.
func checkRoom(book string) error {
	need := uint64(config.LeastDisk)
	for _, part := range []string{"", "-wal"} {
		if info, err := os.Stat(book + part); err == nil {
			need += uint64(info.Size())
		}
	}
	b := hw.ReadBoard(book)
	if b.DiskTotal > 0 && b.DiskFree < need {
		return fmt.Errorf("%w: it needs %d MiB, and %d MiB are free", status.ErrNoRoom, need>>20, b.DiskFree>>20)
	}
	return nil
}

// RemoveLeftCopies takes away what a power cut left of a backup: it is as large as the book. A running kiosk's copy stays.
func RemoveLeftCopies(book string, log func(line string)) {
	if store.InUse(book) {
		return
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(book), copyFolders+"*"))
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			log("taking away what a power cut left: " + config.OneLine(err))
		}
	}
}
