package status

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"kiosk/sale"
)

const (
	chartTall  = 66 // of the bars, in the picture's own units
	chartWide  = 288
	weekDays   = 7
	salesFresh = 5 * time.Second // the book is not added up more often, however many look
)

type (
	// chart is a row of bars: a picture for most, a table for those who do not see it.
	chart struct {
		Key, Title, Sum, Small, Alt string
		Wide                        int
		Bars, Back                  string // paths
		Ticks                       []tick
		Top                         *tick
		Rows                        []numbers
	}
	tick struct {
		X, Y int
		Text string
	}
	numbers struct {
		Key, When, Price string
		Count, Back      int
	}
	// counted is the newest look at what was sold.
	counted struct {
		mu          sync.Mutex
		at          time.Time
		today, week []sale.SalesBucket
	}
)

// takings draws today and the last seven days; nothing where nobody adds them up.
func (p *Page) takings(ctx context.Context, lang string) []chart {
	if p.Sales == nil {
		return nil
	}
	today, week, err := p.counted.ask(ctx, p.Sales, p.now())
	if err != nil {
		return nil
	}
	l := leaf{Lang: lang}
	a := l.bars("today", today, func(t time.Time) string { return t.Format("15:04") }, 6)
	b := l.bars("week", week, func(t time.Time) string { return t.Format("01-02") }, 1)
	return []chart{a, b}
}

func (c *counted) ask(ctx context.Context, sales func(context.Context, time.Time, time.Time, time.Duration) ([]sale.SalesBucket, error), now time.Time) (today, week []sale.SalesBucket, err error) {
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

// bars draws a chart: what was sold, and beside it, hollow, what went back.
func (l leaf) bars(key string, of []sale.SalesBucket, name func(time.Time) string, every int) chart {
	c := chart{Key: key, Title: l.T(key), Wide: chartWide}
	if len(of) == 0 {
		return c
	}
	var sold, most, returned, best int
	var fen, back sale.Fen
	for i, b := range of {
		sold, fen, returned, back = sold+b.Sold, fen+b.SoldFen, returned+b.Returned, back+b.BackFen
		if n := max(b.Sold, b.Returned); n > most {
			most, best = n, i
		}
	}
	c.Sum = fmt.Sprintf(l.T("sales.sum"), sold, fen.Yuan())
	if returned > 0 {
		c.Small = fmt.Sprintf(l.T("sales.back"), returned, back.Yuan())
	}
	c.Alt = strings.TrimSpace(c.Title + ": " + c.Sum + " " + c.Small)
	step := chartWide / len(of)
	var bars, backs strings.Builder
	for i, b := range of {
		from := b.From.In(beijing)
		x, wide := i*step+1, step-2
		if b.Sold > 0 && b.Returned > 0 { // side by side: one would hide the other
			wide /= 2
			bar(&backs, x+wide, wide, b.Returned, most)
		} else {
			bar(&backs, x, wide, b.Returned, most)
		}
		bar(&bars, x, wide, b.Sold, most)
		if i%every == 0 {
			c.Ticks = append(c.Ticks, tick{X: i*step + 1, Text: name(from)})
		}
		if b.Sold+b.Returned > 0 {
			c.Rows = append(c.Rows, numbers{key, name(from), b.SoldFen.Yuan(), b.Sold, b.Returned})
		}
	}
	c.Bars, c.Back = bars.String(), backs.String()
	if most > 0 {
		c.Top = &tick{X: best*step + step/2, Y: 10, Text: strconv.Itoa(most)}
	}
	return c
}

const barRoom = 14 // above the bars, for the number of the highest

func bar(path *strings.Builder, x, wide, n, most int) {
	if n == 0 {
		return
	}
	tall := max(2, n*(chartTall-barRoom)/most)
	fmt.Fprintf(path, "M%d %dh%dv%dh-%dz", x, chartTall-tall, wide, tall, wide)
}
