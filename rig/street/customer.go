package street

import (
	"fmt"
	"path/filepath"
	"time"

	"kiosk/sim/gateway"
)

// AwaitReady waits until the kiosk can sell.
func (r *Street) AwaitReady() (time.Duration, error) {
	return r.Await("the kiosk to be ready", func() (bool, string) {
		s, err := r.Page.Look()
		code, _ := r.Page.Status("/readyz")
		return err == nil && s.Ready && code == 200, fmt.Sprint(code, " ", s.Reasons(), err)
	})
}

// PressFor is how long a customer holds a key. One whose press is not taken presses again.
const (
	PressFor   = 200 * time.Millisecond
	pressAgain = 6 * time.Second
)

// Press presses a slot's key.
func (r *Street) Press(s Shelf) error {
	_, err := r.Hand.Ask(Message{Do: "press", Pin: s.Key, MS: int(PressFor / time.Millisecond)})
	return err
}

// Choose presses a slot's key and reads the code that then is on the glass.
func (r *Street) Choose(s Shelf) (code string, err error) {
	var pressed time.Time
	_, err = r.Await("a code on the glass", func() (bool, string) {
		see, err := r.Page.Look()
		if err == nil && (pressed.IsZero() || see.Screen() == "idle" && time.Since(pressed) > pressAgain) {
			if !pressed.IsZero() {
				fmt.Fprintf(r.Log, "rig: pressing the key of slot %d again\n", s.Number)
			}
			if err := r.Press(s); err != nil {
				return false, err.Error()
			}
			pressed = time.Now()
			return false, "pressed"
		}
		if err != nil || see.Screen() != "qr" || see.Front.Slot != s.Number {
			return false, fmt.Sprintf("screen %s, %s %v", see.Screen(), see.Reasons(), err)
		}
		picture, err := r.Page.Picture()
		if err != nil || Differ(picture, r.Glass.Picture()) > 0 {
			return false, "the glass is not what the driver believes"
		}
		code, err = r.Glass.Code()
		return err == nil, fmt.Sprint("glass: ", err)
	})
	return code, err
}

// Pay lets a phone scan the glass and pay.
func (r *Street) Pay() (no string, err error) {
	code, err := r.Glass.Code()
	if err != nil {
		return "", err
	}
	no, text, err := r.Till.Pay(code, "pay")
	if err == nil && text != gateway.PhonePaid {
		err = fmt.Errorf("the phone says %s", text)
	}
	return no, err
}

// Buy presses, reads the glass and pays; the motor is to start.
func (r *Street) Buy(s Shelf) (no string, err error) {
	if _, err := r.Choose(s); err != nil {
		return "", err
	}
	if no, err = r.Pay(); err != nil {
		return "", err
	}
	return no, r.turns(s)
}

// turns waits for the motor of an order more.
func (r *Street) turns(s Shelf) error {
	r.Turned[s.Number]++
	_, err := r.Await("the motor", func() (bool, string) {
		return r.Trace.Starts(s.Motor) == r.Turned[s.Number], fmt.Sprint(r.Trace.Starts(s.Motor), " starts")
	})
	return err
}

// AwaitOrder waits until the book has an order in a state.
func (r *Street) AwaitOrder(no, state string) (o BookOrder, took time.Duration, err error) {
	took, err = r.Await("order "+no+" to be "+state, func() (bool, string) {
		all, err := r.Page.Orders()
		for _, o = range all {
			if o.No == no {
				return o.State == state, o.Path()
			}
		}
		return false, fmt.Sprint(len(all), " orders, not this one ", err)
	})
	return o, took, err
}

// thanks waits for the thanks screen, by word and by glass.
func (r *Street) thanks(slot int) error {
	_, err := r.Await("the thanks screen", func() (bool, string) {
		s, err := r.Page.Look()
		if err != nil || s.Screen() != "thanks" || s.Front.Slot != slot {
			return false, fmt.Sprint(s.Screen(), err)
		}
		picture, err := r.Page.Picture()
		return err == nil && Differ(picture, r.Glass.Picture()) == 0, "the glass is not what the driver believes"
	})
	if err != nil {
		return err
	}
	if code, err := r.Glass.Code(); err == nil {
		return fmt.Errorf("a code is still on the glass: %s", code)
	}
	return SavePNG(filepath.Join(r.Board.Last, "thanks.png"), r.Glass.Picture())
}

// Sold waits for the goods of a paid order.
func (r *Street) Sold(no string, s Shelf, paid time.Time) (string, error) {
	if err := r.turns(s); err != nil {
		return "", err
	}
	motor := time.Since(paid)
	if err := r.thanks(s.Number); err != nil {
		return "", err
	}
	thanks := time.Since(paid)
	o, _, err := r.AwaitOrder(no, "sold")
	return fmt.Sprintf("%s %s; motor %.1f s after the payment, thanks after %.1f s\n%s", o.Means, no, motor.Seconds(), thanks.Seconds(), o.Path()), err
}

// NoTurn wants no motor to have turned but for a paid order.
func (r *Street) NoTurn() error {
	for _, s := range Shelves {
		if n := r.Trace.Starts(s.Motor); n != r.Turned[s.Number] {
			return fmt.Errorf("the motor of slot %d started %d times, for %d orders", s.Number, n, r.Turned[s.Number])
		}
	}
	return nil
}

// Weigh sums up the money, and tells of every order that book and gateway see differently.
func (r *Street) Weigh(book []BookOrder) (paid, goods, back int64, wrong []string) {
	known := map[string]bool{}
	for _, o := range book {
		known[o.No] = true
		g, there := r.Till.Order(o.No)
		took := int64(0)
		if there && g.TransactionID != "" {
			took = g.Fen
		}
		fits := false
		switch o.State {
		case "sold":
			fits = took == o.Fen && g.RefundedFen == 0
			goods += o.Fen
		case "refunded":
			fits = took == o.Fen && g.RefundedFen == o.Fen
		case "closed", "closing":
			fits = took == g.RefundedFen
		}
		if !fits {
			wrong = append(wrong, fmt.Sprintf("%s is %s, and the gateway has %d of %d fen back", o.No, o.State, g.RefundedFen, took))
		}
		paid, back = paid+took, back+g.RefundedFen
	}
	for _, g := range r.Till.Orders() {
		if !known[g.OutTradeNo] && g.TransactionID != "" {
			wrong = append(wrong, g.OutTradeNo+" was paid, and the book never heard of it")
		}
	}
	return paid, goods, back, wrong
}
