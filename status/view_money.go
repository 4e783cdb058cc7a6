package status

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
)

// moreFindings is how many differences the page lists; the command prints all.
const moreFindings = 20

// describeBill tells of the bills in the reader's words; nil where nobody compares any.
func (l viewModel) describeBill(b *Bills) *billView {
	if b == nil {
		return nil
	}
	a := &billView{Mark: calm, Title: l.T("bill.none"), Small: l.T("bill.none.do")}
	if c := b.Last; c != nil {
		a.Mark, a.Title = good, c.Day.Format(time.DateOnly)+" "+l.T("bill+")
		a.Small = l.T("bill.at") + " " + sale.When(c.At)
		a.Facts = []fact{{Name: l.T("bill.sales"), Text: countText(c.Sales) + " · ¥" + c.Sold.Yuan()},
			{Name: l.T("bill.back"), Text: countText(c.Repaid) + " · ¥" + c.Back.Yuan()}, {Name: l.T("bill.rows"), Text: countText(c.Rows)}}
		if n := len(c.Findings); n > 0 {
			a.Mark, a.Title = bad, c.Day.Format(time.DateOnly)+" "+l.T("bill-")+": "+countText(n)
		}
		for i, f := range c.Findings {
			if i == moreFindings {
				a.More = len(c.Findings) - i
				break
			}
			a.Findings = append(a.Findings, l.describeFinding(f))
		}
	}
	if f := b.Failed; f != nil {
		if a.Mark != bad {
			a.Mark = warn
		}
		a.Failed, a.Raw = []string{l.T("bill.lost") + " " + f.Day.Format(time.DateOnly), refusalText(cmp.Or(f.Word, BillFailed), l.Lang), l.T("bill.tried") + " " + sale.When(f.At)}, f.Why
		if !f.Next.IsZero() {
			a.Failed = append(a.Failed, l.T("bill.next")+" "+sale.When(f.Next))
		}
	}
	return a
}

// describeFinding says a difference in the reader's words. What no table says in Chinese stands below it as it was kept.
func (l viewModel) describeFinding(f sale.Finding) findingView {
	d := findingView{What: f.Kind, No: string(f.No), Price: f.Fen.Yuan(), Raw: f.Text}
	if known, ok := words.Findings[f.Kind]; ok {
		d.What, d.Do = known.What.in(l.Lang), known.Do.in(l.Lang)
	}
	if text, ok := translateSentence(f.Text); ok && l.Lang != "en" {
		d.Text, d.Raw = text, ""
	}
	return d
}

const (
	chartTall = 66 // of the bars, in the picture's own units
	chartWide = 288
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
