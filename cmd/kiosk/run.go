package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"periph.io/x/conn/v3/gpio"

	"kiosk/alert"
	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/doctor"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/display"
	"kiosk/hw"
	"kiosk/pay"
	"kiosk/record"
	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
	"kiosk/web"
)

// config reads the config, or takes the street's own where there is a street.
func (c *cli) config() (config.Config, error) {
	if c.file == "" {
		if conf, ok, err := c.streetConfig(); ok {
			return conf, err
		}
		c.file = "/etc/kiosk/kiosk.toml"
	}
	conf, err := readConfig(c.file)
	c.override(&conf)
	return conf, err
}

// override lets -data and -addr have the last word.
func (c *cli) override(conf *config.Config) {
	if c.data != "" {
		conf.Store.Path = filepath.Join(c.data, "kiosk.db")
	}
	if c.addr != "" {
		conf.Status.Listen = c.addr
	}
}

func (c *cli) run(ctx context.Context, args []string) error {
	if err := flags("run", args, noFlags); err != nil {
		return err
	}
	said := &lines{}
	log.SetFlags(0)
	log.SetOutput(io.MultiWriter(os.Stderr, said))
	named := c.file != ""
	conf, err := c.config()
	absent := errors.Is(err, os.ErrNotExist) && !named
	if err == nil {
		if err = checkFiles(&conf); err != nil {
			err = fmt.Errorf("%s: %w", conf.File, err)
			absent = errors.Is(err, os.ErrNotExist)
		}
	}
	if absent { // a machine without pins needs no files first
		if none := noPins(); none != nil {
			return none
		}
	}
	if err != nil {
		return config.Usage(err)
	}
	w, err := openWires(c, &conf)
	if err != nil {
		return err
	}
	defer w.close()
	k := &kiosk{conf: conf, wires: w, said: said}
	if err := k.connect(); err != nil {
		return err
	}
	defer k.outputs.LatchOff()
	return k.serve(ctx)
}

// kiosk is the rooms, connected.
type kiosk struct {
	conf    config.Config
	wires   *wiring
	outputs *hw.Outputs
	keys    *hw.Keys
	drops   *hw.Dispenser
	scanner *hw.Scanner
	trigger gpio.PinIO      // nil: the scan module is not triggered by a pin
	door    *hw.Door        // nil: there is no switch
	cues    *hw.Signals     // nil: neither buzzer nor light
	warmth  *hw.Thermometer // nil: there is none
	screen  *display.Screen
	book    *store.ReopeningBook
	clerk   *sale.Clerk
	page    *status.Page
	tape    *tape
	record  *record.Recorder
	said    *lines         // the end of the log; nil: nobody keeps it
	alert   *alert.Watcher // nil: nobody is told
	watch   stopwatch
	runs    atomic.Pointer[hw.RunLog]
	sags    sags
	days    dailyBills
	hand    *onsite.ServiceKey
	address *onsite.Address // where the page is found
	trial   scanTrial
	ears    *ears  // nil: there is no scan module
	stop    func() // ends the service; set while it serves
	began   time.Time
}

// connect builds every room. Outputs are off before anything else is looked at.
func (k *kiosk) connect() error {
	k.began = time.Now()
	if err := k.connectPins(); err != nil {
		return err
	}
	gateway, payee, err := newGateway(&k.conf, k.wires.dial)
	if err != nil {
		return config.Usage(err)
	}
	if g, ok := gateway.(*pay.V3); ok {
		g.Now = k.now // a v3 signature carries the time
	}
	sweepCopies(&k.conf) // before the book: it may be what fills the disk
	if err := k.connectBook(payee); err != nil {
		return err
	}
	k.record = k.recorder()
	k.clerk = &sale.Clerk{
		Gateway: gateway, Book: k.watch.book(k.wires.disk(k.book)), Dispenser: k.watch.dispenser(&poweredDispenser{k.drops, lowPower, &k.sags}), Wall: k.wires.wall, Log: say,
		Recorder: k.record,
		Open: func() *sale.Shop {
			return &sale.Shop{Kiosk: k.conf.Kiosk, Merchant: payee, Choice: time.Duration(k.conf.ChoiceTimeout), Expiry: time.Duration(k.conf.Pay.Expiry)}
		},
	}
	k.address = &onsite.Address{Status: &k.conf.Status, Interfaces: k.wires.address}
	k.connectPeople()
	k.keys.Pressed = k.watch.keys(k.keys.Pressed)
	k.connectAlert()
	if err := k.connectScreen(); err != nil {
		return config.Usage(err)
	}
	return k.connectPage(payee, gateway)
}

func say(line string) { log.Print(line) }

// deaf stands in where no scan module is configured.
type deaf struct{}

func (deaf) Arm(bool) {}

func (k *kiosk) health(part string) func(string) {
	return func(fault string) {
		if fault != "" {
			say(part + ": " + fault)
		}
		k.clerk.Post(sale.Health{Part: part, Fault: fault})
	}
}

func (k *kiosk) connectScreen() error {
	m, err := panelModel(&k.conf)
	if err != nil {
		return err
	}
	k.screen = &display.Screen{
		Open:     func() (*display.Panel, error) { return k.wires.panel(&k.conf, m) },
		Renderer: display.Renderer{Model: m, Language: k.conf.Language, Contact: k.conf.Contact, Kiosk: k.conf.Kiosk},
		Health:   k.health("panel"), Local: k.address.LocalName,
		Refused: func(no sale.No, why string) { k.clerk.Post(sale.Unshown{No: no, Why: why}) },
	}
	k.clerk.Screen = &cued{Screen: k.screen, cues: k.cues}
	k.clerk.Post(sale.Health{Part: "panel", Fault: "the panel is not open yet"})
	return nil
}

func (k *kiosk) connectPage(payee sale.Merchant, gateway sale.Gateway) error {
	pin, err := onsite.ReadSecret(&k.conf)
	if err != nil {
		return config.Usage(err)
	}
	ends := doctor.WatchMerchantCertificate(&k.conf)
	k.page = &status.Page{
		Kiosk: k.conf.Kiosk, Version: version, Language: k.conf.Language, Boot: k.began, Password: web.Password{Kept: pin},
		Snapshot: k.clerk.Snapshot, Alive: k.clerk.Alive, Orders: k.book.ListOrders,
		Notes: func() []status.Note {
			return slices.Concat(k.bookNotes(), ends(k.now(), k.clerk.Snapshot().Clock), onsite.SecretNotes(&k.conf))
		},
		Panel: func() image.Image { return k.screen.Picture() },
		Board: k.board,
		Do:    k.clerk.Do,
	}
	k.page.Tools = k.tools()
	if host := onsite.Hostname(); host != "" {
		k.page.Hosts = []string{host + ".local"}
	}
	k.connectServiceKey()
	k.tellMachine()
	n, err := k.notices(payee, gateway)
	if err != nil {
		return config.Usage(err)
	}
	k.page.Notices, k.page.Bills = n.Counts, k.bills
	k.page.Readings, k.page.Latencies = k.readings(), &k.watch.latencies
	if k.conf.Pay.API == "v3" {
		k.page.NotifyV3 = n.WebhookV3(k.takeV3(n), web.RemoteAddr)
	} else {
		k.page.NotifyV2 = n.WebhookV2(k.takeV2(n), web.RemoteAddr)
	}
	return nil
}

// connectServiceKey leads a hand on the technician's key to what it is for.
func (k *kiosk) connectServiceKey() {
	spot := &onsite.Hotspot{Radio: hw.Hotspot{Program: k.wires.nmcli}, Name: "kiosk-" + k.conf.Kiosk, Panel: k.screen, Address: k.address, Log: say}
	first := &onsite.FirstSecret{
		Set:   k.page.SetPin,
		IsLit: func() bool { return time.Since(k.screen.State().Drawn) < 10*time.Second },
		Show: func(ctx context.Context, clear string, hold time.Duration) error {
			return k.screen.HandOver(ctx, display.Slip{Kind: display.SlipSecret, Secret: clear, Address: k.address.Find(), Left: hold})
		},
	}
	if f := k.conf.Status.PinFile; f != "" {
		first.File = k.conf.Resolve(f)
	}
	k.hand = &onsite.ServiceKey{
		Shop: k.clerk, Panel: k.screen, Secret: first, Hotspot: spot, Address: k.address,
		Sound: func() { k.cue(hw.SignalLocate) }, Forgive: k.page.ResetAttempts, Held: make(chan struct{}, 1), Log: say,
	}
	k.keys.Held, k.keys.Holding = k.hand.Hold, k.hand.Announce
}

func (k *kiosk) listen() (net.Listener, error) {
	l, err := net.Listen("tcp", k.conf.Status.Listen)
	if err != nil {
		return nil, fmt.Errorf("status.listen = %s: %w: is another kiosk running?", k.conf.Status.Listen, err)
	}
	return l, nil
}
