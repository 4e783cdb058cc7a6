package hw

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheBoardIsLookedAt(t *testing.T) {
	b := LookAt(t.TempDir())
	if b.UptimeS <= 0 || b.MemoryTotal == 0 || b.MemoryFree == 0 || b.MemoryFree > b.MemoryTotal {
		t.Errorf("the page would lie about the board: %+v", b)
	}
	if b.DiskTotal == 0 || b.DiskFree == 0 || b.DiskFree > b.DiskTotal || b.ReadOnly {
		t.Errorf("the page would lie about the disk: %+v", b)
	}
	if none := LookAt("/no/such/place"); none.DiskTotal != 0 || none.ReadOnly {
		t.Errorf("a disk that is not there has %d bytes", none.DiskTotal)
	}
}

func TestMemoryIsReadFromTheKernelsOwnTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "meminfo")
	table := "MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable: 400 kB\nodd\nMemTotal: x kB\n"
	if err := os.WriteFile(file, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	if total, free := memory(file); total != 1000<<10 || free != 400<<10 {
		t.Errorf("%d of %d", free, total)
	}
}

func TestTheKernelsWordOnItsClockIsRead(t *testing.T) {
	// Either answer may be right here; two in a row must agree, and neither may need a right to set the clock.
	if Synced() != Synced() {
		t.Error("the clock's trust flickers")
	}
}
