package house_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// chinesePages are what an owner or a technician reads, and what each is the Chinese of.
var chinesePages = map[string]string{
	"docs/zh/wire.md": "docs/wire.md", "docs/zh/README.md": "README.md", "docs/zh/install.md": "docs/install.md", "docs/zh/merchant.md": "docs/merchant.md", "docs/zh/deploy.md": "docs/deploy.md", "docs/zh/config.md": "docs/config.md", "docs/zh/recover.md": "docs/recover.md",
}

// skeleton is what a page has in every language: what is typed, its code, its headings, its tables.
type skeleton struct {
	boxes    []string // fenced or indented blocks, whole
	code     []string // each piece of inline code once
	headings []string // "##"
	rows     int      // of tables
}

var (
	inlineCode   = regexp.MustCompile("`([^`]+)`")
	wrongExample = regexp.MustCompile(`(?m)^- Wrong: .*\n(  .*\n)*`)
	configKey    = regexp.MustCompile(`^[a-z_.]+$`)
	hasHan       = regexp.MustCompile(`\p{Han}`)
)

// headingShape is a heading's depth, and all of it where it is a key of the config.
func headingShape(line string) string {
	depth, title, _ := strings.Cut(strings.TrimSpace(line), " ")
	if configKey.MatchString(title) {
		return depth + " " + title
	}
	return depth
}

func readSkeleton(t *testing.T, path string) (s skeleton) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fenced, box, prose := false, "", ""
	text := wrongExample.ReplaceAllString(string(b), "") // each with the kiosk's answer: on the English page alone, where a test tries them
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "```"):
			if box += line; fenced {
				s.boxes, box = append(s.boxes, box), ""
			}
			fenced = !fenced
		case fenced, strings.HasPrefix(line, "    "):
			box += line
		default:
			if box != "" {
				s.boxes, box = append(s.boxes, box), ""
			}
			if strings.HasPrefix(line, "#") {
				s.headings = append(s.headings, headingShape(line))
			}
			if strings.HasPrefix(line, "|") {
				s.rows++
			}
			prose += strings.TrimSpace(line) + " "
		}
	}
	for _, m := range inlineCode.FindAllStringSubmatch(prose, -1) {
		if !hasHan.MatchString(m[1]) { // words of the page or the panel are quoted in the reader's language
			s.code = append(s.code, strings.Join(strings.Fields(m[1]), " "))
		}
	}
	slices.Sort(s.code)
	s.code = slices.Compact(s.code)
	return s
}

// Both languages say the same commands, the same keys and the same code, under as many headings and in as many rows.
func TestTheChinesePagesSayTheSameKeysAndCommands(t *testing.T) {
	for zh, en := range chinesePages {
		z, e := readSkeleton(t, zh), readSkeleton(t, en)
		for i := range min(len(z.boxes), len(e.boxes)) {
			if z.boxes[i] != e.boxes[i] {
				t.Errorf("box %d of %s is not that of %s:\n%s\n%s", i+1, zh, en, z.boxes[i], e.boxes[i])
			}
		}
		if len(z.boxes) != len(e.boxes) || !slices.Equal(z.headings, e.headings) || z.rows != e.rows {
			t.Errorf("%s has %d boxes, %d headings and %d rows, and %s has %d, %d and %d",
				zh, len(z.boxes), len(z.headings), z.rows, en, len(e.boxes), len(e.headings), e.rows)
		}
		for _, c := range e.code {
			if !slices.Contains(z.code, c) {
				t.Errorf("%s leaves out `%s` of %s", zh, c, en)
			}
		}
		for _, c := range z.code {
			if !slices.Contains(e.code, c) {
				t.Errorf("%s says `%s`, and %s does not", zh, c, en)
			}
		}
	}
}

// A page that is left in English is no translation.
func TestTheChinesePagesAreChinese(t *testing.T) {
	for zh := range chinesePages {
		b, err := os.ReadFile(zh)
		if err != nil {
			t.Fatal(err)
		}
		for _, para := range strings.Split(regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(string(b), ""), "\n\n") {
			bare := inlineCode.ReplaceAllString(para, "")
			if letters := len(regexp.MustCompile(`[a-z]{3,}`).FindAllString(bare, -1)); !strings.HasPrefix(para, "    ") && letters > 12 && !hasHan.MatchString(bare) {
				t.Errorf("%s has a paragraph in English: %.80q", zh, para)
			}
		}
	}
}
