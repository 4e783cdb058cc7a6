package store

import (
	"reflect"
	"testing"

	"kiosk/sale"
)

func TestShelvesAndDoubts(t *testing.T) {
	b, path := newBook(t)
	shelf := func(slot sale.Slot, stock int) sale.SlotState {
		return sale.SlotState{Slot: slot, Name: "水", NameEN: "Water", Fen: 200, Stock: stock}
	}
	if err := b.SeedSlots(t.Context(), []sale.SlotState{shelf(2, 5), shelf(1, 4)}); err != nil {
		t.Fatal(err)
	}
	sold := shelf(1, 3)
	sold.Fault, sold.Flag = sale.FaultJam, "look"
	doubts := sale.Doubts{Count: 2, Drops: 7, First: noon, Stopped: "three doubts"}
	if err := b.Write(t.Context(), sale.Batch{Slots: []sale.SlotState{sold}, Doubts: &doubts}); err != nil {
		t.Fatal(err)
	}
	b.Close()
	b = openBook(t, path)
	if err := b.SeedSlots(t.Context(), []sale.SlotState{shelf(1, 9), shelf(2, 9), shelf(3, 9)}); err != nil {
		t.Fatal(err)
	}
	past := recall(t, b)
	if want := []sale.SlotState{sold, shelf(2, 5), shelf(3, 9)}; !reflect.DeepEqual(past.Slots, want) {
		t.Errorf("the config overruled the book: %+v", past.Slots)
	}
	if past.Doubts != doubts {
		t.Errorf("the doubts are %+v", past.Doubts)
	}
	doubts = sale.Doubts{}
	if err := b.Write(t.Context(), sale.Batch{Doubts: &doubts}); err != nil || recall(t, b).Doubts != doubts {
		t.Errorf("the kiosk stays stopped: %v", err)
	}
}

func TestAlarmsAreBounded(t *testing.T) {
	b, _ := newBook(t)
	page := sale.Batch{}
	for i := range 1500 {
		page.Alarms = append(page.Alarms, sale.Alarm{At: noon, Slot: sale.Slot(i), No: "n", Kind: "stray drop", Text: "t"})
	}
	if err := b.Write(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	all, err := b.ListAlarms(t.Context(), 0)
	if err != nil || len(all) != 1000 || all[0] != page.Alarms[1499] || all[999].Slot != 500 {
		t.Errorf("%d alarms are kept: %v", len(all), err)
	}
	if few, err := b.ListAlarms(t.Context(), 2); err != nil || len(few) != 2 || few[1].Slot != 1498 {
		t.Errorf("the newest two: %+v %v", few, err)
	}
}

func TestProveGrowsNothing(t *testing.T) {
	b, path := newBook(t)
	live(t, b, life(1, sold...)...)
	before := list(t, b)
	pages := func() (n int) {
		if err := b.conn.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	was := pages()
	for range 3000 {
		if err := b.CheckWritable(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if pages() != was || fileSize(path+"-wal") > 2<<20 || !reflect.DeepEqual(before, list(t, b)) {
		t.Errorf("3000 proofs: %d pages became %d, the log has %d bytes", was, pages(), fileSize(path+"-wal"))
	}
	b.Close()
	if b.CheckWritable(t.Context()) == nil || b.Write(t.Context(), sale.Batch{Moves: []sale.Move{born(2)}}) == nil {
		t.Error("a closed book claims that it can be written")
	}
}
