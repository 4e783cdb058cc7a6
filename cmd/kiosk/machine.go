package main

import (
	"bufio"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"strings"

	"kiosk/status"
)

// tellMachine gives the page what is known of the machine around the shop.
func (k *kiosk) tellMachine() {
	p := k.page
	k.tellSelf()
	p.Now, p.Network, p.Sales, p.Acts = k.now, k.network, k.book.CountSales, k.book.ListAlarms
	p.Parts = []string{"panel", "keys", "disk"}
	if k.scanner != nil {
		p.Parts = append(p.Parts, "scanner")
	}
	if k.door != nil {
		p.Parts = append(p.Parts, "door")
	}
	// Whoever brings a new version writes this file.
	if self, err := os.Executable(); err == nil {
		if info, err := os.Stat(self); err == nil {
			p.Installed = info.ModTime()
		}
	}
}

// network is what the kernel knows of the network, without asking anybody.
func (k *kiosk) network() []status.NetworkFact {
	var out []status.NetworkFact
	if at := k.address.Find(); at != "" {
		if !strings.Contains(at, "://") {
			at = "http://" + at
		}
		out = append(out, status.NetworkFact{Kind: status.NetPage, Text: at + "/", Up: true})
	}
	cards, _ := net.Interfaces()
	for _, card := range cards {
		if card.Flags&net.FlagLoopback != 0 {
			continue
		}
		f := status.NetworkFact{Kind: status.NetInterface, Name: card.Name, Up: card.Flags&net.FlagUp != 0 && card.Flags&net.FlagRunning != 0}
		f.Text = strings.Join(cardAddresses(card), " · ")
		f.Up = f.Up && f.Text != ""
		out = append(out, f)
	}
	if router, ok := defaultRouter("/proc/net/route"); ok {
		out = append(out, status.NetworkFact{Kind: status.NetRouter, Text: router.String(), Up: neighbour("/proc/net/arp", router)})
	}
	return out
}

// cardAddresses are the addresses of a card that others may reach.
func cardAddresses(card net.Interface) (out []string) {
	addresses, _ := card.Addrs()
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			out = append(out, n.String())
		}
	}
	return out
}

// defaultRouter reads the kernel's IPv4 routes: where everything goes that has no route of its own.
func defaultRouter(routes string) (netip.Addr, bool) {
	for _, f := range columns(routes) {
		if len(f) < 3 || f[1] != "00000000" {
			continue
		}
		b, err := hex.DecodeString(f[2])
		if err != nil || len(b) != 4 {
			continue
		}
		if a := netip.AddrFrom4([4]byte{b[3], b[2], b[1], b[0]}); !a.IsUnspecified() { // the kernel writes it in the order of its bytes
			return a, true
		}
	}
	return netip.Addr{}, false
}

// neighbour tells whether the kernel has heard from an address lately.
func neighbour(arp string, a netip.Addr) bool {
	for _, f := range columns(arp) {
		if len(f) > 3 && f[0] == a.String() {
			return f[2] != "0x0" && f[3] != "00:00:00:00:00:00"
		}
	}
	return false
}

func columns(path string) (out [][]string) {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		out = append(out, strings.Fields(lines.Text()))
	}
	return out
}
