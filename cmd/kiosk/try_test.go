//go:build sim

package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestATrialOrderOfCheckIsClosedByTheRunningKiosk with two processes and one book.
func TestATrialOrderOfCheckIsClosedByTheRunningKiosk(t *testing.T) {
	t.Parallel()
	g := newOther(t)
	addr, dir := freeAddr(t), t.TempDir()
	file := aConfig(t, dir, addr, g.base, otherKey, nil)
	m := withConfig(t, addr, dir, file)
	m.waitReady()
	said := m.does("check", "-try")
	if !strings.Contains(said.out, "ok    trial order   试单：收下了") || strings.Contains(said.out+said.err, "bizpayurl") {
		t.Errorf("a technician reads %s%s", said.out, said.err)
	}
	if n := g.count("/pay/unifiedorder"); n != 1 {
		t.Errorf("%d orders were asked for", n)
	}
	m.until("the running kiosk closes the order", func() bool {
		all := m.orders()
		return len(all) == 1 && all[0].State == "closing" && all[0].Slot == 0 && all[0].Fen == 1
	})
	m.until("nothing is left beside the book", func() bool {
		left, err := filepath.Glob(filepath.Join(dir, "*", ".trial-*"))
		more, _ := filepath.Glob(filepath.Join(dir, ".trial-*"))
		return err == nil && len(left)+len(more) == 0
	})
	if asked := m.does("audit"); !strings.Contains(asked.out, "1 orders, 0 violations") {
		t.Errorf("the book is at odds with itself: %s", asked.out)
	}
	m.pull() // the plug
	m.start()
	m.waitReady()
	if all := m.orders(); len(all) != 1 || all[0].State != "closing" {
		t.Errorf("after a power cut the trial order is %+v", all)
	}
}

// count is how often a path was asked.
func (g *other) count(path string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked[path]
}
