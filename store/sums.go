package store

import (
	"context"
	"fmt"
	"time"

	"kiosk/sale"
)

// Sum is how many orders of one means are in a state, and what was paid for them. Of those at an end it counts every
// one there ever was, pruned or not.
type Sum struct {
	State  sale.State `json:"state"`
	Means  sale.Means `json:"means"`
	Orders int        `json:"orders"`
	Fen    sale.Fen   `json:"fen"`
}

const sumQuery = `SELECT state, means, orders, fen FROM tallies WHERE orders > 0
	UNION ALL SELECT state, means, count(*), sum(paid_fen) FROM orders INDEXED BY orders_open WHERE state NOT IN ` + ends + `
	GROUP BY state, means`

// SumByState adds up the book by state and means. It reads the open orders and a few kept sums, however old the book is.
func (r *Reader) SumByState(ctx context.Context) ([]Sum, error) {
	rows, err := r.db.QueryContext(ctx, sumQuery)
	if err != nil {
		return nil, fmt.Errorf("add up the book: %w", err)
	}
	defer rows.Close()
	sums := []Sum{}
	for rows.Next() {
		var s Sum
		if err := rows.Scan(&s.State, &s.Means, &s.Orders, &s.Fen); err != nil {
			return nil, fmt.Errorf("add up the book: %w", err)
		}
		sums = append(sums, s)
	}
	return sums, rows.Err()
}

const (
	soldQuery = `SELECT (updated - ?1) / ?3, count(*), sum(fen) FROM orders INDEXED BY orders_sales
		WHERE state = 'sold' AND updated >= ?1 AND updated < ?2 GROUP BY 1`
	returnedQuery = `SELECT (updated - ?1) / ?3, count(*), sum(paid_fen) FROM orders INDEXED BY orders_returns
		WHERE state = 'refunded' AND updated >= ?1 AND updated < ?2 GROUP BY 1`
)

// CountSales counts what was sold and given back from a moment up to another, in buckets of equal length, empty ones too.
// An order counts where it came to its end. Orders that were pruned are not in it: see Sums.
func (r *Reader) CountSales(ctx context.Context, from, to time.Time, bucket time.Duration) ([]sale.SalesBucket, error) {
	if bucket < time.Second || to.Sub(from)/bucket > mostBuckets {
		return nil, fmt.Errorf("count sales: buckets of %v from %v to %v: at least a second each, and at most %d", bucket, from, to, mostBuckets)
	}
	from, to, bucket = from.Truncate(time.Millisecond), to.Truncate(time.Millisecond), bucket.Truncate(time.Millisecond)
	buckets := []sale.SalesBucket{}
	for at := from; at.Before(to); at = at.Add(bucket) {
		buckets = append(buckets, sale.SalesBucket{From: at})
	}
	err := r.countInBuckets(ctx, soldQuery, from, to, bucket, func(i, n int, fen sale.Fen) { buckets[i].Sold, buckets[i].SoldFen = n, fen })
	if err == nil {
		err = r.countInBuckets(ctx, returnedQuery, from, to, bucket, func(i, n int, fen sale.Fen) { buckets[i].Returned, buckets[i].BackFen = n, fen })
	}
	if err != nil {
		return nil, fmt.Errorf("count sales: %w", err)
	}
	return buckets, nil
}

const mostBuckets = 10_000

func (r *Reader) countInBuckets(ctx context.Context, query string, from, to time.Time, bucket time.Duration, put func(i, n int, fen sale.Fen)) error {
	rows, err := r.db.QueryContext(ctx, query, from.UnixMilli(), to.UnixMilli(), bucket.Milliseconds())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var i, n int
		var fen sale.Fen
		if err := rows.Scan(&i, &n, &fen); err != nil {
			return err
		}
		put(i, n, fen)
	}
	return rows.Err()
}
