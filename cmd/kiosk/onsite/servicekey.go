// Package onsite is what a person at the machine needs who has neither its page nor a network: the service key, the first
// secret, a hotspot, and the address that the page is found at.
//
// The person who holds the key stands inside the machine: that proves more than any password. That is why it may show a secret,
// and why a secret is shown on the panel alone: no page, log, picture or bundle ever holds one in clear.
package onsite

import (
	"context"
	"errors"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/display"
	"kiosk/sale"
)

// ExplanationTime is how long the panel says why there is no secret, or no hotspot.
const ExplanationTime = 30 * time.Second

// byServiceKey is the person of whom the audit line tells.
const byServiceKey = "the service key"

// Shop is what the key asks of the shop: *sale.Clerk has it.
type Shop interface {
	Snapshot() sale.Snapshot
	Post(in sale.Input)
}

// Panel shows slips over the view: *display.Screen has it.
type Panel interface {
	Hand(slip display.Slip)
	HandOver(ctx context.Context, slip display.Slip) error
	Take(kind display.SlipKind)
}

// ServiceKey does what is needed when the key is held. One gesture means, in this order: another hotspot if its time ran
// out; otherwise out of service, or back. On the way out it shows the first secret if there is none yet, and opens a
// hotspot if there is no network.
type ServiceKey struct {
	Shop    Shop
	Panel   Panel
	Secret  *FirstSecret
	Hotspot *Hotspot
	Address *Address
	Sound   func()        // confirms a hold at once
	Forgive func()        // lets the page forget wrong guesses: nobody at the machine stays locked out for a stranger's
	Held    chan struct{} // with room for one: a hold that waits to be handled
	Log     func(line string)
}

// HoldKey is called by the keys, which must not wait.
func (k *ServiceKey) HoldKey() {
	k.Sound()
	select {
	case k.Held <- struct{}{}:
	default: // one waits already
	}
}

// AnnounceHold shows what holding the key is about to do; nothing is left to wait for once it was let go.
func (k *ServiceKey) AnnounceHold(left time.Duration) {
	if left <= 0 {
		k.Panel.Take(display.SlipHolding)
		return
	}
	k.Panel.Hand(display.Slip{Kind: display.SlipHolding, Will: k.ListPromises(), Left: left})
}

// ListPromises lists what Handle would do now.
func (k *ServiceKey) ListPromises() (will []display.Promise) {
	s, first := k.Shop.Snapshot(), k.Secret.IsMissing()
	switch out := s.Maintenance != ""; {
	case !out:
		will = append(will, display.WillStop)
	case k.mayReopen():
		return []display.Promise{display.WillOpen}
	case !first && s.Testing != 0:
		return []display.Promise{display.WillWait}
	case !first:
		return []display.Promise{display.WillSell}
	}
	if first {
		will = append(will, display.WillTell)
	}
	if k.Address.IsOffline() {
		will = append(will, display.WillOpen)
	}
	return will
}

// Run handles one hold after the other. Secrets and hotspots last far longer, and run beside it.
func (k *ServiceKey) Run(ctx context.Context) error {
	var jobs sync.WaitGroup
	defer jobs.Wait()
	k.Hotspot.CloseLeftover()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.Held:
			k.HandleHold(ctx, &jobs)
		}
	}
}

// HandleHold does what Promises says.
func (k *ServiceKey) HandleHold(ctx context.Context, jobs *sync.WaitGroup) {
	k.Panel.Take(display.SlipHolding)
	k.Forgive()
	s, first := k.Shop.Snapshot(), k.Secret.IsMissing()
	if s.Maintenance != "" && !first {
		switch {
		case k.mayReopen():
			jobs.Go(func() { k.Hotspot.Open(ctx) })
		case s.Testing != 0: // a motor turns for a technician: the panel has said so, and the shop would refuse too
		default:
			k.Shop.Post(sale.SetMaintenance{On: false, By: byServiceKey})
			k.Hotspot.Close()
		}
		return
	}
	k.Shop.Post(sale.SetMaintenance{On: true, By: byServiceKey})
	if first {
		jobs.Go(func() { k.showFirstSecret(ctx) })
	}
	if k.Address.IsOffline() {
		jobs.Go(func() { k.Hotspot.Open(ctx) })
	}
}

func (k *ServiceKey) showFirstSecret(ctx context.Context) {
	if err := k.Secret.MakeSecret(ctx); err != nil && ctx.Err() == nil {
		k.Log(config.OneLine(err))
		k.Panel.Hand(display.Slip{Kind: display.SlipSecret, Trouble: secretTrouble(err), Text: config.OneLine(err), Left: ExplanationTime})
	}
}

// secretTrouble names why there is no first secret: its file cannot be written, or the panel did not show it.
func secretTrouble(err error) display.Trouble {
	if errors.Is(err, errUnkept) {
		return display.TroubleUnkept
	}
	return display.TroubleUnread
}

// mayReopen: the hotspot's time ran out while somebody worked by it. The key opens another before it lets the kiosk sell.
func (k *ServiceKey) mayReopen() bool { return k.Hotspot.HasExpired() && k.Address.IsOffline() }
