package hw

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// RunLog counts how the program's earlier runs ended. It has a small file of its own beside the order book: a book that
// does not open must not hide that the power keeps failing.
type RunLog struct {
	PowerCuts int       `json:"power_cuts"` // another boot, and no EndRun before it
	Crashes   int       `json:"crashes"`    // the same boot, and no EndRun: the program died or was killed
	Last      string    `json:"last"`       // how the run before this one ended: clean, power, crash; "": there was none
	Since     time.Time `json:"since"`      // since when it counts
	Boot      string    `json:"boot"`
	Running   bool      `json:"running"`

	file string
}

// StartRun records that a run begins and finds out how the one before it ended. A file that is damaged begins anew.
func StartRun(file, boot string, now time.Time) (*RunLog, error) {
	r := &RunLog{Since: now}
	text, err := os.ReadFile(file)
	if err == nil && json.Unmarshal(text, r) != nil {
		*r = RunLog{Since: now}
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return r, fmt.Errorf("counting the runs: %w", err)
	}
	switch {
	case r.Boot == "":
		r.Last = ""
	case !r.Running:
		r.Last = "clean"
	case r.Boot == boot:
		r.Last = "crash"
		r.Crashes++
	default:
		r.Last = "power"
		r.PowerCuts++
	}
	r.file, r.Boot, r.Running = file, boot, true
	return r, r.saveFile()
}

// EndRun records a clean end.
func (r *RunLog) EndRun() error {
	r.Running = false
	return r.saveFile()
}

// saveFile replaces the file as a whole: a power cut leaves the old one or the new one.
func (r *RunLog) saveFile() error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("counting the runs: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(r.file), ".runs-*")
	if err != nil {
		return fmt.Errorf("counting the runs: %w", err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), r.file)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("counting the runs: %w", err), os.Remove(f.Name()))
	}
	return nil
}
