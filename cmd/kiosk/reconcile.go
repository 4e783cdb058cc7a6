package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"kiosk/pay"
	"kiosk/sale"
	"kiosk/store"
)

// beijing is the gateway's day. It has no summer time.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// biller fetches a day's bill.
type biller interface {
	Bill(ctx context.Context, day time.Time) (sale.Bill, error)
}

// reconcile holds one day's bill against the book and prints where they differ. It writes nothing.
func (c *cli) reconcile(ctx context.Context, args []string) error {
	date, file, asJSON := "", "", false
	err := flags("reconcile", args, func(fs *flag.FlagSet) {
		fs.StringVar(&date, "date", "", "")
		fs.StringVar(&file, "bill", "", "")
		fs.BoolVar(&asJSON, "json", false, "")
	})
	if err != nil {
		return err
	}
	day, err := time.ParseInLocation(time.DateOnly, date, beijing)
	if err != nil {
		return useError{fmt.Errorf("reconcile: -date %q: say the day as YYYY-MM-DD", date)}
	}
	conf, err := c.config()
	if err != nil {
		return useError{err}
	}
	bill, err := conf.bill(ctx, day, file)
	if err != nil {
		return err
	}
	return c.read(func(r *store.Reader) error {
		entries, err := r.List(ctx, 0, "")
		if err != nil {
			return err
		}
		return c.tellFindings(date, len(bill.Rows), sale.Reconcile(conf.Kiosk, bill, entries), asJSON)
	})
}

func (c *cli) tellFindings(date string, rows int, found []sale.Finding, asJSON bool) error {
	if asJSON {
		report := struct {
			Date     string         `json:"date"`
			Rows     int            `json:"rows"`
			Findings []sale.Finding `json:"findings"`
		}{date, rows, append([]sale.Finding{}, found...)}
		if err := json.NewEncoder(c.out).Encode(report); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			fmt.Fprintf(c.out, "%-24s  %-30s  %8s  %s\n", f.Kind, f.No, f.Fen.Yuan(), f.Text)
		}
		fmt.Fprintf(c.out, "%s: %d rows in the bill, %d differences\n", date, rows, len(found))
	}
	if len(found) > 0 {
		return errFinding
	}
	return nil
}

// bill reads a day's bill from a file, or fetches it. A day on which nothing was traded has an empty one.
func (c *config) bill(ctx context.Context, day time.Time, file string) (sale.Bill, error) {
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return sale.Bill{}, err
		}
		return noBill(day)(pay.ReadBill(day, b))
	}
	gateway, _, err := c.gateway(nil)
	if err != nil {
		return sale.Bill{}, useError{err}
	}
	g, ok := gateway.(biller)
	if !ok {
		return sale.Bill{}, fmt.Errorf("api %s fetches no bills: give the file with -bill", c.Pay.API)
	}
	return noBill(day)(g.Bill(ctx, day))
}

func noBill(day time.Time) func(sale.Bill, error) (sale.Bill, error) {
	return func(b sale.Bill, err error) (sale.Bill, error) {
		if errors.Is(err, pay.ErrNoBill) {
			return sale.Bill{Day: day}, nil
		}
		return b, err
	}
}

const (
	billFrom  = 10*time.Hour + 15*time.Minute // Beijing time: the day before is ready then
	billFirst = 10 * time.Minute              // after a start the line belongs to what is still open
	billEvery = 30 * time.Minute
	billFor   = time.Minute
)

// watchBills compares yesterday's bill with the book, once a day, when the clock is trusted. A finding moves
// nothing: it nudges its order, and a person reads it on the page.
func (k *kiosk) watchBills(ctx context.Context) error {
	g, ok := k.clerk.Gateway.(biller)
	if !ok {
		return nil
	}
	for pause := billFirst; ; pause = billEvery {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		if day, due := k.billDue(ctx); due {
			if err := k.reconcileDay(ctx, g, day); err != nil && ctx.Err() == nil {
				say(fmt.Sprintf("reconciling %s: %v; tried again in %v", day.Format(time.DateOnly), err, billEvery))
			}
		}
	}
}

// billDue is yesterday, if it is ready at the gateway and was not compared yet.
func (k *kiosk) billDue(ctx context.Context) (time.Time, bool) {
	wall, _ := k.wires.wall()
	now := wall.In(beijing)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, beijing)
	if !k.clerk.Look().Clock || now.Sub(midnight) < billFrom {
		return time.Time{}, false
	}
	day := midnight.AddDate(0, 0, -1)
	last, found, err := k.book.lastReconciled(ctx)
	return day, err == nil && (!found || last.Day.Format(time.DateOnly) < day.Format(time.DateOnly))
}

func (k *kiosk) reconcileDay(ctx context.Context, g biller, day time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, billFor)
	defer cancel()
	bill, err := noBill(day)(g.Bill(ctx, day))
	if err != nil {
		return err
	}
	entries, err := k.book.List(ctx, 0, "")
	if err != nil {
		return err
	}
	found := sale.Reconcile(k.conf.Kiosk, bill, entries)
	utc := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
	wall, _ := k.wires.wall()
	if err := k.book.reconciled(ctx, store.Reconciliation{Day: utc, At: wall, Rows: len(bill.Rows), Findings: found}); err != nil {
		return err
	}
	for _, f := range found {
		k.nudge(ctx, f.No)
	}
	say(fmt.Sprintf("reconciled %s: %d rows, %d differences", day.Format(time.DateOnly), len(bill.Rows), len(found)))
	return nil
}

// nudge makes the next query of an order come sooner; a number that the book does not know is asked after once.
func (k *kiosk) nudge(ctx context.Context, no sale.No) {
	if no.Kiosk() != k.conf.Kiosk {
		return
	}
	o, known, err := k.book.find(ctx, no)
	if err == nil {
		k.clerk.Tell(sale.Nudged{No: no, Stranger: !known, Known: &o})
	}
}
