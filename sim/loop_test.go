package sim

import "testing"

func TestAStuckKioskIsNotStuckAfterItsRestart(t *testing.T) {
	dir := t.TempDir()
	how := func(c *corner) string {
		for _, s := range c.Switches() {
			if s.What == "shop" {
				return s.How
			}
		}
		return "not there"
	}
	c := newCorner(t, dir)
	c.Loop.Pass() // comes back
	if err := c.SetTrouble("shop", "ok", 0); err == nil {
		t.Error("a switch brings back what only another process brings back")
	}
	if err := c.SetTrouble("shop", "stuck", 0); err != nil || how(c) != "stuck" {
		t.Errorf("it is %s: %v", how(c), err)
	}
	c.Close()
	if c = newCorner(t, dir); how(c) != "ok" {
		t.Errorf("another process is %s", how(c))
	}
}
