package street

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
	ZoneMode  = 0x0000
	ZoneSetup = 0x0003
	SetupBits = 0x03
	SetupOff  = 0x02
)

// ScanModule is the emulated module on the far end of QEMU's USB serial port: whoever connects to the
// socket plugs it in, whoever hangs up pulls it out.
type ScanModule struct {
	*sim.Serial
	Socket string
	cable  net.Conn
	line   io.ReadWriteCloser
}

func NewScanModule() *ScanModule { return &ScanModule{Serial: sim.NewSerial()} }

// Plug puts the module in.
func (s *ScanModule) Plug() error {
	if s.cable != nil {
		return nil
	}
	cable, err := net.DialTimeout("unix", s.Socket, 10*time.Second)
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

// Unplug pulls it out.
func (s *ScanModule) Unplug() error {
	if s.cable == nil {
		return nil
	}
	err := errors.Join(s.cable.Close(), s.line.Close())
	s.cable, s.line = nil, nil
	return err
}
