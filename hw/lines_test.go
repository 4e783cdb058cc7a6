package hw

import (
	"encoding/binary"
	"os"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/gpio"
)

// The kernel checks the sizes by its ioctl numbers: on a board of 32 bits they are the same.
func TestTheKernelsStructsHaveItsSizes(t *testing.T) {
	var r lineRequest
	for what, is := range map[string][2]uintptr{
		"gpio_v2_line_request": {unsafe.Sizeof(r), 592}, "config": {unsafe.Offsetof(r.Flags), 288}, "num_lines": {unsafe.Offsetof(r.NumLines), 560},
		"event_buffer_size": {unsafe.Offsetof(r.BufferSize), 564}, "fd": {unsafe.Offsetof(r.FD), 588}, "gpio_v2_line_values": {unsafe.Sizeof(lineValues{}), 16},
		"GPIO_V2_GET_LINE_IOCTL": {getLine >> 16 & 0x3FFF, 592}, "GPIO_V2_LINE_GET_VALUES_IOCTL": {getLineValues >> 16 & 0x3FFF, 16},
	} {
		if is[0] != is[1] {
			t.Errorf("%s: %d, and linux/gpio.h has %d", what, is[0], is[1])
		}
	}
}

// kernelEdge is struct gpio_v2_line_event, as a line's descriptor gives it.
func kernelEdge(stamp time.Duration, id, number uint32) []byte {
	b := binary.NativeEndian.AppendUint64(nil, uint64(stamp))
	for _, v := range []uint32{id, 22, number + 1000, number} { // the third counts over all lines of a request
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	return append(b, make([]byte, lineEventSize-len(b))...)
}

// A pipe stands for the kernel: what was written long ago is read with the stamp of then, in the order of then.
func TestAnEdgeIsReadWithTheKernelsStamp(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	at, mono := matchClocks()
	l := &line{PinIO: newPin("GPIO22", gpio.High)}
	fd, err := unix.Dup(int(r.Fd()))
	if err != nil || unix.SetNonblock(fd, true) != nil {
		t.Fatal(err)
	}
	l.held.Store(&heldLine{fd: fd, file: os.NewFile(uintptr(fd), "GPIO22"), at: at, mono: mono})
	began := time.Now()
	if _, _, _, ok := l.NextEdge(0); ok || time.Since(began) > time.Second {
		t.Errorf("an edge of nothing, after %v", time.Since(began))
	}
	if _, _, _, ok := l.NextEdge(5 * ms); ok || time.Since(began) < 5*ms {
		t.Errorf("a wait of 5ms took %v", time.Since(began))
	}
	long := mono - time.Hour
	for _, e := range [][]byte{kernelEdge(long, 2, 7), kernelEdge(long+750*us, eventRising, 8)} {
		if _, err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	fell, fellAt, first, ok1 := l.NextEdge(0)
	rose, roseAt, second, ok2 := l.NextEdge(time.Second)
	if !ok1 || !ok2 || fell != gpio.Low || rose != gpio.High || first != 7 || second != 8 {
		t.Errorf("edges %v %d %v, %v %d %v", fell, first, ok1, rose, second, ok2)
	}
	if dark := roseAt.Sub(fellAt); dark != 750*us {
		t.Errorf("750 µs of darkness are %v", dark)
	}
	if ago := at.Sub(fellAt); ago != time.Hour {
		t.Errorf("an hour ago is %v ago", ago)
	}
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(kernelEdge(time.Duration(now.Nano()), 2, 9)); err != nil {
		t.Fatal(err)
	}
	after := time.Now()
	if _, at, _, _ := l.NextEdge(0); at.After(after) || at.Before(began) {
		t.Errorf("an edge of just now is stamped %v from it", at.Sub(after))
	}
}

// A pin has one owner: found twice it is the same, and a line of no chip is refused by its name.
func TestAPinIsFoundOnce(t *testing.T) {
	wired(t, newPin("TEST_A", gpio.High), newPin("TEST_B", gpio.High))
	var lines Lines
	a, err := lines.FindPin("TEST_A")
	again, err2 := lines.FindPin("TEST_A")
	b, err3 := lines.FindPin("TEST_B")
	if err != nil || err2 != nil || err3 != nil || a != again || a == b {
		t.Fatalf("%v %v %v: one light barrier would be held twice", err, err2, err3)
	}
	if _, has := a.(EdgePin); !has {
		t.Fatal("a pin of the board has no edges")
	}
	if err := a.(EdgePin).OpenEdges(); err == nil || err.Error() != "no GPIO chip has TEST_A" {
		t.Errorf("a technician reads %v", err)
	}
	if _, _, _, ok := a.(EdgePin).NextEdge(time.Second); ok {
		t.Error("an edge of a line that is not held")
	}
}
