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

func TestAClockThatNobodyKeepsIsNotBelieved(t *testing.T) {
	const ok, leapSecond, noClock = 0, 1, 5 // adjtimex(2): TIME_OK, TIME_INS, TIME_ERROR
	for _, c := range []struct {
		state  int
		status int32
		want   bool
	}{
		{ok, 0, true}, {leapSecond, 0x10, true}, {ok, 0x2001, true},
		{noClock, 0, false}, {noClock, 0x40, false}, {ok, 0x40, false}, {ok, 0x2041, false},
	} {
		if got := believed(c.state, c.status); got != c.want {
			t.Errorf("state %d, status %#x: believed is %v", c.state, c.status, got)
		}
	}
	_ = Synced() // asking needs no right and never panics, whatever this machine answers
}
