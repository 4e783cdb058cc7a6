package gateway

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// weather is a random walk over one gateway: clients, customers, troubles, restarts.
type weather struct {
	*till
	dice     *rand.Rand
	qrs      []string
	numbers  []string
	reversed map[string]bool   // acknowledged to a client that could verify it
	txns     map[string]string // transaction id by number
	ended    map[string]string // CLOSED and REVOKED are for good
	said     []string
	v3       *desk
	in       *inbox
}

func TestWhateverHappensNoMoneyIsMadeOrLost(t *testing.T) {
	paid, reversed, back := 0, 0, int64(0)
	for seed := range uint64(100) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				w := &weather{till: newTill(t), dice: rand.New(rand.NewPCG(seed, 42)), reversed: map[string]bool{},
					txns: map[string]string{}, ended: map[string]string{}}
				w.g.Seed = seed
				if seed%2 == 0 {
					w.g.Path = filepath.Join(dir, "gateway.json") // every other gateway has a past to remember
				}
				w.v3, w.in = w.desk(), w.listen()
				for range 100 {
					w.step()
					w.judge()
				}
				w.letters()
				w.bills()
				if t.Failed() {
					t.Log("\n" + strings.Join(w.said, "\n"))
				}
				paid += len(w.txns)
				reversed += len(w.reversed)
				for _, o := range w.g.Orders() {
					back += o.RefundedFen
				}
			})
		})
	}
	t.Logf("%d orders paid, %d reversed, %d fen went back", paid, reversed, back)
	if paid < 200 || reversed < 100 || back < 10000 {
		t.Error("the walks hardly moved any money: they prove nothing")
	}
}

func (w *weather) number() string {
	if len(w.numbers) == 0 || w.dice.IntN(5) == 0 {
		w.numbers = append(w.numbers, fmt.Sprintf("K1-%06d", len(w.numbers)))
	}
	return w.numbers[w.dice.IntN(len(w.numbers))]
}

// step does one random thing and lets a random time pass.
func (w *weather) step() {
	synctest.Wait() // the post office reads the script too
	w.g.Script = func(Call) *Trouble { return nil }
	if w.dice.IntN(4) == 0 {
		t := w.trouble()
		w.g.Script = func(Call) *Trouble { return &t }
	}
	no := w.number()
	if w.dice.IntN(4) == 0 {
		w.stepV3(no)
		return
	}
	switch w.dice.IntN(12) {
	case 0, 1:
		if m := w.ask("/pay/unifiedorder", "out_trade_no", no, "total_fee", "350", "body", "可乐", "trade_type", "NATIVE",
			"spbill_create_ip", "127.0.0.1", "notify_url", "https://example.com/n"); m["code_url"] != "" {
			w.qrs = append(w.qrs, m["code_url"])
		}
	case 2, 3:
		w.ask("/pay/micropay", charge(no, w.g.NewCode(w.dice.IntN(2) == 0))...)
	case 4:
		if len(w.qrs) > 0 {
			do := []string{"pay", "wait", "cancel"}[w.dice.IntN(3)]
			n, text, _ := w.g.Pay(w.qrs[w.dice.IntN(len(w.qrs))], do)
			w.said = append(w.said, "phone "+do+" "+n+" "+text)
		}
	case 5:
		n, err := w.g.Password([]string{"enter", "cancel", "enter", "wrong"}[w.dice.IntN(4)])
		w.said = append(w.said, fmt.Sprint("password ", n, " ", err))
	case 6, 7:
		w.ask("/secapi/pay/reverse", "out_trade_no", no)
	case 8:
		w.ask("/pay/closeorder", "out_trade_no", no)
	case 9:
		w.ask("/secapi/pay/refund", "out_trade_no", no, "out_refund_no", fmt.Sprint("R", w.dice.IntN(30)), "total_fee", "350",
			"refund_fee", []string{"350", "100", "400"}[w.dice.IntN(3)])
	case 10:
		w.ask("/pay/orderquery", "out_trade_no", no)
	case 11:
		if w.g.Path != "" && w.dice.IntN(4) == 0 {
			w.in.stop()
			w.till = w.again()
			w.v3.till = w.till
			w.in.run(w.till)
			w.said = append(w.said, "restart")
		}
	}
	pauses := []time.Duration{0, time.Second, 10 * time.Second, 40 * time.Second, 2 * time.Minute, 6 * time.Minute}
	time.Sleep(pauses[w.dice.IntN(len(pauses))])
}

// stepV3 does one random thing to the same books in v3.
func (w *weather) stepV3(no string) {
	ids := `"appid":"` + testApp + `","mchid":"` + testMch + `"`
	switch w.dice.IntN(6) {
	case 0, 1:
		a := w.askV3("POST", "/v3/pay/transactions/native", no, `{`+ids+`,"description":"可乐","out_trade_no":"`+no+
			`","notify_url":"https://example.com/n","amount":{"total":350}}`)
		if qr := a.text("code_url"); qr != "" {
			w.qrs = append(w.qrs, qr)
		}
	case 2:
		w.askV3("POST", "/v3/pay/transactions/codepay", no, codepayBody(no, w.g.NewCode(w.dice.IntN(2) == 0)))
	case 3:
		if a := w.askV3("POST", "/v3/pay/transactions/out-trade-no/"+no+"/reverse", no, `{`+ids+`}`); a.status == 200 {
			w.reversed[no] = true
		}
	case 4:
		w.askV3("POST", "/v3/pay/transactions/out-trade-no/"+no+"/close", no, `{`+ids+`}`)
	case 5:
		w.askV3("POST", "/v3/refund/domestic/refunds", no, fmt.Sprintf(`{"out_trade_no":"%s","out_refund_no":"R%d","amount":{"refund":%d,"total":350,"currency":"CNY"}}`,
			no, w.dice.IntN(30), []int{350, 100, 400}[w.dice.IntN(3)]))
	}
	time.Sleep([]time.Duration{0, 10 * time.Second, 6 * time.Minute}[w.dice.IntN(3)])
}

func (w *weather) askV3(method, path, no, body string) *v3Answer {
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	a, err := w.v3.send(ctx, method, path, body)
	if err != nil {
		w.said = append(w.said, fmt.Sprint(path, " ", no, " ", err))
		return &v3Answer{}
	}
	w.said = append(w.said, path+" "+no+" "+a.word())
	if why := w.v3.verify(a.header, a.body); why != "" && !strings.Contains(string(a.body), "<html>") {
		w.t.Errorf("%s: %s: %s", path, why, a.body)
	}
	return a
}

// letters waits for the last notice and compares them with the payments.
func (w *weather) letters() {
	w.t.Helper()
	synctest.Wait()
	w.g.Script = nil
	time.Sleep(25 * time.Hour)
	told := map[string]bool{}
	for _, p := range w.in.all() {
		if no := read(string(p.body))["out_trade_no"]; no != "" {
			told[no] = true
		} else if _, inner := w.v3.openLate(p); inner != nil {
			told[fmt.Sprint(inner["out_trade_no"])] = true
		}
	}
	for _, o := range w.g.Orders() {
		if o.Means == byNative && (o.TransactionID != "") != told[o.OutTradeNo] {
			w.t.Errorf("%s is %s, told by notice: %v", o.OutTradeNo, o.State, told[o.OutTradeNo])
		}
	}
}

// bills adds up the bills of all days and compares them with the orders.
func (w *weather) bills() {
	w.t.Helper()
	w.in.stop()
	w.g.Rules.NewBill = w.dice.IntN(2) == 0
	var rows, in, back, wantIn, wantBack int64
	for at := time.Date(2000, 1, 1, 12, 0, 0, 0, beijing); at.Before(time.Now().Add(-12 * time.Hour)); at = at.AddDate(0, 0, 1) {
		_, list, _ := table(w.bill(at.Format("20060102")))
		for _, r := range list {
			rows++
			in += inFen(orWord(r["订单金额"], r["总金额"]))
			if r["退款状态"] == "SUCCESS" {
				back += inFen(orWord(r["申请退款金额"], r["退款金额"]))
			}
		}
	}
	for _, o := range w.g.Orders() {
		if o.TransactionID != "" {
			wantIn += o.Fen
			wantBack += o.RefundedFen
		}
	}
	if in != wantIn || back != wantBack {
		w.t.Errorf("the bills' %d rows say %d in and %d back, the orders %d and %d", rows, in, back, wantIn, wantBack)
	}
}

// inFen reads yuan without a floating point.
func inFen(yuan string) (fen int64) {
	fmt.Sscan(strings.TrimLeft(strings.Replace(yuan, ".", "", 1), "0"), &fen) // "000" stays nothing
	return fen
}

func (w *weather) trouble() Trouble {
	return []Trouble{
		{Lose: "request"}, {Lose: "answer"}, {Delay: 5 * time.Second}, {Delay: 30 * time.Second}, {Late: time.Minute}, {Cut: true},
		{Code: "SYSTEMERROR"}, {Code: "SYSTEMERROR", After: true}, {Status: 502}, {Status: 502, After: true}, {Recall: true},
		{Then: "pay", In: 20 * time.Second}, {Then: "fail", In: 5 * time.Second}, {Then: "REFUNDCLOSE"}, {Hide: 10 * time.Second},
	}[w.dice.IntN(15)]
}

// ask sends a request with ten seconds' patience; no answer is an empty one.
func (w *weather) ask(path string, pairs ...string) map[string]string {
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	body, err := w.post(ctx, path, w.message(pairs...))
	if err != nil {
		w.said = append(w.said, fmt.Sprint(path, " ", pairs[1], " ", err))
		return nil
	}
	m := read(body)
	w.said = append(w.said, path+" "+pairs[1]+" "+says(m)+" "+m["recall"])
	if m["sign"] != ownSign(w.kind, m) {
		w.t.Errorf("%s: not signed: %s", path, body)
	}
	if m["result_code"] == "SUCCESS" && m["recall"] == "N" {
		w.reversed[pairs[1]] = true
	}
	return m
}

// judge looks at the books after every step.
func (w *weather) judge() {
	w.t.Helper()
	for _, o := range w.g.Orders() {
		was, known := w.txns[o.OutTradeNo]
		switch {
		case o.RefundedFen < 0 || o.RefundedFen > 0 && o.TransactionID == "" || o.RefundedFen > o.Fen:
			w.t.Errorf("%s: %d of %d fen went back", o.OutTradeNo, o.RefundedFen, o.Fen)
		case known && was != o.TransactionID:
			w.t.Errorf("%s was paid twice: %s and %s", o.OutTradeNo, was, o.TransactionID)
		case w.reversed[o.OutTradeNo] && o.State != revoked:
			w.t.Errorf("%s is %s after its reverse was acknowledged", o.OutTradeNo, o.State)
		case w.reversed[o.OutTradeNo] && o.TransactionID != "" && o.RefundedFen != o.Fen:
			w.t.Errorf("%s was paid and reversed, and %d of %d fen are back", o.OutTradeNo, o.RefundedFen, o.Fen)
		case w.ended[o.OutTradeNo] != "" && w.ended[o.OutTradeNo] != o.State && o.State != revoked:
			w.t.Errorf("%s was %s and is %s", o.OutTradeNo, w.ended[o.OutTradeNo], o.State)
		}
		if o.TransactionID != "" {
			w.txns[o.OutTradeNo] = o.TransactionID
		}
		if o.State == closed || o.State == revoked {
			w.ended[o.OutTradeNo] = o.State
		}
	}
	seen := map[string]string{}
	for no, txn := range w.txns {
		if seen[txn] != "" {
			w.t.Errorf("%s and %s have one transaction id", no, seen[txn])
		}
		seen[txn] = no
	}
	for _, v := range w.g.Violations() {
		if strings.Contains(v, "was paid") {
			w.t.Error(v)
		}
	}
}
