package sale

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// SuspectedRefusal is the error of a call that seems to be refused for a reason that lies with the merchant or the config,
// by an answer that proves nothing. It means "not known" as every error does; two orders in a row make the kiosk say so.
type SuspectedRefusal struct {
	OrderRefusal
	Text string // of the error, in English
}

func (r SuspectedRefusal) Error() string { return r.Text }

const (
	maxRefused = 2                // orders in a row, until the kiosk says that payment may fail
	refusedGap = time.Minute      // between two asks meanwhile
	trialGap   = 10 * time.Minute // between two trial orders
)

// orderCalls are the calls that are refused for a merchant who lacks a right. A query tells nothing of it.
var orderCalls = []string{KindAsk, KindCharge, KindRefund}

// noteRefusal counts an order that is refused for a reason that lies with the merchant or the config. The first order of the
// same kind that succeeds ends the count; an answer that says neither changes nothing.
func (s *Shop) noteRefusal(t *activeOrder, in Answered) {
	if !slices.Contains(orderCalls, in.Deed) {
		return
	}
	why, refused := refusalOf(in)
	was, there := s.refusals.Streaks[in.Deed]
	switch {
	case refused && was.Last != t.No:
		if s.refusals.Streaks == nil {
			s.refusals.Streaks = map[string]refusalStreak{}
		}
		s.refusals.Streaks[in.Deed] = refusalStreak{was.Orders + 1, t.No, why}
		if was.Orders+1 == maxRefused {
			s.raiseAlarm("refused", t.Slot, t.No, in.Deed+": "+why.Code)
			s.refusals.TrialAt = s.now.Mono + trialGap
		}
	case there && in.Err == "" && (in.Outcome == OutcomeAccepted || in.Outcome == OutcomePaid || in.Outcome == OutcomePaying):
		delete(s.refusals.Streaks, in.Deed)
	}
}

// refusalOf returns why an order is refused, if that lies with the merchant or the config.
func refusalOf(in Answered) (OrderRefusal, bool) {
	switch {
	case in.Refused != nil:
		why := *in.Refused
		why.Deed = in.Deed
		return why, true
	case in.Err == "" && (in.Outcome == OutcomeFaulty || in.Outcome == OutcomeDenied && (in.Cause == CauseConfig || in.Cause == CauseExpiry)):
		return OrderRefusal{Deed: in.Deed, Code: in.Code, Cause: in.Cause}, true
	}
	return OrderRefusal{}, false
}

// listRefusals are the kinds of calls that are refused two orders in a row, and why.
func (s *Shop) listRefusals() (out []OrderRefusal) {
	for _, kind := range orderCalls {
		held := func(t *activeOrder) bool { return t.State == Refunding && t.Reason == ReasonConfig }
		if kind == KindRefund && !slices.ContainsFunc(s.orders, held) {
			continue // another hand paid them back
		}
		if streak := s.refusals.Streaks[kind]; streak.Orders >= maxRefused {
			out = append(out, streak.Why)
		}
	}
	return out
}

// refusesAsks reports whether QR orders are refused: then few are asked for, and a trial order finds out when that ends.
func (s *Shop) refusesAsks() bool { return s.refusals.Streaks[KindAsk].Orders >= maxRefused }

// maySell reports whether an order may begin: the kiosk is ready, or only refused, which the next order may find ended.
func (s *Shop) maySell() bool {
	why := s.whyNotReady()
	return len(why) == 0 || len(why) == 1 && why[0].Code == NotReadyRefused
}

// turnAway refuses a customer while orders are refused and one was asked for a moment ago, and reports whether it did.
func (s *Shop) turnAway(h SlotState) bool {
	if !s.refusesAsks() || s.now.Mono >= s.refusals.AskedAt+refusedGap {
		return false
	}
	s.showSorry(orderOf(h), NoteConfig)
	return true
}

// tryOrder begins a trial order if one is due: the idle probe proves only that queries are answered.
func (s *Shop) tryOrder(draw string) {
	if !s.refusesAsks() || draw == "" || s.now.Mono < s.refusals.TrialAt || !s.maySell() || s.liveOrder() != nil || s.checkout.After != "" || s.checkout.Wish != nil {
		return
	}
	s.refusals.TrialAt = s.now.Mono + trialGap
	s.beginOrder(wish{Draw: draw}, nil)
}

// longerExpiry is what a gateway is asked for that finds the configured expiry too near: some want more than five minutes.
const longerExpiry = 15 * time.Minute

// configuredExpiry is how long a QR order may be paid unless the gateway finds that too near.
func (s *Shop) configuredExpiry() time.Duration { return cmp.Or(s.Expiry, expiryFor) }

// expiresIn is how long a new QR order may be paid.
func (s *Shop) expiresIn() time.Duration {
	expiry := s.configuredExpiry()
	if s.refusals.Longer {
		expiry = max(expiry, longerExpiry)
	}
	return expiry
}

// askLonger wishes for the same goods again under a later expiry, if the gateway found this one too near, and reports whether
// it did. The order that was refused ends as any other: its number was sent with the time that it has.
func (s *Shop) askLonger(t *activeOrder, in Answered) bool {
	why, refused := refusalOf(in)
	if !refused || why.Cause != CauseExpiry || s.refusals.Longer || s.expiresIn() >= longerExpiry {
		return false
	}
	s.refusals.Longer = true
	s.raiseAlarm("expiry", t.Slot, t.No, fmt.Sprintf("the gateway finds an expiry in %v too near: from now on %v; set pay.native_expiry", s.configuredExpiry(), longerExpiry))
	if t.IsTrial() || t.Ask.Leaving || in.Draw == "" {
		return false
	}
	s.checkout.Wish = &wish{Slot: t.Slot, Draw: in.Draw}
	return true
}
