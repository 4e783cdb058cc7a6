package street

import (
	"testing"
	"time"
)

func told(event string, pin, level int, at time.Duration) Message {
	return Message{Event: event, Pin: pin, Level: level, US: at.Microseconds()}
}

func TestATurnThatThePowerCutEndedIsOpen(t *testing.T) {
	var tr Trace
	tr.Power()
	tr.Take(told("pin", 17, 0, time.Second))
	tr.Take(told("pin", 17, 1, 2*time.Second))
	tr.Take(told("drop", 22, 1, 2900*time.Millisecond))
	tr.Take(told("pin", 17, 0, 3200*time.Millisecond))
	tr.Take(told("pin", 17, 1, 5*time.Second))
	tr.Power() // the next life begins with every level told
	tr.Take(told("pin", 17, 0, time.Second))
	tr.Take(told("pin", 23, 1, 4*time.Second))
	turns := tr.Turns()
	if len(turns) != 3 {
		t.Fatalf("three turns became %+v", turns)
	}
	for i, want := range []Turn{{17, 1, 2 * time.Second, 1200 * time.Millisecond, false}, {17, 1, 5 * time.Second, 0, true}, {23, 2, 4 * time.Second, 0, true}} {
		got := turns[i]
		if got.Open {
			got.On = 0 // nobody saw its end
		}
		if got != want {
			t.Errorf("turn %d became %+v, wanted %+v", i, got, want)
		}
	}
	if tr.Starts(17) != 2 || tr.Level(17) != 0 || tr.Level(23) != 1 || tr.Fell(1) != 1 || tr.Fell(2) != 0 {
		t.Errorf("starts %d, levels %d and %d, drops %d and %d", tr.Starts(17), tr.Level(17), tr.Level(23), tr.Fell(1), tr.Fell(2))
	}
}

// The rig must be able to fail: each of these books tells another story than the gateway.
func TestALieInTheBookIsSeen(t *testing.T) {
	r := &Street{Till: aTill(t)}
	for state, wrong := range map[string]bool{"sold": true, "refunded": true, "vending": true, "owed": true, "closed": false, "closing": false} {
		_, _, _, found := r.Weigh([]BookOrder{{No: "RIG1-1", State: state, Fen: FenOne}})
		if (len(found) > 0) != wrong {
			t.Errorf("an order that the gateway never heard of is %s in the book: %v", state, found)
		}
	}
}
