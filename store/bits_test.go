package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kiosk/sale"
)

// A scene is a book as a power cut or a stop leaves it, with its log and its head, and one file in which bits rot.
type scene struct {
	name, file string
	files      map[string][]byte
	size       int64 // of the part of the file in which bits rot
	tail       int64 // where the last transaction of the log begins: what rots from there on may be a torn tail
	lines      int64 // of the journal, up to the head
	was        memory
}

// memory is everything that a book must not lose or change in silence: its orders with every line, by line, and its other
// rows. A remark and the times of remarks are not sealed.
type memory struct {
	lines  map[int64]string
	orders map[int64]string // by their newest lines
	rows   []string
}

func memoryOf(t *testing.T, b *Book) memory {
	t.Helper()
	m := memory{lines: map[int64]string{}, orders: map[int64]string{}}
	for _, e := range list(t, b) {
		for _, l := range e.Journal {
			m.lines[l.Seq] = fmt.Sprint(l)
		}
		o := e.Order
		if o.State != sale.Sold && o.State != sale.Refunded {
			o.Updated = noon
		}
		o.Reason = ""
		m.orders[e.Journal[len(e.Journal)-1].Seq] = fmt.Sprint(o)
	}
	past := recall(t, b)
	m.rows = append(m.rows, fmt.Sprint(past.Slots, past.Doubts))
	alarms, err := b.ListAlarms(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	notices, err := b.ListNotices(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	m.rows = append(m.rows, fmt.Sprint(alarms), fmt.Sprint(notices))
	return m
}

// lives sells from one number up to another, with every kind of end.
func lives(t *testing.T, b *Book, from, to int) {
	t.Helper()
	ends := [][]sale.Event{sold, {sale.Asked, sale.Paid, sale.Stuck, sale.Repaid}, {sale.Asked, sale.Late, sale.Gone}, sold,
		{sale.Asked, sale.Paid, sale.Stuck}, sold, {sale.Misfit, sale.Unpayable}, sold}
	for n := from; n < to; n++ {
		moves := life(n, ends[n%len(ends)]...)
		live(t, b, moves...)
		batch := sale.Batch{Slots: []sale.SlotState{{Slot: sale.Slot(n%6 + 1), Name: "可口可乐", NameEN: "Coke", Fen: 350, Stock: n}},
			Doubts: &sale.Doubts{Drops: n}, Alarms: []sale.Alarm{{At: noon, Slot: 3, Kind: sale.AlarmService, Text: fmt.Sprint("filled to ", n)}}}
		if err := b.Write(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if _, err := b.KeepNotice(t.Context(), aNotice(fmt.Sprint("notice ", n))); err != nil {
			t.Fatal(err)
		}
	}
}

var bookFiles = []string{"", "-wal", headSuffixes[0], headSuffixes[1]}

func readFiles(t *testing.T, path string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, suffix := range bookFiles {
		if data, err := os.ReadFile(path + suffix); err == nil {
			files[suffix] = data
		}
	}
	return files
}

// scenes are the files in which bits rot: the log of a new machine, which holds the whole book; a log that holds a day, with a
// sale that came after the head; the log of a kiosk that was idle for a minute; the log that a stop leaves; and the book that it
// leaves.
func scenes(t *testing.T) []scene {
	t.Helper()
	b, path := newBook(t)
	lives(t, b, 1, 12)
	if err := b.NoteHead(t.Context()); err != nil {
		t.Fatal(err)
	}
	noted, _ := b.LastHead()
	lives(t, b, 12, 13)
	end, _ := readLog(t, path)
	fresh := scene{"the log of a new machine", "-wal", readFiles(t, path), end, lastCommit(t, path), noted.Line, memoryOf(t, b)}
	lives(t, b, 13, 24)
	b.Close()
	b = openBook(t, path)
	lives(t, b, 24, 40)
	if err := b.NoteHead(t.Context()); err != nil {
		t.Fatal(err)
	}
	noted, _ = b.LastHead()
	live(t, b, life(40, sold...)...)
	end, _ = readLog(t, path)
	log := scene{"the log of a day", "-wal", readFiles(t, path), end, lastCommit(t, path), noted.Line, memoryOf(t, b)}
	if did, err := b.Checkpoint(t.Context()); err != nil || !did {
		t.Fatal(did, err)
	}
	if err := b.NoteHead(t.Context()); err != nil {
		t.Fatal(err)
	}
	idle := scene{"the log of an idle kiosk", "-wal", readFiles(t, path), b.LogSize(), 0, noted.Line + 4, log.was}
	b.Close()
	files := readFiles(t, path)
	b = openBook(t, path)
	was, line := memoryOf(t, b), noted.Line+4
	if noted, _ = b.LastHead(); noted.Line != line {
		t.Fatalf("the head of a stop is line %d and not %d", noted.Line, line)
	}
	return []scene{
		fresh, log, idle,
		{"the log of a stop", "-wal", files, int64(len(files["-wal"])), int64(len(files["-wal"])), line, was},
		{"the book", "", files, int64(len(files[""])), int64(len(files[""])), line, was},
	}
}

// lastCommit is where the frames of the last transaction begin.
func lastCommit(t *testing.T, path string) (at int64) {
	t.Helper()
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	const head, frame = 32, 24 + 1024
	begin, last := int64(head), int64(head)
	for at := head; at+frame <= len(log) && slices.Equal(log[at+8:at+16], log[16:24]); at += frame {
		if binary.BigEndian.Uint32(log[at+4:]) != 0 {
			begin, last = last, int64(at+frame)
		}
	}
	return begin
}

// fate is what became of a book with one bit changed.
type fate struct {
	told  string // why it was set aside; "" if it was not
	lost  int    // lines that are gone or changed, in silence
	worst int64  // the first of them
	rows  bool   // something beside the journal changed in silence
}

// rot opens a copy of a scene with one bit changed.
func (s *scene) rot(t *testing.T, dir string, bit int64) (f fate, err error) {
	t.Helper()
	path := filepath.Join(dir, "kiosk.db")
	for suffix, data := range s.files {
		if suffix == s.file {
			data = slices.Clone(data)
			data[bit/8] ^= 1 << (bit % 8)
		}
		if err := os.WriteFile(path+suffix, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := Open(path)
	if err != nil {
		return f, err
	}
	defer b.Close()
	past, err := b.Load(context.Background())
	if err != nil {
		return f, err
	}
	if f.told = b.SetAside(); f.told != "" {
		if past.Damaged == "" {
			t.Errorf("it sells from the new book in place of %s", f.told)
		}
		return f, nil
	}
	is := memoryOf(t, b)
	f.rows = !slices.Equal(is.rows, s.was.rows)
	for seq, text := range s.was.lines {
		order, had := s.was.orders[seq]
		if is.lines[seq] != text || had && is.orders[seq] != order {
			if f.lost++; f.worst == 0 || seq < f.worst {
				f.worst = seq
			}
		}
	}
	return f, nil
}

// TestNoRottenBitLosesAMoveInSilence changes single bits at random places of the log and of the book. Each is told, or has no
// effect, or costs what the last write of all wrote after the head: that may be a torn tail. BITS says how many for each
// place, SEED which.
func TestNoRottenBitLosesAMoveInSilence(t *testing.T) {
	bits, seed := envInt("BITS", 12), envInt("SEED", 7)
	draw := rand.New(rand.NewPCG(uint64(seed), 1))
	fmt.Fprintf(t.Output(), "%d bits a place, seed %d: T told, . no effect, n: so many lines lost, which the last write wrote after the head\n", bits, seed)
	for _, s := range scenes(t) {
		var marks []string
		told, silent := 0, 0
		for range bits {
			bit := draw.Int64N(s.size * 8)
			f, err := s.rot(t, t.TempDir(), bit)
			at := fmt.Sprintf("%s, byte %d, bit %d", s.name, bit/8, bit%8)
			switch {
			case err != nil:
				t.Errorf("%s: the kiosk does not start, and the technician reads: %v", at, err)
			case f.told != "":
				told++
				marks = append(marks, fmt.Sprintf("%d/%d:T", bit/8, bit%8))
			case f.lost > 0 && f.worst <= s.lines:
				t.Errorf("%s: line %d of %d is lost in silence, and the head covers it", at, f.worst, s.lines)
			case f.lost > 0 && bit/8 < s.tail:
				t.Errorf("%s: %d lines are lost in silence, with whole frames of later moves behind", at, f.lost)
			case f.lost > 0:
				silent++
				marks = append(marks, fmt.Sprintf("%d/%d:%d", bit/8, bit%8, f.lost))
			case f.rows && bit/8 >= s.tail:
				silent++
				marks = append(marks, fmt.Sprintf("%d/%d:row", bit/8, bit%8))
			case f.rows:
				t.Errorf("%s: a slot, a doubt, an alarm or a notice changed in silence", at)
			default:
				marks = append(marks, fmt.Sprintf("%d/%d:.", bit/8, bit%8))
			}
		}
		fmt.Fprintf(t.Output(), "%s (%d bytes, the head covers %d lines): %d of %d told, %d lost a line after the head\n  %s\n",
			s.name, s.size, s.lines, told, bits, silent, strings.Join(marks, " "))
	}
}

func envInt(name string, or int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return or
}
