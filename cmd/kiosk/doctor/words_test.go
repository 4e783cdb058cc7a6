package doctor

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// verbs are what a format fills in, as words.toml writes it.
var verbs = regexp.MustCompile(`%(\[\d\])?\.?\d*[a-z]`)

// saidInCheck are the literals that the findings of kiosk check are made of.
func saidInCheck(t *testing.T) (out []string) {
	t.Helper()
	for _, name := range []string{"doctor.go", "certificate.go", "metal.go", "try.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		collect := func(n ast.Node) {
			ast.Inspect(n, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, _ := strconv.Unquote(lit.Value)
					out = append(out, strings.ReplaceAll(verbs.ReplaceAllString(text, "{}"), "%%", "%"))
				}
				return true
			})
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Text" {
					collect(n.Value)
				}
			case *ast.AssignStmt:
				for i, to := range n.Lhs {
					if field, ok := to.(*ast.SelectorExpr); ok && field.Sel.Name == "Text" {
						collect(n.Rhs[min(i, len(n.Rhs)-1)])
					}
				}
			}
			return true
		})
	}
	return out
}

func TestEveryTextOfCheckIsSaidInChinese(t *testing.T) {
	said := saidInCheck(t)
	if len(said) < 30 {
		t.Fatalf("only %d texts were found", len(said))
	}
	var read []string
	for line := range strings.Lines(string(wordsFile)) {
		if en, zh, ok := strings.Cut(line, `" = "`); ok {
			text, err := strconv.Unquote(en + `"`)
			if err != nil || !strings.ContainsFunc(zh, func(c rune) bool { return unicode.Is(unicode.Han, c) || c == '{' }) || strings.Count(en, "{}") < strings.Count(zh, "{}") {
				t.Errorf("%s is not said in Chinese: %v", line, err)
			}
			read = append(read, text)
		}
	}
	for _, text := range said {
		if text = strings.TrimSpace(text); !strings.ContainsFunc(text, unicode.IsLetter) {
			continue
		}
		piece := regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), regexp.QuoteMeta("{}"), ".+")) // a place may hold another text
		if !slices.ContainsFunc(read, piece.MatchString) {
			t.Errorf("a technician in China reads %q", text)
		}
	}
}

func TestFindingsAreTranslatedWithTheirPlaces(t *testing.T) {
	for en, zh := range map[string]string{
		"12 orders, 3 open, 1 owed":       "12 笔订单，3 笔未完，1 笔欠款",
		`answers "no such order" in 31ms`: "回答“没有这一单”，用时 31ms",
		"ends on 2026-12-03, in 2 days: apply for a new one on the merchant platform and put it in pay.cert_file and pay.cert_key_file": "2026-12-03 到期，还有 2 天：请在商户平台申请新证书，换上 pay.cert_file 和 pay.cert_key_file",
		"bufsiz is 4096 and should be 65536: put spidev.bufsiz=65536 into cmdline.txt and reboot, for a quicker panel":                  "bufsiz 是 4096，应为 65536：请在 cmdline.txt 里加 spidev.bufsiz=65536 并重启，屏幕会更快",
		"a text of tomorrow": "a text of tomorrow",
	} {
		if got := chinese.translate(en); got != zh {
			t.Errorf("%q is said as %q", en, got)
		}
	}
	var en, zh, asJSON, english bytes.Buffer
	found := []Finding{{Part: "clock", Verdict: OK, Text: "the kernel says synchronised"}}
	for to, lang := range map[*bytes.Buffer]string{&en: "en", &zh: "zh"} {
		if err := WriteReport(to, found, false, lang); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = WriteReport(&asJSON, found, true, "zh"), WriteReport(&english, found, true, "en")
	if en.String() != "ok    clock         the kernel says synchronised\n" || zh.String() != "ok    clock         时钟：系统说已对时\n" || asJSON.String() != english.String() {
		t.Errorf("%s%s%s%s", en.String(), zh.String(), asJSON.String(), english.String())
	}
}
