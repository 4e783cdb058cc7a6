package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// sumsOf is a file for sha256sum -c over things made here.
func sumsOf(items []item) []byte {
	var b bytes.Buffer
	for _, it := range items {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(it.Made), filepath.Base(it.Path))
	}
	return b.Bytes()
}

// namespace is what our signatures are for: one made for something else proves nothing here.
const namespace = "kiosk"

// sign vouches for data with an SSH key, as ssh-keygen -Y verify takes it.
func sign(key string, data []byte) ([]byte, error) {
	c := exec.Command("ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", key)
	c.Stdin = bytes.NewReader(data)
	sig, err := output(c)
	if err != nil {
		return nil, fmt.Errorf("signing with %s: %w", key, err)
	}
	return []byte(sig + "\n"), nil
}

// sums writes SHA256SUMS over what was made, and its signature where there is a key.
func (j *job) sums(made []string) error {
	var items []item
	slices.Sort(made)
	for _, name := range slices.Compact(made) {
		b, err := os.ReadFile(filepath.Join(j.Out, name))
		if err != nil {
			return err
		}
		items = append(items, item{Path: name, Made: b})
	}
	sums := sumsOf(items)
	file := filepath.Join(j.Out, "SHA256SUMS")
	if err := os.WriteFile(file, sums, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s", sums)
	if j.Key == "" {
		if err := os.Remove(file + ".sig"); !os.IsNotExist(err) { // an old one would vouch for nothing
			return err
		}
		return nil
	}
	sig, err := sign(j.Key, sums)
	if err != nil {
		return err
	}
	return os.WriteFile(file+".sig", sig, 0o644)
}
