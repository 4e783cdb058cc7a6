package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
)

const maintainer = "The developers of kiosk <kiosk@kiosk.invalid>"

const description = `vending kiosk that sells by WeChat Pay
 Serves a vending machine on a Raspberry Pi: a customer presses a key, pays by
 the QR code on the panel or holds a payment code to the scan module, and gets
 the goods, or the money back where they did not fall.
 .
 It has a page for the technician, keeps its order book through power cuts, and
 goes back to the version before by itself when a new one does not sell.`

// goarch is what each of Debian's architectures is built from. One armhf for all boards: Raspberry Pi OS's 32 bits run on an ARMv6.
var goarch = map[string]string{"arm64": "arm64", "armhf": "arm", "amd64": "amd64"}

// pack makes one architecture's package and the list of what is linked into it; it names the files that it made.
func (j *job) pack(arch, binary string) ([]string, error) {
	if err := j.fits(arch, binary); err != nil {
		return nil, err
	}
	items, err := j.layout(binary)
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "pack")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	contents, err := j.contents(items, scratch)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("kiosk_%s_%s", j.Version, arch)
	bill, err := j.bill(binary, arch)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(j.Out, name+".cdx.json"), bill, 0o644); err != nil {
		return nil, err
	}
	if err := j.write(filepath.Join(j.Out, name+".deb"), j.info(arch, contents)); err != nil {
		return nil, err
	}
	return []string{name + ".deb", name + ".cdx.json"}, nil
}

// write makes the package beside its place first: whoever finds it finds it whole.
func (j *job) write(file string, info *nfpm.Info) error {
	f, err := os.Create(file + ".part")
	if err != nil {
		return err
	}
	defer os.Remove(file + ".part")
	if err := deb.Default.Package(info, f); err != nil {
		f.Close()
		return fmt.Errorf("writing %s: %w", file, err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}

// info is the control part.
func (j *job) info(arch string, contents files.Contents) *nfpm.Info {
	script := func(name string) string { return filepath.Join(j.Root, "systemd/deb", name) }
	return &nfpm.Info{
		Name: "kiosk", Arch: arch, Platform: "linux", Version: j.Version, VersionSchema: "none",
		Section: "misc", Priority: "optional", Maintainer: maintainer, Description: description,
		License: "MIT", MTime: j.Date, DisableGlobbing: true,
		Overridables: nfpm.Overridables{
			Depends:    []string{"systemd (>= 247)", "init-system-helpers (>= 1.54)"},
			Recommends: []string{"avahi-daemon", "network-manager", "polkitd | policykit-1", "openssh-client", "ca-certificates"},
			Contents:   contents,
			Scripts:    nfpm.Scripts{PostInstall: script("postinst"), PreRemove: script("prerm"), PostRemove: script("postrm")},
			Deb:        nfpm.Deb{Compression: cmp.Or(j.Squeeze, "xz")},
		},
	}
}
