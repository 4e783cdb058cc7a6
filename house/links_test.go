package house_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// widest is how many columns a line of a page may have: more is not read beside anything else.
const widest = 140

// page is one Markdown file: its prose without code, and the anchors of its headings.
type page struct {
	path    string
	prose   []string // by line; "" for a line of code
	anchors map[string]bool
}

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	code    = regexp.MustCompile("`[^`]*`")
	outside = regexp.MustCompile(`^[a-z]+:`)
)

// Every relative link of the pages leads to a file that is there, and to a heading of it if it names one.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	links := 0
	for _, p := range allPages(t) {
		for i, line := range p.prose {
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				if outside.MatchString(m[1]) {
					continue
				}
				links++
				if why := deadEnd(t, p, m[1]); why != "" {
					t.Errorf("%s:%d: %s: %s", p.path, i+1, m[1], why)
				}
			}
		}
	}
	if links < 40 {
		t.Fatalf("only %d links seen", links)
	}
}

// deadEnd is why a link leads nowhere, or "".
func deadEnd(t *testing.T, from page, target string) string {
	name, anchor, _ := strings.Cut(target, "#")
	to := from
	if name != "" {
		path := filepath.Join(filepath.Dir(from.path), filepath.FromSlash(name))
		if _, err := os.Stat(path); err != nil {
			return "no such file"
		}
		if anchor == "" {
			return ""
		}
		to = readPage(t, path)
	}
	if !to.anchors[anchor] {
		return "no such heading"
	}
	return ""
}

// Pages are read beside a terminal: no line but a table's row is wider than 140 columns.
func TestPagesFitBesideATerminal(t *testing.T) {
	for _, p := range allPages(t) {
		b, err := os.ReadFile(p.path)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(b), "\n") {
			if n := columns(line); n > widest && !strings.HasPrefix(line, "|") {
				t.Errorf("%s:%d has %d columns", p.path, i+1, n)
			}
		}
	}
}

// columns is how wide a line is on a terminal, where a Chinese character takes two.
func columns(line string) int {
	n := utf8.RuneCountInString(line)
	for _, r := range line {
		if unicode.Is(unicode.Han, r) || r >= 0x3000 && r < 0x3100 || r >= 0xff00 && r < 0xff61 {
			n++
		}
	}
	return n
}

func allPages(t *testing.T) (pages []page) {
	t.Helper()
	names := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}
	err := filepath.WalkDir("docs", func(path string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) < 12 {
		t.Fatalf("only %d pages seen: %v", len(names), err)
	}
	for _, name := range names {
		pages = append(pages, readPage(t, name))
	}
	return pages
}

func readPage(t *testing.T, path string) page {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, inCode, times := page{path: path, anchors: map[string]bool{}}, false, map[string]int{}
	for line := range strings.Lines(string(b)) {
		if fence := strings.HasPrefix(strings.TrimSpace(line), "```"); fence || inCode {
			inCode = inCode != fence
			p.prose = append(p.prose, "")
			continue
		}
		p.prose = append(p.prose, code.ReplaceAllString(line, ""))
		if strings.HasPrefix(line, "#") {
			p.addHeading(line, times)
		}
	}
	return p
}

// addHeading names a heading as GitHub does: small letters, blanks as dashes, and a count behind one that comes again.
func (p *page) addHeading(line string, times map[string]int) {
	var name strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#"))) {
		switch {
		case r == ' ':
			name.WriteRune('-')
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			name.WriteRune(r)
		}
	}
	anchor := name.String()
	if n := times[anchor]; n > 0 {
		anchor += "-" + string(rune('0'+n))
	}
	times[name.String()]++
	p.anchors[anchor] = true
}
