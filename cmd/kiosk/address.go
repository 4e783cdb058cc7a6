package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
)

const (
	addressEvery = 10 * time.Second
	avahiSocket  = "/run/avahi-daemon/socket"
	avahiPatient = time.Second
)

// watchAddress tells the shop where the status page can be reached, for the panel to show in maintenance.
func (k *kiosk) watchAddress(ctx context.Context) error {
	was := "-"
	for {
		all, _ := k.wires.address() // no answer, no address
		local := findLocalName(&k.conf.Status, avahiSocket, hostname(), all)
		k.local.Store(&local)
		if now := reachable(&k.conf.Status, all); now != was {
			k.clerk.Post(sale.Located{Address: now})
			was = now
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(addressEvery):
		}
	}
}

// whereIsThePage is what a technician types into a browser; "" if nobody else can reach the page.
func (k *kiosk) whereIsThePage() string {
	all, _ := k.wires.address() // no answer, no address
	return reachable(&k.conf.Status, all)
}

// reachable is what a technician types into a browser: host or host:port, under TLS with https:// before it; "" if the
// page is for this machine alone, or there is no network. IPv4 first: it is what can be typed.
func reachable(s *config.Status, all []net.Addr) string {
	host, port, err := net.SplitHostPort(s.Listen)
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
	return spellHost(s, host, port)
}

// spellHost is how a browser is told of a host: without the port that it takes by itself.
func spellHost(s *config.Status, host, port string) string {
	scheme, usual := "", 80
	if s.CertFile != "" {
		scheme, usual = "https://", 443
	}
	if n, err := strconv.Atoi(port); err == nil && n == usual {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return scheme + host
	}
	return scheme + net.JoinHostPort(host, port)
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

// hostname is the machine's own name, as Avahi publishes it; "": it has none.
func hostname() string {
	name, err := os.Hostname()
	if err != nil || name == "localhost" {
		return ""
	}
	name, _, _ = strings.Cut(name, ".")
	return name
}

// ownNames are the Hosts that the page answers to besides those it knows.
func ownNames(host string) []string {
	if host == "" {
		return nil
	}
	return []string{host + ".local"}
}

// localName is what the newest look at the network said.
func (k *kiosk) localName() string {
	if at := k.local.Load(); at != nil {
		return *at
	}
	return ""
}

// findLocalName is the page's name in the local network, such as kiosk.local; "" unless Avahi says that the name leads here:
// two machines of one name would send a technician to each other's page.
func findLocalName(s *config.Status, socket, name string, own []net.Addr) string {
	_, port, err := net.SplitHostPort(s.Listen)
	if err != nil || name == "" || reachable(s, own) == "" {
		return ""
	}
	name += ".local"
	at, err := askAvahi(socket, name)
	if err != nil || !slices.ContainsFunc(own, func(a net.Addr) bool { n, ok := a.(*net.IPNet); return ok && n.IP.Equal(at) }) {
		return ""
	}
	return spellHost(s, name, port)
}

// askAvahi resolves a name by Avahi's simple protocol: "+", interface, protocol, name and address, or a complaint.
func askAvahi(socket, name string) (net.IP, error) {
	c, err := net.DialTimeout("unix", socket, avahiPatient)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(avahiPatient))
	if _, err := fmt.Fprintf(c, "RESOLVE-HOSTNAME-IPV4 %s\n", name); err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(c); lines.Scan(); {
		f := strings.Fields(lines.Text())
		switch {
		case len(f) > 4 && f[0] == "+":
			return net.ParseIP(f[len(f)-1]), nil
		case len(f) > 0 && strings.HasPrefix(f[0], "-"):
			return nil, fmt.Errorf("avahi: %s", lines.Text())
		}
	}
	return nil, fmt.Errorf("avahi says nothing of %s", name)
}
