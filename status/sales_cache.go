package status

import (
	"context"
	"fmt"
	"sync"
	"time"

	"kiosk/sale"
)

// salesFresh is how old the sums may be: the book is not added up more often, however many look.
const salesFresh = 5 * time.Second

// salesCache is the newest look at what was sold.
type salesCache struct {
	mu          sync.Mutex
	at          time.Time
	today, week []sale.SalesBucket
}

func (c *salesCache) read(ctx context.Context, sales func(context.Context, time.Time, time.Time, time.Duration) ([]sale.SalesBucket, error), now time.Time) (today, week []sale.SalesBucket, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now = now.In(beijing)
	morning := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, beijing)
	if d := now.Sub(c.at); d >= 0 && d < salesFresh && c.at.After(morning) {
		return c.today, c.week, nil
	}
	night := morning.AddDate(0, 0, 1)
	if today, err = sales(ctx, morning, night, time.Hour); err != nil {
		return nil, nil, fmt.Errorf("add up today: %w", err)
	}
	if week, err = sales(ctx, morning.AddDate(0, 0, 1-weekDays), night, 24*time.Hour); err != nil {
		return nil, nil, fmt.Errorf("add up the week: %w", err)
	}
	c.at, c.today, c.week = now, today, week
	return today, week, nil
}
