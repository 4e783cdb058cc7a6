package onsite

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kiosk/hw"
	"kiosk/status"
)

func TestABackupNeverFillsTheCard(t *testing.T) {
	dir := t.TempDir()
	book := filepath.Join(dir, "kiosk.db")
	if err := os.WriteFile(book, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(book, int64(hw.ReadBoard(dir).DiskFree)+1<<20); err != nil { // a hole: it takes no room itself
		t.Fatal(err)
	}
	var copied bytes.Buffer
	err := WriteBackup(t.Context(), book, &copied)
	if !errors.Is(err, status.ErrNoRoom) || strings.Contains(err.Error(), "\n") || copied.Len() > 0 {
		t.Errorf("a copy of the book would fill the card, and the kiosk could sell no more: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, copyFolders+"*")); len(left) > 0 {
		t.Errorf("litter: %v", left)
	}
}
