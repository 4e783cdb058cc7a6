package store

import (
	"os"
	"testing"
)

// TestRotBehindWholeFramesIsDamageAndATornTailIsNot: what SQLite itself cannot tell apart.
func TestRotBehindWholeFramesIsDamageAndATornTailIsNot(t *testing.T) {
	b, path := newBook(t)
	live(t, b, life(1, sold...)...)
	last := lastCommit(t, path)
	end, _ := readLog(t, path)
	log := mustBytes(os.ReadFile(path + "-wal"))
	for at := int64(0); at < end; at += 97 {
		rotten := append([]byte{}, log...)
		rotten[at] ^= 0x10
		if err := os.WriteFile(path+".x-wal", rotten, 0o600); err != nil {
			t.Fatal(err)
		}
		frame, err := findRot(path + ".x-wal")
		if want := (at - walHeader) / (frameHeader + 1024); err != nil || (frame >= 0) != (at < last) || at >= walHeader && at < last && int64(frame) != want+1 {
			t.Errorf("a bit at %d of %d, the last transaction begins at %d: frame %d, %v", at, end, last, frame, err)
		}
	}
	if err := os.WriteFile(path+".x-wal", log[:end-100], 0o600); err != nil {
		t.Fatal(err)
	}
	if frame, err := findRot(path + ".x-wal"); frame >= 0 || err != nil {
		t.Errorf("a torn tail is called rot: %d, %v", frame, err)
	}
}
