package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/daily"
	"kiosk/sale"
	"kiosk/store"
)

// reconcileDay holds one day's bill against the book and prints where they differ. It writes nothing.
func (c *cli) reconcileDay(ctx context.Context, args []string) error {
	date, file, asJSON, withFlow := "", "", false, false
	err := parseFlags("reconcile", args, func(fs *flag.FlagSet) {
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
		return config.UsageError(fmt.Errorf("reconcile: -date %q: say the day as YYYY-MM-DD", date))
	}
	conf, err := c.loadConfig()
	if err != nil {
		return config.UsageError(err)
	}
	bill, purse, err := fetchDay(ctx, &conf, day, file, withFlow)
	if err != nil {
		return err
	}
	return c.readBook(func(r *store.Reader) error {
		found, err := daily.CompareBill(ctx, r, conf.Kiosk, bill, day)
		if err != nil {
			return err
		}
		return c.printDifferences(date, daily.AddUp(conf.Kiosk, bill), append(found, purse...), asJSON)
	})
}

// fetchDay reads a day's bill from a file, or fetches it. With the fund flow it also returns where that differs from the bill.
func fetchDay(ctx context.Context, c *config.Config, day time.Time, file string, withFlow bool) (bill sale.Bill, purse []sale.Finding, err error) {
	var g payGateway
	if file == "" || withFlow {
		if g, _, err = newGateway(c, nil); err != nil {
			return bill, nil, config.UsageError(err)
		}
	}
	if file == "" {
		bill, err = daily.FetchBill(ctx, g, day)
	} else if text, e := os.ReadFile(file); e == nil {
		bill, err = daily.ReadBill(day, text)
	} else {
		err = e
	}
	if err == nil && withFlow {
		purse, err = daily.CompareFlow(ctx, g, day, bill)
	}
	return bill, purse, err
}

// printDifferences prints what differs, and the sums that an owner compares with the platform's.
func (c *cli) printDifferences(date string, s daily.Sums, found []sale.Finding, asJSON bool) error {
	if asJSON {
		report := struct {
			Date string `json:"date"`
			daily.Sums
			Findings []sale.Finding `json:"findings"`
		}{date, s, append([]sale.Finding{}, found...)} // never null
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
