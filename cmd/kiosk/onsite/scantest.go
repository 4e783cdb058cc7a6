package onsite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"kiosk/sale"
	"kiosk/status"
)

// scanTestTime is how long a technician has to find a code and hold it to the module.
const scanTestTime = 20 * time.Second

// ScanTest stands between the clerk and the scan module, and lets a technician have the next code instead of a sale. The
// clerk arms the module only for a customer, so that ends a test: the customer's code is a sale's.
type ScanTest struct {
	Scanner sale.Scanner

	mu    sync.Mutex
	armed bool        // by the clerk
	kind  chan string // with room for the one code; closed for a customer; nil: no test is under way
}

// Arm is the clerk's word.
func (t *ScanTest) Arm(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if on && t.kind != nil {
		close(t.kind)
		t.kind = nil
	}
	t.armed = on
	t.Scanner.Arm(t.armed || t.kind != nil)
}

// TakeCode hands a code's kind to the test, if one is under way.
func (t *ScanTest) TakeCode(kind string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kind == nil {
		return false
	}
	t.kind <- kind
	t.kind = nil
	return true
}

// IsRunning reports whether a test is under way.
func (t *ScanTest) IsRunning() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kind != nil
}

// Run waits for one code, and returns of what kind it was.
func (t *ScanTest) Run(ctx context.Context) (string, error) {
	kind, ok := t.beginTest()
	if !ok {
		return "", errors.New("a scan test is under way: hold a code to the module")
	}
	defer t.endTest()
	select {
	case read, ok := <-kind:
		if !ok {
			return "", status.ErrInService
		}
		return read, nil
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(scanTestTime):
		return "", fmt.Errorf("nothing was read in %v: hold a payment code 10 cm before the module, at full brightness", scanTestTime)
	}
}

// beginTest arms the module beside the clerk.
func (t *ScanTest) beginTest() (<-chan string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kind != nil {
		return nil, false
	}
	t.kind = make(chan string, 1)
	t.Scanner.Arm(true)
	return t.kind, true
}

// endTest leaves the module as the clerk wants it.
func (t *ScanTest) endTest() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kind = nil
	t.Scanner.Arm(t.armed)
}
