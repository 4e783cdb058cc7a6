// Package evidence makes the bundle that tells a developer what happened on a machine, and replays one.
//
// A bundle leaves the machine by mail or chat, so no secret may be in it: what is recorded has none, and everything else
// is redacted by shape and by word before it is packed.
package evidence

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/pelletier/go-toml/v2"

	"kiosk/cmd/kiosk/config"
	"kiosk/hw"
	"kiosk/record"
	"kiosk/sale"
	"kiosk/status"
)

// The members of a bundle.
const (
	inManifest  = "manifest.json" // what the rest is of
	inConfig    = "config.toml"
	inOrders    = "orders.json"
	inAlarms    = "alarms.json"
	inBoard     = "board.json"
	inShop      = "status.json" // the shop's snapshot
	inLog       = "log.txt"
	inRecording = "recording.jsonl" // as it lies beside the book

	bundleForm    = 1
	bundleOrders  = 300
	flushPatience = 2 * time.Second
	bundleBytes   = 256 << 10 // of orders, of alarms and of the log; the rest is as long as the config
)

// manifest is what a replay must know of the machine that a bundle comes from.
type manifest struct {
	Form    int       `json:"form"`
	Kiosk   string    `json:"kiosk"`
	Program string    `json:"program"`
	Wires   string    `json:"wires"`          // the board's, or a street's
	Made    time.Time `json:"made"`           // by the machine's clock, which may be wrong
	Began   time.Time `json:"began,omitzero"` // when the process began that made it
	Dropped int       `json:"dropped"`        // steps that this process did not record
	Panel   panel     `json:"panel"`
	Notes   []string  `json:"notes,omitempty"`
}

// panel is what its screens are drawn with.
type panel struct {
	Controller string `json:"controller"`
	Size       string `json:"size"`
	Rotation   int    `json:"rotation"`
	Language   string `json:"language"`
	Contact    string `json:"contact"`
}

// Bundle is the evidence in the making. What cannot be had is told in it.
type Bundle struct {
	Config    *config.Config // without secrets in the bundle
	Robot     string         // the address that writes to the owner's group: none of its words may be in the bundle
	Orders    func(ctx context.Context, limit int, state string) ([]sale.Entry, error)
	Alarms    func(ctx context.Context, limit int) ([]sale.Alarm, error)
	Recording []byte // what Replay does again

	manifest
	members []member // in the order they were added
}

// member is a file of the bundle.
type member struct {
	name string
	text []byte
}

// NewBundle begins a bundle of that kiosk, made by this program.
func NewBundle(c *config.Config, robot, program, wires string) *Bundle {
	d := c.Display
	return &Bundle{Config: c, Robot: robot, manifest: manifest{Form: bundleForm, Kiosk: c.Kiosk, Program: program, Wires: wires, Made: time.Now(),
		Panel: panel{d.Controller, d.Size, d.Rotation, c.Language, c.Contact}}}
}

// Keeper keeps what a bundle is made from while the kiosk runs.
type Keeper struct {
	Recorder  *record.Recorder // what the shop was told
	Recording *Recording       // where that is written
	Log       *Log             // nil: nobody keeps the log
}

// FillBundle adds what the running kiosk knows. A step that waits for the recorder is given two seconds.
func (k *Keeper) FillBundle(ctx context.Context, b *Bundle, began time.Time, board sale.Facts, shop sale.Snapshot) {
	ctx, stop := context.WithTimeout(ctx, flushPatience)
	defer stop()
	k.Recorder.Flush(ctx)
	b.Began, b.Dropped = began, k.Recorder.Dropped()
	var err error
	if b.Recording, err = k.Recording.Read(); err != nil {
		b.AddNote(err)
	}
	b.addJSON(inBoard, board)
	shop.View.QR = "" // it could still be paid
	b.addJSON(inShop, shop)
	if k.Log != nil {
		b.addMember(inLog, lastLines(k.Log.Text()))
	}
}

// FillFromFiles adds what lies beside the book of a kiosk that may be dead.
func (b *Bundle) FillFromFiles() {
	b.AddNote(errors.New("made from the files: the log is in journalctl -u kiosk"))
	path, err := b.Config.Store.Path, error(nil)
	if b.Recording, err = ReadRecording(filepath.Dir(path)); err != nil {
		b.AddNote(err)
	}
	now := hw.ReadBoard(path)
	b.addJSON(inBoard, map[string]any{"model": now.Model, "temperature_c": now.Celsius, "disk_free_mib": now.DiskFree >> 20, "disk_read_only": now.ReadOnly,
		"memory_free_mib": now.MemoryFree >> 20, "power": now.Power})
}

// Write adds what the book has, takes every secret out, and packs all of it.
func (b *Bundle) Write(ctx context.Context, w io.Writer) error {
	text, err := toml.Marshal(redactConfig(b.Config))
	if err != nil {
		b.AddNote(err)
	}
	b.addMember(inConfig, text)
	b.addBook(ctx)
	robot := secretWords(b.Robot)
	m, err := json.MarshalIndent(b.manifest, "", "  ")
	if err != nil {
		return err
	}
	members := []member{{inManifest, redact(m, robot...)}}
	for _, x := range b.members {
		members = append(members, member{x.name, redact(x.text, robot...)})
	}
	// The recording never held a secret, and would not replay with a word changed.
	return packMembers(w, b.Made, append(members, member{inRecording, b.Recording}))
}

// addBook adds the recent orders with their journals, and the alarms.
func (b *Bundle) addBook(ctx context.Context) {
	if b.Orders != nil {
		entries, err := b.Orders(ctx, bundleOrders, "")
		if err != nil {
			b.AddNote(err)
		}
		b.addNewest(inOrders, len(entries), func(n int) ([]byte, error) { return status.OrdersJSON(entries[:n]) })
	}
	if b.Alarms != nil {
		alarms, err := b.Alarms(ctx, bundleOrders)
		if err != nil {
			b.AddNote(err)
		}
		b.addNewest(inAlarms, len(alarms), func(n int) ([]byte, error) { return json.MarshalIndent(alarms[:n], "", " ") })
	}
}

// addNewest adds as many of the newest entries as there is room for, each of them whole.
func (b *Bundle) addNewest(name string, all int, text func(n int) ([]byte, error)) {
	for n := all; ; n -= 1 + n/8 {
		t, err := text(n)
		switch {
		case err != nil:
			b.AddNote(err)
			return
		case len(t) > bundleBytes && n > 0:
			continue
		case n < all:
			b.AddNote(fmt.Errorf("%s: the newest %d of %d, for want of room", name, n, all))
		}
		b.addMember(name, t)
		return
	}
}

// AddNote says in the bundle what could not be had.
func (b *Bundle) AddNote(err error) { b.Notes = append(b.Notes, config.OneLine(err)) }

func (b *Bundle) addMember(name string, text []byte) {
	b.members = append(b.members, member{name, text})
}

// lastLines is the end of a log, from the beginning of a line on.
func lastLines(text []byte) []byte {
	if len(text) <= bundleBytes {
		return text
	}
	text = text[len(text)-bundleBytes:]
	return text[bytes.IndexByte(text, '\n')+1:]
}

// addJSON notes what cannot be written.
func (b *Bundle) addJSON(name string, v any) {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		b.AddNote(err)
		return
	}
	b.addMember(name, append(text, '\n'))
}

// packMembers writes a tar by itself: no file of the machine is opened for it.
func packMembers(w io.Writer, at time.Time, members []member) error {
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
