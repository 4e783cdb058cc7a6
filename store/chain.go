package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"kiosk/sale"
)

// hashPart is the size of each part of a lineHash: half of a SHA-256.
const hashPart = sha256.Size / 2

// lineHash is what the column seal of the journal holds, two or three parts long: a digest of the order as it stood then,
// the chain's link up to this line, and with an order's first line a digest of what is written only once. A link covers
// the link before it, so a link noted outside of the kiosk proves later that nothing before it was changed.
type lineHash []byte

func (h lineHash) isWhole() bool       { return len(h) >= 2*hashPart }
func (h lineHash) orderDigest() []byte { return h[:hashPart] }
func (h lineHash) birthDigest() []byte { return h[2*hashPart:] }

// column is where database/sql puts a hash; it is nil in lines that an older version wrote.
func (h *lineHash) column() *[]byte { return (*[]byte)(h) }

// chainLink of a damaged hash is zero, as before the first line: the kiosk sells on, and the audit reports it.
func (h lineHash) chainLink() []byte {
	if !h.isWhole() {
		return make([]byte, hashPart)
	}
	return h[hashPart : 2*hashPart]
}

// hashedColumns is how many of the moved columns a digest covers. State and times are the line's own, which the link
// covers, and a remark may change the reason.
var hashedColumns = slices.Index(movedColumns, "state")

// digestMoved covers what a move writes, and the number and the price, which it asks for.
func digestMoved(scratch []byte, o *sale.Order, moved []any) []byte {
	return halfSHA256(appendValues(appendValues(appendText(scratch[:0], o.No), int64(o.Fen)), moved[:hashedColumns]...))
}

// digestBorn covers what is written only once.
func digestBorn(scratch []byte, born []any) []byte {
	return halfSHA256(appendValues(scratch[:0], born...))
}

// hashLine is a line's link: it covers the line, the digests in its hash, and by the link before it all that was.
func hashLine(scratch, before, digest, birth []byte, l *sale.Line) []byte {
	b := appendText(appendText(appendText(scratch[:0], before), digest), birth)
	b = appendText(appendText(appendText(b, l.No), l.Event), l.State)
	return halfSHA256(appendValues(b, unixMillis(l.At), boolToInt(l.Trusted)))
}

func halfSHA256(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:hashPart]
}

// appendText writes a length before a text, so that no two lists of texts have the same bytes.
func appendText[T ~string | ~[]byte](b []byte, v T) []byte {
	return append(binary.BigEndian.AppendUint32(append(b, 2), uint32(len(v))), v...)
}

// appendValues writes stored values, each behind a byte for its type.
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

// chainWriter extends the chain. It belongs to the writer's connection, and is guarded by the writer's lock.
type chainWriter struct {
	conn    *sql.Conn
	scratch []byte // for what is being hashed
	head    []byte // the newest line's link; nil: not known, the book is asked
}

// hashMove is the hash of the line that a move will write; born is empty but for a birth.
func (c *chainWriter) hashMove(ctx context.Context, m *sale.Move, born, moved []any) (lineHash, error) {
	if c.head == nil {
		h, err := readHead(ctx, c.conn)
		if err != nil {
			return nil, err
		}
		c.head = h.link
	}
	o := &m.Order
	l := sale.Line{No: o.No, Event: m.Event, State: o.State, At: o.Updated, Trusted: m.Trusted}
	var birth []byte
	if len(born) > 0 {
		birth = digestBorn(c.scratch, born)
	}
	digest := digestMoved(c.scratch, o, moved)
	return slices.Concat(digest, hashLine(c.scratch, c.head, digest, birth, &l), birth), nil
}

// dropHead: after a failed write only the book knows which line is the newest.
func (c *chainWriter) dropHead(err error) {
	if err != nil {
		c.head = nil
	}
}

// Head is the end of the journal's chain. Noted outside of the kiosk, it proves later that nothing before it was changed.
type Head struct {
	Line int64  `json:"line"`
	Seal string `json:"seal"` // the link, hexadecimal
	link []byte
}

// headQueries find the newest hash. If no line after the newest anchor has one, it is the anchor's.
var headQueries = []string{
	`SELECT seq, seal FROM journal WHERE seal IS NOT NULL AND seq > (SELECT ifnull(max(seq), 0) FROM anchors) ORDER BY seq DESC LIMIT 1`,
	`SELECT seq, seal FROM anchors ORDER BY seq DESC LIMIT 1`,
}

// readHead reads the end of the chain; of a book without lines it is zero.
func readHead(ctx context.Context, q queryer) (Head, error) {
	var line int64
	var h lineHash
	for i := 0; i < len(headQueries) && h == nil; i++ {
		if err := eachRow(ctx, q, func(scan scanFunc) error { return scan(&line, h.column()) }, headQueries[i]); err != nil {
			return Head{}, fmt.Errorf("read the journal's head: %w", err)
		}
	}
	return Head{line, hex.EncodeToString(h.chainLink()), h.chainLink()}, nil
}

// hashTail hashes the lines that an older version wrote after a deploy was undone. Only the newest line of an order can
// have a digest: the order as it stood at the lines before is not known any more, so their digests are zero. It returns how
// many lines they are.
func (c *chainWriter) hashTail(ctx context.Context) (lines int, err error) {
	h, err := readHead(ctx, c.conn)
	if err != nil {
		return 0, err
	}
	var last int64
	if err := c.conn.QueryRowContext(ctx, `SELECT ifnull(max(seq), 0) FROM journal`).Scan(&last); err != nil {
		return 0, fmt.Errorf("read the journal's end: %w", err)
	}
	c.head = h.link
	if last <= h.Line {
		return 0, nil
	}
	err = inTransaction(ctx, c.conn, func() error {
		for seq := h.Line; seq < last; lines++ {
			if seq, err = c.hashAfter(ctx, seq); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("seal what an older kiosk wrote: %w", err)
	}
	return lines, nil
}

// hashAfter hashes the line after one, and returns which line that was.
func (c *chainWriter) hashAfter(ctx context.Context, before int64) (seq int64, err error) {
	var l sale.Line
	var o sale.Order
	var newest, eldest bool
	row := c.conn.QueryRowContext(ctx, `SELECT seq, event, journal.state, at, journal.sure, seq = line, seq = birth, `+
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
	c.head = hashLine(nil, c.head, digest, birth, &l)
	_, err = c.conn.ExecContext(ctx, `UPDATE journal SET seal = ? WHERE seq = ?`, slices.Concat(digest, c.head, birth), seq)
	return seq, err
}
