package sim

import "time"

// chip is what the datasheet says of a controller, and how the modules sold with it are wired.
type chip struct {
	width, height int  // of the picture memory
	words         bool // behind shift registers: 16 bits at a time, and no way back
	only18        bool // takes no 16-bit pixels over this bus
	mirrors       byte // the MADCTL mirrors with which a picture stands upright on the modules' glass
	blueFirst     bool // the modules' colour filter begins with blue
	negative      bool // the modules' glass is true with INVON
	function      byte // second parameter of register B6 at reset: REV 80, GS 40, SS 20; 0: not such a register
	rev           bool // B6 has the REV bit
	hush          time.Duration
	id            [3]byte // RDDID
	id4           [3]byte // D3
}

// MADCTL.
const (
	mirrorRows    = 0x80
	mirrorColumns = 0x40
	exchange      = 0x20
	blueBit       = 0x08 // 10 and 04 turn the scan about, not the picture
)

// chips by name; sleep out wants hush before the next command.
var chips = map[string]chip{
	"st7789": {width: 240, height: 320, negative: true, hush: 5 * time.Millisecond, id: [3]byte{0x85, 0x85, 0x52}},
	"st7735": {width: 132, height: 162, mirrors: mirrorRows | mirrorColumns, blueFirst: true, hush: 120 * time.Millisecond,
		id: [3]byte{0x7C, 0x89, 0xF0}},
	"ili9341": {width: 240, height: 320, mirrors: mirrorColumns, blueFirst: true, hush: 5 * time.Millisecond,
		function: 0x82, rev: true, id4: [3]byte{0x00, 0x93, 0x41}},
	"ili9486": {width: 320, height: 480, words: true, mirrors: mirrorColumns, blueFirst: true, hush: 5 * time.Millisecond,
		function: 0x02},
	"ili9488": {width: 320, height: 480, only18: true, mirrors: mirrorColumns, blueFirst: true, hush: 5 * time.Millisecond,
		function: 0x02, id: [3]byte{0x54, 0x80, 0x66}, id4: [3]byte{0x00, 0x94, 0x88}},
}

// chipKind is the panel's controller; a name that nobody has is an ST7789's.
func (p *Panel) chipKind() chip {
	c, ok := chips[p.Chip]
	if !ok {
		c = chips["st7789"]
	}
	if p.Strapped {
		c.width, c.height = p.Width, p.Height
	}
	return c
}
