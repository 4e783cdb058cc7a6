package onsite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
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

// leastToken is how long a token is at least: it is not typed, and nothing limits how often it may be guessed.
const leastToken = 20

// ReadToken returns the token of scripts and scrapers; "" if there is none.
func ReadToken(c *config.Config) (string, error) {
	if c.Status.TokenFile == "" {
		return "", nil
	}
	token, err := c.ReadSecret("status.token_file", c.Status.TokenFile)
	if err == nil && len(token) < leastToken {
		return "", fmt.Errorf("status.token_file: a token has at least %d characters: make one with openssl rand -hex 32", leastToken)
	}
	return token, err
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

// errUnkept marks a secret that cannot be kept; it adds nothing to the text.
var errUnkept = config.SilentError(errors.New("the secret cannot be kept"))

// WriteSecret puts a secret's hash where the service, and nobody else, can read it: whole or not at all. Without replace a
// file that is there stays, and the error is os.ErrExist.
func WriteSecret(path, kept string, replace bool) error {
	place := os.Link // fails if there is one
	if replace {
		place = os.Rename
	}
	if err := writeWhole(path, kept, place); err != nil {
		return fmt.Errorf("writing the technician's secret to %s: %w: name a file in status.pin_file that can be written%w", path, err, errUnkept)
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
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() { // not what a link leads to
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

const (
	secretShown    = time.Minute // on the panel: time to write it down
	secretPatience = time.Minute // for a customer to leave the panel
)

// FirstSecret makes the technician's secret if there is none yet, for the one who holds the service key.
//
// It is valid once it is displayed, and saved after its minute on the panel. If that minute is interrupted it is discarded:
// holding the key again makes a new one. A secret that was saved before anybody could read it would lock everybody out.
type FirstSecret struct {
	File  string                                                            // "": the page has no secret
	Show  func(ctx context.Context, clear string, hold time.Duration) error // on the panel; returns once it is on the glass
	IsLit func() bool                                                       // the panel still shows what it is told
	Set   func(kept string) error                                           // on the page

	mu          sync.Mutex
	clear, kept string // made, and not saved yet
	turns       int    // how often it was shown
}

// IsMissing reports that there is none yet: holding the key shows one.
func (f *FirstSecret) IsMissing() bool { return f.File != "" && !config.PathExists(f.File) }

// MakeSecret makes and shows it, and saves it after its minute. A call meanwhile shows the same one for another minute.
func (f *FirstSecret) MakeSecret(ctx context.Context) error {
	if err := f.checkFolder(); err != nil {
		return err
	}
	clear, kept, turn := f.beginTurn()
	soon, cancel := context.WithTimeout(ctx, secretPatience)
	defer cancel()
	if err := f.Show(soon, clear, secretShown); err != nil {
		f.discardSecret(turn)
		return fmt.Errorf("showing the technician's first secret: %w", err)
	}
	if err := f.Set(kept); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(secretShown):
	}
	if !f.discardSecret(turn) {
		return nil // it is shown again, and that call saves it
	}
	if !f.IsLit() {
		return errors.New("showing the technician's first secret: the panel broke meanwhile: hold the service key for another one")
	}
	return f.saveHash(kept)
}

// beginTurn returns the secret to show: the one that is being shown, or a new one.
func (f *FirstSecret) beginTurn() (clear, kept string, turn int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.clear == "" {
		f.clear, f.kept = web.DrawSecret()
	}
	f.turns++
	return f.clear, f.kept, f.turns
}

// discardSecret forgets the secret, unless a later call shows it: then it returns false.
func (f *FirstSecret) discardSecret(turn int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.turns != turn {
		return false
	}
	f.clear, f.kept = "", ""
	return true
}

// checkFolder finds out whether the secret could be saved, before anybody writes it down.
func (f *FirstSecret) checkFolder() error {
	try, err := os.CreateTemp(filepath.Dir(f.File), ".pin-")
	if err != nil {
		return fmt.Errorf("%s: %w: name a file in status.pin_file that can be written%w", f.File, err, errUnkept)
	}
	return errors.Join(try.Close(), os.Remove(try.Name()))
}

// saveHash keeps its hash. If kiosk pin has made a secret meanwhile, that one counts.
func (f *FirstSecret) saveHash(kept string) error {
	err := WriteSecret(f.File, kept, false)
	if !errors.Is(err, os.ErrExist) {
		return err
	}
	other, err := os.ReadFile(f.File)
	if err != nil {
		return fmt.Errorf("reading the technician's secret: %w", err)
	}
	return f.Set(string(other))
}
