package main

import (
	"fmt"
	"slices"
	"strings"

	"kiosk/alert"
	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/display"
	"kiosk/hw"
)

// readConfig reads a config file, and asks the rooms about what only they can judge.
func readConfig(file string) (config.Config, error) {
	conf, err := config.Read(file)
	if err != nil {
		return conf, err
	}
	if err := checkParts(&conf); err != nil {
		return conf, fmt.Errorf("%s: %w", file, err)
	}
	return conf, nil
}

// checkParts refuses what a room does not know or would not bear. The panel's model gives the bus its usual speed.
func checkParts(c *config.Config) error {
	m, err := panelModel(c)
	if err != nil {
		return err
	}
	if c.Display.Speed == "" {
		usual, _ := m.Clock()
		c.Display.Speed = usual.String()
	}
	for _, u := range c.PinUses() {
		if err := hw.ValidateOutput(u.Pin); err != nil && u.IsDriven() {
			return fmt.Errorf("%s = %w", u.Key, err)
		}
	}
	return checkAlertURL(c)
}

// checkAlertURL looks at an address that stands in the config itself.
func checkAlertURL(c *config.Config) error {
	if c.Alert.URL == "" {
		return nil
	}
	if err := alert.CheckURL(c.Alert.URL); err != nil {
		return fmt.Errorf("alert.url: %w", err) // which never repeats it
	}
	return nil
}

// panelModel is the panel as it is built and mounted.
func panelModel(c *config.Config) (display.Model, error) {
	d := c.Display
	if !slices.Contains(display.Controllers(), d.Controller) {
		return display.Model{}, fmt.Errorf("display.controller = %q: say one of %s", d.Controller, strings.Join(display.Controllers(), ", "))
	}
	m, err := display.Fit(d.Controller, d.Size, d.Rotation)
	if err != nil {
		return m, fmt.Errorf("display.size and display.rotation: %w", err)
	}
	if m, err = m.With(display.Trim{Invert: d.Invert, BGR: d.BGR, ColOffset: d.ColOffset, RowOffset: d.RowOffset, Mode: d.Mode}); err != nil {
		return m, fmt.Errorf("display: %w", err)
	}
	return m, nil
}

// checkFiles reads every file that the config names, so that a bad one is reported before any wire is touched.
func checkFiles(c *config.Config) error {
	if _, _, err := newGateway(c, nil); err != nil {
		return err
	}
	if _, err := alertURL(c); err != nil {
		return err
	}
	if _, err := onsite.ReadToken(c); err != nil {
		return err
	}
	_, err := onsite.ReadSecret(c)
	return err
}

// alertURL is the address of the group's robot, "" if there is none. A person who knows it can write to the group.
func alertURL(c *config.Config) (string, error) {
	const key = "alert.url_file"
	if c.Alert.URLFile == "" {
		return c.Alert.URL, nil
	}
	address, err := c.ReadSecret(key, c.Alert.URLFile)
	if err != nil {
		return "", err
	}
	if err := alert.CheckURL(address); err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	return address, nil
}
