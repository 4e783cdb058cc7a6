package onsite

import (
	"context"
	"fmt"
	"testing"

	"kiosk/sale"
	"kiosk/status"
)

// toldShop is a shop that returns one error to beginnings and one to ends of test vends.
type toldShop struct {
	begin, end error
	posted     []sale.Input
}

func (s *toldShop) Snapshot() sale.Snapshot { return sale.Snapshot{Maintenance: "anna"} }
func (s *toldShop) Post(in sale.Input)      { s.posted = append(s.posted, in) }

func (s *toldShop) Do(_ context.Context, cmd sale.Command) (sale.Reply, error) {
	if _, begins := cmd.(sale.BeginTestVend); begins {
		return sale.Reply{}, s.begin
	}
	return sale.Reply{}, s.end
}

type jammed struct{ turned int }

func (j *jammed) Vend(context.Context, int) (int, string) { j.turned++; return 0, sale.FaultJam }
func (j *jammed) Off()                                    {}

func TestATestVendAlwaysComesToItsEnd(t *testing.T) {
	unknown := fmt.Errorf("%w: the card is slow", sale.ErrUnknown)
	for name, c := range map[string]struct {
		begin, end     error
		turned, posted int
	}{
		"all is well":             {nil, nil, 1, 0},
		"begun, perhaps":          {unknown, nil, 0, 1},
		"too busy to begin":       {sale.ErrBusy, nil, 0, 0}, // it surely did not: an end might be another's
		"too busy to take an end": {nil, sale.ErrBusy, 1, 1},
		"the book failed under":   {nil, unknown, 1, 0}, // the next life knows of no test
	} {
		shop, motor := &toldShop{begin: c.begin, end: c.end}, &jammed{}
		b := &Bench{Shop: shop, Dispenser: motor, Log: func(string) {}}
		_, _, err := b.TestVend(t.Context(), 1, status.Person{Name: "anna"})
		if (err == nil) != (c.begin == nil) || motor.turned != c.turned || len(shop.posted) != c.posted {
			t.Errorf("%s: %v, %d motors turned, posted %v: a maintenance that never ends, or one that ends under a motor", name, err, motor.turned, shop.posted)
		}
		for _, in := range shop.posted {
			if end, ok := in.(sale.EndTestVend); !ok || end.Slot != 1 || c.turned == 1 && end.Fault != sale.FaultJam {
				t.Errorf("%s: posted %+v", name, in)
			}
		}
	}
}
