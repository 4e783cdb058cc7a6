package onsite

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
)

const (
	trialPrefix = ".trial-"       // begins the files beside the book that hold an order each
	maxTrials   = 16              // wait at one time: a technician tries, and nobody else
	maxTrial    = 4 << 10         // bytes of such a file
	trialExpiry = 6 * time.Minute // the shortest that every gateway takes: some want more than five minutes
	trialWait   = 8 * time.Second // as long as a customer's order is waited for
)

// trialFile is what a trial order leaves for the kiosk that closes it.
type trialFile struct {
	No       sale.No       `json:"no"`
	Merchant sale.Merchant `json:"merchant"`
	Name     string        `json:"name"`
	Expires  time.Time     `json:"expires"`
}

// Trial asks for one QR order of one fen, which tells whether this merchant's orders are taken at all. It runs beside a kiosk,
// whose process alone writes the book. So the number is in a file beside the book, on the card, before the request leaves; the
// running kiosk takes it from there, or the next start, and closes it by the rules.
type Trial struct {
	Book, Kiosk string // the book's path, and the id that numbers begin with
	Gateway     sale.Gateway
	Merchant    sale.Merchant
	Name        string // of a product, as long as any
}

// Ask sends the request once. The code that may come is thrown away unseen. written is false if nothing was asked.
func (t *Trial) Ask(ctx context.Context) (said sale.Answer, written bool, err error) {
	draw := make([]byte, 20)
	rand.Read(draw)
	o := sale.TrialOrder(sale.Number(t.Kiosk, 0, base32.StdEncoding.EncodeToString(draw)), t.Merchant, t.Name)
	o.Expires = time.Now().Add(trialExpiry).Truncate(time.Second)
	if err := t.keepOrder(o); err != nil {
		return said, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, trialWait)
	defer cancel()
	said, err = t.Gateway.Ask(ctx, o)
	said.CodeURL = ""
	return said, true, err
}

// keepOrder writes the order to the card. It makes a new file, and follows nobody's link.
func (t *Trial) keepOrder(o sale.Order) error {
	if left, _ := filepath.Glob(trialPath(t.Book, "*")); len(left) >= maxTrials {
		return fmt.Errorf("%d trial orders wait to be closed: start the kiosk first", len(left))
	}
	text, err := json.Marshal(trialFile{o.No, o.Merchant, o.Name, o.Expires})
	if err != nil {
		return err
	}
	if err := writeOnce(trialPath(t.Book, string(o.No)), append(text, '\n')); err != nil {
		return fmt.Errorf("keeping the order's number beside the book: %w", err)
	}
	return nil
}

// writeOnce makes a file that is whole from the moment it has its name: the running kiosk may look at any time.
func writeOnce(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-trial-")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Link(f.Name(), path) // unlike a rename it replaces nothing
	}
	return errors.Join(err, os.Remove(f.Name()), syncFolder(filepath.Dir(path)))
}

func trialPath(book, no string) string { return filepath.Join(filepath.Dir(book), trialPrefix+no) }

// syncFolder puts a new name onto the card.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Trials takes up what trial orders left beside the book, and hands them to the shop.
type Trials struct {
	Book  string                                                          // its path
	Find  func(ctx context.Context, no sale.No) (sale.Order, bool, error) // in the book
	Do    func(ctx context.Context, cmd sale.Command) (sale.Reply, error) // the shop
	Every time.Duration                                                   // 0: 5 s
	Log   func(line string)
	told  map[string]bool // files that were told of
}

// Run looks until ctx ends.
func (t *Trials) Run(ctx context.Context) error {
	every := t.Every
	if every == 0 {
		every = 5 * time.Second
	}
	look := time.NewTicker(every)
	defer look.Stop()
	for {
		files, _ := filepath.Glob(trialPath(t.Book, "*"))
		for _, file := range files {
			if err := t.takeUp(ctx, file); err != nil && ctx.Err() == nil && !t.told[file] {
				if t.told == nil {
					t.told = map[string]bool{}
				}
				t.told[file] = true
				t.Log("closing a trial order of kiosk check: " + config.OneLine(err))
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}

// takeUp hands one order to the shop, and takes its file away once the book has it.
func (t *Trials) takeUp(ctx context.Context, file string) error {
	o, err := readTrial(file)
	if err != nil {
		if errors.Is(err, errNoTrial) {
			err = errors.Join(err, os.Remove(file)) // nobody can close what nobody can read
		}
		return err
	}
	_, known, err := t.Find(ctx, o.No)
	if err != nil {
		return err
	}
	if !known {
		reply, err := t.Do(ctx, sale.CloseTrial{Order: o})
		switch {
		case err != nil:
			return err
		case reply.Refusal == sale.RefusedServing, reply.Refusal == sale.RefusedStarting:
			return nil // later
		case reply.Refusal == sale.RefusedMerchant && time.Now().Before(o.Expires):
			return nil // perhaps the config comes back
		case reply.Refusal == sale.RefusedMerchant:
			err = fmt.Errorf("%s was asked for under another merchant, and has expired: nobody saw its code", filepath.Base(file))
			return errors.Join(err, os.Remove(file))
		case reply.Refusal == sale.RefusedInvalid:
			err = fmt.Errorf("%s is no order of this kiosk", filepath.Base(file))
			return errors.Join(err, os.Remove(file))
		}
	}
	return os.Remove(file)
}

// errNoTrial is a file that holds no trial order, whatever its name says.
var errNoTrial = errors.New("it holds no trial order")

// readTrial reads such a file: a plain one, and no more of it than it may hold.
func readTrial(file string) (o sale.Order, err error) {
	f, err := os.OpenFile(file, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ELOOP) {
		return o, fmt.Errorf("%s: %w: it is a link", filepath.Base(file), errNoTrial)
	}
	if err != nil {
		return o, err
	}
	defer f.Close()
	var kept trialFile
	text, err := io.ReadAll(io.LimitReader(f, maxTrial))
	if err != nil {
		return o, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		return o, fmt.Errorf("%s: %w: %w", filepath.Base(file), errNoTrial, err)
	}
	if no := strings.TrimPrefix(filepath.Base(file), trialPrefix); string(kept.No) != no {
		return o, fmt.Errorf("%s: %w: its name is another number", filepath.Base(file), errNoTrial)
	}
	o = sale.TrialOrder(kept.No, kept.Merchant, kept.Name)
	o.Expires = kept.Expires
	return o, nil
}
