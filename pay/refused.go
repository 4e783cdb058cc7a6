package pay

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"unicode"

	"kiosk/sale"
)

// What is refused for a reason that lies with the merchant or the config, by an answer that proves nothing, is an error as
// all that is not known. The error says so as a sale.SuspectedRefusal: a person hears of it, and nothing is decided by it.

// unsignedTexts are parts of what the gateway refuses with before it can verify us, and cannot sign itself. Such a text is
// no answer, but it shows an owner the setting that is wrong. The gateway has reworded them before, so parts are compared.
// Each amounts to a word that the gateway signs at other times.
var unsignedTexts = []struct {
	part, word, hint string
	cause            sale.Cause
}{
	{"签名错误", "SIGNERROR", "the gateway refuses the signature: check pay.key_file and pay.sign_type", ""},
	{"system error", "MCHID_NOT_EXIST", "the gateway refuses the call with a system error: check pay.mchid", ""},
	{"权限未开通", "NOAUTH", "the gateway refuses the product: have it opened on the merchant platform", ""},
	{"appid不存在", "APPID_NOT_EXIST", "the gateway knows no such appid: check pay.appid", ""},
	{"mch_id不存在", "MCHID_NOT_EXIST", "the gateway knows no such merchant: check pay.mchid", ""},
	{"不匹配", "APPID_MCHID_NOT_MATCH", "the gateway refuses the pair: check that pay.appid is bound to pay.mchid", ""},
	{expiryField, expiryWord, "the gateway finds the expiry too near: set pay.native_expiry to a longer time", sale.CauseExpiry},
	{"字节数", "PARAM_ERROR", "the gateway finds a value too long: shorten the slot's name", ""},
}

// A refusal that names this field finds the order's expiry too near. Some gateways want a minute, some more than five.
const (
	expiryField = "time_expire"
	expiryWord  = "TIME_EXPIRE" // ours: the gateway says PARAM_ERROR
)

// readUnsigned is the error of an unsigned refusal, with its text for a person to read: anybody could have written it, so it
// is marked as unsigned, and it is one short line without signs of markup.
func readUnsigned(text string) error {
	why := sale.SuspectedRefusal{Text: "believe the answer: an unsigned refusal", OrderRefusal: sale.OrderRefusal{Unsigned: cleanText(text)}}
	for _, known := range unsignedTexts {
		if strings.Contains(strings.ToLower(text), known.part) {
			why.Code, why.Cause, why.Text = known.word, known.cause, known.hint
			break
		}
	}
	if why.Unsigned != "" {
		why.Text += ` (unsigned: "` + why.Unsigned + `")`
	}
	return why
}

// secretLike are words that may be a payment code, an openid, an id or a key.
var secretLike = regexp.MustCompile(`[A-Za-z_-]*[0-9][0-9A-Za-z_-]{7,}|[0-9A-Za-z_-]{25,}`)

// cleanText is a stranger's text as one short line without signs of markup, and without words that may be secret.
func cleanText(text string) string {
	text = secretLike.ReplaceAllString(strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) || strings.ContainsRune(`<>"?%`, c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, "")), "…")
	return clipBytes(strings.Join(strings.Fields(text), " "), 120)
}

// readUnsigned3 is the same under API v3. A gateway in trouble, or one that is asked too often, blames nobody.
func readUnsigned3(r reply) error {
	in, err := readObject(r.body)
	why := sale.SuspectedRefusal{Text: "believe the answer: an unsigned refusal: " + refusalHint(r)}
	if word := in.text("code"); err == nil && sanitizeWord(word) == word {
		why.Code, why.Unsigned = word, cleanText(in.text("message"))
	}
	if faulty.narrow(string(r.body)) == tooNear {
		why.Code, why.Cause = expiryWord, sale.CauseExpiry
	}
	if why.Code == "" || r.status >= http.StatusInternalServerError || r.status == http.StatusTooManyRequests {
		return errors.New(why.Text)
	}
	return why
}

// suspect marks the error of a signed refusal that decides nothing, if its word blames merchant or config. No customer has a
// part in an ask, so a word that no table has is counted there as well.
func (e endpoint) suspect(word string, blame codeMap, err error) error {
	_, ours := e.codes[word]
	if _, blames := blame[word]; sanitizeWord(word) == word && (blames || e.ask && !ours) {
		return sale.SuspectedRefusal{Text: err.Error(), OrderRefusal: sale.OrderRefusal{Code: word}}
	}
	return err
}

// narrow returns the meaning of a signed refusal's word, or a narrower one that its text gives.
func (m meaning) narrow(text string) meaning {
	if m.outcome == sale.OutcomeFaulty && strings.Contains(strings.ToLower(text), expiryField) {
		return tooNear
	}
	return m
}

// tooNear: the gateway wants a later expiry than the order has.
var tooNear = meaning{sale.OutcomeDenied, sale.CauseExpiry}
