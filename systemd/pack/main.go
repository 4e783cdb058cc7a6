// Command pack makes the Debian packages of the kiosk: the binaries it is given, and what stands in systemd/, become
// kiosk_VERSION_ARCH.deb, with a list of what is linked into each (SBOM) and SHA256SUMS beside them.
//
// The one thing to know: the same commit gives the same bytes. Every time in a package is the commit's, every owner is
// root, and nothing of the machine that packs gets in. It is a module of its own, so that nothing of the packager's
// many dependencies is near the kiosk.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// job is one call: what is packed, as what, and where it goes.
type job struct {
	Root    string    // the clone
	Out     string    // where the packages go
	Version string    // of the package
	Date    time.Time // of the commit
	Key     string    // the SSH key that signs, "" for none
	Squeeze string    // how the files are compressed, "" for as small as can be

	licences map[string]licence // by module@version: looked up once for all architectures
}

func main() {
	j := &job{}
	flag.StringVar(&j.Root, "root", ".", "the clone")
	flag.StringVar(&j.Out, "out", "dist", "where the packages go")
	flag.StringVar(&j.Version, "version", "", "the package's version; git's own if empty")
	flag.StringVar(&j.Key, "sign", "", "the SSH key to sign with")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "pack [-root DIR] [-out DIR] [-version V] [-sign KEY] ARCH=BINARY ...   (arm64, armhf, amd64)")
	}
	flag.Parse()
	if err := j.run(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "pack: "+err.Error())
		os.Exit(1)
	}
}

// run makes a package of each ARCH=BINARY, and the sums over all that was made.
func (j *job) run(args []string) error {
	if len(args) == 0 {
		return errors.New("nothing to pack: name ARCH=BINARY")
	}
	if err := j.complete(); err != nil {
		return err
	}
	var made []string
	for _, a := range args {
		arch, binary, ok := strings.Cut(a, "=")
		if !ok {
			return fmt.Errorf("%q: say ARCH=BINARY", a)
		}
		files, err := j.pack(arch, binary)
		if err != nil {
			return fmt.Errorf("packing %s: %w", arch, err)
		}
		made = append(made, files...)
	}
	return j.sums(made)
}

// complete asks git for what was not given.
func (j *job) complete() error {
	if j.Version == "" {
		v, err := output(exec.Command(filepath.Join(j.Root, "systemd", "version")))
		if err != nil {
			return fmt.Errorf("asking for the version: %w", err)
		}
		j.Version = v
	}
	if j.Date.IsZero() {
		epoch, err := epoch(j.Root)
		if err != nil {
			return err
		}
		j.Date = time.Unix(epoch, 0).UTC()
	}
	j.licences = map[string]licence{}
	return os.MkdirAll(j.Out, 0o755)
}

// epoch is SOURCE_DATE_EPOCH where it is set, else the commit's date.
func epoch(root string) (int64, error) {
	said := os.Getenv("SOURCE_DATE_EPOCH")
	if said == "" {
		var err error
		if said, err = output(exec.Command("git", "-C", root, "log", "-1", "--format=%ct")); err != nil {
			return 0, fmt.Errorf("asking for the commit's date: %w", err)
		}
	}
	n, err := strconv.ParseInt(said, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("SOURCE_DATE_EPOCH = %q: say seconds since 1970: %w", said, err)
	}
	return n, nil
}

// output runs a program and gives what it printed; its own words stand in the error.
func output(c *exec.Cmd) (string, error) {
	var said strings.Builder
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", filepath.Base(c.Path), err, cmp.Or(strings.TrimSpace(said.String()), "it said nothing"))
	}
	return strings.TrimSpace(string(out)), nil
}
