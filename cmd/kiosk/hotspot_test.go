//go:build sim

package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kiosk/cmd/kiosk/onsite"
	"kiosk/display"
	"kiosk/sale"
)

// radio gives the counter a NetworkManager with a Wi-Fi device, and takes the network away.
func radio(c *counter) {
	c.alone = true
	program, err := filepath.Abs("../../hw/testdata/nmcli")
	if err == nil {
		err = os.Symlink(program, filepath.Join(c.dir, "nmcli"))
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.manager("devices", "wlan0:wifi:disconnected\n")
	c.manager("radio", "enabled:enabled\n")
}

func (c *counter) manager(what, text string) {
	if err := os.WriteFile(filepath.Join(c.dir, what), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// managed is a file of that NetworkManager's: the profile, or the secret that nmcli was given.
func (c *counter) managed(what string) string {
	text, _ := os.ReadFile(filepath.Join(c.dir, "kiosk-hotspot."+what)) // "": there is none
	return strings.TrimSpace(string(text))
}

func TestInABasementATelephoneJoinsTheKioskFromItsGlass(t *testing.T) {
	onCounter(t, radio, func(c *counter) {
		c.manager("kiosk-hotspot.profile", "ssid=kiosk-OLD\n")
		c.hold(5200 * time.Millisecond)
		time.Sleep(3 * time.Second)
		secret := c.managed("secret")
		if secret == "" || !strings.Contains(c.managed("profile"), "ssid=kiosk-K0042\n") {
			t.Fatalf("no hotspot: the log says %s", c.log.String())
		}
		read := map[string]bool{}
		for range 20 {
			time.Sleep(time.Second)
			text, err := byZXing(c.metal.Glass())
			if err != nil {
				t.Fatal(err)
			}
			read[text] = true
			if text, err := byZXing(c.panelPNG()); err == nil && strings.HasPrefix(text, "WIFI:") {
				t.Fatal("whoever reaches /panel.png joins the network")
			}
		}
		if !read["WIFI:T:WPA;S:kiosk-K0042;P:"+secret+";;"] || !read["http://10.42.0.1/"] || len(read) != 2 {
			t.Errorf("a telephone reads %v; nmcli was given %q", read, secret)
		}
		for _, host := range []string{"10.42.0.1", "kiosk.local"} {
			w := httptest.NewRecorder()
			c.web.ServeHTTP(w, httptest.NewRequest("GET", "http://"+host+"/", nil))
			if w.Code != 200 {
				t.Errorf("http://%s/ answers %d", host, w.Code)
			}
		}
		c.untold(secret)

		// A technician ends the maintenance on the page: selling goes on beside the hotspot.
		c.kiosk.clerk.Post(sale.SetMaintenance{On: false, By: "anna"})
		c.waitReady()
		if !c.open() {
			t.Error("the hotspot's slip hides the goods")
		}
		c.buy(1)
		if c.managed("up") == "" && c.managed("profile") == "" {
			t.Error("the hotspot went with the maintenance")
		}
		time.Sleep(onsite.HotspotTime)
		if left := c.managed("profile"); left != "" {
			t.Errorf("after half an hour it is still open: %s", left)
		}
	})
}

func TestAnotherHandOnTheKeyEndsTheHotspot(t *testing.T) {
	onCounter(t, radio, func(c *counter) {
		var secrets []string
		for range 2 {
			c.hold(5200 * time.Millisecond)
			time.Sleep(3 * time.Second)
			secrets = append(secrets, c.managed("secret"))
			c.hold(5200 * time.Millisecond)
			time.Sleep(3 * time.Second)
			if left := c.managed("profile"); left != "" || c.kiosk.clerk.Snapshot().Maintenance != "" || !c.open() {
				t.Errorf("it is still open: %s", left)
			}
		}
		if secrets[0] == "" || secrets[0] == secrets[1] {
			t.Errorf("its secrets are %q: who left may come back", secrets)
		}
	})
}

func TestAHotspotThatRanOutIsRenewedWithHandsInside(t *testing.T) {
	onCounter(t, radio, func(c *counter) {
		c.hold(5200 * time.Millisecond)
		time.Sleep(3 * time.Second)
		first := c.managed("secret")
		time.Sleep(onsite.HotspotTime)
		if c.managed("profile") != "" {
			t.Fatal("it never ends")
		}
		if will := c.kiosk.serviceKey.ListPromises(); len(will) != 1 || will[0] != display.WillOpen {
			t.Errorf("the panel promises %v", will)
		}
		c.hold(5200 * time.Millisecond)
		time.Sleep(3 * time.Second)
		if c.kiosk.clerk.Snapshot().Maintenance == "" {
			t.Fatal("the kiosk sells with hands inside")
		}
		if again := c.managed("secret"); again == "" || again == first || c.managed("profile") == "" {
			t.Errorf("no new hotspot: the log says %s", c.log.String())
		}
		c.hold(5200 * time.Millisecond)
		c.waitReady()
		if left := c.managed("profile"); left != "" {
			t.Errorf("back in service, and it is open: %s", left)
		}
	})
}

// Where no other one opens, the key must still lead out of the maintenance.
func TestAHotspotThatCannotBeRenewedKeepsNobodyInMaintenance(t *testing.T) {
	onCounter(t, radio, func(c *counter) {
		c.hold(5200 * time.Millisecond)
		time.Sleep(onsite.HotspotTime + 3*time.Second)
		c.manager("devices", "eth0:ethernet:unavailable\n")
		c.hold(5200 * time.Millisecond)
		time.Sleep(onsite.ExplanationTime)
		if c.kiosk.clerk.Snapshot().Maintenance == "" {
			t.Fatal("the kiosk sells with hands inside")
		}
		c.hold(5200 * time.Millisecond)
		c.waitReady()
	})
}

func TestAHotspotEndsWithTheKioskAndWithAFormerLife(t *testing.T) {
	onCounter(t, radio, func(c *counter) {
		c.manager("kiosk-hotspot.profile", "ssid=kiosk-K0042\n")
		if err := c.stop(); err != nil {
			t.Fatal(err)
		}
		c.start()
		time.Sleep(time.Second)
		if left := c.managed("profile"); left != "" {
			t.Errorf("what a former life left is open for ever: %s", left)
		}
		c.waitReady()
		c.hold(5200 * time.Millisecond)
		time.Sleep(3 * time.Second)
		if c.managed("profile") == "" {
			t.Fatal("no hotspot")
		}
		if err := c.stop(); err != nil {
			t.Fatal(err)
		}
		if left := c.managed("profile"); left != "" {
			t.Errorf("the service has ended, and it is open: %s", left)
		}
		c.start()
		c.until("the page is back", func() bool { status, _ := c.get("/healthz"); return status == 200 })
		c.hold(5200 * time.Millisecond)
		c.waitReady()
	})
}

func TestWhereThereIsANetworkNoHotspotOpens(t *testing.T) {
	onCounter(t, radio, func(c *counter) {
		c.alone = false
		time.Sleep(2 * onsite.AddressInterval)
		c.hold(5200 * time.Millisecond)
		time.Sleep(3 * time.Second)
		if text, err := byZXing(c.metal.Glass()); err != nil || text != "http://192.168.1.20/" || c.managed("profile") != "" {
			t.Errorf("the glass leads to %q (%v); NetworkManager has %q", text, err, c.managed("profile"))
		}
		c.hold(5200 * time.Millisecond)
		c.waitReady()
	})
}

func TestWhyThereIsNoHotspotIsOnTheGlassAndStopsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		is   func(c *counter)
		says string
	}{
		"no nmcli":    {func(c *counter) { _ = os.Remove(filepath.Join(c.dir, "nmcli")) }, "install network-manager"},
		"no Wi-Fi":    {func(c *counter) { c.manager("devices", "eth0:ethernet:unavailable\n") }, "no Wi-Fi device"},
		"not allowed": {func(c *counter) { c.manager("denied", "") }, "60-kiosk.rules"},
		"page for this machine alone": {func(c *counter) {
			c.kiosk.conf.Status.Listen = "127.0.0.1:8080"
		}, `listen = ":80"`},
	} {
		t.Run(name, func(t *testing.T) {
			onCounter(t, radio, func(k *counter) {
				c.is(k)
				k.hold(5200 * time.Millisecond)
				time.Sleep(3 * time.Second)
				if said := k.log.String(); !strings.Contains(said, "no hotspot: ") || !strings.Contains(said, c.says) {
					t.Errorf("the log says %s", said)
				}
				if k.kiosk.clerk.Snapshot().Maintenance == "" {
					t.Error("no maintenance either")
				}
				time.Sleep(onsite.ExplanationTime + time.Second)
				if k.managed("profile") != "" || !k.open() {
					t.Error("half a hotspot is left behind")
				}
				k.hold(5200 * time.Millisecond)
				k.waitReady()
			})
		})
	}
}
