package status

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"kiosk/sale"
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

// numbered is a code that carries numbers: how many, which slots, a day, a sum in fen.
var numbered = regexp.MustCompile(`^([a-z]+-)([0-9]{1,12}(?:,[0-9]{1,12})*)$`)

// numberedText says a code that carries numbers; "" for one that does not, or that we never give.
func numberedText(code, lang string) string {
	m := numbered.FindStringSubmatch(code)
	if m == nil || words.Counts[m[1]] == (word{}) {
		return ""
	}
	text, numbers := words.Counts[m[1]].in(lang), strings.Split(m[2], ",")
	shapes, shaped := numberShapes[m[1]]
	if !shaped {
		return fmt.Sprintf(text, strings.Join(numbers, ", "))
	}
	if len(numbers) != len(shapes) {
		return ""
	}
	args := make([]any, len(numbers))
	for i, shape := range shapes {
		args[i] = shape(numbers[i])
	}
	return fmt.Sprintf(text, args...)
}

// numberShapes say how the numbers of a code are written, if it has others than counts.
var numberShapes = map[string][]func(string) string{
	"agrees-": {dayText}, "differs-": {dayText, asItIs, yuanText}, "changed-": {yuanText}, "sure-": {yuanText, yuanText},
}

func asItIs(n string) string { return n }

func yuanText(n string) string {
	fen, _ := strconv.ParseInt(n, 10, 64) // twelve digits at most
	return sale.Fen(fen).Yuan()
}

// dayCode is a day as a code carries it.
const dayCode = "20060102"

func dayText(n string) string {
	day, err := time.Parse(dayCode, n)
	if err != nil {
		return n
	}
	return day.Format(time.DateOnly)
}

// refusal says why something was not done: a code of words.Errors or words.Refusals. cause is what the machine says of it, in
// English and in full: a footnote for technicians.
type refusal struct {
	status int
	word   string
	cause  string
	more   map[string]any
}

// refuse is a refusal that the page has a sentence for.
func refuse(status int, word string) *refusal { return &refusal{status: status, word: word} }

// causeRunes is how long a footnote may be.
const causeRunes = 300

// cleanCause is an error as one line that shows as what it is.
func cleanCause(err error) string {
	text := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(err.Error(), ""))
	all := []rune(strings.Join(strings.Fields(text), " "))
	return string(all[:min(len(all), causeRunes)])
}

// writeError answers with one line of JSON: scripts read English unless they ask for Chinese, a browser its reader's language.
func (p *Page) writeError(w http.ResponseWriter, r *http.Request, status int, code string) {
	web.WriteJSON(w, status, map[string]string{"error": refusalText(code, errorLanguage(p, r))})
}

// errorLanguage is the language of a refusal that is no page.
func errorLanguage(p *Page, r *http.Request) string {
	switch {
	case isBrowser(r):
		return p.languageOf(r)
	case r.URL.Query().Get("lang") == "zh":
		return "zh"
	}
	return "en"
}
