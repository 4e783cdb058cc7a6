package main

import (
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"

	"kiosk/alert"
	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/display"
	"kiosk/hw"
	"kiosk/pay"
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
		if err := hw.ValidateOutput(u.Pin); err != nil && u.Driven() {
			return fmt.Errorf("%s = %w", u.Key, err)
		}
	}
	return checkAlertURL(c)
}

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

// readable reads every file that the config names, so that a bad one is told before any wire is touched.
func checkFiles(c *config.Config) error {
	key, err := c.APIKey()
	if err != nil {
		return err
	}
	if _, err := c.MerchantCertificate(); err != nil {
		return err
	}
	if c.Pay.API == "v3" {
		if _, err := readSecretsV3(c, key); err != nil {
			return err
		}
	}
	if _, err := c.TrustedRoots(); err != nil {
		return err
	}
	if _, err := alertURL(c); err != nil {
		return err
	}
	_, err = onsite.ReadSecret(c)
	return err
}

// secretsV3 is what API v3 is signed and verified with.
type secretsV3 struct {
	serial   string // of the merchant's certificate
	own      *rsa.PrivateKey
	platform *rsa.PublicKey // nil in certificate mode
}

const apiV3KeyLen = 32

func readSecretsV3(c *config.Config, apiKey string) (s secretsV3, err error) {
	if len(apiKey) != apiV3KeyLen {
		return s, fmt.Errorf("pay.key_file: an APIv3 key has %d bytes and this one has %d: use the one that was set as such on the merchant platform", apiV3KeyLen, len(apiKey))
	}
	if s.serial, s.own, err = merchantV3(c); err != nil || c.Pay.PublicFile == "" {
		return s, err
	}
	const key = "pay.wechatpay_public_key_file"
	text, err := c.PublicFile(key, c.Pay.PublicFile)
	if err != nil {
		return s, err
	}
	if s.platform, err = pay.ReadPublicKey(text); err != nil {
		return s, fmt.Errorf("%s: %w: use the pub_key.pem that the merchant platform offers beside its id", key, err)
	}
	if s.own.PublicKey.Equal(s.platform) {
		return s, fmt.Errorf("%s: it is the merchant's own key: use the pub_key.pem that the merchant platform offers beside its id", key)
	}
	return s, nil
}

// merchantV3 reads the merchant's certificate and key for signing calls with.
func merchantV3(c *config.Config) (serial string, own *rsa.PrivateKey, err error) {
	cert, err := c.PublicFile("pay.cert_file", c.Pay.CertFile)
	if err != nil {
		return "", nil, err
	}
	key, err := c.SecretFile("pay.cert_key_file", c.Pay.CertKey)
	if err != nil {
		return "", nil, err
	}
	if serial, own, err = pay.ReadMerchant(cert, key); err != nil {
		return "", nil, fmt.Errorf("pay.cert_file and pay.cert_key_file: %w: use apiclient_cert.pem and apiclient_key.pem", err)
	}
	return serial, own, nil
}

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
