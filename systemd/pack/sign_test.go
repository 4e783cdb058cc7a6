package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// newKey is an SSH key, and a file that says that it may sign kiosks.
func newKey(t *testing.T) (key, signers string) {
	t.Helper()
	dir := t.TempDir()
	key, signers = filepath.Join(dir, "key"), filepath.Join(dir, "signers")
	must(t, exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key))
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(signers, []byte("owner namespaces=\"kiosk\" "+string(public)), 0o644); err != nil {
		t.Fatal(err)
	}
	return key, signers
}

func TestWhatIsSignedCanBeVerified(t *testing.T) {
	key, signers := newKey(t)
	m := makeDeb(t, clone, "1.0.0", key)
	inside := t.TempDir()
	must(t, exec.Command("dpkg", "-x", m.deb, inside))
	for _, sums := range []string{m.sums, filepath.Join(inside, "usr/lib/kiosk/package/SHA256SUMS")} {
		check := exec.Command("sha256sum", "-c", "--quiet", "SHA256SUMS")
		check.Dir = filepath.Dir(sums)
		must(t, check)
		verify := func(who, text string) error {
			c := exec.Command("ssh-keygen", "-Y", "verify", "-f", who, "-I", "owner", "-n", namespace, "-s", sums+".sig")
			c.Stdin = strings.NewReader(text)
			return c.Run()
		}
		text, err := os.ReadFile(sums)
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(signers, string(text)); err != nil {
			t.Errorf("%s: the signature does not verify: %v", filepath.Base(filepath.Dir(sums)), err)
		}
		if verify(signers, strings.Replace(string(text), "a", "b", 1)) == nil {
			t.Error("other sums verify, too")
		}
		if _, stranger := newKey(t); verify(stranger, string(text)) == nil {
			t.Error("it verifies as signed by a stranger")
		}
	}
}

func TestAnOldSignatureIsNotLeftBeside(t *testing.T) {
	key, _ := newKey(t)
	m := makeDeb(t, clone, "1.0.0", key)
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	j := &job{Root: clone, Out: filepath.Dir(m.sums), Version: "1.0.1", Date: commitDay, Squeeze: "gzip:1"}
	if err := j.run([]string{arch(t) + "=" + file}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(m.sums + ".sig"); !os.IsNotExist(err) {
		t.Errorf("the signature of the sums before lies beside the new ones: %v", err)
	}
}
