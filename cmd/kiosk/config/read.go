package config

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/pelletier/go-toml/v2"
)

// Read reads a config file and checks it. Every error is one line: what, where, what to do.
//
// The config is returned beside an error too, as far as it was read: kiosk off still finds the motors in it.
func Read(file string) (Config, error) {
	c := Defaults()
	b, err := ReadRegular(file)
	if errors.Is(err, os.ErrNotExist) {
		return c, fmt.Errorf("%s is missing: copy systemd/kiosk.toml there and fill it in, or name another one with -config%w", file, SilentError(os.ErrNotExist))
	}
	if err != nil {
		return c, fmt.Errorf("reading the config: %w", err)
	}
	c.File = file
	if len(b) > mostConfig || bytes.Count(b, []byte("\n")) > mostLines {
		return c, fmt.Errorf("%s is longer than %d KiB or %d lines: a config is shorter, look at systemd/kiosk.toml", file, mostConfig>>10, mostLines)
	}
	d := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("%s: %s", file, explainTOML(err))
	}
	if c.Pay.StandbyURL == ownStandby { // the official standby does not stand in for another gateway
		c.Pay.StandbyURL = ""
		if c.Pay.URL == Defaults().Pay.URL {
			c.Pay.StandbyURL = "https://api2.mch.weixin.qq.com"
		}
	}
	if err := c.Check(); err != nil {
		return c, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// wrongKind matches the TOML reader's message about a value of the wrong kind, which names Go types.
var wrongKind = regexp.MustCompile(`^cannot decode TOML (\w+) into .* of type (\w+)`)

// explainTOML says in one line which key on which line is wrong.
func explainTOML(err error) string {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		e := strict.Errors[0]
		line, _ := e.Position()
		return fmt.Sprintf("line %d: %s is no key of ours: see systemd/kiosk.toml for the ones there are", line, strings.Join(e.Key(), "."))
	}
	var dec *toml.DecodeError
	if !errors.As(err, &dec) {
		return err.Error()
	}
	line, _ := dec.Position()
	key := strings.Join(dec.Key(), ".")
	text := strings.TrimPrefix(dec.Error(), "toml: ")
	if m := wrongKind.FindStringSubmatch(text); m != nil {
		want := map[string]string{"string": "a text in quotes", "int": "a whole number", "int64": "a whole number", "bool": "true or false"}
		text = fmt.Sprintf("is a TOML %s: say %s", m[1], cmp.Or(want[m[2]], "what systemd/kiosk.toml shows"))
	}
	return strings.TrimSpace(fmt.Sprintf("line %d: %s %s", line, key, text))
}

// ResolvePath resolves a relative name: the service's credentials first, then beside the config, then where root keeps what
// becomes a credential, so that root's own kiosk check reads what the service will.
func (c *Config) ResolvePath(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	dir := filepath.Dir(c.File)
	beside := filepath.Join(dir, name)
	tries := []string{beside, filepath.Join(dir, "secret", name)}
	if handed := os.Getenv("CREDENTIALS_DIRECTORY"); handed != "" {
		tries = slices.Insert(tries, 0, filepath.Join(handed, name))
	}
	if i := slices.IndexFunc(tries, PathExists); i >= 0 {
		return tries[i]
	}
	return beside
}

// PathExists reports whether there is a file or a folder of that name.
func PathExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// APIKey is the merchant's key: from its file, or a street's own.
func (c *Config) APIKey() (string, error) {
	if c.Key != "" {
		return c.Key, nil
	}
	return c.ReadSecret("pay.key_file", c.Pay.KeyFile)
}

// ReadSecret reads a file that only the service may read. The key that names it stands in every error; the content never does.
func (c *Config) ReadSecret(key, name string) (string, error) {
	b, err := c.ReadSecretFile(key, name)
	return strings.TrimSpace(string(b)), err
}

func (c *Config) ReadSecretFile(key, name string) ([]byte, error) {
	path := c.ResolvePath(name)
	f, err := openRegular(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %s cannot be read: put the secret there (%w)", key, path, cmp.Or(errors.Unwrap(err), err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("%s: others may read %s: chmod 640 it", key, path)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		groups, _ := os.Getgroups()
		readable := info.Mode().Perm()&0o070 == 0 || st.Gid == 0 || int(st.Gid) == os.Getegid() || slices.Contains(groups, int(st.Gid))
		if !isOwn(info) || !readable {
			return nil, fmt.Errorf("%s: %s belongs to a stranger: chown it to root or to the service's user", key, path)
		}
	}
	b, err := readBounded(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	if len(strings.TrimSpace(string(b))) == 0 {
		return nil, fmt.Errorf("%s: %s is empty", key, path)
	}
	return b, nil
}

// isOwn is true for what belongs to root or to who runs this.
func isOwn(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return !ok || st.Uid == 0 || int(st.Uid) == os.Geteuid()
}

// mostBytes is more than any config, key or list of certificates has.
const mostBytes = 1 << 20

// ReadRegular reads a file that the config or a person names: no pipe, at which it would wait for ever, and nothing endless.
func ReadRegular(path string) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readBounded(f)
}

// openRegular opens once, so that what is judged is what is read. In another user's folder it follows no link: root reads files
// that he may not.
func openRegular(path string) (*os.File, error) {
	flags := os.O_RDONLY
	if dir, err := os.Stat(filepath.Dir(path)); err == nil && !isOwn(dir) {
		flags |= syscall.O_NOFOLLOW
	}
	return OpenRegular(path, flags)
}

// OpenRegular opens a regular file as os.OpenFile does, and waits at no pipe. What it makes belongs to its owner alone.
func OpenRegular(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, flags|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func readBounded(f *os.File) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err == nil && len(b) > mostBytes {
		err = fmt.Errorf("%s is longer than %d MiB", f.Name(), mostBytes>>20)
	}
	return b, err
}

// ReadPublicFile reads a file that is no secret.
func (c *Config) ReadPublicFile(key, name string) ([]byte, error) {
	text, err := ReadRegular(c.ResolvePath(name))
	if err != nil {
		return nil, fmt.Errorf("%s: %s cannot be read: put the file there (%w)", key, c.ResolvePath(name), cmp.Or(errors.Unwrap(err), err))
	}
	return text, nil
}

// MerchantCertificate reads the merchant certificate, if one is named.
func (c *Config) MerchantCertificate() (*tls.Certificate, error) {
	if c.Pay.CertFile == "" {
		return nil, nil
	}
	cert, err := c.ReadPublicFile("pay.cert_file", c.Pay.CertFile)
	if err != nil {
		return nil, err
	}
	key, err := c.ReadSecretFile("pay.cert_key_file", c.Pay.CertKey)
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
	pem, err := c.ReadPublicFile("pay.ca_file", c.Pay.CAFile)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("pay.ca_file: %s holds no certificate in PEM", c.ResolvePath(c.Pay.CAFile))
	}
	return pool, nil
}
