package main

import (
	"cmp"
	"context"
	"errors"
	"os"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
)

// openBook opens the book. A disk that fails now is tried again while the kiosk serves its page; an error that waiting will
// not mend is returned.
func openBook(c *config.Config) (*store.ReopeningBook, error) {
	book := &store.ReopeningBook{Path: c.Store.Path, Slots: firstSlots(c)}
	_, err := book.Open(context.Background())
	if store.IsRetryable(err) || errors.Is(err, os.ErrPermission) {
		err = nil // the page says so, and every write tries again
	}
	return book, err
}

// firstSlots are what a new book knows of the slots. From then on the book is right, and not the config.
func firstSlots(c *config.Config) []sale.SlotState {
	var out []sale.SlotState
	for _, s := range c.Slots {
		out = append(out, sale.SlotState{Slot: sale.Slot(s.Number), Name: s.Name, NameEN: cmp.Or(s.NameEN, s.Name), Fen: sale.Fen(s.Fen), Stock: s.Stock})
	}
	return out
}

// bookNotes tells the page of a book that cannot be opened, and of a damaged one that was set aside.
func bookNotes(b *store.ReopeningBook) []status.Note {
	switch book, err := b.IfOpen(); {
	case err != nil:
		return []status.Note{{ZH: "账本打不开，机器会一直重试：" + err.Error(), EN: err.Error()}}
	case book != nil && book.SetAside() != "":
		told := book.SetAside()
		return []status.Note{{ZH: "账本损坏，已改名留存，机器用新账本继续。请取走旧账本，与商户平台核对：" + told, EN: told}}
	}
	return nil
}
