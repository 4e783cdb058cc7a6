package status

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

var aDay = time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)

// compares lets the house compare bills; the test turns what came of it.
func (h *house) compares(b *Bills) *house {
	h.Bills = func() Bills { return *b }
	h.h = h.Handler()
	return h
}

func TestTheDaysBillIsTold(t *testing.T) {
	b := &Bills{}
	h := newHouse().compares(b)
	tells(t, h.reads("/"), "对账", "– 还没有对过账", "每天 10:15 之后自动核对昨天的账单")
	b.Last = &sale.Reconciliation{Day: aDay, At: noon, Rows: 731, Sales: 42, Sold: 14700, Repaid: 2, Back: 700}
	tells(t, h.reads("/"), "✓ 2026-02-28 与账单一致 核对于 03-01 12:00:00", "本机收款 42 · ¥147.00", "本机退款 2 · ¥7.00", "账单行数（所有机器） 731")
	tells(t, h.reads("/?lang=en"), "✓ 2026-02-28 agrees with its bill compared 03-01 12:00:00", "paid at this kiosk 42 · ¥147.00", "paid back 2 · ¥7.00", "rows in the bill, all machines 731")
	if plain := newHouse().reads("/"); strings.Contains(plain, "对账") {
		t.Error("a kiosk that compares no bills speaks of them")
	}
}

func TestDifferencesAreToldWithWhatToDo(t *testing.T) {
	b := &Bills{Last: &sale.Reconciliation{Day: aDay, At: noon, Rows: 9, Findings: []sale.Finding{
		{Kind: sale.FindPaidUnknown, No: "K0042-000009ABCDEFGHIJKLMNOPQR", Transaction: "4200", Fen: 350, Text: "3.50 was paid at 11:00:00, and the book has no such order"},
		{Kind: "a kind of tomorrow", No: "K0042-000010ABCDEFGHIJKLMNOPQR", Fen: 1, Text: "0.01"},
	}}}
	h := newHouse().compares(b)
	tells(t, h.reads("/"), "! 2026-02-28 与账单不一致: 2 账单里的每一处不同", "✕ 2026-02-28 与账单不一致: 2", "微信收了钱，本机没有这笔订单 ¥3.50 K0042-000009ABCDEFGHIJKLMNOPQR", "先找到顾客", "a kind of tomorrow ¥0.01")
	tells(t, h.reads("/?lang=en"), "differs from its bill: 2", "paid there, unknown here ¥3.50", "find the customer", "3.50 was paid at 11:00:00")
	for range 30 {
		b.Last.Findings = append(b.Last.Findings, b.Last.Findings[0])
	}
	if text := h.reads("/?lang=en"); strings.Count(text, "find the customer") != moreFindings-1 || !strings.Contains(text, "+12 more: run kiosk reconcile") {
		t.Error("a long list is neither cut nor said to be")
	}
}

func TestABillThatDoesNotComeIsToldWithTheReason(t *testing.T) {
	b := &Bills{Failed: &Unfetched{Day: aDay, Why: "download the bill: HTTP status 502", At: noon, Next: noon.Add(30 * time.Minute)}}
	h := newHouse().compares(b)
	tells(t, h.reads("/"), "没能取到账单： 2026-02-28 · 这一天的账单没能取到或没能核对 · 上次尝试 03-01 12:00:00 · 下次尝试 03-01 12:30:00 download the bill: HTTP status 502", "! 还没有对过账")
	tells(t, h.reads("/?lang=en"), "The bill could not be fetched: 2026-02-28 · the bill of that day could not be had or compared · last tried 03-01 12:00:00 · tried again at 03-01 12:30:00 download the bill: HTTP status 502")
}

func TestBillsInJSON(t *testing.T) {
	b := &Bills{}
	h := newHouse().compares(b)
	read := func() string {
		var doc struct{ Bills json.RawMessage }
		if err := json.Unmarshal(h.get("/status.json").Body.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		return string(doc.Bills)
	}
	if got := read(); got != `{"last":null,"failed":null}` {
		t.Errorf("before the first: %s", got)
	}
	b.Last = &sale.Reconciliation{Day: aDay, At: noon, Rows: 9, Sales: 4, Sold: 1400, Repaid: 1, Back: 350}
	b.Failed = &Unfetched{Day: aDay.AddDate(0, 0, 1), Why: "no line", At: noon, Next: noon.Add(time.Hour)}
	want := `{"last":{"day":"2026-02-28","at":"2026-03-01T12:00:00+08:00","rows":9,"sales":4,"sales_fen":1400,"refunds":1,"refunds_fen":350,"findings":[]},` +
		`"failed":{"day":"2026-03-01","error":"no line","at":"2026-03-01T12:00:00+08:00","next":"2026-03-01T13:00:00+08:00"}}`
	if got := read(); got != want {
		t.Errorf("whoever reads this by script breaks\n got %s\nwant %s", got, want)
	}
	b.Last.Findings = []sale.Finding{{Kind: sale.FindPaidTwice, No: "K0042-1", Transaction: "4200", Fen: 350, Text: "twice"}}
	if got := read(); !strings.Contains(got, `"findings":[{"kind":"paid twice","no":"K0042-1","transaction_id":"4200","fen":350,"text":"twice"}]`) {
		t.Errorf("a difference is not told: %s", got)
	}
}

// TestEveryKindOfDifferenceHasWords reads the kinds from where they are made.
func TestEveryKindOfDifferenceHasWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../sale/reconcile.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	kinds := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Find") || len(spec.Values) != 1 {
			return true
		}
		kind, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		r := words.Findings[kind]
		if kinds++; err != nil || r.What[0] == "" || r.What[1] == "" || r.Do[0] == "" || r.Do[1] == "" {
			t.Errorf("%s = %q lacks words, or what to do", spec.Names[0].Name, kind)
		}
		return true
	})
	if kinds != len(words.Findings) || kinds < 10 {
		t.Errorf("%d kinds are made and %d have words", kinds, len(words.Findings))
	}
}
