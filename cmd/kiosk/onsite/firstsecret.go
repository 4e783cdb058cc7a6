package onsite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/web"
)

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
		return fmt.Errorf("%s: %w: name a file in status.pin_file that can be written", f.File, err)
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
