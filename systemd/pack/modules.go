package main

import (
	"debug/buildinfo"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// module is something foreign that stands in the binary.
type module struct {
	Path, Version string
	Sum           string // "h1:…", as in go.sum
	Licence       licence
}

// licence is what a module may be used under.
type licence struct {
	ID   string // SPDX
	Text string
}

// A face of this module is in the binary as data (display/face.gz), which Go's own list does not say.
const faces = "github.com/hajimehoshi/bitmapfont/v4"

// fits refuses a binary of another processor than the package's: it would be found out on the machine.
func (j *job) fits(arch, binary string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("reading what %s was built from: %w", binary, err)
	}
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	switch want, known := goarch[arch]; {
	case !known:
		return fmt.Errorf("%s is no architecture of ours: say arm64, armhf or amd64", arch)
	case set["GOOS"] != "linux" || set["GOARCH"] != want:
		return fmt.Errorf("%s is for %s/%s: give one for linux/%s", binary, set["GOOS"], set["GOARCH"], want)
	case want == "arm" && !strings.HasPrefix(set["GOARM"], "6"):
		return fmt.Errorf("%s is built with GOARM=%s: an armhf package serves ARMv6 boards too", binary, set["GOARM"])
	case set["CGO_ENABLED"] != "0":
		return fmt.Errorf("%s is linked to the C library of this machine: build it with CGO_ENABLED=0", binary)
	}
	return nil
}

// modules lists what is in the binary beside our own code, by the binary itself: Go's library, each module, the fonts.
func (j *job) modules(binary string) ([]module, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, fmt.Errorf("reading what %s was built from: %w", binary, err)
	}
	version, _, _ := strings.Cut(strings.TrimPrefix(info.GoVersion, "go"), " ")
	all := []module{{Path: "std", Version: version}}
	for _, d := range info.Deps {
		if d.Replace != nil {
			return nil, fmt.Errorf("%s is replaced by %s: the list of what is linked would name the wrong one", d.Path, d.Replace.Path)
		}
		all = append(all, module{Path: d.Path, Version: d.Version, Sum: d.Sum})
	}
	v, err := j.goList("{{.Version}}", faces)
	if err != nil {
		return nil, err
	}
	sum, err := goSum(filepath.Join(j.Root, "go.sum"), faces, v)
	if err != nil {
		return nil, err
	}
	all = append(all, module{Path: faces, Version: v, Sum: sum})
	for i := range all {
		if all[i].Licence, err = j.licence(all[i]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

func (j *job) goList(format, path string) (string, error) {
	c := exec.Command("go", "list", "-m", "-f", format, path)
	c.Dir = j.Root
	return output(c)
}

func goSum(file, path, version string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	for l := range strings.Lines(string(b)) {
		if f := strings.Fields(l); len(f) == 3 && f[0] == path && f[1] == version {
			return f[2], nil
		}
	}
	return "", fmt.Errorf("%s has no line for %s %s", file, path, version)
}

// hash is the module's sum in hex.
func (m module) hash() (string, error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:"))
	if err != nil || len(b) != 32 {
		return "", fmt.Errorf("the sum %q of %s is none", m.Sum, m.Path)
	}
	return fmt.Sprintf("%x", b), nil
}

// licence finds the terms in the module's own files. A module without any is an error: we may not ship it.
func (j *job) licence(m module) (licence, error) {
	key := m.Path + "@" + m.Version
	if l, ok := j.licences[key]; ok {
		return l, nil
	}
	dir, err := j.dirOf(m)
	if err != nil {
		return licence{}, err
	}
	var l licence
	for _, pattern := range []string{"LICENSE*", "COPYING*", "NOTICE*", "PATENTS*"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return licence{}, err
		}
		for _, f := range found {
			if strings.Contains(filepath.Base(f), "LOGO") {
				continue
			}
			text, err := os.ReadFile(f)
			if err != nil {
				return licence{}, err
			}
			if l.ID == "" {
				l.ID = kind(string(text))
			}
			l.Text += terms(string(text))
		}
	}
	if m.Path == faces {
		fonts, err := os.ReadFile(filepath.Join(dir, "README.md"))
		if err != nil {
			return licence{}, err
		}
		_, text, found := strings.Cut(string(fonts), "\n## Sources\n")
		if !found {
			return licence{}, fmt.Errorf("%s does not say any more whose fonts it is made of", m.Path)
		}
		l = licence{l.ID + " AND OFL-1.1 AND LicenseRef-Baekmuk AND LicenseRef-MPlus", l.Text + text}
	}
	if l.ID == "" {
		return licence{}, fmt.Errorf("%s: no licence is found in %s: we may not ship it", m.Path, dir)
	}
	j.licences[key] = l
	return l, nil
}

// dirOf is where the module's files are.
func (j *job) dirOf(m module) (string, error) {
	if m.Path == "std" {
		return output(exec.Command("go", "env", "GOROOT"))
	}
	c := exec.Command("go", "mod", "download", "-json", m.Path) // on a fresh machine the fonts' module is not there yet
	c.Dir = j.Root
	said, err := output(c)
	if err != nil {
		return "", fmt.Errorf("fetching %s: %w", m.Path, err)
	}
	var got struct{ Version, Dir string }
	if err := json.Unmarshal([]byte(said), &got); err != nil {
		return "", fmt.Errorf("fetching %s: %w", m.Path, err)
	}
	if got.Version != m.Version || got.Dir == "" {
		return "", fmt.Errorf("the binary has %s %s and go.mod says %s: build it again", m.Path, m.Version, got.Version)
	}
	return got.Dir, nil
}

// kinds tell a licence by words that no other has.
var kinds = []struct {
	id    string
	words *regexp.Regexp
}{
	{"Apache-2.0", regexp.MustCompile(`Apache License\s+Version 2\.0`)},
	{"MPL-2.0", regexp.MustCompile(`Mozilla Public License Version 2\.0`)},
	{"BSD-3-Clause", regexp.MustCompile(`(?s)Redistribution and use in source and binary forms.*Neither the names? of`)},
	{"BSD-2-Clause", regexp.MustCompile(`Redistribution and use in source and binary forms`)},
	{"MIT", regexp.MustCompile(`Permission is hereby granted, free of charge, to any person obtaining a copy`)},
	{"ISC", regexp.MustCompile(`Permission to use, copy, modify, and(/or)? distribute this software for any\s+purpose`)},
}

func kind(text string) string {
	for _, k := range kinds {
		if k.words.MatchString(text) {
			return k.id
		}
	}
	return ""
}

// terms are the words to print: Debian has one copy of the Apache licence for everybody.
func terms(text string) string {
	if kind(text) == "Apache-2.0" {
		return "The Apache License, Version 2.0: /usr/share/common-licenses/Apache-2.0\n"
	}
	return strings.TrimSpace(text) + "\n\n"
}
