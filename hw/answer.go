package hw

import (
	"errors"
	"maps"
	"slices"
)

// SelfTest drives every output that is not on low once more, and tells how many took it. None is read: see RunningOutput. A
// pin that is gone says so here, before a customer has paid for what it should turn.
func (o *Outputs) SelfTest() (n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(o.outs)) {
		out := o.outs[name]
		switch {
		case out == o.on:
		case out.stuck:
			errs = append(errs, errors.New(name+" may still be on"))
		default:
			if err := drivePinLow(out.pin); err != nil {
				errs = append(errs, errors.New(name+" does not answer: "+err.Error()))
				continue
			}
			n++
		}
	}
	return n, errors.Join(errs...)
}

// IsVending tells whether goods are being given out, or waited for, or a light barrier is proved.
func (d *Dispenser) IsVending() bool {
	d.applyDefaults()
	return len(d.vendToken) > 0
}
