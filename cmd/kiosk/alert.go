package main

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"kiosk/alert"
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
	if err := alert.CheckURL(address); err != nil {
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
	k.alert = &alert.Watcher{
		URL: address, Kiosk: k.conf.Kiosk, Language: k.conf.Language,
		Look: k.clerk.Snapshot, Alive: k.clerk.Alive, Board: k.board.Facts, Now: k.wires.now, Log: say,
		Transport: &http.Transport{DialContext: dial, TLSHandshakeTimeout: 5 * time.Second, DisableKeepAlives: true, MaxResponseHeaderBytes: 16 << 10},
		Reason:    status.ReasonWords, Fault: status.FaultWords,
		File: filepath.Join(filepath.Dir(k.conf.Store.Path), alertFile),
	}
}
