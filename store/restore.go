package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kiosk/sale"
)

// Restored is what a restoring did.
type Restored struct {
	Orders     int       // in the backup
	Last       time.Time // its newest trusted time
	Open, Owed int       // of them; the open ones are settled by query when the kiosk wakes
	Next       int       // the sequence of the next order number
	Slots      int       // flagged: what was sold since is not in the backup's stock
	Aside      string    // what the book before is called now; "" if there was none
	Why        string    // why it could not be read; "" if it could
	Lost       []sale.No // its open and owed orders that the backup does not have as they stood
}

// Restore puts a backup in the place of the book at path, which is kept beside it under a dated name. Nothing is
// touched unless the backup is sound, passes the audit and fits: fits is asked with the kiosk that its newest order is
// of, "" if there is none, and what a kiosk would wake with. A cut at any moment leaves one of the two books in place,
// whole; a book that was damaged may be gone from its place, set aside.
//
// What the backup left open needs no mark: waking takes it up, and no path from there reaches a motor. What was sold
// after the backup is unknown to it; a notice or a bill finds it, for a person to decide.
func Restore(ctx context.Context, path, from string, now time.Time, fits func(kiosk string, past sale.History) error) (did Restored, err error) {
	lock, err := lockBook(path)
	if err != nil {
		return did, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := likeFolder(path + ".lock"); err != nil {
		return did, err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	r := restoring{path: path, temp: path + ".restoring", from: from, now: now, did: &did}
	defer func() { err = errors.Join(err, r.removeCopy()) }()
	if err := r.copyBackup(); err != nil {
		return did, err
	}
	if err := r.verifyBackup(ctx, fits); err != nil {
		return did, err
	}
	return did, r.replaceBook()
}

type restoring struct {
	path, temp, from string
	now              time.Time
	did              *Restored
	previous         *previousBook // the book in place, nil if there is none that can be read
}

// previousBook is what matters of the book that is replaced.
type previousBook struct {
	open []sale.Order
	next int
}

// removeCopy takes away what a restoring, this one or one that was cut short, left of its copy.
func (r *restoring) removeCopy() (err error) {
	for _, suffix := range suffixes {
		if e := os.Remove(r.temp + suffix); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// copyBackup copies the backup beside the book: the stick may be taken out now, and is never written. A book that was
// copied by hand comes with its log.
func (r *restoring) copyBackup() error {
	backup, err := os.Stat(r.from)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if book, err := os.Stat(r.path); err == nil && os.SameFile(book, backup) {
		return fmt.Errorf("restore: %s is the book itself: name a backup", r.from)
	}
	if backup.Size() == 0 || !backup.Mode().IsRegular() {
		return fmt.Errorf("restore: %s is no book: name a file that kiosk backup made", r.from)
	}
	if err := r.removeCopy(); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	for _, suffix := range []string{"", "-wal", "-journal"} {
		err := copyTo(r.temp+suffix, r.from+suffix)
		if err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return fmt.Errorf("restore: copy the backup: %w", err)
		}
	}
	return nil
}

func copyTo(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// verifyBackup refuses a backup that must not become the book, and makes the copy of a good one ready.
func (r *restoring) verifyBackup(ctx context.Context, fits func(string, sale.History) error) error {
	why, err := findDamage(ctx, r.temp)
	if err != nil {
		return fmt.Errorf("restore %s: %w", r.from, err)
	}
	if why != "" {
		return fmt.Errorf("restore: %s is damaged, or no book: %s: take another backup", r.from, why)
	}
	b, err := connectBook(ctx, r.temp)
	if err != nil {
		return fmt.Errorf("restore: open the copy of %s: %w", r.from, err)
	}
	err = r.checkIntegrity(ctx, b)
	if err == nil {
		err = r.prepareCopy(ctx, b, fits)
	}
	if err = errors.Join(err, b.Close()); err != nil {
		return err
	}
	return r.finishCopy()
}

// checkIntegrity looks at the whole backup, inside and by the rules of money.
func (r *restoring) checkIntegrity(ctx context.Context, b *Book) error {
	var word string
	err := b.conn.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&word)
	if err == nil && word != "ok" {
		err = errors.New(strings.Join(strings.Fields(word), " "))
	}
	if err != nil {
		return fmt.Errorf("restore: %s is damaged: %w: take another backup", r.from, err)
	}
	whole, err := b.Audit(ctx)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if n := len(whole.Violations); n > 0 {
		v := whole.Violations[0]
		return fmt.Errorf("restore: %s does not pass the audit: %s %s: %s (%d in all): take another backup", r.from, v.Rule, v.No, v.Text, n)
	}
	r.did.Orders = whole.Orders
	return nil
}

// prepareCopy asks whether the backup fits here, flags what it cannot know and takes up new numbers.
func (r *restoring) prepareCopy(ctx context.Context, b *Book, fits func(string, sale.History) error) error {
	past, err := b.Load(ctx)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	var newest sale.No
	err = b.conn.QueryRowContext(ctx, `SELECT no FROM orders ORDER BY id DESC LIMIT 1`).Scan(&newest)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("restore: %w", err)
	}
	if err := fits(newest.Kiosk(), past); err != nil {
		return fmt.Errorf("restore %s: %w", r.from, err)
	}
	if err := r.readPrevious(ctx); err != nil {
		return err
	}
	d := r.did
	for _, o := range past.Orders {
		switch {
		case o.State == sale.Owed:
			d.Owed++
		case !o.State.Over():
			d.Open++
		}
	}
	d.Last, d.Slots, d.Next = past.Last, len(past.Slots), past.Next+unknownNumbers
	if r.previous != nil {
		d.Next = max(past.Next, r.previous.next)
		if d.Lost, err = r.findLost(ctx, b); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
	}
	if err := r.markRestored(ctx, b); err != nil {
		return fmt.Errorf("restore: make the copy ready: %w", err)
	}
	return nil
}

// unknownNumbers are left out where nobody can tell how many were given since the backup. A number is never repeated
// anyway, by its drawn part; this is for people, who read only the sequence.
const unknownNumbers = 1000

// findLost names the orders under way in the book before that the backup does not have as they stood.
func (r *restoring) findLost(ctx context.Context, b *Book) (lost []sale.No, err error) {
	for _, o := range r.previous.open {
		had, found, err := b.FindOrder(ctx, o.No)
		if err != nil {
			return nil, err
		}
		if !found || had.State != o.State {
			lost = append(lost, o.No)
		}
	}
	return lost, nil
}

func (r *restoring) markRestored(ctx context.Context, b *Book) error {
	line := sale.Alarm{At: r.now, Kind: sale.AlarmService, Act: string(sale.ActRestored), Old: filepath.Base(r.from), New: strconv.Itoa(r.did.Orders)}
	line.Text = "restored from " + line.Old + " with " + line.New + " orders"
	return inTransaction(ctx, b.conn, func() error {
		for _, do := range []struct {
			text string
			args []any
		}{
			{`UPDATE shelves SET flag = ?`, []any{sale.FlagRestored}},
			{`DELETE FROM sqlite_sequence WHERE name = 'orders'`, nil},
			{`INSERT INTO sqlite_sequence (name, seq) VALUES ('orders', ?)`, []any{int64(r.did.Next - 1)}},
			{insertAlarm, alarmValues(&line)},
		} {
			if _, err := b.conn.ExecContext(ctx, do.text, do.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// likeFolder gives a file to whom its folder belongs: root restores, and the kiosk's own user goes on.
func likeFolder(path string) error {
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	if err := os.Chown(path, int(owner.Uid), int(owner.Gid)); err != nil {
		return fmt.Errorf("restore: give the book to its user: %w", err)
	}
	return nil
}
