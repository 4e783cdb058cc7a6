package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"kiosk/cmd/kiosk/config"
	"kiosk/hw"
	"kiosk/record"
	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
)

// The members of a bundle.
const (
	inManifest  = "manifest.json"
	inConfig    = "config.toml"
	inOrders    = "orders.json"
	inAlarms    = "alarms.json"
	inBoard     = "board.json"
	inSight     = "status.json"
	inLog       = "log.txt"
	inRecording = "recording.jsonl"

	bundleForm   = 1
	bundleOrders = 300
	bundleBytes  = 256 << 10 // of orders, of alarms and of the log; the rest is as long as the config
)

// manifest is what a replay must know of the machine that a bundle comes from.
type manifest struct {
	Form    int       `json:"form"`
	Kiosk   string    `json:"kiosk"`
	Program string    `json:"program"`
	Wires   string    `json:"wires"`
	Made    time.Time `json:"made"`
	Began   time.Time `json:"began,omitzero"` // when the process began that made it
	Dropped int       `json:"dropped"`        // steps that this process did not record
	Panel   panelOf   `json:"panel"`
	Notes   []string  `json:"notes,omitempty"`
}

// panelOf is what its screens are drawn with.
type panelOf struct {
	Controller string `json:"controller"`
	Size       string `json:"size"`
	Rotation   int    `json:"rotation"`
	Language   string `json:"language"`
	Contact    string `json:"contact"`
}

// evidence is a bundle in the making.
type evidence struct {
	conf *config.Config
	manifest
	orders    func(ctx context.Context, limit int, state string) ([]sale.Entry, error)
	alarms    func(ctx context.Context, limit int) ([]sale.Alarm, error)
	recording []byte
	members   []member
}

type member struct {
	name string
	text []byte
}

// itself is this program, as a recording names it.
func itself() string { return strings.TrimSpace("kiosk " + version + " " + commit) }

// recorder writes beside the book what the clerk's shop is told.
func (k *kiosk) recorder() *record.Recorder {
	k.tape = &tape{dir: filepath.Dir(k.conf.Store.Path), report: say}
	return &record.Recorder{Program: itself(), Sink: k.tape}
}

// bundle writes the evidence of this kiosk, for whoever must find out what happened. What cannot be had is told in it.
func (k *kiosk) bundle(ctx context.Context, w io.Writer) error {
	wait, stop := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	k.record.Flush(wait)
	e := newEvidence(&k.conf)
	e.Began, e.Dropped, e.orders = k.page.Boot, k.record.Dropped(), k.book.ListOrders
	var err error
	if e.recording, err = k.tape.recording(); err != nil {
		e.note(err)
	}
	e.board(k.board.Facts())
	sight := k.clerk.Snapshot()
	sight.View.QR = ""
	e.json(inSight, sight)
	if k.said != nil {
		e.add(inLog, newest(k.said.text()))
	}
	r, err := store.OpenReader(k.conf.Store.Path)
	if err != nil {
		e.note(err)
		return e.write(ctx, w)
	}
	defer r.Close()
	e.alarms = r.ListAlarms
	return e.write(ctx, w)
}

func newEvidence(conf *config.Config) *evidence {
	d := conf.Display
	return &evidence{conf: conf, manifest: manifest{Form: bundleForm, Kiosk: conf.Kiosk, Program: itself(), Wires: wires, Made: time.Now(),
		Panel: panelOf{d.Controller, d.Size, d.Rotation, conf.Language, conf.Contact}}}
}

// bundle makes one from the files, beside a running kiosk or a dead one.
func (c *cli) bundle(ctx context.Context, args []string) error {
	to := ""
	if err := flags("bundle", args, func(fs *flag.FlagSet) { fs.StringVar(&to, "o", "", "") }); err != nil {
		return err
	}
	if to == "" {
		return config.Usage(fmt.Errorf("bundle: say where with -o FILE"))
	}
	conf, err := c.config()
	if err != nil {
		return config.Usage(err)
	}
	e := newEvidence(&conf)
	e.note(errors.New("made from the files: the log is in journalctl -u kiosk"))
	if e.recording, err = readTape(filepath.Dir(conf.Store.Path)); err != nil {
		e.note(err)
	}
	b := hw.ReadBoard(conf.Store.Path)
	e.board(map[string]any{"model": b.Model, "temperature_c": b.Celsius, "disk_free_mib": b.DiskFree >> 20, "disk_read_only": b.ReadOnly,
		"memory_free_mib": b.MemoryFree >> 20, "power": b.Power})
	if r, err := store.OpenReader(conf.Store.Path); err != nil {
		e.note(err)
	} else {
		defer r.Close()
		e.orders, e.alarms = r.ListOrders, r.ListAlarms
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("bundle: %w: name a file that can be written", err)
	}
	return errors.Join(e.write(ctx, f), f.Close())
}

// write gathers the rest and packs it.
func (e *evidence) write(ctx context.Context, w io.Writer) error {
	text, err := toml.Marshal(publicConfig(e.conf))
	if err != nil {
		e.note(err)
	}
	e.add(inConfig, text)
	e.book(ctx)
	robot := hiddenWords(e.conf)
	m, err := json.MarshalIndent(e.manifest, "", "  ")
	if err != nil {
		return err
	}
	members := []member{{inManifest, scrub(m, robot...)}}
	for _, x := range e.members {
		members = append(members, member{x.name, scrub(x.text, robot...)})
	}
	// The recording never held a secret, and would not replay with a word changed.
	return pack(w, e.Made, append(members, member{inRecording, e.recording}))
}

// book adds the recent orders with their journals, and the alarms.
func (e *evidence) book(ctx context.Context) {
	if e.orders != nil {
		entries, err := e.orders(ctx, bundleOrders, "")
		if err != nil {
			e.note(err)
		}
		e.fit(inOrders, len(entries), func(n int) ([]byte, error) { return status.OrdersJSON(entries[:n]) })
	}
	if e.alarms != nil {
		alarms, err := e.alarms(ctx, bundleOrders)
		if err != nil {
			e.note(err)
		}
		e.fit(inAlarms, len(alarms), func(n int) ([]byte, error) { return json.MarshalIndent(alarms[:n], "", " ") })
	}
}

// fit adds as many of the newest entries as there is room for, each of them whole.
func (e *evidence) fit(name string, all int, text func(n int) ([]byte, error)) {
	for n := all; ; n -= 1 + n/8 {
		b, err := text(n)
		switch {
		case err != nil:
			e.note(err)
			return
		case len(b) > bundleBytes && n > 0:
			continue
		case n < all:
			e.note(fmt.Errorf("%s: the newest %d of %d, for want of room", name, n, all))
		}
		e.add(name, b)
		return
	}
}

func (e *evidence) board(facts any) { e.json(inBoard, facts) }

func (e *evidence) note(err error) { e.Notes = append(e.Notes, config.OneLine(err)) }

func (e *evidence) add(name string, text []byte) { e.members = append(e.members, member{name, text}) }

// newest is the end of a log, from the beginning of a line on.
func newest(text []byte) []byte {
	if len(text) <= bundleBytes {
		return text
	}
	text = text[len(text)-bundleBytes:]
	return text[bytes.IndexByte(text, '\n')+1:]
}

func (e *evidence) json(name string, v any) {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		e.note(err)
		return
	}
	e.add(name, append(text, '\n'))
}

func pack(w io.Writer, at time.Time, members []member) error {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Mode: 0o600, Size: int64(len(m.text)), ModTime: at.Truncate(time.Second), Format: tar.FormatPAX}
		if err := t.WriteHeader(h); err != nil {
			return fmt.Errorf("writing the bundle: %w", err)
		}
		if _, err := t.Write(m.text); err != nil {
			return fmt.Errorf("writing the bundle: %w", err)
		}
	}
	if err := cmp.Or(t.Close(), z.Close()); err != nil {
		return fmt.Errorf("writing the bundle: %w", err)
	}
	return nil
}
