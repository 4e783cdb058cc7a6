package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/pay"
	"kiosk/sale"
	"kiosk/store"
)

// biller fetches a day's bill.
type biller interface {
	Bill(ctx context.Context, day time.Time) (sale.Bill, error)
}

// reconcile holds one day's bill against the book and prints where they differ. It writes nothing.
func (c *cli) reconcile(ctx context.Context, args []string) error {
	date, file, asJSON, withFlow := "", "", false, false
	err := flags("reconcile", args, func(fs *flag.FlagSet) {
		fs.StringVar(&date, "date", "", "")
		fs.StringVar(&file, "bill", "", "")
		fs.BoolVar(&withFlow, "flow", false, "")
		fs.BoolVar(&asJSON, "json", false, "")
	})
	if err != nil {
		return err
	}
	day, err := time.ParseInLocation(time.DateOnly, date, sale.Beijing)
	if err != nil {
		return config.Usage(fmt.Errorf("reconcile: -date %q: say the day as YYYY-MM-DD", date))
	}
	conf, err := c.config()
	if err != nil {
		return config.Usage(err)
	}
	bill, err := fetchBill(ctx, &conf, day, file)
	if err != nil {
		return err
	}
	var purse []sale.Finding
	if withFlow {
		if purse, err = comparePurse(ctx, &conf, day, bill); err != nil {
			return err
		}
	}
	return c.readBook(func(r *store.Reader) error {
		found, err := differences(ctx, r, conf.Kiosk, bill, day)
		if err != nil {
			return err
		}
		return c.tellFindings(date, sumsOf(conf.Kiosk, bill), append(found, purse...), asJSON)
	})
}

// dayBook is what a bill is held against.
type dayBook interface {
	ListDay(ctx context.Context, from, to time.Time, numbers []sale.No) ([]sale.Entry, error)
	WasPruned(ctx context.Context, no sale.No) (bool, error)
}

// differences holds a day's bill against the book. A number that was pruned is no stranger.
func differences(ctx context.Context, book dayBook, kiosk string, bill sale.Bill, day time.Time) ([]sale.Finding, error) {
	numbers := []sale.No{}
	for _, row := range bill.Rows {
		if row.No.Kiosk() == kiosk {
			numbers = append(numbers, row.No)
		}
	}
	entries, err := book.ListDay(ctx, sale.Midnight(day), sale.Midnight(day).AddDate(0, 0, 1), numbers)
	if err != nil {
		return nil, err
	}
	known := map[sale.No]bool{}
	for _, e := range entries {
		known[e.No] = true
	}
	found := []sale.Finding{}
	for _, f := range sale.Reconcile(kiosk, bill, entries) {
		if !known[f.No] {
			if was, err := book.WasPruned(ctx, f.No); err != nil {
				return nil, err
			} else if was {
				continue
			}
		}
		found = append(found, f)
	}
	return found, nil
}

// sums are what a bill says of one kiosk's numbers: how many were paid and given back, and how much.
type sums struct {
	Rows   int      `json:"rows"` // everybody's
	Sales  int      `json:"sales"`
	Sold   sale.Fen `json:"sales_fen"`
	Repaid int      `json:"refunds"`
	Back   sale.Fen `json:"refunds_fen"`
}

func sumsOf(kiosk string, b sale.Bill) sums {
	s := sums{Rows: len(b.Rows)}
	for _, row := range b.Rows {
		switch {
		case row.No.Kiosk() != kiosk:
		case row.State == sale.BillPaid:
			s.Sales++
			s.Sold += row.Fen
		case row.State == sale.BillRefund || row.State == sale.BillRevoked:
			s.Repaid++
			s.Back += row.RefundFen
		}
	}
	return s
}

func (c *cli) tellFindings(date string, s sums, found []sale.Finding, asJSON bool) error {
	if asJSON {
		report := struct {
			Date string `json:"date"`
			sums
			Findings []sale.Finding `json:"findings"`
		}{date, s, append([]sale.Finding{}, found...)}
		if err := json.NewEncoder(c.out).Encode(report); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			fmt.Fprintf(c.out, "%-24s  %-30s  %8s  %s\n", f.Kind, f.No, f.Fen.Yuan(), f.Text)
		}
		fmt.Fprintf(c.out, "%s: %d rows in the bill, %d sold here for %s, %d given back for %s, %d differences\n",
			date, s.Rows, s.Sales, s.Sold.Yuan(), s.Repaid, s.Back.Yuan(), len(found))
	}
	if len(found) > 0 {
		return errFinding
	}
	return nil
}

// bill reads a day's bill from a file, or fetches it. A day on which nothing was traded has an empty one.
func fetchBill(ctx context.Context, c *config.Config, day time.Time, file string) (sale.Bill, error) {
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return sale.Bill{}, err
		}
		return noBill(day)(pay.ReadBill(day, b))
	}
	gateway, _, err := newGateway(c, nil)
	if err != nil {
		return sale.Bill{}, config.Usage(err)
	}
	g, ok := gateway.(biller)
	if !ok {
		return sale.Bill{}, fmt.Errorf("api %s fetches no bills: give the file with -bill", c.Pay.API)
	}
	return noBill(day)(g.Bill(ctx, day))
}

// purse holds the merchant's fund flow of a day against the bill: what was billed must have moved in the account. It
// is the whole merchant's, not this kiosk's.
func comparePurse(ctx context.Context, c *config.Config, day time.Time, bill sale.Bill) ([]sale.Finding, error) {
	gateway, _, err := newGateway(c, nil)
	if err != nil {
		return nil, config.Usage(err)
	}
	g, ok := gateway.(interface {
		FundFlow(ctx context.Context, day time.Time) (pay.Flow, error)
	})
	if !ok {
		return nil, fmt.Errorf("api %s fetches no fund flow: leave -flow out", c.Pay.API)
	}
	flow, err := g.FundFlow(ctx, day)
	if errors.Is(err, pay.ErrNoBill) {
		flow, err = pay.Flow{Day: day}, nil
	}
	if err != nil {
		return nil, err
	}
	return flow.Against(bill), nil
}

func noBill(day time.Time) func(sale.Bill, error) (sale.Bill, error) {
	return func(b sale.Bill, err error) (sale.Bill, error) {
		if errors.Is(err, pay.ErrNoBill) {
			return sale.Bill{Day: day}, nil
		}
		return b, err
	}
}
