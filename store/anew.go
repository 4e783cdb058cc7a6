package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"kiosk/sale"

	"golang.org/x/sys/unix"
)

// beginAnew sets a damaged book aside and begins a new one. What its head names as open is kept in the new book until the
// gateway was asked after it, and nothing is sold until a person says so. A power cut on the way finds the head still beside
// an empty book, which is the same damage again.
func beginAnew(ctx context.Context, path, why string, head *NotedHead) (*Book, error) {
	name, err := setAside(path, why)
	if err != nil {
		return nil, fmt.Errorf("set the damaged book aside: %w", err)
	}
	b, err := connectBook(ctx, path)
	if err != nil {
		return nil, err
	}
	b.aside, b.anew = name+": "+why, true
	if err := noteLoss(b, ctx, head); err != nil {
		return nil, errors.Join(fmt.Errorf("note what was set aside: %w", err), b.closeAll())
	}
	if head != nil {
		b.noted = &NotedHead{Count: head.Count}
	}
	// Twice, so that neither copy is of the book before: a start that could read only that one would find this book behind.
	for range 2 {
		b.notedAt = -1
		if err := b.NoteHead(ctx); err != nil {
			return nil, errors.Join(err, b.closeAll())
		}
	}
	return b, nil
}

// noteLoss writes into a new book what it must know of the one before, in one transaction.
func noteLoss(b *Book, ctx context.Context, head *NotedHead) error {
	list := []statement{
		{`INSERT OR REPLACE INTO meta (key, value) VALUES ('aside', ?)`, []any{b.aside}},
		{`INSERT OR REPLACE INTO meta (key, value) VALUES ('damaged', ?)`, []any{b.aside}},
	}
	line := sale.Alarm{At: time.Now().Round(0), Kind: "book", Text: b.aside}
	list = append(list, statement{insertAlarm, sealedAlarm(&line)})
	births := int64(unknownNumbers)
	if head != nil {
		births += head.Rows.Births
		for i := range head.Open {
			s, err := lostStatement(&head.Open[i])
			if err != nil {
				return err
			}
			list = append(list, s)
		}
	}
	return execAll(ctx, b.conn, append(list, skipNumbers(births)...))
}

// lostStatement keeps an open order of a lost book.
func lostStatement(n *NotedOrder) (s statement, err error) {
	text, err := json.Marshal(n)
	return statement{`INSERT OR IGNORE INTO lost (no, noted) VALUES (?, ?)`, []any{string(n.No), string(text)}}, err
}

// skipNumbers lets the next order number follow the last one that was given.
func skipNumbers(last int64) []statement {
	return []statement{
		{`DELETE FROM sqlite_sequence WHERE name = 'orders'`, nil},
		{`INSERT INTO sqlite_sequence (name, seq) VALUES ('orders', ?)`, []any{last}},
	}
}

// tellOfBook writes down once what opening found that is no damage.
func tellOfBook(b *Book, ctx context.Context, unreadable bool) error {
	if unreadable {
		b.told = append(b.told, "the book's head beside it cannot be read: whether the book went back is not known this time")
	}
	for _, text := range b.told {
		line := sale.Alarm{At: time.Now().Round(0), Kind: "book", Text: text}
		if _, err := b.conn.ExecContext(ctx, insertAlarm, sealedAlarm(&line)...); err != nil {
			return fmt.Errorf("tell what opening found: %w", err)
		}
	}
	return nil
}

// Told is what opening found that is no damage, for the log.
func (b *Book) Told() []string { return b.told }

// BegunAnew is true if this opening has set a damaged book aside.
func (b *Book) BegunAnew() bool { return b.anew }

// keepHeads copies the head of a book that is set aside.
func keepHeads(path, name string) error {
	for _, suffix := range headSuffixes {
		from, err := openFile(path+suffix, os.O_RDONLY|unix.O_NOFOLLOW)
		if err != nil {
			continue // there is none
		}
		to, err := openFile(name+suffix, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
		if err == nil {
			_, err = io.Copy(to, io.LimitReader(from, mostHead))
			err = errors.Join(err, to.Sync(), to.Close())
		}
		if err = errors.Join(err, from.Close()); err != nil {
			return fmt.Errorf("keep the head: %w", err)
		}
	}
	return nil
}
