package onsite

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

// till is a gateway that looks, at each ask, at what stands beside the book.
type till struct {
	sale.Gateway
	book   string
	asks   int
	kept   int
	answer sale.Answer
}

func (g *till) Ask(_ context.Context, o sale.Order) (sale.Answer, error) {
	g.asks++
	if _, err := readTrial(trialPath(g.book, string(o.No))); err == nil {
		g.kept++
	}
	return g.answer, nil
}

func TestATrialOrderStandsBesideTheBookBeforeItIsAskedFor(t *testing.T) {
	book := filepath.Join(t.TempDir(), "kiosk.db")
	g := &till{book: book, answer: sale.Answer{Outcome: sale.OutcomeAccepted, CodeURL: "weixin://wxpay/bizpayurl?pr=secret"}}
	trial := &Trial{Book: book, Kiosk: "K0042", Gateway: g, Name: "可乐"}
	for range maxTrials {
		said, asked, err := trial.Ask(t.Context())
		if err != nil || !asked || said.CodeURL != "" {
			t.Fatalf("%+v, %v, %v", said, asked, err)
		}
	}
	if g.asks != maxTrials || g.kept != maxTrials {
		t.Errorf("%d asks, %d of them with their number on the card: the others would never be closed", g.asks, g.kept)
	}
	if _, asked, err := trial.Ask(t.Context()); err == nil || asked || g.asks != maxTrials {
		t.Errorf("%d trial orders wait, and another is asked for: %v", g.asks, err)
	}
	trial.Book = filepath.Join(book, "no folder", "kiosk.db")
	if _, asked, err := trial.Ask(t.Context()); err == nil || asked || g.asks != maxTrials {
		t.Errorf("an order that cannot be written down is asked for: %v", err)
	}
}

func TestTrialOrdersAreTakenUpOnceTheBookCanHaveThem(t *testing.T) {
	dir := t.TempDir()
	book := filepath.Join(dir, "kiosk.db")
	trial := &Trial{Book: book, Kiosk: "K0042", Gateway: &till{book: book}}
	if _, _, err := trial.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	no := strings.TrimPrefix(strings.Join(left(t, dir), " "), trialPrefix)
	secret := filepath.Join(dir, "secret")
	foreign, _ := json.Marshal(trialFile{No: "K0042-000000WRONGWRONGWRONGWRO"})
	for name, text := range map[string]string{"secret": "canary", trialPrefix + "junk": "{", trialPrefix + "K0042-000000OTHERNAMEOTHERNAM": string(foreign)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(secret, filepath.Join(dir, trialPrefix+"link")); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		refusal, fails := sale.RefusedServing, error(nil)
		var handed []sale.No
		var lines []string
		known := false
		var mu sync.Mutex // guards them; the test lets go of it while it rests
		mu.Lock()
		rest := func(d time.Duration) { mu.Unlock(); time.Sleep(d); mu.Lock() }
		all := &Trials{Book: book, Log: func(line string) { mu.Lock(); defer mu.Unlock(); lines = append(lines, line) },
			Find: func(_ context.Context, no sale.No) (sale.Order, bool, error) {
				mu.Lock()
				defer mu.Unlock()
				return sale.Order{}, known, nil
			},
			Do: func(_ context.Context, cmd sale.Command) (sale.Reply, error) {
				mu.Lock()
				defer mu.Unlock()
				handed = append(handed, cmd.(sale.CloseTrial).Order.No)
				return sale.Reply{Refusal: refusal}, fails
			}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- all.Run(ctx) }()
		rest(20 * time.Second)
		if got := left(t, dir); len(got) != 1 || got[0] != trialPrefix+no || len(lines) != 3 {
			t.Errorf("left are %v, told are %q", got, lines)
		}
		refusal, fails = "", errors.New("the book cannot be written now")
		rest(20 * time.Second)
		if len(left(t, dir)) != 1 {
			t.Error("an order is forgotten that nobody wrote down")
		}
		fails = nil
		rest(6 * time.Second)
		if len(left(t, dir)) != 0 || len(handed) == 0 || string(handed[0]) != no {
			t.Errorf("left are %v, handed over were %v", left(t, dir), handed)
		}
		refusal = sale.RefusedMerchant
		if _, _, err := trial.Ask(t.Context()); err != nil {
			t.Error(err)
		}
		rest(trialExpiry / 2)
		if len(left(t, dir)) != 1 {
			t.Error("an order of another merchant is forgotten while the config may come back")
		}
		rest(trialExpiry)
		if len(left(t, dir)) != 0 {
			t.Error("an order that nobody saw and nobody can pay any more is kept")
		}
		known = true
		before := len(handed)
		if _, _, err := trial.Ask(t.Context()); err != nil {
			t.Error(err)
		}
		rest(6 * time.Second)
		if len(left(t, dir)) != 0 || len(handed) != before {
			t.Error("an order that the book knows is handed over again")
		}
		mu.Unlock()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if text, err := os.ReadFile(secret); err != nil || string(text) != "canary" {
		t.Errorf("a link led away: %q, %v", text, err)
	}
}

// left are the files of trial orders in a folder.
func left(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, trialPrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		names = append(names, filepath.Base(path))
	}
	return names
}
