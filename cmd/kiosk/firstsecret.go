package main

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

// How long the first secret stays on the panel, and how long it waits for a customer to leave.
const (
	secretFor   = time.Minute
	secretWaits = time.Minute
)

// firstSecret makes the technician's secret where there is none yet: whoever holds the service key stands at the machine.
// In clear it is on the panel, and nowhere else. It counts from the moment it is on the glass, and is written once it
// has been there for its minute: whatever ends that minute too soon, the next hand on the key makes another one.
type firstSecret struct {
	file string                                                            // "": there is none, and no secret
	show func(ctx context.Context, clear string, hold time.Duration) error // on the panel: nil once it is on the glass
	lit  func() bool                                                       // the glass still shows what it is told
	set  func(kept string) error                                           // on the page

	mu          sync.Mutex
	clear, kept string // made, and not written yet
	turns       int    // how often it was shown
}

// wanted tells that there is none yet: holding the key shows one.
func (f *firstSecret) wanted() bool { return f.file != "" && !config.Exists(f.file) }

// tell makes and shows it, and writes it after its minute. While it is shown, telling again shows the same for another.
func (f *firstSecret) tell(ctx context.Context) error {
	if err := f.rehearse(); err != nil {
		return err
	}
	clear, kept, turn := f.make()
	soon, cancel := context.WithTimeout(ctx, secretWaits)
	defer cancel()
	if err := f.show(soon, clear, secretFor); err != nil {
		f.forget(turn)
		return fmt.Errorf("showing the technician's first secret: %w", err)
	}
	if err := f.set(kept); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(secretFor):
	}
	if !f.forget(turn) {
		return nil // it is shown again, and that turn writes it
	}
	if !f.lit() {
		return errors.New("showing the technician's first secret: the panel broke meanwhile: hold the service key for another one")
	}
	return f.write(kept)
}

// make is the secret to show: the one that is being shown, or a new one.
func (f *firstSecret) make() (clear, kept string, turn int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.clear == "" {
		f.clear, f.kept = web.DrawSecret()
	}
	f.turns++
	return f.clear, f.kept, f.turns
}

// forget lets go of a secret, unless it is shown once more: false.
func (f *firstSecret) forget(turn int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.turns != turn {
		return false
	}
	f.clear, f.kept = "", ""
	return true
}

// rehearse finds out whether the secret could be written before anybody takes it down.
func (f *firstSecret) rehearse() error {
	try, err := os.CreateTemp(filepath.Dir(f.file), ".pin-")
	if err != nil {
		return fmt.Errorf("%s: %w: name a file in status.pin_file that can be written", f.file, err)
	}
	return errors.Join(try.Close(), os.Remove(try.Name()))
}

// write keeps its hash. Where somebody has made one with kiosk pin meanwhile, that one counts.
func (f *firstSecret) write(kept string) error {
	err := writeSecret(f.file, kept, false)
	if !errors.Is(err, os.ErrExist) {
		return err
	}
	other, err := os.ReadFile(f.file)
	if err != nil {
		return fmt.Errorf("reading the technician's secret: %w", err)
	}
	return f.set(string(other))
}
