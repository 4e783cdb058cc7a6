package store

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestANewNameIsNotBelievedBeforeItIsSynced: a name lasts over a power cut only once its folder is synced. In a folder that
// can be written but not opened the sync fails, and each maker of names must report it.
func TestANewNameIsNotBelievedBeforeItIsSynced(t *testing.T) {
	for what, c := range map[string]struct {
		do   func(b *Book, path string) error
		lost string
	}{
		"a damaged book set aside": {func(_ *Book, path string) error {
			_, err := setAside(path, "a test")
			return err
		}, "after a power cut neither the old book may be there nor the new one"},
		"a backup":   {func(b *Book, path string) error { return b.Backup(t.Context(), path+".backup") }, "a backup that may be gone after a power cut"},
		"a new book": {func(_ *Book, path string) error { return closing(Open(path + ".new")) }, "acknowledged sales in a file that may be gone after a power cut"},
	} {
		dir := filepath.Join(t.TempDir(), "card")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		b, _ := newBook(t)
		path := filepath.Join(dir, "kiosk.db")
		if err := os.WriteFile(path, []byte("a book that cannot be read"), 0o600); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			runtime.LockOSThread() // it is never unlocked: the thread ends, and with it what is taken from it here
			if err := dropRights(); err != nil {
				t.Error(err)
			}
			if err := os.Chmod(dir, 0o300); err != nil {
				t.Error(err)
			}
			done <- c.do(b, path)
		}()
		err := <-done
		if err2 := os.Chmod(dir, 0o700); err2 != nil {
			t.Fatal(err2)
		}
		if err == nil || !strings.Contains(err.Error(), "the book's folder") {
			t.Errorf("%s counts as done without a sync (%v): %s", what, err, c.lost)
		}
	}
}

func closing(b *Book, err error) error {
	if err == nil {
		_ = b.Close()
	}
	return err
}

// dropRights takes from this thread what lets root open any folder.
func dropRights() error {
	var sets [2]unix.CapUserData
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capget(&head, &sets[0]); err != nil {
		return err
	}
	sets[0].Effective &^= 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH
	return unix.Capset(&head, &sets[0])
}
