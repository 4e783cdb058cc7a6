package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2/files"
)

// item is one thing that the package puts on the disk. Exactly one of From, Made and To says what is in it; a path
// with neither is a folder.
type item struct {
	Path string
	Mode fs.FileMode
	From string // a file of the clone
	Made []byte // made here
	To   string // a symlink's target
	Conf bool   // a conffile: what an owner has changed is never overwritten
}

// layout is the whole package but its control part. What the keeper makes of it on the kiosk: systemd/keep.
func (j *job) layout(binary string) ([]item, error) {
	pack, err := j.payload(binary)
	if err != nil {
		return nil, err
	}
	config, err := j.config()
	if err != nil {
		return nil, err
	}
	docs, err := j.docs(binary)
	if err != nil {
		return nil, err
	}
	items := append(pack,
		item{Path: "/usr/lib/kiosk/keep", Mode: 0o755, From: "systemd/keep"},
		item{Path: "/usr/bin/kiosk", To: "../lib/kiosk/current/kiosk"},
		item{Path: "/usr/lib/systemd/system/kiosk.service", Mode: 0o644, From: "systemd/installed.service"},
		item{Path: "/usr/lib/systemd/system/kiosk.service.d/00-version.conf", To: "../../../kiosk/current/kiosk.service"},
		item{Path: "/usr/lib/systemd/system/kiosk-keep.service", Mode: 0o644, From: "systemd/kiosk-keep.service"},
		item{Path: "/usr/lib/systemd/system.conf.d/60-kiosk-watchdog.conf", Mode: 0o644, From: "systemd/kiosk-watchdog.conf"},
		item{Path: "/usr/lib/sysusers.d/kiosk.conf", Mode: 0o644, From: "systemd/kiosk.sysusers"},
		item{Path: "/usr/lib/tmpfiles.d/kiosk.conf", Mode: 0o644, From: "systemd/kiosk.tmpfiles"},
		item{Path: "/usr/lib/sysctl.d/60-kiosk.conf", Mode: 0o644, From: "systemd/kiosk.sysctl"},
		item{Path: "/usr/lib/udev/rules.d/60-kiosk.rules", Mode: 0o644, From: "systemd/60-kiosk.rules"},
		item{Path: "/usr/share/polkit-1/rules.d/60-kiosk.rules", Mode: 0o644, From: "systemd/polkit.rules"},
		item{Path: "/usr/share/kiosk/kiosk.toml", Mode: 0o644, Made: config},
		item{Path: "/etc/kiosk/kiosk.toml", Mode: 0o644, Made: config, Conf: true},
		item{Path: "/etc/kiosk/secret", Mode: fs.ModeDir | 0o700},
		item{Path: "/etc/avahi/services/kiosk.service", Mode: 0o644, From: "systemd/kiosk.avahi.xml", Conf: true},
		item{Path: "/usr/share/lintian/overrides/kiosk", Mode: 0o644, From: "systemd/deb/lintian-overrides"},
	)
	return append(items, docs...), nil
}

// payload is what becomes a version: the binary, its unit, its name, their sums, and whoever vouches for them.
func (j *job) payload(binary string) ([]item, error) {
	const dir = "/usr/lib/kiosk/package/"
	program, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	unit, err := os.ReadFile(filepath.Join(j.Root, "systemd/kiosk.service"))
	if err != nil {
		return nil, err
	}
	items := []item{
		{Path: dir + "kiosk", Mode: 0o755, Made: program},
		{Path: dir + "kiosk.service", Mode: 0o644, Made: unit},
		{Path: dir + "VERSION", Mode: 0o644, Made: []byte(j.Version + "\n")},
	}
	sums := sumsOf(items)
	items = append(items, item{Path: dir + "SHA256SUMS", Mode: 0o644, Made: sums})
	if j.Key != "" {
		sig, err := sign(j.Key, sums)
		if err != nil {
			return nil, err
		}
		items = append(items, item{Path: dir + "SHA256SUMS.sig", Mode: 0o644, Made: sig})
	}
	return items, nil
}

// contents hands the items to the packager, by way of a folder for what was made here.
func (j *job) contents(items []item, scratch string) (files.Contents, error) {
	var all files.Contents
	for i, it := range items {
		mode := it.Mode.Perm()
		if it.To != "" {
			mode = 0o777 // a link has no mode, and must not take one from this machine
		}
		c := &files.Content{Destination: it.Path, FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: mode, MTime: j.Date}}
		switch {
		case it.Mode.IsDir():
			c.Type = files.TypeDir
		case it.To != "":
			c.Type, c.Source = files.TypeSymlink, it.To
		case it.From != "":
			c.Source = filepath.Join(j.Root, it.From)
		default:
			c.Source = filepath.Join(scratch, fmt.Sprint(i))
			if err := os.WriteFile(c.Source, it.Made, 0o600); err != nil {
				return nil, err
			}
		}
		if it.Conf {
			c.Type = files.TypeConfigNoReplace
		}
		all = append(all, c)
	}
	return all, nil
}
