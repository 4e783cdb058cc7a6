package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
	"kiosk/store"
)

// restoreBook puts a backup in the place of the book, and keeps the one before. Open orders of another merchant than the config's
// keep the kiosk from selling at the next start, until a person has handed them over.
func (c *cli) restoreBook(ctx context.Context, args []string) error {
	from := ""
	if len(args) == 1 && !strings.HasPrefix(args[0], "-") {
		from, args = args[0], nil
	}
	switch err := parseFlags("restore", args, func(*flag.FlagSet) {}); {
	case err != nil && (len(args) != 1 || errors.Is(err, flag.ErrHelp)):
		return err
	case from == "":
		return config.UsageError(errors.New("restore: say which backup: kiosk restore FILE"))
	}
	conf, err := c.loadConfig()
	if err != nil {
		return config.UsageError(err)
	}
	backup, err := store.OpenBackupFile(from)
	if err != nil {
		return err
	}
	defer backup.Close()
	if err := becomeOwner(conf.Store.Path); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	var left leftOpen
	did, err := store.Restore(ctx, conf.Store.Path, backup, time.Now(), func(kiosk string, past sale.History) error {
		if kiosk != "" && kiosk != conf.Kiosk {
			return fmt.Errorf("it is the book of kiosk %s, and this one is %s: take a backup of this kiosk, or put kiosk = %q into the config",
				kiosk, conf.Kiosk, kiosk)
		}
		left.noteOpen(past.Orders, payeeIDs(&conf))
		return nil
	})
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("restore: the kiosk is running: stop it first, with %s", serviceManager.Stop)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, restoredLine(from, did, left))
	return err
}

// leftOpen are the orders that a backup left open. What was paid for them goes back when the kiosk wakes, for their motor never
// turns again, and the backup does not know whether it has turned since.
type leftOpen struct {
	open    []sale.No
	foreign []sale.No // of another merchant than the config's
}

func (l *leftOpen) noteOpen(orders []sale.Order, ours sale.Merchant) {
	for _, o := range orders {
		switch {
		case o.State.Over() || o.State == sale.Owed:
		case !o.Merchant.IsSamePayee(ours):
			l.foreign = append(l.foreign, o.No)
		default:
			l.open = append(l.open, o.No)
		}
	}
}

// restoredLine says in one line what was done, and what is left to do.
func restoredLine(from string, did store.Restored, left leftOpen) string {
	said := []string{fmt.Sprintf("restored %s: %s", from, countThings(did.Orders, "order"))}
	if !did.Last.IsZero() {
		said[0] += ", the newest move at " + did.Last.In(sale.Beijing).Format("2006-01-02 15:04")
	}
	if n := len(left.open); n > 0 {
		said = append(said, fmt.Sprintf("%d under way, settled by query at the next start: what was paid goes back, even if the goods fell since (%s)", n, joinNumbers(left.open)))
	}
	if n := len(did.Sold); n > 0 {
		said = append(said, fmt.Sprintf("%s of these sold in the book before, so goods and money will both be out (%s)", countThings(n, "order"), joinNumbers(did.Sold)))
	}
	if n := len(left.foreign); n > 0 {
		said = append(said, fmt.Sprintf("%s under way of another merchant than the config's: put the pay keys back, or hand each over on the page (%s)", countThings(n, "order"), joinNumbers(left.foreign)))
	}
	if did.Owed > 0 {
		said = append(said, fmt.Sprintf("%d owed, perhaps settled since: ask before paying", did.Owed))
	}
	if did.Slots > 0 {
		said = append(said, countThings(did.Slots, "slot")+" flagged: count the stock")
	}
	said = append(said, fmt.Sprintf("numbers go on at %06d", did.Next))
	if did.Aside != "" {
		kept := "the book before is kept as " + did.Aside
		if did.Why != "" {
			kept += " (it was damaged)"
		}
		said = append(said, kept)
	}
	if n := len(did.Lost); n > 0 {
		said = append(said, fmt.Sprintf("%s under way in it differ or are missing here: look at the merchant's platform for %s",
			countThings(n, "order"), joinNumbers(did.Lost)))
	}
	return strings.Join(said, "; ")
}

// joinNumbers lists order numbers for a person, of many the first.
func joinNumbers(numbers []sale.No) string {
	var words []string
	for _, no := range numbers[:min(len(numbers), 5)] {
		words = append(words, string(no))
	}
	return strings.Join(words, ", ")
}

// countThings says how many, as English does.
func countThings(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
