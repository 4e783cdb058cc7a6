package onsite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/status"
	"kiosk/web"
)

// SecretInterval is how often the secret's file is looked at.
const SecretInterval = 2 * time.Second

// WatchSecret takes up another technician's secret as soon as its file holds one: kiosk pin needs no restart. One that
// cannot be used leaves the old one valid.
func WatchSecret(ctx context.Context, c *config.Config, set func(kept string) error, log func(line string)) error {
	name := c.Status.PinFile
	if name == "" {
		return nil
	}
	for was := ""; ; {
		if now := web.FileState(c.ResolvePath(name)); now != was {
			text, err := ReadSecret(c)
			if err == nil && text != "" {
				err = set(text)
			}
			if err != nil {
				log("the technician's secret stays as it was: " + config.OneLine(err))
			}
			was = now
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(SecretInterval):
		}
	}
}

// ReadSecret returns the secret as its file holds it. None yet is fine if a service key can make the first one.
func ReadSecret(c *config.Config) (string, error) {
	const name = "status.pin_file"
	if c.Status.PinFile == "" {
		return "", nil
	}
	if !config.PathExists(c.ResolvePath(c.Status.PinFile)) {
		if c.Keys.Service != "" {
			return "", nil
		}
		return "", fmt.Errorf("%s: %s is missing: make the secret with kiosk pin%w", name, c.ResolvePath(c.Status.PinFile), config.SilentError(os.ErrNotExist))
	}
	text, err := c.ReadSecret(name, c.Status.PinFile)
	if err != nil {
		return "", err
	}
	if err := checkSecret(text); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

// checkSecret says what is wrong with the technician's secret, and which command mends it.
func checkSecret(text string) error {
	switch _, err := web.CheckSecret(text); {
	case errors.Is(err, web.ErrNoSecret):
		return errors.New("there is no technician's secret: make one with kiosk pin")
	case err != nil:
		return fmt.Errorf("the technician's secret %w: make a new one with kiosk pin", err)
	}
	return nil
}

// SecretNotes are what the page has to say about a secret that is kept in clear, or not made yet.
func SecretNotes(c *config.Config) []status.Note {
	text, err := ReadSecret(c)
	switch plain, bad := web.CheckSecret(text); {
	case err != nil || c.Status.PinFile == "":
		return nil
	case text == "":
		return []status.Note{{ZH: "还没有技师密码：按住维修键 5 秒，屏幕上会显示；或用命令 kiosk pin 设置",
			EN: "there is no technician's secret yet: hold the service key for 5 s, or make one with kiosk pin"}}
	case bad == nil && plain && c.File != "": // the street's own secret is for everybody to read
		return []status.Note{{ZH: "技师密码以明文存放：请用命令 kiosk pin 换一个",
			EN: "the technician's secret stands in its file in clear: replace it with kiosk pin"}}
	}
	return nil
}

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
