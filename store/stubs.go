// Package store is the order book, in SQLite.
package store

import (
	"context"
	"errors"

	"kiosk/sale"
)

var errUnbuilt = errors.New("not built yet")

// Book is the order book of one kiosk: its only writer.
type Book struct{}

// Reader reads a book that another process may be writing.
type Reader struct{}

func Open(path string) (*Book, error)                                 { return nil, errUnbuilt }
func (b *Book) Write(ctx context.Context, p sale.Page) error          { return errUnbuilt }
func (b *Book) Recall(ctx context.Context) (sale.Past, error)         { return sale.Past{}, errUnbuilt }
func (b *Book) Prove(ctx context.Context) error                       { return errUnbuilt }
func (b *Book) Stock(ctx context.Context, shelves []sale.Shelf) error { return errUnbuilt }
func (b *Book) SetAside() string                                      { return "" }
func (b *Book) Close() error                                          { return errUnbuilt }

func (b *Book) List(ctx context.Context, limit int, state string) ([]sale.Entry, error) {
	return nil, errUnbuilt
}
func (b *Book) Alarms(ctx context.Context, limit int) ([]sale.Alarm, error) { return nil, errUnbuilt }
func (b *Book) Backup(ctx context.Context, path string) error               { return errUnbuilt }

func OpenReader(path string) (*Reader, error) { return nil, errUnbuilt }
func (r *Reader) List(ctx context.Context, limit int, state string) ([]sale.Entry, error) {
	return nil, errUnbuilt
}
func (r *Reader) Alarms(ctx context.Context, limit int) ([]sale.Alarm, error) { return nil, errUnbuilt }
func (r *Reader) Backup(ctx context.Context, path string) error               { return errUnbuilt }
func (r *Reader) Close() error                                                { return errUnbuilt }

// Violation is one broken rule.
type Violation struct {
	Rule string `json:"rule"`
	No   string `json:"no"`
	Text string `json:"text"`
}

func Audit(entries []sale.Entry) []Violation { return nil }

var _ sale.Book = (*Book)(nil)
