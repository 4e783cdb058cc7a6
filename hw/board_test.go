package hw

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestTheBoardIsLookedAt(t *testing.T) {
	b := ReadBoard(t.TempDir())
	if b.UptimeS <= 0 || b.MemoryTotal == 0 || b.MemoryFree == 0 || b.MemoryFree > b.MemoryTotal {
		t.Errorf("the page would lie about the board: %+v", b)
	}
	if b.DiskTotal == 0 || b.DiskFree == 0 || b.DiskFree > b.DiskTotal || b.ReadOnly {
		t.Errorf("the page would lie about the disk: %+v", b)
	}
	if none := ReadBoard("/no/such/place"); none.DiskTotal != 0 || none.ReadOnly {
		t.Errorf("a disk that is not there has %d bytes", none.DiskTotal)
	}
}

// tree writes files below a root of the test's own.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestLowVoltageAndHeatAreSeenWithoutTheFirmwaresTool(t *testing.T) {
	const firmware, monitor = "sys/devices/platform/soc/soc:firmware/get_throttled", "sys/class/hwmon/hwmon3/"
	for name, c := range map[string]struct {
		files map[string]string
		want  *Power
	}{
		"a PC says nothing":       {map[string]string{"sys/class/hwmon/hwmon0/name": "coretemp\n"}, nil},
		"all well":                {map[string]string{firmware: "0\n"}, &Power{}},
		"low now":                 {map[string]string{firmware: "50005\n"}, &Power{Low: true, Throttled: true, WasLow: true, WasHot: true}},
		"it was low":              {map[string]string{firmware: "0x50000\n"}, &Power{WasLow: true, WasHot: true}},
		"capped, soft limit":      {map[string]string{firmware: "8000a"}, &Power{Capped: true, Throttled: true, WasHot: true}},
		"the monitor alone":       {map[string]string{monitor + "name": "rpi_volt\n", monitor + "in0_lcrit_alarm": "0\n"}, &Power{}},
		"the monitor cries":       {map[string]string{monitor + "name": "rpi_volt\n", monitor + "in0_lcrit_alarm": "1\n"}, &Power{Low: true, WasLow: true}},
		"the monitor cannot tell": {map[string]string{monitor + "name": "rpi_volt\n"}, nil},
		"an odd word":             {map[string]string{firmware: "n/a\n"}, nil},
	} {
		if got := readBoardUnder(tree(t, c.files)).Power; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestTheBoardNamesItselfAndItsWear(t *testing.T) {
	b := readBoardUnder(tree(t, map[string]string{
		"proc/device-tree/model":                  "Raspberry Pi 4 Model B Rev 1.5\x00",
		"sys/class/thermal/thermal_zone0/temp":    "48312\n",
		"sys/block/mmcblk0/device/life_time":      "0x02 0x05\n",
		"sys/block/mmcblk0/device/pre_eol_info":   "0x01\n",
		"sys/block/mmcblk0boot0/device/something": "else",
	}))
	if b.Model != "Raspberry Pi 4 Model B Rev 1.5" || b.Celsius != 48.312 || b.WearPercent != 50 || b.WornOut {
		t.Errorf("%+v", b)
	}
	end := readBoardUnder(tree(t, map[string]string{"sys/block/mmcblk0/device/life_time": "0x0b 0x0a\n", "sys/block/mmcblk0/device/pre_eol_info": "0x02\n"}))
	if end.WearPercent != 110 || !end.WornOut {
		t.Errorf("a worn-out card is not told: %+v", end)
	}
	if none := readBoardUnder(t.TempDir()); none.WearPercent != 0 || none.WornOut || none.Celsius != 0 || none.Model != "" {
		t.Errorf("what nobody knows is told: %+v", none)
	}
}

func TestMemoryIsReadFromTheKernelsOwnTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "meminfo")
	table := "MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable: 400 kB\nodd\nMemTotal: x kB\n"
	if err := os.WriteFile(file, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	if total, free := readMemory(file); total != 1000<<10 || free != 400<<10 {
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
		if got := isSynchronized(c.state, c.status); got != c.want {
			t.Errorf("state %d, status %#x: believed is %v", c.state, c.status, got)
		}
	}
	_ = ClockSynchronized() // asking needs no right and never panics, whatever this machine answers
}
