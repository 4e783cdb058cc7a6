package doctor

import (
	"bufio"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"strings"

	"kiosk/status"
)

// DescribeNetwork returns what the kernel knows of the network, without asking anybody. page is where the page is found.
func DescribeNetwork(page string) []status.NetworkFact {
	var out []status.NetworkFact
	if page != "" {
		if !strings.Contains(page, "://") {
			page = "http://" + page
		}
		out = append(out, status.NetworkFact{Kind: status.NetPage, Text: page + "/", Up: true})
	}
	cards, _ := net.Interfaces()
	for _, card := range cards {
		if card.Flags&net.FlagLoopback != 0 {
			continue // nobody else reaches it
		}
		f := status.NetworkFact{Kind: status.NetInterface, Name: card.Name, Text: strings.Join(cardAddresses(card), " · ")}
		f.Up = card.Flags&net.FlagUp != 0 && card.Flags&net.FlagRunning != 0 && f.Text != ""
		out = append(out, f)
	}
	if router, ok := defaultRouter("/proc/net/route"); ok {
		out = append(out, status.NetworkFact{Kind: status.NetRouter, Text: router.String(), Up: isNeighbour("/proc/net/arp", router)})
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

// defaultRouter finds the IPv4 route of everything that has no route of its own. The kernel writes addresses in
// hexadecimal, in its own byte order.
func defaultRouter(routes string) (netip.Addr, bool) {
	for _, f := range readColumns(routes) {
		if len(f) < 3 || f[1] != "00000000" {
			continue
		}
		b, err := hex.DecodeString(f[2])
		if err != nil || len(b) != 4 {
			continue
		}
		if a := netip.AddrFrom4([4]byte{b[3], b[2], b[1], b[0]}); !a.IsUnspecified() {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// isNeighbour reports whether the kernel has heard from an address lately.
func isNeighbour(arp string, a netip.Addr) bool {
	for _, f := range readColumns(arp) {
		if len(f) > 3 && f[0] == a.String() {
			return f[2] != "0x0" && f[3] != "00:00:00:00:00:00"
		}
	}
	return false
}

// readColumns splits a table of /proc; none if it cannot be read.
func readColumns(path string) (out [][]string) {
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
