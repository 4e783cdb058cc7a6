package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"kiosk/rig/street"
)

// bootBare powers a Debian on that has never heard of a kiosk.
func bootBare(r *rig) (string, error) {
	took, err := r.power()
	if err != nil {
		return "", err
	}
	if _, err := r.in("test", "!", "-e", "/usr/lib/kiosk"); err != nil {
		return "", fmt.Errorf("a kiosk is there already: %w", err)
	}
	// sshd is what an owner waits for
	if err := r.awaitSSH(); err != nil {
		return "", err
	}
	out, err := r.in("sh", "-c", "systemctl --version | head -n 1; uname -rm; systemctl is-system-running --wait")
	return fmt.Sprintf("after %.1f s: %s", took.Seconds(), strings.ReplaceAll(out, "\n", ", ")), err
}

func (r *rig) awaitSSH() error {
	_, err := r.Await("sshd", func() (bool, string) {
		state, err := r.in("systemctl", "is-active", "ssh.service")
		return err == nil && state == "active", fmt.Sprint(state, err)
	})
	return err
}

// first deploys to a machine that has no kiosk: it is installed, and waits to be set up.
func first(r *rig) (string, error) {
	d, err := r.deploy()
	if err != nil {
		return d.said, err
	}
	if d.status != 0 {
		return d.said, fmt.Errorf("make deploy ended with status %d", d.status)
	}
	version, err := r.in("cat", "/usr/lib/kiosk/package/VERSION")
	if err != nil {
		return d.last(), err
	}
	r.base = filepath.Join("dist", "kiosk_"+version+"_arm64.deb")
	if _, err := os.Stat(r.base); err != nil {
		return d.last(), err
	}
	k, err := r.keeper()
	if err != nil {
		return d.last(), err
	}
	if !strings.HasPrefix(k.current, version+"-") {
		return d.last(), fmt.Errorf("%s is current, and %s was packed", k.current, version)
	}
	state, _ := r.in("systemctl", "is-active", "kiosk.service") // not active is what it says, and no success
	return fmt.Sprintf("%.1f s: %s; the service is %s until it is set up\n%s", d.took.Seconds(), k.result, state, d.last()), nil
}

const secrets = "[Service]\n"

// owner does what docs/install.md says: secrets, config, kiosk check, start.
func owner(r *rig) (string, error) {
	drop := secrets
	for name, text := range map[string][]byte{"apikey": []byte(r.Till.APIKey), "token": []byte(street.Token), "merchant.pem": r.Till.Cert, "merchant-key.pem": r.Till.Key} {
		if err := r.write("/etc/kiosk/secret/"+name, string(text), 0o400); err != nil {
			return "", err
		}
		drop += fmt.Sprintf("LoadCredential=%s:/etc/kiosk/secret/%s\n", name, name)
	}
	if _, err := r.in("mkdir", "-p", "/etc/systemd/system/kiosk.service.d"); err != nil {
		return "", err
	}
	for path, text := range map[string]string{
		"/etc/systemd/system/kiosk.service.d/secrets.conf": drop,
		"/etc/kiosk/ca.pem":     string(r.Till.CA),
		"/etc/kiosk/kiosk.toml": street.Config(":80", r.Till.Port, "zone", ""),
	} {
		if err := r.write(path, text, 0o644); err != nil {
			return "", err
		}
	}
	said, err := r.Hand.Call("kiosk", "check")
	if err != nil {
		return "", err
	}
	if said.Code != 0 {
		return said.Out + said.Err, fmt.Errorf("kiosk check: status %d", said.Code)
	}
	if _, err := r.in("systemctl", "daemon-reload"); err != nil {
		return "", err
	}
	if _, err := r.in("systemctl", "start", "kiosk.service"); err != nil {
		return "", err
	}
	took, err := r.AwaitReady()
	if err != nil {
		return "", err
	}
	// A second name for what was installed first: whatever the keeper removes, the bad versions have it.
	if _, err := r.in("sh", "-c", "mkdir -p /opt/rig && ln -f /usr/lib/kiosk/current/kiosk "+realKiosk); err != nil {
		return "", err
	}
	watched, err := r.in("systemctl", "show", "-P", "WatchdogUSec", "kiosk.service")
	if err != nil {
		return "", err
	}
	board, err := r.in("systemctl", "show", "-P", "RuntimeWatchdogUSec")
	return fmt.Sprintf("kiosk check: %d lines, status 0; ready %.1f s after systemctl start; watchdogs: %s the service's, %s the board's",
		strings.Count(said.Out, "\n"), took.Seconds(), watched, board), err
}

func firstSale(r *rig) (string, error) { return r.sellsAs("") }
