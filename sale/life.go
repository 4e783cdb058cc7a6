package sale

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// life is one Shop from its waking to the first write that fails.
type life struct {
	*Clerk
	shop  *Shop
	ctx   context.Context // ends with the life: what may be asked again later is given up
	stop  bool            // the service stops: only what is under way is brought to its end
	alarm *time.Timer
	reply *Reply // to the command under way

	failed []Deed // of the step whose write failed
}

// runLife runs one shop. It returns no error when ctx has ended and what was under way is written.
func (c *Clerk) runLife(ctx context.Context) (*life, error) {
	rctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeFor)
	past, err := c.Book.Load(rctx)
	cancel()
	if err != nil {
		return nil, fmt.Errorf("reading the book: %w", err)
	}
	c.inbox.beginEpoch()
	lctx, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	l := &life{Clerk: c, shop: c.Open(), ctx: lctx, alarm: time.NewTimer(time.Hour)}
	defer l.alarm.Stop()
	c.clock.setFloor(past.Last)
	if err := l.takeInput(message{in: Awake{past, c.quarantined}}); err != nil {
		return l, err
	}
	l.logForeign()
	c.inbox.takeCommands(true)
	defer c.inbox.takeCommands(false)
	if err := l.replayParts(); err != nil {
		return l, err
	}
	return l, l.runLoop(ctx)
}

// logForeign says at the start which orders keep the kiosk from selling because their merchant is not in the config.
func (l *life) logForeign() {
	s := l.shop.Snapshot()
	for _, w := range s.Why {
		if w.Code == NotReadyMerchant {
			l.log(fmt.Sprintf("nothing is sold: %s: %v", w.Text, s.Foreign))
		}
	}
}

// replayParts gives a new shop what the parts of the machine said last: they will not say it again.
func (l *life) replayParts() error {
	l.partMu.Lock()
	ins := make([]Input, 0, len(l.parts))
	for _, in := range l.parts {
		ins = append(ins, in)
	}
	l.partMu.Unlock()
	for _, in := range ins {
		if err := l.takeInput(message{in: in}); err != nil {
			return err
		}
	}
	return nil
}

func (l *life) runLoop(ctx context.Context) error {
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	done := ctx.Done()
	for {
		var in Input = Tick{}
		select {
		case <-done:
			l.stop, done = true, nil
			l.Scanner.Arm(false)
		case <-l.inbox.bell:
			in = nil
		case <-l.alarm.C:
		case <-beat.C:
		}
		if in != nil {
			if err := l.takeInput(message{in: in}); err != nil {
				return err
			}
		}
		for m, ok := l.inbox.takeNext(); ok; m, ok = l.inbox.takeNext() {
			if err := l.takeInput(m); err != nil {
				return err
			}
		}
		if l.stop && l.uninterruptible.Load() == 0 && l.inbox.isEmpty() {
			return nil
		}
	}
}

// takeInput lets the shop take one input and carries out its deeds, the write first. A write that fails leaves a command
// without its reply: the sender reads that nothing is known.
func (l *life) takeInput(m message) error {
	l.reply = nil
	defer m.dropReply()
	in := m.in
	switch a := in.(type) {
	case Answered:
		l.clock.compareDate(a)
	case Pressed, Scanned, GaveUp:
		if l.stop {
			return nil
		}
	}
	if err := l.takeStep(redactInput(in)); err != nil {
		return err
	}
	s := l.shop.Snapshot()
	s.Skew, s.Dropped = l.clock.measuredSkew(), int(l.dropped.Load())
	l.snapshot.Store(&s)
	l.lastBeat.Store(int64(l.clock.mono()))
	if m.reply != nil && l.reply != nil {
		m.reply <- *l.reply // it has room for one
	}
	return nil
}

// takeStep lets the shop take one step and carries out its deeds. If the book refuses them for one order's sake, that order
// is left alone and the life goes on: one bad row never touches another customer's sale.
func (l *life) takeStep(in Input) error {
	for left := maxBarred; ; left-- {
		deeds := l.stepShop(l.clock.instant(), in)
		err := l.carryOutAll(deeds)
		l.failed = deeds
		refused := (*RefusedError)(nil)
		switch {
		case errors.As(err, &refused) && left > 0 && l.shop.CanUndo(refused.No):
			l.log(fmt.Sprintf("the book refuses a move, and its order is left alone: %v", refused))
			in = Barred{refused.No}
		case errors.Is(err, ErrRefused):
			l.quarantineOrders(deeds)
			return err
		default:
			return err
		}
	}
}

// maxBarred bounds the orders that one step may leave alone.
const maxBarred = 4

func (l *life) carryOutAll(deeds []Deed) error {
	for _, d := range deeds {
		if err := l.carryOut(d); err != nil {
			return err
		}
	}
	return nil
}

func (l *life) stepShop(now Instant, in Input) []Deed {
	if l.Recorder != nil {
		return l.Recorder.Step(l.shop, now, in)
	}
	return l.shop.Step(now, in)
}

func (l *life) carryOut(d Deed) error {
	switch d := d.(type) {
	case Write:
		ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), writeFor)
		defer cancel()
		began := time.Now()
		err := l.Book.Write(ctx, d.Batch)
		l.observe(Observation{Deed: d, Began: began, Err: err})
		return err
	case Call:
		l.callGateway(d)
	case Vend:
		l.turnMotor(d)
	case Show:
		l.Screen.Show(d.View)
	case Arm:
		l.Scanner.Arm(d.On && !l.stop)
	case Reply:
		l.reply = &d
	case Forget:
		l.codes.forgetCode(d.Code)
	case Alarmed:
		l.alarm.Reset(max(d.At-l.clock.mono(), 0))
	}
	return nil
}

// quarantineOrders leaves the orders of a refused batch alone in the next life: the same answer would end that one too.
func (l *life) quarantineOrders(deeds []Deed) {
	for _, d := range deeds {
		p, _ := d.(Write)
		for _, m := range p.Batch.Moves {
			if !slices.Contains(l.quarantined, m.Order.No) {
				l.quarantined = append(l.quarantined, m.Order.No)
			}
		}
	}
}

// callGateway asks the gateway in a goroutine of its own. A charge has left for good: nothing cancels it but its own deadline.
func (l *life) callGateway(d Call) {
	if l.stop {
		return
	}
	base, must := l.ctx, d.Kind == KindCharge
	if must {
		base = context.WithoutCancel(l.ctx)
		l.uninterruptible.Add(1)
	}
	sent, epoch := l.clock.mono(), l.inbox.currentEpoch()
	l.running.Go(func() {
		ctx, cancel := context.WithTimeout(base, d.Timeout)
		defer cancel()
		began := time.Now()
		a, err := l.askGateway(ctx, d)
		l.observe(Observation{Deed: d, Began: began, Err: err})
		in := Answered{Deed: d.Kind, No: d.Order.No, Sent: sent, Answer: a}
		if err != nil {
			in.Answer, in.Err = Answer{}, err.Error()
			in.Code, in.Refused = explainError(err)
		}
		if d.Kind == KindAsk || d.Draw {
			in.Draw = l.draw()
		}
		l.inbox.putAnswer(in, epoch)
		if must {
			l.uninterruptible.Add(-1)
		}
	})
}

// explainError returns the word that nobody knows, or the refusal, that an error wraps for people.
func explainError(err error) (code string, refused *OrderRefusal) {
	word, why := UnknownWord(""), SuspectedRefusal{}
	if errors.As(err, &word) {
		code = string(word)
	}
	if errors.As(err, &why) {
		refused = &why.OrderRefusal
	}
	return code, refused
}

func (l *life) askGateway(ctx context.Context, d Call) (Answer, error) {
	switch d.Kind {
	case KindAsk:
		return l.Gateway.Ask(ctx, d.Order)
	case KindCharge:
		code, ok := l.codes.takeCode(d.Code)
		if !ok {
			return Answer{}, fmt.Errorf("charging %s: its code is no longer in memory", d.Order.No)
		}
		return l.Gateway.Charge(ctx, d.Order, code)
	case KindCancel:
		return l.Gateway.Cancel(ctx, d.Order)
	case KindRefund:
		return l.Gateway.Refund(ctx, d.Order)
	}
	return l.Gateway.Query(ctx, d.Order)
}

// turnMotor turns the motor in a goroutine of its own; stopping the service never stops it half way.
func (l *life) turnMotor(d Vend) {
	epoch := l.inbox.currentEpoch()
	l.uninterruptible.Add(1)
	l.running.Go(func() {
		began := time.Now()
		pieces, fault := l.Dispenser.Vend(context.WithoutCancel(l.ctx), int(d.Order.Slot))
		l.observe(Observation{Deed: d, Began: began, Dropped: pieces > 0})
		l.inbox.putAnswer(Vended{No: d.Order.No, Dropped: pieces > 0, Pieces: pieces, Fault: fault}, epoch)
		l.uninterruptible.Add(-1)
	})
}
