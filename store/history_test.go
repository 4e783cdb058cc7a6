package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

func numbers(orders []sale.Order) (ns []int) {
	for n := 1; n <= 60; n++ {
		if slices.ContainsFunc(orders, func(o sale.Order) bool { return o.No == born(n).Order.No }) {
			ns = append(ns, n)
		}
	}
	return ns
}

func TestWakingRemembersWhatIsUnfinished(t *testing.T) {
	b, path := newBook(t)
	for n, events := range [][]sale.Event{
		1: sold, 2: {sale.Late}, 3: {sale.Misfit}, 4: {sale.Misfit, sale.Repaid}, 5: {sale.Misfit, sale.Unpayable},
		6: {sale.Late, sale.Gone}, 7: {sale.Asked, sale.Paid},
	} {
		if n > 0 {
			live(t, b, life(n, events...)...)
		}
	}
	b.Close()
	past := recall(t, openBook(t, path))
	if got := numbers(past.Orders); !slices.Equal(got, []int{2, 3, 5, 6, 7}) {
		t.Errorf("the kiosk remembers orders %v", got)
	}
	if past.Orders[0].No != born(2).Order.No || past.Orders[4].State != sale.Vending {
		t.Errorf("not the oldest first: %+v", past.Orders)
	}
}

func TestNumbersGoOnWhereTheyWere(t *testing.T) {
	b, path := newBook(t)
	for n := 1; n <= 3; n++ {
		if next := recall(t, b).Next; next != n {
			t.Errorf("the next number is %d, not %d", next, n)
		}
		live(t, b, life(n, sold...)...)
		_ = b.Write(t.Context(), sale.Batch{Moves: []sale.Move{born(n)}}) // refused: counts for nothing
		b.Close()
		b = openBook(t, path)
	}
	if next := recall(t, b).Next; next != 4 {
		t.Errorf("after three births the next number is %d", next)
	}
}

// TestTheClosedAreLookedAtForSevenDays: each step is the next order, closed on a day by a clock that may be trusted. A day more is
// for a clock that is wild just then, and of the time between two orders no more than a day is believed.
func TestTheClosedAreLookedAtForSevenDays(t *testing.T) {
	b, _ := newBook(t)
	for i, s := range []struct {
		day    float64
		sure   bool
		oldest int // that the kiosk looks at
		newest float64
	}{
		{-20000, false, 1, 0}, // the clock stands in 1970: nothing is known, so it is kept
		{0, true, 1, 0}, {-20000, false, 1, 0}, {1, true, 1, 1}, {2, true, 1, 2}, {3, true, 1, 3}, {4, true, 1, 4}, {5, true, 1, 5}, {6, true, 1, 6},
		{7, true, 1, 7}, {7.9, true, 1, 7.9},
		{8.1, true, 3, 8.1}, // 1 was closed before 2, which is too old; 3 perhaps only after it
		{5, true, 1, 8.1},   // a clock that stepped back: while it lasts all before it look younger
		{9.2, true, 3, 9.2},
		{4400, true, 5, 9.2},  // 2038, and synchronised: a day is believed, and no more; 4 is eight days old
		{9.3, true, 3, 9.3},   // put right
		{-9000, true, 1, 9.3}, // 2000, and synchronised
		{9.4, true, 3, 9.4},
		{-20000, false, 3, 9.4},
		{10.3, true, 5, 10.3},
		{35, true, 6, 35}, // weeks without a sale count a day
	} {
		m := life(i+1, sale.Late, sale.Gone)
		for j := range m {
			m[j].Trusted = s.sure
			m[j].Order.Updated = noon.Add(time.Duration(s.day*1440) * time.Minute)
		}
		live(t, b, m...)
		past := recall(t, b)
		if got := numbers(past.Orders); len(got) == 0 || got[0] != s.oldest || len(got) != i+2-s.oldest {
			t.Errorf("after closing %d on day %v the kiosk looks at %v, and not from %d on", i+1, s.day, got, s.oldest)
		}
		want := noon.Add(time.Duration(s.newest*1440) * time.Minute)
		if i == 0 {
			want = time.Time{}
		}
		if !past.Last.Equal(want) {
			t.Errorf("after step %d the wall cannot be before %v: %v", i+1, want, past.Last)
		}
	}
}

func TestWakingReadsNoMoreThanItMust(t *testing.T) {
	b, _ := newBook(t)
	steps := strings.Join(plan(t, b, loadQuery, 1), "; ")
	for _, index := range []string{"SCAN orders USING INDEX orders_open", "SEARCH orders USING INDEX orders_closed (line>?)"} {
		if !strings.Contains(steps, index) {
			t.Errorf("waking reads every order ever sold: %s", steps)
		}
	}
}

func TestMaintenanceOutlivesARestart(t *testing.T) {
	b, path := newBook(t)
	for _, by := range []string{"anna", "", "bo"} {
		if err := b.Write(t.Context(), sale.Batch{Maintenance: &by}); err != nil {
			t.Fatal(err)
		}
		b.Close()
		b = openBook(t, path)
		if got := recall(t, b).Maintenance; got != by {
			t.Errorf("out of service by %q, and after the restart by %q", by, got)
		}
	}
}
