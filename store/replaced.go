package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"kiosk/sale"
)

// ErrReplaced is returned if a name of the book no longer leads to the file that was opened: somebody deleted, renamed or
// replaced it, or mounted something over it. What is written now would be gone after the next start.
var ErrReplaced = errors.New("the book's file was deleted or replaced while the kiosk ran")

// fileIDs are the files of an open book, by suffix.
type fileIDs map[string]os.FileInfo

func identifyFiles(path string) fileIDs {
	ids := fileIDs{}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if info, err := os.Stat(path + suffix); err == nil {
			ids[suffix] = info
		}
	}
	return ids
}

// CheckFiles returns ErrReplaced if a name leads elsewhere by now. It costs three looks at the folder, and touches no file.
func (b *Book) CheckFiles() error {
	for suffix, was := range b.files {
		if is, err := os.Stat(b.path + suffix); err != nil || !os.SameFile(is, was) {
			return fmt.Errorf("%w: %s", ErrReplaced, filepath.Base(b.path)+suffix)
		}
	}
	return nil
}

// backSuffix names the copy that is about to take the book's place again.
const backSuffix = ".writing-back"

// finishWriteBack does what a power cut left undone: the copy was whole, and the place was empty.
func finishWriteBack(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) || fileSize(path+backSuffix) == 0 {
		return nil
	}
	if err := errors.Join(os.Rename(path+backSuffix, path), syncDir(path)); err != nil {
		return fmt.Errorf("write the book back: %w", err)
	}
	return nil
}

// writeBack puts an open book whose names lead elsewhere back into its place, whole: SQLite still reads what it has open.
// Whatever lies there now is set aside. Nothing is sold from the copy until a person says so, because somebody did this. It
// closes the book.
func (b *Book) writeBack(ctx context.Context, why error) error {
	temp := b.path + backSuffix
	err := copyOut(b, ctx, temp, why.Error())
	if err != nil {
		return errors.Join(fmt.Errorf("write the book back: %w: do not restart the kiosk, it alone still has the book", err), removeFiles(temp))
	}
	// The copy has all of it: from here on only a name is missing.
	if err := b.Close(); err != nil {
		return fmt.Errorf("write the book back from %s: %w", temp, err)
	}
	for _, suffix := range suffixes {
		if _, err := os.Lstat(b.path + suffix); err == nil {
			if _, err := setAside(b.path, why.Error()); err != nil {
				return fmt.Errorf("write the book back from %s: %w", temp, err)
			}
			break
		}
	}
	if err := errors.Join(os.Rename(temp, b.path), syncDir(b.path)); err != nil {
		return fmt.Errorf("write the book back from %s: %w", temp, err)
	}
	return nil
}

// copyOut writes the whole book into another file, on the card, with the doubt in it.
func copyOut(b *Book, ctx context.Context, temp, why string) error {
	if err := checkDevice(b); err != nil {
		return err
	}
	if err := removeFiles(temp); err != nil {
		return err
	}
	if err := b.lockWriter(ctx); err != nil {
		return err
	}
	_, err := b.conn.ExecContext(context.WithoutCancel(ctx), `VACUUM INTO ?`, temp)
	b.unlockWriter()
	if err != nil {
		return err
	}
	c, err := connectBook(ctx, temp)
	if err != nil {
		return err
	}
	line := sale.Alarm{At: time.Now().Round(0), Kind: "book", Text: why + ": it was written back whole"}
	err = execAll(ctx, c.conn, []statement{
		{`INSERT OR REPLACE INTO meta (key, value) VALUES ('damaged', ?)`, []any{line.Text}},
		{insertAlarm, sealedAlarm(&line)},
	})
	if err = errors.Join(err, c.Close()); err != nil {
		return err
	}
	return makeOneFile(temp)
}

// checkDevice refuses a folder that is on another disk than the book: a disk that is mounted over the book must not get it.
func checkDevice(b *Book) error {
	folder, err := os.Stat(filepath.Dir(b.path))
	if err != nil {
		return err
	}
	if was, there := b.files[""]; there && deviceOf(folder) != deviceOf(was) {
		return errors.New("another disk is mounted over the book: take it away")
	}
	return nil
}
