package onsite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// WriteSecret puts a secret's hash where the service, and nobody else, can read it: whole or not at all. Without replace a
// file that is there stays, and the error is os.ErrExist.
func WriteSecret(path, kept string, replace bool) error {
	place := os.Link // fails if there is one
	if replace {
		place = os.Rename
	}
	if err := writeWhole(path, kept, place); err != nil {
		return fmt.Errorf("writing the technician's secret to %s: %w: name a file in status.pin_file that can be written", path, err)
	}
	return nil
}

func writeWhole(path, kept string, place func(from, to string) error) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".pin-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := errors.Join(f.Chmod(0o640), inheritOwner(f, path)); err != nil {
		return err
	}
	if _, err := f.WriteString(kept + "\n"); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := place(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir) // the name is on disk once the folder is
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// inheritOwner gives a new file the owner and group of the one it replaces, or the group of its folder: root makes what the
// service's user must read.
func inheritOwner(f *os.File, path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	if info, err := os.Stat(path); err == nil {
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			return f.Chown(int(st.Uid), int(st.Gid))
		}
	}
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return f.Chown(-1, int(st.Gid))
	}
	return nil
}
