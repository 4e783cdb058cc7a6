package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"kiosk/sim"
)

// Two zones of the module's memory: how it reads, and whether setup codes that anybody can print are obeyed.
const (
	zoneMode  = 0x0000
	zoneSetup = 0x0003
	setupBits = 0x03
	setupOff  = 0x02
)

// scanModule is the emulated module on the far end of QEMU's USB serial port: whoever connects to the
// socket plugs it in, whoever hangs up pulls it out.
type scanModule struct {
	*sim.Serial
	socket string
	cable  net.Conn
	line   io.ReadWriteCloser
}

func newScanModule() *scanModule { return &scanModule{Serial: sim.NewSerial()} }

// plug puts the module in.
func (s *scanModule) plug() error {
	if s.cable != nil {
		return nil
	}
	cable, err := net.DialTimeout("unix", s.socket, 10*time.Second)
	if err != nil {
		return fmt.Errorf("plugging the scan module in: %w", err)
	}
	line, err := s.Open()
	if err != nil {
		return errors.Join(fmt.Errorf("plugging the scan module in: %w", err), cable.Close())
	}
	s.cable, s.line = cable, line
	go func() { _, _ = io.Copy(cable, line) }() // both end with the plug
	go func() { _, _ = io.Copy(line, cable) }()
	return nil
}

// unplug pulls it out.
func (s *scanModule) unplug() error {
	if s.cable == nil {
		return nil
	}
	err := errors.Join(s.cable.Close(), s.line.Close())
	s.cable, s.line = nil, nil
	return err
}
