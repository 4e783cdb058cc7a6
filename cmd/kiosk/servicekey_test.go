//go:build sim

package main

import (
	"bytes"
	"image"
	"image/png"
	"io/fs"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"kiosk/cmd/kiosk/config"
	"kiosk/display"
)

const benchService = "GPIO2"

// counter is a kiosk on the bench with a service key, as it is packaged: its page on port 80.
type counter struct {
	*bench
	alone bool // there is no network
	log   bytes.Buffer
}

// onCounter runs one. before says how it was left.
func onCounter(t *testing.T, before func(c *counter), do func(c *counter)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := &counter{bench: newBench(t, dir, func(conf *config.Config) { conf.Keys.Service = benchService })}
		c.conf.Status.Listen = ":80"
		c.wired = func(w *wiring) {
			w.nmcli = filepath.Join(dir, "nmcli")
			w.address = func() ([]net.Addr, error) {
				all := []net.Addr{&net.IPNet{IP: net.IPv4(127, 0, 0, 1), Mask: net.CIDRMask(8, 32)}}
				if !c.alone {
					all = append(all, &net.IPNet{IP: net.IPv4(192, 168, 1, 20), Mask: net.CIDRMask(24, 32)})
				}
				return all, nil
			}
		}
		c.metal.Wire(benchService).Set(gpio.High)
		out := log.Writer()
		log.SetOutput(&c.log)
		defer log.SetOutput(out)
		if before != nil {
			before(c)
		}
		c.start()
		c.waitReady()
		do(c)
		c.fair()
		if err := c.stop(); err != nil {
			t.Errorf("the kiosk ended badly: %v", err)
		}
		_ = c.metal.Close()
	})
}

// unsecret: nobody has made the technician's secret yet.
func unsecret(c *counter) {
	if err := os.Remove(c.conf.Status.PinFile); err != nil {
		c.t.Fatal(err)
	}
}

// hold is a hand on the service key.
func (c *counter) hold(d time.Duration) {
	time.Sleep(time.Second) // a key that is down from the start does nothing
	c.metal.Wire(benchService).Set(gpio.Low)
	time.Sleep(d)
	c.metal.Wire(benchService).Set(gpio.High)
	time.Sleep(100 * time.Millisecond)
	synctest.Wait()
}

func (c *counter) panelPNG() image.Image {
	c.t.Helper()
	status, body := c.get("/panel.png")
	img, err := png.Decode(strings.NewReader(body))
	if status != 200 || err != nil {
		c.t.Fatalf("/panel.png: %d %v", status, err)
	}
	return img
}

// open tells whether the glass shows what everybody may see.
func (c *counter) open() bool { return differ(c.metal.Glass(), c.panelPNG()) == 0 }

// secretOn reads the secret that a picture of the panel shows, letter by letter; "" if there is none.
func (c *counter) secretOn(img image.Image) string {
	c.t.Helper()
	drawn := func(secret string) image.Image {
		f, _, err := c.kiosk.screen.Renderer.Slip(display.Slip{Kind: display.SlipSecret, Secret: secret, Address: c.kiosk.serviceKey.Address.FindPage(), Left: 30 * time.Second})
		if err != nil {
			c.t.Fatal(err)
		}
		return f.Image()
	}
	const letters, blank = "23456789abcdefghjkmnpqrstuvwxyz", "11111-11111"
	empty, alike := drawn(blank), map[rune]image.Image{}
	for _, l := range letters {
		alike[l] = drawn(strings.Repeat(string(l), 5) + "-" + strings.Repeat(string(l), 5))
	}
	secret := ""
	for i := range blank {
		if i == 5 {
			secret += "-"
			continue
		}
		where := blot(empty, drawn(blank[:i]+"w"+blank[i+1:])) // the face is of one width
		best, least := "", 1<<30
		for l, page := range alike {
			if n := differIn(where, page, img); n < least {
				best, least = string(l), n
			}
		}
		secret += best
	}
	if differ(drawn(secret), img) > 600 { // all but the seconds
		return ""
	}
	return secret
}

// blot is where two pictures differ, as high as a letter may be.
func blot(a, b image.Image) (r image.Rectangle) {
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return image.Rect(r.Min.X, r.Min.Y-r.Dy()/2, r.Max.X, r.Max.Y+r.Dy()/3)
}

func differIn(r image.Rectangle, a, b image.Image) (n int) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				n++
			}
		}
	}
	return n
}

// untold tells that a secret is nowhere but on the glass.
func (c *counter) untold(secret string) {
	c.t.Helper()
	var bundle bytes.Buffer
	if err := c.kiosk.writeBundle(c.t.Context(), &bundle); err != nil {
		c.t.Fatal(err)
	}
	places := opens(c.t, bundle.Bytes())
	places["the log"] = c.log.String()
	for _, path := range []string{"/", "/status.json", "/metrics", "/orders.json"} {
		_, places[path] = c.get(path)
	}
	err := filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasSuffix(path, ".secret") { // what NetworkManager was told
			return err
		}
		text, err := os.ReadFile(path)
		places[path] = string(text)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	for where, text := range places {
		if strings.Contains(text, secret) {
			c.t.Errorf("the secret is in %s", where)
		}
	}
}

func TestTheFirstSecretIsReadFromTheGlassAndOpensThePage(t *testing.T) {
	onCounter(t, unsecret, func(c *counter) {
		c.hold(3 * time.Second)
		time.Sleep(time.Second)
		if c.secretOn(c.metal.Glass()) != "" || c.kiosk.clerk.Snapshot().Maintenance != "" || !c.open() {
			t.Fatal("a hand that was not meant did something")
		}
		c.hold(5200 * time.Millisecond)
		time.Sleep(2 * time.Second)
		clear := c.secretOn(c.metal.Glass())
		if clear == "" || c.kiosk.clerk.Snapshot().Maintenance == "" {
			t.Fatalf("the glass shows no secret: the log says %s", c.log.String())
		}
		if veiled := c.secretOn(c.panelPNG()); veiled == clear || c.open() {
			t.Error("whoever reaches /panel.png reads the secret")
		}
		v := &visit{b: c.bench}
		v.does(200, "ok", "sign-in", "pin", clear, "name", "安娜")
		time.Sleep(30 * time.Second)
		if again := c.secretOn(c.metal.Glass()); again != clear {
			t.Errorf("after half a minute the glass shows %q", again)
		}
		time.Sleep(35 * time.Second)
		if text, err := os.ReadFile(c.conf.Status.PinFile); err != nil || !strings.HasPrefix(string(text), "$argon2id$") {
			t.Errorf("after its minute it is not kept: %v", err)
		}
		if text, err := byZXing(c.metal.Glass()); err != nil || text != "http://192.168.1.20/" || !c.open() {
			t.Errorf("then the glass leads to %q (%v)", text, err)
		}
		v.does(200, "ok", "slot", "slot", "1", "stock", "8") // still signed in
		c.untold(clear)
		c.kill()
		c.until("the page is back", func() bool { status, _ := c.get("/healthz"); return status == 200 })
		v = &visit{b: c.bench}
		v.does(200, "ok", "sign-in", "pin", clear, "name", "安娜")
		c.hold(5200 * time.Millisecond)
		c.waitReady() // back in service, and no second secret
	})
}

func TestAPowerCutWhileTheFirstSecretIsShownCostsNothing(t *testing.T) {
	onCounter(t, unsecret, func(c *counter) {
		c.hold(5200 * time.Millisecond)
		time.Sleep(20 * time.Second)
		lost := c.secretOn(c.metal.Glass())
		c.kill()
		c.until("the page is back", func() bool { status, _ := c.get("/healthz"); return status == 200 })
		c.hold(5200 * time.Millisecond)
		time.Sleep(2 * time.Second)
		clear := c.secretOn(c.metal.Glass())
		if lost == "" || clear == "" || clear == lost {
			t.Fatalf("before %q, after %q", lost, clear)
		}
		v := &visit{b: c.bench}
		v.does(403, "wrong secret", "sign-in", "pin", lost, "name", "安娜")
		v.does(200, "ok", "sign-in", "pin", clear, "name", "安娜")
		time.Sleep(time.Minute)
		c.hold(5200 * time.Millisecond)
		c.waitReady()
	})
}

func TestASecretThatTheGlassCannotShowIsMadeOnceItCan(t *testing.T) {
	onCounter(t, unsecret, func(c *counter) {
		c.trouble("panel", "gone")
		time.Sleep(10 * time.Second)
		c.hold(5200 * time.Millisecond)
		time.Sleep(90 * time.Second)
		if config.PathExists(c.conf.Status.PinFile) {
			t.Fatal("a secret that nobody has seen locks everybody out")
		}
		c.trouble("panel", "ok")
		time.Sleep(time.Minute)
		c.hold(5200 * time.Millisecond)
		time.Sleep(2 * time.Second)
		clear := c.secretOn(c.metal.Glass())
		(&visit{b: c.bench}).does(200, "ok", "sign-in", "pin", clear, "name", "安娜")
		time.Sleep(time.Minute)
		c.hold(5200 * time.Millisecond)
		c.waitReady()
	})
}

// A stranger guesses at the page until nobody gets in; a hand on the key lets the technician in.
func TestAHandOnTheKeyForgivesGuesses(t *testing.T) {
	onCounter(t, nil, func(c *counter) {
		shut := func() bool {
			r := httptest.NewRequest("POST", "http://"+c.addr+"/service/sign-in", strings.NewReader("pin=guess&name=x"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			c.web.ServeHTTP(w, r)
			return w.Code == 429
		}
		for n := 0; !shut(); n++ {
			if n > 1000 {
				t.Fatal("a thousand guesses, and no end")
			}
		}
		c.hold(5200 * time.Millisecond)
		(&visit{b: c.bench}).does(200, "ok", "sign-in", "pin", "246810", "name", "安娜")
		c.hold(5200 * time.Millisecond)
		c.waitReady()
	})
}
