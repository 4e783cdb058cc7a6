package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// docs are what a person may read on the machine: the manual, what changed, and whose work is in it.
func (j *job) docs(binary string) ([]item, error) {
	page, err := j.manual()
	if err != nil {
		return nil, err
	}
	news, err := j.changelog()
	if err != nil {
		return nil, err
	}
	rights, err := j.copyright(binary)
	if err != nil {
		return nil, err
	}
	return []item{
		{Path: "/usr/share/man/man8/kiosk.8.gz", Mode: 0o644, Made: packed(page)},
		{Path: "/usr/share/doc/kiosk/changelog.gz", Mode: 0o644, Made: packed(news)},
		{Path: "/usr/share/doc/kiosk/copyright", Mode: 0o644, Made: rights},
		{Path: "/usr/share/doc/kiosk/README.md", Mode: 0o644, From: "systemd/README.md"},
	}, nil
}

// packed is gzip without a name or a time in it.
func packed(text []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(text)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(fmt.Errorf("packing into memory: %w", err)) // neither the level nor memory can refuse
	}
	return b.Bytes()
}

// changelog is the newest part of CHANGELOG.md in Debian's form, under the version that is packed.
func (j *job) changelog() ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(j.Root, "CHANGELOG.md"))
	if err != nil {
		return nil, err
	}
	_, part, found := strings.Cut(string(b), "\n## ")
	part, _, _ = strings.Cut(part, "\n## ")
	points := strings.Split(part, "\n- ")
	if !found || len(points) < 2 {
		return nil, fmt.Errorf("CHANGELOG.md has no part that says what changed")
	}
	var out strings.Builder
	fmt.Fprintf(&out, "kiosk (%s) unstable; urgency=medium\n\n", j.Version)
	for _, p := range points[1:] {
		out.WriteString(wrapped("  * ", "    ", p))
	}
	fmt.Fprintf(&out, "\n -- %s  %s\n", maintainer, j.Date.Format(time.RFC1123Z))
	return []byte(out.String()), nil
}

// wrapped breaks text into lines of at most 79 letters.
func wrapped(first, rest, text string) string {
	var out strings.Builder
	line := first
	for i, w := range strings.Fields(text) {
		switch {
		case i > 0 && len([]rune(line))+1+len([]rune(w)) > 79:
			out.WriteString(line + "\n")
			line = rest + w
		case i > 0:
			line += " " + w
		default:
			line += w
		}
	}
	return out.String() + line + "\n"
}

// copyright names everybody whose work is in the package, and under which terms.
func (j *job) copyright(binary string) ([]byte, error) {
	own, err := os.ReadFile(filepath.Join(j.Root, "LICENSE"))
	if err != nil {
		return nil, err
	}
	all, err := j.modules(binary)
	if err != nil {
		return nil, err
	}
	var list, texts strings.Builder
	said := map[string]bool{}
	for _, m := range all {
		fmt.Fprintf(&list, "  %s %s: %s\n", m.Path, m.Version, m.Licence.ID)
		if said[m.Licence.Text] {
			continue
		}
		said[m.Licence.Text] = true
		var of []string
		for _, o := range all {
			if o.Licence.Text == m.Licence.Text {
				of = append(of, o.Path)
			}
		}
		fmt.Fprintf(&texts, "%s\n%s\n\n%s\n", strings.Repeat("-", 72), strings.Join(of, "\n"), strings.TrimSpace(m.Licence.Text))
	}
	return fmt.Appendf(nil, "kiosk, a vending kiosk.\n\n%s\nThe program is linked with these, \"std\" being Go's own library; of the fonts it has a part as data:\n\n%s\n%s",
		own, list.String(), texts.String()), nil
}

// config is systemd/kiosk.toml as it is installed: the page is for everybody on the network, behind the technician's
// secret, and nobody is paid until the owner has said who.
func (j *job) config() ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(j.Root, "systemd/kiosk.toml"))
	if err != nil {
		return nil, err
	}
	for _, c := range []struct{ was, is string }{
		{`kiosk = "K0042"`, `kiosk = ""`},
		{`listen = "127.0.0.1:8080"`, `listen = ":80"`},
		{`#pin_file = "/var/lib/kiosk/pin"`, `pin_file = "/var/lib/kiosk/pin"`},
		{`appid = "wx0000000000000000"`, `appid = ""`},
		{`mchid = "0000000000"`, `mchid = ""`},
		{`notify_url = "https://your-own-address.invalid/notify/v2"`, `notify_url = ""`},
	} {
		line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(c.was) + `$`)
		if n := len(line.FindAll(b, -1)); n != 1 {
			return nil, fmt.Errorf("systemd/kiosk.toml has %d lines %s: the installed config would not be what it should", n, c.was)
		}
		b = line.ReplaceAll(b, []byte(c.is))
	}
	return b, nil
}
