package status

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"kiosk/web"
)

// doneText says what became of a form; "" for a code that we never give: an address must not put words on the page.
func doneText(code, lang string) string {
	for _, table := range []struct {
		head string
		tail map[string]word
	}{{"vend+", words.Faults}, {"vend.", words.Faults}, {"scan.", words.Kinds}} {
		tail, ok := strings.CutPrefix(code, table.head)
		if !ok {
			continue
		}
		w, known := table.tail[tail]
		then := words.Done[table.head+" then"].in(lang) // the stock does not know of a test
		switch {
		case tail == "":
			return words.Done[table.head].in(lang) + then
		case known:
			return words.Done[table.head].in(lang) + ": " + w.in(lang) + then
		}
		return ""
	}
	if text := numberedText(code, lang); text != "" {
		return text
	}
	return words.Done[code].in(lang)
}

// refusalText says a refusal in a language.
func refusalText(code, lang string) string {
	if text := numberedText(code, lang); text != "" {
		return text
	}
	if w, ok := words.Refusals[code]; ok {
		return w.in(lang)
	}
	return wordFor(words.Errors, code, lang)
}

// numbered is a code that carries numbers: how many, or which slots.
var numbered = regexp.MustCompile(`^([a-z]+-)([0-9]{1,8}(?:,[0-9]{1,3})*)$`)

// numberedText says a code that carries numbers; "" for one that does not, or that we never give.
func numberedText(code, lang string) string {
	m := numbered.FindStringSubmatch(code)
	if m == nil || words.Counts[m[1]] == (word{}) {
		return ""
	}
	return fmt.Sprintf(words.Counts[m[1]].in(lang), strings.ReplaceAll(m[2], ",", ", "))
}

// refusal says why something was not done: a code of words.Errors or words.Refusals, or a tool's own line.
type refusal struct {
	status int
	word   string
	line   string
	more   map[string]any
}

// refuse is a refusal that the page has a sentence for.
func refuse(status int, word string) *refusal { return &refusal{status: status, word: word} }

// writeError answers with one line of JSON, in the words of the reader's language if we have them.
func writeError(w http.ResponseWriter, r *http.Request, status int, text string) {
	lang := "en"
	if asked := r.URL.Query().Get("lang"); asked == "zh" {
		lang = asked
	}
	web.WriteJSON(w, status, map[string]string{"error": refusalText(text, lang)})
}
