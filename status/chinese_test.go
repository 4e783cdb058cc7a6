package status

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"kiosk/sale"
)

// What may be in Latin letters on a Chinese page: a footnote that says so, a code, and commands to type.
var (
	footnote    = regexp.MustCompile(`(?s)<(small|a)\b[^>]* lang="en"[^>]*>.*?</(small|a)>`)
	codes       = regexp.MustCompile(`(?s)<code>.*?</code>`)
	tags        = regexp.MustCompile(`(?s)<[^>]*>`)
	attribute   = regexp.MustCompile(`(?:aria-label|alt|data-[a-z]+)="([^"]*)"`)
	typed       = regexp.MustCompile(`kiosk (check|reconcile|pin|backup -o|orders)|rfkill unblock wifi|nmcli radio wifi on`)
	someEnglish = regexp.MustCompile(`[A-Za-z][a-z']*(?:[ ,:;]+[A-Za-z][a-z']*){2,}`)
)

// englishOn is the English that a reader of the Chinese page meets where no footnote stands.
func englishOn(page string) []string {
	page = codes.ReplaceAllString(footnote.ReplaceAllString(page, " "), " ")
	text := tags.ReplaceAllString(page, "|")
	for _, m := range attribute.FindAllStringSubmatch(page, -1) {
		text += "|" + m[1]
	}
	return someEnglish.FindAllString(typed.ReplaceAllString(html.UnescapeString(text), "|"), -1)
}

func hasChinese(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// constantsOf are the string constants of a type in a package's source: a new one is walked by the tests without being listed.
func constantsOf(t *testing.T, dir, typ, prefix string) (values []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, prefix) {
				return true
			}
			if id, named := spec.Type.(*ast.Ident); typ != "" && (!named || id.Name != typ) {
				return true
			}
			if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				value, _ := strconv.Unquote(lit.Value)
				values = append(values, value)
			}
			return true
		})
	}
	if len(values) == 0 {
		t.Fatalf("no constants %s* in %s", prefix, dir)
	}
	return values
}

// TestEveryRefusalOfTheShopHasWords walks the list in the source of sale.
func TestEveryRefusalOfTheShopHasWords(t *testing.T) {
	for _, name := range constantsOf(t, "../sale", "Refusal", "Refused") {
		no := shopRefusal(sale.Reply{Refusal: sale.Refusal(name), Product: sale.Product{Stock: 4}})
		zh, en := refusalText(no.word, "zh"), refusalText(no.word, "en")
		if !hasChinese(zh) || len(englishOn(zh)) > 0 || en == no.word || hasChinese(en) {
			t.Errorf("refused as %q: %q, %q", name, zh, en)
		}
	}
}

// TestEveryRefusalInTheSourceHasWords finds each code that a handler refuses with.
func TestEveryRefusalInTheSourceHasWords(t *testing.T) {
	found := 0
	for _, dir := range []string{".", "../web"} {
		files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil || strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, m := range regexp.MustCompile(`(?:refuse|toolRefusal|Refuse|refuse|writeError)\([^"\n]*"([^"]+)"\)`).FindAllStringSubmatch(string(source), -1) {
				code := m[1]
				if strings.HasSuffix(code, "-") || strings.Contains(code, "%") || code == " failed" {
					continue // it goes on with numbers, or a tool's name: those have tests of their own
				}
				found++
				zh, en := refusalText(code, "zh"), refusalText(code, "en")
				if !hasChinese(zh) || len(englishOn(zh)) > 0 || zh == en {
					t.Errorf("%s refuses with %q: %q, %q", file, code, zh, en)
				}
			}
		}
	}
	if found < 40 {
		t.Errorf("found only %d", found)
	}
}

// toolErrors are the sentinels of ports.go by name, and an error that nobody has words for.
func toolErrors() map[string]error {
	return map[string]error{
		"ErrInService": ErrInService, "ErrServing": ErrServing, "ErrTurning": ErrTurning, "ErrNotTurned": ErrNotTurned, "ErrScanning": ErrScanning,
		"ErrNothingRead": ErrNothingRead, "ErrBillLater": ErrBillLater, "ErrBillUnreached": ErrBillUnreached, "ErrNoRoom": ErrNoRoom,
		"": errors.New("read the card: the bus does not answer\nat all"),
	}
}

// TestWhateverFailsIsSaidInChinese walks every form with every error that its tool, or the shop, may answer.
func TestWhateverFailsIsSaidInChinese(t *testing.T) {
	source, err := os.ReadFile("ports.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\s+(Err\w+)\s*=`).FindAllStringSubmatch(string(source), -1) {
		if toolErrors()[m[1]] == nil {
			t.Errorf("%s is not walked here", m[1])
		}
	}
	forms := [][]string{
		{"test-vend", "slot", "1"}, {"picture", "name", "bars"}, {"scan-test"}, {"reconcile", "date", "2026-02-28"}, {"backup"}, {"bundle"}, {"restart"},
		{"slot", "slot", "1", "stock", "3"}, {"slot", "slot", "1"}, {"withdraw", "slot", "1"}, {"offer", "slot", "1"}, {"fill", "stock", "9"}, {"change", "slot", "1", "fen", "400"},
		{"clear"}, {"maintenance", "on", "1"}, {"order", "no", string(order1(sale.Owed).No), "event", "retried"},
	}
	for name, failure := range toolErrors() {
		h := newHouse()
		h.furnish()
		h.Tools = Tools{
			Pictures: []Picture{{"bars", "彩条", "bars"}}, Picture: func(string) error { return failure },
			TestVend:  func(context.Context, int, Person) (bool, string, error) { return false, "", failure },
			ScanTest:  func(context.Context) (string, error) { return "", failure },
			Reconcile: func(context.Context, time.Time) ([]sale.Finding, error) { return nil, failure },
			Backup:    func(context.Context, io.Writer) error { return failure }, Bundle: func(context.Context, io.Writer) error { return failure },
			Restart: func(context.Context, Person) (func(), error) { return nil, failure },
		}
		in := h.signIn(t, "anna")
		h.refuse = fmt.Errorf("write the book: %w", failure)
		for _, f := range forms {
			r := with(form("/service/"+f[0]+"?lang=zh", f[1:]...), in)
			r.Header.Set("Accept", "text/html")
			to := h.do(r).Header().Get("Location")
			if !strings.Contains(to, "no=") {
				t.Errorf("%s, %s: went to %q", f[0], name, to)
				continue
			}
			said := regexp.MustCompile(`(?s)<p id="said".*?</p>`).FindString(h.do(with(ask("GET", to), in)).Body.String())
			if !hasChinese(said) || len(englishOn(said)) > 0 || !strings.Contains(said, "✕") {
				t.Errorf("%s, %s: the technician reads %q", f[0], name, said)
			}
			if name == "" && !strings.Contains(said, `<small lang="en">`) {
				t.Errorf("%s: the cause is nowhere: %q", f[0], said)
			}
		}
	}
}

// TestNoEnglishStandsOnTheChinesePage shows everything that the kiosk can complain of at once, by each of its codes.
func TestNoEnglishStandsOnTheChinesePage(t *testing.T) {
	h := newHouse()
	h.furnish()
	h.sight.Ready, h.sight.Maintenance, h.sight.Doubts = false, "小王 at 127.0.0.1", sale.Doubts{Count: 3, Stopped: "three vends in a day ended in doubt"}
	for _, code := range append(constantsOf(t, "../sale", "", "NotReady"), "panel", "scanner", "pins", "keys", "disk", "book", "motor", "beat") {
		h.sight.Why = append(h.sight.Why, sale.Why{Code: code, Text: "what the machine says of it in plain English"})
	}
	h.sight.Strays = map[string]int{"closing paid": 1}
	for i, state := range sale.States[1:] {
		e := order1(state)
		e.No = sale.Number("K0042", i+1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		e.GatewayCode, e.By, e.Misfit = "USER_ACCOUNT_ABNORMAL", "anna at 192.168.1.20", "the sum differs"
		h.entries = append(h.entries, e)
	}
	h.sight.Open, h.sight.Owed = 5, 1
	h.Notes = func() []Note {
		return []Note{{ZH: "账本打不开", EN: "it cannot be opened", Cause: "open it: no such file at all"}}
	}
	h.Acts = func(context.Context, int) (lines []sale.Alarm, err error) {
		for kind, text := range alarmTexts {
			lines = append(lines, sale.Alarm{At: noon, Kind: kind, Text: text})
		}
		return lines, nil
	}
	h.compares(everyBill(t))
	for _, page := range []string{h.technician("/?lang=zh"), h.get("/?lang=zh").Body.String()} {
		if got := englishOn(page); len(got) > 0 {
			t.Errorf("on the Chinese page stands %q", got)
		}
		if strings.Contains(page, " at 127.0.0.1") || strings.Contains(page, " at 192.168.1.20") {
			t.Error("a person is told of in English")
		}
	}
	if got := englishOn(h.technician("/?lang=en")); len(got) < 50 {
		t.Errorf("the eye that looks for English finds only %q on the English page", got)
	}
}

// alarmTexts are what the shop writes for each kind, as sale/*.go has them.
var alarmTexts = map[string]string{
	"other merchant": "its mchid is 1900000109, its appid wx8888888888888888", "notice": "money may have come, and it cannot be asked about: its mchid is 19, its appid wx",
	"unknown word": "query: NEWWORD", "barred": "the book refuses what the gateway says of it: a person must look", "unshown": "prove code: it is not what was drawn",
	"book": "the book of yesterday is damaged and kept", "second payment": "paid a second time: it must go back",
	"late drop": "goods and money both went out", "stray drop": "the light barrier saw something while no motor ran", "found": "paid there, unknown here",
	"refused": "ask: NOAUTH", "expiry": "the gateway finds an expiry in 7m0s too near: from now on 15m0s; set pay.native_expiry", "refund held": "balance low: NOTENOUGH",
	"owed": "TRADE_OVERDUE", "stalled": "closing: no answer",
}

// TestEveryAlarmOfTheShopIsWalked finds the kinds in the source of sale.
func TestEveryAlarmOfTheShopIsWalked(t *testing.T) {
	files, _ := filepath.Glob("../sale/*.go")
	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`raiseAlarm\("([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
			if found++; alarmTexts[m[1]] == "" {
				t.Errorf("%s raises %q, which no test reads in Chinese", file, m[1])
			}
		}
	}
	if found < 10 {
		t.Errorf("found only %d", found)
	}
}

// everyBill has a difference for each sentence that the shop writes about one, taken from its source.
func everyBill(t *testing.T) *Bills {
	t.Helper()
	source, err := os.ReadFile("../sale/reconcile.go")
	if err != nil {
		t.Fatal(err)
	}
	b := &Bills{Last: &sale.Reconciliation{Day: aDay, At: noon, Rows: 9}, Failed: &Unfetched{Day: aDay, Word: BillGivenUp, Why: "not compared: one day to another", At: noon}}
	for _, m := range regexp.MustCompile(`report(?:Sums)?\((Find\w+), .*?"([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
		text := strings.ReplaceAll(m[2], "is %s", "is closing")
		b.Last.Findings = append(b.Last.Findings, sale.Finding{Kind: sale.FindPaidNotSold, No: "K0042-1", Fen: 350, Text: strings.ReplaceAll(text, "%s", "3.50")})
		if zh, ok := translateSentence(b.Last.Findings[len(b.Last.Findings)-1].Text); !ok || !hasChinese(zh) || strings.Contains(zh, "%s") {
			t.Errorf("%s: %q has no words in Chinese: %q", m[1], m[2], zh)
		}
	}
	if len(b.Last.Findings) < 10 {
		t.Fatalf("found only %d sentences", len(b.Last.Findings))
	}
	return b
}

func TestABrowserThatLosesItsWayReadsItsLanguage(t *testing.T) {
	h := newHouse()
	r := ask("GET", "/nowhere")
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", "zh-CN,zh;q=0.9")
	if w := h.do(r); w.Code != http.StatusNotFound || !hasChinese(w.Body.String()) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	must(t, h.get("/nowhere"), http.StatusNotFound, `{"error":"nothing here"}`+"\n") // scripts read English
}
