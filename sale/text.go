package sale

// Text is one thing said in the two languages of the people who use a kiosk.
type Text struct{ ZH, EN string }

// In picks the language: "en" is English, anything else Chinese, which a text may lack.
func (t Text) In(lang string) string {
	if lang == "en" || t.ZH == "" {
		return t.EN
	}
	return t.ZH
}
