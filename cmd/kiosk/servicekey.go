package main

import (
	"context"
	"net"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/display"
	"kiosk/hw"
	"kiosk/sale"
)

const noSecretFor = 30 * time.Second // why there is no secret stays on the panel

// serviceKey is what comes of a hand on the technician's key. One gesture does what is needed: out of service, and back;
// the first secret where there is none yet; a hotspot where there is no network, and another when its time ran out.
type serviceKey struct {
	first firstSecret
	spot  hotspot
	held  chan struct{} // a hold that was not looked at yet
}

func (k *kiosk) connectServiceKey() {
	k.hand = &serviceKey{
		first: firstSecret{
			set: k.page.SetPin,
			lit: func() bool { return time.Since(k.screen.State().Drawn) < 10*time.Second },
			show: func(ctx context.Context, clear string, hold time.Duration) error {
				return k.screen.HandOver(ctx, display.Slip{Kind: display.SlipSecret, Secret: clear, Address: k.whereIsThePage(), Left: hold})
			},
		},
		spot: hotspot{
			radio: hw.Hotspot{Program: k.wires.nmcli}, name: "kiosk-" + k.conf.Kiosk, screen: k.screen,
			page: func(address string) string {
				return reachable(&k.conf.Status, []net.Addr{&net.IPNet{IP: net.ParseIP(address)}})
			},
		},
		held: make(chan struct{}, 1),
	}
	if f := k.conf.Status.PinFile; f != "" {
		k.hand.first.file = k.conf.Resolve(f)
	}
}

// leans tells a hand on the service key what it is about to do.
func (k *kiosk) leans(left time.Duration) {
	if left <= 0 {
		k.screen.Take(display.SlipHolding)
		return
	}
	k.screen.Hand(display.Slip{Kind: display.SlipHolding, Will: k.promises(), Left: left})
}

func (k *kiosk) promises() (will []display.Promise) {
	s, first := k.clerk.Snapshot(), k.hand.first.wanted()
	in := s.Maintenance != ""
	switch {
	case !in:
		will = append(will, display.WillStop)
	case k.again():
		return []display.Promise{display.WillOpen}
	case !first && s.Testing != 0:
		return []display.Promise{display.WillWait}
	case !first:
		return []display.Promise{display.WillSell}
	}
	if first {
		will = append(will, display.WillTell)
	}
	if k.alone() {
		will = append(will, display.WillOpen)
	}
	return will
}

// held is called by the keys, who must not wait.
func (k *kiosk) held() {
	k.cue(hw.SignalLocate)
	select {
	case k.hand.held <- struct{}{}:
	default: // one waits already
	}
}

// watchServiceKey does what a hand on the key asks for.
func (k *kiosk) watchServiceKey(ctx context.Context) error {
	if k.keys.Service == nil {
		return nil
	}
	var jobs sync.WaitGroup
	defer jobs.Wait()
	k.hand.spot.clean()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.hand.held:
			k.handle(ctx, &jobs)
		}
	}
}

func (k *kiosk) handle(ctx context.Context, jobs *sync.WaitGroup) {
	k.screen.Take(display.SlipHolding)
	k.page.Forgive()
	in, first := k.clerk.Snapshot().Maintenance != "", k.hand.first.wanted()
	if in && !first && k.again() {
		jobs.Go(func() { k.hand.spot.open(ctx) })
		return
	}
	if in && !first && k.clerk.Snapshot().Testing != 0 {
		return // the panel has said so; the shop would not take it either
	}
	if in && !first {
		k.clerk.Post(sale.SetMaintenance{On: false, By: theServiceKey})
		k.hand.spot.shut()
		return
	}
	k.clerk.Post(sale.SetMaintenance{On: true, By: theServiceKey})
	if first {
		jobs.Go(func() { k.tellFirst(ctx) })
	}
	if k.alone() {
		jobs.Go(func() { k.hand.spot.open(ctx) })
	}
}

const theServiceKey = "the service key"

func (k *kiosk) tellFirst(ctx context.Context) {
	if err := k.hand.first.tell(ctx); err != nil && ctx.Err() == nil {
		say(config.OneLine(err))
		k.screen.Hand(display.Slip{Kind: display.SlipSecret, Text: config.OneLine(err), Left: noSecretFor})
	}
}

// again: the hotspot's time ran out under somebody's hands. The key opens another before it lets the kiosk sell.
func (k *kiosk) again() bool { return k.hand.spot.ran() && k.alone() }

// alone tells that there is no network at all.
func (k *kiosk) alone() bool {
	all, err := k.wires.address()
	return err == nil && best(all) == nil
}
