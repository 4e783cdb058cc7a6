package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/sale"
	"kiosk/web"
)

// serve runs every room until ctx ends or one of them fails. The clerk ends first: it still needs the
// motors and the screen to bring what is under way to its end.
func (k *kiosk) serve(ctx context.Context) error {
	l, err := k.listen()
	if err != nil {
		return err
	}
	return k.serveOn(ctx, l)
}

func (k *kiosk) serveOn(ctx context.Context, l net.Listener) error {
	l, err := k.guarded(l)
	if err != nil {
		return err
	}
	srv := web.NewServer(k.wires.street(k.page.Handler()))
	inner, end := context.WithCancelCause(context.WithoutCancel(ctx))
	clerk, stop := context.WithCancel(ctx)
	defer stop()
	k.stop = stop
	var rooms sync.WaitGroup
	start := func(name string, run func(context.Context) error) {
		rooms.Go(func() {
			if err := run(inner); err != nil && inner.Err() == nil {
				end(fmt.Errorf("%s: %w", name, err))
				stop()
			}
		})
	}
	start("status page", func(context.Context) error { return served(srv.Serve(l)) })
	start("the way to https", k.lead)
	start("screen", k.screen.Run)
	start("keys", k.keys.Run)
	if k.keys.Service != nil {
		start("service key", k.hand.Run)
	}
	start("the technician's secret", func(ctx context.Context) error { return onsite.WatchSecret(ctx, &k.conf, k.page.SetPin, say) })
	start("light barriers", k.drops.Run)
	if k.scanner != nil {
		start("scan module", k.scanner.Run)
	}
	if k.door != nil {
		start("door", k.door.Run)
	}
	if k.cues != nil {
		start("buzzer and light", k.cues.Run)
	}
	if k.warmth != nil {
		start("thermometer", k.warmth.Run)
	}
	start("recorder", k.record.Run)
	k.beginRuns()
	start("board", k.watchBoard)
	start("network", func(ctx context.Context) error {
		return k.address.Watch(ctx, func(at string) { k.clerk.Post(sale.Located{Address: at}) })
	})
	start("history", k.page.Run)
	start("bills", k.watchBills)
	start("pruning", k.pruneDaily)
	start("folding", k.foldIdle)
	start("alerts", k.watchAlerts)
	if k.wires.post != nil {
		start("the gateway's post", k.wires.post)
	}
	start("systemd", k.tellSystemd)
	k.wires.ready(l.Addr())
	err = k.clerk.Run(clerk)
	tell("STOPPING=1")
	end(nil)
	_ = srv.Close()
	rooms.Wait()
	k.endRuns()
	if cause := context.Cause(inner); cause != nil && !errors.Is(cause, context.Canceled) {
		err = errors.Join(err, cause)
	}
	return errors.Join(err, k.tape.Close(), k.book.Close())
}

func served(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// tellSystemd says that the service is up, and feeds its watchdog from the shop's own beat, never from a bare ticker.
func (k *kiosk) tellSystemd(ctx context.Context) error {
	tell("READY=1")
	every := 5 * time.Second
	if us, err := strconv.Atoi(os.Getenv("WATCHDOG_USEC")); err == nil && us > 0 {
		every = time.Duration(us) * time.Microsecond / 3
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
		if k.clerk.Alive() {
			tell("WATCHDOG=1")
		}
	}
}

// tell sends one line to the service manager, if there is one.
func tell(line string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	if c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"}); err == nil {
		_, _ = c.Write([]byte(line))
		_ = c.Close()
	}
}

// shelves are the first values of the slots.
func shelves(c *config.Config) []sale.SlotState {
	var out []sale.SlotState
	for _, s := range c.Slots {
		en := s.NameEN
		if en == "" {
			en = s.Name
		}
		out = append(out, sale.SlotState{Slot: sale.Slot(s.Number), Name: s.Name, NameEN: en, Fen: sale.Fen(s.Fen), Stock: s.Stock})
	}
	return out
}
