package sim

import "periph.io/x/conn/v3/spi"

// answerRead serves a read: of the command in this packet, or of the one before it.
func (p *Panel) answerRead(k spi.Packet, data bool) {
	at := 0
	if len(k.W) > 0 && !data {
		p.takeBytes(k.W[:1], false)
		at = 1
	}
	if !p.MISO || p.silent != 0 {
		return
	}
	id := p.id
	if p.ID != [3]byte{} {
		id = p.ID
	}
	var bits []byte
	switch p.command {
	case 0x04: // one dummy clock first, so every bit comes one later
		n := (uint32(id[0])<<16 | uint32(id[1])<<8 | uint32(id[2])) << 7
		bits = []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
	case 0x0A:
		bits = []byte{p.powerMode()}
	case 0xD3: // over this bus one byte of the answer, chosen by its index; the first is a dummy
		if n := p.index & 0x0F; p.index&0x10 != 0 && n >= 1 && n <= 3 {
			bits = []byte{p.id4[n-1]}
		}
	case 0xDA, 0xDB, 0xDC:
		bits = []byte{id[p.command-0xDA]}
	}
	copy(k.R[at:], bits)
}

// powerMode is RDDPM: 9C once awake, normal and on.
func (p *controller) powerMode() byte {
	m := byte(0x08)
	if p.awake {
		m |= 0x90
	}
	if p.on {
		m |= 0x04
	}
	if p.idle {
		m |= 0x40
	}
	return m
}
