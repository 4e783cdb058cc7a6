package main

import (
	"context"
	"net"
	"os"
	"strconv"
	"time"
)

// feedWatchdog says that the service is up, and then feeds systemd's watchdog while alive says so: from the shop's own
// beat, never from a bare ticker, so that a shop that stands still is started anew.
func feedWatchdog(ctx context.Context, alive func() bool) error {
	notifySystemd("READY=1")
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
