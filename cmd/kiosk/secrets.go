package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
)

// secret reads a file that only the service may read. The key that names it stands in every error; the content never does.
func (c *config) secret(key, name string) (string, error) {
	b, err := c.secretFile(key, name)
	return strings.TrimSpace(string(b)), err
}

func (c *config) secretFile(key, name string) ([]byte, error) {
	path := c.near(name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %s cannot be read: put the secret there (%w)", key, path, errors.Unwrap(err))
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("%s: others may read %s: chmod 640 it", key, path)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		groups, _ := os.Getgroups()
		own := st.Uid == 0 || int(st.Uid) == os.Geteuid()
		readable := info.Mode().Perm()&0o070 == 0 || st.Gid == 0 || int(st.Gid) == os.Getegid() || slices.Contains(groups, int(st.Gid))
		if !own || !readable {
			return nil, fmt.Errorf("%s: %s belongs to a stranger: chown it to root or to the service's user", key, path)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	if len(strings.TrimSpace(string(b))) == 0 {
		return nil, fmt.Errorf("%s: %s is empty", key, path)
	}
	return b, nil
}

// readable reads every file that the config names, so that a bad one is told before any wire is touched.
func (c *config) readable() error {
	if c.file != "" {
		if _, err := c.secret("pay.key_file", c.Pay.KeyFile); err != nil {
			return err
		}
	}
	if _, err := c.merchant(); err != nil {
		return err
	}
	if _, err := c.trust(); err != nil {
		return err
	}
	if c.Status.PinFile == "" {
		return nil
	}
	_, err := c.secret("status.pin_file", c.Status.PinFile)
	return err
}

// merchant reads the merchant certificate, if one is named.
func (c *config) merchant() (*tls.Certificate, error) {
	if c.Pay.CertFile == "" {
		return nil, nil
	}
	cert, err := os.ReadFile(c.near(c.Pay.CertFile))
	if err != nil {
		return nil, fmt.Errorf("pay.cert_file: %w", err)
	}
	key, err := c.secretFile("pay.cert_key_file", c.Pay.CertKey)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, errors.New("pay.cert_file and pay.cert_key_file do not belong together, or are no PEM: use apiclient_cert.pem and apiclient_key.pem")
	}
	return &pair, nil
}

// trust is the system's roots and pay.ca_file beside them.
func (c *config) trust() (*x509.CertPool, error) {
	if c.Pay.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(c.near(c.Pay.CAFile))
	if err != nil {
		return nil, fmt.Errorf("pay.ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("pay.ca_file: %s holds no certificate in PEM", c.near(c.Pay.CAFile))
	}
	return pool, nil
}
