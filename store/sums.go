package store

import (
	"context"
	"fmt"
	"time"

	"kiosk/sale"
)

// Sum is how many orders of one means are in a state, and what was paid for them. Of a final state it counts every order
// there ever was, also the pruned ones.
type Sum struct {
	State  sale.State `json:"state"`
	Means  sale.Means `json:"means"`
	Orders int        `json:"orders"`
	Fen    sale.Fen   `json:"fen"`
}

// Triggers keep the tallies of final states (see 0004_keeping.sql). The open orders are few and are counted.
const sumQuery = `SELECT state, means, orders, fen FROM tallies WHERE orders > 0
	UNION ALL SELECT state, means, count(*), sum(paid_fen) FROM orders INDEXED BY orders_open WHERE state NOT IN ` + ends + `
	GROUP BY state, means`

// SumByState adds up the book by state and means, in a moment for a book of any age.
func (r *Reader) SumByState(ctx context.Context) ([]Sum, error) {
	sums, err := readAll(ctx, r.db, func(s *Sum) []any { return []any{&s.State, &s.Means, &s.Orders, &s.Fen} }, sumQuery)
	if err != nil {
		return nil, fmt.Errorf("add up the book: %w", err)
	}
	return sums, nil
}

// These count by bucket, numbered from the beginning. An index each holds the times of one final state.
const (
	soldQuery = `SELECT (updated - ?1) / ?3, count(*), sum(fen) FROM orders INDEXED BY orders_sales
		WHERE state = 'sold' AND updated >= ?1 AND updated < ?2 GROUP BY 1`
	returnedQuery = `SELECT (updated - ?1) / ?3, count(*), sum(paid_fen) FROM orders INDEXED BY orders_returns
		WHERE state = 'refunded' AND updated >= ?1 AND updated < ?2 GROUP BY 1`
)

// mostBuckets bounds what one question of the page may cost.
const mostBuckets = 10_000

// CountSales counts what was sold and given back from a moment up to another, in buckets of equal length, empty ones too.
// An order belongs to the time of its end. Pruned orders are missing: see SumByState.
func (r *Reader) CountSales(ctx context.Context, from, to time.Time, bucket time.Duration) ([]sale.SalesBucket, error) {
	if bucket < time.Second || to.Sub(from)/bucket > mostBuckets {
		return nil, fmt.Errorf("count sales: buckets of %v from %v to %v: at least a second each, and at most %d", bucket, from, to, mostBuckets)
	}
	from, to, bucket = from.Truncate(time.Millisecond), to.Truncate(time.Millisecond), bucket.Truncate(time.Millisecond)
	buckets := []sale.SalesBucket{}
	for at := from; at.Before(to); at = at.Add(bucket) {
		buckets = append(buckets, sale.SalesBucket{From: at})
	}
	count := func(query string, put func(in *sale.SalesBucket, n int, fen sale.Fen)) error {
		return eachRow(ctx, r.db, func(scan scanFunc) error {
			var i, n int
			var fen sale.Fen
			if err := scan(&i, &n, &fen); err != nil {
				return err
			}
			put(&buckets[i], n, fen)
			return nil
		}, query, from.UnixMilli(), to.UnixMilli(), bucket.Milliseconds())
	}
	err := count(soldQuery, func(in *sale.SalesBucket, n int, fen sale.Fen) { in.Sold, in.SoldFen = n, fen })
	if err == nil {
		err = count(returnedQuery, func(in *sale.SalesBucket, n int, fen sale.Fen) { in.Returned, in.BackFen = n, fen })
	}
	if err != nil {
		return nil, fmt.Errorf("count sales: %w", err)
	}
	return buckets, nil
}
