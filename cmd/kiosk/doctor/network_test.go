package doctor

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

func TestTheRouterIsReadFromTheKernelsTables(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	routes := file("route", "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"+
		"wlan0\t0001A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\n"+
		"wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\n")
	want := netip.MustParseAddr("192.168.1.1")
	if got, ok := defaultRouter(routes); !ok || got != want {
		t.Errorf("the router is %v", got)
	}
	if _, ok := defaultRouter(file("none", "Iface\tDestination\tGateway\n")); ok {
		t.Error("a router where there is no route")
	}
	if _, ok := defaultRouter(filepath.Join(dir, "missing")); ok {
		t.Error("a router where there is no table")
	}
	arp := file("arp", "IP address       HW type     Flags       HW address            Mask     Device\n"+
		"192.168.1.1      0x1         0x2         b8:27:eb:00:00:01     *        wlan0\n"+
		"192.168.1.9      0x1         0x0         00:00:00:00:00:00     *        wlan0\n")
	if !isNeighbour(arp, want) {
		t.Error("a router that answers is called silent")
	}
	if isNeighbour(arp, netip.MustParseAddr("192.168.1.9")) || isNeighbour(arp, netip.MustParseAddr("192.168.1.77")) {
		t.Error("a silent address is called a neighbour")
	}
}
