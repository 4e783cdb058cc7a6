package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"kiosk/sale"
)

// A seal is written with its line. It says what the order was then (its digest) and, in the link, everything that
// stands in the journal up to this line: whoever has noted a link can tell later whether the book still leads to it.
// A birth's seal ends with a digest of what is written only once. Each part is the first half of a SHA-256.
const hashPart = sha256.Size / 2

type lineHash []byte

func (s lineHash) isWhole() bool       { return len(s) >= 2*hashPart }
func (s lineHash) orderDigest() []byte { return s[:hashPart] }
func (s lineHash) birthDigest() []byte { return s[2*hashPart:] }

// chainLink of a seal that somebody spoilt is as before the first line: the kiosk sells on, and the audit tells.
func (s lineHash) chainLink() []byte {
	if !s.isWhole() {
		return make([]byte, hashPart)
	}
	return s[hashPart : 2*hashPart]
}

// Scan reads a seal that may not be there.
func (s *lineHash) Scan(v any) error {
	switch v := v.(type) {
	case []byte:
		*s = bytes.Clone(v)
	case string:
		*s = lineHash(v)
	default:
		*s = nil
	}
	return nil
}

// hashedColumns are the moved columns that a digest covers: the line has the state and the times, and a remark may
// change the reason.
var hashedColumns = slices.Index(movedColumns, "state")

// digestMoved covers what a move writes, and the two things that it asks for.
func digestMoved(scrap []byte, o *sale.Order, moved []any) []byte {
	return halfSHA256(appendValues(appendValues(appendText(scrap[:0], o.No), int64(o.Fen)), moved[:hashedColumns]...))
}

// digestBorn covers what is written only once.
func digestBorn(scrap []byte, born []any) []byte { return halfSHA256(appendValues(scrap[:0], born...)) }

// hashLine covers a line, what its seal says of the order, and by the line before it all that was.
func hashLine(scrap, before, digest, birth []byte, l *sale.Line) []byte {
	b := appendText(appendText(appendText(scrap[:0], before), digest), birth)
	b = appendText(appendText(appendText(b, l.No), l.Event), l.State)
	return halfSHA256(appendValues(b, unixMillis(l.At), boolToInt(l.Trusted)))
}

func halfSHA256(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:hashPart]
}

func appendText[T ~string | ~[]byte](b []byte, v T) []byte {
	return append(binary.BigEndian.AppendUint32(append(b, 2), uint32(len(v))), v...)
}

// appendValues writes stored values one after the other, so that no two lists look alike.
func appendValues(b []byte, list ...any) []byte {
	for _, v := range list {
		switch v := v.(type) {
		case nil:
			b = append(b, 0)
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, 1), uint64(v))
		case string:
			b = appendText(b, v)
		default:
			panic(fmt.Sprintf("nothing of type %T is stored", v))
		}
	}
	return b
}

// hashMove makes the seal of the line that a move will write.
func (b *Book) hashMove(ctx context.Context, m *sale.Move, born, moved []any) (lineHash, error) {
	if b.head == nil {
		if err := b.readHead(ctx); err != nil {
			return nil, err
		}
	}
	o := &m.Order
	l := sale.Line{No: o.No, Event: m.Event, State: o.State, At: o.Updated, Trusted: m.Trusted}
	var birth []byte
	if len(born) > 0 {
		birth = digestBorn(b.scratch, born)
	}
	digest := digestMoved(b.scratch, o, moved)
	return slices.Concat(digest, hashLine(b.scratch, b.head, digest, birth, &l), birth), nil
}

// dropHead: after a failure only the book knows which line is the newest.
func (b *Book) dropHead(err error) {
	if err != nil {
		b.head = nil
	}
}

func (b *Book) readHead(ctx context.Context) error {
	h, err := readHead(ctx, b.conn)
	if err != nil {
		return err
	}
	b.head = h.link
	return nil
}

// Head is the end of the journal's chain: what to note outside of the kiosk.
type Head struct {
	Line int64  `json:"line"`
	Seal string `json:"seal"` // hexadecimal
	link []byte
}

// headQueries find the newest seal, or what stands for it where every line is older than seals.
var headQueries = []string{
	`SELECT seq, seal FROM journal WHERE seal IS NOT NULL AND seq > (SELECT ifnull(max(seq), 0) FROM anchors) ORDER BY seq DESC LIMIT 1`,
	`SELECT seq, seal FROM anchors ORDER BY seq DESC LIMIT 1`,
}

// readHead reads the newest seal. A book without lines begins a chain.
func readHead(ctx context.Context, q queryer) (Head, error) {
	var line int64
	var s lineHash
	for _, query := range headQueries {
		err := q.QueryRowContext(ctx, query).Scan(&line, &s)
		if err == nil {
			break
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return Head{}, fmt.Errorf("read the journal's head: %w", err)
		}
	}
	return Head{line, hex.EncodeToString(s.chainLink()), s.chainLink()}, nil
}

// Head reads the end of the journal's chain.
func (r *Reader) Head(ctx context.Context) (Head, error) { return readHead(ctx, r.db) }

// hashTail seals the lines that an older kiosk wrote after a way back. What the orders were at each of them nobody
// knows any more but for the newest, so the others' digests are nothing.
func (b *Book) hashTail(ctx context.Context) error {
	h, err := readHead(ctx, b.conn)
	if err != nil {
		return err
	}
	var last int64
	if err := b.conn.QueryRowContext(ctx, `SELECT ifnull(max(seq), 0) FROM journal`).Scan(&last); err != nil {
		return fmt.Errorf("read the journal's end: %w", err)
	}
	b.head = h.link
	if last <= h.Line {
		return nil
	}
	err = inTransaction(ctx, b.conn, func() error {
		for seq := h.Line; seq < last; {
			if seq, err = b.hashAfter(ctx, seq); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("seal what an older kiosk wrote: %w", err)
	}
	return nil
}

// hashAfter seals the line after one, and tells which it was.
func (b *Book) hashAfter(ctx context.Context, before int64) (seq int64, err error) {
	var l sale.Line
	var o sale.Order
	var newest, eldest bool
	row := b.conn.QueryRowContext(ctx, `SELECT seq, event, journal.state, at, journal.sure, seq = line, seq = birth, `+
		qualifyColumns("orders", orderColumns)+` FROM journal JOIN orders ON orders.id = ord WHERE seq > ? ORDER BY seq LIMIT 1`, before)
	err = row.Scan(append([]any{&seq, &l.Event, &l.State, nullTime{&l.At}, &l.Trusted, &newest, &eldest}, orderFields(&o)...)...)
	if err != nil {
		return 0, err
	}
	l.No = o.No
	digest, birth := make([]byte, hashPart), []byte(nil)
	if newest {
		digest = digestMoved(nil, &o, movedValues(nil, &sale.Move{Order: o}))
	}
	if eldest {
		birth = digestBorn(nil, bornValues(nil, &o))
	}
	b.head = hashLine(nil, b.head, digest, birth, &l)
	_, err = b.conn.ExecContext(ctx, `UPDATE journal SET seal = ? WHERE seq = ?`, slices.Concat(digest, b.head, birth), seq)
	return seq, err
}
