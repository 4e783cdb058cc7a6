package config

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Resolve resolves a relative name: the service's credentials first, then beside the config, then where root keeps what
// becomes a credential, so that root's own kiosk check reads what the service will.
func (c *Config) Resolve(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	dir := filepath.Dir(c.File)
	beside := filepath.Join(dir, name)
	tries := []string{beside, filepath.Join(dir, "secret", name)}
	if handed := os.Getenv("CREDENTIALS_DIRECTORY"); handed != "" {
		tries = slices.Insert(tries, 0, filepath.Join(handed, name))
	}
	if i := slices.IndexFunc(tries, Exists); i >= 0 {
		return tries[i]
	}
	return beside
}

// Exists reports whether there is a file or a folder of that name.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// APIKey is the merchant's key: from its file, or a street's own.
func (c *Config) APIKey() (string, error) {
	if c.Key != "" {
		return c.Key, nil
	}
	return c.Secret("pay.key_file", c.Pay.KeyFile)
}

// Secret reads a file that only the service may read. The key that names it stands in every error; the content never does.
func (c *Config) Secret(key, name string) (string, error) {
	b, err := c.SecretFile(key, name)
	return strings.TrimSpace(string(b)), err
}

func (c *Config) SecretFile(key, name string) ([]byte, error) {
	path := c.Resolve(name)
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

// PublicFile reads a file that is no secret.
func (c *Config) PublicFile(key, name string) ([]byte, error) {
	text, err := os.ReadFile(c.Resolve(name))
	if err != nil {
		return nil, fmt.Errorf("%s: %s cannot be read: put the file there (%w)", key, c.Resolve(name), cmp.Or(errors.Unwrap(err), err))
	}
	return text, nil
}

// MerchantCertificate reads the merchant certificate, if one is named.
func (c *Config) MerchantCertificate() (*tls.Certificate, error) {
	if c.Pay.CertFile == "" {
		return nil, nil
	}
	cert, err := c.PublicFile("pay.cert_file", c.Pay.CertFile)
	if err != nil {
		return nil, err
	}
	key, err := c.SecretFile("pay.cert_key_file", c.Pay.CertKey)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, errors.New("pay.cert_file and pay.cert_key_file do not belong together, or are no PEM: use apiclient_cert.pem and apiclient_key.pem")
	}
	return &pair, nil
}

// TrustedRoots is the system's roots and pay.ca_file beside them.
func (c *Config) TrustedRoots() (*x509.CertPool, error) {
	if c.Pay.CAFile == "" {
		return nil, nil
	}
	pem, err := c.PublicFile("pay.ca_file", c.Pay.CAFile)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("pay.ca_file: %s holds no certificate in PEM", c.Resolve(c.Pay.CAFile))
	}
	return pool, nil
}
