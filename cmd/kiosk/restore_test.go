package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
	"kiosk/store"
)

// aBackup is what kiosk backup made of a book: an order of a kiosk is owed, and one is still refunded, both to a payee.
func aBackup(t *testing.T, kiosk string, payee sale.Merchant) string {
	t.Helper()
	b, err := store.Open(filepath.Join(t.TempDir(), "kiosk.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	now := time.Date(2026, 3, 2, 4, 5, 6, 0, time.UTC)
	for n, to := range []sale.State{sale.Owed, sale.Refunding} {
		no := sale.Number(kiosk, n+1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		o := sale.Order{No: no, Choice: "c", Means: sale.Native, Slot: 1, Fen: 350, Merchant: payee, Created: now, Updated: now, State: sale.Asking, Last: sale.Chosen}
		moves := []sale.Move{{From: sale.New, Event: sale.Chosen, Order: o, Trusted: true}}
		o.State, o.Last = sale.Refunding, sale.Misfit
		o.Money = sale.Money{Transaction: "t" + string(no), Fen: 351, Currency: "CNY", At: now}
		o.RefundNo, o.Round, o.RefundFen, o.Why = string(no)+"R1", 1, 351, sale.RefundForMisfit
		moves = append(moves, sale.Move{From: sale.Asking, Event: sale.Misfit, Order: o, Trusted: true})
		if to == sale.Owed {
			o.State, o.Last, o.GatewayCode = sale.Owed, sale.Unpayable, "TRADE_OVERDUE"
			moves = append(moves, sale.Move{From: sale.Refunding, Event: sale.Unpayable, Order: o, Trusted: true})
		}
		for _, m := range moves {
			if err := b.Write(t.Context(), sale.Batch{Moves: []sale.Move{m}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := b.SeedSlots(t.Context(), []sale.SlotState{{Slot: 1, Name: "a", Fen: 350, Stock: 9}}); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "backup.db")
	if err := b.Backup(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	return to
}

// ourPayee is whom the kiosk of a config is paid for.
func ourPayee(t *testing.T, file string) sale.Merchant {
	t.Helper()
	conf, err := readConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	_, payee, err := newGateway(&conf, nil)
	if err != nil {
		t.Fatal(err)
	}
	return payee
}

func globbed(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestABackupIsRestoredWithOneLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conf := aConfig(t, dir, "127.0.0.1:1", "http://127.0.0.1:1", "0123456789abcdef0123456789abcdef", nil)
	backup := aBackup(t, "T0001", ourPayee(t, conf))
	got := kioskDoes(t, "-config", conf, "restore", backup)
	if got.code != exitGood || got.err != "" || strings.Count(got.out, "\n") != 1 {
		t.Fatalf("restore: %+v", got)
	}
	for _, word := range []string{"restored " + backup + ": 2 orders", "2026-03-02 12:05", "1 under way", "1 owed", "1 slot flagged", "numbers go on at 001003"} {
		if !strings.Contains(got.out, word) {
			t.Errorf("the owner does not read %q in %q", word, got.out)
		}
	}
	if got := kioskDoes(t, "-config", conf, "orders"); strings.Count(got.out, "\n") != 2 {
		t.Errorf("after restoring: %+v", got)
	}
	if got := kioskDoes(t, "-config", conf, "audit"); got.code != exitGood {
		t.Errorf("after restoring: %+v", got)
	}
	other := ourPayee(t, conf)
	other.Key = "another"
	if got := kioskDoes(t, "-config", conf, "restore", aBackup(t, "T0001", other)); got.code != exitGood || strings.Contains(got.out, "another merchant") {
		t.Errorf("a backup under a former key of the same merchant: %+v", got)
	}
	if got := kioskDoes(t, "-config", conf, "check"); strings.Contains(got.out, "不属于配置里的商户") {
		t.Errorf("checked under a former key: %+v", got)
	}
	other.MchID = "1699999999"
	if got := kioskDoes(t, "-config", conf, "restore", aBackup(t, "T0001", other)); got.code != exitGood || !strings.Contains(got.out, "1 order under way of another merchant") || strings.Contains(got.out, "settled by query") {
		t.Errorf("a backup of a former merchant is the best there is: %+v", got)
	}
	if got := kioskDoes(t, "-config", conf, "check"); got.code != exitFinding || !strings.Contains(got.out, "1 笔未完的订单不属于配置里的商户，如 T0001-000002") {
		t.Errorf("the installer is not told why it will not sell: %+v", got)
	}
	for _, name := range globbed(t, filepath.Join(dir, "kiosk.db.before-*")) {
		os.Remove(name)
	}
	got = kioskDoes(t, "-config", conf, "restore", backup)
	if kept, err := filepath.Glob(filepath.Join(dir, "kiosk.db.before-*")); err != nil || len(kept) != 1 || !strings.Contains(got.out, filepath.Base(kept[0])) {
		t.Errorf("the book before is nowhere, or not named: %v in %+v", kept, got)
	}
}

func TestWhatIsNotRestoredIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conf := aConfig(t, dir, "127.0.0.1:1", "http://127.0.0.1:1", "0123456789abcdef0123456789abcdef", nil)
	payee := ourPayee(t, conf)
	does := func(args ...string) spoken {
		return kioskDoes(t, append([]string{"-config", conf, "restore"}, args...)...)
	}
	does().oneLineOnly(t, exitUse, "restore FILE")
	does("-x").oneLineOnly(t, exitUse, "restore FILE")
	does("a", "b").oneLineOnly(t, exitUse, "restore")
	does(filepath.Join(dir, "nowhere")).oneLineOnly(t, exitFinding, "nowhere")
	does(conf).oneLineOnly(t, exitFinding, "no book")
	does(aBackup(t, "K0007", payee)).oneLineOnly(t, exitFinding, "K0007", "T0001", "config")
	running, err := store.Open(filepath.Join(dir, "kiosk.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	does(aBackup(t, "T0001", payee)).oneLineOnly(t, exitFinding, "running", serviceManager.Stop)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 7 { // the config, its key, the book with its log and lock
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestWhatTheOwnerIsToldToTypeIsThere: after a loss nobody has patience for a command that does not exist.
func TestWhatTheOwnerIsToldToTypeIsThere(t *testing.T) {
	text, err := os.ReadFile("../../docs/recover.md")
	if err != nil {
		t.Fatal(err)
	}
	told := regexp.MustCompile("(?:\n {4,}|`)(?:sudo )?kiosk ([a-z]+)").FindAllStringSubmatch(string(text), -1)
	if len(told) < 8 {
		t.Fatalf("only %d commands were found", len(told))
	}
	for _, c := range told {
		if commands[c[1]] == nil {
			t.Errorf("docs/recover.md says kiosk %s, and there is no such command", c[1])
		}
	}
	for _, word := range []string{sale.FlagRestored, ".before-", ".damaged-", store.RuleChain} {
		if !strings.Contains(string(text), word) {
			t.Errorf("docs/recover.md does not speak of %q", word)
		}
	}
}
