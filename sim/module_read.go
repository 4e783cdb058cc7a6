package sim

import (
	"context"
	"fmt"
	"time"
)

const (
	// framing and decoding a code takes a module about this long
	decodeTime = 150 * time.Millisecond
	clump      = 8 // bytes come in clumps
)

// SetupCode is what a print says that sets a zone of this make of module. The factory's are free to everyone.
func SetupCode(zone int, value byte) string { return fmt.Sprintf("@SET%04X=%02X", zone, value) }

// Show holds a code before the module until it is read, for as long as patience lasts, and tells
// whether it was. When it comes back, the bytes are at the other end of the line.
func (m *Module) Show(ctx context.Context, code string, symbol int, patience time.Duration) (bool, error) {
	n, err := m.holdCode(ctx, code, symbol, patience, 1)
	return n > 0, err
}

// Hold leaves a code before the module for that long, and tells how often it was read.
func (m *Module) Hold(ctx context.Context, code string, symbol int, d time.Duration) (int, error) {
	return m.holdCode(ctx, code, symbol, d, -1)
}

func (m *Module) holdCode(ctx context.Context, code string, symbol int, d time.Duration, most int) (reads int, err error) {
	select {
	case m.view <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { <-m.view }()
	for end := time.Now().Add(d); reads != most; {
		sees, wait, stir := m.wouldRead(code, symbol)
		left := time.Until(end)
		if left <= 0 {
			break
		}
		if sees {
			wait, stir = decodeTime, nil
		}
		select {
		case <-ctx.Done():
			return reads, ctx.Err()
		case <-stir:
			continue
		case <-time.After(min(wait, left)):
		}
		if !sees || wait > left {
			continue
		}
		if out, ok := m.readCode(code, symbol); ok {
			reads++
			if err := m.sendBytes(ctx, out); err != nil {
				return reads, err
			}
		}
	}
	return reads, nil
}

// wouldRead tells whether the module is looking and can read that, and if not, when it may be.
func (m *Module) wouldRead(code string, symbol int) (sees bool, wait time.Duration, stir chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	sees, wait = m.seesCode(now)
	return sees && m.readsKind(now, code, symbol), wait, m.stir
}

// seesCode tells whether it is looking now; if only time can change that, when to ask again.
func (m *Module) seesCode(now time.Time) (bool, time.Duration) {
	if m.off || now.Before(m.awake) {
		return false, tenth
	}
	switch m.ram.mode() {
	case modeContinuous:
		again := m.rested.Add(time.Duration(m.ram[zoneInterval]) * tenth)
		return !now.Before(again), max(again.Sub(now), tenth)
	case modeInduction:
		return now.Sub(m.rested) >= time.Duration(m.ram[zoneStable])*tenth, tenth
	}
	once := time.Duration(m.ram[zoneOnce]) * tenth
	return m.looking && (once == 0 || now.Sub(m.since) < once), tenth
}

// readsKind tells whether that code can be read: its symbology is on, and it is not the last one again too soon.
func (m *Module) readsKind(now time.Time, code string, symbol int) bool {
	same := m.ram[zoneSame]
	soon := same&0x80 != 0 && code == m.last && now.Sub(m.rested) < time.Duration(same&0x7F)*tenth
	return m.ram[symbol]&1 != 0 && !soon
}

// readCode reads the code if it still can, and gives what it sends for it.
func (m *Module) readCode(code string, symbol int) ([]byte, bool) {
	m.mu.Lock()
	now := time.Now()
	if sees, _ := m.seesCode(now); !sees || !m.readsKind(now, code, symbol) {
		m.mu.Unlock()
		return nil, false
	}
	m.rested, m.last, m.used = now, code, now
	if m.ram.mode() <= modeCommand {
		m.setLooking(false)
	}
	setup := m.applySetup(code)
	out := m.frameCode(code, symbol)
	if setup && m.ram[zoneSetup]&1 == 0 {
		out = nil
	}
	keep := m.Keep
	m.mu.Unlock()
	if setup && keep != nil {
		keep()
	}
	return out, true
}

// applySetup obeys a setup code, for good: no kiosk is asked.
func (m *Module) applySetup(code string) bool {
	var zone int
	var v byte
	if n, _ := fmt.Sscanf(code, "@SET%04X=%02X", &zone, &v); n != 2 || m.ram[zoneSetup]&2 != 0 || zone >= zoneModel {
		return false
	}
	m.writeZone(zone, v)
	m.flash[zone] = m.ram[zone]
	return true
}

// frameCode puts around a code what the module is set to.
func (m *Module) frameCode(code string, symbol int) []byte {
	flags := m.ram[zoneTail]
	if m.ram[zoneOutput]&3 != 0 {
		return nil // it goes out at another port
	}
	out := []byte(code)
	if m.mangle != nil {
		return m.mangle(code)
	}
	if flags&4 != 0 {
		out = append([]byte{map[int]byte{QRCode: 'Q', Code128: 'j', EAN13: 'd'}[symbol]}, out...)
	}
	if flags&1 != 0 {
		out = append(out, []string{"\r", "\r\n", "\t", ""}[flags>>5&3]...)
	}
	return out
}

// sendBytes puts a code on the line at the line's speed.
func (m *Module) sendBytes(ctx context.Context, out []byte) error {
	select {
	case m.wires <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-m.wires }()
	for len(out) > 0 {
		n := min(clump, len(out))
		m.mu.Lock()
		took := time.Duration(n) * m.ram.byteTime()
		m.mu.Unlock()
		if err := sleepContext(ctx, took); err != nil {
			return err
		}
		m.sendText(out[:n])
		out = out[n:]
	}
	return nil
}
