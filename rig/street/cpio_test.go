package street

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

// field reads one of the thirteen numbers of an entry's head.
func field(t *testing.T, head string, n int) int {
	t.Helper()
	v := 0
	for _, c := range head[6+8*n : 14+8*n] {
		digit := strings.IndexRune("0123456789ABCDEF", c)
		if digit < 0 {
			t.Fatalf("field %d of %q is no hexadecimal number", n, head)
		}
		v = v<<4 | digit
	}
	return v
}

// entries reads an archive as the kernel's init/initramfs.c does.
func entries(t *testing.T, archive string) map[string]File {
	t.Helper()
	found := map[string]File{}
	up := func(n int) int { return (n + 3) &^ 3 }
	for at := 0; ; {
		head := archive[at : at+110]
		if head[:6] != "070701" {
			t.Fatalf("no entry begins at %d: %q", at, head[:6])
		}
		mode, size, named := field(t, head, 1), field(t, head, 6), field(t, head, 11)
		name := archive[at+110 : at+110+named-1]
		at = up(at + 110 + named)
		if name == cpioEnd {
			if at != len(archive) {
				t.Errorf("%d bytes behind the end", len(archive)-at)
			}
			return found
		}
		found[name] = File{name, uint32(mode), []byte(archive[at : at+size])}
		at = up(at + size)
	}
}

func TestTheKernelFindsEveryFileAndItsFolderBeforeIt(t *testing.T) {
	files := []File{
		{"/agent", 0o755, []byte("a program")},
		{"/etc/kiosk/apikey", 0o600, []byte("odd")},
		{"/etc/kiosk/empty", 0o644, nil},
	}
	var packed bytes.Buffer
	if err := Initramfs(&packed, files); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(&packed)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	found := entries(t, string(plain))
	for _, f := range files {
		got, there := found[f.Name[1:]]
		if !there || got.Mode != cpioFile|f.Mode || string(got.Data) != string(f.Data) {
			t.Errorf("%s became %o %q", f.Name, got.Mode, got.Data)
		}
	}
	for _, dir := range []string{"etc", "etc/kiosk"} {
		if found[dir].Mode != cpioDir|0o755 {
			t.Errorf("the folder %s became %o", dir, found[dir].Mode)
		}
	}
	if etc, kiosk := bytes.Index(plain, []byte("etc\x00")), bytes.Index(plain, []byte("etc/kiosk/apikey")); etc < 0 || etc > kiosk {
		t.Errorf("a file at %d stands before its folder at %d", kiosk, etc)
	}
}
