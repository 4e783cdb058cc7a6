package evidence

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"

	"kiosk/cmd/kiosk/config"
)

// secrets are the shapes of what must not leave the machine, however it got into a text: a URL's user and query, a key, a
// payment code, an openid, a UUID.
var secrets = []struct {
	looks *regexp.Regexp
	stays string
}{
	{regexp.MustCompile(`(://)[^/@\s"']+@`), "${1}…@"},
	{regexp.MustCompile(`(://[^?\s"']*\?)[^\s"']+`), "${1}…"},
	{regexp.MustCompile(`-----BEGIN [^-]+-----[^-]*(-----END [^-]+-----)?`), "…"},
	{regexp.MustCompile(`\b[0-9A-Za-z]{32,}\b`), "…"},
	{regexp.MustCompile(`\b\d{16,24}\b`), "…"},
	{regexp.MustCompile(`\bo[0-9A-Za-z_-]{27}\b`), "…"},
	{regexp.MustCompile(`(?i)\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`), "…"},
}

// redact takes them out of a text, and each word that is known to be one.
func redact(text []byte, known ...string) []byte {
	for _, w := range known {
		text = bytes.ReplaceAll(text, []byte(w), []byte("…"))
	}
	for _, s := range secrets {
		text = s.looks.ReplaceAll(text, []byte(s.stays))
	}
	return bytes.ToValidUTF8(text, []byte("?"))
}

// redactConfig returns the config as others may read it: of each address in it, only the host. A robot's key stands in its
// path, and so may a proxy's.
func redactConfig(c *config.Config) config.Config {
	out := *c
	for _, u := range []*string{&out.Alert.URL, &out.Pay.URL, &out.Pay.StandbyURL, &out.Pay.NotifyURL} {
		*u = redactURL(*u)
	}
	return out
}

// plainPaths are paths that hold no secret.
var plainPaths = []string{"", "/", "/notify/v2", "/notify/v3"}

// redactURL keeps an address whole if it has no user, no query and a path that is no secret.
func redactURL(address string) string {
	u, err := url.Parse(address)
	switch {
	case address == "":
		return ""
	case err != nil || u.Host == "":
		return "…"
	case u.User == nil && u.RawQuery == "" && u.Fragment == "" && slices.Contains(plainPaths, u.Path):
		return address
	}
	return u.Scheme + "://" + u.Host + "/…"
}

// secretWords are the words of the robot's address that let others write to the owner's group, wherever they may stand.
func secretWords(address string) (words []string) {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return nil
	}
	all := []string{address, u.RequestURI(), u.Path, u.RawQuery}
	if u.User != nil {
		password, _ := u.User.Password()
		all = append(all, u.User.String(), password)
	}
	for _, w := range all {
		if len(w) > 1 {
			words = append(words, w)
		}
	}
	return words
}
