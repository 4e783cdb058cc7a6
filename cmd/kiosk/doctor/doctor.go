// Package doctor finds out how a kiosk is: whether its parts work (kiosk check), whether the running one is this very
// program and in good health (kiosk health), and whether it may be stopped now (kiosk idle).
//
// It only looks. Nothing is driven that turns, opens or sounds, and nothing is written but a file that was asked for,
// so each of the three may be called while customers are served.
package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/hw"
	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
)

// Finding is one line of a report: a part, how it is, and what to do about it.
type Finding struct {
	Part    string `json:"part"`    // as installers call it
	Verdict string `json:"verdict"` // ok | warn | fail
	Text    string `json:"text"`    // what was found, and what to do
	ZH      string `json:"-"`       // the same in Chinese, if words.toml cannot say it
}

// The verdicts. A warning sells on; a failure makes the command exit with 1.
const (
	OK   = "ok"
	Warn = "warn" // it sells, and somebody should look
	Fail = "fail" // it does not sell, or not for long
)

// WriteReport prints findings as JSON, which is the same in every language, or as a table for people: "zh" is Chinese,
// anything else English.
func WriteReport(out io.Writer, found []Finding, asJSON bool, lang string) error {
	if asJSON {
		return json.NewEncoder(out).Encode(found)
	}
	for _, f := range found {
		if lang == "zh" {
			f.Text = f.inChinese()
		}
		fmt.Fprintf(out, "%-4s  %-12s  %s\n", f.Verdict, f.Part, f.Text)
	}
	return nil
}

// HasFailure reports whether any of them is a failure.
func HasFailure(found []Finding) bool { return firstFailure(found) >= 0 }

// firstFailure is -1 if there is none.
func firstFailure(found []Finding) int {
	return slices.IndexFunc(found, func(f Finding) bool { return f.Verdict == Fail })
}

// gatewayPatience bounds the one question to the gateway.
const gatewayPatience = 10 * time.Second

// Checkup is what kiosk check looks at. It works beside a running kiosk and turns nothing.
type Checkup struct {
	Config  *config.Config                              // read and checked
	Payee   sale.Merchant                               // the ids in the config
	Gateway func() (sale.Gateway, sale.Merchant, error) // a client of its own, beside a running kiosk's
	Metal   func(context.Context) []Finding             // pins, panel, scan module and board; a street has its own
	Secret  []status.Note                               // what is amiss with the technician's secret
}

// Run looks at every part, in the order in which an installer mends them.
func (c *Checkup) Run(ctx context.Context) []Finding {
	found := []Finding{{Part: "config", Verdict: OK, Text: "read"}}
	found = append(found, CheckMerchantCertificate(c.Config, time.Now())...)
	found = append(found, c.CheckPage(time.Now())...)
	found = append(found, c.CheckBook(ctx)...)
	found = append(found, c.Metal(ctx)...)
	return append(found, c.checkGateway(ctx)...)
}

// CheckBook audits the whole book and looks at the disk under it.
func (c *Checkup) CheckBook(ctx context.Context) []Finding {
	path := c.Config.Store.Path
	if !config.PathExists(path) {
		return []Finding{{Part: "book", Verdict: Warn, Text: path + " is not there yet: the first run makes it"}}
	}
	audited, err := auditBook(ctx, path)
	if err != nil {
		return []Finding{{Part: "book", Verdict: Fail, Text: config.OneLine(err)}}
	}
	out := append([]Finding{audited}, c.checkMerchant(ctx)...)
	if b := hw.ReadBoard(path); b.ReadOnly {
		out = append(out, Finding{Part: "disk", Verdict: Fail, Text: "the file system of the book is read-only: look at the card"})
	} else if b.DiskTotal > 0 && b.DiskFree < config.LeastDisk {
		out = append(out, Finding{Part: "disk", Verdict: Fail, Text: fmt.Sprintf("only %d MiB are free: make room", b.DiskFree>>20)})
	}
	return out
}

// checkMerchant names the open orders that cannot be asked about under the config's ids: with them the kiosk sells nothing.
func (c *Checkup) checkMerchant(ctx context.Context) []Finding {
	r, err := store.OpenReader(c.Config.Store.Path)
	if err != nil {
		return []Finding{{Part: "merchant", Verdict: Fail, Text: config.OneLine(err)}}
	}
	defer r.Close()
	n, last := 0, sale.Order{}
	for _, s := range []sale.State{sale.Asking, sale.Waiting, sale.Vending, sale.Closing, sale.Refunding} {
		entries, err := r.ListOrders(ctx, 0, string(s))
		if err != nil {
			return []Finding{{Part: "merchant", Verdict: Fail, Text: config.OneLine(err)}}
		}
		for _, e := range entries {
			if !e.Merchant.IsSamePayee(c.Payee) {
				n, last = n+1, e.Order
			}
		}
	}
	if n == 0 {
		return nil
	}
	return []Finding{{Part: "merchant", Verdict: Fail, Text: fmt.Sprintf("%d open orders belong to another merchant than the config's, such as %s to %s mchid %s, appid %s: nothing is sold until the config is put back or they are handed over on the page",
		n, last.No, last.Merchant.API, last.Merchant.MchID, last.Merchant.AppID)}}
}

// auditBook reads every order: minutes for a book of years.
func auditBook(ctx context.Context, path string) (f Finding, err error) {
	r, err := store.OpenReader(path)
	if err != nil {
		return f, err
	}
	defer r.Close()
	a, err := r.Audit(ctx)
	if err != nil {
		return f, err
	}
	added, err := r.SumByState(ctx)
	if err != nil {
		return f, err
	}
	open, owed := 0, 0 // orders that wait for the gateway, and for a person
	for _, s := range added {
		switch {
		case s.State == sale.Owed:
			owed += s.Orders
		case !s.State.Over():
			open += s.Orders
		}
	}
	f = Finding{Part: "book", Verdict: OK, Text: fmt.Sprintf("%d orders, %d open, %d owed", a.Orders, open, owed)}
	if n := len(a.Violations); n > 0 {
		f = Finding{Part: "book", Verdict: Fail, Text: fmt.Sprintf("%d violations: run kiosk audit", n)}
	} else if owed > 0 {
		f.Verdict, f.Text = Warn, f.Text+": settle what is owed on the technician's page"
	}
	return f, nil
}

// checkGateway asks for a number that cannot exist: "no such order" proves line, ids, key and certificate authority at once.
func (c *Checkup) checkGateway(ctx context.Context) []Finding {
	gateway, payee, err := c.Gateway()
	if err != nil {
		return []Finding{{Part: "gateway", Verdict: Fail, Text: config.OneLine(err)}}
	}
	ctx, cancel := context.WithTimeout(ctx, gatewayPatience)
	defer cancel()
	o := sale.Order{No: sale.Number(c.Config.Kiosk, 0, strings.Repeat("0", 30)), Means: sale.Native, Merchant: payee, State: sale.New}
	began := time.Now()
	a, err := gateway.Query(ctx, o)
	f := Finding{Part: "gateway", Verdict: OK, Text: fmt.Sprintf("answers \"no such order\" in %v", time.Since(began).Round(time.Millisecond))}
	switch {
	case err != nil:
		f, a = describeFailure("gateway", sale.KindProbe, err), sale.Answer{}
	case a.Outcome == sale.OutcomeFaulty:
		f = describeRefusal("gateway", sale.OrderRefusal{Deed: sale.KindProbe, Code: a.Code})
		f.Text = a.Code + ": check pay.appid, pay.mchid, pay.key_file and pay.sign_type"
	case a.Outcome != sale.OutcomeMissing:
		f = Finding{Part: "gateway", Verdict: Fail, Text: fmt.Sprintf("a number that cannot exist is %q there", a.Code)}
	}
	return []Finding{f, checkClock(a.Date)}
}

// checkClock compares the kernel's opinion of the clock with the gateway's date, which is zero if it gave none.
func checkClock(gateway time.Time) Finding {
	synced := hw.ClockSynchronized()
	if gateway.IsZero() {
		if synced {
			return Finding{Part: "clock", Verdict: OK, Text: "the kernel says synchronised"}
		}
		return Finding{Part: "clock", Verdict: Warn, Text: "not synchronised, and no answer to compare with: nothing is sold until one agrees"}
	}
	skew := time.Since(gateway).Round(time.Second)
	switch {
	case skew.Abs() > time.Minute && !synced:
		return Finding{Part: "clock", Verdict: Fail, Text: fmt.Sprintf("%v off the gateway's: let it synchronise (systemd-timesyncd, chrony)", skew)}
	case skew.Abs() > time.Minute:
		return Finding{Part: "clock", Verdict: Warn, Text: fmt.Sprintf("the kernel says synchronised, the gateway is %v off", skew)}
	}
	return Finding{Part: "clock", Verdict: OK, Text: fmt.Sprintf("agrees with the gateway's within %v", max(skew.Abs(), time.Second))}
}
