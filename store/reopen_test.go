package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"kiosk/sale"
)

func shelf(slot sale.Slot, stock int) sale.SlotState {
	return sale.SlotState{Slot: slot, Name: "a", Fen: 350, Stock: stock}
}

// reopening is a book of one slot.
func reopening(t *testing.T, path string) *ReopeningBook {
	t.Helper()
	r := &ReopeningBook{Path: path, Slots: []sale.SlotState{shelf(1, 5)}}
	t.Cleanup(func() { r.Close() })
	return r
}

func loaded(t *testing.T, r *ReopeningBook) sale.History {
	t.Helper()
	past, err := r.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return past
}

func TestEachLifeIsToldAFreshPast(t *testing.T) {
	r := reopening(t, filepath.Join(t.TempDir(), "kiosk.db"))
	if past := loaded(t, r); len(past.Slots) != 1 || past.Next != 1 {
		t.Errorf("the first life is told %+v", past)
	}
	for _, m := range life(1, sold...) {
		if err := r.Write(t.Context(), sale.Batch{Moves: []sale.Move{m}}); err != nil {
			t.Fatal(err)
		}
	}
	if past := loaded(t, r); past.Next != 2 {
		t.Errorf("the second life is told %+v: it would use a number twice", past)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Open(t.Context()); err != nil { // and then a write before anybody loads
		t.Fatal(err)
	}
	if err := r.Write(t.Context(), sale.Batch{Moves: []sale.Move{born(2)}}); err != nil {
		t.Fatal(err)
	}
	if past := loaded(t, r); past.Next != 3 || len(past.Orders) != 1 {
		t.Errorf("a stale past is told: %+v", past)
	}
}

func TestASlotThatTheConfigNoLongerHasIsNotLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kiosk.db")
	b := openBook(t, path)
	if err := b.SeedSlots(t.Context(), []sale.SlotState{shelf(1, 5), shelf(2, 5)}); err != nil {
		t.Fatal(err)
	}
	b.Close()
	r := reopening(t, path)
	for range 2 {
		if past := loaded(t, r); len(past.Slots) != 1 || past.Slots[0].Slot != 1 {
			t.Errorf("it would sell from %+v", past.Slots)
		}
	}
}

func TestABookThatIsNotThereYetIsTriedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "later", "kiosk.db")
	r := reopening(t, path)
	_, err := r.Open(t.Context())
	if !IsRetryable(err) {
		t.Fatalf("waiting would not mend %v", err)
	}
	if _, kept := r.IfOpen(); kept == nil {
		t.Error("nobody learns why the book is not open")
	}
	for what, do := range map[string]func(context.Context) error{
		"write": func(ctx context.Context) error { return r.Write(ctx, sale.Batch{Moves: []sale.Move{born(1)}}) },
		"load":  func(ctx context.Context) error { _, err := r.Load(ctx); return err },
		"list":  func(ctx context.Context) error { _, err := r.ListOrders(ctx, 0, ""); return err },
		"find":  func(ctx context.Context) error { _, _, err := r.FindOrder(ctx, "n"); return err },
		"prove": r.CheckWritable,
	} {
		if do(t.Context()) == nil {
			t.Errorf("%s goes through without a book", what)
		}
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := r.CheckWritable(t.Context()); err != nil {
		t.Errorf("the folder is there now: %v", err)
	}
	if book, err := r.IfOpen(); book == nil || err != nil {
		t.Errorf("it is open now: %v", err)
	}
}

func TestABookInUseIsNotWaitedFor(t *testing.T) {
	_, path := newBook(t)
	r := reopening(t, path)
	if _, err := r.Open(t.Context()); !errors.Is(err, ErrInUse) || IsRetryable(err) {
		t.Errorf("two kiosks at one book: %v", err)
	}
}
