package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"kiosk/cmd/kiosk/config"
	"kiosk/status"
	"kiosk/web"
)

// pin makes the technician's secret, or replaces it. It is printed this once; the file keeps its hash.
func (c *cli) pin(_ context.Context, args []string) error {
	to := ""
	if err := flags("pin", args, func(fs *flag.FlagSet) { fs.StringVar(&to, "o", "", "") }); err != nil {
		return err
	}
	if to == "" {
		conf, err := c.config()
		if err != nil {
			return config.Usage(err)
		}
		if conf.Status.PinFile == "" {
			return config.Usage(errors.New("pin: say where with -o FILE, or name it in the config as status.pin_file"))
		}
		to = conf.Resolve(conf.Status.PinFile)
	}
	clear, kept := web.DrawSecret()
	if err := writeSecret(to, kept, true); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "%s\n", clear)
	return err
}

// writeSecret puts a secret's hash where the service, and nobody else, can read it: whole or not at all.
func writeSecret(path, kept string, replace bool) error {
	whole := func() error {
		dir := filepath.Dir(path)
		f, err := os.CreateTemp(dir, ".pin-")
		if err != nil {
			return err
		}
		defer os.Remove(f.Name())
		defer f.Close()
		if err := errors.Join(f.Chmod(0o640), inherit(f, path)); err != nil {
			return err
		}
		if _, err := f.WriteString(kept + "\n"); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		if replace {
			err = os.Rename(f.Name(), path)
		} else {
			err = os.Link(f.Name(), path) // fails where there is one
		}
		if err != nil {
			return err
		}
		d, err := os.Open(dir)
		if err != nil {
			return err
		}
		defer d.Close()
		return d.Sync()
	}
	if err := whole(); err != nil {
		return fmt.Errorf("writing the technician's secret to %s: %w: name a file in status.pin_file that can be written", path, err)
	}
	return nil
}

// inherit gives a new file the owner and group of the one it replaces, or the group of its folder: root makes what the
// service's user must read.
func inherit(f *os.File, path string) error {
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

// technician is the secret as its file holds it. None yet is fine where a service key can make the first one.
func technician(c *config.Config) (string, error) {
	const name = "status.pin_file"
	if c.Status.PinFile == "" {
		return "", nil
	}
	if !config.Exists(c.Resolve(c.Status.PinFile)) {
		if c.Keys.Service != "" {
			return "", nil
		}
		return "", fmt.Errorf("%s: %s is missing: make the secret with kiosk pin%w", name, c.Resolve(c.Status.PinFile), config.Silent(os.ErrNotExist))
	}
	text, err := c.Secret(name, c.Status.PinFile)
	if err != nil {
		return "", err
	}
	if err := checkTechnician(text); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

// checkTechnician says what is wrong with the technician's secret, and which command mends it.
func checkTechnician(text string) error {
	switch _, err := web.CheckSecret(text); {
	case errors.Is(err, web.ErrNoSecret):
		return errors.New("there is no technician's secret: make one with kiosk pin")
	case err != nil:
		return fmt.Errorf("the technician's secret %w: make a new one with kiosk pin", err)
	}
	return nil
}

// technicianNotes are what the page has to say about a secret that is kept in clear, or not made yet.
func technicianNotes(c *config.Config) []status.Note {
	text, err := technician(c)
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
