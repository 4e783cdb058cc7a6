package main

import (
	"net"
	"testing"
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
	}{
		{":80", home, "192.168.1.20"},
		{":8080", home, "192.168.1.20:8080"},
		{"0.0.0.0:80", home, "192.168.1.20"},
		{"[::]:80", addr("2001:db8::7/64"), "[2001:db8::7]"},
		{":8080", addr("2001:db8::7/64"), "[2001:db8::7]:8080"},
		{"192.168.1.9:8080", home, "192.168.1.9:8080"},
		{"127.0.0.1:8080", home, ""},
		{"localhost:80", home, ""},
		{"[::1]:80", home, ""},
		{":80", addr("127.0.0.1/8", "fe80::1/64"), ""},
		{":80", nil, ""},
		{"kiosk.local:80", home, "kiosk.local"},
		{"80", home, ""},
	} {
		if got := reachable(c.listen, c.all); got != c.want {
			t.Errorf("listen = %q: the panel would say %q, not %q", c.listen, got, c.want)
		}
	}
}
