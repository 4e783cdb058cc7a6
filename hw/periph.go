package hw

import (
	"errors"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

var errStub = errors.New("not built yet")

func Init() error                         { return errStub }
func HasGPIO() error                      { return errStub }
func Pin(name string) (gpio.PinIO, error) { return nil, errStub }
func Off(pins []string) error             { return errStub }
func OpenSPI(port string, speed physic.Frequency) (p spi.PortCloser, c spi.Conn, slow, fast func() error, err error) {
	return nil, nil, nil, nil, errStub
}
