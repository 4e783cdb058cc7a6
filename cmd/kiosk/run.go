package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"kiosk/alert"
	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/daily"
	"kiosk/cmd/kiosk/doctor"
	"kiosk/cmd/kiosk/evidence"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/display"
	"kiosk/hw"
	"kiosk/metrics"
	"kiosk/pay"
	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
)

// runKiosk serves customers until it is told to stop.
func (c *cli) runKiosk(ctx context.Context, args []string) error {
	if err := parseFlags("run", args, noFlags); err != nil {
		return err
	}
	syscall.Umask(0o077) // as under the unit: book, log and recording are nobody else's to read
	said := &evidence.Log{}
	log.SetFlags(0) // systemd writes the time
	log.SetOutput(io.MultiWriter(os.Stderr, said))
	conf, err := c.readAll()
	if err != nil {
		return err
	}
	if err := refuseStranger(conf.Store.Path); err != nil {
		return err
	}
	w, err := openWires(&conf) // nothing is touched before every file was read
	if err != nil {
		return err
	}
	defer w.close()
	k := &kiosk{conf: conf, wires: w}
	if err := k.connect(said); err != nil {
		return err
	}
	defer k.outputs.LatchOff() // whatever happened: nothing turns after this process
	return k.serve(ctx)
}

// readAll reads the config and every file that it names. On a machine without pins, which is no kiosk, an absent file is not
// worth mentioning: the pins are.
func (c *cli) readAll() (config.Config, error) {
	named := c.file != "" // by the person who calls
	conf, err := c.loadConfig()
	absent := errors.Is(err, os.ErrNotExist) && !named
	if err == nil {
		if err = checkFiles(&conf); err != nil {
			err = fmt.Errorf("%s: %w", conf.File, err)
			absent = errors.Is(err, os.ErrNotExist)
		}
	}
	if absent {
		if none := noPins(); none != nil {
			return conf, none
		}
	}
	if err != nil {
		return conf, config.UsageError(err)
	}
	return conf, nil
}

// kiosk is the rooms, connected.
type kiosk struct {
	conf       config.Config        // as it was at the start: a change counts from the next one on
	wires      *wiring              // from the board or from a street
	metal                           // what hangs on the pins
	screen     *display.Screen      // draws what the clerk shows
	book       *store.ReopeningBook // may come late: see openBook
	clerk      *sale.Clerk          // carries out what the shop decides
	page       *status.Page         // the technician's
	evidence   *evidence.Keeper     // the recording, and the end of the log
	alert      *alert.Watcher       // nil: nobody is told
	tally      metrics.Tally        // what the clerk observes, for /metrics
	bills      *daily.Bills         // the gateway's, against the book
	board      *doctor.Board        // the computer
	serviceKey *onsite.ServiceKey   // what holding it does
	bench      *onsite.Bench        // what a technician tries at the machine
}

// connect builds every room, in the order in which they need one another. Outputs are off before anything else is looked
// at. log is the end of the log; nil: nobody keeps it.
func (k *kiosk) connect(log *evidence.Log) error {
	began := time.Now()
	var err error
	if k.metal, err = connectMetal(&k.conf, k.wires.pin); err != nil {
		return err
	}
	gateway, payee, err := newGateway(&k.conf, k.wires.dial)
	if err != nil {
		return config.UsageError(err)
	}
	if g, ok := gateway.(*pay.V3); ok {
		g.Now = k.wires.now // a v3 signature carries the time
	}
	onsite.RemoveLeftCopies(k.conf.Store.Path, logLine) // before the book: they may be what fills the disk
	if k.book, err = openBook(&k.conf); err != nil {
		return err
	}
	supply := &doctor.Supply{IsLow: doctor.SupplyIsLow, Log: logLine}
	k.board = &doctor.Board{Book: k.conf.Store.Path, DiskErr: k.wires.diskErr, Supply: supply, Dispenser: k.dispenser, Scanner: k.scanner, Thermometer: k.thermometer, Log: logLine}
	k.evidence = newKeeper(&k.conf, log)
	k.clerk = &sale.Clerk{
		Gateway: gateway, Book: k.wires.disk(k.book), Dispenser: supply.Watch(k.dispenser), Wall: k.wires.clock, Log: logLine,
		Recorder: k.evidence.Recorder, Observe: k.tally.Observe,
		Open: func() *sale.Shop {
			return &sale.Shop{Kiosk: k.conf.Kiosk, Merchant: payee, Choice: time.Duration(k.conf.ChoiceTimeout),
				Expiry: time.Duration(k.conf.Pay.Expiry), CodeTimeout: time.Duration(k.conf.Pay.CodeTimeout)}
		},
	}
	k.bills = &daily.Bills{Kiosk: k.conf.Kiosk, Gateway: gateway, Book: k.book, Snapshot: k.clerk.Snapshot, Nudge: k.nudge, Now: k.wires.now, Log: logLine}
	k.serviceKey = &onsite.ServiceKey{Address: &onsite.Address{Status: &k.conf.Status, Interfaces: k.wires.address}}
	k.bench = &onsite.Bench{Shop: k.clerk, Dispenser: k.dispenser, Log: logLine}
	k.connectPeople()
	k.connectAlert()
	if err := k.connectScreen(); err != nil {
		return config.UsageError(err)
	}
	if err := k.connectPage(began); err != nil {
		return config.UsageError(err)
	}
	k.connectServiceKey()
	if err := k.connectNotices(payee, gateway); err != nil {
		return config.UsageError(err)
	}
	return nil
}

// connectScreen builds the panel's screen. The panel opens later, and again after each fault: meanwhile nothing is sold.
func (k *kiosk) connectScreen() error {
	m, err := panelModel(&k.conf)
	if err != nil {
		return err
	}
	k.screen = &display.Screen{
		Open:     func() (*display.Panel, error) { return k.wires.panel(&k.conf, m) },
		Renderer: display.Renderer{Model: m, Language: k.conf.Language, Contact: k.conf.Contact, Kiosk: k.conf.Kiosk},
		Health:   k.reportHealth("panel"), Local: k.serviceKey.Address.LocalName,
		// A code that no phone could read is an order that must not wait to be paid.
		Refused: func(no sale.No, why string) { k.clerk.Post(sale.Unshown{No: no, Why: why}) },
	}
	k.clerk.Screen = &audibleScreen{Screen: k.screen, signals: k.signals}
	k.clerk.Post(sale.Health{Part: "panel", Fault: "the panel is not open yet"})
	return nil
}

// connectServiceKey connects the technician's key with what holding it does: a hotspot, and the first secret.
func (k *kiosk) connectServiceKey() {
	h := k.serviceKey
	h.Shop, h.Panel, h.Log, h.Held = k.clerk, k.screen, logLine, make(chan struct{}, 1)
	h.Sound, h.Forgive = func() { k.playSignal(hw.SignalLocate) }, k.page.ResetAttempts
	h.Hotspot = &onsite.Hotspot{Radio: hw.Hotspot{Program: k.wires.nmcli}, Name: "kiosk-" + k.conf.Kiosk, Panel: k.screen, Address: h.Address, Log: logLine}
	h.Secret = &onsite.FirstSecret{
		Set: k.page.SetPin,
		// A panel is drawn on every three seconds.
		IsLit: func() bool { return time.Since(k.screen.State().Drawn) < 10*time.Second },
		Show: func(ctx context.Context, clear string, hold time.Duration) error {
			return k.screen.HandOver(ctx, display.Slip{Kind: display.SlipSecret, Secret: clear, Address: h.Address.FindPage(), Left: hold})
		},
	}
	if f := k.conf.Status.PinFile; f != "" {
		h.Secret.File = k.conf.ResolvePath(f)
	}
	k.keys.Held, k.keys.Holding = h.HoldKey, h.AnnounceHold
}

// alertFile keeps what the owner's group was told last, so that after a start only changes are sent.
const alertFile = "alert.json"

// connectAlert builds the watcher that tells the owner's group, if the config names one.
func (k *kiosk) connectAlert() {
	address, err := alertURL(&k.conf)
	if err != nil {
		logLine(config.OneLine(err)) // it could be read a moment ago
	}
	if address == "" {
		return
	}
	dial := k.wires.dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	}
	k.alert = &alert.Watcher{
		URL: address, Kiosk: k.conf.Kiosk, Language: k.conf.Language,
		Look: k.clerk.Snapshot, Alive: k.clerk.Alive, Board: k.board.ReadFacts, Now: k.wires.now, Log: logLine,
		Transport: &http.Transport{DialContext: dial, TLSHandshakeTimeout: 5 * time.Second, DisableKeepAlives: true, MaxResponseHeaderBytes: 16 << 10},
		Guessed:   func() bool { return k.page.Password.Attempts.IsExhausted() },
		Reason:    status.ReasonWords, Refused: status.RefusalWords, Fault: status.FaultWords, Stall: status.StallWords,
		Bill: func() *sale.Reconciliation { return k.bills.Status().Last }, WarmFrom: k.conf.Board.WarmFrom,
		Certificates: func() map[string]time.Time { return doctor.CertificateEnds(&k.conf) },
		File:         filepath.Join(filepath.Dir(k.conf.Store.Path), alertFile),
	}
}
