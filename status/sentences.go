package status

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"

	"kiosk/sale"
)

// sentence finds an English sentence that the book keeps, and says it in Chinese. The Chinese takes the values in the same order.
type sentence struct {
	english *regexp.Regexp
	chinese string
}

// sentences are those of words.toml. The longest come first: one may end as another does.
var sentences = sync.OnceValue(func() []sentence {
	all := make([]string, 0, len(words.Sentences))
	for english := range words.Sentences {
		all = append(all, english)
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	out := make([]sentence, 0, len(all))
	for _, english := range all {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(english), "%s", "(.+?)")
		out = append(out, sentence{regexp.MustCompile("^" + pattern + "$"), words.Sentences[english]})
	}
	return out
})

// translateSentence says a sentence in Chinese; ok is false if no table knows it.
func translateSentence(text string) (chinese string, ok bool) {
	for _, s := range sentences() {
		m := s.english.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		chinese = s.chinese
		for _, value := range m[1:] {
			chinese = strings.Replace(chinese, "%s", translateTerm(value), 1)
		}
		return chinese, true
	}
	return text, false
}

// inLanguage says a sentence that the book keeps in a language; one that no table knows stays as it is.
func inLanguage(text, lang string) string {
	if lang == "en" {
		return text
	}
	text, _ = translateSentence(text)
	return text
}

// translateTerm says a word of the book's or the gateway's in Chinese; a value stays as it is.
func translateTerm(term string) string {
	for _, table := range []map[string]word{words.States, words.Causes, words.RefusedCalls} {
		if w, known := table[term]; known {
			return w[0]
		}
	}
	return gatewayWord(term, "zh")
}

// gatewayWord is a word of the gateway's, with its meaning for those who read Chinese.
func gatewayWord(code, lang string) string {
	if text := words.GatewayWords[code]; text != "" && lang != "en" {
		return text + "（" + code + "）"
	}
	return code
}

// translatePair says "term: term", as alarms keep it.
func translatePair(text string) string {
	first, then, two := strings.Cut(text, ": ")
	if !two {
		return translateTerm(text)
	}
	return translateTerm(first) + "：" + translateTerm(then)
}

// describePerson is somebody with the address, "anna at 192.168.1.20", as a language writes it.
func describePerson(full, lang string) string {
	if lang == "en" || full == "" {
		return full
	}
	name, from := full, ""
	if i := strings.LastIndex(full, " at "); i >= 0 {
		name, from = full[:i], full[i+len(" at "):]
	}
	if name == words.Labels["service key"][1] {
		name = words.Labels["service key"][0]
	}
	if from == "" {
		return name
	}
	return name + "（" + from + "）"
}

// pairedAlarms are the kinds of alarms whose text is "term: term", or one term.
var pairedAlarms = []string{"refund held", "unknown word", "refused", "stalled", "owed"}

// translateAlarm says in Chinese what an alarm kept; ok is false if no table knows it.
func translateAlarm(a sale.Alarm) (text string, ok bool) {
	if slices.Contains(pairedAlarms, a.Kind) {
		return translatePair(a.Text), true
	}
	return translateSentence(a.Text)
}
