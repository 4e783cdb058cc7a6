package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kiosk/cmd/kiosk/config"
)

func TestTheGroupsAddressMayBeASecretOfItsOwn(t *testing.T) {
	t.Parallel()
	const key = "0f3c-not-for-everybody"
	dir := t.TempDir()
	conf := config.Config{File: filepath.Join(dir, "kiosk.toml")}
	conf.Alert.URLFile = "alert"
	for _, c := range []struct {
		name, text string
		mode       os.FileMode
		says       string // "" for a good one
	}{
		{"good", "https://example.com/robot?key=" + key + "\n", 0o600, ""},
		{"for everybody to read", "https://example.com/robot?key=" + key, 0o644, "others may read"},
		{"over plain HTTP", "http://example.com/robot?key=" + key, 0o600, "say https"},
		{"no address", key, 0o600, "no address of a robot"},
		{"empty", "\n", 0o600, "is empty"},
	} {
		writeFile(t, filepath.Join(dir, "alert"), c.text, c.mode)
		address, err := alertURL(&conf)
		if c.says == "" && (err != nil || address != strings.TrimSpace(c.text)) {
			t.Errorf("%s: %q %v", c.name, address, err)
		}
		if c.says != "" && (err == nil || address != "" || !strings.Contains(err.Error(), "alert.url_file: ") || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), key)) {
			t.Errorf("%s: %q %v", c.name, address, err)
		}
	}
	for text, says := range map[string]string{
		"url_file = \"alert\"\nurl = \"https://example.com/" + key + "\"": "name one of them",
		"url_file = \"alert\"": "others may read",
	} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "alert"), "https://example.com/robot?key="+key, 0o644)
		file := aConfig(t, dir, freeAddr(t), "http://127.0.0.1:9", "k", func(s string) string { return s + "[alert]\n" + text + "\n" })
		got := kioskDoes(t, "-config", file, "check")
		got.oneLineOnly(t, exitUse, "alert.url_file", says)
		if strings.Contains(got.err, key) {
			t.Errorf("the address is told: %s", got.err)
		}
	}
}

func TestTheRobotsAddressIsCheckedAndNeverTold(t *testing.T) {
	for raw, good := range map[string]bool{"": true, "https://robot.example/send?key=s3cret": true, "http://127.0.0.1:1/?key=s3cret": true, "http://robot.example/?key=s3cret": false, "s3cret": false} {
		c := config.Config{}
		c.Alert.URL = raw
		err := checkAlertURL(&c)
		if (err == nil) != good || err != nil && (strings.Contains(err.Error(), "s3cret") || !strings.HasPrefix(err.Error(), "alert.url: ")) {
			t.Errorf("%q: %v", raw, err)
		}
	}
}
