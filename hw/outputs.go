package hw

import (
	"time"

	"periph.io/x/conn/v3/gpio"
)

type Outputs struct{}

func (o *Outputs) Add(name string, p gpio.PinOut, maxOn time.Duration) error { return nil }
func (o *Outputs) On(name string) (gone <-chan struct{}, err error)          { return nil, nil }
func (o *Outputs) Off(name string) error                                     { return nil }
func (o *Outputs) AllOff() error                                             { return nil }
func (o *Outputs) Shut() error                                               { return nil }
