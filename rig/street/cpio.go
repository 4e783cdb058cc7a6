package street

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// File is a file for the guest's first file system.
type File struct {
	Name string // absolute
	Mode uint32 // permissions
	Data []byte
}

// Kinds of a cpio entry, and what ends an archive.
const (
	cpioDir  = 0o040000
	cpioFile = 0o100000
	cpioEnd  = "TRAILER!!!"
)

// Initramfs writes a packed newc archive that the kernel unpacks after the one before it.
func Initramfs(w io.Writer, files []File) error {
	var b bytes.Buffer
	var dirs []string
	for _, f := range files {
		for dir := path.Dir(f.Name); dir != "/" && !slices.Contains(dirs, dir); dir = path.Dir(dir) {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs) // a folder before what is in it
	inode := 0
	add := func(name string, mode uint32, data []byte) {
		inode++
		entry(&b, inode, strings.TrimPrefix(name, "/"), mode, data)
	}
	for _, dir := range dirs {
		add(dir, cpioDir|0o755, nil)
	}
	for _, f := range files {
		add(f.Name, cpioFile|f.Mode, f.Data)
	}
	entry(&b, 0, cpioEnd, 0, nil)
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := z.Write(b.Bytes()); err != nil {
		return fmt.Errorf("packing the guest's files: %w", err)
	}
	return z.Close()
}

// entry writes a head of thirteen hexadecimal numbers, the name and the content, each filled up to four bytes.
func entry(b *bytes.Buffer, inode int, name string, mode uint32, data []byte) {
	links := 1
	if mode&cpioDir != 0 {
		links = 2
	}
	b.WriteString("070701")
	for _, n := range []int{inode, int(mode), 0, 0, links, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0} {
		fmt.Fprintf(b, "%08X", n)
	}
	b.WriteString(name)
	b.WriteByte(0)
	fill(b)
	b.Write(data)
	fill(b)
}

func fill(b *bytes.Buffer) {
	for b.Len()%4 != 0 {
		b.WriteByte(0)
	}
}
