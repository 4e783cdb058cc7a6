package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"periph.io/x/conn/v3/gpio"

	"kiosk/display"
	"kiosk/hw"
	"kiosk/sale"
	"kiosk/status"
)

// config reads the config, or takes the street's own where there is a street.
func (c *cli) config() (config, error) {
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
func (c *cli) override(conf *config) {
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
	log.SetFlags(0)
	named := c.file != ""
	conf, err := c.config()
	absent := errors.Is(err, os.ErrNotExist) && !named
	if err == nil {
		if err = conf.readable(); err != nil {
			err = fmt.Errorf("%s: %w", conf.file, err)
			absent = errors.Is(err, os.ErrNotExist)
		}
	}
	if absent { // a machine without pins needs no files first
		if none := noPins(); none != nil {
			return none
		}
	}
	if err != nil {
		return useError{err}
	}
	w, err := openWires(c, &conf)
	if err != nil {
		return err
	}
	defer w.close()
	k := &kiosk{conf: conf, wires: w}
	if err := k.connect(); err != nil {
		return err
	}
	defer k.outputs.Shut()
	return k.serve(ctx)
}

// kiosk is the rooms, connected.
type kiosk struct {
	conf    config
	wires   *wiring
	outputs *hw.Outputs
	keys    *hw.Keys
	drops   *hw.Dispenser
	scanner *hw.Scanner
	screen  *display.Screen
	book    *lateBook
	clerk   *sale.Clerk
	page    *status.Page
	runs    atomic.Pointer[hw.Runs]
	sags    sags
	days    dailyBills
	began   time.Time
}

// connect builds every room. Outputs are off before anything else is looked at.
func (k *kiosk) connect() error {
	k.began = time.Now()
	if err := k.connectPins(); err != nil {
		return err
	}
	gateway, payee, err := k.conf.gateway(k.wires.dial)
	if err != nil {
		return useError{err}
	}
	k.book = &lateBook{path: k.conf.Store.Path, payee: payee, first: k.conf.shelves()}
	if err := k.book.open(); fatal(err) {
		return err
	}
	k.clerk = &sale.Clerk{
		Gateway: gateway, Book: k.wires.disk(k.book), Dispenser: &poweredDispenser{k.drops, lowPower, &k.sags}, Wall: k.wires.wall, Log: say,
		Open: func() *sale.Shop {
			return &sale.Shop{Kiosk: k.conf.Kiosk, Payee: payee, Choice: time.Duration(k.conf.ChoiceTimeout), Expiry: time.Duration(k.conf.Pay.Expiry)}
		},
	}
	k.connectPeople()
	if err := k.connectScreen(); err != nil {
		return useError{err}
	}
	return k.connectPage(payee, gateway)
}

func say(line string) { log.Print(line) }

// connectPins takes hold of every pin, the motors first.
func (k *kiosk) connectPins() error {
	k.outputs = &hw.Outputs{}
	for _, s := range k.conf.Slots {
		if k.outputs.Has(s.Motor) {
			continue
		}
		p, err := k.wires.pin(s.Motor)
		if err != nil {
			return fmt.Errorf("slot %d motor: %w", s.Number, err)
		}
		if err := k.outputs.Add(s.Motor, p, 0); err != nil {
			return err
		}
	}
	k.keys = &hw.Keys{Pins: map[int]gpio.PinIn{}}
	k.drops = &hw.Dispenser{Slots: map[int]hw.Slot{}, Outputs: k.outputs}
	for _, s := range k.conf.Slots {
		key, err := k.wires.pin(s.Key)
		if err != nil {
			return fmt.Errorf("slot %d key: %w", s.Number, err)
		}
		k.keys.Pins[s.Number] = key
		slot := hw.Slot{Motor: s.Motor}
		if slot.Drop, err = k.wires.pin(s.Drop); err != nil {
			return fmt.Errorf("slot %d drop: %w", s.Number, err)
		}
		if s.Home != "" {
			if slot.Home, err = k.wires.pin(s.Home); err != nil {
				return fmt.Errorf("slot %d home: %w", s.Number, err)
			}
		}
		k.drops.Slots[s.Number] = slot
	}
	if k.conf.Keys.Cancel != "" {
		p, err := k.wires.pin(k.conf.Keys.Cancel)
		if err != nil {
			return fmt.Errorf("keys.cancel: %w", err)
		}
		k.keys.Cancel = p
	}
	return k.drops.Check()
}

// connectPeople leads what customers do to the clerk.
func (k *kiosk) connectPeople() {
	k.keys.Pressed, k.keys.GaveUp = k.clerk.Press, k.clerk.GiveUp
	k.keys.Stuck = func(slot int, stuck bool) {
		say(fmt.Sprintf("key of slot %d held for long: %v", slot, stuck))
	}
	k.drops.Edge = func(slot int) { k.clerk.Tell(sale.Edge{Slot: sale.Slot(slot)}) }
	k.drops.Beam = func(slot int, blocked bool) { k.clerk.Tell(sale.Beam{Slot: sale.Slot(slot), Blocked: blocked}) }
	k.clerk.Scanner = deaf{}
	if k.conf.Scanner.Port == "none" {
		return
	}
	k.scanner = &hw.Scanner{
		Open: k.wires.serial, Dialect: k.conf.Scanner.Dialect,
		Read:   func(text string) { k.clerk.Scan(text, hw.Kind(text)) },
		Health: k.health("scanner"),
	}
	k.clerk.Scanner = k.scanner
	k.clerk.Tell(sale.Health{Part: "scanner", Fault: "the scan module is not open yet"})
}

// deaf stands in where no scan module is configured.
type deaf struct{}

func (deaf) Arm(bool) {}

func (k *kiosk) health(part string) func(string) {
	return func(fault string) {
		if fault != "" {
			say(part + ": " + fault)
		}
		k.clerk.Tell(sale.Health{Part: part, Fault: fault})
	}
}

func (k *kiosk) connectScreen() error {
	m, err := k.conf.model()
	if err != nil {
		return err
	}
	k.screen = &display.Screen{
		Open:     func() (*display.Panel, error) { return k.wires.panel(&k.conf, m) },
		Renderer: display.Renderer{Model: m, Language: k.conf.Language, Contact: k.conf.Contact, Kiosk: k.conf.Kiosk},
		Health:   k.health("panel"),
		Refused:  func(no sale.No, why string) { k.clerk.Tell(sale.Unshown{No: no, Why: why}) },
	}
	k.clerk.Screen = k.screen
	k.clerk.Tell(sale.Health{Part: "panel", Fault: "the panel is not open yet"})
	return nil
}

func (k *kiosk) connectPage(payee sale.Payee, gateway sale.Gateway) error {
	pin := ""
	if f := k.conf.Status.PinFile; f != "" {
		var err error
		if pin, err = k.conf.secret("status.pin_file", f); err != nil {
			return useError{err}
		}
	}
	k.page = &status.Page{
		Kiosk: k.conf.Kiosk, Version: version, Language: k.conf.Language, Boot: k.began, Pin: pin,
		Look: k.clerk.Look, Alive: k.clerk.Alive, Orders: k.book.List, Notes: k.book.notes,
		Panel: func() image.Image { return k.screen.Picture() },
		Board: k.board,
		Serve: k.clerk.Serve,
	}
	n, err := k.notices(payee, gateway)
	if err != nil {
		return useError{err}
	}
	k.page.Notices, k.page.Bills = n.Counts, k.bills
	if k.conf.Pay.API == "v3" {
		k.page.NotifyV3 = status.NotifyV3(k.takeV3(n))
	} else {
		k.page.NotifyV2 = status.NotifyV2(k.takeV2(n))
	}
	return nil
}

func (k *kiosk) listen() (net.Listener, error) {
	l, err := net.Listen("tcp", k.conf.Status.Listen)
	if err != nil {
		return nil, fmt.Errorf("status.listen = %s: %w: is another kiosk running?", k.conf.Status.Listen, err)
	}
	return l, nil
}

// fatal tells an error that waiting will not mend.
func fatal(err error) bool {
	var w waits
	return err != nil && !errors.As(err, &w) && !errors.Is(err, os.ErrPermission)
}
