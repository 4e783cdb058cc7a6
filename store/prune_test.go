package store

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

const day = 24 * time.Hour

// on dates the moves of a life, one second after the other.
func on(days float64, trusted bool, moves []sale.Move) []sale.Move {
	for i := range moves {
		moves[i].Trusted = trusted
		moves[i].Order.Updated = noon.Add(time.Duration(days*float64(day)) + time.Duration(i)*time.Second)
	}
	return moves
}

// passTime lets time go by with a line every 25 days, as an order that never ends has them: no time between two lines is believed
// that is much longer.
func passTime(t testing.TB, b *Book, m sale.Move, from, to float64) {
	t.Helper()
	for d := from + 25; d < to; d += 25 {
		m = after(m, sale.Woke)
		m.Order.Updated = noon.Add(time.Duration(d * float64(day)))
		live(t, b, m)
	}
}

// openOrder is the last move of an order that never ends.
func openOrder(t testing.TB, b *Book, days float64) sale.Move {
	t.Helper()
	moves := on(days, true, life(900, sale.Late))
	live(t, b, moves...)
	return moves[1]
}

func pruneAll(t testing.TB, b *Book) (p Pruning) {
	t.Helper()
	for range 1000 {
		var err error
		if p, err = b.Prune(t.Context(), p); err != nil {
			t.Fatalf("the book cannot be pruned: %v", err)
		}
		if p.Done || p.Busy {
			return p
		}
	}
	t.Fatal("pruning never ends")
	return p
}

func left(t testing.TB, b *Book) (ns []int) {
	t.Helper()
	var orders []sale.Order
	for _, e := range list(t, b) {
		orders = append(orders, e.Order)
	}
	return numbers(orders)
}

func TestOnlyWhatIsLongAtAnEndIsForgotten(t *testing.T) {
	b, path := newBook(t)
	debt := []sale.Event{sale.Misfit, sale.Unpayable}
	live(t, b, on(0, true, life(1, sold...))...)
	live(t, b, on(0, true, life(2, debt...))...)                  // owed for ever
	live(t, b, on(0, true, life(3, sale.Late))...)                // still closing
	live(t, b, on(1, true, life(4, sale.Late, sale.Gone))...)     // closed
	live(t, b, on(1, true, life(5, sale.Misfit, sale.Repaid))...) // refunded
	late := on(1, true, life(6, sale.Misfit, sale.Unpayable, sale.Settled))
	live(t, b, late[:3]...)
	live(t, b, on(2, true, life(7, sold...))...)       // a notice speaks of it
	live(t, b, on(-20000, false, life(8, sold...))...) // by a clock that stood in 1970, but before the next
	live(t, b, on(9, true, life(9, sold...))...)
	live(t, b, on(9.1, true, life(10, sold...))...)
	live(t, b, on(30, true, late[3:])...) // settled only then
	passTime(t, b, life(3, sale.Late)[1], 30, 409)
	if _, err := b.KeepNotice(t.Context(), sale.Notice{ID: "n", API: "v2", No: born(7).Order.No, At: noon.Add(407 * day)}); err != nil {
		t.Fatal(err)
	}
	before := list(t, b)
	live(t, b, on(409.05, true, life(11, sold...))...)
	p := pruneAll(t, b)
	if got := fmt.Sprint(left(t, b)); got != "[2 3 6 7 10 11]" || p.Pruned != 5 {
		t.Errorf("%d orders were forgotten, and left are %s", p.Pruned, got)
	}
	sound(t, b)
	for _, now := range list(t, b) {
		for _, was := range before {
			if was.No == now.No && !reflect.DeepEqual(was, now) {
				t.Errorf("pruning changed what it left:\n%+v\n%+v", was, now)
			}
		}
	}
	b.Close()
	b = openBook(t, path)
	for n := 12; n <= 14; n++ {
		live(t, b, on(440, true, life(n, sold...))...)
	}
	pruneAll(t, b)
	if got := fmt.Sprint(left(t, b)); got != "[2 3 11 12 13 14]" {
		t.Errorf("a month later left are %s", got)
	}
	sound(t, b)
	if past := recall(t, b); past.Next != 15 || len(past.Orders) != 2 {
		t.Errorf("after pruning the kiosk wakes with number %d and %d orders", past.Next, len(past.Orders))
	}
}

func TestThePrunedAreNoStrangers(t *testing.T) {
	b, _ := newBook(t)
	live(t, b, on(0, true, life(1, sold...))...)
	live(t, b, on(1, true, life(2, sold...))...)
	passTime(t, b, openOrder(t, b, 1), 1, 500)
	live(t, b, on(500, true, life(3, sold...))...)
	pruneAll(t, b)
	for n, want := range map[int]bool{1: true, 2: true, 3: false, 4: false} {
		no := born(n).Order.No
		_, found, err := b.FindOrder(t.Context(), no)
		was, err2 := b.WasPruned(t.Context(), no)
		if err != nil || err2 != nil || was != want || found != (n == 3) {
			t.Errorf("order %d: found %v, pruned %v: %v %v", n, found, was, err, err2)
		}
	}
}

func TestSumsOverAllTimeOutlastPruning(t *testing.T) {
	b, _ := newBook(t)
	for n := 1; n <= 120; n++ {
		events := [][]sale.Event{sold, {sale.Late, sale.Gone}, {sale.Misfit, sale.Repaid}}[n%3]
		live(t, b, on(float64(n), true, life(n, events...))...)
	}
	debt := on(150, true, life(121, sale.Misfit, sale.Unpayable))
	live(t, b, debt...)
	sums := func() string {
		s, err := b.SumByState(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(s)
	}
	want := "[{closed native 40 0} {refunded native 40 14040} {sold native 40 14000} {owed native 1 351}]"
	if got := sums(); got != want {
		t.Errorf("the sums are %s", got)
	}
	before := 150.0
	for _, today := range []float64{430, 431, 470, 519.1} {
		passTime(t, b, debt[2], before, today)
		before = today
		live(t, b, on(today, true, life(int(today), sale.Late, sale.Gone))...)
		pruneAll(t, b)
		sound(t, b)
	}
	if n := len(list(t, b)); n != 6 {
		t.Errorf("%d orders are left", n)
	}
	if got := sums(); got != strings.Replace(want, "native 40 0", "native 44 0", 1) {
		t.Errorf("after pruning the sums are %s", got)
	}
	var months, orders, fen int
	row := b.conn.QueryRowContext(t.Context(), `SELECT count(DISTINCT month), sum(orders), sum(fen) FROM totals WHERE month LIKE '202_-__'`)
	if err := row.Scan(&months, &orders, &fen); err != nil || months < 4 || orders != 119 || fen != 14040+39*350 {
		t.Errorf("the totals are %d orders and %d fen in %d months: %v", orders, fen, months, err)
	}
}

func TestPruningWaitsForTheCustomer(t *testing.T) {
	b, _ := newBook(t)
	live(t, b, on(0, true, life(1, sold...))...)
	passTime(t, b, openOrder(t, b, 0), 0, 390)
	customer := on(500, true, life(2, sold...))
	for _, m := range customer {
		p, err := b.Prune(t.Context(), Pruning{})
		if err != nil || m.From != sale.New && (!p.Busy || p.Done || p.Pruned > 0) {
			t.Errorf("while the order is %s: %+v %v", m.From, p, err)
		}
		live(t, b, m)
	}
	if p := pruneAll(t, b); p.Busy || p.Pruned != 1 {
		t.Errorf("once the customer is gone: %+v", p)
	}
}

func TestAPruningTakesABatchAtATime(t *testing.T) {
	b, _ := newBook(t)
	const many = 2*pruneBatch + 7
	for n := 1; n <= many; n++ {
		live(t, b, on(0, true, life(n, sale.Late, sale.Gone))...)
	}
	passTime(t, b, openOrder(t, b, 0), 0, 500)
	live(t, b, on(500, true, life(901, sold...))...)
	var took []int
	for p := (Pruning{}); !p.Done; {
		was := p.Pruned
		var err error
		if p, err = b.Prune(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		took = append(took, p.Pruned-was)
	}
	if fmt.Sprint(took) != fmt.Sprint([]int{pruneBatch, pruneBatch, 7}) {
		t.Errorf("the batches were %v", took)
	}
	var guarded int
	if err := b.conn.QueryRowContext(t.Context(), "PRAGMA foreign_keys").Scan(&guarded); err != nil || guarded != 1 {
		t.Errorf("after pruning the book's references are not guarded: %v", err)
	}
}

// TestNobodyElseForgets: not even with the word that pruning leaves in the book for itself.
func TestNobodyElseForgets(t *testing.T) {
	b, _ := newBook(t)
	live(t, b, on(0, true, life(1, sold...))...)
	live(t, b, on(0, true, life(2, sale.Misfit, sale.Unpayable))...)
	live(t, b, on(500, true, life(3, sold...))...)
	for _, word := range []string{"", "INSERT INTO meta VALUES ('pruning', '0')", "UPDATE meta SET value = 'x' WHERE key = 'pruning'"} {
		if _, err := b.conn.ExecContext(t.Context(), word); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"DELETE FROM journal WHERE ord = 1", "DELETE FROM orders WHERE id = 1"} {
			if _, err := b.conn.ExecContext(t.Context(), text); err == nil {
				t.Errorf("after %q, %s went through", word, text)
			}
		}
	}
	if _, err := b.conn.ExecContext(t.Context(), "UPDATE meta SET value = '1000' WHERE key = 'pruning'"); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"DELETE FROM journal WHERE ord = 2", "DELETE FROM orders WHERE id = 2"} {
		if _, err := b.conn.ExecContext(t.Context(), text); err == nil {
			t.Errorf("what is owed was forgotten by %s", text)
		}
	}
}

// An order is kept as long as a notice that speaks of it may be news. An undated notice may always be.
func TestAnOrderThatANoticeSpeaksOfIsKept(t *testing.T) {
	today := noon.Add(500 * day)
	for what, c := range map[string]struct {
		at   []time.Time
		kept bool
	}{
		"undated":                 {[]time.Time{{}}, true},
		"undated, and an old one": {[]time.Time{today.Add(-30 * day), {}}, true},
		"of today":                {[]time.Time{today}, true},
		"of tomorrow":             {[]time.Time{today.Add(day)}, true},
		"a week old":              {[]time.Time{today.Add(-closedFor + time.Minute)}, true},
		"older":                   {[]time.Time{today.Add(-closedFor - time.Minute)}, false},
		"none":                    {nil, false},
	} {
		b, _ := newBook(t)
		live(t, b, on(0, true, life(1, sold...))...)
		no := live(t, b, on(1, true, life(2, sale.Late, sale.Gone))...).No
		for n, at := range c.at {
			if _, err := b.KeepNotice(t.Context(), sale.Notice{ID: fmt.Sprint(n), API: "v2", Kind: sale.NoticePaid, No: no, Fen: 350, At: at}); err != nil {
				t.Fatal(err)
			}
		}
		passTime(t, b, openOrder(t, b, 1), 1, 500)
		for n := 3; n <= 5; n++ { // most of the newest lines are of today
			live(t, b, on(500, true, life(n, sold...))...)
		}
		pruneAll(t, b)
		if _, found, err := b.FindOrder(t.Context(), no); err != nil || found != c.kept {
			t.Errorf("a notice %s: the order it speaks of is there: %v (%v). A notice of money that finds nothing is lost on the customer", what, found, err)
		}
		if got := fmt.Sprint(left(t, b)); got != map[bool]string{true: "[2 3 4 5]", false: "[3 4 5]"}[c.kept] {
			t.Errorf("a notice %s: left are %s", what, got)
		}
	}
}

// One sale by a clock that was called synchronised and was years away: it takes nothing along, now and when it is put right.
func TestAClockThatRanWildForOneSaleTakesNothingAlong(t *testing.T) {
	for name, wild := range map[string]float64{"2038": 4400, "1970": -20370, "2000": -9400, "a year ahead": 370} {
		b, _ := newBook(t)
		for n := 1; n <= 12; n++ {
			live(t, b, on(float64(n), true, life(n, sale.Late, sale.Gone))...)
		}
		check := func(when string) {
			t.Helper()
			if p := pruneAll(t, b); p.Pruned != 0 {
				t.Fatalf("%s, %s: %d orders of this month are pruned: who pays one of them late is refused", name, when, p.Pruned)
			}
			past := recall(t, b)
			if got := numbers(past.Orders); len(got) < 7 || got[len(got)-1] < 12 {
				t.Errorf("%s, %s: the kiosk looks again at %v only", name, when, got)
			}
			if past.Last.After(noon.Add(20 * day)) {
				t.Errorf("%s, %s: the wall cannot be before %v: the right time is called wrong", name, when, past.Last)
			}
			from := noon.Add(11*day - time.Hour)
			entries, err := b.ListDay(t.Context(), from, from.Add(day), nil)
			if err != nil || !slices.ContainsFunc(entries, func(e sale.Entry) bool { return e.No == born(11).Order.No }) {
				t.Errorf("%s, %s: the bill of the eleventh day is held against %d orders, and not that of the day (%v)", name, when, len(entries), err)
			}
		}
		live(t, b, on(wild, true, life(13, sold...))...)
		check("while it lasts")
		for n := 14; n <= 16; n++ {
			live(t, b, on(float64(n-1), true, life(n, sale.Late, sale.Gone))...)
			check(fmt.Sprint("put right, order ", n))
		}
		sound(t, b)
	}
}
