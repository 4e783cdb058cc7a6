package hw

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Board is how the computer is. What cannot be found out is left out.
type Board struct {
	BootID      string  `json:"boot_id,omitempty"`
	UptimeS     int64   `json:"uptime_s,omitempty"`
	Celsius     float64 `json:"celsius,omitempty"`
	Throttled   string  `json:"throttled,omitempty"` // hex bits: 0 under-voltage now, 1 capped, 2 throttled, 16–18 the same since boot
	MemoryTotal uint64  `json:"memory_total,omitempty"`
	MemoryFree  uint64  `json:"memory_free,omitempty"` // what programs could still get
	DiskTotal   uint64  `json:"disk_total,omitempty"`
	DiskFree    uint64  `json:"disk_free"` // what this user may still write
	ReadOnly    bool    `json:"read_only"`
}

// LookAt reads the board, and the disk that holds path.
func LookAt(path string) Board {
	b := Board{
		BootID:    word("/proc/sys/kernel/random/boot_id"),
		Throttled: word("/sys/devices/platform/soc/soc:firmware/get_throttled"),
	}
	if s, err := strconv.ParseFloat(word("/proc/uptime"), 64); err == nil {
		b.UptimeS = int64(s)
	}
	if milli, err := strconv.ParseFloat(word("/sys/class/thermal/thermal_zone0/temp"), 64); err == nil {
		b.Celsius = milli / 1000
	}
	b.MemoryTotal, b.MemoryFree = memory("/proc/meminfo")
	var fs unix.Statfs_t
	if unix.Statfs(path, &fs) == nil {
		size := uint64(fs.Bsize)
		b.DiskTotal, b.DiskFree = fs.Blocks*size, fs.Bavail*size
		b.ReadOnly = fs.Flags&unix.ST_RDONLY != 0
	}
	return b
}

// synchronized is the mark that systemd-timesyncd leaves once the clock was set in this boot.
const synchronized = "/run/systemd/timesync/synchronized"

// Synced tells whether somebody keeps the kernel's clock in step. A unit with ProtectClock forbids to ask
// the kernel even that; there the mark of systemd-timesyncd has to do.
func Synced() bool {
	var t unix.Timex // Modes 0 only reads
	state, err := unix.Adjtimex(&t)
	if err != nil {
		_, err = os.Stat(synchronized)
		return err == nil
	}
	return believed(state, t.Status)
}

func believed(state int, status int32) bool {
	return state != unix.TIME_ERROR && status&unix.STA_UNSYNC == 0
}

// word is a file's first word, or "".
func word(path string) string {
	all, _ := os.ReadFile(path) // a machine without it simply does not say
	if f := strings.Fields(string(all)); len(f) > 0 {
		return f[0]
	}
	return ""
}

func memory(path string) (total, free uint64) {
	all, _ := os.ReadFile(path)
	for line := range strings.Lines(string(all)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		kib, err := strconv.ParseUint(f[1], 10, 64)
		switch {
		case err != nil:
		case f[0] == "MemTotal:":
			total = kib << 10
		case f[0] == "MemAvailable:":
			free = kib << 10
		}
	}
	return total, free
}
