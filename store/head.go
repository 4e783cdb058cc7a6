package store

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"kiosk/sale"

	"golang.org/x/sys/unix"
)

// NotedHead is the book's head as it lies beside the book, in two copies that are written in turn. A book that is behind it
// has gone back; then it says which orders were under way.
type NotedHead struct {
	Head
	At      time.Time    `json:"at"`
	Count   int64        `json:"count"` // of all writings: the copy with the larger one is the newer
	Version int          `json:"version"`
	Rows    rowCounts    `json:"rows"`
	Open    []NotedOrder `json:"open"` // every order that is not at an end
}

// NotedOrder is what is kept of an open order outside of the book: enough to ask the gateway after it.
type NotedOrder struct {
	No       sale.No       `json:"no"`
	State    sale.State    `json:"state"`
	Means    sale.Means    `json:"means"`
	Slot     sale.Slot     `json:"slot"`
	Fen      sale.Fen      `json:"fen"`
	RefundNo string        `json:"refund_no,omitempty"`
	Round    int           `json:"round,omitempty"`
	Created  time.Time     `json:"created"`
	Trusted  bool          `json:"trusted"`
	Merchant sale.Merchant `json:"merchant"`
	// Of a second payment these two say what to ask for.
	Choice      string `json:"choice"`
	Transaction string `json:"transaction_id,omitempty"`
	Lost        bool   `json:"lost,omitempty"` // of a book that was lost before: this one does not have it
}

func noteOrder(o *sale.Order) NotedOrder {
	return NotedOrder{o.No, o.State, o.Means, o.Slot, o.Fen, o.RefundNo, o.Round, o.Created, o.Trusted, o.Merchant, o.Choice, o.Money.Transaction, false}
}

func (n *NotedOrder) order() sale.Order {
	return sale.Order{No: n.No, Choice: n.Choice, Money: sale.Money{Transaction: n.Transaction}, State: n.State, Means: n.Means, Slot: n.Slot, Fen: n.Fen, RefundNo: n.RefundNo,
		Round: n.Round, Created: n.Created, Trusted: n.Trusted, Merchant: n.Merchant}
}

// rowCounts are what only grows in a book, beside the journal.
type rowCounts struct {
	Births  int64 `json:"births"`
	Alarms  int64 `json:"alarms"`
	Notices int64 `json:"notices"`
	Shelves int64 `json:"shelves"`
	Doubts  int64 `json:"doubts"`
}

// readRowCounts leaves zero what a book of an earlier version has not.
func readRowCounts(ctx context.Context, q queryer) (n rowCounts, err error) {
	err = q.QueryRowContext(ctx, `SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'orders'), 0), ifnull((SELECT max(id) FROM alarms), 0),
		ifnull((SELECT max(id) FROM notices), 0), (SELECT count(*) FROM shelves), (SELECT count(*) FROM doubts)`).
		Scan(&n.Births, &n.Alarms, &n.Notices, &n.Shelves, &n.Doubts)
	return n, err
}

// behind names a table that has fewer rows than were noted; "" if none.
func (n rowCounts) behind(noted rowCounts) string {
	for _, t := range []struct {
		name     string
		had, has int64
	}{{"orders", noted.Births, n.Births}, {"alarms", noted.Alarms, n.Alarms}, {"notices", noted.Notices, n.Notices},
		{"shelves", noted.Shelves, n.Shelves}, {"doubts", noted.Doubts, n.Doubts}} {
		if t.has < t.had {
			return fmt.Sprintf("%s goes up to %d, and went up to %d", t.name, t.has, t.had)
		}
	}
	return ""
}

// headSuffixes name the two copies, beside the book.
var headSuffixes = [2]string{".head-a", ".head-b"}

const headMark = "kiosk-head-1 "

// encodeHead is one line with a checksum, and one of JSON, which the checksum covers.
func encodeHead(h *NotedHead) ([]byte, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%s%x\n%s\n", headMark, sha256.Sum256(text), text), nil
}

// decodeHead returns nil for bytes that are not as they were written.
func decodeHead(b []byte) *NotedHead {
	first, rest, _ := bytes.Cut(b, []byte("\n"))
	text, _, whole := bytes.Cut(rest, []byte("\n"))
	if !whole || string(first) != fmt.Sprintf("%s%x", headMark, sha256.Sum256(text)) {
		return nil
	}
	h := &NotedHead{}
	if json.Unmarshal(text, h) != nil {
		return nil
	}
	return h
}

// mostHead bounds what is read of a copy.
const mostHead = 4 << 20

// ReadHead reads the newer of the two copies beside the book at path; nil if none can be read. There is true if a copy is
// there, readable or not.
func ReadHead(path string) (head *NotedHead, there bool) {
	for _, suffix := range headSuffixes {
		f, err := openFile(path+suffix, os.O_RDONLY|unix.O_NOFOLLOW)
		if err == nil {
			var b []byte
			b, err = io.ReadAll(io.LimitReader(f, mostHead))
			_ = f.Close()
			if h := decodeHead(b); err == nil && h != nil && (head == nil || h.Count > head.Count) {
				head = h
			}
		}
		there = there || !errors.Is(err, fs.ErrNotExist)
	}
	return head, there
}

// writeHead overwrites the older copy. The newer one stays as it is, so that a power cut leaves one that is whole.
func writeHead(path string, h *NotedHead) error {
	b, err := encodeHead(h)
	if err != nil {
		return fmt.Errorf("note the book's head: %w", err)
	}
	name := path + headSuffixes[h.Count%2]
	_, missing := os.Lstat(name)
	isNew := missing != nil
	f, err := openFile(name, os.O_WRONLY|os.O_CREATE|unix.O_NOFOLLOW)
	if err != nil && os.Remove(name) == nil { // a link, or another user's file: the folder is ours
		isNew = true
		f, err = openFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	}
	if err != nil {
		return fmt.Errorf("note the book's head: %w", err)
	}
	_, err = f.WriteAt(b, 0)
	if err == nil {
		err = f.Truncate(int64(len(b)))
	}
	if err = cmp.Or(err, f.Sync()); err == nil && isNew {
		err = syncDir(path)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("note the book's head: %w", err)
	}
	return nil
}

// readOpen reads the orders that are not at an end, and those of a lost book that were not asked after yet.
func readOpen(ctx context.Context, q queryer) ([]NotedOrder, error) {
	open := []NotedOrder{}
	err := eachRow(ctx, q, func(scan scanFunc) error {
		var o sale.Order
		err := scan(orderFields(&o)...)
		open = append(open, noteOrder(&o))
		return err
	}, `SELECT `+orderColumns+` FROM orders INDEXED BY orders_open WHERE state NOT IN `+ends+` ORDER BY id`)
	if err != nil {
		return nil, err
	}
	lost, err := readLost(ctx, q)
	return append(open, lost...), err
}

// readLost reads the open orders of a lost book that the gateway was not asked after yet.
func readLost(ctx context.Context, q queryer) (lost []NotedOrder, err error) {
	err = eachRow(ctx, q, func(scan scanFunc) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		var n NotedOrder
		err := json.Unmarshal([]byte(text), &n)
		n.Lost = true
		lost = append(lost, n)
		return err
	}, `SELECT noted FROM lost WHERE no NOT IN (SELECT no FROM orders) ORDER BY no`)
	return lost, err
}

// takeHead reads from the book what its head says now.
func takeHead(ctx context.Context, q queryer) (h NotedHead, err error) {
	if h.Head, err = readHead(ctx, q); err != nil {
		return h, err
	}
	if h.Version, err = readVersion(ctx, q); err == nil {
		h.Rows, err = readRowCounts(ctx, q)
	}
	if err == nil {
		h.Open, err = readOpen(ctx, q)
	}
	return h, err
}

// NoteHead writes the head beside the book, if anything was written since the last time. It syncs, so call it while no
// customer is at the machine. A book that is behind what was noted is not noted: it has gone back while it was open.
func (b *Book) NoteHead(ctx context.Context) error {
	n := b.written.Load()
	b.headMu.Lock()
	defer b.headMu.Unlock()
	if b.noted != nil && n == b.notedAt {
		return nil
	}
	h, err := followHead(b, ctx, b.noted)
	if err == nil {
		err = writeHead(b.path, &h)
	}
	if err != nil {
		return fmt.Errorf("note the book's head: %w", err)
	}
	b.noted, b.notedAt = &h, n
	return nil
}

// ErrBehind is returned for a book that went back while it was open.
var ErrBehind = errors.New("the book has gone back")

// followHead reads the head that follows the one that was noted last.
func followHead(b *Book, ctx context.Context, last *NotedHead) (h NotedHead, err error) {
	tx, err := b.lookups.db.BeginTx(ctx, nil)
	if err != nil {
		return h, err
	}
	defer tx.Rollback()
	if h, err = takeHead(ctx, tx); err != nil {
		return h, err
	}
	h.At, h.Count = time.Now().Round(0), 1
	if last != nil {
		h.Count = last.Count + 1
		why, err := behindHead(ctx, tx, last)
		if err == nil && why != "" {
			err = fmt.Errorf("%w: %s", ErrBehind, why)
		}
		return h, err
	}
	return h, nil
}

// LastHead is the head that was noted last; ok is false if none was.
func (b *Book) LastHead() (h NotedHead, ok bool) {
	b.headMu.Lock()
	defer b.headMu.Unlock()
	if b.noted == nil {
		return h, false
	}
	return *b.noted, true
}

// behindHead says in what a book is behind a head; "" if it is not. A book that goes on after it is normal.
func behindHead(ctx context.Context, q queryer, noted *NotedHead) (why string, err error) {
	var last int64
	var restored string
	err = q.QueryRowContext(ctx, `SELECT (SELECT ifnull(max(seq), 0) FROM journal), ifnull((SELECT value FROM meta WHERE key = 'restored_over'), '')`).
		Scan(&last, &restored)
	if err != nil || restored == noted.name() {
		return "", err
	}
	if last < noted.Line {
		return fmt.Sprintf("it is behind its head: its journal ends with line %d, and line %d was written at %s", last, noted.Line, noted.when()), nil
	}
	link, err := linkAt(ctx, q, noted.Line)
	if err != nil {
		return "", err
	}
	if link != nil && hex.EncodeToString(link) != noted.Seal {
		return fmt.Sprintf("it is not the book of its head: line %d is not the one that was written at %s", noted.Line, noted.when()), nil
	}
	rows, err := readRowCounts(ctx, q)
	if err != nil {
		return "", err
	}
	if less := rows.behind(noted.Rows); less != "" {
		return "it is behind its head of " + noted.when() + ": " + less, nil
	}
	return missingOrder(ctx, q, noted)
}

// name says which head this is, for a book that was restored over it.
func (h *Head) name() string { return fmt.Sprint(h.Line, " ", h.Seal) }

func (n *NotedHead) when() string { return sale.When(n.At) }

// linkAt is the chain's link at a line; nil for line 0, and for a line that was pruned.
func linkAt(ctx context.Context, q queryer, line int64) (link []byte, err error) {
	err = eachRow(ctx, q, func(scan scanFunc) error {
		var h lineHash
		err := scan(h.column())
		link = h.chainLink()
		return err
	}, `SELECT seal FROM journal WHERE seq = ?1 UNION ALL SELECT seal FROM anchors WHERE seq = ?1 LIMIT 1`, line)
	return link, err
}

// missingOrder names an order that was open and that the book does not have.
func missingOrder(ctx context.Context, q queryer, noted *NotedHead) (why string, err error) {
	for i := range noted.Open {
		no, there := string(noted.Open[i].No), false
		err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM orders WHERE no = ?1) OR EXISTS (SELECT 1 FROM pruned WHERE key = ?2)`,
			no, hashKey(noted.Open[i].No)).Scan(&there)
		if err != nil {
			return "", err
		}
		if !there && !noted.Open[i].Lost {
			return "it is behind its head of " + noted.when() + ": order " + no + " was " + string(noted.Open[i].State), nil
		}
	}
	return "", nil
}
