package hw

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Board is the state of the computer. A zero field means that this machine does not say.
type Board struct {
	Model       string  `json:"model,omitempty"`
	BootID      string  `json:"boot_id,omitempty"`
	UptimeS     int64   `json:"uptime_s,omitempty"`
	Celsius     float64 `json:"celsius,omitempty"`
	Power       *Power  `json:"power,omitempty"` // nil: this kernel does not say
	MemoryTotal uint64  `json:"memory_total,omitempty"`
	MemoryFree  uint64  `json:"memory_free,omitempty"` // available to programs
	DiskTotal   uint64  `json:"disk_total,omitempty"`
	DiskFree    uint64  `json:"disk_free"` // available to this user
	ReadOnly    bool    `json:"read_only"`
	WearPercent int     `json:"worn_percent,omitempty"` // how much of its life the storage has used, in steps of ten; 0: unknown
	WornOut     bool    `json:"worn_out,omitempty"`     // the storage warns of its end
}

// Power is the state of the supply, from the firmware or the voltage monitor.
type Power struct {
	Low       bool `json:"low"`       // under 4.63 V now
	Capped    bool `json:"capped"`    // the clock is limited now
	Throttled bool `json:"throttled"` // because of the heat
	WasLow    bool `json:"was_low"`   // since boot
	WasHot    bool `json:"was_hot"`
}

// ReadBoard reads the board, and the disk that holds path.
func ReadBoard(path string) Board {
	b := readBoardUnder("/")
	var fs unix.Statfs_t
	if unix.Statfs(path, &fs) == nil {
		size := uint64(fs.Bsize)
		b.DiskTotal, b.DiskFree = fs.Blocks*size, fs.Bavail*size
		b.ReadOnly = fs.Flags&unix.ST_RDONLY != 0
	}
	return b
}

// readBoardUnder reads the kernel's files below root, which only tests change.
func readBoardUnder(root string) Board {
	at := func(name string) string { return filepath.Join(root, name) }
	model, _ := os.ReadFile(at("proc/device-tree/model")) // a PC has none
	b := Board{
		Model:  strings.TrimRight(string(model), "\x00\n"),
		BootID: firstWord(at("proc/sys/kernel/random/boot_id")),
		Power:  readPower(root),
	}
	if s, err := strconv.ParseFloat(firstWord(at("proc/uptime")), 64); err == nil {
		b.UptimeS = int64(s)
	}
	if milli, err := strconv.ParseFloat(firstWord(at("sys/class/thermal/thermal_zone0/temp")), 64); err == nil {
		b.Celsius = milli / 1000
	}
	b.MemoryTotal, b.MemoryFree = readMemory(at("proc/meminfo"))
	b.WearPercent, b.WornOut = readWear(root)
	return b
}

// readPower asks the Raspberry Pi's firmware if its kernel has the file, and otherwise the voltage monitor, which knows
// only of low voltage.
func readPower(root string) *Power {
	bits, err := strconv.ParseUint(strings.TrimPrefix(firstWord(filepath.Join(root, "sys/devices/platform/soc/soc:firmware/get_throttled")), "0x"), 16, 32)
	if err == nil {
		bit := func(n int) bool { return bits>>n&1 == 1 }
		return &Power{Low: bit(0), Capped: bit(1), Throttled: bit(2) || bit(3), WasLow: bit(16), WasHot: bit(18) || bit(19)}
	}
	names, _ := filepath.Glob(filepath.Join(root, "sys/class/hwmon/hwmon*/name")) // the pattern is sound
	for _, name := range names {
		if firstWord(name) != "rpi_volt" {
			continue
		}
		switch firstWord(filepath.Join(filepath.Dir(name), "in0_lcrit_alarm")) {
		case "0":
			return &Power{}
		case "1":
			return &Power{Low: true, WasLow: true}
		}
	}
	return nil
}

// readWear reads the wear of eMMC storage (JEDEC eMMC 5.0: tenths of its life, and a pre-end-of-life warning). SD cards
// report none.
func readWear(root string) (percent int, out bool) {
	cards, _ := filepath.Glob(filepath.Join(root, "sys/block/mmcblk*/device/life_time")) // the pattern is sound
	for _, card := range cards {
		all, _ := os.ReadFile(card)
		for _, f := range strings.Fields(string(all)) {
			if n, err := strconv.ParseUint(strings.TrimPrefix(f, "0x"), 16, 8); err == nil && n <= 0x0b {
				percent = max(percent, 10*int(n))
			}
		}
		end, err := strconv.ParseUint(strings.TrimPrefix(firstWord(filepath.Join(filepath.Dir(card), "pre_eol_info")), "0x"), 16, 8)
		out = out || err == nil && end >= 2
	}
	return percent, out
}

// timesyncMark is the file that systemd-timesyncd makes once it has set the clock in this boot.
const timesyncMark = "/run/systemd/timesync/synchronized"

// ClockSynchronized returns whether the kernel's clock is kept in step. A unit with ProtectClock may not even ask the
// kernel; then the mark of systemd-timesyncd decides.
func ClockSynchronized() bool {
	var t unix.Timex // Modes 0 only reads
	state, err := unix.Adjtimex(&t)
	if err != nil {
		_, err = os.Stat(timesyncMark)
		return err == nil
	}
	return isSynchronized(state, t.Status)
}

func isSynchronized(state int, status int32) bool {
	return state != unix.TIME_ERROR && status&unix.STA_UNSYNC == 0
}

// firstWord is a file's first word, or "".
func firstWord(path string) string {
	all, _ := os.ReadFile(path) // no such file: unknown
	return append(strings.Fields(string(all)), "")[0]
}

func readMemory(path string) (total, free uint64) {
	all, _ := os.ReadFile(path)
	for line := range strings.Lines(string(all)) {
		_, _ = fmt.Sscanf(line, "MemTotal: %d kB", &total) // another line changes nothing
		_, _ = fmt.Sscanf(line, "MemAvailable: %d kB", &free)
	}
	return total << 10, free << 10
}

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
	f, err := os.CreateTemp(filepath.Dir(r.file), ".runs-*")
	if err != nil {
		return fmt.Errorf("counting the runs: %w", err)
	}
	err = errors.Join(json.NewEncoder(f).Encode(r), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), r.file)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("counting the runs: %w", err), os.Remove(f.Name()))
	}
	return nil
}
