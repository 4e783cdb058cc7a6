package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/hw"
	"kiosk/sale"
	"kiosk/store"
)

// finding is one line of `kiosk check`.
type finding struct {
	Part    string `json:"part"`
	Verdict string `json:"verdict"` // ok | warn | fail
	Text    string `json:"text"`
}

const (
	isOK   = "ok"
	isWarn = "warn"
	isFail = "fail"
)

// selfcheck looks at every part and says what to do about it. It works beside a running kiosk and turns nothing.
func (c *cli) selfcheck(ctx context.Context, args []string) error {
	asJSON := false
	if err := flags("check", args, func(fs *flag.FlagSet) { fs.BoolVar(&asJSON, "json", false, "") }); err != nil {
		return err
	}
	conf, err := c.config()
	if err == nil {
		err = checkFiles(&conf)
	}
	if err != nil {
		return config.Usage(err)
	}
	found := append([]finding{{"config", isOK, "read"}}, checkCertificate(&conf, time.Now())...)
	found = append(found, checkPage(&conf, time.Now())...)
	found = append(found, checkBook(ctx, &conf)...)
	found = append(found, checkMetal(ctx, &conf)...)
	found = append(found, checkGateway(ctx, &conf)...)
	return c.report(found, asJSON)
}

func (c *cli) report(found []finding, asJSON bool) error {
	bad := false
	for _, f := range found {
		bad = bad || f.Verdict == isFail
		if !asJSON {
			fmt.Fprintf(c.out, "%-4s  %-12s  %s\n", f.Verdict, f.Part, f.Text)
		}
	}
	if asJSON {
		if err := json.NewEncoder(c.out).Encode(found); err != nil {
			return err
		}
	}
	if bad {
		return errFinding
	}
	return nil
}

func checkBook(ctx context.Context, c *config.Config) []finding {
	if !config.Exists(c.Store.Path) {
		return []finding{{"book", isWarn, c.Store.Path + " is not there yet: the first run makes it"}}
	}
	r, err := store.OpenReader(c.Store.Path)
	if err != nil {
		return []finding{{"book", isFail, config.OneLine(err)}}
	}
	defer r.Close()
	a, err := r.Audit(ctx)
	if err != nil {
		return []finding{{"book", isFail, config.OneLine(err)}}
	}
	added, err := r.Sums(ctx)
	if err != nil {
		return []finding{{"book", isFail, config.OneLine(err)}}
	}
	open, owed := 0, 0
	for _, s := range added {
		switch {
		case s.State == sale.Owed:
			owed += s.Orders
		case !s.State.Over():
			open += s.Orders
		}
	}
	f := finding{"book", isOK, fmt.Sprintf("%d orders, %d open, %d owed", a.Orders, open, owed)}
	if n := len(a.Violations); n > 0 {
		f = finding{"book", isFail, fmt.Sprintf("%d violations: run kiosk audit", n)}
	} else if owed > 0 {
		f.Verdict, f.Text = isWarn, f.Text+": settle what is owed on the technician's page"
	}
	out := []finding{f}
	if b := hw.ReadBoard(c.Store.Path); b.ReadOnly {
		out = append(out, finding{"disk", isFail, "the file system of the book is read-only: look at the card"})
	} else if b.DiskTotal > 0 && b.DiskFree < diskLeast {
		out = append(out, finding{"disk", isFail, fmt.Sprintf("only %d MiB are free: make room", b.DiskFree>>20)})
	}
	return out
}

// checkGateway asks for a number that cannot exist: "no such order" proves line, ids, key and certificate authority at once.
func checkGateway(ctx context.Context, c *config.Config) []finding {
	gateway, payee, err := newGateway(c, nil)
	if err != nil {
		return []finding{{"gateway", isFail, config.OneLine(err)}}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	o := sale.Order{No: sale.Number(c.Kiosk, 0, strings.Repeat("0", 30)), Means: sale.Native, Merchant: payee, State: sale.New}
	began := time.Now()
	a, err := gateway.Query(ctx, o)
	took := time.Since(began).Round(time.Millisecond)
	switch {
	case err != nil:
		return []finding{{"gateway", isFail, config.OneLine(err)}, checkClock(sale.Answer{})}
	case a.Outcome == sale.OutcomeFaulty:
		return []finding{{"gateway", isFail, a.Code + ": check pay.appid, pay.mchid, pay.key_file and pay.sign_type"}, checkClock(a)}
	case a.Outcome != sale.OutcomeMissing:
		return []finding{{"gateway", isFail, fmt.Sprintf("a number that cannot exist is %q there", a.Code)}, checkClock(a)}
	}
	return []finding{{"gateway", isOK, fmt.Sprintf("answers \"no such order\" in %v", took)}, checkClock(a)}
}

// checkClock: the kernel's word, and the gateway's.
func checkClock(a sale.Answer) finding {
	synced := hw.ClockSynchronized()
	if a.Date.IsZero() {
		if synced {
			return finding{"clock", isOK, "the kernel says synchronised"}
		}
		return finding{"clock", isWarn, "not synchronised, and no answer to compare with: nothing is sold until one agrees"}
	}
	skew := time.Since(a.Date).Round(time.Second)
	switch {
	case skew.Abs() > time.Minute && !synced:
		return finding{"clock", isFail, fmt.Sprintf("%v off the gateway's: let it synchronise (systemd-timesyncd, chrony)", skew)}
	case skew.Abs() > time.Minute:
		return finding{"clock", isWarn, fmt.Sprintf("the kernel says synchronised, the gateway is %v off", skew)}
	}
	return finding{"clock", isOK, fmt.Sprintf("agrees with the gateway's within %v", max(skew.Abs(), time.Second))}
}
