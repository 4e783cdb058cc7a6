package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"kiosk/sale"

	"golang.org/x/sys/unix"
)

// BenchmarkMove is one durable move of an order. Its limit is BenchmarkRawAppendSync: the promise is 2.5 times
// that in CPU. Both wait for the same disk.
func BenchmarkMove(b *testing.B) {
	book, _ := newBook(b)
	var pages []sale.Batch
	for n := 1; len(pages) < b.N; n++ {
		for _, m := range life(n, sold...) {
			pages = append(pages, sale.Batch{Moves: []sale.Move{m}})
		}
	}
	ctx := context.Background()
	var used unix.Rusage
	cpu(b, &used)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if err := book.Write(ctx, pages[i]); err != nil {
			b.Fatal(err)
		}
	}
	report(b, &used)
}

// BenchmarkRawAppendSync appends the bytes of a move to a file that is long enough already, and syncs it.
func BenchmarkRawAppendSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	row := make([]byte, 200)
	if _, err := f.WriteAt(make([]byte, 16<<20), 0); err != nil {
		b.Fatal(err)
	}
	var used unix.Rusage
	cpu(b, &used)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if _, err := f.WriteAt(row, int64(i)*200%(16<<20-200)); err != nil {
			b.Fatal(err)
		}
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			b.Fatal(err)
		}
	}
	report(b, &used)
}

func cpu(b *testing.B, used *unix.Rusage) {
	if err := unix.Getrusage(unix.RUSAGE_SELF, used); err != nil {
		b.Fatal(err)
	}
}

func report(b *testing.B, from *unix.Rusage) {
	var to unix.Rusage
	cpu(b, &to)
	micros := func(r *unix.Rusage) int64 {
		return int64(r.Utime.Sec+r.Stime.Sec)*1e6 + int64(r.Utime.Usec+r.Stime.Usec) // 32 bits on some boards
	}
	b.ReportMetric(float64(micros(&to)-micros(from))/float64(b.N), "cpu-µs/op")
}
