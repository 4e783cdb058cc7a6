package status

import (
	"net/http"
	"strconv"
	"strings"
)

const (
	languageCookie = "lang"
	languageKept   = 365 * 24 * 60 * 60 // seconds
)

// languageOf is what a request asks for; else what its reader chose before, what the browser prefers, and what the page speaks.
func (p *Page) languageOf(r *http.Request) string {
	kept := ""
	if c, err := r.Cookie(languageCookie); err == nil {
		kept = c.Value
	}
	for _, lang := range []string{r.URL.Query().Get("lang"), kept, preferredLanguage(r.Header.Get("Accept-Language")), p.Language} {
		if lang == "zh" || lang == "en" {
			return lang
		}
	}
	return "zh"
}

// keepLanguage remembers the language that an address asks for: the next visit may come without it.
func keepLanguage(p *Page, w http.ResponseWriter, r *http.Request) {
	lang := r.URL.Query().Get("lang")
	if lang != "zh" && lang != "en" {
		return
	}
	if c, err := r.Cookie(languageCookie); err == nil && c.Value == lang {
		return
	}
	http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: lang, Path: "/", MaxAge: languageKept, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode})
}

// preferredLanguage is the first of our two languages in an Accept-Language header, by its weights; "" if it names neither.
func preferredLanguage(header string) (best string) {
	most := 0.0
	for one := range strings.SplitSeq(header, ",") {
		tag, weight, _ := strings.Cut(strings.TrimSpace(one), ";")
		lang, _, _ := strings.Cut(strings.ToLower(tag), "-")
		q := 1.0
		if text, ok := strings.CutPrefix(strings.TrimSpace(weight), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(text, 64); err != nil {
				continue
			}
		}
		if (lang == "zh" || lang == "en") && q > most {
			best, most = lang, q
		}
	}
	return best
}

// isBrowser reports whether a browser posts, not a script.
func isBrowser(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }
