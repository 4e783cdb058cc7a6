package street

import (
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// Page is the kiosk's status page, through QEMU's network, as a script with the token sees it: the page keeps codes, numbers and
// reasons from strangers.
type Page struct{ Base string }

var browser = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// Sight is what of /status.json the rig looks at.
type Sight struct {
	Version string `json:"version"`
	Ready   bool   `json:"ready"`
	Why     []why  `json:"why"`
	Uptime  int64  `json:"uptime_s"`
	Front   *struct {
		Screen string `json:"screen"`
		No     string `json:"no"`
		Slot   int    `json:"slot"`
	} `json:"front"`
	Open  int `json:"open_orders"`
	Owed  int `json:"owed_orders"`
	Slots []struct {
		Number int    `json:"number"`
		Stock  int    `json:"stock"`
		Fault  string `json:"fault"`
	} `json:"slots"`
}

type why struct{ Code, Text string }

func (s Sight) Reasons() string {
	var all []string
	for _, w := range s.Why {
		all = append(all, w.Code+": "+w.Text)
	}
	return strings.Join(all, "; ")
}

func (s Sight) Screen() string {
	if s.Front == nil {
		return "idle"
	}
	return s.Front.Screen
}

func (s Sight) Fault(slot int) string {
	for _, x := range s.Slots {
		if x.Number == slot {
			return x.Fault
		}
	}
	return "no such slot"
}

// BookOrder is an order as the book has it.
type BookOrder struct {
	No      string `json:"no"`
	State   string `json:"state"`
	Means   string `json:"means"`
	Slot    int    `json:"slot"`
	Fen     int64  `json:"fen"`
	Why     string `json:"why"`
	Fault   string `json:"fault"`
	Journal []struct {
		Event string `json:"event"`
		State string `json:"state"`
	} `json:"journal"`
}

func (o BookOrder) Path() string {
	var states []string
	for _, l := range o.Journal {
		states = append(states, l.State)
	}
	return strings.Join(states, " → ")
}

func (p Page) get(path string) (*http.Response, error) {
	ask, err := http.NewRequest(http.MethodGet, p.Base+path, nil)
	if err != nil {
		return nil, err
	}
	ask.Header.Set("Authorization", "Bearer "+Token)
	return browser.Do(ask)
}

func (p Page) json(path string, into any) error {
	res, err := p.get(path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}

func (p Page) Look() (s Sight, err error) { return s, p.json("/status.json", &s) }

func (p Page) Orders() (all []BookOrder, err error) {
	return all, p.json("/orders.json?limit=100", &all)
}

// save keeps an answer as a file.
func (p Page) save(path, file string) error {
	res, err := p.get(path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o644)
}

// Status is the HTTP status of a path.
func (p Page) Status(path string) (int, error) {
	res, err := p.get(path)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// Picture is what the driver believes is on the glass.
func (p Page) Picture() (image.Image, error) {
	res, err := p.get("/panel.png")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return png.Decode(res.Body)
}

// Differ counts the points in which two pictures are not the same.
func Differ(a, b image.Image) int {
	if a.Bounds().Size() != b.Bounds().Size() {
		return a.Bounds().Dx() * a.Bounds().Dy()
	}
	n := 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r1, g1, b1, _ := a.At(a.Bounds().Min.X+x, a.Bounds().Min.Y+y).RGBA()
			r2, g2, b2, _ := b.At(b.Bounds().Min.X+x, b.Bounds().Min.Y+y).RGBA()
			if r1>>11 != r2>>11 || g1>>10 != g2>>10 || b1>>11 != b2>>11 { // what 16 bits a point can tell apart
				n++
			}
		}
	}
	return n
}
