package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kiosk/sale"
)

// An older kiosk knows the steps up to its own, wants its parts to be there by name, and writes its own columns. Those
// before step 4 ask user_version alone and write no seals.
type olderKiosk struct {
	knows  int
	conn   *sql.Conn
	sealer *Book
}

func openOlder(t *testing.T, path string, knows int) (*olderKiosk, error) {
	t.Helper()
	db, err := sql.Open("sqlite", writerDSN(path))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); db.Close() })
	var v int
	if err := conn.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&v); err != nil {
		t.Fatal(err)
	}
	if v > knows {
		return nil, ErrNewer
	}
	found, err := listParts(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	want, err := drawParts(t.Context(), knows)
	if name := found.missing(want); v > 0 && (name != "" || err != nil) {
		t.Fatalf("an older kiosk sets the book aside: it lacks its %s: %v", name, err)
	}
	if knows >= 4 {
		if v, err = readVersion(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
	}
	for n := v; n < knows; n++ {
		if err := runMigration(t.Context(), conn, n+1); err != nil {
			t.Fatal(err)
		}
	}
	k := &olderKiosk{knows: knows, conn: conn, sealer: &Book{chain: chainWriter{conn: conn}}}
	if knows >= 4 {
		if _, err := k.sealer.chain.hashTail(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return k, nil
}

func (k *olderKiosk) live(t *testing.T, moves ...sale.Move) {
	t.Helper()
	const next = "(SELECT ifnull(max(seq), 0) + 1 FROM journal)"
	moved := slices.Clone(movedColumns)
	if k.knows >= 4 {
		moved = append(moved, "seal")
	}
	all := append(slices.Clone(bornColumns), moved...)
	birth := "INSERT INTO orders (" + strings.Join(all, ", ") + ", birth, line) VALUES (" + strings.Repeat("?, ", len(all)) + next + ", " + next + ")"
	move := "UPDATE orders SET " + strings.Join(moved, " = ?, ") + " = ?, line = " + next + " WHERE no = ? AND state = ? AND fen = ?"
	for _, m := range moves {
		text, args := move, append(movedValues(nil, &m), string(m.Order.No), string(m.From), int64(m.Order.Fen))
		if m.From == sale.New {
			text, args = birth, movedValues(bornValues(nil, &m.Order), &m)
		}
		if k.knows >= 4 {
			_, s, err := k.sealer.bindMove(t.Context(), &m)
			if err != nil {
				t.Fatal(err)
			}
			args, k.sealer.chain.head = k.sealer.args, s.chainLink()
		}
		if _, err := k.conn.ExecContext(t.Context(), text, args...); err != nil {
			t.Fatalf("an older kiosk cannot write %s of %s: %v", m.Event, m.Order.No, err)
		}
	}
}

// An older kiosk's alarms have five columns.
func (k *olderKiosk) alarm(t *testing.T, a sale.Alarm) {
	t.Helper()
	_, err := k.conn.ExecContext(t.Context(), "INSERT INTO alarms (at, slot, no, kind, text) VALUES (?, ?, ?, ?, ?)",
		unixMillis(a.At), int64(a.Slot), string(a.No), a.Kind, a.Text)
	if err != nil {
		t.Fatalf("an older kiosk cannot write what a person did: %v", err)
	}
}

// shelves writes what else an older kiosk writes, in its own words.
func (k *olderKiosk) shelves(t *testing.T) {
	t.Helper()
	for _, text := range []string{
		"INSERT INTO shelves (slot, name, name_en, fen, stock, fault, flag) VALUES (3, 'a', 'a', 350, 8, '', '') ON CONFLICT (slot) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, fen = excluded.fen, stock = excluded.stock + 1, fault = excluded.fault, flag = excluded.flag",
		"INSERT OR REPLACE INTO doubts (id, count, drops, first, stopped) VALUES (1, 1, 0, NULL, '')",
		"INSERT OR REPLACE INTO meta (key, value) VALUES ('maintenance', '')",
		"INSERT INTO notices (notice, api, kind, no, transaction_id, refund_no, fen, currency, state, at) VALUES (hex(randomblob(8)), 'v2', 'paid', 'n', 't', '', 1, 'CNY', 'SUCCESS', 0)",
	} {
		if _, err := k.conn.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("an older kiosk cannot write: %s: %v", text, err)
		}
	}
}

func (k *olderKiosk) newestAlarm(t *testing.T) (a sale.Alarm) {
	t.Helper()
	row := k.conn.QueryRowContext(t.Context(), "SELECT at, slot, no, kind, text FROM alarms ORDER BY id DESC LIMIT 1")
	if err := row.Scan(nullTime{&a.At}, &a.Slot, &a.No, &a.Kind, &a.Text); err != nil {
		t.Fatalf("an older kiosk cannot read what a person did: %v", err)
	}
	return a
}

func (k *olderKiosk) close(t *testing.T) {
	t.Helper()
	if err := k.conn.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestABookOfEveryVersionIsBroughtUp(t *testing.T) {
	for v := 1; v < len(migrations); v++ {
		t.Run(fmt.Sprint(v), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "kiosk.db")
			k, err := openOlder(t, path, v)
			if err != nil {
				t.Fatal(err)
			}
			was := sale.Alarm{At: noon, Slot: 3, Kind: sale.AlarmService, Text: "filled to 8, by Li"}
			k.alarm(t, was)
			k.live(t, life(1, sold...)...)
			k.live(t, life(2, sale.Misfit, sale.Unpayable)...)
			k.live(t, life(3, sale.Late, sale.Gone)...)
			k.live(t, life(2, sale.Misfit, sale.Unpayable, sale.Retried)[3])
			k.close(t)
			b := openBook(t, path)
			if got := list(t, b); len(got) != 3 || len(got[1].Journal) != 4 || b.SetAside() != "" {
				t.Errorf("of an older book this is left: %+v, %q", got, b.SetAside())
			}
			if alarms, err := b.ListAlarms(t.Context(), 0); err != nil || len(alarms) != 2 || alarms[1] != was || alarms[0].Kind != "book" {
				t.Errorf("of what a person did there, and of the older kiosk, there is left: %+v %v", alarms, err)
			}
			live(t, b, life(4, sold...)...)
			sound(t, b)
			if sums, err := b.SumByState(t.Context()); err != nil || fmt.Sprint(sums) != "[{closed native 1 0} {sold native 2 700} {refunding native 1 351}]" {
				t.Errorf("the sums are %v: %v", sums, err)
			}
			passTime(t, b, openOrder(t, b, 1), 1, 500)
			live(t, b, on(500, true, life(5, sold...))...)
			if p := pruneAll(t, b); p.Pruned != 3 {
				t.Errorf("of an older book %d orders are pruned", p.Pruned)
			}
			sound(t, b)
		})
	}
}

// TestTheVersionBeforeGoesOn: a deploy that did not do well is undone with the book as it is, and may be tried again.
func TestTheVersionBeforeGoesOn(t *testing.T) {
	for _, knows := range []int{3, 4, 5} {
		t.Run(fmt.Sprint(knows), func(t *testing.T) { thereAndBack(t, knows) })
	}
}

// thereAndBack sells by turns with this kiosk and an older one.
func thereAndBack(t *testing.T, knows int) {
	path := filepath.Join(t.TempDir(), "kiosk.db")
	n := 0
	for range 3 {
		b := openBook(t, path)
		live(t, b, life(n+1, sold...)...)
		slot := sale.SlotState{Slot: 3, Name: "a", NameEN: "a", Fen: 350, Stock: n}
		act := sale.Alarm{At: noon, Slot: 3, Kind: sale.AlarmService, Text: "filled to 8, was 2, by Li",
			Act: "restock", Old: "2", New: "8", By: "Li", From: "192.168.1.7"}
		if err := b.Write(t.Context(), sale.Batch{Slots: []sale.SlotState{slot}, Doubts: &sale.Doubts{Count: 1}, Alarms: []sale.Alarm{act}}); err != nil {
			t.Fatal(err)
		}
		sound(t, b)
		if got := len(list(t, b)); got != n+1 {
			t.Errorf("%d orders after %d", got, n+1)
		}
		b.Close()
		k, err := openOlder(t, path, knows)
		if err != nil {
			t.Fatalf("the version before cannot read the book any more: %v", err)
		}
		if got := k.newestAlarm(t); got.Text != act.Text || got.Slot != act.Slot || got.Kind != act.Kind {
			t.Errorf("the version before reads of what a person did: %+v", got)
		}
		k.live(t, life(n+2, sold...)...)
		k.live(t, life(n+3, sale.Misfit, sale.Unpayable)...)
		theirs := sale.Alarm{At: noon, Slot: 4, Kind: sale.AlarmService, Text: "filled to 9, by Wang"}
		k.alarm(t, theirs)
		k.shelves(t)
		for _, text := range []string{"DELETE FROM orders", "DELETE FROM journal", "UPDATE journal SET state = 'sold'"} {
			if _, err := k.conn.ExecContext(t.Context(), text); err == nil {
				t.Errorf("under an older kiosk %s goes through", text)
			}
		}
		k.close(t)
		n += 3
		b = openBook(t, path)
		if alarms, err := b.ListAlarms(t.Context(), 3); err != nil || len(alarms) != 3 || alarms[1] != theirs || alarms[2] != act || alarms[0].Kind != "book" {
			t.Errorf("of what two people did, and of the older kiosk, there is left: %+v %v", alarms, err)
		}
		if b.SetAside() != "" || len(b.Told()) != 1 {
			t.Errorf("what the version before wrote is told as %q; set aside: %q", b.Told(), b.SetAside())
		}
		sound(t, b)
		b.Close()
		if b = openBook(t, path); len(b.Told()) != 0 {
			t.Errorf("it is told again: %q", b.Told())
		}
		b.Close()
	}
	b := openBook(t, path)
	sound(t, b)
	if sums, err := b.SumByState(t.Context()); err != nil || fmt.Sprint(sums) != "[{sold native 6 2100} {owed native 3 1053}]" {
		t.Errorf("the sums are %v: %v", sums, err)
	}
}

// withStep runs this kiosk as a later one that has one more step.
func withStep(t *testing.T, text string, breaks bool, do func()) {
	t.Helper()
	was := migrations
	migrations = append(slices.Clone(was), text)
	breaking[len(migrations)] = breaks
	defer func() { delete(breaking, len(migrations)); migrations = was }()
	do()
}

func TestALaterStepThatOnlyAddsIsReadByThisKiosk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kiosk.db")
	step := "ALTER TABLE orders ADD COLUMN mood TEXT NOT NULL DEFAULT 'good'; CREATE TABLE moods (mood TEXT)"
	n := 0
	sell := func() {
		b := openBook(t, path)
		defer b.Close()
		n++
		live(t, b, life(n, sold...)...)
		sound(t, b)
		if got := len(list(t, b)); got != n || b.SetAside() != "" {
			t.Errorf("%d orders of %d; %q", got, n, b.SetAside())
		}
		if p := pruneAll(t, b); p.Pruned != 0 {
			t.Error("pruned")
		}
		r, err := OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	sell()
	for range 2 {
		withStep(t, step, false, sell)
		sell()
	}
}

func TestALaterStepThatBreaksIsLeftAlone(t *testing.T) {
	b, path := newBook(t)
	live(t, b, life(1, sold...)...)
	b.Close()
	withStep(t, "ALTER TABLE orders RENAME COLUMN fen TO cents", true, func() {
		b, err := connectBook(context.Background(), path) // its statements would be others
		if err == nil {
			b.Close()
		}
	})
	if _, err := Open(path); !errors.Is(err, ErrNewer) {
		t.Errorf("an older kiosk opens a book that it cannot understand: %v", err)
	}
	if names := setAsideNames(t, path); len(names) != 0 {
		t.Errorf("it was set aside: %v", names)
	}
}
