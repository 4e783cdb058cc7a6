package hw

import (
	"context"

	"periph.io/x/conn/v3/gpio"
)

type Keys struct {
	Pins    map[int]gpio.PinIn
	Cancel  gpio.PinIn
	Pressed func(slot int)
	GaveUp  func()
	Stuck   func(slot int, stuck bool)
}

func (k *Keys) Run(ctx context.Context) error { <-ctx.Done(); return nil }
