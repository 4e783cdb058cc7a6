package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/store"
)

const (
	auditedMoves  = 2000 // the newest ones: auditing a book of years would take minutes
	auditPatience = 30 * time.Second
	askAgain      = 500 * time.Millisecond // a restart takes longer
)

// Save keeps how the kiosk is now in a file, for a later comparison. If nobody answers it removes the file, so that
// none of an earlier day can speak instead.
func (r *Running) Save(ctx context.Context, book, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	s, err := r.ReadStatus(ctx)
	if err != nil {
		return err
	}
	doc := map[string]json.RawMessage{} // whole, so that a later version finds more in it
	if err := json.Unmarshal(s.text, &doc); err != nil {
		return err
	}
	if a, _, err := auditNewest(ctx, book); err == nil {
		doc["book_violations"] = json.RawMessage(fmt.Sprint(len(a.Violations)))
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) // never what somebody's link leads to
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	return errors.Join(err, f.Close())
}

// ReadSaved reads a file of Save.
func ReadSaved(file string) (*Status, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s := &Status{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s is no file of kiosk health -o", file)
	}
	return s, nil
}

// Probe asks a running kiosk until it was well for long enough without a break, or cannot be any more before End.
//
// It is what an update is judged by, so it needs neither network nor clock, and nothing that an update cannot have
// caused fails it.
type Probe struct {
	Running *Running      // the one that is judged
	Own     Build         // this program
	Before  *Status       // how it was before the update; nil: not known, so nothing is forgiven
	Hold    time.Duration // how long it must be well
	End     time.Time     // from then on it is ill

	run    string    // the start of the process that answered last
	starts int       // how often another start was met
	since  time.Time // since when it is well; zero: it is not
	ill    Finding   // what was wrong last
}

// Run returns the findings of the last answer.
func (p *Probe) Run(ctx context.Context) []Finding {
	for {
		found := p.askOnce(ctx)
		now := time.Now()
		begun, held := p.since, now.Sub(p.since)
		if begun.IsZero() {
			begun = now
		}
		switch {
		case !p.since.IsZero() && held >= p.Hold:
			found[0].Text += fmt.Sprintf(", well for %v without a break", held.Round(time.Second))
			return found
		case ctx.Err() != nil || begun.Add(p.Hold).After(p.End):
			if !p.since.IsZero() {
				found[0] = Finding{Part: found[0].Part, Verdict: Fail, Text: p.explainTooShort(held)}
			}
			return found
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(askAgain, max(p.Hold-held, time.Millisecond))):
		}
	}
}

// explainTooShort names what broke the time, if something did.
func (p *Probe) explainTooShort(held time.Duration) string {
	text := fmt.Sprintf("well for only %v of %v", held.Round(time.Second), p.Hold)
	if p.starts > 0 {
		text += fmt.Sprintf("; it started anew %d times meanwhile: look at journalctl -u kiosk", p.starts)
	}
	if p.ill.Text != "" {
		text += "; before that: " + p.ill.Part + ": " + p.ill.Text
	}
	return text
}

// askOnce judges one answer. A failure and another start of the process both begin the time anew.
func (p *Probe) askOnce(ctx context.Context) []Finding {
	s, err := p.Running.ReadStatus(ctx)
	var found []Finding
	if err != nil {
		found = []Finding{{Part: "kiosk", Verdict: Fail, Text: config.OneLine(err) + ": is it running? " + p.Running.Manager.Look}}
	} else {
		found = p.judgeStatus(s)
		if p.run != "" && s.Run != p.run {
			p.starts++
			p.since = time.Time{}
		}
		p.run = s.Run
	}
	if i := firstFailure(found); i >= 0 {
		p.since, p.ill = time.Time{}, found[i]
	} else if p.since.IsZero() {
		p.since = time.Now()
	}
	return found
}

// CheckNewest audits what can have changed lately in the book. Violations that were there before the update are forgiven.
func CheckNewest(ctx context.Context, book string, before *Status) Finding {
	a, orders, err := auditNewest(ctx, book)
	if err != nil {
		return Finding{Part: "book", Verdict: Fail, Text: config.OneLine(err)}
	}
	n := len(a.Violations)
	if n == 0 {
		return Finding{Part: "book", Verdict: OK, Text: fmt.Sprintf("%d of %d orders audited: what is open, the newest %d moves, and their seals", a.Orders, orders, auditedMoves)}
	}
	first := a.Violations[0]
	text := fmt.Sprintf("%d violations among the newest moves, the first %s: %s %s: run kiosk audit", n, first.Rule, first.No, first.Text)
	if before != nil && before.Violations != nil && n <= *before.Violations {
		return Finding{Part: "book", Verdict: Warn, Text: text + "; as before"}
	}
	return Finding{Part: "book", Verdict: Fail, Text: text}
}

// auditNewest looks at what is open, and at the newest moves.
func auditNewest(ctx context.Context, book string) (a store.Audited, orders int, err error) {
	ctx, cancel := context.WithTimeout(ctx, auditPatience)
	defer cancel()
	r, err := store.OpenReader(book)
	if err != nil {
		return a, 0, err
	}
	defer r.Close()
	if a, err = r.AuditNewest(ctx, auditedMoves); err != nil {
		return a, 0, err
	}
	sums, err := r.SumByState(ctx)
	for _, s := range sums {
		orders += s.Orders
	}
	return a, orders, err
}
