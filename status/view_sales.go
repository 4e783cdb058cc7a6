package status

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
)

// chartSales draws today and the last seven days; nothing where nobody adds them up.
func chartSales(p *Page, ctx context.Context, lang string) []chart {
	if p.Sales == nil {
		return nil
	}
	today, week, err := p.salesCache.read(ctx, p.Sales, p.wallTime())
	if err != nil {
		return nil
	}
	l := viewModel{Lang: lang}
	a := l.drawBars("today", today, func(t time.Time) string { return t.Format("15:04") }, 6)
	b := l.drawBars("week", week, func(t time.Time) string { return t.Format("01-02") }, 1)
	return []chart{a, b}
}

// drawBars draws a chart: what was sold, and beside it, hollow, what went back.
func (l viewModel) drawBars(key string, of []sale.SalesBucket, name func(time.Time) string, every int) chart {
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
			barPath(&backs, x+wide, wide, b.Returned, most)
		} else {
			barPath(&backs, x, wide, b.Returned, most)
		}
		barPath(&bars, x, wide, b.Sold, most)
		if i%every == 0 {
			c.Ticks = append(c.Ticks, tick{X: i*step + 1, Text: name(from)})
		}
		if b.Sold+b.Returned > 0 {
			c.Rows = append(c.Rows, chartRow{key, name(from), b.SoldFen.Yuan(), b.Sold, b.Returned})
		}
	}
	c.Bars, c.Back = bars.String(), backs.String()
	if most > 0 {
		c.Top = &tick{X: best*step + step/2, Y: 10, Text: strconv.Itoa(most)}
	}
	return c
}

const barRoom = 14 // above the bars, for the number of the highest

func barPath(path *strings.Builder, x, wide, n, most int) {
	if n == 0 {
		return
	}
	tall := max(2, n*(chartTall-barRoom)/most)
	fmt.Fprintf(path, "M%d %dh%dv%dh-%dz", x, chartTall-tall, wide, tall, wide)
}
