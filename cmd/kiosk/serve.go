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

	"kiosk/hw"
	"kiosk/sale"
)

const (
	boardEvery = 5 * time.Second
	diskLeast  = 32 << 20 // below this much free space nothing is sold
)

// serve runs every room until ctx ends or one of them fails. The clerk ends first: it still needs the
// motors and the screen to bring what is under way to its end.
func (k *kiosk) serve(ctx context.Context) error {
	l, err := k.listen()
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: k.wires.street(k.page.Handler()), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	inner, end := context.WithCancelCause(context.WithoutCancel(ctx))
	clerk, stop := context.WithCancel(ctx)
	defer stop()
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
	start("screen", k.screen.Run)
	start("keys", k.keys.Run)
	start("light barriers", k.drops.Run)
	if k.scanner != nil {
		start("scan module", k.scanner.Run)
	}
	start("board", k.watchBoard)
	start("bills", k.watchBills)
	start("systemd", k.tellSystemd)
	k.wires.ready(l.Addr())
	err = k.clerk.Run(clerk)
	tell("STOPPING=1")
	end(nil)
	_ = srv.Close()
	rooms.Wait()
	if cause := context.Cause(inner); cause != nil && !errors.Is(cause, context.Canceled) {
		err = errors.Join(err, cause)
	}
	return errors.Join(err, k.book.Close())
}

func served(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// watchBoard looks at what a write needs before a customer finds out.
func (k *kiosk) watchBoard(ctx context.Context) error {
	was := ""
	for {
		fault := k.diskFault()
		if fault != was {
			k.health("disk")(fault)
			was = fault
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(boardEvery):
		}
	}
}

func (k *kiosk) diskFault() string {
	if err := k.wires.diskErr(); err != nil {
		return err.Error()
	}
	switch b := hw.LookAt(k.conf.Store.Path); {
	case b.ReadOnly:
		return "the file system of the book is read-only"
	case b.DiskTotal > 0 && b.DiskFree < diskLeast:
		return fmt.Sprintf("only %d MiB are free where the book is", b.DiskFree>>20)
	}
	return ""
}

// board is what the page shows of the machine, in units a person reads.
func (k *kiosk) board() map[string]any {
	b := hw.LookAt(k.conf.Store.Path)
	m := map[string]any{"boot_id": b.BootID, "board_uptime_s": b.UptimeS, "memory_free_mib": b.MemoryFree >> 20,
		"disk_free_mib": b.DiskFree >> 20, "disk_read_only": b.ReadOnly}
	if b.Celsius != 0 {
		m["temperature_c"] = b.Celsius
	}
	if b.Throttled != "" {
		m["throttled"] = b.Throttled
	}
	if k.scanner != nil {
		c := k.scanner.Counts()
		m["scanner_garbage"], m["scanner_vanished"] = c.Garbage, c.Vanished
	}
	return m
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
func (c *config) shelves() []sale.Shelf {
	var out []sale.Shelf
	for _, s := range c.Slots {
		en := s.NameEN
		if en == "" {
			en = s.Name
		}
		out = append(out, sale.Shelf{Slot: sale.Slot(s.Number), Name: s.Name, NameEN: en, Fen: sale.Fen(s.Fen), Stock: s.Stock})
	}
	return out
}
