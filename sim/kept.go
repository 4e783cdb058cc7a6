package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// kept is what outlives the kiosk: what the slots did, and what is out of order on the street.
// The gateway keeps its own. No payment code is in here.
type kept struct {
	Slots    []SlotCounts      `json:"slots"`
	Troubles map[string]string `json:"troubles"`
	Jammed   map[int]string    `json:"slot_troubles"`
	Flash    []byte            `json:"scan_module"` // its settings
}

const keptName = "street.json"

func (s *Street) loadKept() (kept, error) {
	var k kept
	if s.plan.Dir == "" {
		return k, nil
	}
	if err := os.MkdirAll(s.plan.Dir, 0o755); err != nil {
		return k, fmt.Errorf("make the street's folder: %w", err)
	}
	b, err := os.ReadFile(filepath.Join(s.plan.Dir, keptName))
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return k, fmt.Errorf("read what the street kept: %w", err)
	}
	if err := json.Unmarshal(b, &k); err != nil {
		return k, fmt.Errorf("read what the street kept in %s: %w", keptName, err)
	}
	return k, nil
}

// restoreKept brings the slots and switches back to what they were, and starts the slots. A word that
// this street does not know is left out.
func (s *Street) restoreKept(k kept) {
	for _, slot := range s.slots {
		for _, c := range k.Slots {
			if c.Number == slot.Number {
				slot.Counts = c
			}
		}
		slot.Attach()
		if how, ok := k.Jammed[slot.Number]; ok {
			_ = slot.SetTrouble(how)
		}
	}
	s.Scanner.Module().restoreSettings(k.Flash)
	for _, t := range s.ownSwitches() {
		if how, ok := k.Troubles[t.What]; ok && slices.Contains(t.Can, how) {
			_ = t.set(how)
		}
	}
}

// saveKept writes the street's file whole or not at all.
func (s *Street) saveKept() {
	if s.plan.Dir == "" {
		return
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	k := kept{Troubles: map[string]string{}, Jammed: map[int]string{}, Flash: s.Scanner.Module().settingsCopy()}
	for _, slot := range s.slots {
		k.Slots = append(k.Slots, slot.Done())
		k.Jammed[slot.Number] = slot.CurrentTrouble()
	}
	for _, t := range s.ownSwitches() {
		k.Troubles[t.What] = t.How
	}
	s.unkept = s.writeKept(k)
}

func (s *Street) writeKept(k kept) error {
	b, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("keep the street: %w", err)
	}
	path := filepath.Join(s.plan.Dir, keptName)
	if err := os.WriteFile(path+".new", b, 0o644); err != nil {
		return fmt.Errorf("keep the street: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("keep the street: %w", err)
	}
	return nil
}

// Unkept is why the street's file could not be written, or nil.
func (s *Street) Unkept() error {
	s.saving.Lock()
	defer s.saving.Unlock()
	return s.unkept
}
