package onsite

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"kiosk/cmd/kiosk/config"
)

const (
	// AddressInterval is how often the network is looked at: a cable may be plugged in at any time.
	AddressInterval = 10 * time.Second

	avahiSocket   = "/run/avahi-daemon/socket"
	avahiPatience = time.Second
)

// Address is where the technician's page is found.
type Address struct {
	Status     *config.Status
	Interfaces func() ([]net.Addr, error)

	local atomic.Pointer[string] // the page's name in the local network, as of the newest look
}

// Watch tells the shop where the page is found, for the panel to show in maintenance.
func (a *Address) Watch(ctx context.Context, located func(address string)) error {
	was := "-"
	for {
		all, _ := a.Interfaces() // an error means no address
		local := findLocalName(a.Status, avahiSocket, Hostname(), all)
		a.local.Store(&local)
		if now := reachableAddress(a.Status, all); now != was {
			located(now)
			was = now
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(AddressInterval):
		}
	}
}

// FindPage returns what a technician types into a browser; "" if nobody else can reach the page.
func (a *Address) FindPage() string {
	all, _ := a.Interfaces() // an error means no address
	return reachableAddress(a.Status, all)
}

// LocalName returns the page's name in the local network, such as kiosk.local; "" if there is none.
func (a *Address) LocalName() string {
	if name := a.local.Load(); name != nil {
		return *name
	}
	return ""
}

// IsOffline reports that there is no network at all. Not knowing is no reason to open a hotspot.
func (a *Address) IsOffline() bool {
	all, err := a.Interfaces()
	return err == nil && preferredIP(all) == nil
}

// spellAddress is what Find would return if that were the machine's one address.
func (a *Address) spellAddress(ip string) string {
	return reachableAddress(a.Status, []net.Addr{&net.IPNet{IP: net.ParseIP(ip)}})
}

// reachableAddress is what a technician types into a browser: host or host:port, under TLS with https:// before it; "" if the
// page is for this machine alone, or there is no network. IPv4 first: it is what can be typed.
func reachableAddress(s *config.Status, all []net.Addr) string {
	host, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return ""
	}
	ip := net.ParseIP(host)
	switch {
	case host == "" || ip != nil && ip.IsUnspecified():
		if ip = preferredIP(all); ip == nil {
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

// preferredIP is the address that others most likely reach.
func preferredIP(all []net.Addr) (found net.IP) {
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

// Hostname is the machine's own name, as Avahi publishes it; "": it has none.
func Hostname() string {
	name, err := os.Hostname()
	if err != nil || name == "localhost" {
		return ""
	}
	name, _, _ = strings.Cut(name, ".")
	return name
}

// findLocalName returns the page's name in the local network. It is "" unless Avahi says that the name leads here: two
// machines of one name would send a technician to each other's page.
func findLocalName(s *config.Status, socket, name string, own []net.Addr) string {
	_, port, err := net.SplitHostPort(s.Listen)
	if err != nil || name == "" || reachableAddress(s, own) == "" {
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
	c, err := net.DialTimeout("unix", socket, avahiPatience)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(avahiPatience))
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
