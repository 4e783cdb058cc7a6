package gateway

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// keptState is what the gateway knows for good. Times are absolute; payment codes are
// only there as salted digests.
type keptState struct {
	Version int                 `json:"version"`
	Mode    string              `json:"mode"`
	Salt    string              `json:"salt"`
	Codes   map[string]*payCode `json:"codes"`
	Made    uint64              `json:"made"` // codes made by phones so far
	Orders  []*order            `json:"orders"`
	Prompts []passwordPrompt    `json:"prompts"`
	Purse   *int64              `json:"purse,omitempty"`
	Faults  []string            `json:"faults,omitempty"`
	Rotated time.Time           `json:"rotated,omitzero"` // when the second certificate came in
	Letters []*pendingNotice    `json:"letters,omitempty"`
	Plants  []Plant             `json:"plants,omitempty"`
}

// processState is what a gateway may forget with its process: indexes, counters, the log and
// requests still on the wire.
type processState struct {
	ready      bool
	dirty      bool
	byNo       map[string]*order
	byTxn      map[string]*order
	byTicket   map[string]*order
	byRefund   map[string]*order
	calls      []Call
	times      map[string]int
	asked      map[string][]time.Time
	badTries   []time.Time
	oldTries   []time.Time
	onTheWay   []lateRequest
	keys       *keyring
	wake       chan struct{} // a notice was queued
	formerKeys []string      // of API v2: a request that was long under way may still bear one
	files      map[string]billFile
}

// ledgerVersion changes if a state of before can no longer be read: Load then refuses it instead of guessing.
const ledgerVersion = 1

// Load reads the state kept at Path; a missing file is a gateway with no past.
func (g *Gateway) Load() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.kept, g.memo = keptState{}, processState{}
	if g.Path != "" {
		body, err := os.ReadFile(g.Path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("read the gateway's state: %w", err)
		}
		if err == nil {
			if err := json.Unmarshal(body, &g.kept); err != nil {
				return fmt.Errorf("understand the gateway's state in %s: %w", g.Path, err)
			}
			if g.kept.Version != ledgerVersion {
				return fmt.Errorf("the gateway's state in %s has version %d, want %d", g.Path, g.kept.Version, ledgerVersion)
			}
		}
	}
	g.initialize()
	return nil
}

// initialize fills in what a new or freshly loaded gateway lacks.
func (g *Gateway) initialize() {
	if g.memo.ready {
		return
	}
	if g.kept.Salt == "" {
		g.kept.Version, g.kept.Mode, g.kept.Salt = ledgerVersion, ModeUp, rand.Text()
	}
	if g.kept.Codes == nil {
		g.kept.Codes = map[string]*payCode{}
	}
	g.memo = processState{ready: true, byNo: map[string]*order{}, byTxn: map[string]*order{}, byTicket: map[string]*order{},
		byRefund: map[string]*order{}, times: map[string]int{}, asked: map[string][]time.Time{},
		wake: make(chan struct{}, 1), files: map[string]billFile{}}
	for _, o := range g.kept.Orders {
		g.indexOrder(o)
	}
}

// indexOrder makes the order findable under everything it is known by.
func (g *Gateway) indexOrder(o *order) {
	if o.Payment <= 1 { // a second payment is found by its transaction alone
		g.memo.byNo[o.No] = o
	}
	if o.TransactionID != "" {
		g.memo.byTxn[o.TransactionID] = o
	}
	for _, t := range o.Tickets {
		g.memo.byTicket[t.Token] = o
		if t.Pre != "" {
			g.memo.byTicket[t.Pre] = o
		}
	}
	for _, r := range o.Refunds {
		g.memo.byRefund[r.No], g.memo.byRefund[r.ID] = o, o
	}
}

// saveState writes the state by temporary file and rename, so that a killed process leaves
// the old state or the new one. It must happen before an answer leaves.
func (g *Gateway) saveState() error {
	if !g.memo.dirty {
		return nil
	}
	if g.Path != "" {
		body, err := json.Marshal(&g.kept)
		if err != nil {
			return fmt.Errorf("write down the gateway's state: %w", err)
		}
		if err := replaceFile(g.Path, body); err != nil {
			return fmt.Errorf("keep the gateway's state: %w", err)
		}
	}
	g.memo.dirty = false
	return nil
}

// replaceFile writes beside the file and renames. Nothing is synced: it outlives a killed process, which is what the street does
// to it, and no power cut.
func replaceFile(path string, body []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name()) // the error that matters is already there
	}
	return err
}

// digest is the only form in which a payment code, or anything that holds one, is kept.
func (g *Gateway) digest(text string) string {
	mac := hmac.New(sha256.New, []byte(g.kept.Salt))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
