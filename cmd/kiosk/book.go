package main

import (
	"cmp"
	"context"
	"errors"
	"os"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/daily"
	"kiosk/cmd/kiosk/doctor"
	"kiosk/cmd/kiosk/evidence"
	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
)

// openBook opens the book. A disk that fails now is tried again while the kiosk serves its page; an error that waiting will
// not mend is returned.
func openBook(c *config.Config) (*store.ReopeningBook, error) {
	book := &store.ReopeningBook{Path: c.Store.Path, Slots: firstSlots(c), Traces: []string{doctor.RunsFile, evidence.RecordingFile}}
	opened, err := book.Open(context.Background())
	if err == nil {
		tellOpened(opened)
	}
	if store.IsRetryable(err) || errors.Is(err, os.ErrPermission) {
		err = nil // the page says so, and every write tries again
	}
	return book, err
}

// tellOpened logs what opening found.
func tellOpened(book *store.Book) {
	for _, line := range book.Told() {
		logLine(line)
	}
	if book.BegunAnew() {
		logLine("the book was damaged and is kept as " + book.SetAside() + "; nothing is sold until somebody says so on the page")
	}
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
		return []status.Note{{ZH: "账本打不开，机器会一直重试", EN: "the book cannot be opened, and is tried again and again", Cause: err.Error()}}
	case book != nil && book.SetAside() != "":
		told := book.SetAside()
		return []status.Note{{ZH: "账本损坏，旧账本已改名留存，另开了新账本。请取走旧账本，与商户平台核对", EN: "the book was damaged: it is kept under another name, and a new one was begun. Take the old one, and compare it on the merchant platform", Cause: told}}
	case book != nil && book.LogSize() > daily.LogWorry:
		return []status.Note{{ZH: "账本的日志一直在变大：有程序长时间开着账本，请关掉它",
			EN: "the book's log keeps growing: something has been reading the book for long: close it"}}
	}
	return nil
}

// notedHead is the book's head as the page shows it.
func notedHead(b *store.ReopeningBook) *status.BookHead {
	book, _ := b.IfOpen()
	if book == nil {
		return nil
	}
	h, ok := book.LastHead()
	if !ok {
		return nil
	}
	return &status.BookHead{Line: h.Line, Seal: h.Seal, At: h.At}
}
