package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/daily"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/sale"
	"kiosk/web"
)

// serve runs every room until ctx ends or one of them fails.
func (k *kiosk) serve(ctx context.Context) error {
	l, err := listenPage(&k.conf)
	if err != nil {
		return err
	}
	return k.serveOn(ctx, l)
}

// serveOn ends the clerk first: it still needs the motors and the screen to bring what is under way to its end.
func (k *kiosk) serveOn(ctx context.Context, l net.Listener) error {
	l, err := guardListener(l, &k.conf)
	if err != nil {
		return err
	}
	srv := web.NewServer(k.wires.street(k.page.Handler()))
	inner, end := context.WithCancelCause(context.WithoutCancel(ctx)) // the rooms outlive ctx
	clerk, stop := context.WithCancel(ctx)                            // a room that fails stops the clerk first
	defer stop()
	k.bench.Stop = stop
	k.board.BeginRun(k.page.Boot)
	var rooms sync.WaitGroup
	for _, r := range k.listRooms(srv, l) {
		if !r.there {
			continue
		}
		rooms.Go(func() {
			if err := r.run(inner); err != nil && inner.Err() == nil {
				end(fmt.Errorf("%s: %w", r.name, err))
				stop()
			}
		})
	}
	k.wires.ready(l.Addr())
	err = k.clerk.Run(clerk)
	notifySystemd("STOPPING=1")
	end(nil) // now the rooms
	_ = srv.Close()
	rooms.Wait()
	k.board.EndRun()
	// The reason is the first room that failed, if one did.
	if cause := context.Cause(inner); cause != nil && !errors.Is(cause, context.Canceled) {
		err = errors.Join(err, cause)
	}
	return errors.Join(err, k.evidence.Recording.Close(), k.book.Close())
}

// room is what runs beside the clerk. Its failure ends the service, and the service manager starts it again.
type room struct {
	name  string                      // in the error
	there bool                        // on this machine
	run   func(context.Context) error // until its context ends
}

// listRooms lists them all: nothing else runs beside the clerk.
func (k *kiosk) listRooms(srv *http.Server, l net.Listener) []room {
	upkeep := &daily.Upkeep{Book: k.book, Snapshot: k.clerk.Snapshot, Log: logLine,
		Damaged: func(why string) { k.clerk.Post(sale.BookDamaged{Why: why}) }}
	trials := &onsite.Trials{Book: k.conf.Store.Path, Find: k.book.FindOrder, Do: k.clerk.Do, Log: logLine}
	return []room{
		{"status page", true, func(context.Context) error { return servePage(srv, l) }},
		{"the way to https", true, func(ctx context.Context) error { return redirectHTTP(ctx, k.conf.Status, k.page.Redirect) }},
		{"notices", k.conf.Status.NotifyListen != "", func(ctx context.Context) error { return k.serveNotices(ctx) }},
		{"screen", true, k.screen.Run},
		{"keys", true, k.keys.Run},
		{"service key", k.keys.Service != nil, k.serviceKey.Run},
		{"the technician's secret", true, func(ctx context.Context) error { return onsite.WatchSecret(ctx, &k.conf, k.page.SetPin, logLine) }},
		{"light barriers", true, k.dispenser.Run},
		{"scan module", k.scanner != nil, k.scanner.Run},
		{"door", k.door != nil, k.door.Run},
		{"buzzer and light", k.signals != nil, k.signals.Run},
		{"thermometer", k.thermometer != nil, k.thermometer.Run},
		{"recorder", true, k.evidence.Recorder.Run},
		{"board", true, func(ctx context.Context) error { return k.board.Watch(ctx, k.reportHealth("disk")) }},
		{"network", true, func(ctx context.Context) error { return k.serviceKey.Address.Watch(ctx, k.locatePage) }},
		{"history", true, k.page.Run},
		{"bills", true, k.bills.Run},
		{"pruning", true, upkeep.Prune},
		{"trial orders", true, trials.Run},
		{"checkpoints", true, upkeep.Checkpoint},
		{"audits", true, upkeep.Audit},
		{"alerts", k.alert != nil, k.alert.Run},
		{"the gateway's post", k.wires.post != nil, k.wires.post},
		{"systemd", true, func(ctx context.Context) error { return feedWatchdog(ctx, k.clerk.Alive) }},
	}
}

// locatePage tells the shop the page's address: the panel shows it in maintenance.
func (k *kiosk) locatePage(at string) { k.clerk.Post(sale.Located{Address: at}) }

// servePage serves until srv is closed.
func servePage(srv *http.Server, l net.Listener) error {
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// feedWatchdog says that the service is up, and then feeds systemd's watchdog while alive says so: from the shop's own
// beat, never from a bare ticker, so that a shop that stands still is started anew.
func feedWatchdog(ctx context.Context, alive func() bool) error {
	notifySystemd("READY=1")
	every := 5 * time.Second // without a watchdog nobody reads it
	if us, err := strconv.Atoi(os.Getenv("WATCHDOG_USEC")); err == nil && us > 0 {
		every = time.Duration(us) * time.Microsecond / 3 // so that one that is late does no harm
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
		if alive() {
			notifySystemd("WATCHDOG=1")
		}
	}
}

// notifySystemd sends one line by the protocol of sd_notify(3), if there is a service manager.
func notifySystemd(line string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	if c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"}); err == nil {
		_, _ = c.Write([]byte(line))
		_ = c.Close()
	}
}

// listenPage opens the address of the page.
func listenPage(c *config.Config) (net.Listener, error) {
	l, err := net.Listen("tcp", c.Status.Listen)
	if err != nil {
		return nil, fmt.Errorf("status.listen = %s: %w: is another kiosk running?", c.Status.Listen, err)
	}
	return l, nil
}

// guardListener bounds how many connections anybody may hold, and speaks TLS if the config names a certificate.
func guardListener(l net.Listener, c *config.Config) (net.Listener, error) {
	l = &web.Listener{Listener: l}
	if c.Status.CertFile == "" {
		return l, nil
	}
	if _, err := c.ReadSecretFile("status.key_file", c.Status.KeyFile); err != nil {
		return nil, config.UsageError(err)
	}
	own := &web.Certificate{Cert: c.ResolvePath(c.Status.CertFile), Key: c.ResolvePath(c.Status.KeyFile), Log: func(line string) { logLine("status page: " + line) }}
	with, err := own.LoadConfig()
	if err != nil {
		return nil, config.UsageError(config.BadPagePair(err))
	}
	return tls.NewListener(l, with), nil
}

// serveNotices lets the gateway's notices in at an address of their own. A proxy that leads there leads nowhere else.
func (k *kiosk) serveNotices(ctx context.Context) error {
	l, err := net.Listen("tcp", k.conf.Status.NotifyListen)
	if err != nil {
		return fmt.Errorf("status.notify_listen = %s: %w: name an address that nothing else listens at", k.conf.Status.NotifyListen, err)
	}
	return serveUntil(ctx, web.NewServer(k.page.NoticeHandler()), l)
}

// serveUntil serves until ctx ends.
func serveUntil(ctx context.Context, srv *http.Server, l net.Listener) error {
	end := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer end()
	return servePage(srv, &web.Listener{Listener: l})
}

// redirectHTTP leads browsers from plain HTTP to the page under TLS. It is a convenience, so its absence is only logged.
func redirectHTTP(ctx context.Context, s config.Status, to func(port string) http.Handler) error {
	if s.PlainListen == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return nil // the page itself has refused it
	}
	l, err := net.Listen("tcp", s.PlainListen)
	if err != nil {
		logLine(fmt.Sprintf("status.plain_listen = %s: %v: nobody is led to https from there", s.PlainListen, err))
		return nil
	}
	return serveUntil(ctx, web.NewServer(to(port)), l)
}
