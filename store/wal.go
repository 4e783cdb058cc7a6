package store

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
)

// The write-ahead log is read here as its format is published (www.sqlite.org/fileformat2.html, 4), because SQLite takes
// every frame after the first bad one for never written. That is right for a torn tail, and silent about bit rot.

const (
	walHeader   = 32
	frameHeader = 24
	walMagic    = 0x377f0682 // the last bit says in which byte order the sums are made
)

// findRot returns the first bad frame of a log if what follows proves that it was whole once, counted from 1; 0 is the
// header, and -1 is none. A transaction is synced before the next one is written. So a bad frame is rot if, behind it, one
// transaction ends and another begins; in the last transaction it may be what a power cut tore, which nobody was told of.
func findRot(path string) (frame int, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return -1, err
	}
	defer f.Close()
	head := make([]byte, walHeader)
	if _, err := io.ReadFull(f, head); err != nil {
		return -1, ignoreEnd(err)
	}
	s, bad := beginWAL(head)
	for n := 1; ; n++ {
		if _, err := io.ReadFull(f, s.frame); err != nil {
			return -1, ignoreEnd(err)
		}
		ended := s.ended
		switch whole := s.next(); {
		case whole && bad >= 0 && (ended || bad == 0):
			return bad, nil
		case !whole && bad < 0:
			bad = n
		}
	}
}

// ignoreEnd: the log ends where it ends.
func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// walScan goes through the frames of a log, whether or not those before were whole.
type walScan struct {
	order binary.ByteOrder
	salt  []byte    // of the frames that belong to this log; the rest is left of earlier ones. nil: the first frame says
	sum   [2]uint32 // as stored before the frame
	frame []byte
	ended bool // the frame before says that its transaction ends with it
}

// beginWAL reads the header; bad is 0 if it is spoilt, and -1 if it is whole. A header of zeros was written by a stop, which
// leaves nothing to read.
func beginWAL(head []byte) (s *walScan, bad int) {
	const page = 1024 // of the book: see writerDSN
	s = &walScan{order: binary.LittleEndian, frame: make([]byte, frameHeader+page)}
	if binary.BigEndian.Uint32(head)&1 == 1 {
		s.order = binary.BigEndian
	}
	s.sum = s.add([2]uint32{}, head[:24])
	if binary.BigEndian.Uint32(head)&^1 == walMagic && s.sum == storedSum(head[24:]) && binary.BigEndian.Uint32(head[8:]) == page {
		s.salt = append(s.salt, head[16:24]...)
		return s, -1
	}
	if isZero(head) {
		s.salt = head[16:24] // of no frame
		return s, -1
	}
	s.sum = storedSum(head[24:])
	return s, 0
}

// next reports whether the frame that was read is whole, seen from the frame before it.
func (s *walScan) next() bool {
	head := s.frame[:frameHeader]
	if s.salt == nil {
		s.salt = append(s.salt, head[8:16]...)
	}
	sum := s.add(s.add(s.sum, head[:8]), s.frame[frameHeader:])
	s.sum, s.ended = storedSum(head[16:]), binary.BigEndian.Uint32(head[4:]) != 0
	return string(head[8:16]) == string(s.salt) && !isZero(s.salt) && sum == s.sum && binary.BigEndian.Uint32(head) != 0
}

// add is the log's checksum, carried on over more bytes.
func (s *walScan) add(sum [2]uint32, b []byte) [2]uint32 {
	for i := 0; i+8 <= len(b); i += 8 {
		sum[0] += s.order.Uint32(b[i:]) + sum[1]
		sum[1] += s.order.Uint32(b[i+4:]) + sum[0]
	}
	return sum
}

func storedSum(b []byte) [2]uint32 {
	return [2]uint32{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
