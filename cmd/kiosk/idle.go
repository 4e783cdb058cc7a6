package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"syscall"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/store"
)

const lookAgain = 500 * time.Millisecond

// idle waits until the running kiosk can be stopped and nobody is the poorer for it.
func (c *cli) idle(ctx context.Context, args []string) error {
	wait := 10 * time.Minute
	if err := flags("idle", args, func(fs *flag.FlagSet) { fs.DurationVar(&wait, "wait", wait, "") }); err != nil {
		return err
	}
	conf, err := c.config()
	if err != nil {
		return config.Usage(err)
	}
	r, err := findRunning(&conf)
	if err != nil {
		return err
	}
	for end := time.Now().Add(wait); ; {
		said, idle := r.idle(ctx, func() bool { return store.InUse(conf.Store.Path) })
		switch {
		case idle:
			fmt.Fprintln(c.out, said)
			return nil
		case ctx.Err() != nil || !time.Now().Before(end):
			return errors.New(said)
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(lookAgain, time.Until(end))):
		}
	}
}

// idle tells whether nobody is served; held tells whether a kiosk has the book.
func (r *running) idle(ctx context.Context, held func() bool) (said string, idle bool) {
	s, err := r.look(ctx)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED) && !held():
		return "no kiosk runs at " + r.address + ": nobody is served", true
	case err != nil:
		return config.OneLine(err) + ": it is not known whether anybody is served; if nobody is there, systemctl stop kiosk and say it again", false
	case s.Busy != "":
		return s.Busy, false
	case !s.Alive:
		return "the shop's own beat has stopped: nobody can be served, and nothing turns", true
	case s.Front != nil && s.Front.No != "":
		return fmt.Sprintf("a customer is before the %s screen", s.Front.Screen), false
	case s.Front != nil:
		return "nobody is served, the screen says " + s.Front.Screen, true
	}
	return "nobody is served", true
}
