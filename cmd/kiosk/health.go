package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/store"
)

const (
	newestMoves = 2000 // are audited: of a book that is years old all would take minutes
	auditFor    = 30 * time.Second
)

// health tells whether the running kiosk is this very program and in good health: what a new version is judged by.
// Neither network nor clock is needed, and what no version brings about fails it.
func (c *cli) health(ctx context.Context, args []string) error {
	wait, hold, before, to, asJSON := 90*time.Second, 20*time.Second, "", "", false
	err := flags("health", args, func(fs *flag.FlagSet) {
		fs.DurationVar(&wait, "wait", wait, "")
		fs.DurationVar(&hold, "hold", hold, "")
		fs.StringVar(&before, "before", "", "")
		fs.StringVar(&to, "o", "", "")
		fs.BoolVar(&asJSON, "json", false, "")
	})
	switch {
	case err != nil:
		return err
	case hold < 0 || hold >= wait:
		return config.Usage(errors.New("health: -hold is how long it must be well without a break: say less than -wait"))
	}
	conf, err := c.config()
	if err != nil {
		return config.Usage(err)
	}
	r, err := findRunning(&conf)
	if err != nil {
		return err
	}
	if to != "" {
		return saveHealth(ctx, &conf, r, to)
	}
	var found []finding
	v := vigil{running: r, hold: hold, end: time.Now().Add(wait)}
	if before != "" {
		if v.before, err = readSeen(before); err != nil {
			found = append(found, finding{"before", isWarn, config.OneLine(err) + ": nothing is forgiven"})
		}
	}
	found = append(found, v.keep(ctx)...)
	return c.report(append(found, checkNewest(ctx, &conf, v.before)), asJSON)
}

// save keeps how the kiosk is now. Where nobody answers, no file of an earlier day may speak instead.
func saveHealth(ctx context.Context, c *config.Config, r *running, to string) error {
	s, err := r.look(ctx)
	if err != nil {
		_ = os.Remove(to)
		return err
	}
	doc := map[string]json.RawMessage{}
	if err := json.Unmarshal(s.text, &doc); err != nil {
		return err
	}
	if a, _, err := auditNewest(ctx, c); err == nil {
		doc["book_violations"] = json.RawMessage(fmt.Sprint(len(a.Violations)))
	}
	text, err := json.Marshal(doc)
	if err == nil {
		err = os.WriteFile(to, append(text, '\n'), 0o644)
	}
	return err
}

func readSeen(file string) (*seen, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s := &seen{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s is no file of kiosk health -o", file)
	}
	return s, nil
}

// vigil watches a running kiosk until it was well for long enough, or cannot be any more.
type vigil struct {
	*running
	before *seen
	hold   time.Duration
	end    time.Time

	run    string    // the start of the process that was met last
	starts int       // how often another start was met
	since  time.Time // it is well; zero: it is not
	ill    finding   // what was wrong last
}

func (v *vigil) keep(ctx context.Context) []finding {
	for {
		found := v.glance(ctx)
		now := time.Now()
		begun, held := v.since, now.Sub(v.since)
		if begun.IsZero() {
			begun = now
		}
		switch {
		case !v.since.IsZero() && held >= v.hold:
			found[0].Text += fmt.Sprintf(", well for %v without a break", held.Round(time.Second))
			return found
		case ctx.Err() != nil || begun.Add(v.hold).After(v.end):
			if !v.since.IsZero() {
				found[0] = finding{found[0].Part, isFail, v.tooShort(held)}
			}
			return found
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(lookAgain, max(v.hold-held, time.Millisecond))):
		}
	}
}

func (v *vigil) tooShort(held time.Duration) string {
	text := fmt.Sprintf("well for only %v of %v", held.Round(time.Second), v.hold)
	if v.starts > 0 {
		text += fmt.Sprintf("; it started anew %d times meanwhile: look at journalctl -u kiosk", v.starts)
	}
	if v.ill.Text != "" {
		text += "; before that: " + v.ill.Part + ": " + v.ill.Text
	}
	return text
}

// glance looks once.
func (v *vigil) glance(ctx context.Context) []finding {
	s, err := v.look(ctx)
	var found []finding
	if err != nil {
		found = []finding{{"kiosk", isFail, config.OneLine(err) + ": is it running? systemctl status kiosk"}}
	} else {
		found = s.judge(v.before, v.address)
		if v.run != "" && s.Run != v.run {
			v.starts++
			v.since = time.Time{}
		}
		v.run = s.Run
	}
	if i := slices.IndexFunc(found, func(f finding) bool { return f.Verdict == isFail }); i >= 0 {
		v.since, v.ill = time.Time{}, found[i]
	} else if v.since.IsZero() {
		v.since = time.Now()
	}
	return found
}

// checkNewest opens the book and audits what can have changed lately.
func checkNewest(ctx context.Context, c *config.Config, before *seen) finding {
	a, orders, err := auditNewest(ctx, c)
	if err != nil {
		return finding{"book", isFail, config.OneLine(err)}
	}
	n := len(a.Violations)
	if n == 0 {
		return finding{"book", isOK, fmt.Sprintf("%d of %d orders audited: what is open, the newest %d moves, and their seals", a.Orders, orders, newestMoves)}
	}
	text := fmt.Sprintf("%d violations among the newest moves, the first %s: %s %s: run kiosk audit", n, a.Violations[0].Rule, a.Violations[0].No, a.Violations[0].Text)
	if before != nil && before.Violations != nil && n <= *before.Violations {
		return finding{"book", isWarn, text + "; as before"}
	}
	return finding{"book", isFail, text}
}

func auditNewest(ctx context.Context, c *config.Config) (a store.Audited, orders int, err error) {
	ctx, cancel := context.WithTimeout(ctx, auditFor)
	defer cancel()
	r, err := store.OpenReader(c.Store.Path)
	if err != nil {
		return a, 0, err
	}
	defer r.Close()
	if a, err = r.AuditNewest(ctx, newestMoves); err != nil {
		return a, 0, err
	}
	sums, err := r.Sums(ctx)
	for _, s := range sums {
		orders += s.Orders
	}
	return a, orders, err
}
