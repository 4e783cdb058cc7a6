package sim

import (
	"bytes"
	"slices"
	"time"
)

// The module's command frames: 7E 00, then type, length, a 16-bit zone, data, CRC.
const (
	zoneRead  = 0x07
	zoneWrite = 0x08
	zoneSave  = 0x09

	zoneMode     = 0x00
	zoneLook     = 0x02
	zoneSetup    = 0x03
	zoneStable   = 0x04
	zoneInterval = 0x05
	zoneOnce     = 0x06
	zoneSleep    = 0x07
	zoneOutput   = 0x0D
	zoneSame     = 0x13
	zoneBaud     = 0x2A
	zoneTail     = 0x60
	zoneAct      = 0xD9 // written only: what to do, not what to be
	zoneModel    = 0xE0 // from here on nothing can be written
	zoneCount    = 0x100
)

// The symbologies a code may be shown in, by the zone that enables them.
const (
	EAN13   = 0x2E
	Code128 = 0x33
	I2of5   = 0x40
	QRCode  = 0x3F
)

// factorySettings is what a new module has in its zones: continuous reading, setup codes allowed, 9600 baud,
// and nearly every symbology.
func factorySettings() (z [zoneCount]byte) {
	for at, v := range map[int]byte{
		zoneMode: 0xD6, zoneStable: 0x04, zoneInterval: 0x0A, zoneOnce: 0x32, zoneSleep: 0x81, zoneSleep + 1: 0x2C, zoneSame: 0x85,
		zoneBaud: 0x39, zoneBaud + 1: 0x01, 0x2C: 0x04, 0x34: 1, 0x35: 0xFF, zoneTail: 0x01, zoneModel: 0x05, 0xE1: 0x64, 0xE2: 0x69,
	} {
		z[at] = v
	}
	for _, at := range []int{EAN13, 0x2F, 0x30, 0x31, 0x32, Code128, 0x36, 0x39, 0x3C, QRCode, I2of5, 0x4F, 0x50, 0x51, 0x54, 0x55} {
		z[at] = 1
	}
	return z
}

// frameTime is how long after its first bytes a command is forgotten; answerTime how long one is thought about.
const (
	frameTime  = 400 * time.Millisecond
	answerTime = 2 * time.Millisecond
	wakeTime   = 40 * time.Millisecond
)

// Hear takes what the kiosk sends. A frame that is wrong, late or for a module that sleeps gets no
// answer at all, as the manual has it.
func (m *Module) Hear(sent []byte) {
	if len(sent) == 0 {
		return
	}
	saved := false
	m.mu.Lock()
	now := time.Now()
	if m.isAsleep(now) {
		m.awake = now.Add(wakeTime)
	}
	m.used = now
	switch {
	case m.off || m.faults.Deaf || now.Before(m.awake):
		m.input = nil
	default:
		if now.Sub(m.inputAt) > frameTime {
			m.input = nil
		}
		if len(m.input) == 0 {
			m.inputAt = now
		}
		m.input = append(m.input, sent...)
		for frame := m.takeFrame(); frame != nil; frame = m.takeFrame() {
			saved = m.obeyFrame(frame) || saved
		}
	}
	keep := m.Keep
	m.mu.Unlock()
	if saved && keep != nil {
		keep()
	}
}

// takeFrame takes a whole frame off the input, from its type on; nil if there is none.
func (m *Module) takeFrame() []byte {
	at := bytes.Index(m.input, []byte{0x7E, 0x00})
	if at < 0 {
		if n := len(m.input); n > 0 && m.input[n-1] == 0x7E {
			m.input = m.input[n-1:]
		} else {
			m.input = nil
		}
		return nil
	}
	m.input = m.input[at:]
	if len(m.input) < 9 {
		return nil
	}
	data := int(m.input[3])
	if m.input[2] == zoneRead {
		data = 1
	}
	whole := 6 + data + 2
	if len(m.input) < whole {
		return nil
	}
	frame := m.input[2:whole]
	m.input = m.input[whole:]
	return frame
}

// obeyFrame carries out one frame, and tells whether the flash was written.
func (m *Module) obeyFrame(frame []byte) bool {
	body, sum := frame[:len(frame)-2], frame[len(frame)-2:]
	if want := crcCCITT(body); !(sum[0] == 0xAB && sum[1] == 0xCD) && (sum[0] != byte(want>>8) || sum[1] != byte(want)) {
		return false
	}
	zone := int(body[2])<<8 | int(body[3])
	if slices.Contains(m.faults.Lacks, zone) {
		return false
	}
	switch body[0] {
	case zoneRead:
		n := int(body[4])
		if n == 0 {
			n = zoneCount
		}
		if zone+n > zoneCount {
			return false
		}
		m.answerFrame(m.ram[zone : zone+n])
	case zoneWrite:
		if zone+len(body)-4 > zoneCount {
			return false
		}
		m.answerFrame([]byte{0}) // at the speed it was asked with
		for i, v := range body[4:] {
			m.writeZone(zone+i, v)
		}
	case zoneSave:
		m.answerFrame([]byte{0})
		if !m.faults.Worn {
			m.flash = m.ram
		}
		m.saves++
		return true
	}
	return false
}

// writeZone changes one zone in RAM.
func (m *Module) writeZone(at int, v byte) {
	switch {
	case at >= zoneModel || slices.Contains(m.faults.Forgets, at):
		return
	case at == zoneAct:
		m.applyZone(v)
		return
	}
	m.ram[at] = v
	switch {
	case at == zoneLook && m.ram.mode() == modeCommand:
		m.setLooking(v&1 != 0)
	case at == zoneMode:
		m.setLooking(false)
	case at >= 0x2C && at < zoneTail: // a code in view may be readable now
		m.wakeUp()
	}
}

// applyZone does what the function zone is written for.
func (m *Module) applyZone(v byte) {
	switch v {
	case 0x55:
		m.flash = factorySettings()
		m.ram = m.flash
		m.setLooking(false)
	case 0xD3:
		m.ram[zoneBaud], m.ram[zoneBaud+1] = 0x39, 0x01
	}
}

// answerFrame sends data in a frame, after what is being sent already.
func (m *Module) answerFrame(data []byte) {
	body := append([]byte{0x00, byte(len(data))}, data...)
	sum := crcCCITT(body)
	if m.faults.Clone {
		sum = 0x3331
	}
	out := append(append([]byte{0x02, 0x00}, body...), byte(sum>>8), byte(sum))
	switch {
	case m.faults.Lose > 0:
		m.faults.Lose--
		return
	case m.faults.Spoil > 0:
		m.faults.Spoil--
		out[4] ^= 0x10
	}
	now := time.Now()
	start := now.Add(answerTime + m.faults.Slow)
	if start.Before(m.busy) {
		start = m.busy
	}
	step, gap := len(out), time.Duration(len(out))*m.ram.byteTime()
	if m.faults.Split > 0 {
		step, gap = 1, m.faults.Split
	}
	m.busy = start.Add(time.Duration(len(out)/step) * gap)
	time.AfterFunc(start.Sub(now)+gap, func() { m.leaveZone(out, step, gap) })
}

// leaveZone lets an answer go, part by part.
func (m *Module) leaveZone(out []byte, step int, gap time.Duration) {
	m.sendText(out[:step])
	if out = out[step:]; len(out) > 0 {
		time.AfterFunc(gap, func() { m.leaveZone(out, step, gap) })
	}
}

// crcCCITT is CRC-16/XMODEM, from the type to the last byte of data.
func crcCCITT(b []byte) (sum uint16) {
	for _, c := range b {
		sum ^= uint16(c) << 8
		for range 8 {
			if sum&0x8000 != 0 {
				sum = sum<<1 ^ 0x1021
			} else {
				sum <<= 1
			}
		}
	}
	return sum
}
