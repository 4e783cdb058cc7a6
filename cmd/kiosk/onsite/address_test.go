package onsite

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"testing"

	"kiosk/cmd/kiosk/config"
)

func TestATechnicianIsToldWhereThePageIs(t *testing.T) {
	addr := func(texts ...string) (all []net.Addr) {
		for _, text := range texts {
			ip, n, err := net.ParseCIDR(text)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, &net.IPNet{IP: ip, Mask: n.Mask})
		}
		return all
	}
	home := addr("127.0.0.1/8", "::1/128", "fe80::1/64", "2001:db8::7/64", "192.168.1.20/24", "10.0.0.3/8")
	for _, c := range []struct {
		listen string
		all    []net.Addr
		want   string
		secure string // under TLS
	}{
		{":80", home, "192.168.1.20", "https://192.168.1.20:80"},
		{":8080", home, "192.168.1.20:8080", "https://192.168.1.20:8080"},
		{":443", home, "192.168.1.20:443", "https://192.168.1.20"},
		{"0.0.0.0:80", home, "192.168.1.20", "https://192.168.1.20:80"},
		{"[::]:80", addr("2001:db8::7/64"), "[2001:db8::7]", "https://[2001:db8::7]:80"},
		{"[::]:443", addr("2001:db8::7/64"), "[2001:db8::7]:443", "https://[2001:db8::7]"},
		{":8080", addr("2001:db8::7/64"), "[2001:db8::7]:8080", "https://[2001:db8::7]:8080"},
		{"192.168.1.9:8080", home, "192.168.1.9:8080", "https://192.168.1.9:8080"},
		{"127.0.0.1:8080", home, "", ""},
		{"localhost:80", home, "", ""},
		{"[::1]:80", home, "", ""},
		{":80", addr("127.0.0.1/8", "fe80::1/64"), "", ""},
		{":80", nil, "", ""},
		{"kiosk.local:443", home, "kiosk.local:443", "https://kiosk.local"},
		{"80", home, "", ""},
	} {
		for cert, want := range map[string]string{"": c.want, "page.pem": c.secure} {
			if got := reachableAddress(&config.Status{Listen: c.listen, CertFile: cert}, c.all); got != want {
				t.Errorf("listen = %q, certificate %q: the panel would say %q, not %q", c.listen, cert, got, want)
			}
		}
	}
}

// avahi answers by Avahi's simple protocol.
func avahi(t *testing.T, answer func(line string) string) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "avahi")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			line, _ := bufio.NewReader(c).ReadString('\n')
			_, _ = fmt.Fprintln(c, answer(line))
			_ = c.Close()
		}
	}()
	return socket
}

func TestThePanelNamesThePageOnlyWhereTheNameLeadsHere(t *testing.T) {
	own := []net.Addr{&net.IPNet{IP: net.IPv4(192, 168, 1, 20), Mask: net.CIDRMask(24, 32)}}
	here := avahi(t, func(line string) string {
		if line != "RESOLVE-HOSTNAME-IPV4 kiosk.local\n" {
			return "-15 Timeout reached"
		}
		return "+ 2 0 kiosk.local 192.168.1.20"
	})
	for _, c := range []struct {
		why, socket, host, listen, cert, want string
		own                                   []net.Addr
	}{
		{"as it is packaged", here, "kiosk", ":80", "", "kiosk.local", own},
		{"another port", here, "kiosk", ":8080", "", "kiosk.local:8080", own},
		{"under TLS", here, "kiosk", ":443", "page.pem", "https://kiosk.local", own},
		{"a name that nobody answers to", here, "other", ":80", "", "", own},
		{"a machine without a name", here, "", ":80", "", "", own},
		{"a page for this machine alone", here, "kiosk", "127.0.0.1:8080", "", "", own},
		{"no network", here, "kiosk", ":80", "", "", nil},
		{"no Avahi", filepath.Join(t.TempDir(), "none"), "kiosk", ":80", "", "", own},
		{"another machine has the name", avahi(t, func(string) string { return "+ 2 0 kiosk.local 192.168.1.21" }), "kiosk", ":80", "", "", own},
		{"it cannot be resolved", avahi(t, func(string) string { return "-15 Timeout reached" }), "kiosk", ":80", "", "", own},
		{"nonsense", avahi(t, func(string) string { return "hello" }), "kiosk", ":80", "", "", own},
	} {
		if got := findLocalName(&config.Status{Listen: c.listen, CertFile: c.cert}, c.socket, c.host, c.own); got != c.want {
			t.Errorf("%s: the panel would say %q, not %q", c.why, got, c.want)
		}
	}
}
