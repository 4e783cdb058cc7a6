package sim

import (
	"fmt"
	"sync"
	"syscall"
)

// What the SD card may be.
const (
	DiskOK       = "ok"
	DiskFull     = "full"
	DiskReadonly = "readonly"
)

// Disk is the SD card as far as writing to it goes. The zero value is well.
type Disk struct {
	mu  sync.Mutex
	how string
}

// SetTrouble makes writes fail, or work again.
func (d *Disk) SetTrouble(how string) error {
	switch how {
	case DiskOK, DiskFull, DiskReadonly:
	default:
		return fmt.Errorf("disk: no trouble named %q", how)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.how = how
	return nil
}

// CurrentTrouble is the present trouble.
func (d *Disk) CurrentTrouble() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.how == "" {
		return DiskOK
	}
	return d.how
}

// Err is what a write to the card comes to now: nil, or the kernel's ENOSPC or EROFS.
func (d *Disk) Err() error {
	switch d.CurrentTrouble() {
	case DiskFull:
		return fmt.Errorf("write to the card: %w", syscall.ENOSPC)
	case DiskReadonly:
		return fmt.Errorf("write to the card: %w", syscall.EROFS)
	}
	return nil
}
