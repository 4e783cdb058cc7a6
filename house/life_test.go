package house_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kiosk/sale"
	"kiosk/sim/gateway"
	"kiosk/store"
)

// house is the rooms as they ship, between a gateway, a shelf of goods and a plug that can be pulled.
// It lives inside a bubble: its hours pass in milliseconds.
type house struct {
	gate   *gateway.Gateway
	choice time.Duration // how long a choice may stay on the screen
	sign   string
	secret string                             // the APIv2 key, as the config has it
	rekey  func()                             // before a life begins: the owner may have set another key
	agreed string                             // how it speaks with its gateway: one of agreements; "" is v2
	name   string                             // the kiosk's id
	dark   func() time.Duration               // how long the lights are out
	fate   func(no sale.No) string            // what becomes of a vend: one of fates
	spoil  func() (before, after error)       // what befalls a write
	cuts   []int                              // after how many touches of each life the power goes; 0: it stays
	hear   func(no sale.No, event sale.Event) // every move that is on disk

	dir string
	mu  sync.Mutex
	rnd *rand.Rand
	// Under mu.
	life    *life // nil in the dark
	folder  string
	lives   int
	touches int
	blow    int // the touch at which the power goes; 0: it stays
	over    bool
	view    sale.View
	goods   map[sale.No]int // what truly fell
	motors  map[sale.No]int
	fates   map[string]int
	wrong   []string
	unheard []sale.Batch // is on disk, though the kiosk heard that the write failed

	ended chan struct{}
}

// life is the kiosk from one power-on to the next cut.
type life struct {
	h       *house
	folder  string
	clerk   *sale.Clerk
	book    *store.Book
	gateway sale.Gateway
	power   context.Context // ends with the power
	off     context.CancelFunc
	disk    sync.Mutex // held over a write, so that the card is copied between two
	dead    bool       // under disk
	motor   chan struct{}
	born    time.Time
	behind  time.Duration // what the clock lost while there was no power
}

var errDark = errors.New("there is no power")

const (
	appID    = "wxd930ea5d5a258f4f"
	mchID    = "10000100"
	secret   = "8934e7d15453e97507ef794cf7b0519d"
	bookName = "kiosk.db"
	vendTook = 4 * time.Second
	fellAt   = 1500 * time.Millisecond
	syncedAt = 40 * time.Second // when somebody sets the clock after a power-on
)

// folder is where books of tests live: in memory where there is such a place, for the cuts copy them anyway.
func folder(t testing.TB) string {
	t.Helper()
	base := "/dev/shm"
	if s, err := os.Stat(base); err != nil || !s.IsDir() {
		base = t.TempDir()
	}
	dir, err := os.MkdirTemp(base, "kiosk-house-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func newHouse(dir string, seed uint64) *house {
	return &house{
		gate:   &gateway.Gateway{AppID: appID, MchID: mchID, Key: secret, Seed: seed},
		choice: time.Minute, sign: "HMAC-SHA256", secret: secret, name: "K1", dir: dir, rnd: rand.New(rand.NewPCG(seed, 77)),
		dark:  func() time.Duration { return 7 * time.Second },
		fate:  func(sale.No) string { return fateDrop },
		goods: map[sale.No]int{}, motors: map[sale.No]int{}, fates: map[string]int{}, ended: make(chan struct{}),
	}
}

// open puts a stocked book on the card and lets the kiosk live, life after life, until shut.
func (h *house) open() error {
	first, err := stocked()
	if err != nil {
		return err
	}
	h.folder = filepath.Join(h.dir, "life0")
	if err := os.Mkdir(h.folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(h.path(), first, 0o600); err != nil {
		return err
	}
	go h.live()
	return nil
}

// stocked is a new book with three slots in it, made once.
var stocked = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "kiosk-stock-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, bookName)
	b, err := store.Open(path)
	if err != nil {
		return nil, err
	}
	var shelves []sale.SlotState
	for i := 1; i <= 3; i++ {
		shelves = append(shelves, sale.SlotState{Slot: sale.Slot(i), Name: fmt.Sprint("可乐 ", i), NameEN: fmt.Sprint("Coke ", i), Fen: sale.Fen(50 + 100*i), Stock: 1000})
	}
	if err := errors.Join(b.SeedSlots(context.Background(), shelves), b.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path) // closing has folded the log into it
})

func (h *house) path() string { return filepath.Join(h.folder, bookName) }

func (h *house) live() {
	defer close(h.ended)
	for dark := time.Duration(0); ; {
		l, err := h.boot(dark)
		if err != nil {
			h.blame("the kiosk does not start after a cut: " + err.Error())
			return
		}
		err = l.clerk.Run(l.power)
		h.mu.Lock()
		h.life, h.view = nil, sale.View{}
		over := h.over
		h.mu.Unlock()
		l.off()
		if err = errors.Join(err, l.book.Close()); err != nil {
			h.blame("the kiosk ends badly: " + err.Error())
		}
		if over {
			return
		}
		dark = h.dark()
		time.Sleep(dark)
	}
}

// boot begins a life on what the last one left on the card.
func (h *house) boot(dark time.Duration) (*life, error) {
	b, err := store.Open(h.path())
	if err != nil {
		return nil, err
	}
	if h.rekey != nil {
		h.rekey()
	}
	if why := b.SetAside(); why != "" {
		h.blame("a power cut damaged the book: " + why)
	}
	l := &life{h: h, folder: h.folder, book: b, motor: make(chan struct{}, 1), born: time.Now(), behind: dark}
	l.power, l.off = context.WithCancel(context.Background())
	if l.gateway, err = h.client(tripper{l}, func() time.Time { now, _ := l.wall(); return now }); err != nil {
		return nil, err
	}
	l.clerk = &sale.Clerk{
		Open: func() *sale.Shop {
			return &sale.Shop{Kiosk: h.name, Merchant: h.payee(), Choice: h.choice, Probe: 10 * time.Minute}
		},
		Gateway: l.gateway,
		Book:    ledger{l}, Dispenser: drawer{l}, Screen: panel{l}, Scanner: module{l}, Wall: l.wall, Draw: h.draw,
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.life, h.blow = l, 0
	h.lives++
	if len(h.cuts) > 0 {
		if h.cuts[0] > 0 {
			h.blow = h.touches + h.cuts[0]
		}
		h.cuts = h.cuts[1:]
	}
	return l, nil
}

// wall is a clock without a battery: behind by the time in the dark until somebody sets it.
func (l *life) wall() (time.Time, bool) {
	if l.behind == 0 || time.Since(l.born) >= syncedAt {
		return time.Now(), true
	}
	return time.Now().Add(-l.behind), false
}

// touch counts one touch of a port. With the one that blows the fuse the power goes.
func (l *life) touch() error {
	h := l.h
	h.mu.Lock()
	mine := h.life == l
	if mine {
		h.touches++
	}
	blows := mine && h.blow > 0 && h.touches >= h.blow
	h.mu.Unlock()
	if blows {
		l.pull()
	}
	if l.power.Err() != nil {
		return errDark
	}
	return nil
}

// pull takes the power away: the card is what it is, and nothing the old life still does comes to anything.
func (l *life) pull() {
	l.disk.Lock()
	defer l.disk.Unlock()
	if l.dead {
		return
	}
	l.dead = true
	h := l.h
	h.mu.Lock()
	next := filepath.Join(h.dir, fmt.Sprint("life", h.lives))
	h.folder, h.view = next, sale.View{}
	h.mu.Unlock()
	if err := copyBook(l.folder, next); err != nil {
		h.blame("the card cannot be copied: " + err.Error())
	}
	l.off()
}

// copyBook copies the book and its log, and not its shared memory, which no power cut leaves.
func copyBook(from, to string) error {
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	for _, name := range []string{bookName, bookName + "-wal"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err // an open book has both
		}
		if err := os.WriteFile(filepath.Join(to, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// shut stops the service and waits for its end.
func (h *house) shut() {
	h.mu.Lock()
	h.over = true
	l := h.life
	h.mu.Unlock()
	for ; ; l = h.now() {
		if l != nil {
			l.off()
		}
		select {
		case <-h.ended:
			return
		case <-time.After(time.Second):
		}
	}
}

func (h *house) now() *life {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.life
}

func (h *house) blame(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wrong = append(h.wrong, what)
}

func (h *house) draw() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	h.mu.Lock()
	defer h.mu.Unlock()
	b := make([]byte, 24)
	for i := range b {
		b[i] = letters[h.rnd.IntN(32)]
	}
	return string(b)
}

// tripper is the wire to the gateway, which a cut goes through like everything else.
type tripper struct{ l *life }

func (w tripper) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := w.l.touch(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(r.Context())
	context.AfterFunc(w.l.power, cancel)
	context.AfterFunc(ctx, cancel)
	res, err := w.l.h.gate.RoundTrip(r.WithContext(ctx))
	if dark := w.l.touch(); dark != nil {
		return nil, dark
	}
	if err != nil {
		return nil, err
	}
	res.Body = lit{res.Body, w.l}
	return res, nil
}

// lit is a body that ends with the power.
type lit struct {
	io.ReadCloser
	l *life
}

func (b lit) Read(p []byte) (int, error) {
	if b.l.power.Err() != nil {
		return 0, errDark
	}
	return b.ReadCloser.Read(p)
}
