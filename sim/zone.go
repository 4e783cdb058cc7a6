package sim

import "bytes"

// The module's command frames: 7E 00, then type, length, a 16-bit zone, data, CRC.
const (
	zoneRead  = 0x07
	zoneWrite = 0x08
	zoneSave  = 0x09

	zoneMode  = 0x0000
	zoneSetup = 0x0003
	zoneModel = 0x00E0
)

// factory is what a new module has in its zones: continuous reading, setup codes allowed, 9600 baud.
func factory() map[uint16]byte {
	return map[uint16]byte{
		zoneMode: 0xD6, zoneSetup: 0x00, 0x0005: 0x0A, 0x0006: 0x32, 0x0007: 0x80, 0x000D: 0x00, 0x0013: 0x85,
		0x002A: 0x39, 0x002B: 0x01, 0x003F: 0x01, 0x0060: 0x01, zoneModel: 0x05, 0x00E1: 0x64, 0x00E2: 0x69,
	}
}

// Zone is a setting of the module, as the kiosk left it.
func (s *Serial) Zone(at uint16) byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.zones[at]
}

// hear takes the whole frames off what the kiosk sent, and answers them. A frame that is wrong gets
// no answer at all, as the manual has it.
func (s *Serial) hear(sent []byte) (rest, replies []byte) {
	for {
		at := bytes.Index(sent, []byte{0x7E, 0x00})
		if at < 0 {
			if n := len(sent); n > 0 && sent[n-1] == 0x7E {
				return sent[n-1:], replies
			}
			return nil, replies
		}
		sent = sent[at:]
		if len(sent) < 9 {
			return sent, replies
		}
		data := int(sent[3])
		if sent[2] == zoneRead {
			data = 1
		}
		whole := 6 + data + 2
		if len(sent) < whole {
			return sent, replies
		}
		replies = append(replies, s.obey(sent[2:whole])...)
		sent = sent[whole:]
	}
}

// obey carries out one frame, from its type on.
func (s *Serial) obey(frame []byte) []byte {
	body, sum := frame[:len(frame)-2], frame[len(frame)-2:]
	if want := crc(body); !(sum[0] == 0xAB && sum[1] == 0xCD) && (sum[0] != byte(want>>8) || sum[1] != byte(want)) {
		return nil
	}
	zone := uint16(body[2])<<8 | uint16(body[3])
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.how == ScannerGone {
		return nil
	}
	switch body[0] {
	case zoneRead:
		n := int(body[4])
		if n == 0 {
			n = 256
		}
		data := make([]byte, n)
		for i := range data {
			data[i] = s.zones[zone+uint16(i)]
		}
		return zoneReply(data)
	case zoneWrite:
		for i, b := range body[4:] {
			if at := zone + uint16(i); at < zoneModel {
				s.zones[at] = b
			}
		}
		return zoneReply([]byte{0})
	case zoneSave:
		return zoneReply([]byte{0})
	}
	return nil
}

func zoneReply(data []byte) []byte {
	body := append([]byte{0x00, byte(len(data))}, data...)
	sum := crc(body)
	return append(append([]byte{0x02, 0x00}, body...), byte(sum>>8), byte(sum))
}

// crc is CRC-16/XMODEM, from the type to the last byte of data.
func crc(b []byte) (sum uint16) {
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
