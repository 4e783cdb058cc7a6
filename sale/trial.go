package sale

// CloseTrial hands over a trial order that kiosk check asked for in a process of its own, which ended: the shop writes it down
// and closes it as it closes an order after a restart. The caller has looked: the book does not know its number.
type CloseTrial struct{ Order Order }

func (CloseTrial) Kind() string { return "closetrial" }

// applyTo takes the order up as one whose asker is gone. It never occupies the machine, so nobody has to wait for it.
func (in CloseTrial) applyTo(s *Shop) Refusal {
	o := TrialOrder(in.Order.No, in.Order.Merchant, in.Order.Name)
	switch {
	case o.No.Kiosk() != s.Kiosk || len(o.No) != numberLen:
		return RefusedInvalid
	case !o.Merchant.IsSamePayee(s.Merchant): // nobody saw its code, so nobody can pay it: it must not stop the sale
		return RefusedMerchant
	case s.findOrder(o.No) != nil:
		return RefusedSettled
	case s.liveOrder() != nil: // the book holds one order at the machine
		return RefusedServing
	}
	o.Expires, o.Created, o.Trusted = in.Order.Expires, s.now.Wall, s.now.Trusted
	m := s.now.Mono
	t := &activeOrder{Order: o, Due: m, Heard: m, Ask: askState{Born: m, Sent: m, Returned: m}}
	s.orders = append(s.orders, t)
	s.move(t, Chosen, nil)
	s.move(t, Woke, nil)
	s.toClosing(t)
	return ""
}
