package main

import (
	"context"
	"net"
	"strconv"
	"time"

	"kiosk/sale"
)

const addressEvery = 10 * time.Second

// watchAddress tells the shop where the status page can be reached, for the panel to show in maintenance.
func (k *kiosk) watchAddress(ctx context.Context) error {
	was := "-"
	for {
		all, _ := net.InterfaceAddrs() // no answer, no address
		if now := reachable(k.conf.Status.Listen, all); now != was {
			k.clerk.Tell(sale.Located{Address: now})
			was = now
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(addressEvery):
		}
	}
}

// reachable is what a technician types into a browser, host or host:port; "" if the page is for this machine alone, or
// there is no network. IPv4 first: it is what can be typed.
func reachable(listen string, all []net.Addr) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return ""
	}
	ip := net.ParseIP(host)
	switch {
	case host == "" || ip != nil && ip.IsUnspecified():
		if ip = best(all); ip == nil {
			return ""
		}
		host = ip.String()
	case host == "localhost" || ip != nil && ip.IsLoopback():
		return ""
	}
	if n, err := strconv.Atoi(port); err == nil && n == 80 {
		if ip != nil && ip.To4() == nil {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, port)
}

// best is the address that others most likely reach.
func best(all []net.Addr) (found net.IP) {
	for _, a := range all {
		n, ok := a.(*net.IPNet)
		if !ok || !n.IP.IsGlobalUnicast() {
			continue
		}
		if n.IP.To4() != nil {
			return n.IP
		}
		if found == nil {
			found = n.IP
		}
	}
	return found
}
