//go:build sim

package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatABackupLeftOpenIsSettled: the backup was made while a code was shown; the customer then paid and had the
// goods, of which the backup knows nothing. In doubt the customer wins.
func TestWhatABackupLeftOpenIsSettled(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	first := m.showQR(1)
	m.phone("pay")
	m.untilState(first, "sold")
	open := m.showQR(1)
	backup := filepath.Join(t.TempDir(), "backup.db")
	if got := m.does("backup", "-o", backup); got.code != 0 {
		t.Fatalf("backup: %+v", got)
	}
	m.phone("pay")
	m.untilState(open, "sold")
	if got := m.does("restore", backup); got.code != exitFinding || !strings.Contains(got.err, "running") {
		t.Errorf("restored under a running kiosk: %+v", got)
	}
	m.pull()
	if got := m.does("restore", backup); got.code != 0 || !strings.Contains(got.out, "1 under way") || !strings.Contains(got.out, "even if the goods fell since ("+open+")") || !strings.Contains(got.out, "1 order of these sold in the book before, so goods and money will both be out ("+open+")") || !strings.Contains(got.out, "numbers go on at 000003") {
		t.Fatalf("restore: %+v", got)
	}
	m.again()
	m.untilState(open, "refunded")
	m.waitReady()
	next := m.showQR(2)
	if next == first || next == open {
		t.Errorf("the number %s is given a second time", next)
	}
	m.phone("pay")
	m.untilState(next, "sold")
	if turned, _ := m.counts(1); turned != 2 {
		t.Errorf("the motor turned %d times for two sales", turned)
	}
	if got := m.does("audit"); got.code != 0 {
		t.Errorf("audit: %+v", got)
	}
}
