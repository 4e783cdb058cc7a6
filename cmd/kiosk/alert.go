package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/status"
)

// alertFile keeps what the owner's group was told last, so that a start tells only what has changed.
const alertFile = "alert.json"

// alertURL is the address of the group's robot, "" if there is none. Whoever knows it can write to the group.
func alertURL(c *config.Config) (string, error) {
	const key = "alert.url_file"
	if c.Alert.URLFile == "" {
		return c.Alert.URL, nil
	}
	address, err := c.Secret(key, c.Alert.URLFile)
	if err != nil {
		return "", err
	}
	if err := status.CheckAlertURL(address); err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	return address, nil
}

// connectAlert builds who tells the owner's group, if there is one.
func (k *kiosk) connectAlert() {
	address, err := alertURL(&k.conf)
	if err != nil {
		say(config.OneLine(err)) // it could be read a moment ago
	}
	if address == "" {
		return
	}
	dial := k.wires.dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	}
	file := filepath.Join(filepath.Dir(k.conf.Store.Path), alertFile)
	k.alert = &status.Alert{
		URL: address, Kiosk: k.conf.Kiosk, Language: k.conf.Language,
		Look: k.clerk.Snapshot, Alive: k.clerk.Alive, Board: k.board, Now: k.now, Log: say,
		Transport: &http.Transport{DialContext: dial, TLSHandshakeTimeout: 5 * time.Second, DisableKeepAlives: true, MaxResponseHeaderBytes: 16 << 10},
		Told:      readTold(file),
		Keep: func(told map[string]string) {
			if err := keepTold(file, told); err != nil {
				say(config.OneLine(err))
			}
		},
	}
}

// watchAlerts tells the owner's group.
func (k *kiosk) watchAlerts(ctx context.Context) error {
	if k.alert == nil {
		return nil
	}
	return k.alert.Run(ctx)
}

// readTold is what the group knows; a file that cannot be read is begun anew, and what is amiss is told again.
func readTold(file string) map[string]string {
	var told map[string]string
	if text, err := os.ReadFile(file); err == nil && json.Unmarshal(text, &told) != nil {
		told = nil
	}
	return told
}

// keepTold replaces the file whole: what a power cut leaves behind is the old one or the new one.
func keepTold(file string, told map[string]string) error {
	text, err := json.Marshal(told)
	if err != nil {
		return fmt.Errorf("keeping what the owner was told: %w", err)
	}
	next := file + ".new"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(next, file)
	}
	if err != nil {
		return fmt.Errorf("keeping what the owner was told: %w", err)
	}
	return nil
}
