package main

import (
	"crypto/rsa"
	"fmt"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/pay"
)

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
