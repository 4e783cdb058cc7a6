//go:build sim

package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/doctor"
	"kiosk/display"
	"kiosk/hw"
	"kiosk/sale"
	"kiosk/sim"
	"kiosk/sim/gateway"
)

const wires = "street" // kiosk version says it: no box full of goods may run this

// The street's merchant: the gateway beside the kiosk knows this one and no other.
const (
	streetKey    = "street-street-street-street-1234"
	gatewayPath  = "/street/gateway" // beside the page, on its port
	defaultData  = "./var"           // so that make run leaves nothing elsewhere
	defaultAddr  = "127.0.0.1:8080"
	streetCancel = "GPIO6"
	streetSecret = "246810"
	secretFile   = "technician.pin" // in the book's folder
)

// serviceManager: nothing starts the street's kiosk again.
var serviceManager = doctor.Manager{Look: "make run starts it", Stop: "ctrl-C where make run runs"}

// moreUsage is what only the street has.
const moreUsage = `

Here, in the simulated street, no config is needed. Before the command:
  -data DIR                          the folder of the book (` + defaultData + `)
  -addr HOST:PORT                    where run listens, and where the other commands look for it (` + defaultAddr + `)`

// streetFlags adds where the street keeps its files, and where it is served.
func streetFlags(fs *flag.FlagSet, c *cli) {
	fs.StringVar(&c.data, "data", "", "")
	fs.StringVar(&c.addr, "addr", "", "")
}

// streetConfig is the kiosk that needs no config file.
func (c *cli) streetConfig() (config.Config, bool, error) {
	if c.data == "" {
		c.data = defaultData
	}
	if c.addr == "" {
		c.addr = defaultAddr
	}
	conf := config.Defaults()
	conf.Kiosk, conf.Key = "K0042", streetKey
	c.applyFlags(&conf)
	conf.Pay.URL, conf.Pay.StandbyURL = "http://"+c.addr+gatewayPath, ""
	conf.Pay.AppID, conf.Pay.MchID = "wx8888888888888888", "1900000109"
	conf.Pay.NotifyURL = "http://" + c.addr + "/notify/v2"
	conf.Keys.Cancel = streetCancel
	if f := filepath.Join(c.data, secretFile); config.PathExists(f) {
		conf.Status.PinFile = f
	}
	goods := []config.Slot{
		{Name: "可口可乐 330ml", NameEN: "Coke 330ml", Fen: 350, Key: "GPIO5", Motor: "GPIO17", Home: "GPIO27"},
		{Name: "农夫山泉 550ml", NameEN: "Spring water 550ml", Fen: 200, Key: "GPIO12", Motor: "GPIO16", Home: "GPIO20"},
		{Name: "乐事薯片 原味", NameEN: "Potato chips", Fen: 680, Key: "GPIO13", Motor: "GPIO19", Home: "GPIO21"},
		{Name: "士力架 51g", NameEN: "Snickers 51g", Fen: 500, Key: "GPIO26", Motor: "GPIO23", Home: "GPIO4"},
	}
	for i, s := range goods { // one light barrier sees them all, as in most machines
		s.Number, s.Drop, s.Stock = i+1, "GPIO22", 10
		conf.Slots = append(conf.Slots, s)
	}
	return conf, true, cmp.Or(conf.Check(), checkParts(&conf))
}

// outputsOff: the street's motors stop with the process that turned them.
func outputsOff(io.Writer, []string) error { return nil }

// noPins: a street always has them.
func noPins() error { return nil }

// openWires takes the wires from a street.
func openWires(conf *config.Config) (*wiring, error) {
	street, gateway, err := openStreet(conf)
	if err != nil {
		return nil, err
	}
	return streetWiring(conf, street, gateway), nil
}

// openStreet builds a street around the kiosk of that config, as it was left, and its gateway.
func openStreet(conf *config.Config) (*sim.Street, *gateway.Gateway, error) {
	dir := filepath.Dir(conf.Store.Path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, nil, err
	}
	if conf.File == "" {
		if err := giveSecret(conf, dir); err != nil {
			return nil, nil, err
		}
	}
	k, err := conf.APIKey()
	if err != nil {
		return nil, nil, config.UsageError(err)
	}
	gateway := &gateway.Gateway{AppID: conf.Pay.AppID, MchID: conf.Pay.MchID, Key: k, SubAppID: conf.Pay.SubAppID, SubMchID: conf.Pay.SubMchID,
		Seed: uint64(time.Now().UnixNano()), Path: filepath.Join(dir, "gateway.json")}
	if conf.Pay.API == "v3" {
		if gateway.V3, err = streetV3(conf, k); err != nil {
			return nil, nil, config.UsageError(err)
		}
	}
	if err := gateway.Load(); err != nil {
		return nil, nil, err
	}
	var till sim.Till // nil: the config pays elsewhere, and nobody here can
	if strings.HasPrefix(conf.Pay.URL, "http://"+conf.Status.Listen+gatewayPath) {
		till = gateway
	}
	m, err := panelModel(conf)
	if err != nil {
		return nil, nil, config.UsageError(err)
	}
	usual, err := display.Fit(conf.Display.Controller, conf.Display.Size, conf.Display.Rotation)
	if err != nil {
		return nil, nil, config.UsageError(err)
	}
	plan := sim.Plan{Dir: dir, Cancel: conf.Keys.Cancel, Door: conf.Keys.Door, Trigger: conf.Scanner.Trigger, DC: conf.Display.DC, Reset: conf.Display.Reset, Backlight: conf.Display.Backlight,
		Width: m.Width, Height: m.Height, ColOffset: m.ColOffset, RowOffset: m.RowOffset, Turn: m.Rotation, Till: till,
		Chip: m.Controller, Strapped: m.Memory != usual.Memory, Negative: m.Invert != usual.Invert, Swapped: m.BGR != usual.BGR}
	for _, s := range conf.Slots {
		plan.Slots = append(plan.Slots, sim.Wires{Number: s.Number, Key: s.Key, Motor: s.Motor, Home: s.Home, Drop: s.Drop, Emitter: s.Emitter, HomeHigh: s.HomeHigh, DropHigh: s.DropHigh})
	}
	street, err := sim.OpenStreet(plan)
	if err == nil && config.IsLoopback(conf.Pay.NotifyURL) {
		gateway.Post = newPostman(street)
	}
	return street, gateway, err
}

// newPostman brings the gateway's notices to the kiosk over its uplink, and is the proxy in front of it that ends TLS:
// v3 demands an https address. It follows nobody elsewhere.
func newPostman(s *sim.Street) func(*http.Request) (*http.Response, error) {
	client := &http.Client{
		Transport:     &http.Transport{DialContext: s.Network.Dial, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(r *http.Request) (*http.Response, error) {
		r.URL.Scheme = "http"
		return client.Do(r)
	}
}

// streetV3 is the other side of the config's v3: its merchant is believed, and answers are signed the way it verifies them.
func streetV3(c *config.Config, apiKey string) (gateway.V3, error) {
	serial, own, err := readMerchantV3(c)
	if err != nil {
		return gateway.V3{}, err
	}
	v3 := gateway.V3{Mode: gateway.CertificateMode, APIv3Key: apiKey, MerchantSerial: serial, MerchantKey: &own.PublicKey}
	if c.Pay.PublicID != "" {
		v3.Mode, v3.PublicKeyID = gateway.PublicKeyMode, c.Pay.PublicID
	}
	return v3, nil
}

// streetWiring hands out the street's wires. What is behind them is the code that ships.
func streetWiring(conf *config.Config, s *sim.Street, gateway *gateway.Gateway) *wiring {
	pin := func(name string) (gpio.PinIO, error) { return s.Pin(name), nil }
	wall := func() (time.Time, bool) { return s.Clock.Wall(), s.Clock.Synced() }
	return &wiring{
		pin: pin, dial: s.Network.Dial, address: net.InterfaceAddrs,
		nmcli: filepath.Join(filepath.Dir(conf.Store.Path), "nmcli"), // a street opens no real hotspot
		serial: func() (io.ReadWriteCloser, error) {
			// A real module may be tried in the street.
			if info, err := os.Stat(conf.Scanner.Port); err == nil && info.Mode()&os.ModeCharDevice != 0 {
				return hw.OpenSerial(conf.Scanner.Port, conf.Scanner.Baud)
			}
			return s.Scanner.Open()
		},
		panel: func(c *config.Config, m display.Model) (*display.Panel, error) {
			var speed physic.Frequency
			if err := speed.Set(c.Display.Speed); err != nil {
				return nil, err
			}
			_ = s.Panel.Close() // from the last try
			conn, err := s.Panel.Connect(speed, spi.Mode(m.Mode), 8)
			if err != nil {
				return nil, err
			}
			return sharedPanel(c, m, pin, func(p display.Pins) (*display.Panel, error) {
				return display.Open(conn, p, m, display.Bus{})
			})
		},
		wall: wall,
		clock: func() (time.Time, bool) {
			s.Loop.Pass() // the trouble "stuck": a clerk that stands still for good, while the page goes on
			return wall()
		},
		disk:    func(b sale.Book) sale.Book { return &frailBook{b, s.Disk} },
		diskErr: s.Disk.Err,
		street: func(page http.Handler) http.Handler {
			s.Meet(page)
			mux := http.NewServeMux()
			mux.Handle(gatewayPath+"/", http.StripPrefix(gatewayPath, gateway))
			mux.Handle("/street", s.Handler())
			mux.Handle("/street/", s.Handler())
			mux.Handle("/", page)
			return mux
		},
		ready: func(a net.Addr) {
			fmt.Printf("street page  http://%s/street\nstatus page  http://%s/\ngateway      http://%s%s\n", a, a, a, gatewayPath)
			if f := conf.Status.PinFile; f != "" {
				fmt.Println(describeSecret(f))
			}
		},
		post:  gateway.Run, // notices, as the gateway sends them
		close: func() { _ = s.Close() },
	}
}

// frailBook is a book on the street's disk: when that is full or read-only, writes err.
type frailBook struct {
	sale.Book
	disk *sim.Disk
}

func (b *frailBook) Write(ctx context.Context, p sale.Batch) error {
	if err := b.disk.Err(); err != nil {
		return err
	}
	return b.Book.Write(ctx, p)
}

func (b *frailBook) CheckWritable(ctx context.Context) error {
	if err := b.disk.Err(); err != nil {
		return err
	}
	return b.Book.CheckWritable(ctx)
}

// metalCheck: the street's wires are always there.
func metalCheck(*config.Config) func(context.Context) []doctor.Finding {
	return func(context.Context) []doctor.Finding {
		return []doctor.Finding{{Part: "pins", Verdict: doctor.OK, Text: "the street's"}, {Part: "panel", Verdict: doctor.OK, Text: "the street's"},
			{Part: "scan module", Verdict: doctor.OK, Text: "the street's"}}
	}
}

// describeSecret says what there is to sign in with: the street's own secret can be read, a hash of another cannot.
func describeSecret(file string) string {
	if b, err := os.ReadFile(file); err != nil || strings.TrimSpace(string(b)) != streetSecret {
		return "the technician's secret was replaced: " + file + " keeps its hash; delete it to have " + streetSecret + " again"
	}
	return "the technician's secret is " + streetSecret + ", from " + file
}

// giveSecret gives the street's kiosk a secret, so that its page can be worked with.
func giveSecret(conf *config.Config, dir string) error {
	abs, err := filepath.Abs(filepath.Join(dir, secretFile))
	if err != nil {
		return err
	}
	conf.Status.PinFile = abs
	if config.PathExists(abs) {
		return nil
	}
	return os.WriteFile(abs, []byte(streetSecret+"\n"), 0o600)
}
