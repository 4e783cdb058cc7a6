package daily

import (
	"context"
	"errors"
	"time"

	"kiosk/pay"
	"kiosk/sale"
)

// FetchBill fetches a day's bill. A day on which nothing was traded has an empty one.
func FetchBill(ctx context.Context, g Fetcher, day time.Time) (sale.Bill, error) {
	return orEmpty(day)(g.Bill(ctx, day))
}

// ReadBill reads a bill that was downloaded from the merchant's platform.
func ReadBill(day time.Time, text []byte) (sale.Bill, error) {
	return orEmpty(day)(pay.ReadBill(day, text))
}

// orEmpty: the gateway answers "no bill" for a day without trade, which is no error.
func orEmpty(day time.Time) func(sale.Bill, error) (sale.Bill, error) {
	return func(b sale.Bill, err error) (sale.Bill, error) {
		if errors.Is(err, pay.ErrNoBill) {
			return sale.Bill{Day: day}, nil
		}
		return b, err
	}
}

// Book is what a bill is compared with: store.Book and store.Reader are one.
type Book interface {
	ListDay(ctx context.Context, from, to time.Time, numbers []sale.No) ([]sale.Entry, error)
	WasPruned(ctx context.Context, no sale.No) (bool, error)
}

// CompareBill returns where a day's bill and the book differ. A number that was pruned is known: it is no difference.
func CompareBill(ctx context.Context, book Book, kiosk string, bill sale.Bill, day time.Time) ([]sale.Finding, error) {
	numbers := []sale.No{}
	for _, row := range bill.Rows {
		if row.No.Kiosk() == kiosk {
			numbers = append(numbers, row.No, sale.SecondNumber(kiosk, row.Transaction)) // if there is such a row
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
			if pruned, err := book.WasPruned(ctx, f.No); err != nil {
				return nil, err
			} else if pruned {
				continue
			}
		}
		found = append(found, f)
	}
	return found, nil
}

// Sums are what a bill says of one kiosk's numbers: how many were paid and given back, and how much.
type Sums struct {
	Rows   int      `json:"rows"` // everybody's
	Sales  int      `json:"sales"`
	Sold   sale.Fen `json:"sales_fen"`
	Repaid int      `json:"refunds"`
	Back   sale.Fen `json:"refunds_fen"`
}

// AddUp adds a bill up.
func AddUp(kiosk string, b sale.Bill) Sums {
	s := Sums{Rows: len(b.Rows)}
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

// CompareFlow holds the merchant's fund flow of a day against the bill: what was billed must have moved in the account. It
// is the whole merchant's, not this kiosk's.
func CompareFlow(ctx context.Context, g interface {
	FundFlow(ctx context.Context, day time.Time) (pay.Flow, error)
}, day time.Time, bill sale.Bill) ([]sale.Finding, error) {
	flow, err := g.FundFlow(ctx, day)
	if errors.Is(err, pay.ErrNoBill) {
		flow, err = pay.Flow{Day: day}, nil
	}
	if err != nil {
		return nil, err
	}
	return flow.Against(bill), nil
}
