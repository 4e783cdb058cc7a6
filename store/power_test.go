package store

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kiosk/sale"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const childBook = "KIOSK_TEST_BOOK"

// TestMain is also the kiosk that the power tests kill: it sells for ever and says what it has on disk.
func TestMain(m *testing.M) {
	if path := os.Getenv(childBook); path != "" {
		fmt.Println(sellForEver(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func sellForEver(path string) error {
	ctx := context.Background()
	b, err := Open(path)
	if err != nil {
		return err
	}
	past, err := b.Load(ctx)
	if err != nil {
		return err
	}
	for _, o := range past.Orders { // what the last life left at the machine is given up
		if o.State.Live() {
			last := sale.Move{Order: o, Trusted: true}
			if err := b.Write(ctx, sale.Batch{Moves: []sale.Move{after(last, sale.Woke)}}); err != nil {
				return err
			}
			fmt.Println(o.No, sale.Woke)
		}
	}
	for n := past.Next; ; n += 2 {
		late := life(n, sale.Asked, sale.Late)
		second := life(n+1, sold...)
		pages := [][]sale.Move{late[:1], late[1:2], {late[2], second[0]}, second[1:2], second[2:3], second[3:]}
		for _, page := range pages {
			if err := b.Write(ctx, sale.Batch{Moves: page, Slots: []sale.SlotState{{Slot: 3, Fen: 350, Stock: n}}[:len(page)-1]}); err != nil {
				return err
			}
			for _, m := range page {
				fmt.Println(m.Order.No, m.Event)
			}
		}
	}
}

// TestAPowerCutLosesNoMove kills a selling kiosk, life after life, and looks for every move it had acknowledged.
func TestAPowerCutLosesNoMove(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kiosk.db")
	var acked []string
	for n, cut := range []int{1, 2, 3, 4, 5, 7, 11, 40, 400} {
		acked = append(acked, sellUntilCut(t, path, cut)...)
		r, err := OpenReader(path)
		if err != nil {
			t.Fatalf("after cut %d a second process cannot read the book: %v", n, err)
		}
		read := moves(list(t, r))
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		b, err := Open(path)
		if err != nil {
			t.Fatalf("after cut %d the kiosk does not start: %v", n, err)
		}
		written := moves(list(t, b))
		sound(t, b)
		if b.SetAside() != "" {
			t.Fatalf("after cut %d the book counts as damaged: %s", n, b.SetAside())
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if !slices.Equal(read, written) {
			t.Errorf("after cut %d the reader sees %d moves, the kiosk %d", n, len(read), len(written))
		}
		for _, m := range acked {
			if !slices.Contains(written, m) {
				t.Errorf("after cut %d the acknowledged move %q is lost", n, m)
			}
		}
		acked = written // what was written but not told stays too
	}
}

// sellUntilCut lets a kiosk of its own process sell, kills it after some moves and returns what it acknowledged.
// While it sells, this process reads.
func sellUntilCut(t *testing.T, path string, cut int) (acked []string) {
	t.Helper()
	args := append(strings.Fields(os.Getenv("KIOSK_UNDER")), os.Args[0]) // an emulator, where this test is for another processor
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childBook+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for len(acked) < cut && lines.Scan() {
		acked = append(acked, lines.Text())
	}
	if cut > 20 {
		readWhileSelling(t, path, acked)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		acked = append(acked, lines.Text())
	}
	_ = cmd.Wait() // it was killed
	if len(acked) < cut || len(fieldsOf(acked)) != len(acked) {
		t.Fatalf("the kiosk stopped by itself: %v", acked)
	}
	return acked
}

func fieldsOf(acked []string) (good []string) {
	for _, line := range acked {
		if len(strings.Fields(line)) == 2 {
			good = append(good, line)
		}
	}
	return good
}

func readWhileSelling(t *testing.T, path string, acked []string) {
	t.Helper()
	if !InUse(path) {
		t.Error("a book that another process writes is said to be free")
	}
	if b, err := Open(path); !errors.Is(err, ErrInUse) {
		t.Errorf("two processes write one book: %v %v", b, err)
	}
	r, err := OpenReader(path)
	if err != nil {
		t.Fatalf("a second process cannot read while the kiosk sells: %v", err)
	}
	defer r.Close()
	for range 5 {
		entries := list(t, r)
		seen := moves(entries)
		for _, m := range acked {
			if !slices.Contains(seen, m) {
				t.Errorf("a second process does not see %q", m)
			}
		}
		for _, v := range auditEntries(entries) {
			t.Errorf("a second process sees half a move: %+v", v)
		}
	}
}

// moves are the journals' lines, as the selling kiosk acknowledges them.
func moves(entries []sale.Entry) (all []string) {
	for _, e := range entries {
		for _, l := range e.Journal {
			all = append(all, fmt.Sprint(l.No, " ", l.Event))
		}
	}
	slices.Sort(all)
	return all
}

// TestATornLogLosesNoSyncedMove cuts the log at every half kilobyte, with what a card may leave behind the cut.
func TestATornLogLosesNoSyncedMove(t *testing.T) {
	t.Parallel()
	b, path := newBook(t)
	var ends []int64 // how long the log was when a move was acknowledged
	began := logEnd(t, path)
	for n := 1; n <= 2; n++ {
		for _, m := range life(n, sold...) {
			live(t, b, m)
			ends = append(ends, logEnd(t, path))
		}
	}
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	whole := moves(list(t, b))
	tails := []string{"nothing", "\x00", "\xff"}
	cuts := 0
	for cut := began; cut <= int64(len(log)); cut += 512 {
		tail := tails[cuts%len(tails)]
		torn := slices.Clone(log[:cut])
		if tail != "nothing" {
			torn = append(torn, strings.Repeat(tail, len(log)-int(cut))...)
		}
		synced := 0
		for synced < len(ends) && ends[synced] <= cut {
			synced++
		}
		if n := openTorn(t, path, torn); n < synced || n > synced+1 {
			t.Errorf("cut at %d, then %q: %d moves were acknowledged, %d are there", cut, tail, synced, n)
		}
		cuts++
	}
	if cuts < 50 || len(whole) != len(ends) {
		t.Errorf("only %d cuts were tried", cuts)
	}
}

// openTorn starts a kiosk on a copy of the book with another log, and counts the moves it finds.
func openTorn(t *testing.T, path string, log []byte) int {
	t.Helper()
	torn := filepath.Join(t.TempDir(), "kiosk.db")
	copyFile(t, path, torn)
	if err := os.WriteFile(torn+"-wal", log, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := Open(torn)
	if err != nil {
		t.Fatalf("with %d bytes of log the kiosk does not start: %v", len(log), err)
	}
	defer b.Close()
	sound(t, b)
	if b.SetAside() != "" {
		t.Errorf("with %d bytes of log the book counts as damaged: %s", len(log), b.SetAside())
	}
	return len(moves(list(t, b)))
}

// logEnd is where the last valid commit of the log ends, and commits how many there are.
func logEnd(t *testing.T, path string) int64 { end, _ := readLog(t, path); return end }

func readLog(t *testing.T, path string) (end int64, commits int) {
	t.Helper()
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	const head, frame = 32, 24 + 1024
	for at := head; at+frame <= len(log); at += frame {
		salt := slices.Equal(log[at+8:at+16], log[16:24])
		if salt && binary.BigEndian.Uint32(log[at+4:]) != 0 {
			end, commits = int64(at+frame), commits+1
		}
	}
	return end, commits
}

// TestAMoveIsOneCommit: with synchronous=FULL a commit is a sync, and a card wears by its syncs.
func TestAMoveIsOneCommit(t *testing.T) {
	b, path := newBook(t)
	live(t, b, life(1, sold...)...)
	began, was := readLog(t, path)
	moves := life(2, sale.Asked, sale.Paid, sale.Stuck, sale.Bounced, sale.Repaid)
	live(t, b, moves...)
	end, now := readLog(t, path)
	if now-was != len(moves) {
		t.Errorf("%d moves took %d commits", len(moves), now-was)
	}
	if frames := float64(end-began) / 1048 / float64(len(moves)); frames > 5 {
		t.Errorf("a move writes %.1f pages", frames)
	}
}

// TestAFullCard: nothing is half written, and the book goes on when there is room again.
func TestAFullCard(t *testing.T) {
	b, _ := newBook(t)
	live(t, b, life(1, sold...)...)
	limit := func(n int) {
		if _, err := b.conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // SQLite takes it as: no more than there are now
	n := 2
	var err error
	for ; err == nil && n < 500; n++ {
		m := life(n, sale.Late)
		err = b.Write(t.Context(), sale.Batch{Moves: m, Slots: []sale.SlotState{{Slot: 1, Stock: n}}})
	}
	var e *sqlite.Error
	if !errors.As(err, &e) || e.Code() != sqlite3.SQLITE_FULL || errors.Is(err, sale.ErrRefused) {
		t.Fatalf("a full card is told as %v", err)
	}
	n-- // the one that did not fit
	if got := recall(t, b); len(got.Orders) != n-2 || got.Next != n {
		t.Errorf("of the page that did not fit something is there: %d orders, next %d", len(got.Orders), got.Next)
	}
	if err := b.CheckWritable(t.Context()); err != nil {
		t.Errorf("a proof needs room: %v", err)
	}
	sound(t, b)
	limit(1 << 30)
	live(t, b, life(n, sold...)...)
	sound(t, b)
}
