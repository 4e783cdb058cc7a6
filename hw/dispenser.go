package hw

import (
	"context"
	"time"

	"periph.io/x/conn/v3/gpio"
)

type Slot struct {
	Motor string // its name in Outputs
	Home  gpio.PinIn
	Drop  gpio.PinIn
}

type Dispenser struct {
	Slots   map[int]Slot
	Outputs *Outputs
	Edge    func(slot int)
	Beam    func(slot int, blocked bool)
	Turn    time.Duration
}

func (d *Dispenser) Check() error { return nil }
func (d *Dispenser) Vend(ctx context.Context, slot int) (dropped bool, fault string) {
	return false, FaultUnknown
}
func (d *Dispenser) Off()                          {}
func (d *Dispenser) Run(ctx context.Context) error { <-ctx.Done(); return nil }
func (d *Dispenser) Longest() time.Duration        { return 0 }
