package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
)

// Restored is what Restore did.
type Restored struct {
	Orders     int       // in the backup
	Last       time.Time // its newest trusted time
	Open, Owed int       // of them; the open ones are settled by query when the kiosk wakes
	Next       int       // the sequence of the next order number
	Slots      int       // flagged: what was sold since is not in the backup's stock
	Aside      string    // what the book before is called now; "" if there was none
	Why        string    // why it could not be read; "" if it could
	Sold       []sale.No // open in the backup, and sold in the book before: when the kiosk wakes their money goes back
	Lost       []sale.No // its open and owed orders that the backup does not have as they stood
}

// Restore puts a backup in the place of the book at path, and keeps that book beside it under a dated name. It changes
// nothing unless the backup is sound, passes the audit and fits. It calls fits with the kiosk of the backup's newest order,
// "" if there is none, and with what a kiosk would wake with. A power cut at any moment leaves one of the two books in
// place, whole; only a damaged book may be gone from its place, set aside.
//
// Whoever calls it as root becomes the folder's owner before: everything here is done by name in a folder that he can write in.
//
// The backup's open orders need no mark: the kiosk takes them up when it wakes, and no path from there reaches a motor.
// The backup does not know what was sold after it; a notice or a bill finds that, for a person to decide.
func Restore(ctx context.Context, path string, from *BackupFile, now time.Time, fits func(kiosk string, past sale.History) error) (did Restored, err error) {
	lock, err := lockBook(path)
	if err != nil {
		return did, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := checkKinds(path); err != nil {
		return did, fmt.Errorf("restore: %w", err)
	}
	path = realPath(path) // else the link would be replaced, and not the book behind it
	r := restoring{path: path, temp: path + ".restoring", from: from, now: now, fits: fits, did: &did}
	defer func() { err = errors.Join(err, r.removeCopy()) }()
	if err := r.copyBackup(ctx); err != nil {
		return did, err
	}
	if err := r.verifyBackup(ctx); err != nil {
		return did, err
	}
	if err := r.replaceBook(); err != nil {
		return did, err
	}
	if err := noteRestored(ctx, path, r.around.head); err != nil {
		return did, fmt.Errorf("restore: %w", err)
	}
	return did, nil
}

// restoring is a Restore under way. Everything is done to a copy, temp, until one rename puts it in place.
type restoring struct {
	path, temp string
	from       *BackupFile
	now        time.Time
	fits       func(kiosk string, past sale.History) error
	did        *Restored
	open       []sale.No     // what the backup left open
	previous   *previousBook // the book in place, nil if there is none that can be read
	around     surroundings  // with the head of the book in place
}

// verifyBackup refuses a backup that must not become the book, and prepares the copy of a good one. The damage of a copy is
// looked for as that of a book is, and connecting migrates it.
func (r *restoring) verifyBackup(ctx context.Context) error {
	why, err := findDamage(ctx, r.temp, surroundings{})
	if err != nil {
		return fmt.Errorf("restore %s: %w", r.from.name, err)
	}
	if why != "" {
		return fmt.Errorf("restore: %s is damaged, or no book: %s: take another backup", r.from.name, why)
	}
	b, err := connectBook(ctx, r.temp)
	if err != nil {
		return fmt.Errorf("restore: open the copy of %s: %w", r.from.name, err)
	}
	err = r.checkIntegrity(ctx, b) // of the migrated copy: it is what will be the book
	if err == nil {
		err = r.prepareCopy(ctx, b)
	}
	if err = errors.Join(err, b.Close()); err != nil {
		return err
	}
	if err := makeOneFile(r.temp); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// checkIntegrity looks at the whole backup, inside and by the rules of money. It takes longer than the check of every
// start, because here nobody waits for a sale.
func (r *restoring) checkIntegrity(ctx context.Context, b *Book) error {
	var word string
	err := b.conn.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&word)
	if err == nil && word != "ok" {
		err = errors.New(strings.Join(strings.Fields(word), " "))
	}
	if err != nil {
		return fmt.Errorf("restore: %s is damaged: %w: take another backup", r.from.name, err)
	}
	whole, err := b.Audit(ctx)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if broken := whole.Broken(); len(broken) > 0 {
		n, v := len(broken), broken[0]
		return fmt.Errorf("restore: %s does not pass the audit: %s %s: %s (%d in all): take another backup", r.from.name, v.Rule, v.No, v.Text, n)
	}
	r.did.Orders = whole.Orders
	return nil
}

// unknownNumbers are left out if the previous book cannot be read, because nobody knows how many it gave since the backup.
// The drawn part keeps numbers unique anyway; this is for people, who read only the sequence.
const unknownNumbers = 1000

// prepareCopy asks whether the backup fits here, flags what it cannot know and moves on to unused numbers.
func (r *restoring) prepareCopy(ctx context.Context, b *Book) error {
	past, err := b.Load(ctx)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	var newest sale.No
	err = b.conn.QueryRowContext(ctx, `SELECT ifnull((SELECT no FROM orders ORDER BY id DESC LIMIT 1), '')`).Scan(&newest)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := r.fits(newest.Kiosk(), past); err != nil {
		return fmt.Errorf("restore %s: %w", r.from.name, err)
	}
	d := r.did
	for _, o := range past.Orders {
		switch {
		case o.State == sale.Owed:
			d.Owed++
		case !o.State.Over():
			d.Open++
			r.open = append(r.open, o.No)
		}
	}
	if err := r.readPrevious(ctx); err != nil {
		return err
	}
	d.Last, d.Slots, d.Next = past.Last, len(past.Slots), past.Next+unknownNumbers
	if r.previous != nil {
		for _, no := range r.open {
			if r.previous.sold[no] {
				d.Sold = append(d.Sold, no)
			}
		}
		d.Next = max(past.Next, r.previous.next)
		if d.Lost, err = findLost(ctx, r.previous.open, b); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
	} else if r.around.head != nil {
		d.Next = max(d.Next, int(r.around.head.Rows.Births)+1+unknownNumbers)
	}
	if err := r.markRestored(ctx, b.conn); err != nil {
		return fmt.Errorf("restore: make the copy ready: %w", err)
	}
	return nil
}

// describeOpen tells a person of an order that the backup left open. The kiosk gives its money back when it wakes, and the book
// before, or a look at the slot, says whether its goods fell.
func (r *restoring) describeOpen(no sale.No) *sale.Alarm {
	a := &sale.Alarm{At: r.now, No: no, Kind: "restored", Text: "open in the backup: what was paid for it goes back, and its goods may have fallen since"}
	if slices.Contains(r.did.Sold, no) {
		a.Kind, a.Text = "restored, sold", "open in the backup, and sold in the book before: its goods fell, and its money goes back"
	}
	return a
}

// markRestored writes into the copy what happens to it: flags, the next number, and an audit line. Nobody is asked for a
// name at a shell, so the line has the backup's in place of a person's.
func (r *restoring) markRestored(ctx context.Context, conn *sql.Conn) error {
	line := sale.Alarm{At: r.now, Kind: sale.AlarmService, Act: string(sale.ActRestored), Old: filepath.Base(r.from.name), New: strconv.Itoa(r.did.Orders)}
	line.Text = "restored from " + line.Old + " with " + line.New + " orders"
	list, err := r.keepLost(ctx, conn)
	if err != nil {
		return err
	}
	list = append(list, skipNumbers(int64(r.did.Next-1))...)
	for _, no := range r.open {
		list = append(list, statement{insertAlarm, sealedAlarm(r.describeOpen(no))})
	}
	list = append(list, statement{insertAlarm, sealedAlarm(&line)}, statement{`UPDATE shelves SET flag = ?`, []any{sale.FlagRestored}})
	if err := execAll(ctx, conn, list); err != nil {
		return err
	}
	_, err = adoptUnsealed(ctx, conn) // the flags
	return err
}
