package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

// A record on its way to the glass is a kind, a length in four bytes, little endian, and as many bytes.
// The bus gives the first two kinds; a line beside it is told in the same stream, so that both keep their order.
const (
	kindCommand = 0
	kindData    = 1
	kindLine    = 2 // the pin's number and its level

	recordHead = 5
	recordMost = 1 << 20
)

// carrier carries records, each whole.
type carrier struct {
	mu sync.Mutex
	to io.Writer
}

// carry brings every transfer of the bus to the host.
func (c *carrier) carry(bus io.Reader) error {
	record := make([]byte, recordHead, 128<<10)
	for {
		record = record[:recordHead]
		if _, err := io.ReadFull(bus, record); err != nil {
			return fmt.Errorf("reading the panel's bus: %w", err)
		}
		n := int(binary.LittleEndian.Uint32(record[1:]))
		if record[0] > kindData || n > recordMost {
			return fmt.Errorf("reading the panel's bus: a record of kind %d with %d bytes", record[0], n)
		}
		record = append(record, make([]byte, n)...)
		if _, err := io.ReadFull(bus, record[recordHead:]); err != nil {
			return fmt.Errorf("reading the panel's bus: %w", err)
		}
		if err := c.send(record); err != nil {
			return err
		}
	}
}

// line tells how a line beside the bus stands.
func (c *carrier) line(pin, level int) error {
	return c.send([]byte{kindLine, 2, 0, 0, 0, byte(pin), byte(level)})
}

func (c *carrier) send(record []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.to.Write(record); err != nil {
		return fmt.Errorf("sending to the glass: %w", err)
	}
	return nil
}
