package display

import (
	"image"
	"image/color"
)

// An icon is drawn on a square of 1024 units by asking, for sixteen points of every pixel, whether they
// are inside. Whole numbers only, so that every machine draws the same picture.
type shape func(x, y int) bool

const unit = 1024

// icon draws a badge in one colour and a sign on it in another. The badge's outline differs by kind too.
func (c *canvas) icon(x, y, size int, i icon, tint, sign color.RGBA) {
	badge, mark := badges[i], marks[i]
	for py := range size {
		for px := range size {
			if under := badge.cover(px, py, size); under > 0 {
				c.blend(x+px, y+py, tint, under)
				c.blend(x+px, y+py, sign, mark.cover(px, py, size))
			}
		}
	}
}

// cover is how much of a pixel a shape covers. Where the corners agree, they speak for what is between.
func (f shape) cover(px, py, size int) uint8 {
	inside := 0
	for i, s := range [16]int{0, 3, 12, 15, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14} {
		if i == 4 && size >= 40 && inside%4 == 0 {
			return uint8(inside / 4 * 0xff)
		}
		if f((8*px+2*(s%4)+1)*unit/(8*size), (8*py+2*(s/4)+1)*unit/(8*size)) {
			inside++
		}
	}
	return uint8(inside * 0xff / 16)
}

// icon names a sign.
type icon int

const (
	iconDots icon = iota
	iconPhone
	iconScan
	iconLock
	iconTray
	iconCheck
	iconCross
	iconAlert
	iconClock
	iconReturn
	iconOffline
	iconPause
	iconGear
	iconEmpty
	iconHourglass
	iconWaves
)

// Good news and work under way are round, refusals square with soft corners, closed doors eight-sided.
var badges = map[icon]shape{
	iconDots: round, iconPhone: round, iconScan: round, iconLock: round, iconTray: round, iconCheck: round,
	iconClock: round, iconReturn: round, iconHourglass: round, iconWaves: round,
	iconCross: square, iconAlert: square, iconEmpty: square,
	iconOffline: octagon, iconPause: octagon, iconGear: octagon,
}

var (
	round   = disc(512, 512, 508)
	square  = box(12, 12, 1012, 1012, 210)
	octagon = shape(func(x, y int) bool {
		dx, dy := abs(x-512), abs(y-512)
		return dx < 505 && dy < 505 && dx+dy < 720
	})
)

var marks = map[icon]shape{
	iconDots:  either(disc(290, 512, 75), disc(512, 512, 75), disc(734, 512, 75)),
	iconPhone: either(phone, bar(440, 745, 584, 745, 30)),
	iconScan: either(
		corner(250, 270, 1, 1), corner(774, 270, -1, 1), corner(250, 754, 1, -1), corner(774, 754, -1, -1),
		bar(210, 512, 814, 512, 32)),
	iconLock: either(phone, disc(400, 512, 48), disc(512, 512, 48), disc(624, 512, 48)),
	iconTray: either(bar(512, 210, 512, 600, 52), bar(512, 610, 370, 468, 52), bar(512, 610, 654, 468, 52),
		bar(250, 640, 250, 780, 44), bar(250, 780, 774, 780, 44), bar(774, 780, 774, 640, 44)),
	iconCheck: either(bar(285, 530, 450, 695, 62), bar(450, 695, 755, 350, 62)),
	iconCross: either(bar(320, 320, 704, 704, 62), bar(704, 320, 320, 704, 62)),
	iconAlert: either(bar(512, 240, 512, 570, 64), disc(512, 770, 76)),
	iconClock: either(ring(512, 512, 320, 62), bar(512, 512, 512, 330, 34), bar(512, 512, 640, 590, 34)),
	iconReturn: either(
		less(ring(530, 530, 280, 76), func(x, y int) bool { return x < 530 && y > 430 && y < 700 && x+y < 1060 }),
		func(x, y int) bool { return y > 330 && y < 560 && abs(x-276) < (560-y)*3/4 }),
	iconOffline: either(
		less(either(arc(780, 540, 76), arc(780, 360, 76), disc(512, 770, 76)), bar(300, 250, 800, 850, 96)),
		bar(290, 260, 760, 824, 36)),
	iconWaves: either(arc(740, 540, 76), arc(740, 360, 76), disc(512, 740, 76)),
	iconPause: either(bar(400, 350, 400, 674, 62), bar(624, 350, 624, 674, 62)),
	iconGear: less(either(disc(512, 512, 250), bar(512, 220, 512, 804, 66), bar(220, 512, 804, 512, 66),
		bar(306, 306, 718, 718, 66), bar(718, 306, 306, 718, 66)), disc(512, 512, 110)),
	iconEmpty: either(
		less(box(240, 300, 784, 780, 50), box(304, 364, 720, 716, 12)), bar(272, 332, 752, 748, 32)),
	iconHourglass: either(bar(330, 250, 694, 250, 38), bar(330, 774, 694, 774, 38),
		func(x, y int) bool {
			d := abs(y - 512)
			return d < 262 && abs(x-512) < 24+d/2
		}),
}

var phone = less(box(310, 190, 714, 834, 76), box(366, 262, 658, 690, 20))

func disc(cx, cy, r int) shape {
	return func(x, y int) bool { return (x-cx)*(x-cx)+(y-cy)*(y-cy) < r*r }
}

func ring(cx, cy, r, width int) shape { return less(disc(cx, cy, r), disc(cx, cy, r-width)) }

// arc is the upper quarter of a ring around the foot of the radio waves.
func arc(foot, r, width int) shape {
	waves := ring(512, foot, r, width)
	return func(x, y int) bool { return waves(x, y) && foot-y > abs(x-512) }
}

// bar is a line with round ends, of half a width.
func bar(x0, y0, x1, y1, half int) shape {
	dx, dy := x1-x0, y1-y0
	length := dx*dx + dy*dy
	return func(x, y int) bool {
		along := min(max((x-x0)*dx+(y-y0)*dy, 0), length)
		ex, ey := (x-x0)*length-along*dx, (y-y0)*length-along*dy
		return ex/length*(ex/length)+ey/length*(ey/length) < half*half
	}
}

func box(x0, y0, x1, y1, radius int) shape {
	return func(x, y int) bool {
		dx := max(x0+radius-x, x-(x1-radius), 0)
		dy := max(y0+radius-y, y-(y1-radius), 0)
		return dx*dx+dy*dy < radius*radius
	}
}

// corner is one of four brackets around what is looked at.
func corner(x, y, sx, sy int) shape {
	return either(bar(x, y, x+sx*130, y, 34), bar(x, y, x, y+sy*130, 34))
}

func either(shapes ...shape) shape {
	return func(x, y int) bool {
		for _, s := range shapes {
			if s(x, y) {
				return true
			}
		}
		return false
	}
}

func less(s, hole shape) shape { return func(x, y int) bool { return s(x, y) && !hole(x, y) } }

func abs(n int) int { return max(n, -n) }

// card paints a rectangle with soft corners.
func (c *canvas) card(r image.Rectangle, radius int, col color.RGBA) {
	rounded := box(r.Min.X*16, r.Min.Y*16, r.Max.X*16, r.Max.Y*16, radius*16)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		if y >= r.Min.Y+radius && y < r.Max.Y-radius {
			c.fill(image.Rect(r.Min.X, y, r.Max.X, y+1), col)
			continue
		}
		for x := r.Min.X; x < r.Max.X; x++ {
			n := 0
			for s := range 16 {
				if rounded(16*x+4*(s%4)+2, 16*y+4*(s/4)+2) {
					n++
				}
			}
			c.blend(x, y, col, uint8(n*255/16))
		}
	}
}
