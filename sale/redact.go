package sale

import "strings"

// redactInput returns an input without payment codes and openids in its free text: an error message of a wire or of the
// gateway ends on a screen, in the book and in a recording (rule 20).
func redactInput(in Input) Input {
	switch in := in.(type) {
	case Answered:
		in.Err = Redact(in.Err)
		if in.Refused != nil {
			why := *in.Refused
			why.Unsigned = Redact(why.Unsigned)
			in.Refused = &why
		}
		return in
	case Health:
		in.Fault = Redact(in.Fault)
		return in
	case Unshown:
		in.Why = Redact(in.Why)
		return in
	}
	return in
}

const (
	codeLeast, codeMost = 16, 24 // digits of a payment code, of any house
	openidLen           = 28     // with an "o" in front
)

// Redact leaves only the first and last two characters of a word that looks like a payment code or an openid.
func Redact(text string) string {
	if len(text) < codeLeast {
		return text
	}
	return redactRuns(redactRuns(text, isWordChar, isOpenID), isDigit, isPaymentCode)
}

// redactRuns veils the longest runs of some characters that look like a secret.
func redactRuns(text string, of func(byte) bool, secret func(string) bool) string {
	var out strings.Builder
	for text != "" {
		n := 1
		if of(text[0]) {
			for n < len(text) && of(text[n]) {
				n++
			}
		}
		word := text[:n]
		if of(word[0]) && secret(word) {
			word = word[:2] + "…" + word[n-2:]
		}
		out.WriteString(word)
		text = text[n:]
	}
	return out.String()
}

func isOpenID(word string) bool { return len(word) == openidLen && word[0] == 'o' }

func isPaymentCode(word string) bool { return len(word) >= codeLeast && len(word) <= codeMost }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWordChar(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-'
}
