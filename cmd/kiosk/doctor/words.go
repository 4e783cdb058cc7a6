package doctor

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

//go:embed words.toml
var wordsFile []byte

// chinese holds the findings in Chinese by their English: JSON keeps that, and only the table for people is translated.
var chinese = mustReadWords(wordsFile)

type catalog struct {
	parts map[string]string
	texts []pattern
}

// pattern is one text with places, the most telling first.
type pattern struct {
	en *regexp.Regexp
	zh string
}

// mustReadWords panics on words that cannot be read: they are part of the program, and tests read them first.
func mustReadWords(file []byte) catalog {
	var read struct{ Parts, Texts map[string]string }
	if err := toml.NewDecoder(bytes.NewReader(file)).DisallowUnknownFields().Decode(&read); err != nil {
		panic(fmt.Errorf("read the words of kiosk check: %w", err))
	}
	c := catalog{parts: read.Parts}
	known := slices.Collect(maps.Keys(read.Texts))
	slices.SortFunc(known, func(a, b string) int { return len(b) - len(a) })
	for _, en := range known {
		places := strings.ReplaceAll(regexp.QuoteMeta(en), regexp.QuoteMeta("{}"), "(.+?)")
		c.texts = append(c.texts, pattern{regexp.MustCompile("^" + places + "$"), read.Texts[en]})
	}
	return c
}

// translate says a finding's text in Chinese; one that no pattern fits stays as it is.
func (c catalog) translate(text string) string {
	for _, p := range c.texts {
		found := p.en.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		out := p.zh
		for _, place := range found[1:] {
			out = strings.Replace(out, "{}", place, 1)
		}
		return out
	}
	return text
}

// inChinese is a finding's text as a Chinese reader sees it. The part and the verdict stay: scripts read them.
func (f Finding) inChinese() string {
	text := f.ZH
	if text == "" {
		text = chinese.translate(f.Text)
	}
	if part, ok := chinese.parts[f.Part]; ok {
		text = part + "：" + text
	}
	return text
}
